"""Events, matrices, exports and effects of workflow steps, and the actions of this product."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import PurePosixPath

from sentry_release import NAME
from sentry_release.config.outputs import EXPORTED_VARIABLES
from sentry_release.doctor.ci_files.jobs import action_delivers
from sentry_release.doctor.ci_files.shell import LogicalLine
from sentry_release.doctor.ci_files.shell_directory import WORKSPACE, AppLocation
from sentry_release.flutter.yaml_node import YamlNode

_ACTION_REFERENCE = re.compile(
    rf"""
    (?: \.(?:/[^/]+)*                     # a copy in the repository of the workflow
      | docker://[\w.:-]+(?:/[\w.-]+)*    # the image, at any registry
      | [\w.-]+                           # the owner on GitHub, or that of a fork
    )
    /{re.escape(NAME)}
    (?: /\.github/workflows/release\.yml  # the reusable workflow
      | (?:/host)?(?:/(?P<name>upload|deploy|health|doctor))?
    )
    /?
    (?:[@:].+)?
    """,
    re.VERBOSE | re.IGNORECASE,
)
_FILE = re.compile(r"GITHUB_ENV|\bCM_ENV\b")
_ENVMAN = re.compile(r"\benvman\s+add\s+--key[= ]['\"]?(?P<name>[A-Za-z_]\w*)")
_PARTS = re.compile(r"&&|\|\||;")
_OPENS = re.compile(r"[{(]")
_GROUP_ENDS = re.compile(r"[})]\s*(?:>>|\|)")
_NAME = re.compile(r"(?:^|[\s\"'(])(?P<name>[A-Za-z_]\w*)(?==|<<(?!<))")
_FED_NAME = re.compile(r"^[ \t]*(?P<name>[A-Za-z_]\w*)(?==|<<)", re.MULTILINE)
_REFERENCE = re.compile(r"\$(?:env:)?[{(]?(?P<name>[A-Za-z_]\w*)")
_EVENT = re.compile(r"\(*github\.event_name\s*(?P<sign>[!=]=)\s*['\"](?P<name>\w+)['\"]\)*")


class OwnAction(Enum):
    """An action of this product; its twin below `host/` counts as the same."""

    RELEASE = "release"
    UPLOAD = "upload"
    DEPLOY = "deploy"
    HEALTH = "health"
    DOCTOR = "doctor"


def find_own_action(uses: str | None) -> OwnAction | None:
    """
    Return the action of this product that a step or a job uses; None for any other one.

    The reusable workflow and the image count as the root action, RELEASE. `./` and `./deploy`
    name files of the repository of the workflow, so they are not actions of this product.

    >>> find_own_action(f"any-owner/{NAME}/host/deploy@v1")
    <OwnAction.DEPLOY: 'deploy'>

    Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax
    """
    found = _ACTION_REFERENCE.fullmatch(uses or "")
    if found is None:
        return None
    return OwnAction(found["name"].lower()) if found["name"] else OwnAction.RELEASE


@dataclass(frozen=True, slots=True, kw_only=True)
class StepEffects:
    """
    Whether this action has set the release, and the exported variables.

    `delivers` is whether it may deliver the job's build.
    """

    uses_our_action: bool = False
    exported: frozenset[str] = frozenset()
    delivers: bool = False

    def __or__(self, other: "StepEffects") -> "StepEffects":
        return StepEffects(
            uses_our_action=self.uses_our_action or other.uses_our_action,
            exported=self.exported | other.exported,
            delivers=self.delivers or other.delivers,
        )


NO_EFFECTS = StepEffects()
EffectsByPath = Mapping[str, StepEffects]
"""The effects of each local action and workflow, by path."""


def get_local_action_path(uses: str | None) -> str | None:
    """
    Return the path of a local action or workflow; None for any other.

    >>> get_local_action_path("./.github/actions/build/"), get_local_action_path("actions/checkout@v5")
    ('.github/actions/build', None)
    """
    if not uses or not uses.startswith("./"):
        return None
    return uses.removeprefix("./").rstrip("/")


def list_local_actions(file: YamlNode) -> Iterator[PurePosixPath]:
    """Return the folders of the local actions that a workflow or an action uses."""
    for job in (file.at("runs"), *file.at("jobs").mapping.values()):
        for step in job.at("steps").sequence:
            path = PurePosixPath(get_local_action_path(step.at("uses").text) or "/")
            if not path.is_absolute() and ".." not in path.parts:
                yield path


def find_step_effects(step: YamlNode, app: AppLocation, known: EffectsByPath) -> StepEffects:
    """Return the effects of a step that uses an action."""
    uses = step.at("uses").text
    own = find_own_action(uses)
    read = known.get(get_local_action_path(uses) or "", NO_EFFECTS)
    if read != NO_EFFECTS or uses is None:
        return read
    if own is not OwnAction.RELEASE:
        return StepEffects(
            delivers=get_local_action_path(uses) is None
            and (own is not None or action_delivers(uses))
        )
    values = {key: node.text or "" for key, node in step.at("with").mapping.items()}
    folder = WORKSPACE.enter(values.get("working-directory", ""))
    concerns_app = app.may_be_built_in(folder) or (
        "release" in values and folder.may_enclose(app.folder)
    )
    if not concerns_app:
        return StepEffects(delivers=True)
    silent = is_switched_off(values, "export-env")
    exported = frozenset() if silent else frozenset(EXPORTED_VARIABLES)
    return StepEffects(uses_our_action=True, exported=exported, delivers=True)


def is_switched_off(inputs: Mapping[str, str], name: str) -> bool:
    """Return whether a step of this action sets one of its switches to false."""
    return inputs.get(name, "").strip().lower() == "false"


def find_exported_variables(lines: Iterable[LogicalLine]) -> frozenset[str]:
    """
    Return the variables written to GITHUB_ENV or its equivalent on other services.

    Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
    """
    found: set[str] = set()
    for line in lines:
        found |= {match["name"] for match in _ENVMAN.finditer(line.text)}
        if not _FILE.search(line.text):
            continue
        found |= {match["name"] for match in _FED_NAME.finditer(line.stdin)}
        parts = [line.text] if _writes_group(line.text) else _PARTS.split(line.text)
        for part in parts:
            if _FILE.search(part):
                found |= {match["name"] for match in _NAME.finditer(part)}
    return frozenset(found)


def _writes_group(text: str) -> bool:
    """Return whether a group is redirected as a whole, as `{ …; } >> "$GITHUB_ENV"`."""
    opening = _OPENS.search(text)
    return opening is not None and _GROUP_ENDS.search(text, opening.end()) is not None


def find_referenced_variables(lines: Iterable[LogicalLine]) -> frozenset[str]:
    """
    Return the variables that the commands use.

    Services with variables in their settings may set any of them.
    """
    return frozenset(
        match["name"]
        for line in lines
        for match in _REFERENCE.finditer(f"{line.text}\n{line.stdin}")
    )


def filter_events(events: frozenset[str], condition: str | None) -> frozenset[str]:
    """
    Return the events that the `if` of a job or a step allows.

    Only comparisons of `github.event_name`, joined by `&&`, are evaluated; others allow all.

    >>> sorted(filter_events(frozenset({"push", "pull_request"}), "github.event_name == 'push'"))
    ['push']

    Source: https://docs.github.com/en/actions/reference/workflows-and-actions/expressions
    """
    text = (condition or "").strip().removeprefix("${{").removesuffix("}}")
    if "||" in text:
        return events
    for part in text.split("&&"):
        found = _EVENT.fullmatch(part.strip())
        if found and found["sign"] == "==":
            events = frozenset({found["name"]})
        elif found:
            events = events - {found["name"]} or events
    return events


def parse_matrix(job: YamlNode) -> Mapping[str, tuple[str, ...]]:
    """
    Return the possible strings of each variable of a job's matrix, with those of `include`.

    Keys of objects are named as in expressions, for example `app.target`.

    Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax
    """
    found: dict[str, dict[str, None]] = {}
    matrix = job.at("strategy", "matrix")
    for key, node in matrix.mapping.items():
        if key not in {"include", "exclude"}:
            found[key] = {}
            for one in node.sequence:
                _add_matrix_value(found, key, one)
    for row in matrix.at("include").sequence:
        for key, one in row.mapping.items():
            _add_matrix_value(found, key, one)
    return {key: tuple(texts) for key, texts in found.items()}


def _add_matrix_value(found: dict[str, dict[str, None]], key: str, node: YamlNode) -> None:
    """Add a string, or the strings of an object."""
    if node.text:
        found.setdefault(key, {})[node.text] = None
    for name, one in node.mapping.items():
        if one.text:
            found.setdefault(f"{key}.{name}", {})[one.text] = None
