"""The app that the rules check, the jobs of its workflows, and what a fixer may read of a finding."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any, TypeVar

from sentry_release.dart.source import DartSource
from sentry_release.flutter.pubspec import Pubspec, ResolvedVersion
from sentry_release.model.finding import Finding, TextEdit
from sentry_release.model.platform import Identity, Platform, ReadFile
from sentry_release.model.release import Release

_Found = TypeVar("_Found")
ALL_SCOPES = "*"
"""The key of `Job.permissions` for every scope, as `read-all` and `write-all` set them."""
CLI_FILE = ".sentryclirc"
"""The settings of sentry-cli, which it looks up from the current folder upwards."""
PROPERTIES_FILE = "sentry.properties"
"""The settings of sentry_dart_plugin, next to pubspec.yaml."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobStep:
    """
    A step of a job.

    Attributes:
        line: Its first line, from 1.
        id: The id by which later steps refer to its outputs.
        uses: The action it uses.
        uses_line: The line of `uses`.
        inputs: The inputs of that action, as strings.
        env: The variables of the step alone.
        script: The text of `run`.
        is_background: Whether later steps start before it ends.
        running: The earlier background steps that may still run when it starts.
    """

    line: int
    name: str
    id: str | None
    uses: str | None
    uses_line: int
    inputs: Mapping[str, str]
    env: Mapping[str, str]
    script: str
    is_background: bool
    running: "tuple[JobStep, ...]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """
    A job of a workflow.

    Attributes:
        path: The workflow, relative to the workspace.
        name: The job's id.
        line: The line of its first key, from 1.
        runners: The labels of `runs-on`; a variable of the matrix counts with all its values.
        environment: The name in `environment`; None if there is none.
        environment_line: The line of `environment`.
        permissions: The permissions of GITHUB_TOKEN by scope, `*` for all; None if neither the job
            nor the workflow sets any.
        env: The variables of workflow and job.
        outputs: The names of its outputs; None if it calls another workflow, which sets them.
        is_called: Whether another workflow calls this one, and limits its permissions.
        steps: Its steps in order; those of a `parallel` group one by one.
    """

    path: PurePosixPath
    name: str
    line: int
    runners: tuple[str, ...]
    environment: str | None
    environment_line: int
    permissions: Mapping[str, str] | None
    env: Mapping[str, str]
    outputs: frozenset[str] | None
    is_called: bool
    steps: tuple[JobStep, ...]

    def may_read(self, scope: str) -> bool:
        """Return whether the permissions that the file sets allow reading a scope."""
        given = self.permissions or {}
        return given.get(scope, given.get(ALL_SCOPES, "none")) in {"read", "write"}


@dataclass(frozen=True, slots=True, kw_only=True)
class DartFile:
    """A Dart file of the app or of a local package; `path` is relative to the workspace."""

    path: PurePosixPath
    dart: DartSource


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One command of a script, continuation lines joined; `line` counts from 1."""

    text: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildStep:
    """
    A step of a workflow, or a whole script such as a Makefile or a Fastfile.

    Attributes:
        path: Relative to the workspace.
        line: Its first line, from 1.
        job: The job's id; None for a script.
        commands: Its commands, without comments.
        uses: The action it uses.
        inputs: The inputs of that action, as strings; `${{ … }}` stays as written.
        env: The variables of workflow, job and step, the innermost takes precedence.
        exported: Variables that earlier steps of the job wrote to GITHUB_ENV, or that this
            action exports.
        after_our_action: Whether an earlier step of the job, or a job that it needs, uses this
            action.
        events: The events (keys of `on`) that run the step, given the `if` of job and step; empty
            for a script.
        env_lines: The line of each variable of `env`, from 1.
        input_lines: The line of each of `inputs`, from 1.
        matrix: The string values of each variable of the job's matrix.
        inputs_given: The possible strings of each `inputs.x` of its workflow or action.
        is_delivered: Whether the job may deliver something, for example by an upload.
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
    Everything that rules may read.

    Attributes:
        folder: The app's folder, relative to the workspace.
        pubspec: The app's pubspec.
        pubspec_text: The text of pubspec.yaml, to find lines.
        sdk: The version of sentry_flutter; None if the app does not depend on it, directly or
            through a package.
        go_router: The same for go_router.
        platforms: The platforms that have a folder.
        identities: The identity that the app reports on each platform.
        flavored: Returns the identity on a platform in a flavor; None if it is unknown.
        release: The release name that this action computes; None if it cannot.
        dart: The files that contain something a rule looks for; neither tests nor generated code.
        reachable: Paths of the entry points and of the Dart files that they import, transitively.
        reachable_on_web: The same in a browser, which resolves conditional imports differently.
        entry_points: The files with a `main`.
        steps: The steps of every workflow and script that builds.
        jobs: The jobs of every GitHub workflow.
        dart_plugin: The version of sentry_dart_plugin; None if the app does not use it.
        unread_scripts: The texts of scripts in languages that are not parsed, such as Python, if they
            seem to build the app or to use Sentry; by path from the workspace.
        settings: The texts of files that sentry-cli and the plugin read settings from, in the app's
            folder and the folders above it, by path from the workspace; those that git ignores are
            left out.
        read_bytes: Returns the bytes of any other file of the app, by its path below `folder`.
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
    jobs: tuple[Job, ...] = ()
    dart_plugin: ResolvedVersion | None = None
    unread_scripts: Mapping[PurePosixPath, str] = field(default_factory=dict)
    settings: Mapping[PurePosixPath, str] = field(default_factory=dict)
    read_bytes: ReadFile = field(default=lambda _: None)
    _results: dict[object, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    def compute_once(self, compute: Callable[["App"], _Found]) -> _Found:
        """Return what a function finds in this app; several rules need it, and it is slow to find."""
        if compute not in self._results:
            self._results[compute] = compute(self)
        found: _Found = self._results[compute]
        return found

    def read_text(self, path: str) -> str | None:
        """Return the text of another file of the app; invalid UTF-8 is replaced."""
        content = self.read_bytes(PurePosixPath(path))
        return None if content is None else content.decode("utf-8-sig", "replace")


Check = Callable[[App], Iterator[Finding]]
"""Yields a finding for each place where an app breaks one rule."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FixContext:
    """
    A finding and its context.

    Attributes:
        finding: The finding to fix.
        app: The app.
        texts: The files that were read, by their paths from the workspace.
        sources: Returns the bytes of every Dart file of the workspace, including tests.
    """

    finding: Finding
    app: App
    texts: Mapping[PurePosixPath, str]
    sources: Callable[[], Iterable[bytes]]

    @property
    def text(self) -> str:
        """Return the text of the finding's file; empty if it was not read."""
        return self.texts.get(self.finding.path, "")

    def find_dart_files(self) -> Iterator[DartFile]:
        """Return the finding's file, if it is a Dart file."""
        return (one for one in self.app.dart if one.path == self.finding.path)

    def build_edit(self, start: int, end: int, text: str) -> TextEdit:
        """Return an edit of the finding's file."""
        return TextEdit(path=self.finding.path, start=start, end=end, text=text)


Fixer = Callable[[FixContext], tuple[TextEdit, ...] | None]
"""Returns the edits that fix a finding; None if it needs a manual fix."""


def get_only(found: Iterable[_Found]) -> _Found | None:
    """Return the only one of these; None if there are several or none."""
    match tuple(found):
        case (only,):
            return only
        case _:
            return None
