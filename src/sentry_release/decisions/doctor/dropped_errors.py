"""FD22, FD23: errors that are dropped before they count, and a rate that is not that of health."""

import re
from collections.abc import Iterator
from itertools import islice

from sentry_release.facts.dart.assignments import assignments
from sentry_release.facts.dart.brackets import Span
from sentry_release.facts.dart.callbacks import Callback, callbacks, declared_callback
from sentry_release.facts.dart.calls import calls
from sentry_release.facts.dart.expressions import code_of, name_in, resolved
from sentry_release.facts.dart.guards import When, when
from sentry_release.facts.dart.options import option_names, settings, speaks_of_sentry
from sentry_release.facts.dart.outcomes import outcomes
from sentry_release.facts.dart.source import Dart
from sentry_release.facts.doctor.subject import Check, DartFile, Subject
from sentry_release.facts.doctor.versions import precedes
from sentry_release.words.finding import Finding, Rule, Severity

DROPPED = Rule(
    id="FD22",
    name="dropped-errors",
    severity=Severity.WARNING,
    title="Errors are dropped before they count for the session.",
    why="A session is marked as errored or crashed by the errors that are sent; those that are "
    "sampled out or filtered leave it healthy, and the crash-free rate too good.",
    link="https://github.com/getsentry/sentry-dart/issues/3786",
    mend="Send all errors, and sort them out in Sentry with inbound filters.",
    snippet="options.sampleRate = 1.0;",
)
REPLAY = Rule(
    id="FD23",
    name="replay-rate-for-health",
    severity=Severity.INFO,
    title="The sample rate of replays is taken for one of release health.",
    why="sessionSampleRate says how many sessions are recorded as a replay; sessions of release "
    "health are never sampled.",
    link="https://docs.sentry.io/platforms/dart/guides/flutter/session-replay/",
    mend="Correct the comment, and choose the rate for replays alone.",
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
_LAST_TO_FORGET = "9.999.0"
_LINES_BEFORE = 4
_MOST = 100  # places of one file


def dropped(subject: Subject) -> Iterator[Finding]:
    """
    Sample rates below one, and filters that give nothing back.

    Since its major version 10 the SDK marks the session by errors that it samples out as well.
    Source: https://github.com/getsentry/sentry-dart/pull/4008
    """
    version = subject.sdk.version if subject.sdk else None
    marks_all = version is not None and precedes(_LAST_TO_FORGET, version)
    for file in subject.dart:
        if not marks_all:
            yield from _sampled(file)
        yield from _filtered(file)
        yield from _filtered_elsewhere(subject, file)
        yield from _ignored(file)


def replay(subject: Subject) -> Iterator[Finding]:
    """Replay rates beside a comment that speaks of release health."""
    for file in subject.dart:
        if not speaks_of_sentry(file.dart):
            continue
        set_at = [one.start for one in islice(assignments(file.dart, "sessionSampleRate"), _MOST)]
        declared = [one.start() for one in islice(_FIELD.finditer(file.dart.code), _MOST)]
        for line in sorted({file.dart.line_of(start) for start in set_at + declared}):
            if _HEALTH.search(_comments_before(file.dart, line)):
                yield REPLAY.at(file.path, line, "The comment beside it speaks of release health.")


def _sampled(file: DartFile) -> Iterator[Finding]:
    for setting in settings(file.dart, "sampleRate"):
        code = code_of(file.dart, resolved(file.dart, setting.value))
        reached = when(file.dart, setting.start)
        if _NUMBER.fullmatch(code) and float(code) < 1 and reached is not When.NEVER:
            line = file.dart.line_of(setting.start)
            severity = Severity.INFO if reached is When.SOMETIMES else None
            what = f"Of 100 errors {float(code) * 100:.3g} are sent."
            yield DROPPED.at(file.path, line, what, severity=severity)


def _filtered(file: DartFile) -> Iterator[Finding]:
    """One finding for each filter: all that it drops, or that it drops some."""
    for callback in callbacks(file.dart, "beforeSend"):
        places = [span for span in callback.returns if _drops(file.dart, span)]
        if not places or when(file.dart, callback.start) is When.NEVER:
            continue
        line = file.dart.line_of(places[0].start)
        if _drops_all(file.dart, callback):
            yield DROPPED.at(file.path, line, "beforeSend drops every error.")
        else:
            what = "beforeSend drops some errors; unhandled ones among them leave no mark."
            yield DROPPED.at(file.path, line, what, severity=Severity.INFO)


def _filtered_elsewhere(subject: Subject, file: DartFile) -> Iterator[Finding]:
    """The same of a filter that another file declares, and one other file alone."""
    for setting in settings(file.dart, "beforeSend"):
        name = (name_in(file.dart, setting.value) or "").rpartition(".")[2]
        if not name or when(file.dart, setting.start) is When.NEVER:
            continue
        found = [
            (other, callback)
            for other in subject.dart
            for callback in declared_callback(other.dart, name, setting.start)
        ]
        if len(found) != 1 or found[0][0] is file:
            continue
        ((other, callback),) = found
        places = [span for span in callback.returns if _drops(other.dart, span)]
        if places:
            line = other.dart.line_of(places[0].start)
            drops_all = _drops_all(other.dart, callback)
            what = "every error" if drops_all else "some errors; unhandled ones leave no mark"
            severity = None if drops_all else Severity.INFO
            yield DROPPED.at(other.path, line, f"beforeSend drops {what}.", severity=severity)


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
        for setting in settings(dart, "ignoreErrors")
        if not _EMPTY_LIST.fullmatch(code_of(dart, setting.value))
    ]
    names = option_names(dart)
    places += [
        (call.start, f"`{found['method']}` drops the errors of that kind.")
        for call in islice(calls(dart, _IGNORES), _MOST)
        if (found := _IGNORES.match(dart.code, call.start)) and found["receiver"] in names
    ]
    for start, what in sorted(places):
        if when(dart, start) is not When.NEVER:
            yield DROPPED.at(file.path, dart.line_of(start), what, severity=Severity.INFO)


def _drops(dart: Dart, span: Span) -> bool:
    """Whether a release build may give back nothing here."""
    if when(dart, span.start) is When.NEVER:
        return False
    return any(code_of(dart, one) == "null" for one in outcomes(dart, span))


def _drops_all(dart: Dart, callback: Callback) -> bool:
    """Whether nothing is all that it gives back, under no condition."""
    only = callback.returns[0]
    unconditional = when(dart, only.start) is not When.SOMETIMES
    return len(callback.returns) == 1 and code_of(dart, only) == "null" and unconditional


def _comments_before(dart: Dart, line: int) -> str:
    """The comments of a line, and of those right before it that are nothing else."""
    texts, codes = dart.lines(line - _LINES_BEFORE, line)
    said = []
    for number, (text, code) in enumerate(zip(reversed(texts), reversed(codes), strict=True)):
        if number and code.strip():
            break
        said.append("".join(a for a, b in zip(text, code, strict=True) if b == " "))
    return "\n".join(said)


CHECKS: tuple[tuple[Rule, Check], ...] = ((DROPPED, dropped), (REPLAY, replay))
