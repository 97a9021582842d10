"""What a step of a workflow brings to those after it: our own action's name, and variables."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from sentry_release.doctor.ci_files.delivery import action_delivers
from sentry_release.doctor.ci_files.own_action import OwnAction, find_own_action
from sentry_release.facts.doctor.places import WORKSPACE, App
from sentry_release.facts.own_words import OWN_WORDS
from sentry_release.flutter.yaml_node import YamlNode

_FALSE = {"false", "no", "off", "0"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Brings:
    """
    Whether our action has named the release, and the variables that are exported.

    `delivers` is whether it may hand to somebody what the job has built.
    """

    ours: bool = False
    exported: frozenset[str] = frozenset()
    delivers: bool = False

    def __or__(self, other: "Brings") -> "Brings":
        return Brings(
            ours=self.ours or other.ours,
            exported=self.exported | other.exported,
            delivers=self.delivers or other.delivers,
        )


NOTHING = Brings()
Known = Mapping[str, Brings]
"""What each action and workflow of this repository brings, by its path."""


def local(uses: str | None) -> str | None:
    """
    The path of an action or a workflow of this very repository.

    >>> local("./.github/actions/build/"), local("actions/checkout@v5")
    ('.github/actions/build', None)
    """
    if not uses or not uses.startswith("./"):
        return None
    return uses.removeprefix("./").rstrip("/")


def local_actions(file: YamlNode) -> Iterator[PurePosixPath]:
    """The folders that steps of a workflow or an action take actions of this repository from."""
    for job in (file.at("runs"), *file.at("jobs").mapping.values()):
        for step in job.at("steps").sequence:
            path = PurePosixPath(local(step.at("uses").text) or "/")
            if not path.is_absolute() and ".." not in path.parts:
                yield path


def brought_by(step: YamlNode, app: App, known: Known) -> Brings:
    """What a step brings that uses an action."""
    uses = step.at("uses").text
    own = find_own_action(uses)
    read = known.get(local(uses) or "", NOTHING)
    if read != NOTHING or uses is None:
        return read
    if own is not OwnAction.RELEASE:
        return Brings(delivers=local(uses) is None and (own is not None or action_delivers(uses)))
    given = {key: node.text or "" for key, node in step.at("with").mapping.items()}
    folder = WORKSPACE.below(given.get("working-directory", ""))
    ours = app.is_built_in(folder) or ("release" in given and folder.may_be_around(app.folder))
    if not ours:
        return Brings(delivers=True)
    silent = given.get("export-env", "").lower() in _FALSE
    exported = frozenset() if silent else frozenset(OWN_WORDS)
    return Brings(ours=True, exported=exported, delivers=True)
