"""FD05, FD34: builds whose defines name no release."""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from sentry_release.doctor.ci_files.own_action import find_own_action
from sentry_release.facts.doctor.builds import Build, builds_in, find_checks
from sentry_release.facts.doctor.code_releases import names_release_in_code
from sentry_release.facts.doctor.naming import Naming, build_naming, starts_here
from sentry_release.facts.doctor.subject import Check, Step, Subject
from sentry_release.words.finding import Finding, Rule, Severity

EMPTY = Rule(
    id="FD05",
    name="empty-define",
    severity=Severity.ERROR,
    title="A build passes an empty SENTRY_RELEASE.",
    why="An empty define is a release with an empty name: the SDK does not fall back to its "
    "default, and Sentry drops the sessions.",
    link="https://docs.sentry.io/platforms/dart/guides/flutter/configuration/releases/",
    mend="Pass the define file of this action, which never holds an empty value.",
    snippet='flutter build web --dart-define-from-file="${{ steps.sentry.outputs.dart-defines-file }}"',
)
WITHOUT = Rule(
    id="FD34",
    name="build-without-release",
    severity=Severity.WARNING,
    title="A build does not get the name of the release.",
    why="The app then reports its default name, another one on each platform, and what this "
    "action opened in Sentry gets neither sessions nor errors.",
    link="https://docs.sentry.io/platforms/dart/guides/flutter/configuration/releases/",
    mend="Pass the define file to the build.",
    snippet='flutter build web --dart-define-from-file="${{ steps.sentry.outputs.dart-defines-file }}"',
)
_RELEASE = "SENTRY_RELEASE"
_VARIABLE = re.compile(r"\$(?:\{(?P<braced>\w+)\}|(?P<plain>[A-Za-z_]\w*))")
_GIVEN_BY_HOSTS = ("GITHUB_", "RUNNER_", "CI", "CM_", "BITRISE_", "BUILD_")
# Actions that are known to export no variables that a release could be made of.
_SILENT = re.compile(
    r"(?:actions/(?:checkout|cache|setup-\w+|upload-artifact|download-artifact)"
    r"|subosito/flutter-action|dart-lang/setup-dart)(?:/|@|$)"
)


def empty(subject: Subject) -> Iterator[Finding]:
    """Builds whose define is empty as it is written, or by a variable that nobody has set."""
    for build in builds_in(subject.steps):
        for define in dict.fromkeys(build.defines):
            if define.key != _RELEASE:
                continue
            if not define.value:
                yield EMPTY.at(build.step.path, build.line, "The define has no value.")
            elif (name := _unset(define.value, build, subject)) is not None:
                what = f"The define is ${name}, which no step before has set."
                yield EMPTY.at(build.step.path, build.line, what)


def without(subject: Subject) -> Iterator[Finding]:
    """Builds that pass no SENTRY_RELEASE, where the code does not name the release itself."""
    if subject.sdk is None or not starts_here(subject):
        return
    if names_release_in_code(subject):
        return
    seen = set()
    for build in builds_in(subject.steps):
        place = (build.step.path, build.line, build.number)
        if place not in seen and build_naming(build, subject) is Naming.SDK:
            seen.add(place)
            what = f"`{build.command[:80]}` passes no {_RELEASE}."
            yield WITHOUT.at(build.step.path, build.line, what)
    yield from _checks(subject)


def _checks(subject: Subject) -> Iterator[Finding]:
    """Builds that nobody gets: one finding a file, with their number."""
    places: dict[PurePosixPath, dict[tuple[int, int], str]] = {}
    for build in find_checks(subject.steps):
        if build_naming(build, subject) is Naming.SDK:
            found = places.setdefault(build.step.path, {})
            found.setdefault((build.line, build.number), build.command)
    for path, found in places.items():
        first, command = min(found.items())
        what = (
            f"{len(found)} builds that only check the app pass no {_RELEASE}."
            if len(found) > 1
            else f"`{command[:80]}`, which only checks the app, passes no {_RELEASE}."
        )
        yield WITHOUT.at(path, first[0], what, severity=Severity.INFO)


def _unset(value: str, build: Build, subject: Subject) -> str | None:
    """
    The variable that a define consists of, where it is sure that nobody has set it.

    A script gets its variables from whoever calls it, and a step after a foreign action from that
    action: there nothing is sure.
    """
    found = _VARIABLE.fullmatch(value)
    step = build.step
    if found is None or step.job is None:
        return None
    name = str(found["braced"] or found["plain"])
    if name in step.env:
        return None if step.env[name] else name
    if name in step.exported or name.startswith(_GIVEN_BY_HOSTS) or _set_in(step, name):
        return None
    return None if any(_may_export(one) for one in _before(step, subject)) else name


def _set_in(step: Step, name: str) -> bool:
    sets = re.compile(
        rf"(?:^|[\s;&|(\"'])(?:{name}=|read\b[^;&|]{{0,200}}\b{name}\b|for[ \t]+{name}\b"
        rf"|printf[ \t]+-v[ \t]*{name}\b|source\b|\. |eval\b)"
        rf"|\$\{{{name}:?=|\$(?i:{name})[ \t]*="
    )
    return any(sets.search(command.text) for command in step.commands)


def _before(step: Step, subject: Subject) -> Iterator[Step]:
    for one in subject.steps:
        if (one.path, one.job) == (step.path, step.job) and one.line < step.line:
            yield one


def _may_export(step: Step) -> bool:
    writes = any("GITHUB_ENV" in command.text for command in step.commands)
    if not step.uses or find_own_action(step.uses) is not None:
        return writes
    return writes or _SILENT.match(step.uses) is None


CHECKS: tuple[tuple[Rule, Check], ...] = ((EMPTY, empty), (WITHOUT, without))
