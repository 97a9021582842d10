"""FD16: an observer that is created before the SDK starts."""

import re
from collections.abc import Iterator
from itertools import islice

from sentry_release.dart.expressions import find_expression
from sentry_release.dart.sentry_options import find_sentry_inits
from sentry_release.dart.source import DartSource
from sentry_release.doctor.analysis.web import WebSupport, find_web_support, has_web_sessions
from sentry_release.doctor.app import App, Check, DartFile
from sentry_release.model.finding import Finding, Rule, Severity

EARLY_OBSERVER = Rule(
    id="FD16",
    name="observer-before-init",
    severity=Severity.WARNING,
    title="The observer is created before the SDK starts.",
    reason="When it is created, the observer looks up the SDK component that starts sessions. "
    "Before SentryFlutter.init there is none, so no session ever starts in browsers.",
    link="https://github.com/getsentry/sentry-dart/pull/2794",
    fix="Use the variable only after SentryFlutter.init, for example in its `appRunner`.",
    snippet="await SentryFlutter.init(\n  (options) => options.dsn = dsn,\n"
    "  appRunner: () => runApp(App(router: router)),\n);",
)
_OBSERVER = re.compile(r"\bSentryNavigatorObserver\s*\(")
# Top-level variables start at column 0, as `dart format` writes them.
_VARIABLE = re.compile(
    r"^(?:[ \t]+static[ \t]+)?(?:late[ \t]+)?(?:final|var|[A-Z])[^=;(){}\n]*?"
    r"\b(?P<name>[A-Za-z_$][\w$]*)\s*=(?![=>])\s*",
    re.MULTILINE,
)
_MAX_FINDINGS = 100  # per file
_MAIN = re.compile(r"^[^\n=;{}]*\bmain\s*\(", re.MULTILINE)


def check_observer_created_early(app: App) -> Iterator[Finding]:
    """
    Yield each variable with an observer that `main` uses before it starts the SDK.

    The variable alone is no problem: Dart initializes it on first use.
    Source: https://dart.dev/language/variables#default-value
    """
    if not has_web_sessions(app):
        return
    touched = frozenset(name for file in app.dart for name in _find_early_names(file))
    severity = None if find_web_support(app) is WebSupport.BUILT else Severity.INFO
    for file in app.dart:
        for name, offset in _find_observers(file.dart):
            if name in touched:
                message = f"`main` uses `{name}` before SentryFlutter.init."
                yield EARLY_OBSERVER.build_finding(
                    file.path, file.dart.get_line(offset), message, severity=severity
                )


def _find_observers(dart: DartSource) -> Iterator[tuple[str, int]]:
    """Return variables whose initializer creates an observer; functions create it later."""
    for found in _VARIABLE.finditer(dart.code):
        value = find_expression(dart, found.end())
        made = _OBSERVER.search(dart.code, value.start, value.end)
        if made and not re.search(
            r"=>|\)\s*(?:async\s*)?\{", dart.code[value.start : made.start()]
        ):
            yield found["name"], made.start()


def _find_early_names(file: DartFile) -> frozenset[str]:
    """Return every name in `main` before the SDK starts."""
    dart = file.dart
    starts = tuple(find_sentry_inits(dart))
    for main in islice(_MAIN.finditer(dart.code), _MAX_FINDINGS):
        for init in starts:
            if _is_in_body(dart, main.end() - 1, init.call.start):
                return frozenset(
                    re.findall(r"[A-Za-z_$][\w$]*", dart.code[main.end() : init.call.start])
                )
    return frozenset()


def _is_in_body(dart: DartSource, parenthesis: int, offset: int) -> bool:
    closing = dart.brackets.find_closing(parenthesis)
    opening = dart.code.find("{", closing) if closing is not None else -1
    end = dart.brackets.find_closing(opening) if opening >= 0 else None
    return end is not None and opening < offset < end


CHECKS: tuple[tuple[Rule, Check], ...] = ((EARLY_OBSERVER, check_observer_created_early),)
