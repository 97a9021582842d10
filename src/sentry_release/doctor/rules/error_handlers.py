"""FD38: handlers of unhandled errors that replace the SDK's."""

import re
from collections.abc import Iterator
from itertools import islice

from sentry_release.dart.conditions import Reachability, find_reachability
from sentry_release.dart.expressions import find_expression, get_code
from sentry_release.dart.sentry_options import find_sentry_inits
from sentry_release.dart.source import DartSource
from sentry_release.doctor.analysis.declarations import enclosing_function
from sentry_release.doctor.app import App, Check, DartFile
from sentry_release.model.finding import Finding, Rule, Severity

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
    one, other = enclosing_function(file, start), enclosing_function(file, at)
    return one is not None and other is not None and one.start == other.start


def _replaces(dart: DartSource, value: int) -> bool:
    return get_code(dart, find_expression(dart, value)) != "null"


CHECKS: tuple[tuple[Rule, Check], ...] = ((REPLACED, check_error_handlers),)
