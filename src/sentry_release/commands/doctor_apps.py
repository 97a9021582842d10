"""`doctor --all` and what it says at a root without an app: every app below a folder."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from sentry_release.config.config import Config
from sentry_release.errors import ActionError, ProjectError, WorkflowError
from sentry_release.project.apps import find_apps
from sentry_release.project.flutter_project import FlutterProject, build_missing_project_error
from sentry_release.services import Services

_MOST_NAMED = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class AppResult:
    """What the check of one app gave: the object of `--json`, and whether there is an error."""

    folder: PurePosixPath
    report: object
    has_errors: bool


def find_app(config: Config, services: Services) -> FlutterProject:
    """
    Return the app in `working-directory`.

    Raises:
        ProjectError: There is no app; the message names the apps below the folder.
        WorkflowError: There is no such folder.
    """
    project = FlutterProject.load(config, services)
    if project is not None and project.pubspec.is_flutter:
        return project
    apps = [
        one
        for one in find_apps(config.working_directory, services)
        if one != config.working_directory
    ]
    if project is not None and not apps:
        return project
    if not apps:
        raise build_missing_project_error(config, services)
    raise ProjectError(
        f"{_place(config.working_directory)} is no Flutter app; {_count(apps)} below: {_names(apps)}.",
        reason="Nothing was checked: the rules are about one app and what belongs to it.",
        hint=f"Set `working-directory` to an app, for example {apps[0]}, or check all of them "
        "with `sentry-release doctor --all`.",
    )


def check_apps(
    config: Config,
    services: Services,
    check: Callable[[Config], AppResult],
    options: frozenset[str],
) -> tuple[AppResult, ...]:
    """
    Return the result of each app below `working-directory`, in the order of their folders.

    Args:
        config: The inputs.
        services: The adapters.
        check: Checks the app in the `working-directory` of the inputs it is given.
        options: Of the command line.

    Raises:
        ProjectError: There is no app, or the pubspec of one cannot be read.
        WorkflowError: An option does not go with `--all`.
    """
    wrong = sorted(options & {"--fix", "--write", "--sarif"})
    if wrong:
        raise WorkflowError(
            f"--all and {wrong[0]} do not go together.",
            reason="Fixes are tried, and SARIF is made, for one app at a time.",
            hint="Use `--working-directory` with the folder of one app.",
        )
    apps = find_apps(config.working_directory, services)
    if not apps:
        raise (
            build_missing_project_error(config, services)
            if FlutterProject.load(config, services) is None
            else _no_apps(config)
        )
    return tuple(check(replace(config, working_directory=folder)) for folder in apps)


def _no_apps(config: Config) -> ActionError:
    return ProjectError(
        f"There is no Flutter app in or below {_place(config.working_directory)}.",
        reason="An app is a package that depends on Flutter and has a folder for a platform.",
        hint="Set `working-directory` to a folder with apps.",
    )


def _place(folder: PurePosixPath) -> str:
    return "The current folder" if folder == PurePosixPath() else repr(str(folder))


def _count(apps: Sequence[PurePosixPath]) -> str:
    return "1 app" if len(apps) == 1 else f"{len(apps)} apps"


def _names(apps: Sequence[PurePosixPath]) -> str:
    more = f" and {len(apps) - _MOST_NAMED} more" if len(apps) > _MOST_NAMED else ""
    return ", ".join(map(str, apps[:_MOST_NAMED])) + more
