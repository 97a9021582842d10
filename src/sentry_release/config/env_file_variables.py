"""Which variables of a .env file count; none of them chooses the server of another token."""

import re
from collections.abc import Mapping

from sentry_release.config.input_table import INPUTS, inputs_of
from sentry_release.config.inputs import Command
from sentry_release.config.sentry_server import choose_server, is_unencrypted, parse_token
from sentry_release.errors import WorkflowError

_TOKEN, _URL = "SENTRY_AUTH_TOKEN", "SENTRY_URL"
_KNOWN = tuple(
    row.variable for row in INPUTS.values() if row.variable and row.variable.startswith("SENTRY_")
)
_LOGIN = re.compile(r"(?<=://)[^/?#\s]*@")
_MAX_SHOWN = 80  # characters of a URL


def select_env_file_variables(
    environ: Mapping[str, str], found: Mapping[str, str | None], command: Command
) -> Mapping[str, str]:
    """
    Return the variables of the file that the run uses; existing ones take precedence.

    The file is one of the repository, so whoever may change that could choose where a secret goes.
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
    if url is None or "auth-token" not in inputs_of(command):
        return own if _TOKEN in own else _without_url(own)
    token = _read(environ, _TOKEN)
    if _TOKEN not in own and token and url.rstrip("/") != choose_server(None, parse_token(token)):
        raise _foreign_server_error(url)
    if _TOKEN in own and is_unencrypted(url):
        raise _unencrypted_server_error(url)
    return own if _TOKEN in own else _without_url(own)


def _is_set(environ: Mapping[str, str], variable: str) -> bool:
    return bool(_read(environ, variable))


def _read(environ: Mapping[str, str], variable: str) -> str:
    """Return the input of the variable, else the variable, trimmed."""
    name = next(name for name, row in INPUTS.items() if row.variable == variable)
    return environ.get(f"INPUT_{name.upper()}", "").strip() or environ.get(variable, "").strip()


def _without_url(own: Mapping[str, str]) -> Mapping[str, str]:
    return {key: value for key, value in own.items() if key != _URL}


def _shown(url: str) -> str:
    return repr(_LOGIN.sub("…@", url)[:_MAX_SHOWN])


def _foreign_server_error(url: str) -> WorkflowError:
    return WorkflowError(
        f"The .env file sets SENTRY_URL to {_shown(url)}, but does not contain the token.",
        reason="A file of the repository must not choose the server that gets a token from "
        "elsewhere.",
        hint="Set `url` (or the variable `SENTRY_URL`) where the token is set.",
    )


def _unencrypted_server_error(url: str) -> WorkflowError:
    return WorkflowError(
        f"The .env file sets SENTRY_URL to {_shown(url)}, a server without TLS.",
        reason="The token would be sent unencrypted.",
        hint="Use https, or set `url` (or the variable `SENTRY_URL`) where the token is set.",
    )
