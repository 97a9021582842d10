"""An absolute `working-directory` that a developer types -> the same, relative to the workspace."""

from collections.abc import Mapping
from pathlib import Path

from sentry_release.adapters.safe_paths import find_workspace_root

_INPUT = "INPUT_WORKING-DIRECTORY"


def with_relative_directory(environ: Mapping[str, str]) -> Mapping[str, str]:
    """
    Return the inputs with a path relative to the current folder, if the given one lies inside.

    In a workflow the paths of the host and of a container differ, so there it stays as it is.
    """
    values = Path(environ.get(_INPUT, "").strip())
    if environ.get("GITHUB_ACTIONS") == "true" or not values.is_absolute():
        return environ
    root = find_workspace_root(environ)
    for folder in (root.absolute(), root.resolve()):
        if values.is_relative_to(folder):
            return {**environ, _INPUT: values.relative_to(folder).as_posix()}
    return environ
