"""What a step of a workflow brings to those after it: our own action's name, and variables."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from sentry_release.doctor.ci_files.delivery import action_delivers
from sentry_release.doctor.ci_files.own_action import OwnAction, find_own_action
from sentry_release.facts.doctor.places import WORKSPACE, AppLocation
from sentry_release.facts.own_words import EXPORTED_VARIABLES
from sentry_release.flutter.yaml_node import YamlNode

_FALSE = {"false", "no", "off", "0"}


@dataclass(frozen=True, slots=True, kw_only=True)
class StepEffects:
    """
    Whether our action has named the release, and the variables that are exported.

    `delivers` is whether it may hand to somebody what the job has built.
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
"""What each action and workflow of this repository brings, by its path."""


def get_local_action_path(uses: str | None) -> str | None:
    """
    The path of an action or a workflow of this very repository.

    >>> get_local_action_path("./.github/actions/build/"), get_local_action_path("actions/checkout@v5")
    ('.github/actions/build', None)
    """
    if not uses or not uses.startswith("./"):
        return None
    return uses.removeprefix("./").rstrip("/")


def list_local_actions(file: YamlNode) -> Iterator[PurePosixPath]:
    """The folders that steps of a workflow or an action take actions of this repository from."""
    for job in (file.at("runs"), *file.at("jobs").mapping.values()):
        for step in job.at("steps").sequence:
            path = PurePosixPath(get_local_action_path(step.at("uses").text) or "/")
            if not path.is_absolute() and ".." not in path.parts:
                yield path


def find_step_effects(step: YamlNode, app: AppLocation, known: EffectsByPath) -> StepEffects:
    """What a step brings that uses an action."""
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
    own_values = app.may_be_built_in(folder) or (
        "release" in values and folder.may_enclose(app.folder)
    )
    if not own_values:
        return StepEffects(delivers=True)
    silent = values.get("export-env", "").lower() in _FALSE
    exported = frozenset() if silent else frozenset(EXPORTED_VARIABLES)
    return StepEffects(uses_our_action=True, exported=exported, delivers=True)
