"""FD22, FD23: errors that are dropped before they count, and a rate that is not that of health."""

import re
from collections.abc import Iterator
from itertools import islice

from sentry_release.dart.assignments import find_assignments
from sentry_release.dart.brackets import Span
from sentry_release.dart.calls import find_calls
from sentry_release.dart.conditions import Reachability, find_reachability
from sentry_release.dart.expressions import get_code, get_identifier, resolve_constant
from sentry_release.dart.possible_values import find_possible_values
from sentry_release.dart.sentry_options import (
    Callback,
    declared_callback,
    find_callbacks,
    find_option_assignments,
    mentions_sentry,
    option_names,
)
from sentry_release.dart.source import DartSource
from sentry_release.doctor.analysis.dependencies import is_lower_version
from sentry_release.doctor.app import App, Check, DartFile
from sentry_release.model.finding import Finding, Rule, Severity

DROPPED_ERRORS = Rule(
    id="FD22",
    name="dropped-errors",
    severity=Severity.WARNING,
    title="Errors are dropped before they count for the session.",
    reason="A session is marked as errored or crashed by the errors that are sent; those that are "
    "sampled out or filtered leave it healthy, and the crash-free rate too good.",
    link="https://github.com/getsentry/sentry-dart/issues/3786",
    fix="Send all errors, and sort them out in Sentry with inbound filters.",
    snippet="options.sampleRate = 1.0;",
)
REPLAY_RATE = Rule(
    id="FD23",
    name="replay-rate-for-health",
    severity=Severity.INFO,
    title="The sample rate of replays is taken for one of release health.",
    reason="sessionSampleRate says how many sessions are recorded as a replay; sessions of release "
    "health are never sampled.",
    link="https://docs.sentry.io/platforms/dart/guides/flutter/session-replay/",
    fix="Correct the comment, and choose the rate for replays alone.",
    snippet="// How many sessions are recorded; release health counts all of them.\n"
    "options.replay.sessionSampleRate = 0.1;",
)
_NUMBER = re.compile(r"\d+(?:\.\d+)?|\.\d+")
_HEALTH = re.compile(r"(?i)release[ -]?health|crash[ -]?free|session[ -]tracking")
_IGNORES = re.compile(
    r"(?<![\w$.])(?P<receiver>[A-Za-z_$][\w$]*)\s*\.{1,2}\s*"
    r"(?P<method>addExceptionFilterForType|ignoreErrors\s*\.\s*add(?:All)?)\s*\("
)
_EMPTY_LIST = re.compile(r"(?:const\s*)?(?:<\w+>)?\s*\[\s*\]")
_FIELD = re.compile(
    r"\b(?:final|late|required|num\??|double\??|this\.)[ \t]*(?:num\??|double\??)?[ \t]*"
    r"(?<=[ \t.])sessionSampleRate(?=\s*[;,=})])"
)
_LAST_IMPLICIT_RATE = "9.999.0"
_LINES_BEFORE = 4
_MAX_FINDINGS = 100  # places of one file


def check_dropped_errors(app: App) -> Iterator[Finding]:
    """
    Sample rates below one, and filters that give nothing back.

    Since its major version 10 the SDK marks the session by errors that it samples out as well.
    Source: https://github.com/getsentry/sentry-dart/pull/4008
    """
    version = app.sdk.version if app.sdk else None
    marks_all = version is not None and is_lower_version(_LAST_IMPLICIT_RATE, version)
    for file in app.dart:
        if not marks_all:
            yield from _find_sample_rates(file)
        yield from _find_filters(file)
        yield from _filtered_elsewhere(app, file)
        yield from _ignored(file)


def check_replay_rate(app: App) -> Iterator[Finding]:
    """Replay rates beside a comment that speaks of release health."""
    for file in app.dart:
        if not mentions_sentry(file.dart):
            continue
        set_at = [
            one.start
            for one in islice(find_assignments(file.dart, "sessionSampleRate"), _MAX_FINDINGS)
        ]
        declared = [one.start() for one in islice(_FIELD.finditer(file.dart.code), _MAX_FINDINGS)]
        for line in sorted({file.dart.get_line(start) for start in set_at + declared}):
            if _HEALTH.search(_find_comments_before(file.dart, line)):
                yield REPLAY_RATE.build_finding(
                    file.path, line, "The comment beside it speaks of release health."
                )


def _find_sample_rates(file: DartFile) -> Iterator[Finding]:
    for setting in find_option_assignments(file.dart, "sampleRate"):
        code = get_code(file.dart, resolve_constant(file.dart, setting.value))
        reached = find_reachability(file.dart, setting.start)
        if _NUMBER.fullmatch(code) and float(code) < 1 and reached is not Reachability.NEVER:
            line = file.dart.get_line(setting.start)
            severity = Severity.INFO if reached is Reachability.SOMETIMES else None
            message = f"Of 100 errors {float(code) * 100:.3g} are sent."
            yield DROPPED_ERRORS.build_finding(file.path, line, message, severity=severity)


def _find_filters(file: DartFile) -> Iterator[Finding]:
    """One finding for each filter: all that it drops, or that it drops some."""
    for callback in find_callbacks(file.dart, "beforeSend"):
        places = [span for span in callback.returns if _may_drop(file.dart, span)]
        if not places or find_reachability(file.dart, callback.start) is Reachability.NEVER:
            continue
        line = file.dart.get_line(places[0].start)
        if _drops_all(file.dart, callback):
            yield DROPPED_ERRORS.build_finding(file.path, line, "beforeSend drops every error.")
        else:
            message = "beforeSend drops some errors; unhandled ones among them leave no mark."
            yield DROPPED_ERRORS.build_finding(file.path, line, message, severity=Severity.INFO)


def _filtered_elsewhere(app: App, file: DartFile) -> Iterator[Finding]:
    """The same of a filter that another file declares, and one other file alone."""
    for setting in find_option_assignments(file.dart, "beforeSend"):
        name = (get_identifier(file.dart, setting.value) or "").rpartition(".")[2]
        if not name or find_reachability(file.dart, setting.start) is Reachability.NEVER:
            continue
        found = [
            (other, callback)
            for other in app.dart
            for callback in declared_callback(other.dart, name, setting.start)
        ]
        if len(found) != 1 or found[0][0] is file:
            continue
        ((other, callback),) = found
        places = [span for span in callback.returns if _may_drop(other.dart, span)]
        if places:
            line = other.dart.get_line(places[0].start)
            drops_all = _drops_all(other.dart, callback)
            message = "every error" if drops_all else "some errors; unhandled ones leave no mark"
            severity = None if drops_all else Severity.INFO
            yield DROPPED_ERRORS.build_finding(
                other.path, line, f"beforeSend drops {message}.", severity=severity
            )


def _ignored(file: DartFile) -> Iterator[Finding]:
    """
    Errors that options name to be ignored: by a text of theirs, or by their type.

    Source: https://docs.sentry.io/platforms/dart/guides/flutter/configuration/filtering/
    """
    dart = file.dart
    if "ignoreErrors" not in dart.code and "addExceptionFilterForType" not in dart.code:
        return
    places = [
        (setting.start, "`ignoreErrors` drops the errors that it matches.")
        for setting in find_option_assignments(dart, "ignoreErrors")
        if not _EMPTY_LIST.fullmatch(get_code(dart, setting.value))
    ]
    names = option_names(dart)
    places += [
        (call.start, f"`{found['method']}` drops the errors of that kind.")
        for call in islice(find_calls(dart, _IGNORES), _MAX_FINDINGS)
        if (found := _IGNORES.match(dart.code, call.start)) and found["receiver"] in names
    ]
    for start, message in sorted(places):
        if find_reachability(dart, start) is not Reachability.NEVER:
            yield DROPPED_ERRORS.build_finding(
                file.path, dart.get_line(start), message, severity=Severity.INFO
            )


def _may_drop(dart: DartSource, span: Span) -> bool:
    """Whether a release build may give back nothing here."""
    if find_reachability(dart, span.start) is Reachability.NEVER:
        return False
    return any(get_code(dart, one) == "null" for one in find_possible_values(dart, span))


def _drops_all(dart: DartSource, callback: Callback) -> bool:
    """Whether nothing is all that it gives back, under no condition."""
    only = callback.returns[0]
    unconditional = find_reachability(dart, only.start) is not Reachability.SOMETIMES
    return len(callback.returns) == 1 and get_code(dart, only) == "null" and unconditional


def _find_comments_before(dart: DartSource, line: int) -> str:
    """The comments of a line, and of those right before it that are nothing else."""
    texts, codes = dart.get_lines(line - _LINES_BEFORE, line)
    output = []
    for number, (text, code) in enumerate(zip(reversed(texts), reversed(codes), strict=True)):
        if number and code.strip():
            break
        output.append("".join(a for a, b in zip(text, code, strict=True) if b == " "))
    return "\n".join(output)


CHECKS: tuple[tuple[Rule, Check], ...] = (
    (DROPPED_ERRORS, check_dropped_errors),
    (REPLAY_RATE, check_replay_rate),
)
