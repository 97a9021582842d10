"""What one try came to: an answer, or a failure and whether it may have been carried out."""

import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sentry_release.adapters.http.connection import RequestFailedError, Response
from sentry_release.words.errors import RefusedError

_ASK_LATER = {409, 429}  # refused before anything was done
_TOO_SLOW = 408  # what is in between calls a connection that has waited; it is nobody's mistake
_REFUSED = 400
_SERVER_FAILED = 500
_PROXY_WANTS_CREDENTIALS = 407
_TUNNEL_REFUSED = "Tunnel connection failed: 407"  # the standard library's words for CONNECT
_REDIRECTS = range(300, 400)
_ENDED = (ssl.SSLEOFError, ssl.SSLZeroReturnError, ssl.SSLSyscallError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back: status, headers, and the body as JSON (None where it is none)."""

    status: int
    headers: Mapping[str, str]
    body: Any
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """
    One try that came to nothing.

    `applied` is whether it may have been carried out; `lasting` whether time rarely mends it,
    `refusal` what to raise then, and `final` whether to raise it at once.
    """

    what: str
    applied: bool
    lasting: bool = False
    refusal: RefusedError | None = None
    final: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)


def failed(error: RequestFailedError, root: str) -> Failure:
    """Return what it means that there is no response, by how far the request had come."""
    if _TUNNEL_REFUSED in str(error.cause):
        return _proxy_refused(root)
    if error.sent:
        late = isinstance(error.cause, TimeoutError)
        what = "no answer in time" if late else f"the connection broke ({_cut(error)})"
        return Failure(what=what, applied=True)
    if isinstance(error.cause, ssl.SSLError) and not isinstance(error.cause, _ENDED):
        return Failure(what=f"no safe connection ({_cut(error)})", applied=False, lasting=True)
    return Failure(what=f"no connection ({_cut(error)})", applied=False)


def _cut(error: Exception) -> str:
    return str(error)[:200]


def understood(reply: Response, root: str, shape: type) -> Answer | Failure:
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
        refusal = _moved(root, headers.get("Location", ""))
        return Failure(what="a redirect", applied=False, lasting=True, refusal=refusal)
    if status == _PROXY_WANTS_CREDENTIALS:
        return _proxy_refused(root)
    if status in _ASK_LATER:
        return Failure(what=f"it answered {status}, ask later", applied=False, headers=headers)
    if status >= _SERVER_FAILED or status == _TOO_SLOW:
        return Failure(what=f"it answered {status}", applied=True, headers=headers)
    body = _json(text)
    if status < _REFUSED and not isinstance(body, shape):
        # Sentry never answers so; something in between does, or what it says is cut short.
        return Failure(what=f"it answered {status} without what was asked for", applied=True)
    return Answer(status=status, headers=headers, body=body, text=text)


def _json(text: str) -> Any:  # noqa: ANN401 - JSON
    """What the text says; None where it is no JSON."""
    try:
        body = json.loads(text)
        if "\\ud" in text or "\\uD" in text:
            # JSON can name half a character, which nobody could write into a file or an address.
            body = json.loads(json.dumps(body, ensure_ascii=False).encode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return None
    return body


def _moved(root: str, location: str) -> RefusedError:
    return RefusedError(
        f"{root} sends us on to {location[:200]!r}.",
        why="The auth token is for one server, so redirects are not followed.",
        mend="Set `url` to the address that Sentry really has.",
    )


def _proxy_refused(root: str) -> Failure:
    refusal = RefusedError(
        f"The proxy on the way to {root} requires other credentials.",
        why="It answered 407 Proxy Authentication Required.",
        mend="Correct the user name and the password in HTTPS_PROXY (or HTTP_PROXY, ALL_PROXY).",
        status=_PROXY_WANTS_CREDENTIALS,
    )
    return Failure(what="it answered 407", applied=False, refusal=refusal, final=True)
