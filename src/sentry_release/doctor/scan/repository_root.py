"""Finds the repository around an app, so that its workflows and sibling packages are checked too."""

from dataclasses import replace
from pathlib import Path, PurePosixPath

from sentry_release.config.config import Config
from sentry_release.errors import ActionError
from sentry_release.flutter.pub_workspace import MELOS
from sentry_release.flutter.pubspec import MAX_BYTES, parse_pubspec
from sentry_release.services import Services

_HIGHEST = 10  # folders above the current one


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
    root = find_repository_root(here, services)
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


def find_repository_root(folder: Path, services: Services) -> Path:
    """
    Return the nearest folder with a `.git`; without one, the outermost root of pub or melos.

    Source: https://git-scm.com/docs/gitrepository-layout
    """
    around = [folder, *folder.parents][: _HIGHEST + 1]
    for one in around:
        if (one / ".git").exists():
            return one
    roots = [one for one in around if _is_workspace_root(one, services)]
    return roots[-1] if roots else folder


def _is_workspace_root(folder: Path, services: Services) -> bool:
    workspace = replace(services.workspace, root=folder)
    try:
        if workspace.read_text(PurePosixPath(MELOS), limit=MAX_BYTES) is not None:
            return True
        text = workspace.read_text(PurePosixPath("pubspec.yaml"), limit=MAX_BYTES)
        return bool(text and parse_pubspec(text).members)
    except (ActionError, OSError):
        return False
