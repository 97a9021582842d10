"""Finds the places where the code sets the release, and resolves values across files and builds."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath

from sentry_release.dart.conditions import (
    Reachability,
    find_enclosing_guards,
    find_possible_values,
    find_reachability,
)
from sentry_release.dart.expressions import (
    Assignment,
    find_expression,
    get_identifier,
    get_literal_text,
    resolve_constant,
    strip_const,
)
from sentry_release.dart.release_value import (
    OptionValue,
    ValueSource,
    classify_value,
    find_dart_define_reads,
    find_define_reads,
)
from sentry_release.dart.sentry_options import find_option_assignments
from sentry_release.dart.source import DartSource, Span
from sentry_release.doctor.analysis.declarations import (
    Declarations,
    Function,
    find_enclosing_function,
    get_called_name,
    has_parameter,
)
from sentry_release.doctor.analysis.release_source import (
    ReleaseSource,
    find_build_release_source,
    find_passed_defines,
)
from sentry_release.doctor.app import App, DartFile, get_only
from sentry_release.doctor.ci_files.builds import find_builds
from sentry_release.model.release import ENVIRONMENT_DEFINE, RELEASE_DEFINE

_MAX_DEPTH = 3  # functions within functions
_SURE = (
    ValueSource.COMPUTED,
    ValueSource.LITERAL,
    ValueSource.SDK_DEFAULT,
    ValueSource.UNGUARDED_DEFINE,
    ValueSource.DEFINE,
)
_CHECKS_DEFINE = re.compile(
    r"\bhasEnvironment\b|\bisNotEmpty\b|\bisEmpty\b|[!=]=\s*(?:''|\"\"|null\b)"
)


def resolve_release(
    declarations: Declarations, file: DartFile, span: Span, *, depth: int = 0
) -> OptionValue | None:
    """
    Return the value of an expression that is a name or a call; None if it is unknown.

    The name may be a parameter, which the callers resolve, or any getter or function.

    Args:
        declarations: What the files of the app declare.
        file: The file of the expression.
        span: The expression.
        depth: The number of functions followed so far.
    """
    if depth >= _MAX_DEPTH:
        return None
    name = get_identifier(file.dart, span)
    function = find_enclosing_function(file, span.start) if name else None
    if name and function and has_parameter(function, name):
        return _choose_surest(_find_given(declarations, function, name, depth))
    called = get_called_name(file.dart, span)
    only = get_only(declarations.find_functions(called)) if called else None
    return _get_value(declarations, only, depth) if only else None


def _find_given(
    declarations: Declarations, function: Function, parameter: str, depth: int
) -> Iterator[OptionValue]:
    for file, span in declarations.find_arguments(function, parameter):
        value = classify_value(file.dart, span)
        if value.source in {ValueSource.UNKNOWN, ValueSource.ELSEWHERE}:
            value = resolve_release(declarations, file, span, depth=depth + 1) or value
        yield value


def _choose_surest(values: Iterator[OptionValue]) -> OptionValue | None:
    known = list(values)
    ranked = [one for source in _SURE for one in known if one.source is source]
    return ranked[0] if ranked else None


def _get_value(declarations: Declarations, function: Function, depth: int) -> OptionValue | None:
    """Return the value of a getter or function: a define that it reads, or its one expression."""
    dart = function.file.dart
    if reads := find_define_reads(dart, function.body):
        own = any(read.key in {None, RELEASE_DEFINE} for read in reads)
        return OptionValue(source=ValueSource.DEFINE, text=reads[0].key or "", reads_our_define=own)
    if not function.is_arrow:
        return None
    value = classify_value(dart, function.body)
    if value.source in {ValueSource.UNKNOWN, ValueSource.ELSEWHERE}:
        return resolve_release(declarations, function.file, function.body, depth=depth + 1)
    return value


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseAssignment:
    """
    One `options.release = …` that a release build may execute.

    `define_is_passed` is whether a build passes SENTRY_RELEASE, which the assignment overrides.
    """

    path: PurePosixPath
    line: int
    value: OptionValue
    reachability: Reachability
    define_is_passed: bool


def find_release_assignments(app: App) -> tuple[ReleaseAssignment, ...]:
    """Return every assignment, except those of debug builds."""
    return app.compute_once(_list_release_assignments)


def _list_release_assignments(app: App) -> tuple[ReleaseAssignment, ...]:
    return tuple(_iterate_release_assignments(app))


def _iterate_release_assignments(app: App) -> Iterator[ReleaseAssignment]:
    passed = None
    constants = _Constants(app)
    for file in app.dart:
        for setting in find_option_assignments(file.dart, "release"):
            reached = find_reachability(file.dart, setting.start)
            if reached is Reachability.NEVER:
                continue
            if passed is None:
                passed = _is_define_passed(app)
            yield ReleaseAssignment(
                path=file.path,
                line=file.dart.get_line(setting.start),
                value=_classify_assignment(constants, file, setting),
                reachability=reached,
                define_is_passed=passed,
            )


def names_release_in_code(app: App) -> bool:
    """
    Return whether the code sets the release itself, so that a define has no effect.

    An expression that reads SENTRY_RELEASE and falls back to the SDK's default does not count.
    """
    return app.compute_once(_is_release_in_code)


def _is_release_in_code(app: App) -> bool:
    constants = _Constants(app)
    return any(
        not (
            value.source in {ValueSource.DEFINE, ValueSource.UNGUARDED_DEFINE}
            and value.reads_our_define
        )
        for file in app.dart
        for setting in find_option_assignments(file.dart, "release")
        if (value := _classify_assignment(constants, file, setting))
    )


def _classify_assignment(
    constants: "_Constants", file: DartFile, setting: Assignment
) -> OptionValue:
    value = classify_value(file.dart, setting.value)
    if value.source is ValueSource.ELSEWHERE:
        value = constants.find_value(value)
    if value.source in {ValueSource.UNKNOWN, ValueSource.ELSEWHERE}:
        value = resolve_release(constants.declarations, file, setting.value) or value
    if value.source is ValueSource.UNGUARDED_DEFINE and _is_guarded_by_define(file.dart, setting):
        return OptionValue(
            source=ValueSource.DEFINE, text=value.text, reads_our_define=value.reads_our_define
        )
    return value


class _Constants:
    """The constants of all files by name, indexed on first use."""

    def __init__(self, app: App) -> None:
        self._files = app.dart
        self.declarations = Declarations(app.dart)

    def find_value(self, named: OptionValue) -> OptionValue:
        """Return the value of a constant, if exactly one file declares it."""
        owner, _, name = named.text.rpartition(".")
        type_ = owner.rpartition(".")[2]
        found = get_only(
            classify_value(dart, find_expression(dart, dart.initializers[name]))
            for dart in self._sources_by_name.get(name, ())
            if not type_ or type_ in dart.types
        )
        return found or named

    @cached_property
    def _sources_by_name(self) -> dict[str, list[DartSource]]:
        names: dict[str, list[DartSource]] = {}
        for file in self._files:
            for name in file.dart.initializers:
                names.setdefault(name, []).append(file.dart)
        return names


def _is_guarded_by_define(dart: DartSource, setting: Assignment) -> bool:
    """Return whether a condition around it checks the define."""
    conditions = (guard.condition for guard in find_enclosing_guards(dart, setting.start))
    return any(
        condition is not None and _CHECKS_DEFINE.search(dart.code, condition.start, condition.end)
        for condition in conditions
    )


def _is_define_passed(app: App) -> bool:
    sources = (find_build_release_source(build, app) for build in find_builds(app))
    return any(one in {ReleaseSource.ACTION, ReleaseSource.DEFINE} for one in sources)


def list_possible_values(app: App, dart: DartSource, span: Span) -> set[str]:
    """
    Return the possible values of an expression in release builds; none if one of them is unknown.

    Args:
        app: The app, whose builds pass values for the defines that the code reads.
        dart: The file.
        span: The expression.
    """
    value = strip_const(dart, resolve_constant(dart, strip_const(dart, span)))
    found: set[str] = set()
    for one in find_possible_values(dart, value):
        branch = strip_const(dart, one)
        text = get_literal_text(dart, branch)
        texts = {text} if text else _list_define_values(app, dart, branch)
        if not texts:
            return set()
        found |= texts
    return found


def _list_define_values(app: App, dart: DartSource, span: Span) -> set[str]:
    """Return the values that the builds of this action pass for a define; none if unknown."""
    read = get_only(find_dart_define_reads(dart, span))
    if read is None or (read.call.start, read.call.around.end) != (span.start, span.end):
        return set()
    default = read.call.named.get("defaultValue")
    otherwise = get_literal_text(dart, strip_const(dart, default)) if default else ""
    key = read.key
    if key is None or key == ENVIRONMENT_DEFINE or not read.is_value or otherwise is None:
        return set()
    found = set()
    for build in find_builds(app):
        passed = find_passed_defines(build, app)
        one = passed.values.get(key)
        value = one.value if one else otherwise
        if not value or "$" in value or (one is None and not passed.is_complete):
            return set()
        found.add(value)
    return found
