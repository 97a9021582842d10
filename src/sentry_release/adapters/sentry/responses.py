"""What one try came to: an answer, or a failure and whether it may have been carried out."""

import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sentry_release.adapters.http.connection import RequestFailedError, Response
from sentry_release.errors import ApiError

_RETRY_LATER = {409, 429}  # refused before anything was done
_TOO_SLOW = 408  # what is in between calls a connection that has waited; it is nobody's mistake
_REFUSED = 400
_SERVER_FAILED = 500
_PROXY_WANTS_CREDENTIALS = 407
_TUNNEL_REFUSED = "Tunnel connection failed: 407"  # the standard library's words for CONNECT
_REDIRECTS = range(300, 400)
_ENDED = (ssl.SSLEOFError, ssl.SSLZeroReturnError, ssl.SSLSyscallError)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiResponse:
    """What came back: status, headers, and the body as JSON (None where it is none)."""

    status: int
    headers: Mapping[str, str]
    body: Any
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedAttempt:
    """
    One try that came to nothing.

    `maybe_applied` is whether it may have been carried out; `permanent` whether time rarely mends it,
    `error` what to raise then, and `final` whether to raise it at once.
    """

    message: str
    maybe_applied: bool
    permanent: bool = False
    error: ApiError | None = None
    final: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)


def from_exception(error: RequestFailedError, root: str) -> FailedAttempt:
    """Return what it means that there is no response, by how far the request had come."""
    if _TUNNEL_REFUSED in str(error.cause):
        return _proxy_refused(root)
    if error.sent:
        late = isinstance(error.cause, TimeoutError)
        message = "no answer in time" if late else f"the connection broke ({_cut(error)})"
        return FailedAttempt(message=message, maybe_applied=True)
    if isinstance(error.cause, ssl.SSLError) and not isinstance(error.cause, _ENDED):
        return FailedAttempt(
            message=f"no safe connection ({_cut(error)})", maybe_applied=False, permanent=True
        )
    return FailedAttempt(message=f"no connection ({_cut(error)})", maybe_applied=False)


def _cut(error: Exception) -> str:
    return str(error)[:200]


def from_response(reply: Response, root: str, shape: type) -> ApiResponse | FailedAttempt:
    """
    What a reply means.

    Args:
        reply: The whole of it.
        root: The server that was asked.
        shape: What the JSON of a success must be, dict or list.
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
            message=f"it answered {status}, ask later", maybe_applied=False, headers=headers
        )
    if status >= _SERVER_FAILED or status == _TOO_SLOW:
        return FailedAttempt(message=f"it answered {status}", maybe_applied=True, headers=headers)
    body = _parse_json(text)
    if status < _REFUSED and not isinstance(body, shape):
        # Sentry never answers so; something in between does, or what it says is cut short.
        return FailedAttempt(
            message=f"it answered {status} without what was asked for", maybe_applied=True
        )
    return ApiResponse(status=status, headers=headers, body=body, text=text)


def _parse_json(text: str) -> Any:  # noqa: ANN401 - JSON
    """What the text says; None where it is no JSON."""
    try:
        body = json.loads(text)
        if "\\ud" in text or "\\uD" in text:
            # JSON can name half a character, which nobody could write into a file or an address.
            body = json.loads(json.dumps(body, ensure_ascii=False).encode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return None
    return body


def _build_redirect_error(root: str, location: str) -> ApiError:
    return ApiError(
        f"{root} sends us on to {location[:200]!r}.",
        reason="The auth token is for one server, so redirects are not followed.",
        hint="Set `url` to the address that Sentry really has.",
    )


def _proxy_refused(root: str) -> FailedAttempt:
    refusal = ApiError(
        f"The proxy on the way to {root} requires other credentials.",
        reason="It answered 407 Proxy Authentication Required.",
        hint="Correct the user name and the password in HTTPS_PROXY (or HTTP_PROXY, ALL_PROXY).",
        status=_PROXY_WANTS_CREDENTIALS,
    )
    return FailedAttempt(message="it answered 407", maybe_applied=False, error=refusal, final=True)
