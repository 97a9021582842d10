"""Finds the local packages of an app, what they depend on, and the resolved versions of packages."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from sentry_release.adapters.workspace import Workspace
from sentry_release.errors import ActionError, ProjectError
from sentry_release.flutter.pubspec import (
    MAX_BYTES,
    MELOS,
    NO_PACKAGES,
    ResolvedVersion,
    matches_pattern,
    parse_pubspec,
)
from sentry_release.flutter.yaml_document import parse_pub_yaml
from sentry_release.flutter.yaml_node import YamlNode
from sentry_release.model.platform import resolve_below_root
from sentry_release.project.flutter_project import FlutterProject

_MAX_PACKAGES = 500  # packages; more than any app has
_VERSION = r"\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?"
_LOWEST = re.compile(rf"(?:\^|>=?)\s*(?P<version>{_VERSION})")
_BELOW = re.compile(rf"<\s*(?P<version>{_VERSION})")
_CARET = re.compile(
    r"\^(?P<major>\d{1,9})\.(?P<minor>\d{1,9})\.(?P<patch>\d{1,9})(?:[-+][0-9A-Za-z.+-]+)?"
)
_PINNED = re.compile(_VERSION)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependencies:
    """
    The dependencies of a package: constraints by name, and paths of path dependencies.

    A dependency without a constraint, for example from git, has None.
    """

    constraints: Mapping[str, str | None] = field(default_factory=dict)
    paths: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalPackage:
    """The app or another package of the workspace; `folder` is relative to the workspace."""

    name: str
    folder: PurePosixPath
    dependencies: Dependencies


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
    constraint = _parse_plugin_constraint(pubspec)
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
    return LocalPackage(name=name, folder=folder, dependencies=_parse_dependencies(text, over))


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
                return folder, _parse_melos_packages(text)
    except ActionError:
        pass
    return root, ()


def _parse_dependencies(pubspec: str, overrides: str | None = None) -> Dependencies:
    """
    Return the dependencies in a pubspec, without dev_dependencies.

    Args:
        pubspec: The whole file.
        overrides: The whole pubspec_overrides.yaml next to it, which melos writes.

    Source: https://dart.dev/tools/pub/dependencies
    """
    sections = [
        _get_section(pubspec, "dependencies"),
        _get_section(pubspec, "dependency_overrides"),
        _get_section(overrides or "", "dependency_overrides"),
    ]
    needed = {
        name: how for section in sections for name, how in section.items() if name in sections[0]
    }
    paths = {
        name: path
        for section in sections
        for name, how in section.items()
        if (path := how.at("path").text) is not None
    }
    return Dependencies(
        constraints={name: _get_constraint(how) for name, how in needed.items()}, paths=paths
    )


def find_minimum_version(constraint: str | None) -> ResolvedVersion:
    """
    Return the lowest version that a constraint allows and its upper bound; `exact` if only one.

    >>> find_minimum_version("^9.0.0").version, find_minimum_version(">=8.1.0 <10.0.0").version, find_minimum_version("any").version
    ('9.0.0', '8.1.0', None)
    >>> find_minimum_version("9.6.0")
    ResolvedVersion(version='9.6.0', exact=True, below=None)
    >>> find_minimum_version("^7.9.0").below
    '8.0.0'
    """
    text = (constraint or "").strip()
    if _PINNED.fullmatch(text):
        return ResolvedVersion(version=text, exact=True)
    found = _LOWEST.search(text)
    version = found["version"] if found else None
    return ResolvedVersion(version=version, exact=False, below=_parse_upper_bound(text))


def _parse_upper_bound(constraint: str) -> str | None:
    """
    Return the exclusive upper bound, `8.0.0` for `^7.9.0`; None if there is none.

    Source: https://dart.dev/tools/pub/dependencies#version-constraints
    """
    if below := _BELOW.search(constraint):
        return below["version"]
    caret = _CARET.fullmatch(constraint)
    if caret is None:
        return None
    major, minor, patch = (int(caret[part]) for part in ("major", "minor", "patch"))
    if major:
        return f"{major + 1}.0.0"
    return f"0.{minor + 1}.0" if minor else f"0.0.{patch + 1}"


def _parse_melos_packages(text: str) -> tuple[str, ...]:
    """Return the package patterns of a melos.yaml; melos links these packages."""
    try:
        return parse_pub_yaml(text, "melos.yaml").at("packages").texts
    except ProjectError:
        return ()


def _parse_plugin_constraint(pubspec: str) -> str | None:
    """Return the constraint of sentry_dart_plugin in a pubspec; None if it is not a dependency."""
    for section in ("dependency_overrides", "dev_dependencies", "dependencies"):
        found = _get_section(pubspec, section)
        if "sentry_dart_plugin" in found:
            return _get_constraint(found["sentry_dart_plugin"]) or "any"
    return None


def _get_section(text: str, name: str) -> Mapping[str, YamlNode]:
    try:
        return parse_pub_yaml(text, "pubspec.yaml").at(name).mapping
    except ProjectError:
        return {}


def _get_constraint(how: YamlNode) -> str | None:
    return how.at("version").text if how.is_mapping else how.text
