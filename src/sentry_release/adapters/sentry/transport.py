"""Requests to the server of the token or of its region, retried in time, never applied twice."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import partial
from typing import Any

from urllib3 import HTTPHeaderDict

from sentry_release.adapters.http.connection import (
    RequestFailedError,
    Response,
    ServerConnection,
)
from sentry_release.adapters.sentry.responses import (
    ApiResponse,
    FailedAttempt,
    from_exception,
    from_response,
)
from sentry_release.adapters.sentry.retry import RetryBudget
from sentry_release.errors import ResponseLostError, ServiceUnavailableError

_MAX_PERMANENT_TRIES = 3
_REDACTED = "(the auth token)"
_UNAUTHORIZED = 401


@dataclass(frozen=True, slots=True, kw_only=True)
class RawBody:
    """A body that is sent unchanged, with its content type."""

    content: bytes = field(repr=False)
    content_type: str


Body = Mapping[str, Any] | RawBody | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SentryTransport:
    """Sends all requests to one Sentry server; `meanwhile` runs while a response is awaited."""

    connection: ServerConnection = field(repr=False)
    root: str
    headers: Mapping[str, str] = field(repr=False)
    budget: RetryBudget
    log: Callable[[str], None]
    meanwhile: Callable[[], object] | None = None

    def request(
        self,
        method: str,
        path: str,
        body: Body = None,
        *,
        shape: type = dict,
        again: bool = True,
    ) -> ApiResponse:
        """
        Send a request, and retry it until there is a response or the budget is used up.

        `path` is encoded, with its query; `body` is sent as JSON, unless it is a RawBody. `shape`
        is the type of the JSON of a success: dict, list, or NoneType for an empty body or an
        object. `again` is whether the request is idempotent: if not, it is only repeated if it
        is certain that it has not taken effect.

        Returns a success with JSON of that type, or an error (4xx) for the caller. Raises
        ResponseLostError if it may have taken effect (only with `again=False`),
        ServiceUnavailableError if there was no response within the budget, and ApiError if the
        server redirects or a proxy requires credentials.
        """
        sent, headers = _encode(body, self.headers)
        request = self.connection.request
        send = partial(request, method, path, sent, headers, meanwhile=self.meanwhile)
        tries, outcome = 0, FailedAttempt(message="no time is left", maybe_applied=False)
        wait_s = 0.0
        while self.budget.sleep_if_affordable(wait_s):
            tries += 1
            began = time.perf_counter()
            try:
                reply = send(limit_s=self.budget.request_timeout_s)
            except RequestFailedError as error:
                answer: ApiResponse | FailedAttempt = from_exception(error, self.root)
            else:
                took_ms = 1000 * (time.perf_counter() - began)
                self.log(f"{method} {path} -> {reply.status} ({took_ms:.0f} ms)")
                answer = from_response(self._redact_reply(reply), self.root, shape)
            if isinstance(answer, ApiResponse):
                return answer
            outcome = replace(answer, message=self._redact_token(answer.message))
            wait_s = self.budget.compute_delay_s(tries, outcome.headers)
            if not self._may_retry(outcome, tries, wait_s, again=again):
                break
        raise outcome.error or _build_outage_error(self.root, outcome, tries)

    def _may_retry(self, outcome: FailedAttempt, tries: int, wait_s: float, *, again: bool) -> bool:
        """Return whether to try again; raises ResponseLostError if that might apply it twice."""
        if outcome.maybe_applied and not again:
            raise _build_lost_response_error(self.root, outcome, wait_s)
        if outcome.final or (outcome.permanent and tries >= _MAX_PERMANENT_TRIES):
            return False
        if self.budget.can_afford(wait_s):
            self.log(f"Sentry: {outcome.message}. Retrying in {wait_s:.1f} s.")
        return True

    def _redact_reply(self, reply: Response) -> Response:
        """Return the response with the token redacted, as its text may be printed."""
        headers = HTTPHeaderDict()
        for name, value in reply.headers.items():
            headers.add(name, self._redact_token(value))
        content = reply.content.decode("utf-8", "surrogateescape")
        return Response(
            status=reply.status,
            headers=headers,
            content=self._redact_token(content).encode("utf-8", "surrogateescape"),
        )

    def _redact_token(self, text: str) -> str:
        token = self.headers.get("Authorization", "").rpartition(" ")[2]
        return text.replace(token, _REDACTED) if token else text


def _build_lost_response_error(
    root: str, failure: FailedAttempt, wait_s: float
) -> ResponseLostError:
    return ResponseLostError(
        f"The response of {root} was lost: {failure.message}.",
        reason="The request may have taken effect.",
        hint="Check the release in Sentry.",
        wait_s=wait_s,
    )


def _build_outage_error(root: str, failure: FailedAttempt, tries: int) -> ServiceUnavailableError:
    reason = f"Gave up after {tries} attempt{'' if tries == 1 else 's'}."
    if failure.is_foreign:
        return ServiceUnavailableError(
            f"{root} answered, but not like Sentry (a login page or proxy?).",
            reason=reason,
            hint="Check `url`.",
        )
    return ServiceUnavailableError(
        f"Sentry at {root} could not be reached: {failure.message}.",
        reason=reason,
        hint="Check https://status.sentry.io, or your own server, its certificate and proxy.",
    )


def _encode(body: Body, headers: Mapping[str, str]) -> tuple[bytes | None, Mapping[str, str]]:
    if isinstance(body, RawBody):
        return body.content, dict(headers) | {"Content-Type": body.content_type}
    return None if body is None else json.dumps(body).encode(), headers


@dataclass(slots=True, kw_only=True)
class RegionState:
    """Whether the region's server was tried, and whether it accepts the token."""

    is_tried: bool = False
    accepts_token: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionFallbackWire(SentryTransport):
    """
    The transport to the server of the token, with the server of its region as a fallback.

    Sentry's main host has refused valid tokens that the region's host accepts
    (getsentry/sentry-cli#3342). After a 401 the region is tried once, and used from then on if
    it does not answer 401.

    Attributes:
        region: The transport to the server of the region.
        state: The state of the fallback, which copies with another time limit share.
    """

    region: SentryTransport = field(repr=False)
    state: RegionState = field(default_factory=RegionState)

    def request(
        self,
        method: str,
        path: str,
        body: Body = None,
        *,
        shape: type = dict,
        again: bool = True,
    ) -> ApiResponse:
        """Send a request as SentryTransport does; after a 401, which has no effect, to the region."""
        region = replace(self.region, budget=self.budget)
        if self.state.accepts_token:
            return region.request(method, path, body, shape=shape, again=again)
        answer = SentryTransport.request(self, method, path, body, shape=shape, again=again)
        if answer.status != _UNAUTHORIZED or self.state.is_tried:
            return answer
        self.state.is_tried = True
        self.log(f"{self.root} does not accept the token. Trying its region, {region.root}.")
        second = region.request(method, path, body, shape=shape, again=again)
        self.state.accepts_token = second.status != _UNAUTHORIZED
        return second if self.state.accepts_token else answer


def with_fallback(transport: SentryTransport, region: SentryTransport) -> RegionFallbackWire:
    """Return the transport with the region's as a fallback."""
    return RegionFallbackWire(
        **{one.name: getattr(transport, one.name) for one in fields(SentryTransport)}, region=region
    )
