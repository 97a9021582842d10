"""FD10: a Flutter app that starts the Dart SDK, which sends no sessions."""

import re
from collections.abc import Iterator

from sentry_release.dart.calls import find_calls
from sentry_release.doctor.app import App, Check, DartFile
from sentry_release.model.finding import Finding, Rule, Severity

PURE_DART = Rule(
    id="FD10",
    name="pure-dart-init",
    severity=Severity.ERROR,
    title="The app starts the Dart SDK instead of the Flutter SDK.",
    reason="Sentry.init sends no sessions and has no default release, so the release has no "
    "health data.",
    link="https://github.com/getsentry/sentry-dart/issues/542",
    fix="Call SentryFlutter.init from sentry_flutter instead.",
    snippet="import 'package:sentry_flutter/sentry_flutter.dart';\n\n"
    "await SentryFlutter.init((options) => options.dsn = dsn);",
)
_START = re.compile(r"(?<![\w$.])(?:[a-z_]\w*\s*\.\s*)?Sentry\s*\.\s*init\s*\(")
_FLUTTER = re.compile(r"SentryFlutter\s*\.\s*init\b")
_LIBRARY = re.compile(r"package:sentry(?:_\w+)?/")


def check_dart_only_sdk(app: App) -> Iterator[Finding]:
    """
    Yield each start of the Dart SDK in reachable code, if nothing starts the Flutter SDK.

    Isolates may start the Dart SDK in addition, as may servers and tools in the same repository.
    """
    if not app.pubspec.is_flutter or any(_initializes_flutter_sdk(file) for file in app.dart):
        return
    for file in app.dart:
        if _is_app_file(app, file) and _LIBRARY.search(file.dart.text):
            for call in find_calls(file.dart, _START):
                line = file.dart.get_line(call.start)
                yield PURE_DART.build_finding(
                    file.path, line, "The app calls Sentry.init, but not SentryFlutter.init."
                )


def _initializes_flutter_sdk(file: DartFile) -> bool:
    return _FLUTTER.search(file.dart.code) is not None


def _is_app_file(app: App, file: DartFile) -> bool:
    """Return whether users run it: it is below a `lib` and reachable from an entry point."""
    return "lib" in file.path.parts and (not app.reachable or file.path in app.reachable)


CHECKS: tuple[tuple[Rule, Check], ...] = ((PURE_DART, check_dart_only_sdk),)
