"""
Variables that count as unset: those that earlier steps exported, and some of a .env file.

Step one of a job exports SENTRY_RELEASE for the steps after it. A second step for a second
app must not use that as its own name; a later action `deploy` for the same app must.
See docs/adr/0006-exported-release.md.
"""

import json
from collections.abc import Mapping
from pathlib import PurePosixPath

from sentry_release.config.input_reader import hide_login
from sentry_release.config.input_table import INPUTS, list_inputs
from sentry_release.config.inputs import Command
from sentry_release.config.sentry_server import choose_server, is_unencrypted, parse_token
from sentry_release.errors import WorkflowError

EXPORTED_VARIABLES = ("SENTRY_RELEASE", "SENTRY_DIST", "SENTRY_ENVIRONMENT")
EXPORT_MARKER = "SENTRY_RELEASE_EXPORTED"
"""The variable with the exported values, and the `working-directory` that they are for."""
_TOKEN, _URL = "SENTRY_AUTH_TOKEN", "SENTRY_URL"
_KNOWN = tuple(
    row.variable for row in INPUTS.values() if row.variable and row.variable.startswith("SENTRY_")
)


def ignore_own_exports(environ: Mapping[str, str], *, naming: bool) -> dict[str, str]:
    """
    Return the environment without exports of earlier steps, unless they are for this app.

    A variable that has another value since then was set by the user, and counts.

    Args:
        environ: The process environment.
        naming: Whether this step names the release, and so must ignore all earlier exports.
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
    """Return the text of EXPORT_MARKER: the exports of earlier steps, and these values for this app."""
    now = {key: (_normalize_folder(str(directory)), value) for key, value in values.items()}
    return json.dumps({**_parse_export_marker(before), **now}, sort_keys=True)


def find_exported_variable(
    exported_env: str | None, directory: PurePosixPath, name: str
) -> str | None:
    """
    Return the value that the last step of the job has exported for the builds of this app.

    Args:
        exported_env: The text of the variable EXPORT_MARKER; None if no step exported anything.
        directory: The `working-directory` of the app.
        name: One of EXPORTED_VARIABLES.
    """
    folder, value = _parse_export_marker(exported_env).get(name, (None, None))
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
        return {}  # no earlier step wrote it


def _normalize_folder(text: str) -> str:
    return str(PurePosixPath(text.replace("\\", "/") or "."))


def select_env_file_variables(
    environ: Mapping[str, str], found: Mapping[str, str | None], command: Command
) -> Mapping[str, str]:
    """
    Return the variables of the file that the run uses; existing ones take precedence.

    The file is one of the repository, so anyone who may change it could choose where a secret is sent.
    Its SENTRY_URL counts only if its SENTRY_AUTH_TOKEN does, and not without TLS.

    Args:
        environ: The process environment with the inputs.
        found: The variables of the file.
        command: The command to run; those that send nothing ignore a SENTRY_URL without a token.

    Raises:
        WorkflowError: The file names another server for a token that it does not contain, or one
            without TLS that is not this machine.
    """
    own = {
        key: value
        for key in _KNOWN
        if (value := (found.get(key) or "").strip()) and not _is_set(environ, key)
    }
    url = own.get(_URL)
    if url is None or "auth-token" not in list_inputs(command):
        return own if _TOKEN in own else _remove_url(own)
    token = _read(environ, _TOKEN)
    if _TOKEN not in own and token and url.rstrip("/") != choose_server(None, parse_token(token)):
        raise _build_foreign_server_error(url)
    if _TOKEN in own and is_unencrypted(url):
        raise _build_unencrypted_error(url)
    return own if _TOKEN in own else _remove_url(own)


def _is_set(environ: Mapping[str, str], variable: str) -> bool:
    return bool(_read(environ, variable))


def _read(environ: Mapping[str, str], variable: str) -> str:
    """Return the input of the variable, else the variable, trimmed."""
    name = next(name for name, row in INPUTS.items() if row.variable == variable)
    return environ.get(f"INPUT_{name.upper()}", "").strip() or environ.get(variable, "").strip()


def _remove_url(own: Mapping[str, str]) -> Mapping[str, str]:
    return {key: value for key, value in own.items() if key != _URL}


def _shorten_url(url: str) -> str:
    return repr(hide_login(url)[:80])


def _build_foreign_server_error(url: str) -> WorkflowError:
    return WorkflowError(
        f"The .env file sets SENTRY_URL to {_shorten_url(url)}, but does not contain the token.",
        reason="A file of the repository must not choose the server that gets a token from "
        "elsewhere.",
        hint="Set `url` (or the variable `SENTRY_URL`) where the token is set.",
    )


def _build_unencrypted_error(url: str) -> WorkflowError:
    return WorkflowError(
        f"The .env file sets SENTRY_URL to {_shorten_url(url)}, a server without TLS.",
        reason="The token would be sent unencrypted.",
        hint="Use https, or set `url` (or the variable `SENTRY_URL`) where the token is set.",
    )
