"""Whether the app is built for the web, and whether its SDK sends sessions from there."""

import re
from enum import Enum
from pathlib import PurePosixPath

from sentry_release.facts.dart.expressions import code_of
from sentry_release.facts.dart.guards import Guard, guards
from sentry_release.facts.dart.options import inits
from sentry_release.facts.dart.source import Dart
from sentry_release.facts.doctor.builds import builds_in
from sentry_release.facts.doctor.subject import Subject
from sentry_release.facts.doctor.versions import is_older
from sentry_release.facts.flutter.platforms import Platform
from sentry_release.words.finding import Severity

SESSIONS_SINCE = "9.0.0"
"""Of sentry_flutter. Source: https://github.com/getsentry/sentry-dart/pull/2794"""
_EXTRACTOR = re.compile(r"\brouteNameExtractor\s*:")


class Web(Enum):
    """How sure it is that users get the app in a browser."""

    BUILT = "a workflow or script builds it"
    FOLDER = "there is a folder, which `flutter create` makes unasked"
    NONE = "there is no sign of it"


def web_of(subject: Subject) -> Web:
    """Whether the app goes to the web."""
    if any(build.platform is Platform.WEB for build in builds_in(subject.steps)):
        return Web.BUILT
    return Web.FOLDER if Platform.WEB in subject.platforms else Web.NONE


def has_web_sessions(subject: Subject) -> bool:
    """Whether the app goes to the web with an SDK that may send sessions there."""
    if subject.sdk is None or web_of(subject) is Web.NONE or is_kept_out(subject):
        return False
    return not is_older(subject.sdk, SESSIONS_SINCE)


def are_names_counted(subject: Subject) -> bool:
    """Whether names of routes decide about sessions: the observer may make names of its own."""
    return has_web_sessions(subject) and not any(
        _EXTRACTOR.search(file.dart.code) for file in subject.dart
    )


def severity_on_web(subject: Subject) -> Severity | None:
    """That of the rule where the web is built, and a hint alone where there is but a folder."""
    return None if web_of(subject) is Web.BUILT else Severity.INFO


def is_kept_out(subject: Subject) -> bool:
    """
    Whether no browser comes to a start of the SDK, by its conditions or by conditional imports.

    Source: https://api.flutter.dev/flutter/foundation/kIsWeb-constant.html
    """
    starts = [(file, init) for file in subject.dart for init in inits(file.dart)]
    return bool(starts) and all(
        _is_of_others(subject, file.path)
        or any(_excludes(file.dart, guard) for guard in guards(file.dart, init.call.start))
        for file, init in starts
    )


def _is_of_others(subject: Subject, path: PurePosixPath) -> bool:
    """Whether imports lead to a file everywhere but in browsers."""
    return path in subject.reached and path not in subject.reached_on_web


def _excludes(dart: Dart, guard: Guard) -> bool:
    if guard.condition is None:
        return False
    code = "".join(code_of(dart, guard.condition).split()).replace("foundation.", "")
    if guard.negated:
        return "&&" not in code and "kIsWeb" in code.split("||")
    return "||" not in code and "!kIsWeb" in code.split("&&")
