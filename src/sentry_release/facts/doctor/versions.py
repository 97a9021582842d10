"""Two versions of a package -> which is older."""

from sentry_release.facts.doctor.subject import ResolvedVersion


def is_older(resolved: ResolvedVersion | None, than: str) -> bool:
    """
    Whether a package is known to be older; what cannot be compared is not.

    Without a lock pub takes the newest that the constraint allows: then its upper bound counts.
    """
    if resolved is None:
        return False
    if not resolved.exact:
        return resolved.below is not None and not is_lower_version(than, f"{resolved.below}-0")
    return is_lower_version(resolved.version, than)


def is_lower_version(version: str | None, than: str) -> bool:
    """
    Whether a version comes before another; what is none does not.

    Source: https://semver.org/#spec-item-11, which pub follows save for the build
    """
    import semver  # noqa: PLC0415 - slow to import, rarely needed

    try:
        return semver.Version.parse(version or "") < semver.Version.parse(than)
    except ValueError:
        return False


def describe_version(package: str, resolved: ResolvedVersion | None) -> str:
    """
    Return a sentence on the version of a package, as far as it is known.

    >>> describe_version("a", ResolvedVersion(version="8.1.0", exact=False, below="9.0.0"))
    'a is 8.1.0 or newer, and older than 9.0.0.'
    """
    if resolved is None or resolved.version is None:
        return f"The version of {package} is not known."
    if resolved.exact:
        return f"{package} is {resolved.version}."
    if resolved.below is None:
        return f"{package} is {resolved.version} or newer; there is no pubspec.lock."
    return f"{package} is {resolved.version} or newer, and older than {resolved.below}."
