"""pubspec.yaml text -> what a package depends on, and the lowest version of it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from sentry_release.facts.doctor.subject import ResolvedVersion
from sentry_release.flutter.yaml_document import parse_pub_yaml
from sentry_release.flutter.yaml_node import YamlNode
from sentry_release.words.errors import ProjectError

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
    What a package needs to run: constraints by package, and the paths of those that lie beside it.

    A package without a constraint, such as one from git, has None.
    """

    constraints: Mapping[str, str | None] = field(default_factory=dict)
    paths: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalPackage:
    """The app or another package of the workspace; `folder` counts from the workspace."""

    name: str
    folder: PurePosixPath
    dependencies: Dependencies


def parse_dependencies(pubspec: str, overrides: str | None = None) -> Dependencies:
    """
    Read what a pubspec needs; what only its developers need does not count.

    Args:
        pubspec: The whole file.
        overrides: The whole pubspec_overrides.yaml beside it, as melos writes one.

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
    The lowest version that a constraint allows and its upper bound; `exact` where it allows one.

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
    return ResolvedVersion(version=version, exact=False, below=_upper_bound(text))


def _upper_bound(constraint: str) -> str | None:
    """
    The first version that a constraint excludes, as `8.0.0` of `^7.9.0`; None where it has none.

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
    """The patterns by which a melos.yaml names the packages, which melos links to each other."""
    try:
        return parse_pub_yaml(text, "melos.yaml").at("packages").texts
    except ProjectError:
        return ()


def _get_section(text: str, name: str) -> Mapping[str, YamlNode]:
    try:
        return parse_pub_yaml(text, "pubspec.yaml").at(name).mapping
    except ProjectError:
        return {}


def _get_constraint(how: YamlNode) -> str | None:
    return how.at("version").text if how.is_mapping else how.text
