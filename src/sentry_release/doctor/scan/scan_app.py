"""Reads the app that the rules check, and the scripts that no parser reads, before any rule runs."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from sentry_release.adapters.file_search import walk_files
from sentry_release.adapters.workspace import Workspace
from sentry_release.dart.imports import join_path
from sentry_release.doctor.app import App, BuildStep
from sentry_release.doctor.scan.build_scripts import (
    BuildFiles,
    collect_build_files,
    collect_settings_files,
)
from sentry_release.doctor.scan.dart_files import DartFiles, collect_dart_files
from sentry_release.doctor.scan.packages import (
    LocalPackage,
    find_local_packages,
    find_plugin_version,
    find_resolved_version,
)
from sentry_release.errors import ActionError
from sentry_release.flutter.pubspec import MAX_BYTES
from sentry_release.model.platform import Identity, Platform, Unknown
from sentry_release.model.release import Release
from sentry_release.project.flutter_project import FlutterProject

_ENDS = (".py", ".js", ".mjs", ".cjs", ".ts", ".dart", ".pl", ".go")
_FOLDERS = ("scripts", "script", "ci", ".ci", "tool", "tools", "bin", ".github/scripts", "deploy")
_MAX_BYTES = 256 * 1024
_MAX_FILES = 200
_RUN = re.compile(r"(?<![\w./-])(?P<path>[\w./-]{1,200}\.(?:py|[mc]?js|ts|dart|pl|go))(?![\w./-])")
_BUILDS = re.compile(
    r"\bflutter\b[\"'`,\s\[\]]{1,20}build\b|\bshorebird\b[\"'`,\s\[\]]{1,20}(?:release|patch)\b"
    r"|sentry[-_](?:cli|dart_plugin)|[\"'`]build[\"'`]\s*,\s*[\"'`](?:apk|appbundle|ipa|ios|web|windows|linux|macos)\b"
)
_FILE_LIMIT = 4 * 1024 * 1024


def collect_unread_scripts(
    folder: PurePosixPath, steps: Iterable[BuildStep], workspace: Workspace
) -> dict[PurePosixPath, str]:
    """
    Return the texts of scripts that seem to build the app or to use Sentry's tools, by path.

    These are the scripts that a step runs, and those in the script folders of the app and of the
    folders above it.
    """
    roots = (folder, *folder.parents)
    read = (*_read_named(roots, steps, workspace), *_walk_folders(roots, workspace))
    return {path: text for path, text in read if _BUILDS.search(text)}


def _read_named(
    roots: Iterable[PurePosixPath], steps: Iterable[BuildStep], workspace: Workspace
) -> Iterator[tuple[PurePosixPath, str]]:
    named = {
        match["path"]
        for step in steps
        for command in step.commands
        for match in _RUN.finditer(command.text)
    }
    for name in sorted(named)[:_MAX_FILES]:
        for root in roots:
            path = PurePosixPath(join_path(str(root), name))
            text = _read(path, workspace) if ".." not in path.parts else None
            if text is not None:
                yield path, text


def _walk_folders(
    roots: Iterable[PurePosixPath], workspace: Workspace
) -> Iterator[tuple[PurePosixPath, str]]:
    for root in roots:
        for name in _FOLDERS:
            files = walk_files(workspace, root / name, ends=_ENDS, skip=(), limit=_MAX_BYTES)
            for number, one in enumerate(files):
                if number >= _MAX_FILES:
                    break
                if one.content:
                    yield PurePosixPath(one.path), one.content.decode("utf-8-sig", "replace")


def _read(path: PurePosixPath, workspace: Workspace) -> str | None:
    try:
        return workspace.read_text(path, limit=_MAX_BYTES)
    except ActionError:
        return None


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
    check_time: Callable[[], object] = lambda: None,
) -> ScannedApp:
    """
    Read everything that rules may use; a file that cannot be read becomes a note.

    Args:
        project: The app.
        release: Its release; None if it has no valid name.
        check_time: Called between files; raises if the time is over.
    """
    packages = find_local_packages(project)
    sources = collect_dart_files(packages, project.workspace, check_time=check_time)
    check_time()
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
