"""The inputs that are one word out of a few."""

from enum import StrEnum


class Phase(StrEnum):
    """What a step of the action is there for."""

    MAIN = "main"
    DEPLOY = "deploy"
    HEALTH = "health"
    DOCTOR = "doctor"
    PLAN = "plan"


class Commits(StrEnum):
    """Which way the commits come to Sentry."""

    AUTO = "auto"
    INTEGRATION = "integration"
    GITHUB = "github"
    NONE = "none"


class PreviousBy(StrEnum):
    """How to find what was there before us; a sha may stand in its place."""

    ENVIRONMENT = "environment"
    RELEASE = "release"
    TAG = "tag"
    NONE = "none"


class When(StrEnum):
    """When to finalize or to mark the deploy."""

    ON_SUCCESS = "on-success"
    NOW = "now"
    NEVER = "never"


class MissingRelease(StrEnum):
    """What it does when a deploy is to be marked on a release that Sentry does not have."""

    FAIL = "fail"
    OPEN = "open"


class OnOutage(StrEnum):
    """What an outage of Sentry or GitHub does to the job."""

    WARN = "warn"
    FAIL = "fail"


class TagMismatch(StrEnum):
    """What it does when the tag of the run and the version of the app contradict each other."""

    WARN = "warn"
    FAIL = "fail"
    IGNORE = "ignore"


class Doctor(StrEnum):
    """What errors that the doctor finds do to the phase main; `off` does not look."""

    OFF = "off"
    WARN = "warn"
    ERROR = "error"


class NotifyOn(StrEnum):
    """What people are told of."""

    DEPLOY = "deploy"
    FAILURE = "failure"
    HEALTH = "health"
