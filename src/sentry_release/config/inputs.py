"""What an input of an action is, and which commands there are to have it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


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
