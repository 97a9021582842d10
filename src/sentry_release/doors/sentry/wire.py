"""Requests to Sentry: one kept connection, patience with outages, and no effect twice."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from urllib3 import HTTPHeaderDict

from sentry_release.adapters.http.connection import (
    RequestFailedError,
    Response,
    ServerConnection,
)
from sentry_release.doors.sentry.outcome import Answer, Failure, failed, understood
from sentry_release.doors.sentry.patience import Patience
from sentry_release.words.errors import LostAnswerError, OutageError

_FEW_TRIES = 3
_INSTEAD = "(the auth token)"


@dataclass(frozen=True, slots=True, kw_only=True)
class RawBody:
    """A body that is sent as it is, with its content type."""

    content: bytes = field(repr=False)
    content_type: str


Body = Mapping[str, Any] | RawBody | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wire:
    """Everything that is sent to one Sentry server goes through here."""

    connection: ServerConnection = field(repr=False)
    root: str
    headers: Mapping[str, str] = field(repr=False)
    patience: Patience
    log: Callable[[str], None]
    meanwhile: Callable[[], object] | None = None

    def send(
        self,
        method: str,
        path: str,
        body: Body = None,
        *,
        shape: type = dict,
        again: bool = True,
    ) -> Answer:
        """
        Send a request until it is answered or the budget is used up.

        Args:
            method: GET, POST or PUT.
            path: Below the root, encoded, with its query.
            body: Sent as JSON, unless it is a RawBody.
            shape: What the JSON of a success is: dict or list.
            again: Whether doing it twice is the same as doing it once. If not, it is only
                repeated while it is certain that nothing has been done.

        Returns:
            The answer: a success with JSON of that shape, or a refusal (4xx) for the caller.

        Raises:
            LostAnswerError: It may have been carried out (only with `again=False`).
            OutageError: Nothing could be done within the budget.
            RefusedError: The server points elsewhere; the token is never sent after it.
        """
        tries, outcome = 0, Failure(what="there is no time left", applied=False)
        wait_s = 0.0
        while self.patience.waited(wait_s):
            tries += 1
            answer = self._try(method, path, body, shape)
            if isinstance(answer, Answer):
                return answer
            outcome = answer
            wait_s = self.patience.wait_s(tries, outcome.headers)
            if outcome.applied and not again:
                raise _lost(self.root, outcome, wait_s)
            if outcome.final or (outcome.lasting and tries >= _FEW_TRIES):
                break
            if self.patience.lasts(wait_s):
                self.log(f"Sentry: {outcome.what}. Asking again in {wait_s:.1f} s.")
        raise outcome.refusal or _outage(self.root, outcome, tries)

    def _try(self, method: str, path: str, body: Body, shape: type) -> Answer | Failure:
        began = time.perf_counter()
        sent, headers = _encode(body, self.headers)
        try:
            reply = self.connection.request(
                method,
                path,
                sent,
                headers,
                limit_s=self.patience.answer_s,
                meanwhile=self.meanwhile,
            )
        except RequestFailedError as error:
            failure = failed(error, self.root)
            return replace(failure, what=self._without_token(failure.what))
        took_ms = 1000 * (time.perf_counter() - began)
        self.log(f"{method} {path} -> {reply.status} ({took_ms:.0f} ms)")
        return understood(self._harmless(reply), self.root, shape)

    def _harmless(self, reply: Response) -> Response:
        """Return the response without the token, if a server sends it back: it may be printed."""
        headers = HTTPHeaderDict()
        for name, value in reply.headers.items():
            headers.add(name, self._without_token(value))
        content = reply.content.decode("utf-8", "surrogateescape")
        return Response(
            status=reply.status,
            headers=headers,
            content=self._without_token(content).encode("utf-8", "surrogateescape"),
        )

    def _without_token(self, text: str) -> str:
        token = self.headers.get("Authorization", "").rpartition(" ")[2]
        return text.replace(token, _INSTEAD) if token else text


def _lost(root: str, failure: Failure, wait_s: float) -> LostAnswerError:
    return LostAnswerError(
        f"The answer of {root} was lost: {failure.what}.",
        why="The request may have been carried out all the same.",
        mend="Look at the release in Sentry.",
        wait_s=wait_s,
    )


def _outage(root: str, failure: Failure, tries: int) -> OutageError:
    times = {0: "not at all", 1: "once"}.get(tries, f"{tries} times")
    return OutageError(
        f"Sentry at {root} could not be reached: {failure.what}.",
        why=f"It was asked {times}.",
        mend="Look at https://status.sentry.io, or at your own server, its certificate and proxy.",
    )


def _encode(body: Body, headers: Mapping[str, str]) -> tuple[bytes | None, Mapping[str, str]]:
    if isinstance(body, RawBody):
        return body.content, dict(headers) | {"Content-Type": body.content_type}
    return None if body is None else json.dumps(body).encode(), headers
