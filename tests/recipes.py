"""The workflows that our pages print, fragments completed by what the first whole one says."""

import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from job import ROOT
from sentry_release import REPOSITORY

README = ROOT / "README.md"
OTHER_HOSTS = ROOT / "docs/ci-hosts.md"  # tests/e2e/test_ci_hosts.py plays what it prints
PAGES = (README, *sorted(set(ROOT.glob("docs/*.md")) - {OTHER_HOSTS}))
FULL = "In a job with an environment"
CHECKOUT = "actions/checkout@"
VERSIONS = {
    "actions/checkout": "v7",
    "actions/download-artifact": "v8",
    "actions/setup-python": "v7",
    "actions/upload-artifact": "v7",
    "github/codeql-action/upload-sarif": "v4",
    "google-github-actions/auth": "v3",
    "r0adkll/upload-google-play": "v1",
    "ruby/setup-ruby": "v1",
    "shorebirdtech/setup-shorebird": "v1",
    "subosito/flutter-action": "v2",
}
"""The actions of others that our pages use, each in one version."""
_RULES = re.compile(r"<!-- rules -->.*?<!-- /rules -->", re.DOTALL)  # generated, and no workflows
_PIECE = re.compile(
    r"^(?P<marks>#{1,3}) (?P<heading>[^\n]+)$|^```(?P<language>\w*)\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
_STEP_KEYS = {"with", "env"}
_OURS = re.compile(rf"{re.escape(REPOSITORY)}(?:/(?P<folder>[a-z/]+))?@[\w.]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """
    One block of YAML.

    `page` is where it is printed, `heading` what it stands under, `printed` what is printed,
    read; `workflow` the same completed to a whole workflow. All values are texts, as the runner
    has them.
    """

    page: Path
    heading: str
    printed: Any
    workflow: Mapping[str, Any]

    def steps(self) -> Iterator[Mapping[str, Any]]:
        """Every step of every job of the whole workflow."""
        for job in self.workflow["jobs"].values():
            yield from job["steps"]


@cache
def recipes() -> tuple[Recipe, ...]:
    """All of them, page by page, the README's first; in the order of each page."""
    blocks = [
        (page, heading, read(text))
        for page in PAGES
        for heading, text in blocks_of(page.read_text(), "yaml")
    ]
    (whole,) = (printed for _, heading, printed in blocks if heading == FULL)
    return tuple(
        Recipe(page=page, heading=heading, printed=printed, workflow=_whole(printed, whole))
        for page, heading, printed in blocks
    )


def recipe(heading: str) -> Recipe:
    """The one block of YAML under a heading, on whichever page it is."""
    (found,) = (one for one in recipes() if one.heading == heading)
    return found


def opening() -> tuple[Recipe, Recipe]:
    """The two workflows that the README begins with: on Linux, and on macOS."""
    linux, macos = recipes()[:2]
    return linux, macos


def whole_workflows() -> Iterator[tuple[Path, str, str]]:
    """The printed text of each block that is a complete workflow, with its page and heading."""
    for page in PAGES:
        for heading, text in blocks_of(page.read_text(), "yaml"):
            if text.startswith("name: "):
                yield page, heading, text


def read(text: str) -> Any:  # noqa: ANN401 - any YAML
    """
    YAML as the runner reads it: every scalar is a text.

    Raises:
        yaml.YAMLError: It is none, or a key stands in it twice.
    """
    return yaml.load(text, _Loader)  # noqa: S506 - it builds nothing but texts


class _Loader(yaml.CBaseLoader):
    pass


def _mapping(loader: yaml.CBaseLoader, node: yaml.MappingNode) -> dict[str, Any]:
    keys = [key.value for key, _ in node.value]
    if len(keys) != len(set(keys)):
        raise yaml.constructor.ConstructorError(None, None, f"a key twice: {keys}", node.start_mark)
    found: dict[Any, Any] = loader.construct_mapping(node, deep=True)
    return found


_Loader.add_constructor("tag:yaml.org,2002:map", _mapping)


def blocks_of(page: str, language: str) -> Iterator[tuple[str, str]]:
    """The blocks of a language on a page, each below its heading; what is generated left out."""
    heading = ""
    for piece in _PIECE.finditer(_RULES.sub("", page)):
        heading = piece["heading"] or heading
        if piece["language"] == language:
            yield heading, piece["text"]


def uses_our_action(step: Mapping[str, Any]) -> bool:
    """Whether a step uses an action of this repository."""
    return bool(_OURS.fullmatch(str(step.get("uses", ""))))


def folder_of(step: Mapping[str, Any]) -> str:
    """
    The folder of this repository in which GitHub finds the action of a step.

    >>> folder_of({"uses": f"{REPOSITORY}@v1"}), folder_of({"uses": f"{REPOSITORY}/host/deploy@v1"})
    ('.', 'host/deploy')
    """
    found = _OURS.fullmatch(step["uses"])
    assert found is not None
    return found["folder"] or "."


def _whole(printed: Any, first: Mapping[str, Any]) -> Mapping[str, Any]:  # noqa: ANN401
    """The workflow; what a fragment leaves out is that of the first one."""
    whole = {"on": "push", **deepcopy(first)}
    (job,) = whole["jobs"].values()
    part = deepcopy(printed)
    if isinstance(part, list):
        job["steps"] = _placed(part, job["steps"])
    elif "jobs" in part:
        return {"on": "push", **part}
    elif "steps" in part:
        assert part.keys() <= {"steps", "strategy"}
        del job["environment"]  # such a part names it itself
        job |= part
    else:
        assert part.keys() <= _STEP_KEYS
        own = next(filter(uses_our_action, job["steps"]))
        own |= {key: own.get(key, {}) | part[key] for key in part}
    return whole


def _placed(steps: list[Any], among: list[Any]) -> list[Any]:
    """The steps of a fragment: steps of this product replace its own, others replace the build."""
    if any(str(step.get("uses", "")).startswith(CHECKOUT) for step in steps):
        return steps
    if any(map(uses_our_action, steps)):
        return [step for step in among if not uses_our_action(step) and "run" not in step] + steps
    builds = [number for number, step in enumerate(among) if "flutter build" in step.get("run", "")]
    return [*among[: builds[0]], *steps, *among[builds[0] + 1 :]]
