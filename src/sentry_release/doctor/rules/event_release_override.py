"""FD21: events that get a different release than their session."""

import re
from collections.abc import Iterator
from itertools import islice

from sentry_release.dart.assignments import find_assignments
from sentry_release.dart.calls import find_calls
from sentry_release.dart.conditions import Reachability, find_reachability
from sentry_release.dart.expressions import get_code
from sentry_release.dart.sentry_options import find_callbacks, mentions_sentry
from sentry_release.dart.source import DartSource
from sentry_release.doctor.app import App, Check
from sentry_release.model.finding import Finding, Rule, Severity

EVENT_RELEASE_OVERRIDE = Rule(
    id="FD21",
    name="rewritten-event",
    severity=Severity.WARNING,
    title="An event gets another release after the SDK has started.",
    reason="Sessions keep the release that the SDK was started with. Errors then count towards "
    "one release and sessions towards another, so neither crash-free rate is correct.",
    link="https://docs.sentry.io/platforms/dart/guides/flutter/configuration/filtering/",
    fix="Do not change release and dist here; set them once, by the define or in the options.",
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
_MAX_DISTANCE = 200  # characters before the dot
_MAX_FINDINGS = 100  # places per file


def check_event_release(app: App) -> Iterator[Finding]:
    """Yield each place that gives a Sentry event another release or dist."""
    for file in app.dart:
        if mentions_sentry(file.dart):
            changed = {(*place, "is changed") for place in _find_overrides(file.dart)}
            made = {
                (*place, "is set when it is created") for place in _find_created_events(file.dart)
            }
            for start, name, how in sorted(changed | made):
                if find_reachability(file.dart, start) is not Reachability.NEVER:
                    line = file.dart.get_line(start)
                    yield EVENT_RELEASE_OVERRIDE.build_finding(
                        file.path, line, f"The {name} of an event {how}."
                    )


def _find_created_events(dart: DartSource) -> Iterator[tuple[int, str]]:
    """Yield events created with their own release or dist, not one copied from an event."""
    for call in islice(find_calls(dart, _MADE), _MAX_FINDINGS):
        for name in ("release", "dist"):
            values = call.named.get(name)
            if (
                values
                and not _KEPT.fullmatch(get_code(dart, values))
                and get_code(dart, values) != "null"
            ):
                yield call.start, name


def _find_overrides(dart: DartSource) -> Iterator[tuple[int, str]]:
    events: frozenset[str] | None = None
    for setting in islice(find_assignments(dart, "release|dist"), _MAX_FINDINGS):
        events = _find_event_names(dart) if events is None else events
        if setting.receiver in events:
            yield setting.start, setting.name
    for call in islice(find_calls(dart, _COPY), _MAX_FINDINGS):
        events = _find_event_names(dart) if events is None else events
        before = _RECEIVER.search(dart.code, max(0, call.start - _MAX_DISTANCE), call.start)
        if before is None or before["name"] not in events:
            continue
        for name in ("release", "dist"):
            values = call.named.get(name)
            if values and get_code(dart, values) != f"{before['name']}.{name}":
                yield call.start, name


def _find_event_names(dart: DartSource) -> frozenset[str]:
    """Return the variables that hold events: by type, as parameter of `beforeSend`, or `event`."""
    typed = {found["name"] for found in _TYPED.finditer(dart.code)}
    called = {one.first for one in find_callbacks(dart, "beforeSend") if one.first}
    usual = set() if _FOREIGN.search(dart.code) else {"event"}
    return frozenset(typed | called | usual)


CHECKS: tuple[tuple[Rule, Check], ...] = ((EVENT_RELEASE_OVERRIDE, check_event_release),)
