"""Whether the app is built for the web, and whether its SDK sends sessions from there."""

from enum import Enum

from sentry_release.facts.doctor.builds import builds_in
from sentry_release.facts.doctor.subject import Subject
from sentry_release.facts.doctor.versions import is_older
from sentry_release.facts.flutter.platforms import Platform

SESSIONS_SINCE = "9.0.0"
"""Of sentry_flutter. Source: https://github.com/getsentry/sentry-dart/pull/2794"""


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
    if subject.sdk is None or web_of(subject) is Web.NONE:
        return False
    return not is_older(subject.sdk, SESSIONS_SINCE)
