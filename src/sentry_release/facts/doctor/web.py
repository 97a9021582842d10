"""Whether the app is built for the web, and whether its SDK sends sessions from there."""

import re
from enum import Enum
from pathlib import PurePosixPath

from sentry_release.facts.dart.expressions import get_code
from sentry_release.facts.dart.guards import Guard, find_enclosing_guards
from sentry_release.facts.dart.options import find_sentry_inits
from sentry_release.facts.dart.source import DartSource
from sentry_release.facts.doctor.builds import find_builds
from sentry_release.facts.doctor.subject import App
from sentry_release.facts.doctor.versions import is_older
from sentry_release.facts.flutter.platforms import Platform
from sentry_release.words.finding import Severity

SESSIONS_SINCE = "9.0.0"
"""Of sentry_flutter. Source: https://github.com/getsentry/sentry-dart/pull/2794"""
_EXTRACTOR = re.compile(r"\brouteNameExtractor\s*:")


class WebSupport(Enum):
    """How sure it is that users get the app in a browser."""

    BUILT = "a workflow or script builds it"
    FOLDER = "there is a folder, which `flutter create` makes unasked"
    NONE = "there is no sign of it"


def find_web_support(app: App) -> WebSupport:
    """Whether the app goes to the web."""
    if any(build.platform is Platform.WEB for build in find_builds(app.steps)):
        return WebSupport.BUILT
    return WebSupport.FOLDER if Platform.WEB in app.platforms else WebSupport.NONE


def has_web_sessions(app: App) -> bool:
    """Whether the app goes to the web with an SDK that may send sessions there."""
    if app.sdk is None or find_web_support(app) is WebSupport.NONE or is_excluded_from_web(app):
        return False
    return not is_older(app.sdk, SESSIONS_SINCE)


def do_route_names_matter(app: App) -> bool:
    """Whether names of routes decide about sessions: the observer may make names of its own."""
    return has_web_sessions(app) and not any(_EXTRACTOR.search(file.dart.code) for file in app.dart)


def get_web_severity(app: App) -> Severity | None:
    """That of the rule where the web is built, and a hint alone where there is but a folder."""
    return None if find_web_support(app) is WebSupport.BUILT else Severity.INFO


def is_excluded_from_web(app: App) -> bool:
    """
    Whether no browser comes to a start of the SDK, by its conditions or by conditional imports.

    Source: https://api.flutter.dev/flutter/foundation/kIsWeb-constant.html
    """
    starts = [(file, init) for file in app.dart for init in find_sentry_inits(file.dart)]
    return bool(starts) and all(
        _is_excluded_by_imports(app, file.path)
        or any(
            _excludes_web(file.dart, guard)
            for guard in find_enclosing_guards(file.dart, init.call.start)
        )
        for file, init in starts
    )


def _is_excluded_by_imports(app: App, path: PurePosixPath) -> bool:
    """Whether imports lead to a file everywhere but in browsers."""
    return path in app.reachable and path not in app.reachable_on_web


def _excludes_web(dart: DartSource, guard: Guard) -> bool:
    if guard.condition is None:
        return False
    code = "".join(get_code(dart, guard.condition).split()).replace("foundation.", "")
    if guard.negated:
        return "&&" not in code and "kIsWeb" in code.split("||")
    return "||" not in code and "!kIsWeb" in code.split("&&")
