"""Steps -> the builds of the app among their commands, and the defines that they pass."""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from sentry_release.facts.doctor.subject import Command, Step
from sentry_release.facts.flutter.platforms import Platform

_BUILD = re.compile(
    r"(?:^|[\s;&|(\"'=@/\\])"
    r"(?:flutter(?:\.bat)?[\"']?(?:[ \t]+-\S+){0,20}[ \t]+build|shorebird[ \t]+(?:release|patch))[ \t]+"
    r"(?:-(?!-platforms?\b)\S+[ \t]+)*(?:--platforms?[= ])?(?P<target>[a-z][a-z-]*)\b"
    r"(?P<rest>(?:\$\{\{.{0,300}?\}\}|\"[^\"]*\"|'[^']*'|[^;&|\n])*)"
)
_TARGETS = {
    "apk": Platform.ANDROID,
    "appbundle": Platform.ANDROID,
    "aar": Platform.ANDROID,
    "android": Platform.ANDROID,
    "ios": Platform.IOS,
    "ipa": Platform.IOS,
    "ios-framework": Platform.IOS,
    "macos": Platform.MACOS,
    "windows": Platform.WINDOWS,
    "linux": Platform.LINUX,
    "web": Platform.WEB,
}
_FOR_DEVELOPERS = re.compile(
    r"(?:^|\s)--(?:debug|profile)\b|[\s=\"'/](?:integration_test|test_driver)/"
)
# For Apple's platforms it leaves the defines to Xcode; for Android nothing comes of it.
_CONFIGURES = re.compile(r"\s--config-only\b")
_TALKS = re.compile(
    r"[@+\s-]*(?:echo|printf|print|puts|desc|UI\.\w+|Write-(?:Host|Output))(?![\w-])(?:.*[^;&|])?"
)
_ENDS = re.compile(r"&&|[;|]")
_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")
_OF_MATRIX = re.compile(
    r"(?:(?:flutter[ \t]+build|shorebird[ \t]+(?:release|patch))[ \t]+(?:-\S+[ \t]+){0,20}|^)"
    r"(?P<value>\$\{\{\s*matrix\.(?P<key>[\w.-]+)\s*\}\})"
)
_DEFINE = re.compile(
    r"(?P<around>[\"']?)--(?:dart-define|DartDefines)(?:=|[ \t]+)(?P<before>[\"']?)"
    r"(?P<key>[A-Za-z_]\w*)="
    r"(?P<value>\"[^\"]*\"|'[^']*'|(?:\$\{\{.{0,300}?\}\}|[^\s;&|])*)"
)
_FILE = re.compile(
    r"--dart-define-from-file(?:=|[ \t]+)"
    r"(?:\"(?P<double>[^\"]+)\"|'(?P<single>[^']+)'|(?P<plain>\$\{\{.{0,300}?\}\}|[^\s\"';&|]+))"
)
_OPAQUE = re.compile(r"\$(?:\{\{|\{|\(|\w|@|\*)|%\w+%|#\{")
# Any option may have its value behind a sign of equality, and these after a blank.
_OPTION = re.compile(
    r"(?<![\w-])(?:--[\w-]++=|(?:--(?:flavor|target|build-(?:name|number)|split-debug-info"
    r"|target-platform|export-(?:method|options-plist)|base-href|output|pwa-strategy|web-renderer"
    r"|device-id|platforms?|release-version|flutter-version)|-[toOpd])[ \t]+)"
    r"[\"']?(?:\$\{\{.{0,300}?\}\}|#\{[^}]{0,300}\}|[^\s-][^\s]*)"
)
# So the job hands defines to Xcode or to Gradle, past Flutter's tool.
_BESIDE = re.compile(r"\bDART_DEFINES\b|-Pdart-defines\b")
_WRAPPER = "sentry-release run"
_MOST = 200  # builds; nobody has more of one app
_ONLY_TRIED = {"pull_request", "pull_request_target", "merge_group"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Define:
    """A `--dart-define`: its key, and its value as it is written, without the quotes around it."""

    key: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """
    A build of the app for users, by `flutter build` or Shorebird.

    `files` are the arguments of --dart-define-from-file. `is_opaque` says that there may be defines
    that cannot be seen: in variables among the arguments, or handed to Xcode or Gradle by the job;
    `is_wrapped` that `sentry-release run` adds them.
    """

    step: Step
    line: int
    platform: Platform
    command: str
    defines: tuple[Define, ...]
    files: tuple[str, ...]
    is_opaque: bool
    is_wrapped: bool


def builds_in(steps: Sequence[Step]) -> Iterator[Build]:
    """
    The builds for users: neither debug nor profile, and not for pull requests or tests alone.

    Of a target, or a whole command, that comes from the matrix of its job, each value is a build.

    Source: `flutter build --help` of Flutter 3.38 · https://docs.shorebird.dev/code-push/release
    """
    beside = {(step.path, step.job) for step in steps if _has_defines_beside(step)}
    found = (
        build
        for step in steps
        if not (step.events and step.events <= _ONLY_TRIED)
        for command in step.commands
        for build in _builds(step, command)
    )
    for build in islice(found, _MOST):
        is_beside = (build.step.path, build.step.job) in beside
        yield replace(build, is_opaque=True) if is_beside else build


def defines_in(command: str) -> tuple[Define, ...]:
    """Every `--dart-define` of a command line."""
    return tuple(
        Define(
            key=found["key"], value=_unquoted(found["value"], found["around"] or found["before"])
        )
        for found in _DEFINE.finditer(command)
    )


def files_in(command: str) -> tuple[str, ...]:
    """Every argument of --dart-define-from-file of a command line, as it is written."""
    found = (one.groupdict() for one in _FILE.finditer(command))
    return tuple(one["double"] or one["single"] or one["plain"] or "" for one in found)


def _has_defines_beside(step: Step) -> bool:
    return any(_BESIDE.search(command.text) for command in step.commands)


def _builds(step: Step, command: Command) -> Iterator[Build]:
    for text in _of_each_leg(step, command.text):
        yield from _builds_of_line(step, replace(command, text=text))


def _of_each_leg(step: Step, text: str) -> Iterator[str]:
    """The command as it runs for each target of a matrix, or for each command of one."""
    found = _OF_MATRIX.search(text)
    values = step.matrix.get(found["key"], ()) if found else ()
    if found is None or not values:
        yield text
    else:
        for value in values:
            yield text.replace(found["value"], value)


def _builds_of_line(step: Step, command: Command) -> Iterator[Build]:
    quoted = _QUOTED.sub(lambda text: "_" * len(text[0]), command.text)
    begins = [0, *(end.end() for end in _ENDS.finditer(quoted))]
    wrapper = command.text.find(_WRAPPER)
    for found in _BUILD.finditer(command.text):
        platform = _TARGETS.get(found["target"])
        begin = begins[bisect_right(begins, found.start() + 1) - 1]
        before = quoted[begin : found.start() + 1]
        if platform is None or not _is_for_users(platform, found, before):
            continue
        yield Build(
            step=step,
            line=command.line,
            platform=platform,
            command=found[0].strip(),
            defines=defines_in(found[0]),
            files=files_in(found[0]),
            is_opaque=bool(_OPAQUE.search(_without_defines(found["rest"]))),
            is_wrapped=0 <= wrapper <= found.end() - len(_WRAPPER),
        )


def _is_for_users(platform: Platform, found: re.Match[str], before: str) -> bool:
    """Neither talk of a build, nor one for developers or tests, nor one of which nothing comes."""
    if _TALKS.fullmatch(before) or _FOR_DEVELOPERS.search(found[0]):
        return False
    return platform is not Platform.ANDROID or not _CONFIGURES.search(found[0])


def _without_defines(rest: str) -> str:
    """The arguments that are left: those that a value of another option does not explain."""
    return _OPTION.sub(" ", _FILE.sub(" ", _DEFINE.sub(" ", rest)))


def _unquoted(value: str, before: str) -> str:
    """Without the quote that opened before the key, or a pair around the value."""
    if before:
        return value.removesuffix(before)
    pair = value[:1] if value[:1] in {"'", '"'} else ""
    return value.removeprefix(pair).removesuffix(pair) if pair else value
