"""What an input of an action is, which commands have it, and the choices of some inputs."""

from collections.abc import Mapping
from dataclasses import dataclass
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


class Command(StrEnum):
    """A job of the program; those in ACTIONS are actions as well."""

    RELEASE = "release"
    UPLOAD = "upload"
    DEPLOY = "deploy"
    HEALTH = "health"
    DOCTOR = "doctor"
    NAME = "name"
    RUN = "run"
    INIT = "init"


ACTIONS = (Command.RELEASE, Command.UPLOAD, Command.DEPLOY, Command.HEALTH, Command.DOCTOR)
"""The commands that are actions; `release` is the root action."""


class Group(StrEnum):
    """What inputs are about; README and `--help` list them under these headings."""

    SENTRY = "Sentry"
    APP = "App"
    NAME = "Release name"
    DEFINES = "Dart-defines"
    COMMITS = "Commits"
    DEPLOY = "Finalize and deploy"
    UPLOAD = "Uploads"
    HEALTH = "Health gates"
    DOCTOR = "Doctor"
    NOTIFY = "Notifications"
    ANNOUNCE = "Announcements"
    INTERNAL = "Internal (do not set)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """
    One input of an action; on the command line it is the option `--name VALUE`.

    Attributes:
        commands: The commands that have it.
        description: A noun phrase with unit and default, then conditions; Markdown.
        variable: The environment variable that is read when the input is empty.
        default: As action.yml has it; for internal inputs an expression of GitHub's.
        choices: The values that it accepts, if it accepts no others.
        is_switch: Whether it is `true` or `false`.
        is_read_late: Whether the post step reads it, so that later steps of the job may set it.
    """

    commands: tuple[Command, ...]
    description: str
    variable: str | None = None
    default: str | None = None
    choices: type[StrEnum] | None = None
    is_switch: bool = False
    is_read_late: bool = False


InputGroups = Mapping[Group, Mapping[str, Input]]
"""Rows of the input table by heading and name."""
