"""Two versions of a package -> which is older."""

from sentry_release.facts.doctor.subject import Resolved


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
    import semver  # noqa: PLC0415 - slow to import, rarely needed

    try:
        return semver.Version.parse(version or "") < semver.Version.parse(than)
    except ValueError:
        return False
