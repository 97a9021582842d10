"""Read the notes of a version in CHANGELOG.md, and date its section."""

import re
from datetime import date

from shipping.problem import ReleaseError
from shipping.version import Version

_UNRELEASED = "## Unreleased\n"
_HEADING = re.compile(r"^## ", re.MULTILINE)
_BULLET = re.compile(r"^[-*] \S", re.MULTILINE)


def with_release(changelog: str, version: Version, day: date) -> str:
    """
    Return the changelog with everything unreleased moved under the version and its date.

    Raises:
        ReleaseError: Nothing is unreleased, or the version has a section already.
    """
    if _begin(changelog, version) is not None:
        raise ReleaseError(
            f"CHANGELOG.md has a section for {version} already.",
            reason="A version can only be released once.",
            hint="Choose the next version.",
        )
    if not is_unreleased(changelog):
        raise ReleaseError(
            "CHANGELOG.md has nothing under `## Unreleased`.",
            reason="The notes of the release on GitHub are taken from there.",
            hint="Describe what users notice, under `### Added`, `### Changed` or `### Fixed`.",
        )
    heading = f"{_UNRELEASED}\n## {version} - {day.isoformat()}\n"
    return changelog.replace(_UNRELEASED, heading, 1)


def notes(changelog: str, version: Version) -> str:
    """
    Return the section of the version, without its heading.

    Raises:
        ReleaseError: The section is missing or empty.
    """
    heading = _begin(changelog, version)
    text = _section(changelog, heading).strip() if heading else ""
    if not _BULLET.search(text):
        raise ReleaseError(
            f"CHANGELOG.md has no notes for {version}.",
            reason="The notes of the release on GitHub are taken from there.",
            hint=f"Propose it with `make release VERSION={version}`, which creates the heading.",
        )
    return f"{text}\n"


def is_unreleased(changelog: str) -> bool:
    """Return whether the changelog has unreleased entries."""
    return bool(_BULLET.search(_section(changelog, _UNRELEASED)))


def _begin(changelog: str, version: Version) -> str | None:
    found = re.search(rf"^## {re.escape(str(version))} - .*\n", changelog, re.MULTILINE)
    return found[0] if found else None


def _section(changelog: str, heading: str) -> str:
    after = changelog.partition(heading)[2]
    return _HEADING.split(after, maxsplit=1)[0]
