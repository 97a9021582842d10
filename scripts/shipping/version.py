"""1.2.3 -> its tags, its branch, and how it stands to other versions."""

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
    """A semantic version; `candidate` is the N of -rc.N, and the release itself comes after all."""

    major: int
    minor: int
    patch: int
    candidate: int = _LAST

    @classmethod
    def parse(cls, text: str) -> Self:
        """
        The version that a text is.

        Raises:
            ShippingError: It is none, or has a pre-release other than -rc.N.
        """
        found = _VERSION.fullmatch(text)
        if found is None:
            raise ReleaseError(
                f"{text!r} is not a version we release.",
                reason="Versions are MAJOR.MINOR.PATCH, or MAJOR.MINOR.PATCH-rc.N before that.",
                hint="For example: make release VERSION=1.2.3",
            )
        return cls(*(int(number) for number in found.groups() if number is not None))

    def __str__(self) -> str:
        text = f"{self.major}.{self.minor}.{self.patch}"
        return f"{text}-rc.{self.candidate}" if self.is_prerelease else text

    @property
    def is_prerelease(self) -> bool:
        """Whether it is for those who try things out."""
        return self.candidate != _LAST

    @property
    def tag(self) -> str:
        """The tag that users may name; the workflow makes it, and it never moves."""
        return f"v{self}"

    @property
    def proposal(self) -> str:
        """The tag that asks for the release; a person makes it."""
        return f"candidate/{self}"

    @property
    def branch(self) -> str:
        """The branch that carries the commit of the release."""
        return f"release/{self}"

    @property
    def moving_tag(self) -> str:
        """The tag of the newest version with this major number."""
        return f"v{self.major}"


def proposed(ref_name: str) -> Version:
    """
    The version that a tag asks for.

    Raises:
        ShippingError: The tag is no proposal.
    """
    kind, _, version = ref_name.partition("/")
    if kind != "candidate":
        raise ReleaseError(
            f"{ref_name!r} asks for no release.",
            reason="The tags that do are named candidate/VERSION.",
            hint="Let the one command make it: make release VERSION=1.2.3",
        )
    return Version.parse(version)


def released(tags: Iterable[str]) -> tuple[Version, ...]:
    """The versions among tags, the newest last; all other tags are passed over."""
    texts = (tag.removeprefix("v") for tag in tags if tag.startswith("v"))
    return tuple(sorted(Version.parse(text) for text in texts if _VERSION.fullmatch(text)))


def moves(version: Version, others: Iterable[Version]) -> bool:
    """Whether the moving tag goes to this version: the newest of its major, and no candidate."""
    competing_jobs = [one for one in others if one.major == version.major and not one.is_prerelease]
    return not version.is_prerelease and all(
        version >= competing_job for competing_job in competing_jobs
    )


def is_latest(version: Version, others: Iterable[Version]) -> bool:
    """Whether it is the newest version of all, and no candidate."""
    competing_jobs = [one for one in others if not one.is_prerelease]
    return not version.is_prerelease and all(
        version >= competing_job for competing_job in competing_jobs
    )
