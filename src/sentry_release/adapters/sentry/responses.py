"""
What a response of Sentry means: a result, a failed attempt, or an error with a hint.

The texts of the responses are those of a real server, as verified by tests/contract.
"""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import NoneType
from typing import Any

from sentry_release.adapters.http.connection import RequestFailedError, Response
from sentry_release.adapters.sentry.parse import find_error_detail
from sentry_release.errors import ApiError, UnknownRepositoryError
from sentry_release.model.foreign_text import parse_json

_RETRY_LATER = {409, 429}  # refused without an effect
_TOO_SLOW = 408  # proxies send it on idle connections
_REFUSED = 400
_SERVER_FAILED = 500
_PROXY_WANTS_CREDENTIALS = 407
_TUNNEL_REFUSED = "Tunnel connection failed: 407"  # the standard library's message for CONNECT
_SUCCESSES, _REDIRECTS = range(200, 300), range(300, 400)
_FOREIGN = "it answered, but not like Sentry (a login page or proxy?)"
_CONNECTION_CLOSED = (ssl.SSLEOFError, ssl.SSLZeroReturnError, ssl.SSLSyscallError)
_UNKNOWN_REPOSITORIES = "Invalid repository names"
NO_ACCESS = "Insufficient access"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiResponse:
    """A response: status, headers, text, and the body as JSON (None if it is not JSON)."""

    status: int
    headers: Mapping[str, str]
    body: Any
    text: str

    @property
    def is_success(self) -> bool:
        """Return whether the status is 2xx."""
        return self.status in _SUCCESSES


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedAttempt:
    """
    An attempt without a usable response.

    Attributes:
        message: The cause, as the end of a sentence.
        maybe_applied: Whether the request may have taken effect.
        permanent: Whether retries rarely help.
        error: The error to raise instead of ServiceUnavailableError.
        final: Whether to give up at once.
        is_foreign: Whether the response is not Sentry's.
        headers: The headers of the response.
    """

    message: str
    maybe_applied: bool
    permanent: bool = False
    error: ApiError | None = None
    final: bool = False
    is_foreign: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)


def from_exception(error: RequestFailedError, root: str) -> FailedAttempt:
    """Return the failure of a request without a response."""
    if _TUNNEL_REFUSED in str(error.cause):
        return _build_proxy_error(root)
    if error.sent:
        late = isinstance(error.cause, TimeoutError)
        message = "no response in time" if late else f"the connection broke ({_cut(error)})"
        return FailedAttempt(message=message, maybe_applied=True)
    if isinstance(error.cause, ssl.SSLError) and not isinstance(error.cause, _CONNECTION_CLOSED):
        return FailedAttempt(
            message=f"no safe connection ({_cut(error)})", maybe_applied=False, permanent=True
        )
    return FailedAttempt(message=f"no connection ({_cut(error)})", maybe_applied=False)


def _cut(error: Exception) -> str:
    return str(error)[:200]


def from_response(http_response: Response, root: str, shape: type) -> ApiResponse | FailedAttempt:
    """
    Return the response, or a failure if it is unusable or asks for a retry.

    Args:
        http_response: The complete response.
        root: The URL of the server.
        shape: The type of the JSON of a success: dict or list; NoneType for an empty body or
            an object.
    """
    status, headers = http_response.status, http_response.headers
    text = http_response.content.decode("utf-8", "replace")
    if status in _REDIRECTS:
        refusal = _build_redirect_error(root, headers.get("Location", ""))
        return FailedAttempt(
            message="a redirect", maybe_applied=False, permanent=True, error=refusal
        )
    if status == _PROXY_WANTS_CREDENTIALS:
        return _build_proxy_error(root)
    if status in _RETRY_LATER:
        return FailedAttempt(
            message=f"it answered {status}, retry later", maybe_applied=False, headers=headers
        )
    if status >= _SERVER_FAILED or status == _TOO_SLOW:
        return FailedAttempt(message=f"it answered {status}", maybe_applied=True, headers=headers)
    try:
        body = parse_json(text)
    except ValueError:
        body = None
    is_empty = shape is NoneType and not text.strip()
    is_expected = is_empty or isinstance(body, dict if shape is NoneType else shape)
    if status < _REFUSED and not is_expected:
        # Sentry never answers so: it comes from a proxy or login page, or was cut off.
        return FailedAttempt(message=_FOREIGN, maybe_applied=True, is_foreign=True)
    return ApiResponse(status=status, headers=headers, body=body, text=text)


def _build_redirect_error(root: str, location: str) -> ApiError:
    return ApiError(
        f"{root} redirects to {location[:200]!r}.",
        reason="The auth token is for one server, so redirects are not followed.",
        hint="Set `url` to the URL of the Sentry server itself.",
    )


def _build_proxy_error(root: str) -> FailedAttempt:
    refusal = ApiError(
        f"The proxy on the way to {root} requires other credentials.",
        reason="It answered 407 Proxy Authentication Required.",
        hint="Correct the user name and the password in HTTPS_PROXY (or HTTP_PROXY, ALL_PROXY).",
        status=_PROXY_WANTS_CREDENTIALS,
    )
    return FailedAttempt(message="it answered 407", maybe_applied=False, error=refusal, final=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class _KnownError:
    """
    A kind of error response: its status, a text in it, and whether its URL names a release.

    None matches everything. `message` may contain {doing}, {organization}, {projects},
    {one_project} and {release}.
    """

    status: int | None = None
    text: str = ""
    concerns_release: bool | None = None
    message: str
    hint: str


_KNOWN_ERRORS = (
    _KnownError(
        status=401,
        message="Sentry does not accept the auth token.",
        hint="Create a token under Settings > Auth Tokens, and store it as the secret that "
        "`SENTRY_AUTH_TOKEN` is set from.",
    ),
    _KnownError(
        status=403,
        message="The auth token may not {doing}.",
        hint="Use an organization token, which has the scope `org:ci`, or a personal token with the "
        "scope `project:releases`.",
    ),
    _KnownError(
        status=404,
        concerns_release=False,
        message="Organization {organization!r} does not exist, or the token cannot access it.",
        hint="Correct `org` (SENTRY_ORG), the slug in your Sentry URL; with a self-hosted Sentry, "
        "check `url` too.",
    ),
    _KnownError(
        status=404,
        concerns_release=True,
        message="Sentry has no release {release!r} in {organization!r}.",
        hint="Create it with the root action first, with the same name.",
    ),
    _KnownError(
        text=_UNKNOWN_REPOSITORIES,
        message="The repository is not connected in Sentry.",
        hint="Connect it under Settings > Integrations, or copy its name from Settings > "
        "Repositories to the input `repositories`.",
    ),
    _KnownError(
        text=") for release ",
        concerns_release=True,
        message="Release {release!r} of {organization!r} does not belong to {projects}.",
        hint="Create it for these projects first, with the root action or `sentry-release release`; "
        "or correct `projects` (SENTRY_PROJECT).",
    ),
    _KnownError(
        text="Invalid project",
        message="{one_project} does not exist in organization {organization!r}, or the token cannot access it.",
        hint="Correct `projects` (SENTRY_PROJECT): slugs from Settings > Projects.",
    ),
    _KnownError(
        text=NO_ACCESS,
        message="The auth token cannot access all of the projects {projects}.",
        hint="Give the owner of the token access to them, or use an organization token.",
    ),
    _KnownError(message="Sentry refused to {doing}.", hint="Correct what the response names."),
)


def build_api_error(
    response: ApiResponse,
    doing: str,
    *,
    organization: str,
    projects: tuple[str, ...],
    release: str | None,
) -> ApiError:
    """
    Return the error for an error response.

    Args:
        response: The response, with a status of 4xx.
        doing: The purpose of the request, as in "Sentry refused to …".
        organization: The slug of the organization.
        projects: The slugs of the projects.
        release: The release in the URL of the request, if any.
    """
    detail = find_error_detail(response.body, response.text)
    known = next(
        one for one in _KNOWN_ERRORS if _matches_known_error(one, response.status, detail, release)
    )
    listed = ", ".join(repr(project) for project in projects)
    message = known.message.format(
        doing=doing,
        organization=organization,
        projects=listed,
        one_project=f"Project {listed}" if len(projects) == 1 else f"One of the projects {listed}",
        release=release,
    )
    kind = UnknownRepositoryError if _UNKNOWN_REPOSITORIES in detail else ApiError
    reason = (
        f"Sentry answered {response.status}: {detail}"
        if detail
        else f"Sentry answered {response.status}."
    )
    return kind(message, reason=reason, hint=known.hint, status=response.status, answer=detail)


def _matches_known_error(known: _KnownError, status: int, detail: str, release: str | None) -> bool:
    return (
        known.status in {None, status}
        and known.text in detail
        and known.concerns_release in {None, release is not None}
    )
