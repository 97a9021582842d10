"""What the README prints can be copied: it is YAML, and speaks of what there is."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from recipes import Recipe, is_ours, read, recipes
from sentry_release.facts.config import Config
from stage import ROOT

ACTION = read((ROOT / "action.yml").read_text())
RECIPES = [pytest.param(one, id=one.heading) for one in recipes()]
EXPRESSION = re.compile(r"\$\{\{(.*?)\}\}")
VARIABLES = {"SSL_CERT_FILE", "HTTPS_PROXY"}  # that are no input of ours
_OUTPUT = re.compile(r"(steps|needs)\.([\w-]+)\.outputs\.([\w-]+)")


def uses(recipe: Recipe) -> Iterator[tuple[str, str, str]]:
    """The outputs that expressions of the recipe ask for, as (steps or needs, whose, which)."""
    for expression in EXPRESSION.findall(str(recipe.workflow)):
        yield from _OUTPUT.findall(expression)


@pytest.mark.parametrize("recipe", RECIPES)
def test_its_steps_give_only_inputs_and_variables_that_there_are(recipe: Recipe) -> None:
    ours = [step for step in recipe.steps() if is_ours(step)]

    assert ours
    for step in ours:
        assert step.get("with", {}).keys() <= ACTION["inputs"].keys()
        known = {
            found[1]
            for spec in ACTION["inputs"].values()
            if (found := re.search(r"\[(SENTRY_\w+)\]$", spec["description"]))
        }
        assert step.get("env", {}).keys() <= known | VARIABLES


@pytest.mark.parametrize("recipe", RECIPES)
def test_its_inputs_have_values_that_are_understood(recipe: Recipe) -> None:
    for step in filter(is_ours, recipe.steps()):
        given = {**step.get("with", {})}
        inputs = {
            f"INPUT_{name.upper()}": value
            for name, value in given.items()
            if not EXPRESSION.search(value)
        }
        told = {name: EXPRESSION.sub("x", value) for name, value in step.get("env", {}).items()}

        Config.from_env(told | inputs)  # raises WorkflowError, which names the mistake


@pytest.mark.parametrize("recipe", RECIPES)
def test_it_asks_for_outputs_that_are_told(recipe: Recipe) -> None:
    jobs = recipe.workflow["jobs"]
    ids = {step["id"] for step in recipe.steps() if is_ours(step) and "id" in step}

    for where, whose, which in uses(recipe):
        if where == "steps":
            assert whose in ids
            assert which in ACTION["outputs"]
        else:
            assert which in jobs[whose]["outputs"]


def test_every_recipe_is_a_workflow_that_github_would_take(tmp_path: Path) -> None:
    files = []
    for number, recipe in enumerate(recipes()):
        files.append(tmp_path / f"{number}.yml")
        files[-1].write_text(yaml.safe_dump(recipe.workflow))
    checker = [str(Path(sys.executable).with_name("check-jsonschema")), "--builtin-schema"]

    done = subprocess.run(  # noqa: S603 - a list, no shell
        [*checker, "vendor.github-workflows", *map(str, files)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout


def test_a_key_that_stands_twice_is_a_mistake() -> None:
    with pytest.raises(yaml.YAMLError, match="a key twice"):
        read("with: {a: 1}\nwith: {b: 2}\n")
