"""Steps -> the builds of the app among their commands, and the defines that they pass."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sentry_release.facts.doctor.subject import Command, Step
from sentry_release.facts.flutter.platforms import Platform

_BUILD = re.compile(
    r"(?:^|[\s;&|(\"'=@])(?:flutter[ \t]+build|shorebird[ \t]+(?:release|patch))[ \t]+"
    r"(?:-\S+[ \t]+)*(?P<target>[a-z-]+)\b"
    r"(?P<rest>(?:\$\{\{.*?\}\}|\"[^\"]*\"|'[^']*'|[^;&|\n])*)"
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
_FOR_DEVELOPERS = re.compile(r"(?:^|\s)--(?:debug|profile)\b")
_DEFINE = re.compile(
    r"(?P<around>[\"']?)--(?:dart-define|DartDefines)(?:=|[ \t]+)(?P<before>[\"']?)"
    r"(?P<key>[A-Za-z_]\w*)="
    r"(?P<value>\"[^\"]*\"|'[^']*'|(?:\$\{\{.*?\}\}|[^\s;&|])*)"
)
_FILE = re.compile(r"--dart-define-from-file(?:=|[ \t]+)[\"']?(?P<path>\$\{\{.*?\}\}|[^\s\"';&|]+)")
_OPAQUE = re.compile(r"\$(?:\{\{|\{|\(|\w|@|\*)|%\w+%")
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

    `files` are the arguments of --dart-define-from-file. `is_opaque` says that arguments come
    from variables which could hold defines; `is_wrapped` that `sentry-release run` adds them.
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
    The builds for users: neither debug nor profile, and not of a workflow for pull requests alone.

    Source: `flutter build --help` of Flutter 3.38 · https://docs.shorebird.dev/code-push/release
    """
    for step in steps:
        if step.events and step.events <= _ONLY_TRIED:
            continue
        for command in step.commands:
            yield from _builds(step, command)


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
    return tuple(found["path"] for found in _FILE.finditer(command))


def _builds(step: Step, command: Command) -> Iterator[Build]:
    for found in _BUILD.finditer(command.text):
        platform = _TARGETS.get(found["target"])
        if platform is None or _FOR_DEVELOPERS.search(found[0]):
            continue
        yield Build(
            step=step,
            line=command.line,
            platform=platform,
            command=found[0].strip(),
            defines=defines_in(found[0]),
            files=files_in(found[0]),
            is_opaque=bool(_OPAQUE.search(_without_defines(found["rest"]))),
            is_wrapped="sentry-release run" in command.text[: found.end()],
        )


def _without_defines(rest: str) -> str:
    """The arguments that are left: those that a value of another option does not explain."""
    left = _FILE.sub(" ", _DEFINE.sub(" ", rest))
    return re.sub(r"--[\w-]+(?:=|[ \t]+)[\"']?(?:\$\{\{.*?\}\}|[^\s-][^\s]*)", " ", left)


def _unquoted(value: str, before: str) -> str:
    """Without the quote that opened before the key, or a pair around the value."""
    if before:
        return value.removesuffix(before)
    pair = value[:1] if value[:1] in {"'", '"'} else ""
    return value.removeprefix(pair).removesuffix(pair) if pair else value
