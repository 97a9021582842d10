"""Decides whether `melos exec` with filters such as `--scope` runs in the app's package."""

import re
from fnmatch import fnmatchcase

_EXEC = re.compile(r"\bmelos\s+(?:--?\S+\s+){0,20}exec\b(?P<options>(?:(?!\s--\s).){0,2000})")
_SCOPE = re.compile(r"--scope[= ][\"']?(?P<name>[\w.*?{},-]+)")
_IGNORE = re.compile(r"--ignore[= ][\"']?(?P<name>[\w.*?{},-]+)")


def runs_in_packages(command: str) -> bool:
    """Return whether a command is `melos exec`, which changes into each package itself."""
    return "melos" in command and _EXEC.search(command) is not None


def selects_package(command: str, name: str | None) -> bool:
    """
    Return whether a command runs in a package; only filters of `melos exec` can exclude it.

    >>> selects_package('melos exec --scope="other" -- flutter build apk', "shop")
    False

    Source: https://melos.invertase.dev/commands/exec and https://melos.invertase.dev/filters
    """
    found = _EXEC.search(command) if name and "melos" in command else None
    return found is None or selects_by_names(
        name,
        [one["name"] for one in _SCOPE.finditer(found["options"])],
        [one["name"] for one in _IGNORE.finditer(found["options"])],
    )


def selects_by_names(name: str | None, scopes: list[str], ignored: list[str]) -> bool:
    """Return whether filters select a package; patterns with `{}` are not evaluated."""
    if name is None:
        return True
    known = [one for one in scopes if "{" not in one]
    if scopes and len(known) == len(scopes) and not any(fnmatchcase(name, one) for one in known):
        return False
    return not any(fnmatchcase(name, one) for one in ignored)
