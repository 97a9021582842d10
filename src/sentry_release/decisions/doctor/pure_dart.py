"""FD10: a Flutter app that starts the SDK for pure Dart, which sends no sessions."""

import re
from collections.abc import Iterator

from sentry_release.facts.dart.calls import calls
from sentry_release.facts.doctor.subject import Check, DartFile, Subject
from sentry_release.words.finding import Finding, Rule, Severity

PURE_DART = Rule(
    id="FD10",
    name="pure-dart-init",
    severity=Severity.ERROR,
    title="The app starts the Dart SDK in place of the Flutter SDK.",
    why="Sentry.init sends no sessions and knows no default release: the release has no health.",
    link="https://github.com/getsentry/sentry-dart/issues/542",
    mend="Start SentryFlutter.init of sentry_flutter.",
    snippet="import 'package:sentry_flutter/sentry_flutter.dart';\n\n"
    "await SentryFlutter.init((options) => options.dsn = dsn);",
)
_START = re.compile(r"(?<![\w$.])(?:[a-z_]\w*\s*\.\s*)?Sentry\s*\.\s*init\s*\(")
_FLUTTER = re.compile(r"SentryFlutter\s*\.\s*init\b")
_LIBRARY = re.compile(r"package:sentry(?:_\w+)?/")


def pure_dart(subject: Subject) -> Iterator[Finding]:
    """
    Starts of the Dart SDK in code that the app reaches, when nothing starts the Flutter SDK.

    Isolates may start the Dart SDK besides; servers and tools of the same repository may as well.
    """
    if not subject.pubspec.is_flutter or any(_starts_flutter(file) for file in subject.dart):
        return
    for file in subject.dart:
        if _is_of_the_app(subject, file) and _LIBRARY.search(file.dart.text):
            for call in calls(file.dart, _START):
                line = file.dart.line_of(call.start)
                yield PURE_DART.at(
                    file.path, line, "Sentry.init is called, SentryFlutter.init not."
                )


def _starts_flutter(file: DartFile) -> bool:
    return _FLUTTER.search(file.dart.code) is not None


def _is_of_the_app(subject: Subject, file: DartFile) -> bool:
    """Whether users run it: it is below some `lib`, and an entry point leads to it."""
    return "lib" in file.path.parts and (not subject.reached or file.path in subject.reached)


CHECKS: tuple[tuple[Rule, Check], ...] = ((PURE_DART, pure_dart),)
