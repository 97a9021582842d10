"""The repository and the apps in it that `doctor` and `init` work on."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from sentry_release.adapters.workspace import Workspace
from sentry_release.config.config import Config
from sentry_release.errors import ActionError, ProjectError, WorkflowError
from sentry_release.flutter.pubspec import MAX_BYTES, MELOS, parse_pubspec
from sentry_release.project.flutter_project import (
    FlutterProject,
    build_missing_project_error,
    find_apps,
)
from sentry_release.services import Services

_MAX_LISTED_APPS = 10
_HIGHEST = 10  # folders above the current one


@dataclass(frozen=True, slots=True, kw_only=True)
class AppResult:
    """The result of the check of one app: its object for `--json`, and whether there is an error."""

    folder: PurePosixPath
    report: object
    has_errors: bool


def find_app(config: Config, workspace: Workspace) -> FlutterProject:
    """
    Return the app in `working-directory`.

    Raises:
        ProjectError: There is no app; the message names the apps below the folder.
        WorkflowError: There is no such folder.
    """
    project = FlutterProject.load(config, workspace)
    if project is not None and project.pubspec.is_flutter:
        return project
    apps = [
        one
        for one in find_apps(config.working_directory, workspace)
        if one != config.working_directory
    ]
    if project is not None and not apps:
        return project
    if not apps:
        raise build_missing_project_error(config, workspace)
    raise ProjectError(
        f"There is no Flutter app in {_describe_place(config.working_directory)}; {_count(apps)} below: {_list_names(apps)}.",
        reason="Nothing was checked: the rules apply to one app and its files.",
        hint=f"Set `working-directory` to an app, for example {apps[0]}, or check all of them "
        "with `sentry-release doctor --all`.",
    )


def check_apps(
    config: Config,
    workspace: Workspace,
    check: Callable[[Config], AppResult],
    options: frozenset[str],
) -> tuple[AppResult, ...]:
    """
    Return the result of each app below `working-directory`, in the order of their folders.

    Args:
        config: The inputs.
        workspace: The files of the repository.
        check: Checks the app in the `working-directory` of its argument.
        options: The options of the command line.

    Raises:
        ProjectError: There is no app, or the pubspec.yaml of an app cannot be read.
        WorkflowError: An option cannot be combined with `--all`.
    """
    wrong = sorted(options & {"--fix", "--write", "--sarif"})
    if wrong:
        raise WorkflowError(
            f"--all cannot be combined with {wrong[0]}.",
            reason="Fixes and SARIF are limited to one app at a time.",
            hint="Use `--working-directory` with the folder of one app.",
        )
    apps = find_apps(config.working_directory, workspace)
    if not apps:
        raise (
            build_missing_project_error(config, workspace)
            if not workspace.is_folder(config.working_directory)
            else _build_no_apps_error(config)
        )
    return tuple(check(replace(config, working_directory=folder)) for folder in apps)


def _build_no_apps_error(config: Config) -> ActionError:
    return ProjectError(
        f"There is no Flutter app in or below '{config.working_directory}'.",
        reason="An app is a package that depends on Flutter and has a platform folder.",
        hint="Set `working-directory` to a folder that contains apps.",
    )


def _describe_place(folder: PurePosixPath) -> str:
    return "the current folder" if folder == PurePosixPath() else repr(str(folder))


def _count(apps: Sequence[PurePosixPath]) -> str:
    return "1 app" if len(apps) == 1 else f"{len(apps)} apps"


def _list_names(apps: Sequence[PurePosixPath]) -> str:
    more = f" and {len(apps) - _MAX_LISTED_APPS} more" if len(apps) > _MAX_LISTED_APPS else ""
    return ", ".join(map(str, apps[:_MAX_LISTED_APPS])) + more


def use_repository_root(config: Config, services: Services) -> tuple[Config, Services]:
    """
    Return inputs and adapters that are relative to the root of the repository.

    Started in `apps/shop`, the doctor then finds what it finds from the root with
    `working-directory: apps/shop`. A workspace that GITHUB_WORKSPACE names stays as it is.

    Args:
        config: The inputs; paths in them are relative to the current folder.
        services: The adapters; their root is the current folder.
    """
    if services.is_workspace_given:
        return config, services
    here = services.workspace.root.absolute()
    root = find_repository_root(here, services.workspace)
    if root == here:
        return config, services
    folder = PurePosixPath(here.relative_to(root).as_posix())
    report = config.report_dir
    return (
        replace(
            config,
            working_directory=folder / config.working_directory,
            report_dir=folder / report if report is not None else None,
        ),
        replace(services, workspace=replace(services.workspace, root=root)),
    )


def find_repository_root(folder: Path, workspace: Workspace) -> Path:
    """
    Return the nearest folder with a `.git`; without one, the outermost root of pub or melos.

    Source: https://git-scm.com/docs/gitrepository-layout
    """
    around = [folder, *folder.parents][: _HIGHEST + 1]
    for one in around:
        if (one / ".git").exists():
            return one
    roots = [one for one in around if _is_workspace_root(one, workspace)]
    return roots[-1] if roots else folder


def _is_workspace_root(folder: Path, workspace: Workspace) -> bool:
    workspace = replace(workspace, root=folder)
    try:
        if workspace.read_text(PurePosixPath(MELOS), limit=MAX_BYTES) is not None:
            return True
        text = workspace.read_text(PurePosixPath("pubspec.yaml"), limit=MAX_BYTES)
        return bool(text and parse_pubspec(text).members)
    except (ActionError, OSError):
        return False
