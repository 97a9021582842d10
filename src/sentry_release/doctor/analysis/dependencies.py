"""Constraints and minimum versions."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from sentry_release.doctor.app import ResolvedVersion
from sentry_release.errors import ProjectError
from sentry_release.flutter.yaml_document import parse_pub_yaml
from sentry_release.flutter.yaml_node import YamlNode

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


def parse_dependencies(pubspec: str, overrides: str | None = None) -> Dependencies:
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
    overridden = {
        name: how
        for section in sections[1:]
        for name, how in section.items()
        if name in sections[0]
    }
    needed = {**sections[0], **overridden}
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


def parse_melos_packages(text: str) -> tuple[str, ...]:
    """Return the package patterns of a melos.yaml; melos links these packages."""
    try:
        return parse_pub_yaml(text, "melos.yaml").at("packages").texts
    except ProjectError:
        return ()


def parse_plugin_constraint(pubspec: str) -> str | None:
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


def is_older(resolved: ResolvedVersion | None, than: str) -> bool:
    """
    Return whether a package is certainly older; False if the versions cannot be compared.

    Without a lock pub resolves the newest allowed version, so the upper bound counts.
    """
    if resolved is None:
        return False
    if not resolved.exact:
        return resolved.below is not None and not is_lower_version(than, f"{resolved.below}-0")
    return is_lower_version(resolved.version, than)


def is_lower_version(version: str | None, than: str) -> bool:
    """
    Return whether a version is lower than another; False for an invalid version.

    Source: https://semver.org/#spec-item-11, which pub follows except for the build part
    """
    import semver

    try:
        return semver.Version.parse(version or "") < semver.Version.parse(than)
    except ValueError:
        return False


def describe_version(package: str, resolved: ResolvedVersion | None) -> str:
    """
    Return a sentence on the version of a package, as far as it is known.

    >>> describe_version("a", ResolvedVersion(version="8.1.0", exact=False, below="9.0.0"))
    'a is 8.1.0 or newer and older than 9.0.0.'
    """
    if resolved is None or resolved.version is None:
        return f"The version of {package} is unknown."
    if resolved.exact:
        return f"{package} is {resolved.version}."
    if resolved.below is None:
        return f"{package} is {resolved.version} or newer; there is no pubspec.lock."
    return f"{package} is {resolved.version} or newer and older than {resolved.below}."
