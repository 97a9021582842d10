"""Variables of a .env file; existing variables take precedence."""

from collections.abc import Mapping
from pathlib import PurePosixPath

from sentry_release.adapters.safe_paths import find_workspace_root
from sentry_release.adapters.workspace import Workspace
from sentry_release.ci.provider_run import is_ci_host
from sentry_release.config.env_file_variables import select_env_file_variables
from sentry_release.config.inputs import Command
from sentry_release.errors import WorkflowError

_SIZE_LIMIT = 1024 * 1024  # bytes


def add_env_file(environ: Mapping[str, str], command: Command) -> Mapping[str, str]:
    """
    Return the environment with the variables of the input `env-file` added that count.

    On a developer's machine a file `.env` is read without the input, as developers expect; on a
    CI host it is not, because it is a file of the repository.

    Raises:
        WorkflowError: The file of `env-file` does not exist, is outside the workspace, or chooses
            the server of a token that it does not contain.
        ProjectError: The file cannot be read.
    """
    path = environ.get("INPUT_ENV-FILE", "").strip()
    if not path and is_ci_host(environ):
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
    if text is None:
        return environ
    return {**environ, **select_env_file_variables(environ, _parse(text), command)}


def _parse(text: str) -> Mapping[str, str | None]:
    from io import StringIO

    from dotenv import dotenv_values

    return dotenv_values(stream=StringIO(text), interpolate=False)
