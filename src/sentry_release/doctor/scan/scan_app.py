"""Reads the app that the rules check, and finds the repository around it, before any rule runs."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from sentry_release.adapters.workspace import Workspace
from sentry_release.config.config import Config
from sentry_release.doctor.analysis.dependencies import LocalPackage
from sentry_release.doctor.app import App
from sentry_release.doctor.scan.build_scripts import (
    BuildFiles,
    collect_build_files,
    collect_settings_files,
)
from sentry_release.doctor.scan.dart_files import DartFiles, collect_dart_files
from sentry_release.doctor.scan.packages import (
    find_local_packages,
    find_plugin_version,
    find_resolved_version,
)
from sentry_release.doctor.scan.unread_scripts import collect_unread_scripts
from sentry_release.errors import ActionError
from sentry_release.flutter.pubspec import MAX_BYTES, MELOS, parse_pubspec
from sentry_release.model.platform import Identity, Platform, Unknown
from sentry_release.model.release import Release
from sentry_release.project.flutter_project import FlutterProject
from sentry_release.services import Services

_HIGHEST = 10  # folders above the current one
_FILE_LIMIT = 4 * 1024 * 1024


def use_repository_root(config: Config, services: Services) -> tuple[Config, Services]:
    """
    Return inputs and adapters that are relative to the root of the repository.

    Started in `apps/shop`, the doctor then finds what it finds from the root with
    `working-directory: apps/shop`. A workspace that GITHUB_WORKSPACE names stays as it is.

    Args:
        config: The inputs; paths in them are relative to the current folder.
        services: The adapters; their root is the current folder.
    """
    if services.is_workspace_given:
        return config, services
    here = services.workspace.root.absolute()
    root = find_repository_root(here, services.workspace)
    if root == here:
        return config, services
    folder = PurePosixPath(here.relative_to(root).as_posix())
    report = config.report_dir
    return (
        replace(
            config,
            working_directory=folder / config.working_directory,
            report_dir=folder / report if report is not None else None,
        ),
        replace(services, workspace=replace(services.workspace, root=root)),
    )


def find_repository_root(folder: Path, workspace: Workspace) -> Path:
    """
    Return the nearest folder with a `.git`; without one, the outermost root of pub or melos.

    Source: https://git-scm.com/docs/gitrepository-layout
    """
    around = [folder, *folder.parents][: _HIGHEST + 1]
    for one in around:
        if (one / ".git").exists():
            return one
    roots = [one for one in around if _is_workspace_root(one, workspace)]
    return roots[-1] if roots else folder


def _is_workspace_root(folder: Path, workspace: Workspace) -> bool:
    workspace = replace(workspace, root=folder)
    try:
        if workspace.read_text(PurePosixPath(MELOS), limit=MAX_BYTES) is not None:
            return True
        text = workspace.read_text(PurePosixPath("pubspec.yaml"), limit=MAX_BYTES)
        return bool(text and parse_pubspec(text).members)
    except (ActionError, OSError):
        return False


@dataclass(frozen=True, slots=True, kw_only=True)
class ScannedApp:
    """
    The app, with a note on each file that could not be read.

    `texts` are the files that findings may refer to, as they were read, by path.
    """

    app: App
    texts: Mapping[PurePosixPath, str]
    notes: tuple[str, ...]


def scan_app(
    project: FlutterProject,
    release: Release | None,
    *,
    is_late: Callable[[], bool] = lambda: False,
) -> ScannedApp:
    """
    Read everything that rules may use; a file that cannot be read becomes a note.

    Args:
        project: The app.
        release: Its release; None if it has no valid name.
        is_late: Returns whether the time for reading is over.

    Raises:
        ScanTimeoutError: The deadline has passed.
    """
    packages = find_local_packages(project)
    sources = collect_dart_files(packages, project.workspace, is_late=is_late)
    scripts = collect_build_files(project.directory, project.workspace)
    settings = collect_settings_files(project.directory, project.workspace)
    texts = {**scripts.texts, **settings, **{one.path: one.dart.text for one in sources.dart}}
    content = _RecordingReader(project.directory, project.workspace, texts)
    app = _build_app(project, packages, sources, scripts, content, release)
    app = replace(
        app,
        settings=settings,
        dart_plugin=find_plugin_version(project, app.pubspec_text),
        unread_scripts=collect_unread_scripts(project.directory, scripts.steps, project.workspace),
    )
    return ScannedApp(app=app, texts=texts, notes=_list_notes(sources, scripts))


def _build_app(
    project: FlutterProject,
    packages: tuple[LocalPackage, ...],
    sources: DartFiles,
    scripts: BuildFiles,
    content: "_RecordingReader",
    release: Release | None,
) -> App:
    identities = _LazyIdentities(project.list_platforms(), project.read_identity)
    return App(
        folder=project.directory,
        pubspec=project.pubspec,
        pubspec_text=content.get_text("pubspec.yaml"),
        sdk=find_resolved_version("sentry_flutter", project, packages),
        go_router=find_resolved_version("go_router", project, packages),
        platforms=frozenset(identities),
        identities=identities,
        flavored=_Flavored(project.read_identity_in_flavor),
        release=release,
        dart=sources.dart,
        reachable=sources.reachable,
        reachable_on_web=sources.reachable_on_web,
        entry_points=sources.entry_points,
        steps=scripts.steps,
        jobs=scripts.jobs,
        read_bytes=content,
    )


class _RecordingReader:
    """Reads files of the app by their path in it, and keeps their texts."""

    def __init__(
        self, folder: PurePosixPath, workspace: Workspace, texts: dict[PurePosixPath, str]
    ) -> None:
        self.texts = texts
        self._folder = folder
        self._workspace = workspace

    def __call__(self, path: PurePosixPath, limit: int = _FILE_LIMIT) -> bytes | None:
        try:
            content = self._workspace.read_bytes(self._folder / path, limit=limit)
        except ActionError:
            return None
        if content is not None:
            self.texts[self._folder / path] = content.decode("utf-8-sig", "replace")
        return content

    def get_text(self, name: str) -> str:
        """Return the text of a file; empty if it cannot be read."""
        self(PurePosixPath(name), limit=MAX_BYTES)
        return self.texts.get(self._folder / name, "")


class _LazyIdentities(Mapping[Platform, Identity]):
    """The identity on each platform; its files are read on first access."""

    def __init__(
        self, platforms: tuple[Platform, ...], identity: Callable[[Platform], Identity]
    ) -> None:
        self._platforms = platforms
        self._identity = identity
        self._known: dict[Platform, Identity] = {}

    def __getitem__(self, platform: Platform) -> Identity:
        if platform not in self._platforms:
            raise KeyError(platform)
        if platform not in self._known:
            self._known[platform] = self._read_identity_of(platform)
        return self._known[platform]

    def __iter__(self) -> Iterator[Platform]:
        return iter(self._platforms)

    def __len__(self) -> int:
        return len(self._platforms)

    def _read_identity_of(self, platform: Platform) -> Identity:
        try:
            return self._identity(platform)
        except ActionError as error:
            unknown = Unknown(reason="cannot be read", location=platform.value, hint=error.hint)
            return Identity(app_id=unknown, version=unknown, build=unknown)


@dataclass(frozen=True, slots=True)
class _Flavored:
    """Returns the identity on a platform in a flavor; None if it cannot be read."""

    identity: Callable[[Platform, str], Identity]

    def __call__(self, platform: Platform, flavor: str) -> Identity | None:
        try:
            return self.identity(platform, flavor)
        except ActionError:
            return None


def _list_notes(sources: DartFiles, scripts: BuildFiles) -> tuple[str, ...]:
    return (*_describe_unread(sources.unread), *scripts.notes)


def _describe_unread(paths: tuple[str, ...]) -> tuple[str, ...]:
    if not paths:
        return ()
    more = f" and {len(paths) - 1} more" if len(paths) > 1 else ""
    return (f"{paths[0]}{more}: skipped, too large or unreadable.",)
