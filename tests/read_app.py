"""What the doctor reads of a workspace on a real disk, before any rule is asked."""

import io
from pathlib import Path, PurePosixPath

from sentry_release.cli.main import USER_AGENT
from sentry_release.doors.real_clock import real_clock
from sentry_release.doors.runner import Runner
from sentry_release.facts.config import Config
from sentry_release.facts.context import Context
from sentry_release.facts.doctor.subject import Step, Subject
from sentry_release.story.doctor_reading import Read, read_app
from sentry_release.story.opened import opened_world
from sentry_release.story.project import Project


def read(workspace: Path, folder: str = ".") -> Read:
    """The app in a folder of the workspace, and what could not be read of it."""
    environ = {"GITHUB_WORKSPACE": str(workspace)}
    config = Config.from_env({"INPUT_WORKING-DIRECTORY": folder})
    context = Context.from_env(environ, {})
    runner = Runner.from_env(environ, log=io.StringIO())
    world = opened_world(config, context, runner, environ, agent=USER_AGENT, clock=real_clock())
    project = Project.found(config, world)
    assert project is not None
    return read_app(config, context, world, project)


def subject(workspace: Path, folder: str = ".") -> Subject:
    """The app alone."""
    return read(workspace, folder).subject


def steps(workspace: Path, folder: str = ".") -> tuple[Step, ...]:
    """The steps that may build it."""
    return subject(workspace, folder).steps


def commands(workspace: Path, folder: str = ".") -> list[str]:
    """The commands of all steps, as `path:line text`."""
    return [
        f"{step.path}:{command.line} {command.text}"
        for step in steps(workspace, folder)
        for command in step.commands
    ]


def paths(found: frozenset[PurePosixPath]) -> list[str]:
    """As sorted texts."""
    return sorted(map(str, found))
