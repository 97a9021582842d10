"""What the pages print can be copied: it is YAML, and names what exists."""

import base64
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from job import ROOT
from recipes import (
    OTHER_HOSTS,
    README,
    VERSIONS,
    Recipe,
    folder_of,
    opening,
    read,
    recipes,
    uses_our_action,
    whole_workflows,
)
from sentry_release import REPOSITORY
from sentry_release.config.config import Config
from sentry_release.config.inputs import Command

RECIPES = [pytest.param(one, id=f"{one.page.name}: {one.heading}") for one in recipes()]
FENCE = re.compile(r"^```yaml\n(.*?)^```$", re.MULTILINE | re.DOTALL)
EXPRESSION = re.compile(r"\$\{\{(.*?)\}\}")
# that are no inputs of this action
VARIABLES = {
    "SSL_CERT_FILE",
    "HTTPS_PROXY",
    "PIP_INDEX_URL",
    "PIP_CERT",
    "PIP_NO_INDEX",
    "PIP_FIND_LINKS",
}
# An organization token, which knows its organization; the server is that of the recipe.
KNOWN = base64.b64encode(b'{"org": "acme"}').decode()
TOKEN = f"sntrys_{KNOWN}_{'d' * 43}"
_OUTPUT = re.compile(r"(steps|needs)\.([\w-]+)\.outputs\.([\w-]+)")


def action_of(step: Mapping[str, Any]) -> Any:  # noqa: ANN401 - any YAML
    """The action.yml that a step of this product uses."""
    return read((ROOT / folder_of(step) / "action.yml").read_text())


def command_of(step: Mapping[str, Any]) -> Command:
    """The command that a step of this product runs."""
    name = folder_of(step).rpartition("/")[2]
    return Command.RELEASE if name in {".", "host"} else Command(name)


def uses(recipe: Recipe) -> Iterator[tuple[str, str, str]]:
    """The outputs that expressions of the recipe read, as (steps or needs, id, output)."""
    for expression in EXPRESSION.findall(str(recipe.workflow)):
        yield from _OUTPUT.findall(expression)


@pytest.mark.parametrize("recipe", RECIPES)
def test_its_steps_give_only_inputs_and_variables_that_there_are(recipe: Recipe) -> None:
    own = [step for step in recipe.steps() if uses_our_action(step)]

    assert own
    for step in own:
        inputs = action_of(step)["inputs"]
        assert step.get("with", {}).keys() <= inputs.keys()
        known = {
            found[1]
            for spec in inputs.values()
            if (found := re.search(r"\[(SENTRY_\w+)\]$", spec["description"]))
        }
        assert step.get("env", {}).keys() <= known | VARIABLES


@pytest.mark.parametrize("recipe", RECIPES)
def test_its_inputs_have_values_that_are_understood(recipe: Recipe) -> None:
    for step in filter(uses_our_action, recipe.steps()):
        values = {**step.get("with", {})}
        inputs = {
            f"INPUT_{name.upper()}": value
            for name, value in values.items()
            if not EXPRESSION.search(value)
        }
        env = {"SENTRY_URL": "https://sentry.io", **step.get("env", {})}
        environ = {
            name: TOKEN if "SENTRY_AUTH_TOKEN" in value else EXPRESSION.sub("x", value)
            for name, value in env.items()
        }

        # It raises WorkflowError for a value that is not valid.
        Config.from_env(environ | inputs, command_of(step))


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_recipe_only_uses_existing_outputs(recipe: Recipe) -> None:
    jobs = recipe.workflow["jobs"]
    outputs = {
        step["id"]: action_of(step)["outputs"].keys()
        for step in recipe.steps()
        if uses_our_action(step) and "id" in step
    }
    of_others = {step.get("id") for step in recipe.steps() if not uses_our_action(step)}

    for where, whose, which in uses(recipe):
        if where == "steps":
            assert whose in of_others or which in outputs[whose]
        else:
            assert which in jobs[whose]["outputs"]


def test_every_recipe_is_a_workflow_that_github_would_take(tmp_path: Path) -> None:
    printed = [text for _, _, text in whole_workflows()]
    completed = [yaml.safe_dump(one.workflow) for one in recipes() if "jobs" not in one.printed]
    files = []
    for number, text in enumerate((*printed, *completed)):
        files.append(tmp_path / f"{number}.yml")
        files[-1].write_text(text)
    checker = [str(Path(sys.executable).with_name("check-jsonschema")), "--builtin-schema"]

    done = subprocess.run(  # noqa: S603 - a list, no shell
        [*checker, "vendor.github-workflows", *map(str, files)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout


_READABLE = """\
rules:
  unpinned-uses:
    config:
      policies: {"*": ref-pin}
"""
"""Pages name versions that people can read; all other rules of zizmor are its defaults."""


def test_every_recipe_is_clean_under_the_default_rules_of_zizmor(tmp_path: Path) -> None:
    folder = tmp_path / ".github/workflows"
    folder.mkdir(parents=True)
    for number, (_, _, text) in enumerate(whole_workflows()):
        (folder / f"{number}.yml").write_text(text)
    (tmp_path / "zizmor.yml").write_text(_READABLE)
    checker = str(Path(sys.executable).with_name("zizmor"))

    done = subprocess.run(  # noqa: S603 - a list, no shell
        [checker, "--offline", "--quiet", "--config", "zizmor.yml", "."],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout


def test_the_readme_begins_with_workflows_to_paste() -> None:
    begin, _, rest = README.read_text().partition("```yaml\n")

    assert len(begin.splitlines()) <= 5
    assert len(rest.partition("```")[0].splitlines()) <= 20
    for recipe in opening():
        [own] = [step for step in recipe.steps() if uses_our_action(step)]
        assert own["with"] == {"environment": "production"}
        assert recipe.printed["jobs"] == recipe.workflow["jobs"]
    assert [job["runs-on"] for one in opening() for job in one.workflow["jobs"].values()] == [
        "ubuntu-latest",
        "macos-latest",
    ]


def test_the_readme_is_one_page_to_read() -> None:
    written = re.sub(r"<!-- (\w+) -->.*?<!-- /\1 -->", "", README.read_text(), flags=re.DOTALL)

    assert len(written.splitlines()) <= 260  # the tables of inputs and outputs are generated


def test_every_page_and_example_uses_one_version_of_each_action() -> None:
    pages = [
        text
        for page in (README, *ROOT.glob("docs/*.md"))
        for text in FENCE.findall(page.read_text())
    ]
    examples = [path.read_text() for path in ROOT.glob("examples/workflows/*.yml")]
    used = {
        found
        for text in (*pages, *examples)
        for found in re.findall(r"uses: ([\w./-]+)@([\w.]+)", text)
        if not uses_our_action({"uses": "@".join(found)})
    }

    assert {found for found in used if not found[0].startswith(REPOSITORY)} <= VERSIONS.items()
    assert VERSIONS.keys() <= {name for name, _ in used} | {"actions/setup-python"}


def test_every_recipe_is_a_complete_workflow() -> None:
    printed = [heading for page, heading, _ in whole_workflows() if page.name == "recipes.md"]

    assert printed == [one.heading for one in recipes() if one.page.name == "recipes.md"]
    for one in recipes():
        if one.page.name != "recipes.md":
            continue
        for job in one.workflow["jobs"].values():
            commands = [str(step.get("run", "")) for step in job["steps"]]
            installs = [step for step in job["steps"] if "flutter-action@" in str(step.get("uses"))]
            assert bool(installs) or not any("flutter build" in text for text in commands)


@pytest.mark.parametrize("page", sorted(ROOT.glob("**/docs/*.md")), ids=lambda page: page.name)
def test_all_yaml_on_the_pages_is_valid(page: Path) -> None:
    text = page.read_text()

    read_blocks = [read(block) for block in FENCE.findall(text)]

    assert len(read_blocks) == text.count("\n```yaml\n")
    assert all(read_blocks)
    assert bool(read_blocks) or page != OTHER_HOSTS


def test_a_key_that_stands_twice_is_a_mistake() -> None:
    with pytest.raises(yaml.YAMLError, match="a key twice"):
        read("with: {a: 1}\nwith: {b: 2}\n")
