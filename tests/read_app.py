"""What the doctor reads of a workspace on a real disk, before any rule is checked."""

import io
from pathlib import Path, PurePosixPath

from sentry_release.adapters.runner import ActionsRunner
from sentry_release.ci.context import Context
from sentry_release.cli.main import USER_AGENT
from sentry_release.cli.wiring import create_services
from sentry_release.config.config import Config
from sentry_release.doctor.app import App, BuildStep
from sentry_release.doctor.scan.scan_app import ScannedApp, scan_app
from sentry_release.project.flutter_project import FlutterProject
from sentry_release.project.resolve_name import find_release
from sentry_release.services import create_system_clock


def read(workspace: Path, folder: str = ".") -> ScannedApp:
    """The app in a folder of the workspace, and what could not be read of it."""
    environ = {"GITHUB_WORKSPACE": str(workspace)}
    config = Config.from_env({"INPUT_WORKING-DIRECTORY": folder})
    context = Context.from_env(environ, {})
    runner = ActionsRunner.from_env(environ, log=io.StringIO())
    services = create_services(
        config, context, runner, environ, agent=USER_AGENT, clock=create_system_clock()
    )
    project = FlutterProject.load(config, services.workspace)
    assert project is not None
    return scan_app(project, find_release(config, context, services.workspace))


def app_facts(workspace: Path, folder: str = ".") -> App:
    """The app alone."""
    return read(workspace, folder).app


def steps(workspace: Path, folder: str = ".") -> tuple[BuildStep, ...]:
    """The steps that may build it."""
    return app_facts(workspace, folder).steps


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
