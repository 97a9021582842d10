"""The inputs that are one of a few values."""

from enum import StrEnum


class CommitsMode(StrEnum):
    """Where the commits of a release come from."""

    AUTO = "auto"
    INTEGRATION = "integration"
    GITHUB = "github"
    SKIP = "skip"


class CommitsSince(StrEnum):
    """Where the commits of a release start; a whole sha may stand in its place."""

    LAST_DEPLOY = "last-deploy"
    LAST_RELEASE = "last-release"
    LAST_TAG = "last-tag"
    SENTRY_DEFAULT = "sentry-default"


class OnOutage(StrEnum):
    """What an outage of Sentry or GitHub does to the job."""

    WARN = "warn"
    FAIL = "fail"


class TagMismatch(StrEnum):
    """What to do when the tag of the run and the version of the app contradict each other."""

    OFF = "off"
    WARN = "warn"
    FAIL = "fail"


class DoctorMode(StrEnum):
    """What errors that the doctor finds do to the release action; `off` does not look."""

    OFF = "off"
    WARN = "warn"
    FAIL = "fail"


class NotifyOn(StrEnum):
    """The events that people are notified about."""

    DEPLOY = "deploy"
    FAILURE = "failure"
    HEALTH = "health"


class Announce(StrEnum):
    """Where a deploy is announced."""

    NONE = "none"
    PULL_REQUESTS = "pull-requests"
    ISSUES = "issues"
