"""Requests to Sentry: one kept connection, patience with outages, and no effect twice."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import urllib3
from urllib3 import exceptions as trouble

from sentry_release.doors.sentry.patience import Patience
from sentry_release.doors.sentry.trust import CONNECT_TIMEOUT_S
from sentry_release.words.errors import LostAnswerError, OutageError, RefusedError

READ_TIMEOUT_S = 20.0
_ASK_LATER = {409, 429}  # refused before anything was done
_REFUSED = 400
_SERVER_FAILED = 500
_CHUNK_BYTES = 64 * 1024
_MOST_BYTES = 32 * 1024 * 1024
_REDIRECTS = range(300, 400)
_NEVER_SENT = (
    trouble.NewConnectionError,
    trouble.ConnectTimeoutError,
    trouble.ProxyError,
    trouble.SSLError,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back: status, headers, and the body as JSON (None where it is none)."""

    status: int
    headers: Mapping[str, str]
    body: Any
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Failure:
    """One try that came to nothing; `applied` is whether it may have been carried out."""

    what: str
    applied: bool
    hopeless: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wire:
    """Everything that is sent to one Sentry server goes through here."""

    pool: urllib3.PoolManager = field(repr=False)
    root: str
    headers: Mapping[str, str] = field(repr=False)
    patience: Patience
    log: Callable[[str], None]

    def send(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, *, again: bool = True
    ) -> Answer:
        """
        Send a request until it is answered or the budget is used up.

        Args:
            method: GET, POST or PUT.
            path: Below the root, encoded, with its query.
            body: Sent as JSON.
            again: Whether doing it twice is the same as doing it once. If not, it is only
                repeated while it is certain that nothing has been done.

        Returns:
            The answer: a success with JSON, or a refusal (4xx) to be read by the caller.

        Raises:
            LostAnswerError: It may have been carried out (only with `again=False`).
            OutageError: Nothing could be done within the budget.
            RefusedError: The server points elsewhere; the token is never sent after it.
        """
        tries = 0
        while True:
            tries += 1
            outcome = self._try(method, path, body)
            if isinstance(outcome, Answer):
                return outcome
            wait_s = self.patience.wait_s(tries, outcome.headers)
            if outcome.applied and not again:
                raise _lost(self.root, outcome)
            if outcome.hopeless or not self.patience.lasts(wait_s):
                raise _outage(self.root, outcome, tries)
            self.log(f"Sentry: {outcome.what}. Asking again in {wait_s:.1f} s.")
            self.patience.sleep(wait_s)

    def _try(self, method: str, path: str, body: Mapping[str, Any] | None) -> Answer | _Failure:
        began = time.perf_counter()
        timeout = urllib3.Timeout(
            connect=min(CONNECT_TIMEOUT_S, max(self.patience.left_s, 0.5)),
            read=min(READ_TIMEOUT_S, max(self.patience.left_s, 0.5)),
        )
        try:
            response = self.pool.request(
                method,
                self.root + path,
                body=None if body is None else json.dumps(body).encode(),
                headers=dict(self.headers),
                timeout=timeout,
                redirect=False,
                preload_content=False,
            )
            content = self._content(response)
        except (trouble.HTTPError, TimeoutError) as error:
            return _failed(error)
        took_ms = 1000 * (time.perf_counter() - began)
        self.log(f"{method} {path} -> {response.status} ({took_ms:.0f} ms)")
        return _understood(response, content, self.root)

    def _content(self, response: urllib3.BaseHTTPResponse) -> bytes:
        """The whole body, unless it drips so slowly that the budget ends before it does."""
        content = bytearray()
        while chunk := response.read1(_CHUNK_BYTES):
            content += chunk
            if len(content) > _MOST_BYTES or self.patience.left_s <= 0:
                response.close()
                raise TimeoutError
        response.release_conn()
        return bytes(content)


def _failed(error: trouble.HTTPError | TimeoutError) -> _Failure:
    if isinstance(error, trouble.SSLError):
        return _Failure(what=f"no safe connection ({_cause(error)})", applied=False, hopeless=True)
    if isinstance(error, _NEVER_SENT):
        return _Failure(what=f"no connection ({_cause(error)})", applied=False)
    if isinstance(error, trouble.TimeoutError | TimeoutError):
        return _Failure(what="no answer in time", applied=True)
    return _Failure(what=f"the connection broke ({_cause(error)})", applied=True)


def _cause(error: BaseException) -> str:
    # The last of a chain of exceptions is the one that says something.
    inner = error.__cause__ or error.__context__ or (error.args[-1] if error.args else None)
    if isinstance(inner, BaseException) and inner is not error:
        return _cause(inner)
    return f"{type(error).__name__}: {error}"[:200]


def _understood(response: urllib3.BaseHTTPResponse, content: bytes, root: str) -> Answer | _Failure:
    status, headers = response.status, response.headers
    text = content.decode("utf-8", "replace")
    if status in _REDIRECTS:
        raise _moved(root, headers.get("Location", ""))
    if status in _ASK_LATER:
        return _Failure(what=f"it answered {status}, ask later", applied=False, headers=headers)
    if status >= _SERVER_FAILED:
        return _Failure(what=f"it answered {status}", applied=True, headers=headers)
    try:
        body = json.loads(text) if text else None
    except (ValueError, RecursionError):
        body = None
        if status < _REFUSED:
            return _Failure(what=f"it answered {status} without JSON", applied=True)
    return Answer(status=status, headers=headers, body=body, text=text)


def _moved(root: str, location: str) -> RefusedError:
    return RefusedError(
        f"{root} sends us on to {location[:200]!r}.",
        why="The auth token is for one server, so redirects are not followed.",
        mend="Set `url` to the address that Sentry really has.",
    )


def _lost(root: str, failure: _Failure) -> LostAnswerError:
    return LostAnswerError(
        f"The answer of {root} was lost: {failure.what}.",
        why="The request may have been carried out all the same.",
        mend="Look at the release in Sentry.",
    )


def _outage(root: str, failure: _Failure, tries: int) -> OutageError:
    times = "once" if tries == 1 else f"{tries} times"
    return OutageError(
        f"Sentry at {root} could not be reached: {failure.what}.",
        why=f"It was asked {times}.",
        mend="Look at https://status.sentry.io, or at your own server, its certificate and proxy.",
    )
