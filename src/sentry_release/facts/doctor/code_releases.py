"""A project -> the places where its code names the release, and what with."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath

from sentry_release.doctor.analysis.declarations import Declarations
from sentry_release.doctor.analysis.option_values import resolve_release
from sentry_release.facts.dart.assignments import Assignment
from sentry_release.facts.dart.expressions import expression
from sentry_release.facts.dart.guards import When, guards, when
from sentry_release.facts.dart.options import settings
from sentry_release.facts.dart.release_value import ReleaseValue, Source, release_value
from sentry_release.facts.dart.source import Dart
from sentry_release.facts.doctor.builds import builds_in
from sentry_release.facts.doctor.naming import Naming, build_naming
from sentry_release.facts.doctor.subject import DartFile, Subject

_ASKS = re.compile(r"\bhasEnvironment\b|\bisNotEmpty\b|\bisEmpty\b|[!=]=\s*(?:''|\"\"|null\b)")


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeRelease:
    """
    One `options.release = …` that a build for users may come to.

    `define_is_passed` is whether some build passes SENTRY_RELEASE, which this overrules.
    """

    path: PurePosixPath
    line: int
    value: ReleaseValue
    when: When
    define_is_passed: bool


def code_releases(subject: Subject) -> Iterator[CodeRelease]:
    """All of them, without those of debug builds."""
    passed = None
    constants = _Constants(subject)
    for file in subject.dart:
        for setting in settings(file.dart, "release"):
            reached = when(file.dart, setting.start)
            if reached is When.NEVER:
                continue
            if passed is None:
                passed = _is_define_passed(subject)
            yield CodeRelease(
                path=file.path,
                line=file.dart.line_of(setting.start),
                value=_value(constants, file, setting),
                when=reached,
                define_is_passed=passed,
            )


def names_release_in_code(subject: Subject) -> bool:
    """
    Return whether the code names the release itself, so that no define can.

    What reads the define SENTRY_RELEASE, and falls back to the SDK's default, is no name.
    """
    constants = _Constants(subject)
    return any(
        not (value.source in {Source.DEFINE, Source.BARE_DEFINE} and value.reads_ours)
        for file in subject.dart
        for setting in settings(file.dart, "release")
        if (value := _value(constants, file, setting))
    )


def _value(constants: "_Constants", file: DartFile, setting: Assignment) -> ReleaseValue:
    value = release_value(file.dart, setting.value)
    if value.source is Source.ELSEWHERE:
        value = constants.value_of(value)
    if value.source in {Source.UNKNOWN, Source.ELSEWHERE}:
        value = resolve_release(constants.declarations, file, setting.value) or value
    if value.source is Source.BARE_DEFINE and _is_asked_first(file.dart, setting):
        return ReleaseValue(source=Source.DEFINE, text=value.text, reads_ours=value.reads_ours)
    return value


class _Constants:
    """The constants of all files by their names, looked through when the first is asked for."""

    def __init__(self, subject: Subject) -> None:
        self._files = subject.dart
        self.declarations = Declarations(subject.dart)

    def value_of(self, named: ReleaseValue) -> ReleaseValue:
        """What a constant is in the one file that declares it, of those that are read."""
        owner, _, name = named.text.rpartition(".")
        type_ = owner.rpartition(".")[2]
        found = [
            release_value(dart, expression(dart, dart.initialisers[name]))
            for dart in self._by_name.get(name, ())
            if not type_ or type_ in dart.types
        ]
        return found[0] if len(found) == 1 else named

    @cached_property
    def _by_name(self) -> dict[str, list[Dart]]:
        names: dict[str, list[Dart]] = {}
        for file in self._files:
            for name in file.dart.initialisers:
                names.setdefault(name, []).append(file.dart)
        return names


def _is_asked_first(dart: Dart, setting: Assignment) -> bool:
    """Whether it stands under a condition that looks at the define."""
    conditions = (guard.condition for guard in guards(dart, setting.start))
    return any(
        condition is not None and _ASKS.search(dart.code, condition.start, condition.end)
        for condition in conditions
    )


def _is_define_passed(subject: Subject) -> bool:
    said = (build_naming(build, subject) for build in builds_in(subject.steps))
    return any(one in {Naming.OURS, Naming.DEFINE} for one in said)
