"""Read the workflows, scripts and settings files of a repository that may concern an app."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cache
from pathlib import PurePosixPath

from sentry_release.adapters.file_search import walk_files
from sentry_release.adapters.workspace import Workspace
from sentry_release.dart.imports import join_path
from sentry_release.doctor.app import CLI_FILE, PROPERTIES_FILE, BuildStep, Job
from sentry_release.doctor.ci_files.jobs import parse_jobs
from sentry_release.doctor.ci_files.other_ci import parse_other_ci_steps as steps_of_service
from sentry_release.doctor.ci_files.scripts import (
    add_caller_environment,
    build_script_step,
    find_imports,
    is_ruby,
)
from sentry_release.doctor.ci_files.shell_directory import AppLocation
from sentry_release.doctor.ci_files.triggers import list_local_actions
from sentry_release.doctor.ci_files.workflow import parse_workflow_steps as steps_of_workflows
from sentry_release.errors import ActionError, ProjectError
from sentry_release.flutter.pubspec import parse_pubspec
from sentry_release.flutter.yaml_document import MAX_BYTES, parse_yaml
from sentry_release.flutter.yaml_node import YamlNode

_GITHUB = PurePosixPath(".github")
_ACTION = ("action.yml", "action.yaml")
_SERVICES = (
    "codemagic.yaml", "codemagic.yml", ".gitlab-ci.yml", "bitrise.yml", "melos.yaml",
    "pubspec.yaml", ".circleci/config.yml", "azure-pipelines.yml", ".azure/azure-pipelines.yml",
    "bitbucket-pipelines.yml", "Taskfile.yml", "Taskfile.yaml", "Taskfile.dist.yml",
    "taskfile.yml", "snapcraft.yaml", "snap/snapcraft.yaml", ".cirrus.yml", "appveyor.yml",
    ".woodpecker.yml",
)  # fmt: skip
_PIPELINES = (
    "flatpak",
    ".flatpak",
    "packaging/flatpak",
    "linux/flatpak",
    ".azure",
    "azure-pipelines",
)
_SCRIPTS = (
    "Makefile", "makefile", "GNUmakefile", "justfile", "Justfile", ".justfile", "Fastfile",
    "Dockerfile", "Containerfile", "Earthfile", "Jenkinsfile", "Rakefile", "package.json",
)  # fmt: skip
_FASTLANE = ("fastlane", "android/fastlane", "ios/fastlane", "macos/fastlane")
_FOLDERS = (
    "scripts", "script", "ci", ".ci", "tool", "tools", "bin", "dev", ".github/scripts",
    "deploy", "deployment", "distribution", "docker", "flatpak", "installer", "installers",
    "packaging", "release", "snap", "linux/packaging", "ios/ci_scripts", "macos/ci_scripts",
)  # fmt: skip
_CONTAINERS = ("Dockerfile", ".Dockerfile", "Containerfile", "Earthfile")
_ENDS = (".sh", ".bash", ".zsh", ".ps1", ".cmd", ".bat", ".mk")
_MAX_FILES = 500  # files
_MAX_BYTES = 256 * 1024
_MAX_ALL = 3 * 1024 * 1024  # characters of all files, which take up to 50 times as much memory
_TOO_MUCH = "Workflows and scripts have more than 3 MB together: those beyond were skipped."
_IGNORES = ".gitignore"


@dataclass(slots=True)
class BuildFiles:
    """
    The build steps, the jobs of workflows, the files' texts by path, and notes on the unreadable.

    `size` is the number of characters of all texts that were found.
    """

    steps: tuple[BuildStep, ...] = ()
    jobs: tuple[Job, ...] = ()
    texts: dict[PurePosixPath, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    size: int = 0

    def count_text(self, text: str) -> bool:
        """Count a text; return whether it may be read as well, with a note if not."""
        self.size += len(text)
        if self.size > _MAX_ALL and _TOO_MUCH not in self.notes:
            self.notes.append(_TOO_MUCH)
        return self.size <= _MAX_ALL


def collect_build_files(folder: PurePosixPath, workspace: Workspace) -> BuildFiles:
    """
    Return every step that may build the app in `folder`, with a note on each unreadable file.

    It reads the workflows, and in the app's folder and all folders above it the files of CI
    services and build tools.
    """
    found = BuildFiles()
    name = _find_package_name(folder, workspace)
    app = AppLocation(
        folder=folder, is_package=cache(lambda one: _has_pubspec(one, workspace)), name=name
    )
    files = _read_github_files(workspace, found)
    found.jobs = tuple(job for path, file in files.items() for job in parse_jobs(path, file))
    steps = list(steps_of_workflows(files, app))
    for root in (folder, *folder.parents):
        for path, text in _find_pipelines(root, workspace):
            file = _parse_file(path, text, found)
            steps += steps_of_service(path, file, app) if file else ()
        known: set[PurePosixPath] = set()
        for path, text in _find_own_scripts(root, workspace):
            if path in known or not found.count_text(text):
                continue
            known.add(path)
            step = build_script_step(path, text, app)
            if step is not None:
                found.texts[path] = text
                steps.append(step)
    found.steps = add_caller_environment(steps)
    return found


def _read_github_files(workspace: Workspace, found: BuildFiles) -> dict[PurePosixPath, YamlNode]:
    """Read the workflows and all local actions that a `uses` refers to."""
    files: dict[PurePosixPath, YamlNode] = {}
    for folder, ends in (("workflows", (".yml", ".yaml")), ("actions", _ACTION)):
        for path, text in _find_files_below(_GITHUB / folder, ends, workspace):
            if file := _parse_file(path, text, found):
                files[path] = file
    waiting = list(files.values())
    while waiting:
        for place in list_local_actions(waiting.pop()):
            for path in (place / name for name in _ACTION):
                content = None if path in found.texts else _read_file(path, workspace)
                if content and (file := _parse_file(path, content, found)):
                    files[path] = file
                    waiting.append(file)
    return files


def _find_own_scripts(
    root: PurePosixPath, workspace: Workspace
) -> Iterator[tuple[PurePosixPath, str]]:
    """Yield the scripts of a folder and of its script folders."""
    for name in _SCRIPTS:
        if text := _read_file(root / name, workspace):
            yield root / name, text
    for name in _FASTLANE:
        yield from _find_fastlane_files(root / name, workspace)
    yield from _find_files_below(root, (*_ENDS, *_CONTAINERS), workspace, deep=False)
    for name in _FOLDERS:
        yield from _find_files_below(root / name, (*_ENDS, *_CONTAINERS), workspace)


def _find_fastlane_files(
    folder: PurePosixPath, workspace: Workspace
) -> Iterator[tuple[PurePosixPath, str]]:
    """Yield fastlane's lanes and actions, and the Fastfiles that they import."""
    waiting = deque(
        (path, text)
        for path, text in _find_files_below(folder, ("",), workspace)
        if is_ruby(path.name)
    )
    known = {path for path, _ in waiting}
    while waiting:
        path, text = waiting.popleft()
        yield path, text
        for name in find_imports(text):
            place = _normalize(path.parent / name)
            if (
                place not in known
                and len(known) < _MAX_FILES
                and (content := _read_file(place, workspace))
            ):
                known.add(place)
                waiting.append((place, content))


def _find_pipelines(
    root: PurePosixPath, workspace: Workspace
) -> Iterator[tuple[PurePosixPath, str]]:
    """Yield the CI service files of a folder, and candidates in the packaging folders."""
    for name in _SERVICES:
        if text := _read_file(root / name, workspace):
            yield root / name, text
    for name in _PIPELINES:
        yield from _find_files_below(root / name, (".yml", ".yaml"), workspace)


def _find_files_below(
    folder: PurePosixPath, ends: tuple[str, ...], workspace: Workspace, *, deep: bool = True
) -> Iterator[tuple[PurePosixPath, str]]:
    for number, known in enumerate(
        walk_files(workspace, folder, ends=ends, skip=(), limit=MAX_BYTES, deep=deep)
    ):
        if number >= _MAX_FILES:
            return
        if known.content:
            yield PurePosixPath(known.path), known.content.decode("utf-8-sig", "replace")


def _parse_file(path: PurePosixPath, text: str, found: BuildFiles) -> YamlNode | None:
    """Parse the file; if it is invalid, or too much with the others, add a note."""
    if not found.count_text(text):
        return None
    found.texts[path] = text
    try:
        return parse_yaml(text, str(path))
    except ProjectError as error:
        found.notes.append(f"{error.message} The file was skipped.")
        return None


def _read_file(path: PurePosixPath, workspace: Workspace) -> str | None:
    try:
        content = workspace.read_bytes(path, limit=MAX_BYTES)
    except ActionError:
        return None
    return None if content is None else content.decode("utf-8-sig", "replace")


def _normalize(path: PurePosixPath) -> PurePosixPath:
    return PurePosixPath(join_path("", str(path)))


def _find_package_name(folder: PurePosixPath, workspace: Workspace) -> str | None:
    try:
        return parse_pubspec(_read_file(folder / "pubspec.yaml", workspace) or "").name
    except ActionError:
        return None


def _has_pubspec(folder: PurePosixPath, workspace: Workspace) -> bool:
    return _read_file(folder / "pubspec.yaml", workspace) is not None


def collect_settings_files(folder: PurePosixPath, workspace: Workspace) -> dict[PurePosixPath, str]:
    """
    Return the settings files of an app and of the folders above it that are in the repository.

    A file that a .gitignore names is on this machine alone, so it is left out.
    Source: https://docs.sentry.io/cli/configuration/
    """
    found = {}
    for one in (folder, *folder.parents):
        for name in (CLI_FILE, PROPERTIES_FILE) if one == folder else (CLI_FILE,):
            text = _read(one / name, workspace)
            if text is not None and not _is_ignored(one / name, workspace):
                found[one / name] = text
    return found


def _is_ignored(path: PurePosixPath, workspace: Workspace) -> bool:
    """
    Return whether a .gitignore in one of the folders above a file names it.

    Source: https://git-scm.com/docs/gitignore
    """
    return any(
        fnmatchcase(path.name, pattern) or fnmatchcase(str(path.relative_to(folder)), pattern)
        for folder in path.parents
        for pattern in _list_patterns(_read(folder / _IGNORES, workspace) or "")
    )


def _list_patterns(text: str) -> Iterator[str]:
    """Yield the lines as patterns; a comment and an exception (`!`) match no settings file."""
    for line in text.splitlines():
        yield line.strip().removeprefix("**/").removeprefix("/")


def _read(path: PurePosixPath, workspace: Workspace) -> str | None:
    try:
        return workspace.read_text(path, limit=_MAX_BYTES)
    except ActionError:
        return None
