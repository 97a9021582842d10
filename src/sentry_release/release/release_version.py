"""Parse release names as Sentry does, order versions, compare a tag with the version."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sentry_release.model.platform import Platform
from sentry_release.model.sentry_names import RELEASE_LIMIT

if TYPE_CHECKING:
    from semver import Version


def parse_tag_version(text: str) -> "Version | None":
    """
    Return the version in a tag such as `v1.2.3`, `shop-v1.2.3` or `shop@1.2.3`, or None.

    >>> str(parse_tag_version("v1.2.3-beta.1+4"))
    '1.2.3-beta.1+4'
    >>> parse_tag_version("nightly")
    """
    from semver import Version

    found = re.search(r"(?:^|[^0-9A-Za-z]|(?<=[^0-9A-Za-z])v|^v)(\d+\.\d+\.\d+\S*)$", text)
    if found is None or not Version.is_valid(found[1]):
        return None
    return Version.parse(found[1])


def list_older_tags(tags: Iterable[str], current: str | None) -> tuple[str, ...]:
    """
    Return the tags whose version is lower than `current`, highest first.

    For a final version, prereleases are skipped; the order ignores build numbers.
    Source: https://semver.org/#spec-item-11
    """
    own = parse_tag_version(current) if current else None
    earlier = []
    for tag in tags:
        other_values = parse_tag_version(tag)
        if other_values is None or (own is not None and not other_values.compare(own) < 0):
            continue
        if other_values.prerelease and not (own and own.prerelease):
            continue
        earlier.append((other_values, tag))
    return tuple(tag for _, tag in sorted(earlier, key=lambda pair: pair[0], reverse=True))


_PLATFORMS = (*(platform.value for platform in Platform), "apk", "aab", "ipa")


def explain_tag_mismatch(tag: str | None, package: str | None, version: str | None) -> str | None:
    """
    Return the mismatch as a sentence; None if they agree, or the tag is not about this app.

    A tag is about the app as `1.4.0` or `v1.4.0`, also after the name of the package, as in
    `shop-v1.4.0`; with any other name it is about another app of the repository. A platform or
    the package after the version, as in `v1.4.0-ios`, is not a prerelease. The build number is
    ignored, since tags seldom contain it.
    """
    own = re.match(rf"(?:{re.escape(package or '')}[-_@/])?v?(?=[0-9])", tag or "")
    if tag is None or own is None:
        return None
    tagged, own_values = (
        parse_tag_version(_without_suffix(tag, package)),
        parse_tag_version(version or ""),
    )
    if tagged is None or own_values is None or tagged.compare(own_values) == 0:
        return None
    return f"The tag {tag!r} is for version {tagged}, but the app has version {own_values}."


def _without_suffix(tag: str, package: str | None) -> str:
    names = "|".join(map(re.escape, [*_PLATFORMS, *([package] if package else [])]))
    return re.sub(rf"[-_@/](?:{names})$", "", tag, flags=re.IGNORECASE)


_PACKAGED = re.compile(r"(@?[^@]+)@(.+)", re.DOTALL)
_VERSION = re.compile(
    # A letter may start a prerelease only after a minor: 1.0a1 is a version, 1a1 is not.
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
    A release name as Sentry parses it.

    `version` is the text after the package; `numbers` are major, minor, patch and revision if
    the version is like a semantic one; `is_hash` is whether Sentry treats it as a commit.
    Spaces around a name are ignored.
    """

    package: str | None
    version: str
    numbers: tuple[int, int, int, int] | None = None
    prerelease: str | None = None
    build: str | None = None
    is_hash: bool = False

    @property
    def is_ordered(self) -> bool:
        """Return whether Sentry sorts the release by its version, and can store its numbers."""
        return self.numbers is not None and max(self.numbers) <= _MAX_NUMBER

    def describe(self) -> str:
        """Return how Sentry reads the name, as text for a message."""
        if self.is_hash:
            return "a commit, so not sorted by version"
        if self.package is None:
            return "no package before an @, so not sorted by version"
        if not self.is_ordered:
            return f"version {self.version!r} is not like MAJOR.MINOR.PATCH, so not sorted by it"
        kind = f"prerelease {self.prerelease}" if self.prerelease else "final"
        build = f", build {self.build}" if self.build else ""
        return f"package {self.package}, version {self.version.partition('+')[0]}, {kind}{build}"


def parse_release_name(name: str) -> ParsedRelease:
    """Parse a name as Sentry does; every name parses, one that is too long without a version."""
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
