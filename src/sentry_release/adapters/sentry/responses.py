"""Classify one attempt: a response, or a failure that may or may not have taken effect."""

import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sentry_release.adapters.http.connection import RequestFailedError, Response
from sentry_release.errors import ApiError

_RETRY_LATER = {409, 429}  # refused without an effect
_TOO_SLOW = 408  # proxies send it on idle connections
_REFUSED = 400
_SERVER_FAILED = 500
_PROXY_WANTS_CREDENTIALS = 407
_TUNNEL_REFUSED = "Tunnel connection failed: 407"  # the standard library's message for CONNECT
_REDIRECTS = range(300, 400)
_FOREIGN = "it answered, but not like Sentry (a login page or proxy?)"
_CONNECTION_CLOSED = (ssl.SSLEOFError, ssl.SSLZeroReturnError, ssl.SSLSyscallError)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiResponse:
    """A response: status, headers, text, and the body as JSON (None if it is not JSON)."""

    status: int
    headers: Mapping[str, str]
    body: Any
    text: str


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
        return _proxy_refused(root)
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


def from_response(reply: Response, root: str, shape: type) -> ApiResponse | FailedAttempt:
    """
    Return the response, or a failure if it is unusable or asks for a retry.

    Args:
        reply: The complete response.
        root: The URL of the server.
        shape: The type of the JSON of a success: dict or list.
    """
    status, headers = reply.status, reply.headers
    text = reply.content.decode("utf-8", "replace")
    if status in _REDIRECTS:
        refusal = _build_redirect_error(root, headers.get("Location", ""))
        return FailedAttempt(
            message="a redirect", maybe_applied=False, permanent=True, error=refusal
        )
    if status == _PROXY_WANTS_CREDENTIALS:
        return _proxy_refused(root)
    if status in _RETRY_LATER:
        return FailedAttempt(
            message=f"it answered {status}, retry later", maybe_applied=False, headers=headers
        )
    if status >= _SERVER_FAILED or status == _TOO_SLOW:
        return FailedAttempt(message=f"it answered {status}", maybe_applied=True, headers=headers)
    body = _parse_json(text)
    if status < _REFUSED and not isinstance(body, shape):
        # Sentry never answers so: it comes from a proxy or login page, or was cut off.
        return FailedAttempt(message=_FOREIGN, maybe_applied=True, is_foreign=True)
    return ApiResponse(status=status, headers=headers, body=body, text=text)


def _parse_json(text: str) -> Any:  # noqa: ANN401 - JSON
    """Parse JSON; None if it is invalid."""
    try:
        body = json.loads(text)
        if "\\ud" in text or "\\uD" in text:
            # JSON can contain lone surrogates, which cannot be encoded as UTF-8.
            body = json.loads(json.dumps(body, ensure_ascii=False).encode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return None
    return body


def _build_redirect_error(root: str, location: str) -> ApiError:
    return ApiError(
        f"{root} redirects to {location[:200]!r}.",
        reason="The auth token is for one server, so redirects are not followed.",
        hint="Set `url` to the URL of the Sentry server itself.",
    )


def _proxy_refused(root: str) -> FailedAttempt:
    refusal = ApiError(
        f"The proxy on the way to {root} requires other credentials.",
        reason="It answered 407 Proxy Authentication Required.",
        hint="Correct the user name and the password in HTTPS_PROXY (or HTTP_PROXY, ALL_PROXY).",
        status=_PROXY_WANTS_CREDENTIALS,
    )
    return FailedAttempt(message="it answered 407", maybe_applied=False, error=refusal, final=True)
