"""Finds the repository around an app, so that its workflows and sibling packages are checked too."""

from dataclasses import replace
from pathlib import Path, PurePosixPath

from sentry_release.facts.config import Config
from sentry_release.facts.flutter.monorepo import MELOS
from sentry_release.facts.pubspec import MAX_BYTES, parse
from sentry_release.story.world import World
from sentry_release.words.errors import ActionError

_HIGHEST = 10  # folders above the current one


def use_repository_root(config: Config, world: World) -> tuple[Config, World]:
    """
    Return inputs and adapters that count from the root of the repository.

    Started in `apps/shop`, the doctor then finds what it finds from the root with
    `working-directory: apps/shop`. A workspace that GITHUB_WORKSPACE names stays as it is.

    Args:
        config: The inputs; paths in them count from the current folder.
        world: The adapters; their root is the current folder.
    """
    if world.is_workspace_given:
        return config, world
    here = world.disk.root.absolute()
    root = find_repository_root(here, world)
    if root == here:
        return config, world
    folder = PurePosixPath(here.relative_to(root).as_posix())
    report = config.report_dir
    return (
        replace(
            config,
            working_directory=folder / config.working_directory,
            report_dir=folder / report if report is not None else None,
        ),
        replace(world, disk=replace(world.disk, root=root)),
    )


def find_repository_root(folder: Path, world: World) -> Path:
    """
    Return the nearest folder with a `.git`; without one, the outermost root of pub or melos.

    Source: https://git-scm.com/docs/gitrepository-layout
    """
    around = [folder, *folder.parents][: _HIGHEST + 1]
    for one in around:
        if (one / ".git").exists():
            return one
    roots = [one for one in around if _is_workspace_root(one, world)]
    return roots[-1] if roots else folder


def _is_workspace_root(folder: Path, world: World) -> bool:
    disk = replace(world.disk, root=folder)
    try:
        if disk.read(PurePosixPath(MELOS), limit=MAX_BYTES) is not None:
            return True
        text = disk.read(PurePosixPath("pubspec.yaml"), limit=MAX_BYTES)
        return bool(text and parse(text).members)
    except (ActionError, OSError):
        return False
