"""Turn an absolute `working-directory` into a path relative to the workspace."""

from collections.abc import Mapping
from pathlib import Path

from sentry_release.adapters.safe_paths import find_workspace_root

_INPUT = "INPUT_WORKING-DIRECTORY"


def with_relative_directory(environ: Mapping[str, str]) -> Mapping[str, str]:
    """
    Return the inputs with `working-directory` relative to the workspace, if it is inside.

    In a workflow it stays as it is, since paths of the host and of a container differ.
    """
    path = Path(environ.get(_INPUT, "").strip())
    if environ.get("GITHUB_ACTIONS") == "true" or not path.is_absolute():
        return environ
    root = find_workspace_root(environ)
    for folder in (root.absolute(), root.resolve()):
        if path.is_relative_to(folder):
            return {**environ, _INPUT: path.relative_to(folder).as_posix()}
    return environ
