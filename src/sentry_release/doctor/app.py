"""One app as the doctor sees it, read before any rule is asked."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from sentry_release.dart.source import DartSource
from sentry_release.flutter.identity import Identity, ReadFile
from sentry_release.flutter.platforms import Platform
from sentry_release.flutter.pubspec import Pubspec
from sentry_release.model.finding import Finding
from sentry_release.model.release import Release


@dataclass(frozen=True, slots=True, kw_only=True)
class DartFile:
    """A source of the app or of a local package of it; `path` counts from the workspace."""

    path: PurePosixPath
    dart: DartSource


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolvedVersion:
    """
    A package's version: `exact` from the lock, else the lowest that the constraint allows.

    `below` is the version that the constraint excludes with all after it, if there is one.
    """

    version: str | None
    exact: bool
    below: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One command of a script, its continued lines joined; `line` counts from 1."""

    text: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildStep:
    """
    A step of a workflow, or a whole script such as a Makefile or a Fastfile.

    Attributes:
        path: From the workspace.
        line: Where it begins, from 1.
        job: The job's id; None for a script.
        commands: What it runs, without comments.
        uses: The action it uses.
        inputs: What it gives to that action, as texts; `${{ … }}` stays as written.
        env: The variables of workflow, job and step, the nearest winning.
        exported: Variables that earlier steps of the job wrote to GITHUB_ENV, or that our own
            action exports.
        ours_before: Whether an earlier step of the job, or a job that it needs, uses our action.
        events: What starts the workflow, the keys of its `on`, as far as the `if` of job and step
            lets it through; empty for a script.
        env_lines: Where each variable of `env` is written, from 1.
        input_lines: Where each of `inputs` is written, from 1.
        matrix: The values of each variable of the job's matrix that are texts.
        inputs_given: The texts that each `inputs.x` of its workflow or action may be.
        is_delivered: Whether something may leave the job, such as by an upload.
        is_called: Whether another step runs this script or action.
    """

    path: PurePosixPath
    line: int
    job: str | None = None
    commands: tuple[Command, ...] = ()
    uses: str | None = None
    inputs: Mapping[str, str] = field(default_factory=dict)
    env: Mapping[str, str] = field(default_factory=dict)
    exported: frozenset[str] = frozenset()
    after_our_action: bool = False
    events: frozenset[str] = frozenset()
    env_lines: Mapping[str, int] = field(default_factory=dict)
    input_lines: Mapping[str, int] = field(default_factory=dict)
    matrix: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    inputs_given: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    is_delivered: bool = True
    is_called: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """
    Everything that rules may look at.

    Attributes:
        folder: Of the app, from the workspace.
        pubspec: Its own.
        pubspec_text: The same as it is written, for lines.
        sdk: sentry_flutter; None where the app does not depend on it, directly or by a package.
        go_router: The same of go_router.
        platforms: Those it has a folder for.
        identities: What it will report on each of them.
        flavored: What it will report on a platform in a flavor; None where nobody can tell.
        release: The one name that this action computes; None where it cannot.
        dart: The files that speak of what some rule looks for; neither tests nor generated code.
        reached: Paths of Dart files that imports lead to from an entry point, those included.
        reached_on_web: The same in a browser, where conditional imports may lead elsewhere.
        entry_points: The files that hold a `main`.
        steps: Of every workflow and script that builds.
        content: Gives the bytes of any other file of the app, by its path below `folder`.
    """

    folder: PurePosixPath
    pubspec: Pubspec
    pubspec_text: str = ""
    sdk: ResolvedVersion | None = None
    go_router: ResolvedVersion | None = None
    platforms: frozenset[Platform] = frozenset()
    identities: Mapping[Platform, Identity] = field(default_factory=dict)
    flavored: Callable[[Platform, str], Identity | None] = field(default=lambda _, __: None)
    release: Release | None = None
    dart: tuple[DartFile, ...] = ()
    reachable: frozenset[PurePosixPath] = frozenset()
    reachable_on_web: frozenset[PurePosixPath] = frozenset()
    entry_points: frozenset[PurePosixPath] = frozenset()
    steps: tuple[BuildStep, ...] = ()
    read_bytes: ReadFile = field(default=lambda _: None)

    def read_text(self, path: str) -> str | None:
        """The text of another file of the app; what is not UTF-8 in it is replaced."""
        content = self.read_bytes(PurePosixPath(path))
        return None if content is None else content.decode("utf-8-sig", "replace")


Check = Callable[[App], Iterator[Finding]]
"""Where a project breaks one rule."""
