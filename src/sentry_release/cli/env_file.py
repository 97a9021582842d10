"""Variables of a .env file; existing variables take precedence."""

from collections.abc import Mapping
from pathlib import PurePosixPath

from sentry_release.adapters.safe_paths import find_workspace_root
from sentry_release.adapters.workspace import Workspace
from sentry_release.errors import WorkflowError

_SIZE_LIMIT = 1024 * 1024  # bytes


def add_env_file(environ: Mapping[str, str]) -> Mapping[str, str]:
    """
    Return the environment with the SENTRY_* variables of the input `env-file` added.

    Outside GitHub Actions a file `.env` is read without the input, as developers expect; in a
    workflow it is not, because it is a file of the repository.

    Raises:
        WorkflowError: The file of `env-file` does not exist, or is outside the workspace.
        ProjectError: The file cannot be read.
    """
    path = environ.get("INPUT_ENV-FILE", "").strip()
    if not path and environ.get("GITHUB_ACTIONS") == "true":
        return environ
    workspace = Workspace(root=find_workspace_root(environ))
    if not path and workspace.is_folder(PurePosixPath(".env")):
        return environ
    text = workspace.read_text(PurePosixPath(path or ".env"), limit=_SIZE_LIMIT)
    if text is None and path:
        raise WorkflowError(
            f"File {path[:80]!r} of `env-file` does not exist.",
            reason="The path is relative to the workspace.",
            hint="Correct the path, or put `uses: actions/checkout` before this step.",
        )
    return environ if text is None else _with_variables(environ, text)


def _with_variables(environ: Mapping[str, str], text: str) -> Mapping[str, str]:
    from io import StringIO

    from dotenv import dotenv_values

    found = dotenv_values(stream=StringIO(text), interpolate=False)
    own = {key: value for key, value in found.items() if value and key.startswith("SENTRY_")}
    return {**environ, **{key: own[key] for key in own if not environ.get(key)}}
