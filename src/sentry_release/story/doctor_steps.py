"""Read the workflows and scripts of a repository that may build an app."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import PurePosixPath

from sentry_release.doctor.ci_files.fastlane import find_imports, is_ruby
from sentry_release.doors.tree import contents_below
from sentry_release.facts.dart.imports import joined
from sentry_release.facts.doctor.bringing import local_actions
from sentry_release.facts.doctor.calling import with_callers
from sentry_release.facts.doctor.other_ci import steps_of as steps_of_service
from sentry_release.facts.doctor.places import App
from sentry_release.facts.doctor.scripts import whole
from sentry_release.facts.doctor.subject import Step
from sentry_release.facts.doctor.workflow import steps_of as steps_of_workflows
from sentry_release.facts.pubspec import parse
from sentry_release.flutter.yaml_document import MAX_BYTES, parse_yaml
from sentry_release.flutter.yaml_node import YamlNode
from sentry_release.story.world import World
from sentry_release.words.errors import ActionError, ProjectError

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
    "Dockerfile", "Containerfile", "Earthfile", "Jenkinsfile", "Rakefile",
)  # fmt: skip
_FASTLANE = ("fastlane", "android/fastlane", "ios/fastlane", "macos/fastlane")
_FOLDERS = (
    "scripts", "script", "ci", ".ci", "tool", "tools", "bin", "dev", ".github/scripts",
    "deploy", "deployment", "distribution", "docker", "flatpak", "installer", "installers",
    "packaging", "release", "snap", "linux/packaging", "ios/ci_scripts", "macos/ci_scripts",
)  # fmt: skip
_CONTAINERS = ("Dockerfile", ".Dockerfile", "Containerfile", "Earthfile")
_ENDS = (".sh", ".bash", ".zsh", ".ps1", ".cmd", ".bat", ".mk")
_MOST = 500  # files


@dataclass(slots=True)
class Scripts:
    """Steps as facts.doctor.subject has them, the texts they stand in, and what went wrong."""

    steps: tuple[Step, ...] = ()
    texts: dict[PurePosixPath, str] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)


def scripts_of(folder: PurePosixPath, world: World) -> Scripts:
    """
    Every step that may build the app in `folder`; a file that cannot be read is remarked on.

    Looked at are the workflows, and in the folder of the app and all above it what services and
    people build with.
    """
    found = Scripts()
    name = _package_name(folder, world)
    app = App(folder=folder, is_package=cache(lambda one: _has_pubspec(one, world)), name=name)
    steps = list(steps_of_workflows(_github(world, found), app))
    for root in (folder, *folder.parents):
        for path, text in _pipelines(root, world):
            file = _tree(path, text, found)
            steps += steps_of_service(path, file, app) if file else ()
        for path, text in dict(_own(root, world)).items():
            step = whole(path, text, app)
            if step is not None:
                found.texts[path] = text
                steps.append(step)
    found.steps = with_callers(steps)
    return found


def _github(world: World, found: Scripts) -> dict[PurePosixPath, YamlNode]:
    """The workflows, and all actions of this repository, wherever a `uses` leads to."""
    files: dict[PurePosixPath, YamlNode] = {}
    for folder, ends in (("workflows", (".yml", ".yaml")), ("actions", _ACTION)):
        for path, text in _below(_GITHUB / folder, ends, world):
            if file := _tree(path, text, found):
                files[path] = file
    waiting = list(files.values())
    while waiting:
        for place in local_actions(waiting.pop()):
            for path in (place / name for name in _ACTION):
                content = None if path in found.texts else _text(path, world)
                if content and (file := _tree(path, content, found)):
                    files[path] = file
                    waiting.append(file)
    return files


def _own(root: PurePosixPath, world: World) -> Iterator[tuple[PurePosixPath, str]]:
    """The scripts of a folder, and of those folders in it that are there for scripts."""
    for name in _SCRIPTS:
        if text := _text(root / name, world):
            yield root / name, text
    for name in _FASTLANE:
        yield from _fastlane(root / name, world)
    yield from _below(root, (*_ENDS, *_CONTAINERS), world, deep=False)
    for name in _FOLDERS:
        yield from _below(root / name, (*_ENDS, *_CONTAINERS), world)


def _fastlane(folder: PurePosixPath, world: World) -> Iterator[tuple[PurePosixPath, str]]:
    """Lanes and actions of fastlane, and the Fastfiles that they import from elsewhere."""
    waiting = [*((path, text) for path, text in _below(folder, ("",), world) if is_ruby(path.name))]
    seen = {path for path, _ in waiting}
    while waiting:
        path, text = waiting.pop(0)
        yield path, text
        for name in find_imports(text):
            place = _normal(path.parent / name)
            if place not in seen and len(seen) < _MOST and (content := _text(place, world)):
                seen.add(place)
                waiting.append((place, content))


def _pipelines(root: PurePosixPath, world: World) -> Iterator[tuple[PurePosixPath, str]]:
    """The files of services in a folder, and what may be one in the folders of packaging."""
    for name in _SERVICES:
        if text := _text(root / name, world):
            yield root / name, text
    for name in _PIPELINES:
        yield from _below(root / name, (".yml", ".yaml"), world)


def _below(
    folder: PurePosixPath, ends: tuple[str, ...], world: World, *, deep: bool = True
) -> Iterator[tuple[PurePosixPath, str]]:
    for number, seen in enumerate(
        contents_below(world.disk, folder, ends=ends, skip=(), limit=MAX_BYTES, deep=deep)
    ):
        if number >= _MOST:
            return
        if seen.content:
            yield PurePosixPath(seen.path), seen.content.decode("utf-8-sig", "replace")


def _tree(path: PurePosixPath, text: str, found: Scripts) -> YamlNode | None:
    """The file as a tree; one that is none is said in one line."""
    found.texts[path] = text
    try:
        return parse_yaml(text, str(path))
    except ProjectError as error:
        found.remarks.append(f"{error.what} It was not looked at.")
        return None


def _text(path: PurePosixPath, world: World) -> str | None:
    try:
        content = world.disk.content(path, limit=MAX_BYTES)
    except ActionError:
        return None
    return None if content is None else content.decode("utf-8-sig", "replace")


def _normal(path: PurePosixPath) -> PurePosixPath:
    return PurePosixPath(joined("", str(path)))


def _package_name(folder: PurePosixPath, world: World) -> str | None:
    try:
        return parse(_text(folder / "pubspec.yaml", world) or "").name
    except ActionError:
        return None


def _has_pubspec(folder: PurePosixPath, world: World) -> bool:
    return _text(folder / "pubspec.yaml", world) is not None
