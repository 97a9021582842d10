"""Finds the local packages of an app, and the resolved versions of other packages."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import PurePosixPath

from sentry_release.adapters.workspace import Workspace
from sentry_release.doctor.analysis.dependencies import (
    LocalPackage,
    find_minimum_version,
    parse_dependencies,
    parse_melos_packages,
    parse_plugin_constraint,
)
from sentry_release.doctor.app import ResolvedVersion
from sentry_release.errors import ActionError
from sentry_release.flutter.pubspec import (
    MAX_BYTES,
    MELOS,
    NO_PACKAGES,
    matches_pattern,
    parse_pubspec,
)
from sentry_release.model.platform import resolve_below_root
from sentry_release.project.flutter_project import FlutterProject

_MAX_PACKAGES = 500  # packages; more than any app has


def find_local_packages(project: FlutterProject) -> tuple[LocalPackage, ...]:
    """
    Return the app, then every local package that it needs, directly or transitively.

    Packages outside the workspace, or without a readable pubspec, are left out.
    """
    app = _read_package(project.directory, project.workspace)
    if app is None:
        return ()
    found = {app.folder: app}
    waiting = [app]
    neighbours: Mapping[str, PurePosixPath] | None = None
    while waiting and len(found) < _MAX_PACKAGES:
        one = waiting.pop(0)
        if (
            neighbours is None
            and one.dependencies.constraints.keys() - one.dependencies.paths.keys()
        ):
            neighbours = _find_neighbours(project)
        for folder in _list_neighbour_folders(one, neighbours or {}):
            package = None if folder in found else _read_package(folder, project.workspace)
            if package is not None:
                found[folder] = package
                waiting.append(package)
    return tuple(found.values())


def find_resolved_version(
    name: str, project: FlutterProject, packages: tuple[LocalPackage, ...]
) -> ResolvedVersion | None:
    """
    Return the version of a package that the app gets; None if the app does not use it.

    A pub workspace has one lock for all members, so there only dependencies that the app's
    packages declare count.
    """
    constraints = [
        one.dependencies.constraints[name]
        for one in packages
        if name in one.dependencies.constraints
    ]
    locked = project.find_locked_version(name)
    if locked and (constraints or not project.pubspec.in_workspace):
        return ResolvedVersion(version=locked, exact=True)
    if not constraints:
        return None
    known = [
        found for one in constraints if (found := find_minimum_version(one)).version is not None
    ]
    best = max(
        known,
        key=lambda found: (found.exact, _list_numbers(found.version or "")),
        default=ResolvedVersion(version=None, exact=False),
    )
    bounds = [found.below for found in known if found.below is not None]
    below = min(bounds, key=_list_numbers, default=None)
    return best if best.exact else replace(best, below=below)


def find_plugin_version(project: FlutterProject, pubspec: str) -> ResolvedVersion | None:
    """
    Return the version of sentry_dart_plugin; None if the app does not use it.

    Args:
        project: The app.
        pubspec: The text of its pubspec.yaml; the plugin is usually in dev_dependencies.
    """
    constraint = parse_plugin_constraint(pubspec)
    if project.pubspec.plugin is None or constraint is None:
        return None
    locked = project.find_locked_version("sentry_dart_plugin")
    return (
        ResolvedVersion(version=locked, exact=True) if locked else find_minimum_version(constraint)
    )


def _list_numbers(version: str) -> list[int]:
    numbers = version.partition("-")[0].partition("+")[0].split(".")
    return [int(one) for one in numbers if one.isdigit()]


def _list_neighbour_folders(
    package: LocalPackage, neighbours: Mapping[str, PurePosixPath]
) -> list[PurePosixPath]:
    needs = package.dependencies
    found = [
        resolve_below_root(package.folder / needs.paths[name])
        for name in needs.constraints
        if name in needs.paths
    ]
    return [folder for folder in found if folder is not None] + [
        neighbours[name]
        for name in needs.constraints
        if name in neighbours and name not in needs.paths
    ]


def _read_package(folder: PurePosixPath, workspace: Workspace) -> LocalPackage | None:
    try:
        text = workspace.read_text(folder / "pubspec.yaml", limit=MAX_BYTES)
        name = parse_pubspec(text).name if text else None
        over = workspace.read_text(folder / "pubspec_overrides.yaml", limit=MAX_BYTES)
    except ActionError:
        return None
    if text is None or name is None:
        return None
    return LocalPackage(name=name, folder=folder, dependencies=parse_dependencies(text, over))


def _find_neighbours(project: FlutterProject) -> Mapping[str, PurePosixPath]:
    """Return the folders of the members of the pub or melos workspace, by package name."""
    root, patterns = _find_workspace_patterns(project)
    if not patterns:
        return {}
    found: dict[str, PurePosixPath] = {}
    for path in project.workspace.find_files("pubspec.yaml", below=root, skip=NO_PACKAGES):
        if matches_pattern(path.parent.relative_to(root), patterns):
            package = _read_package(path.parent, project.workspace)
            if package is not None:
                found.setdefault(package.name, package.folder)
    return found


def _find_workspace_patterns(project: FlutterProject) -> tuple[PurePosixPath, tuple[str, ...]]:
    root = project.find_workspace_root()
    workspace = project.workspace
    try:
        if project.pubspec.in_workspace:
            text = workspace.read_text(root / "pubspec.yaml", limit=MAX_BYTES)
            return root, parse_pubspec(text).members if text else ()
        for folder in (project.directory, *project.directory.parents):
            text = workspace.read_text(folder / MELOS, limit=MAX_BYTES)
            if text is not None:
                return folder, parse_melos_packages(text)
    except ActionError:
        pass
    return root, ()
