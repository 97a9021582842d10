"""FD21: events that are moved to another release than their session."""

import re
from collections.abc import Iterator
from itertools import islice

from sentry_release.facts.dart.assignments import assignments
from sentry_release.facts.dart.callbacks import callbacks
from sentry_release.facts.dart.calls import calls
from sentry_release.facts.dart.expressions import code_of
from sentry_release.facts.dart.guards import When, when
from sentry_release.facts.dart.options import speaks_of_sentry
from sentry_release.facts.dart.source import Dart
from sentry_release.facts.doctor.subject import Check, Subject
from sentry_release.words.finding import Finding, Rule, Severity

REWRITTEN = Rule(
    id="FD21",
    name="rewritten-event",
    severity=Severity.WARNING,
    title="The release of an event is changed after the SDK was started.",
    why="Sessions keep the release that the SDK was started with: errors of the one release then "
    "stand beside sessions of another, and the crash-free rate belongs to neither.",
    link="https://docs.sentry.io/platforms/dart/guides/flutter/configuration/filtering/",
    mend="Leave release and dist alone here; name them once, by the define or in the options.",
    snippet="options.beforeSend = (event, hint) => event;",
)
_TYPED = re.compile(r"\bSentryEvent\??\s+(?P<name>[A-Za-z_$][\w$]*)")
_FOREIGN = re.compile(
    r"(?<![\w$.])(?!SentryEvent\b)[A-Z][\w.]*+(?:<[^;(){}]{0,80}>)?\??\s++event\b(?!\s*\()"
)
_MADE = re.compile(r"\bSentryEvent\s*\(")
_KEPT = re.compile(r"[A-Za-z_$][\w$]*[?!]?\.(?:release|dist)")
_COPY = re.compile(r"\.\s*copyWith\s*\(")
_RECEIVER = re.compile(r"(?P<name>[A-Za-z_$][\w$]*)\s*[?!]?\s*\Z")
_NEAR = 200  # characters before the point
_MOST = 100  # places of one file


def rewritten(subject: Subject) -> Iterator[Finding]:
    """Places that give an event of Sentry's another release or dist."""
    for file in subject.dart:
        if speaks_of_sentry(file.dart):
            changed = {(*place, "is changed") for place in _places(file.dart)}
            made = {(*place, "is set when it is created") for place in _made(file.dart)}
            for start, name, how in sorted(changed | made):
                if when(file.dart, start) is not When.NEVER:
                    line = file.dart.line_of(start)
                    yield REWRITTEN.at(file.path, line, f"The {name} of an event {how}.")


def _made(dart: Dart) -> Iterator[tuple[int, str]]:
    """Events that are created with a release or dist of their own, not that of another event."""
    for call in islice(calls(dart, _MADE), _MOST):
        for name in ("release", "dist"):
            given = call.named.get(name)
            if (
                given
                and not _KEPT.fullmatch(code_of(dart, given))
                and code_of(dart, given) != "null"
            ):
                yield call.start, name


def _places(dart: Dart) -> Iterator[tuple[int, str]]:
    events: frozenset[str] | None = None
    for setting in islice(assignments(dart, "release|dist"), _MOST):
        events = _events(dart) if events is None else events
        if setting.receiver in events:
            yield setting.start, setting.name
    for call in islice(calls(dart, _COPY), _MOST):
        events = _events(dart) if events is None else events
        before = _RECEIVER.search(dart.code, max(0, call.start - _NEAR), call.start)
        if before is None or before["name"] not in events:
            continue
        for name in ("release", "dist"):
            given = call.named.get(name)
            if given and code_of(dart, given) != f"{before['name']}.{name}":
                yield call.start, name


def _events(dart: Dart) -> frozenset[str]:
    """The names of events: by their type, by what `beforeSend` calls them, or just `event`."""
    typed = {found["name"] for found in _TYPED.finditer(dart.code)}
    called = {one.first for one in callbacks(dart, "beforeSend") if one.first}
    usual = set() if _FOREIGN.search(dart.code) else {"event"}
    return frozenset(typed | called | usual)


CHECKS: tuple[tuple[Rule, Check], ...] = ((REWRITTEN, rewritten),)
