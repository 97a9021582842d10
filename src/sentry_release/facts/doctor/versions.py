"""Two versions of a package -> which is older."""

import re

from sentry_release.facts.doctor.subject import Resolved

# By hand, since whole libraries for it take longer to import than all rules to ask.
_VERSION = re.compile(
    r"(?P<numbers>[0-9]{1,9}\.[0-9]{1,9}\.[0-9]{1,9})"
    r"(?:-(?P<before>[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?"
    r"(?:\+[0-9A-Za-z.-]+)?"
)


def is_older(resolved: Resolved | None, than: str) -> bool:
    """
    Whether a package is known to be older; what cannot be compared is not.

    Of a version that is only the lowest allowed, pub would take a newer one: it does not count.
    """
    return resolved is not None and resolved.exact and precedes(resolved.version, than)


def precedes(version: str | None, than: str) -> bool:
    """
    Whether a version comes before another; what is none does not.

    Source: https://semver.org/#spec-item-11, which pub follows save for the build
    """
    one, other = _VERSION.fullmatch(version or ""), _VERSION.fullmatch(than)
    return one is not None and other is not None and _precedence(one) < _precedence(other)


def _precedence(version: re.Match[str]) -> tuple[list[int], bool, list[tuple[bool, int, str]]]:
    """What orders versions: numbers come before words, a prerelease before its release."""
    numbers = [int(one) for one in version["numbers"].split(".")]
    words = version["before"].split(".") if version["before"] else []
    parts = [(not one.isdigit(), len(one) * one.isdigit(), one) for one in words]
    return numbers, not words, parts
