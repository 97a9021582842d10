"""Parse a version, name its tags and its branch, and compare it with other versions."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from shipping.problem import ReleaseError

_NUMBER = "(0|[1-9][0-9]{0,8})"
_VERSION = re.compile(rf"{_NUMBER}\.{_NUMBER}\.{_NUMBER}(?:-rc\.{_NUMBER})?")
_LAST = 10**9  # above every number of a release candidate


@dataclass(frozen=True, slots=True, order=True)
class Version:
    """A semantic version; `candidate` is the N of -rc.N, and a release sorts after its candidates."""

    major: int
    minor: int
    patch: int
    candidate: int = _LAST

    @classmethod
    def parse(cls, text: str) -> Self:
        """
        Parse a version.

        Raises:
            ReleaseError: It is not a version, or has a pre-release other than -rc.N.
        """
        found = _VERSION.fullmatch(text)
        if found is None:
            raise ReleaseError(
                f"{text!r} is not a valid version.",
                reason="Versions are MAJOR.MINOR.PATCH or MAJOR.MINOR.PATCH-rc.N.",
                hint="For example: make release VERSION=1.2.3",
            )
        return cls(*(int(number) for number in found.groups() if number is not None))

    def __str__(self) -> str:
        text = f"{self.major}.{self.minor}.{self.patch}"
        return f"{text}-rc.{self.candidate}" if self.is_prerelease else text

    @property
    def is_prerelease(self) -> bool:
        """Whether this is a release candidate."""
        return self.candidate != _LAST

    @property
    def tag(self) -> str:
        """The tag for users, which the workflow creates and which never moves."""
        return f"v{self}"

    @property
    def proposal(self) -> str:
        """The tag that proposes the release, created by `make release`."""
        return f"candidate/{self}"

    @property
    def branch(self) -> str:
        """The branch with the commit of the release."""
        return f"release/{self}"

    @property
    def moving_tag(self) -> str:
        """The tag of the latest version with this major number."""
        return f"v{self.major}"


def proposed(ref_name: str) -> Version:
    """
    Return the version that a tag proposes.

    Raises:
        ReleaseError: The tag is not a proposal.
    """
    kind, _, version = ref_name.partition("/")
    if kind != "candidate":
        raise ReleaseError(
            f"{ref_name!r} does not propose a release.",
            reason="Such a tag is named candidate/VERSION.",
            hint="Create it with: make release VERSION=1.2.3",
        )
    return Version.parse(version)


def released(tags: Iterable[str]) -> tuple[Version, ...]:
    """Return the versions among tags in ascending order; other tags are ignored."""
    texts = (tag.removeprefix("v") for tag in tags if tag.startswith("v"))
    return tuple(sorted(Version.parse(text) for text in texts if _VERSION.fullmatch(text)))


def moves(version: Version, others: Iterable[Version]) -> bool:
    """Return whether the moving tag goes to this version: the latest of its major, not a candidate."""
    releases = [one for one in others if one.major == version.major and not one.is_prerelease]
    return not version.is_prerelease and all(version >= other for other in releases)


def is_latest(version: Version, others: Iterable[Version]) -> bool:
    """Return whether this is the latest version of all, and not a candidate."""
    releases = [one for one in others if not one.is_prerelease]
    return not version.is_prerelease and all(version >= other for other in releases)
