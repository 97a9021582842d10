"""
Environment -> the environment without what an earlier step of ours exported for another app.

Step one of a job exports SENTRY_RELEASE for the steps after it. A second step for a second
app must not take that for its own name; a later `phase: deploy` of the same app should.
"""

from collections.abc import Mapping
from pathlib import PurePosixPath

OWN_WORDS = ("SENTRY_RELEASE", "SENTRY_DIST", "SENTRY_ENVIRONMENT")
EXPORTED_FOR = "SENTRY_RELEASE_EXPORTED_FOR"
"""The variable that says for which `working-directory` the three were exported."""


def without_own_words(environ: Mapping[str, str], *, naming: bool) -> dict[str, str]:
    """
    Leave out what we exported ourselves, unless it speaks of this very app.

    Args:
        environ: The process environment.
        naming: Whether this step computes the name anew, and so must not read its own echo.
    """
    exported_for = environ.get(EXPORTED_FOR)
    directory = environ.get("INPUT_WORKING-DIRECTORY", "").strip() or "."
    same = exported_for == str(PurePosixPath(directory.replace("\\", "/")))
    if exported_for is None or (same and not naming):
        return dict(environ)
    return {key: value for key, value in environ.items() if key not in OWN_WORDS}
