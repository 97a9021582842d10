"""
Release name -> how Sentry itself will read it.

Sentry orders releases, and knows which one is the newest, only where it reads the name as
package@version with a version like a semantic one.
Source: getsentry/sentry-release-parser, src/parser.rs; tests/test_sentry_version.py compares
this reading with Relay's own.
"""

import re
from dataclasses import dataclass

from sentry_release.facts.sentry_names import RELEASE_LIMIT

_PACKAGED = re.compile(r"(@?[^@]+)@(.+)", re.DOTALL)
_VERSION = re.compile(
    # A letter may begin a prerelease only behind a minor: 1.0a1 is a version, 1a1 is not.
    r"(?P<major>[0-9]+)(?![a-z])"
    r"(?:\.(?P<minor>[0-9]+))?(?:\.(?P<patch>[0-9]+))?(?:\.(?P<revision>[0-9]+))?"
    r"(?P<pre>(?:-|[a-z])(?:0|[1-9][0-9]*|[0-9]*[a-zA-Z-][0-9a-zA-Z-]*)?"
    r"(?:\.(?:0|[1-9][0-9]*|[0-9]*[a-zA-Z-][0-9a-zA-Z-]*))*)?"
    r"(?:\+(?P<build>[0-9a-zA-Z-]+(?:\.[0-9a-zA-Z-]+)*))?"
)
_HASH = re.compile(r"[a-fA-F0-9]+")
_HASH_LENGTHS = {12, 16, 20, 32, 40, 64}
_MAX_NUMBER = 2**63 - 1
"""Sentry keeps each number of a version in a column of 64 bits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedRelease:
    """
    What Sentry reads in a name.

    `version` is the text after the package; `numbers` are major, minor, patch and revision
    where the version is like a semantic one; `is_hash` is whether it is taken for a commit.
    Spaces around a name are no part of it.
    """

    package: str | None
    version: str
    numbers: tuple[int, int, int, int] | None = None
    prerelease: str | None = None
    build: str | None = None
    is_hash: bool = False

    @property
    def is_ordered(self) -> bool:
        """Whether Sentry orders the release by its version, and can store the numbers for that."""
        return self.numbers is not None and max(self.numbers) <= _MAX_NUMBER

    def describe(self) -> str:
        """How Sentry reads the name, for people."""
        if self.is_hash:
            return "taken for a commit, so not ordered by version"
        if self.package is None:
            return "no package before an @, so not ordered by version"
        if not self.is_ordered:
            return f"version {self.version!r} is not like MAJOR.MINOR.PATCH, so not ordered by it"
        kind = f"prerelease {self.prerelease}" if self.prerelease else "final"
        build = f", build {self.build}" if self.build else ""
        return f"package {self.package}, version {self.version.partition('+')[0]}, {kind}{build}"


def parse_release_name(name: str) -> ParsedRelease:
    """Read a name as Sentry does; every name has a reading, and one that is too long no version."""
    name = name.strip()
    packaged = _PACKAGED.fullmatch(name)
    package, version = (packaged[1], packaged[2]) if packaged else (None, name)
    is_hash = bool(_HASH.fullmatch(version)) and len(version) in _HASH_LENGTHS
    match = _VERSION.fullmatch(version) if len(name) <= RELEASE_LIMIT else None
    if match is None or is_hash or package is None:
        return ParsedRelease(package=package, version=version, is_hash=is_hash)
    numbers = [int(match[part] or 0) for part in ("major", "minor", "patch", "revision")]
    return ParsedRelease(
        package=package,
        version=version,
        numbers=(numbers[0], numbers[1], numbers[2], numbers[3]),
        prerelease=(match["pre"] or "").removeprefix("-") or None,
        build=match["build"],
    )
