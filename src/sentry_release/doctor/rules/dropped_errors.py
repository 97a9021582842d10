"""FD22, FD23, FD38: errors that are dropped before they count, or that never reach the SDK."""

import re
from collections.abc import Iterator
from itertools import islice

from sentry_release.dart.conditions import Reachability, find_possible_values, find_reachability
from sentry_release.dart.expressions import (
    find_assignments,
    find_calls,
    find_expression,
    get_code,
    get_identifier,
    resolve_constant,
)
from sentry_release.dart.sentry_options import (
    Callback,
    find_callbacks,
    find_declared_callback,
    find_option_assignments,
    find_option_names,
    find_sentry_inits,
    mentions_sentry,
)
from sentry_release.dart.source import DartSource, Span
from sentry_release.doctor.analysis.declarations import find_enclosing_function
from sentry_release.doctor.app import App, Check, DartFile, get_only
from sentry_release.flutter.pubspec import is_lower_version
from sentry_release.model.finding import Finding, Rule, Severity

DROPPED_ERRORS = Rule(
    id="FD22",
    name="dropped-errors",
    severity=Severity.WARNING,
    title="Errors are dropped before they count towards the session.",
    reason="The errors that are sent decide whether a session is errored or crashed. If errors "
    "are sampled out or filtered, the session stays healthy and the crash-free rate is too "
    "high.",
    link="https://github.com/getsentry/sentry-dart/issues/3786",
    fix="Send all errors and filter them in Sentry with inbound filters.",
    before="options.sampleRate = 0.1;",
    snippet="options.sampleRate = 1.0;",
)
REPLAY_RATE = Rule(
    id="FD23",
    name="replay-rate-for-health",
    severity=Severity.INFO,
    title="The sample rate of replays is mistaken for one of release health.",
    reason="sessionSampleRate is the fraction of sessions that are recorded as a replay; sessions "
    "for release health are never sampled.",
    link="https://docs.sentry.io/platforms/dart/guides/flutter/session-replay/",
    fix="Correct the comment, and choose the rate for replays only.",
    before="// Fraction of sessions for release health.\noptions.replay.sessionSampleRate = 0.1;",
    snippet="// Fraction of sessions to record; release health counts all of them.\n"
    "options.replay.sessionSampleRate = 0.1;",
)
_NUMBER = re.compile(r"\d+(?:\.\d+)?|\.\d+")
_HEALTH = re.compile(r"(?i)release[ -]?health|crash[ -]?free|session[ -]tracking")
_IGNORES = re.compile(
    r"(?<![\w$.])(?P<receiver>[A-Za-z_$][\w$]*)\s*\.{1,2}\s*"
    r"(?P<method>addExceptionFilterForType|ignoreErrors\s*\.\s*add(?:All)?)\s*\("
)
_EMPTY_LIST = re.compile(r"(?:const\b)?\s*+(?:<\w+>\s*+)?\[\s*+\]")
_FIELD = re.compile(
    r"\b(?:final|late|required|num\??|double\??|this\.)[ \t]*+(?:(?:num|double)\??[ \t]*+)?"
    r"(?<=[ \t.])sessionSampleRate(?=\s*[;,=})])"
)
_LAST_IMPLICIT_RATE = "9.999.0"
_LINES_BEFORE = 4
_MAX_FINDINGS = 100  # places per file
REPLACED = Rule(
    id="FD38",
    name="error-handler-replaced",
    severity=Severity.WARNING,
    title="A handler of unhandled errors is replaced after the SDK has installed its own.",
    reason="SentryFlutter.init wraps the existing handlers. A handler that is assigned later "
    "replaces the SDK's, so unhandled errors no longer affect the session and the "
    "crash-free rate is too high.",
    link="https://docs.sentry.io/platforms/dart/guides/flutter/usage/",
    fix="Assign the handler before SentryFlutter.init, or call the previous handler from yours.",
    before="await SentryFlutter.init((options) => options.dsn = dsn);\nFlutterError.onError = log;",
    snippet="final previous = FlutterError.onError;\n"
    "FlutterError.onError = (details) {\n  log(details);\n  previous?.call(details);\n};",
)
_ASSIGNED = re.compile(
    r"\b(?P<handler>FlutterError|PlatformDispatcher\s*\.\s*instance)\s*\.\s*onError\s*=(?![=>])\s*"
)
_KEPT = re.compile(
    r"[=(,:]\s*(?:FlutterError|PlatformDispatcher\s*\.\s*instance)\s*\.\s*onError\b(?!\s*=[^=])"
)
_MOST = 100  # per file


def check_dropped_errors(app: App) -> Iterator[Finding]:
    """
    Yield sample rates below one, and filters that drop events.

    Since version 10 sampled-out errors count towards the session as well.
    Source: https://github.com/getsentry/sentry-dart/pull/4008
    """
    version = app.sdk.version if app.sdk else None
    counts_all = version is not None and is_lower_version(_LAST_IMPLICIT_RATE, version)
    for file in app.dart:
        if not counts_all:
            yield from _find_sample_rates(file)
        yield from _find_filters(file)
        yield from _find_filters_elsewhere(app, file)
        yield from _find_ignored_errors(file)


def check_replay_rate(app: App) -> Iterator[Finding]:
    """Yield each replay rate with a comment that mentions release health."""
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
                    file.path, line, "The comment on sessionSampleRate mentions release health."
                )


def _find_sample_rates(file: DartFile) -> Iterator[Finding]:
    for setting in find_option_assignments(file.dart, "sampleRate"):
        code = get_code(file.dart, resolve_constant(file.dart, setting.value))
        reached = find_reachability(file.dart, setting.start)
        if _NUMBER.fullmatch(code) and float(code) < 1 and reached is not Reachability.NEVER:
            line = file.dart.get_line(setting.start)
            severity = Severity.INFO if reached is Reachability.SOMETIMES else None
            message = f"`sampleRate` is {code}: {float(code) * 100:.3g} % of errors are sent."
            yield DROPPED_ERRORS.build_finding(file.path, line, message, severity=severity)


def _find_filters(file: DartFile) -> Iterator[Finding]:
    """Yield one finding per filter: it drops every error, or some."""
    for callback in find_callbacks(file.dart, "beforeSend"):
        places = [span for span in callback.returns if _may_drop(file.dart, span)]
        if not places or find_reachability(file.dart, callback.start) is Reachability.NEVER:
            continue
        line = file.dart.get_line(places[0].start)
        if _drops_all(file.dart, callback):
            yield DROPPED_ERRORS.build_finding(file.path, line, "beforeSend drops every error.")
        else:
            message = "beforeSend drops some errors; unhandled ones among them do not count towards the session."
            yield DROPPED_ERRORS.build_finding(file.path, line, message, severity=Severity.INFO)


def _find_filters_elsewhere(app: App, file: DartFile) -> Iterator[Finding]:
    """Yield the same for a filter that exactly one other file declares."""
    for setting in find_option_assignments(file.dart, "beforeSend"):
        name = (get_identifier(file.dart, setting.value) or "").rpartition(".")[2]
        if not name or find_reachability(file.dart, setting.start) is Reachability.NEVER:
            continue
        found = get_only(
            (other, callback)
            for other in app.dart
            for callback in find_declared_callback(other.dart, name, setting.start)
        )
        if found is None or found[0] is file:
            continue
        other, callback = found
        places = [span for span in callback.returns if _may_drop(other.dart, span)]
        if places:
            line = other.dart.get_line(places[0].start)
            drops_all = _drops_all(other.dart, callback)
            message = (
                "every error"
                if drops_all
                else "some errors; unhandled ones among them do not count towards the session"
            )
            severity = None if drops_all else Severity.INFO
            yield DROPPED_ERRORS.build_finding(
                other.path, line, f"beforeSend drops {message}.", severity=severity
            )


def _find_ignored_errors(file: DartFile) -> Iterator[Finding]:
    """
    Yield each option that ignores errors by their text or by their type.

    Source: https://docs.sentry.io/platforms/dart/guides/flutter/configuration/filtering/
    """
    dart = file.dart
    if "ignoreErrors" not in dart.code and "addExceptionFilterForType" not in dart.code:
        return
    places = [
        (setting.start, "`ignoreErrors` drops errors that match.")
        for setting in find_option_assignments(dart, "ignoreErrors")
        if not _EMPTY_LIST.fullmatch(get_code(dart, setting.value))
    ]
    names = find_option_names(dart)
    places += [
        (call.start, f"`{found['method']}` drops errors of this type.")
        for call in islice(find_calls(dart, _IGNORES), _MAX_FINDINGS)
        if (found := _IGNORES.match(dart.code, call.start)) and found["receiver"] in names
    ]
    for start, message in sorted(places):
        if find_reachability(dart, start) is not Reachability.NEVER:
            yield DROPPED_ERRORS.build_finding(
                file.path, dart.get_line(start), message, severity=Severity.INFO
            )


def _may_drop(dart: DartSource, span: Span) -> bool:
    """Return whether a release build may return null here."""
    if find_reachability(dart, span.start) is Reachability.NEVER:
        return False
    return any(get_code(dart, one) == "null" for one in find_possible_values(dart, span))


def _drops_all(dart: DartSource, callback: Callback) -> bool:
    """Return whether it returns null always and unconditionally."""
    only = callback.returns[0]
    unconditional = find_reachability(dart, only.start) is not Reachability.SOMETIMES
    return len(callback.returns) == 1 and get_code(dart, only) == "null" and unconditional


def _find_comments_before(dart: DartSource, line: int) -> str:
    """Return the comments of a line and of the comment lines directly above it."""
    texts, codes = dart.get_lines(line - _LINES_BEFORE, line)
    comments = []
    for number, (text, code) in enumerate(zip(reversed(texts), reversed(codes), strict=True)):
        if number and code.strip():
            break
        comments.append("".join(a for a, b in zip(text, code, strict=True) if b == " "))
    return "\n".join(comments)


def check_error_handlers(app: App) -> Iterator[Finding]:
    """Yield each handler that is assigned after the SDK starts, in the same function."""
    for file in app.dart:
        if "onError" not in file.dart.code or _KEPT.search(file.dart.code):
            continue
        starts = [init.call.start for init in find_sentry_inits(file.dart)]
        for found in islice(_ASSIGNED.finditer(file.dart.code), _MOST) if starts else ():
            at = found.start()
            is_late = any(start < at and _share_function(file, start, at) for start in starts)
            if (
                is_late
                and _replaces(file.dart, found.end())
                and find_reachability(file.dart, at) is not Reachability.NEVER
            ):
                handler = "".join(found["handler"].split())
                message = f"`{handler}.onError` is assigned after SentryFlutter.init."
                yield REPLACED.build_finding(file.path, file.dart.get_line(at), message)


def _share_function(file: DartFile, start: int, at: int) -> bool:
    one, other = find_enclosing_function(file, start), find_enclosing_function(file, at)
    return one is not None and other is not None and one.start == other.start


def _replaces(dart: DartSource, value: int) -> bool:
    return get_code(dart, find_expression(dart, value)) != "null"


CHECKS: tuple[tuple[Rule, Check], ...] = (
    (DROPPED_ERRORS, check_dropped_errors),
    (REPLAY_RATE, check_replay_rate),
    (REPLACED, check_error_handlers),
)
