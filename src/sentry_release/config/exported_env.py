"""
Ignore variables in the environment that an earlier step of this action exported.

Step one of a job exports SENTRY_RELEASE for the steps after it. A second step for a second
app must not take that for its own name; a later `phase: deploy` of the same app should.
See docs/adr/0006-exported-release.md.
"""

import json
from collections.abc import Mapping
from pathlib import PurePosixPath

EXPORTED_VARIABLES = ("SENTRY_RELEASE", "SENTRY_DIST", "SENTRY_ENVIRONMENT")
EXPORT_MARKER = "SENTRY_RELEASE_EXPORTED"
"""The variable that says which values we exported, and for which `working-directory`."""


def ignore_own_exports(environ: Mapping[str, str], *, naming: bool) -> dict[str, str]:
    """
    Leave out what we exported ourselves, unless it speaks of this very app.

    What was set to another value since then was set by the user, and counts.

    Args:
        environ: The process environment.
        naming: Whether this step computes the name itself, and so must ignore what it exported before.
    """
    directory = _normalize_folder(environ.get("INPUT_WORKING-DIRECTORY", "").strip())
    echoes = {
        key
        for key, (folder, value) in _parse_export_marker(environ.get(EXPORT_MARKER)).items()
        if environ.get(key) == value and (naming or folder != directory)
    }
    return {key: value for key, value in environ.items() if key not in echoes}


def build_export_marker(
    before: str | None, directory: PurePosixPath, values: Mapping[str, str]
) -> str:
    """Return the text of EXPORTED: the exports of earlier steps, and these values for this app."""
    now = {key: (_normalize_folder(str(directory)), value) for key, value in values.items()}
    return json.dumps({**_parse_export_marker(before), **now}, sort_keys=True)


def find_exported_environment(exported_env: str | None, directory: PurePosixPath) -> str | None:
    """
    Return the environment that an earlier step of the job passed to the builds of this app.

    Args:
        exported_env: The text of the variable EXPORT_MARKER; None if no step exported anything.
        directory: The `working-directory` of the app.
    """
    folder, value = _parse_export_marker(exported_env).get("SENTRY_ENVIRONMENT", (None, None))
    return value if folder == _normalize_folder(str(directory)) else None


def _parse_export_marker(text: str | None) -> Mapping[str, tuple[str, str]]:
    try:
        found = json.loads(text or "{}")
        return {
            key: (str(found[key][0]), str(found[key][1]))
            for key in EXPORTED_VARIABLES
            if key in found
        }
    except (ValueError, TypeError, KeyError, IndexError, RecursionError):
        return {}  # whatever it is, we did not write it


def _normalize_folder(text: str) -> str:
    return str(PurePosixPath(text.replace("\\", "/") or "."))
