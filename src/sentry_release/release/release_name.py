"""Build a release name from the inputs and pubspec.yaml; parse and order names as Sentry does."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from sentry_release.ci.context import Context
from sentry_release.config.config import Config
from sentry_release.errors import ActionError, ProjectError, WorkflowError
from sentry_release.flutter.pubspec import Pubspec
from sentry_release.model.platform import Platform
from sentry_release.model.release import (
    RELEASE_LIMIT,
    Release,
    find_dist_name_error,
    find_release_name_error,
)

if TYPE_CHECKING:
    from semver import Version

DEFAULT_TEMPLATE = "{{ package }}@{{ version }}{{ '+' ~ build if build }}"
SDK_DEFAULT = "sdk-default"
_PLATFORMS = (*(platform.value for platform in Platform), "apk", "aab", "ipa")
_WORDS = ("release", "releases", "version", "hotfix", "prod", "production")
"""Words before the version in a tag that say nothing about which app it is for."""
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
        version = parse_tag_version(tag)
        if version is None or (own is not None and not version.compare(own) < 0):
            continue
        if version.prerelease and not (own and own.prerelease):
            continue
        earlier.append((version, tag))
    return tuple(tag for _, tag in sorted(earlier, key=lambda pair: pair[0], reverse=True))


def explain_tag_mismatch(tag: str | None, package: str | None, version: str | None) -> str | None:
    """
    Return the mismatch as a sentence; None if they agree, or the tag is not about this app.

    A tag is about the app as `1.4.0` or `v1.4.0`, also after the name of the package, a platform
    or a word such as `release`, as in `shop-v1.4.0` and `release/ios/1.4.0`; with any other name
    it is about another app of the repository. A platform or the package after the version, as in
    `v1.4.0-ios`, is not a prerelease. The build number is ignored, since tags seldom contain it.
    """
    names = _join_names(package, *_WORDS)
    own = re.match(rf"(?:(?:{names})[-_@/]){{0,3}}v?(?=[0-9])", tag or "", re.IGNORECASE)
    if tag is None or own is None:
        return None
    tagged, app_version = (
        parse_tag_version(_strip_suffix(tag, package)),
        parse_tag_version(version or ""),
    )
    if tagged is None or app_version is None or tagged.compare(app_version) == 0:
        return None
    return f"The tag {tag!r} is for version {tagged}, but the app has version {app_version}."


def _strip_suffix(tag: str, package: str | None) -> str:
    return re.sub(rf"[-_@/](?:{_join_names(package)})$", "", tag, flags=re.IGNORECASE)


def _join_names(package: str | None, *more: str) -> str:
    """Return a pattern of the platforms, the package in either spelling, and further words."""
    names = [re.escape(one) for one in (*_PLATFORMS, *more)]
    own = [re.escape(package).replace("_", "[-_]")] if package else []
    return "|".join([*own, *names])


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


def build_named_release(name: str) -> Release:
    """Return the release of that name, with the version in it; the rest is unknown."""
    return Release(name=name, version=parse_release_name(name).version)


class NameSource(StrEnum):
    """The source of a release name."""

    PUBSPEC = "pubspec"
    TEMPLATE = "template"
    SDK_DEFAULT = "sdk-default"
    INPUT = "input"


@dataclass(frozen=True, slots=True, kw_only=True)
class NameParts:
    """The parts of names; `version` and `build` are those that `flutter build` gets."""

    package: str | None = None
    version: str | None = None
    build: str | None = None


def find_name_parts(config: Config, pubspec: Pubspec | None) -> NameParts:
    """
    Return the parts of pubspec.yaml, with `build-name` and `build-number` as overrides.

    Each of the two overrides its own half, as the flags of `flutter build` do.
    Source: flutter_tools, lib/src/build_info.dart
    """
    if pubspec is None:
        return NameParts(version=config.build_name, build=config.build_number)
    return NameParts(
        package=pubspec.name,
        version=config.build_name or pubspec.build_name,
        build=config.build_number or pubspec.build_number,
    )


def find_name_source(config: Config) -> NameSource:
    """Return the source of the name."""
    if config.release is None:
        return NameSource.PUBSPEC
    if config.release == SDK_DEFAULT:
        return NameSource.SDK_DEFAULT
    is_template = "{{" in config.release or "{%" in config.release
    return NameSource.TEMPLATE if is_template else NameSource.INPUT


def build_template_variables(
    parts: NameParts, context: Context, environment: str | None
) -> dict[str, str | None]:
    """Return the variables of a `release` template."""
    return {
        "package": parts.package,
        "version": parts.version,
        "build": parts.build,
        "environment": environment,
        "sha": context.commit,
        "short_sha": context.commit[:7] if context.commit else None,
        "tag": context.tag,
        "branch": context.branch,
        "run_number": context.run_number,
        "run_attempt": str(context.run_attempt),
    }


def build_default_name(parts: NameParts) -> str:
    """
    Return package@version+build: the result of DEFAULT_TEMPLATE, without a template engine.

    Raises:
        ProjectError: Neither pubspec.yaml nor `build-name` has the version.
    """
    if parts.version is None:
        raise ProjectError(
            "pubspec.yaml has no `version`.",
            reason="The release name is package@version+build.",
            hint="Add a line such as `version: 1.4.0+27`, or set the input `build-name`.",
        )
    return f"{parts.package}@{parts.version}" + (f"+{parts.build}" if parts.build else "")


def validate_release(name: str, parts: NameParts, config: Config) -> Release:
    """
    Return the release with this name, after validation.

    Raises:
        WorkflowError, ProjectError: Sentry would reject the name or the dist. It is a
            WorkflowError if the name comes from the input `release`.
    """
    if problem := find_release_name_error(name):
        raise _build_name_error(name, problem, config)
    dist = config.dist or parts.build
    if dist and (problem := find_dist_name_error(dist)):
        raise WorkflowError(
            f"The dist {dist[:80]!r} {problem}.",
            reason="It is the build number, because `dist` is empty.",
            hint="Set the input `dist` to letters, digits, `_`, `.` and `-`.",
        )
    return Release(
        name=name, package=parts.package, version=parts.version, build=parts.build, dist=dist
    )


def _build_name_error(name: str, problem: str, config: Config) -> ActionError:
    message = f"The release name {name[:80]!r} {problem}."
    if config.release is not None:
        return WorkflowError(
            message,
            reason=f"It comes from the input `release`: {config.release[:80]!r}.",
            hint="Change that input, for example to `shop@1.4.0+27`.",
        )
    if config.build_name or config.build_number:
        return WorkflowError(
            message,
            reason="It comes from pubspec.yaml, `build-name` and `build-number`.",
            hint="Change those, or set the input `release`.",
        )
    return ProjectError(
        message,
        reason="It comes from `name` and `version` of pubspec.yaml.",
        hint="Change those, or set the input `release`.",
    )
