"""Find the packages of the workspace that an app is made of, and the versions of the others."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import PurePosixPath

from sentry_release.facts.doctor.depending import (
    LocalPackage,
    dependencies_of,
    lowest,
    packages_of_melos,
)
from sentry_release.facts.doctor.subject import Resolved
from sentry_release.facts.flutter.monorepo import MELOS, NO_PACKAGES, fits
from sentry_release.facts.pubspec import MAX_BYTES, parse
from sentry_release.story.project import Project
from sentry_release.story.world import World
from sentry_release.words.errors import ActionError

_MOST = 500  # packages; no app is made of more of its own


def packages_of(project: Project) -> tuple[LocalPackage, ...]:
    """
    The app, then every package beside it that it needs, directly or by another.

    One that lies outside the workspace, or whose pubspec cannot be read, is left out.
    """
    app = _package(project.directory, project.world)
    if app is None:
        return ()
    found = {app.folder: app}
    waiting = [app]
    neighbours: Mapping[str, PurePosixPath] | None = None
    while waiting and len(found) < _MOST:
        one = waiting.pop(0)
        if neighbours is None and one.needs.constraints.keys() - one.needs.paths.keys():
            neighbours = _neighbours(project)
        for folder in _beside(one, neighbours or {}):
            package = None if folder in found else _package(folder, project.world)
            if package is not None:
                found[folder] = package
                waiting.append(package)
    return tuple(found.values())


def resolved(name: str, project: Project, packages: tuple[LocalPackage, ...]) -> Resolved | None:
    """
    The version of a package that the app gets; None where the app does not use it.

    The lock of a pub workspace speaks for all of its members, so that there only what a
    package of the app names counts.
    """
    asked = [one.needs.constraints[name] for one in packages if name in one.needs.constraints]
    locked = project.resolved(name)
    if locked and (asked or not project.pubspec.in_workspace):
        return Resolved(version=locked, exact=True)
    if not asked:
        return None
    known = [found for one in asked if (found := lowest(one)).version is not None]
    best = max(known, key=_order, default=Resolved(version=None, exact=False))
    bounds = [found for found in known if found.below is not None]
    lowest_bound = min(bounds, key=_bound, default=None)
    return best if best.exact or lowest_bound is None else replace(best, below=lowest_bound.below)


def _bound(found: Resolved) -> list[int]:
    return _order(Resolved(version=found.below, exact=False))[1]


def _order(found: Resolved) -> tuple[bool, list[int]]:
    numbers = (found.version or "").partition("-")[0].partition("+")[0].split(".")
    return found.exact, [int(one) for one in numbers if one.isdigit()]


def _beside(package: LocalPackage, neighbours: Mapping[str, PurePosixPath]) -> list[PurePosixPath]:
    needs = package.needs
    found = [
        _normal(package.folder / needs.paths[name])
        for name in needs.constraints
        if name in needs.paths
    ]
    return [folder for folder in found if folder is not None] + [
        neighbours[name]
        for name in needs.constraints
        if name in neighbours and name not in needs.paths
    ]


def _normal(path: PurePosixPath) -> PurePosixPath | None:
    """Without `..`; None where it climbs out of the workspace."""
    parts: list[str] = []
    for part in path.parts:
        if part == ".." and not parts:
            return None
        if part == "..":
            parts.pop()
        else:
            parts.append(part)
    return None if path.is_absolute() else PurePosixPath(*parts)


def _package(folder: PurePosixPath, world: World) -> LocalPackage | None:
    try:
        text = world.disk.read(folder / "pubspec.yaml", limit=MAX_BYTES)
        name = parse(text).name if text else None
        over = world.disk.read(folder / "pubspec_overrides.yaml", limit=MAX_BYTES)
    except ActionError:
        return None
    if text is None or name is None:
        return None
    return LocalPackage(name=name, folder=folder, needs=dependencies_of(text, over))


def _neighbours(project: Project) -> Mapping[str, PurePosixPath]:
    """The members of the pub workspace or of melos, by name: pub takes them from where they lie."""
    root, patterns = _patterns(project)
    if not patterns:
        return {}
    found: dict[str, PurePosixPath] = {}
    for path in project.world.disk.files("pubspec.yaml", below=root, skip=NO_PACKAGES):
        if fits(path.parent.relative_to(root), patterns):
            package = _package(path.parent, project.world)
            if package is not None:
                found.setdefault(package.name, package.folder)
    return found


def _patterns(project: Project) -> tuple[PurePosixPath, tuple[str, ...]]:
    root = project.workspace_root()
    world = project.world
    try:
        if project.pubspec.in_workspace:
            text = world.disk.read(root / "pubspec.yaml", limit=MAX_BYTES)
            return root, parse(text).members if text else ()
        for folder in (project.directory, *project.directory.parents):
            text = world.disk.read(folder / MELOS, limit=MAX_BYTES)
            if text is not None:
                return folder, packages_of_melos(text)
    except ActionError:
        pass
    return root, ()
