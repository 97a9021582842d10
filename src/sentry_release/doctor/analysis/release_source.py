"""Finds out what sets the release that the app reports, and the other defines that a build passes."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import PurePosixPath

from sentry_release.dart.sentry_options import find_sentry_inits
from sentry_release.doctor.app import App, BuildStep
from sentry_release.doctor.ci_files.build_commands import Tool
from sentry_release.doctor.ci_files.builds import Build, find_builds, parse_define_files
from sentry_release.model.foreign_text import parse_json
from sentry_release.model.platform import Identity, Platform
from sentry_release.model.release import DIST_DEFINE, ENVIRONMENT_DEFINE, RELEASE_DEFINE

_ACTION_FILE = re.compile(r"\.sentry-release/|dart-defines-file")
_ACTION_VALUE = re.compile(r"outputs\.release\b|\bSENTRY_RELEASE\b")
_MSIX_SETTINGS = re.compile(r"^[ \t]++(?:windows_build_args|build_windows)\s*:", re.MULTILINE)
_VARIABLE = re.compile(r"\$\{?(?P<name>\w+)\}?|\$\{\{\s*env\.(?P<env>\w+)\s*\}\}")
_FLAG = re.compile(
    r"--build-(?P<half>name|number)[= ][\"']?(?P<value>\$\{\{.{0,300}?\}\}|[^\s\"']+)"
)
_REPORTED_KEYS = (RELEASE_DEFINE, DIST_DEFINE, ENVIRONMENT_DEFINE)
"""The defines of this action's file that an app reports."""
_LINE = re.compile(r"[ \t]*(?P<key>[A-Za-z_]\w*)[ \t]*=[ \t]*(?P<value>[^\r\n]*)")
_QUOTED = re.compile(r"(?P<quote>[\"'`])(?P<inner>[^\r\n]*?)(?P=quote)[ \t]*(?:#.*)?")


class ReleaseSource(Enum):
    """What sets the release of a build."""

    ACTION = "this action"
    DEFINE = "another define"
    SDK = "the SDK's default"
    UNKNOWN = "unknown"


def is_named_by_sdk(app: App, platforms: frozenset[Platform]) -> bool:
    """
    Return whether a build leaves the name to the SDK.

    Builds for these platforms count, or all builds if there is none; without any build in the
    files, the app is built manually.
    """
    if not initializes_sdk(app):
        return False
    builds = list(find_builds(app))
    of_platforms = [one for one in builds if one.platform in platforms]
    sources = {find_build_release_source(build, app) for build in of_platforms or builds}
    return not sources or ReleaseSource.SDK in sources


def initializes_sdk(app: App) -> bool:
    """Return whether the app or one of its local packages starts the SDK."""
    return app.compute_once(_has_sentry_init)


def _has_sentry_init(app: App) -> bool:
    return any(True for file in app.dart for _ in find_sentry_inits(file.dart))


def find_build_release_source(build: Build, app: App) -> ReleaseSource:
    """Return the source of one build's release; an empty define is a source as well."""
    if build.is_wrapped:
        return ReleaseSource.ACTION
    if build.tool is Tool.MSIX and _MSIX_SETTINGS.search(app.pubspec_text):
        return ReleaseSource.UNKNOWN
    values = [define.value for define in build.defines if define.key == RELEASE_DEFINE]
    if values:
        own = build.step.after_our_action and _ACTION_VALUE.search(values[-1])
        return ReleaseSource.ACTION if own else ReleaseSource.DEFINE
    sources = {_find_file_release_source(path, build, app) for path in build.files}
    for one in (ReleaseSource.ACTION, ReleaseSource.DEFINE, ReleaseSource.UNKNOWN):
        if one in sources:
            return one
    return ReleaseSource.UNKNOWN if build.is_opaque else ReleaseSource.SDK


def _find_file_release_source(path: str, build: Build, app: App) -> ReleaseSource:
    """Return the source by a define file: this action's, a readable one, or unknown."""
    if _is_action_file(path, build):
        return ReleaseSource.ACTION
    file = _find_define_file(path, build, app)
    if file is None:
        return ReleaseSource.UNKNOWN
    return ReleaseSource.DEFINE if RELEASE_DEFINE in file.text else ReleaseSource.SDK


def _is_action_file(path: str, build: Build) -> bool:
    """Return whether an argument of --dart-define-from-file is the file of this action."""
    return _ACTION_FILE.search(_resolve_path(path, build)) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class _DefineFile:
    """A define file of the app: its path below the app's folder, and its text."""

    path: str
    text: str


def _find_define_file(path: str, build: Build, app: App) -> _DefineFile | None:
    """Return the file of an argument; None if it cannot be read or a command may write it."""
    path = _resolve_path(path, build)
    text = read_define_file(path, app)
    if text is None or _is_file_written_before(path, build, app):
        return None
    return _DefineFile(path=path.removeprefix("./"), text=text)


def _resolve_path(path: str, build: Build) -> str:
    """Return the value of a variable, if the workflow shows it."""
    variable = _VARIABLE.fullmatch(path)
    return build.step.env.get(variable["name"] or variable["env"], path) if variable else path


def read_define_file(path: str, app: App) -> str | None:
    """Return the text of a define file in the app; None if it cannot be read."""
    if "$" in path or path.startswith("/") or ".." in path.split("/"):
        return None
    return app.read_text(path.removeprefix("./"))


def _is_file_written_before(path: str, build: Build, app: App) -> bool:
    """Return whether a command before the build names the file, and so may write it."""
    name = path.rpartition("/")[2]
    return any(
        name in command.text
        for step in app.steps
        if (step.path, step.job) == (build.step.path, build.step.job)
        for command in step.commands
        if command.line < build.line and path not in parse_define_files(command.text)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """The reported identity of one build; None if this action sets the release."""

    identity: Identity | None
    computed: str | None = None


def find_reported(app: App, step: BuildStep) -> Iterator[Reported]:
    """
    Return what the builds report that the plugin uploads for: those of its job, else all.

    If no build is found, every platform with a folder counts.
    """
    if not initializes_sdk(app):
        return
    builds = list(find_builds(app))
    beside = [one for one in builds if (one.step.path, one.step.job) == (step.path, step.job)]
    for build in beside or builds:
        match find_build_release_source(build, app):
            case ReleaseSource.ACTION if app.release is not None:
                yield Reported(identity=None, computed=app.release.name)
            case ReleaseSource.SDK if build.platform is not None:
                identity = _find_identity(build, build.platform, app)
                if identity is not None:
                    yield Reported(identity=identity)
            case _:
                pass
    if not builds:
        yield from (Reported(identity=one) for one in app.identities.values())


def _find_identity(build: Build, platform: Platform, app: App) -> Identity | None:
    """Return the identity of a build by the SDK's default, with the version from its flags."""
    found = app.identities.get(platform)
    if build.flavor is not None:
        found = app.flavored(platform, build.flavor) or found
    flags = {one["half"]: one["value"] for one in _FLAG.finditer(build.command)}
    if found is None or not flags:
        return found
    if any("$" in value for value in flags.values()):
        return None
    return replace(
        found, version=flags.get("name", found.version), build=flags.get("number", found.build)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class PassedDefine:
    """A define with its value, and where it is: a file of the app, or the line of the build."""

    value: str
    path: PurePosixPath
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PassedDefines:
    """
    The defines of one build by key, without those of this action's file.

    `is_complete` is whether every file could be read, so that an absent key is not passed.
    """

    values: Mapping[str, PassedDefine]
    is_complete: bool


def find_passed_defines(build: Build, app: App) -> PassedDefines:
    """
    Return the defines that reach the app, as far as the files show.

    A later file wins over an earlier one, and `--dart-define` over every file. A file that cannot
    be read may set any key.

    Source: flutter_tools, lib/src/runner/flutter_command.dart (extractDartDefines)
    """
    found: dict[str, PassedDefine] = {}
    is_complete = not build.is_opaque
    for name in build.files:
        if _is_action_file(name, build):
            found = {key: value for key, value in found.items() if key not in _REPORTED_KEYS}
            continue
        file = _find_define_file(name, build, app)
        values = _parse_define_file(file.text) if file else None
        if file is None or values is None:
            found, is_complete = {}, False
            continue
        found |= {
            key: PassedDefine(
                value=value, path=app.folder / file.path, line=_find_line(file.text, key)
            )
            for key, value in values.items()
        }
    found |= {
        one.key: PassedDefine(value=one.value, path=build.step.path, line=build.line)
        for one in build.defines
    }
    return PassedDefines(values=found, is_complete=is_complete)


def _parse_define_file(text: str) -> dict[str, str] | None:
    """
    Return the values of a define file, JSON or .env; None if it is neither.

    >>> _parse_define_file('{"API": "x", "RETRIES": 3}'), _parse_define_file("API='x'  # the server")
    ({'API': 'x', 'RETRIES': '3'}, {'API': 'x'})

    Source: flutter_tools, lib/src/runner/flutter_command.dart
    """
    if text.lstrip().startswith("{"):
        try:
            values = parse_json(text)
        except ValueError:
            return None
        return {
            key: value if isinstance(value, str) else str(value) for key, value in values.items()
        }
    return {
        found["key"]: _remove_quotes(found["value"])
        for line in text.splitlines()
        if (found := _LINE.match(line))
    }


def _remove_quotes(value: str) -> str:
    quoted = _QUOTED.fullmatch(value.strip())
    return quoted["inner"] if quoted else value.partition("#")[0].strip()


def _find_line(text: str, key: str) -> int:
    before, found, _ = text.partition(key)
    return before.count("\n") + 1 if found else 1
