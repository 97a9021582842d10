"""Finds the builds of the app in steps, and the defines that they pass."""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import PurePosixPath

from sentry_release.doctor.app import App, BuildStep, Command
from sentry_release.doctor.ci_files.build_commands import (
    SUBSTITUTION,
    BuildCommand,
    Tool,
    find_build_commands,
    may_build,
    may_hold_defines,
)
from sentry_release.doctor.ci_files.jobs import is_check
from sentry_release.doctor.ci_files.scripts import is_ruby
from sentry_release.doctor.ci_files.shell import expand_arguments, find_values
from sentry_release.model.platform import Platform

_FOR_DEVELOPERS = re.compile(
    r"(?:^|\s)--(?:debug|profile|simulator)\b|[\s=\"'/](?:integration_test|test_driver)/"
)
# For Apple's platforms it passes the defines to Xcode; for Android it builds nothing.
_CONFIGURES = re.compile(r"\s--config-only\b")
# Programs that print, search or send a text instead of running it, also behind the label of a case.
_PRINTS = re.compile(
    r"(?:[^()\s]{1,100}\)[ \t]++)?[@+\s-]*+(?:echo|printf|print|puts|desc|UI\.\w+|Write-(?:Host|Output)"
    r"|(?:[ef]|z|git[ \t]+)?grep|rg|gh|git|curl|sed|awk|jq|test|\[|logger|notify-send)(?![\w-])(?:.*[^;&|])?"
)
# The words of a sentence before a command, as in `--body "Run flutter build web first"`.
_SENTENCE = re.compile(r"[\"'][A-Z][a-z]+(?:[ \t]+`*[\w,:][\w,:`]*+)*+(?:[ \t`]++|(?<=`))\Z")
_ENDS = re.compile(r"&&|[;|]")
_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")
_DEFINE = re.compile(
    r"(?P<around>[\"']?)--(?:(?:build-)?dart-define|DartDefines)(?:=|[ \t]+)(?P<before>[\"']?)"
    r"(?P<key>[A-Za-z_]\w*)="
    r"(?P<value>\"[^\"]*\"|'[^']*'|(?:\$\{\{.{0,300}?\}\}|[^\s;&|])*)"
)
_FILE = re.compile(
    r"--(?:build-)?dart-define-from-file(?:=|[ \t]+)"
    r"(?:\"(?P<double>[^\"]+)\"|'(?P<single>[^']+)'|(?P<plain>\$\{\{.{0,300}?\}\}|[^\s\"';&|]+))"
)
# Any option may have its value after `=`, and these after a space.
_OPTION = re.compile(
    r"(?<![\w-])(?:--[\w-]++=|(?:--(?:flavor|target|build-(?:name|number)|split-debug-info"
    r"|target-platform|export-(?:method|options-plist)|base-href|output|pwa-strategy|web-renderer"
    r"|device-id|platforms?|release-version|flutter-version)|-[toOpd])[ \t]+)"
    r"[\"']?(?:\$\{\{.{0,300}?\}\}|#\{[^}]{0,300}\}|[^\s-][^\s]*)"
)
_OUTPUT_AS_VALUE = re.compile(
    rf"(?<![\w-])(?P<option>--(?:[\w-]++=|build-(?:name|number)[ \t]+)[\"']?)(?:{SUBSTITUTION})"
)
# The job passes defines to Xcode or Gradle directly, without Flutter's tool. A variable of make or
# of a shell may have the same name and hold arguments for Flutter's tool.
_BESIDE = re.compile(
    r"(?<![\w$({])DART_DEFINES(?!\w|\s*[:?+!]{1,3}=|\s+=|=[\"']?-)|-Pdart-defines\b"
)
_PLUGIN_DEFINES = re.compile(r"[\"']?dart-defines[\"']?\s*(?:=>|:)")
# Source: https://docs.flutter.dev/perf/app-size
_MEASURES = re.compile(r"\s--analyze-size\b")
_REDIRECTION = re.compile(r"[0-9]?>{1,2}&?\s*(?:\"[^\"]*\"|'[^']*'|\S+)|<\s*\S+")
_FLAVOR = re.compile(r"--flavor[= ][\"']?(?P<name>[A-Za-z_][\w-]*)")
_BY_XCODE = {Platform.IOS, Platform.MACOS}
_LANE = re.compile(r"(?:private_)?lane\s+:")
_FROM_INPUT = re.compile(r"\b(?:xargs|parallel)\b")
_WRAPPER = "sentry-release run"
_MAX_COMMANDS = 200  # builds; more than any app has
_ONLY_TRIED = {"pull_request", "pull_request_target", "merge_group"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Define:
    """A `--dart-define`: its key, and its raw value without surrounding quotes."""

    key: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """
    A release build of the app, by Flutter's tool or by one that calls it.

    `platform` is None if the target is unknown. `files` are the arguments of
    --dart-define-from-file. `is_opaque` is whether there may be hidden defines: in variables among
    the arguments, or passed to Xcode or Gradle by the job; `is_wrapped` whether
    `sentry-release run` adds them; `is_check` whether the build is not delivered.
    `number` counts the builds of one command line.
    """

    step: BuildStep
    line: int
    platform: Platform | None
    command: str
    defines: tuple[Define, ...]
    files: tuple[str, ...]
    is_opaque: bool
    is_wrapped: bool
    tool: Tool
    flavor: str | None
    is_check: bool = False
    number: int


def find_builds(app: App) -> Iterator[Build]:
    """
    Return the release builds: neither debug nor profile, nor for tests or checks.

    If target, program or arguments are a variable with known values, each value is a build.
    """
    return (build for build in app.compute_once(_list_builds_of) if not build.is_check)


def find_checks(app: App) -> Iterator[Build]:
    """
    Return the release builds that only check whether the app builds, except those that only run for
    pull requests.
    """
    return (build for build in app.compute_once(_list_builds_of) if build.is_check)


def list_builds(steps: Sequence[BuildStep]) -> Iterator[Build]:
    """Yield the release builds in steps, also those that only check whether the app builds."""
    beside = {(step.path, step.job) for step in steps if _has_defines_in_inputs(step)}
    found = [
        build
        for step in steps
        if not (step.events and step.events <= _ONLY_TRIED)
        for build in islice(_find_step_builds(step), _MAX_COMMANDS)
    ]
    by_flutter = any(one.tool is Tool.FLUTTER and one.platform in _BY_XCODE for one in found)
    on_windows = {
        _get_job(one)
        for one in found
        if one.tool is not Tool.MSIX and one.platform in {Platform.WINDOWS, None}
    }
    for build in islice(found, _MAX_COMMANDS):
        if build.tool is Tool.XCODE and by_flutter:
            continue  # Flutter's tool has written the defines for Xcode
        if build.tool is Tool.MSIX and _get_job(build) in on_windows:
            continue  # before version 3 it packs what is built
        is_beside = (build.step.path, build.step.job) in beside
        yield replace(build, is_opaque=True) if is_beside else build


def _list_builds_of(app: App) -> tuple[Build, ...]:
    return tuple(list_builds(app.steps))


def _get_job(build: Build) -> tuple[PurePosixPath, str | None]:
    return build.step.path, build.step.job


def parse_dart_defines(command: str) -> tuple[Define, ...]:
    """Return every `--dart-define` of a command line."""
    return tuple(
        Define(
            key=found["key"],
            value=_remove_quotes(found["value"], found["around"] or found["before"]),
        )
        for found in _DEFINE.finditer(command)
    )


def parse_define_files(command: str) -> tuple[str, ...]:
    """Return every raw argument of --dart-define-from-file in a command line."""
    found = (one.groupdict() for one in _FILE.finditer(command))
    return tuple(one["double"] or one["single"] or one["plain"] or "" for one in found)


def _has_defines_in_inputs(step: BuildStep) -> bool:
    return any(_BESIDE.search(command.text) for command in step.commands)


def _find_step_builds(step: BuildStep) -> Iterator[Build]:
    if not any(may_build(command.text) for command in step.commands):
        return
    is_only_check = not step.is_delivered and is_check(step.path, step.job, step.events)
    own = find_values(step.path.name, (command.text for command in step.commands))
    values = {**_collect_values_around(step), **own}
    is_lane = is_ruby(step.path.name) or any(_LANE.match(one.text) for one in step.commands)
    in_android = "android" in str(step.path)
    for command in step.commands:
        in_android = in_android or "android" in command.text
        for text in expand_arguments(command.text, values):
            for build in _find_line_builds(step, replace(command, text=text), is_lane=is_lane):
                if build.tool is Tool.GRADLE and not (in_android or is_lane):
                    continue  # the project is unknown
                sized = _MEASURES.search(build.command) is not None
                yield replace(build, is_check=is_only_check or sized)


def _collect_values_around(step: BuildStep) -> dict[str, tuple[str, ...]]:
    """Return the values of variables by job, workflow and matrix."""
    found: dict[str, tuple[str, ...]] = {name: (text,) for name, text in step.env.items() if text}
    found |= {f"matrix.{name}": texts for name, texts in step.matrix.items()}
    return found | {f"inputs.{name}": texts for name, texts in step.inputs_given.items()}


def _find_line_builds(step: BuildStep, command: Command, *, is_lane: bool) -> Iterator[Build]:
    quoted = _QUOTED.sub(lambda text: "_" * len(text[0]), command.text)
    begins = [0, *(end.end() for end in _ENDS.finditer(quoted))]
    wrapper = command.text.find(_WRAPPER)
    for number, found in enumerate(find_build_commands(command.text, is_lane=is_lane)):
        begin = begins[bisect_right(begins, found.start + 1) - 1]
        before = quoted[begin : found.start + 1]
        if _SENTENCE.search(command.text, begin, found.start + 1):
            continue
        if not _is_release_build(found, before):
            continue
        flavor = _FLAVOR.search(found.rest)
        yield Build(
            step=step,
            line=command.line,
            platform=found.platform,
            command=found.text,
            defines=parse_dart_defines(found.text),
            files=parse_define_files(found.text),
            is_opaque=_is_opaque(found) or _FROM_INPUT.search(before) is not None,
            is_wrapped=0 <= wrapper <= found.end - len(_WRAPPER),
            tool=found.tool,
            flavor=flavor["name"] if flavor else None,
            number=number,
        )


def _is_release_build(found: BuildCommand, before: str) -> bool:
    """Return whether it is a release build: not printed text, nor for development or tests."""
    if _PRINTS.fullmatch(before) or _FOR_DEVELOPERS.search(found.text):
        return False
    return found.platform is not Platform.ANDROID or not _CONFIGURES.search(found.text)


def _is_opaque(found: BuildCommand) -> bool:
    """Return whether a variable of the command may hold defines."""
    if _PLUGIN_DEFINES.search(found.text):
        return True
    if found.tool in {Tool.GRADLE, Tool.XCODE}:
        return False
    kept = _OUTPUT_AS_VALUE.sub(lambda found: f"{found['option']}value", found.rest)
    rest = _REDIRECTION.sub(" ", _OPTION.sub(" ", _FILE.sub(" ", _DEFINE.sub(" ", kept))))
    target = found.target or ""
    return may_hold_defines(rest) or may_hold_defines(target, is_target=True)


def _remove_quotes(value: str, before: str) -> str:
    """Remove the quote that opened before the key, or a pair around the value."""
    if before:
        return value.removesuffix(before)
    pair = value[:1] if value[:1] in {"'", '"'} else ""
    return value.removeprefix(pair).removesuffix(pair) if pair else value
