"""Requests to the server of the token or of its region, retried in time, never applied twice."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from urllib3 import HTTPHeaderDict

from sentry_release.adapters.http.connection import (
    PendingResponse,
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
_CLOUD = ("//sentry.io", ".sentry.io")  # with its regions


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
    preloaded: dict[str, PendingResponse] = field(default_factory=dict, repr=False)

    def start(self, path: str) -> PendingResponse | None:
        """
        Send a GET request now, for `take_over`; return None if no time is left.

        Raises WorkflowError for unreadable certificate authorities.
        """
        if not self.budget.can_afford(0):
            return None
        limit_s = self.budget.request_timeout_s
        return self.connection.start("GET", path, None, self.headers, limit_s, is_early=True)

    def take_over(self, path: str, pending: PendingResponse | None) -> None:
        """
        Let the next `request` for this path take over the response of `start`.

        So that request handles its failure, as if it had been sent there.
        """
        if pending is not None:
            self.preloaded[path] = pending

    def request(
        self,
        method: str,
        path: str,
        body: Body = None,
        *,
        shape: type = dict,
        is_idempotent: bool = True,
    ) -> ApiResponse:
        """
        Return a success with JSON of the shape, or an error (4xx); repeat the request until then.

        Args:
            method: The method of HTTP.
            path: The path below the root, encoded, with its query.
            body: What is sent as JSON, unless it is a RawBody.
            shape: The type of a success's JSON: dict, list, or NoneType for nothing or an object.
            is_idempotent: Whether it may be repeated although the first may have had an effect.

        Raises:
            ResponseLostError: A request that is not idempotent may have taken effect.
            ServiceUnavailableError: There was no response within the budget.
            ApiError: The server redirects, or a proxy requires credentials.
        """
        encoded = _encode(body, self.headers)
        failure = FailedAttempt(message="no time is left", maybe_applied=False)
        tries, wait_s = 0, 0.0
        while self.budget.sleep_if_affordable(wait_s):
            tries += 1
            began = time.perf_counter()
            preloaded = self.preloaded.pop(path, None) if method == "GET" else None
            limit_s = self.budget.request_timeout_s
            receive = preloaded or self.connection.start(method, path, *encoded, limit_s)
            outcome = self._receive(receive, f"{method} {path}", began, shape)
            if isinstance(outcome, ApiResponse):
                return outcome
            failure = replace(outcome, message=self._redact_token(outcome.message))
            wait_s = self.budget.compute_delay_s(tries, failure.headers)
            if failure.maybe_applied and not is_idempotent:
                raise _build_lost_response_error(self.root, failure, wait_s)
            if not _may_retry(failure, tries):
                break
            self._log_retry(failure, wait_s)
        raise failure.error or _build_outage_error(self.root, failure, tries)

    def _log_retry(self, failure: FailedAttempt, wait_s: float) -> None:
        if self.budget.can_afford(wait_s):
            self.log(f"Sentry: {failure.message}. Retrying in {wait_s:.1f} s.")

    def _receive(
        self, receive: PendingResponse, request: str, began: float, shape: type
    ) -> ApiResponse | FailedAttempt:
        """Wait for the response to a request that was sent once, and return what came of it."""
        try:
            http_response = receive(self.meanwhile)
        except RequestFailedError as error:
            return from_exception(error, self.root)
        took_ms = 1000 * (time.perf_counter() - began)
        self.log(f"{request} -> {http_response.status} ({took_ms:.0f} ms)")
        return from_response(self._redact_response(http_response), self.root, shape)

    def _redact_response(self, http_response: Response) -> Response:
        """Return the response with the token redacted, as its text may be printed."""
        headers = HTTPHeaderDict()
        for name, value in http_response.headers.items():
            headers.add(name, self._redact_token(value))
        content = http_response.content.decode("utf-8", "surrogateescape")
        return Response(
            status=http_response.status,
            headers=headers,
            content=self._redact_token(content).encode("utf-8", "surrogateescape"),
        )

    def _redact_token(self, text: str) -> str:
        token = self.headers.get("Authorization", "").rpartition(" ")[2]
        return text.replace(token, _REDACTED) if token else text


def _may_retry(failure: FailedAttempt, tries: int) -> bool:
    return not (failure.final or (failure.permanent and tries >= _MAX_PERMANENT_TRIES))


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
        hint="Check https://status.sentry.io, and the proxy if there is one."
        if root.endswith(_CLOUD)
        else "Check `url`, the server, its certificate, and the proxy if there is one.",
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
class RegionFallbackTransport(SentryTransport):
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
        is_idempotent: bool = True,
    ) -> ApiResponse:
        """Send a request as SentryTransport does; after a 401, which has no effect, to the region."""
        region = replace(self.region, budget=self.budget)
        if self.state.accepts_token:
            return region.request(method, path, body, shape=shape, is_idempotent=is_idempotent)
        response = SentryTransport.request(
            self, method, path, body, shape=shape, is_idempotent=is_idempotent
        )
        if response.status != _UNAUTHORIZED or self.state.is_tried:
            return response
        self.state.is_tried = True
        self.log(f"{self.root} does not accept the token. Trying its region, {region.root}.")
        second = region.request(method, path, body, shape=shape, is_idempotent=is_idempotent)
        self.state.accepts_token = second.status != _UNAUTHORIZED
        return second if self.state.accepts_token else response


def open_transport(  # noqa: PLR0913 - a connection needs them all
    *,
    url: str,
    token: str,
    agent: str,
    environ: Mapping[str, str],
    budget: RetryBudget,
    log: Callable[[str], None],
    fallback_url: str | None = None,
    meanwhile: Callable[[], object] | None = None,
) -> SentryTransport:
    """
    Return a transport; nothing is sent yet.

    Args:
        url: The root URL of the server.
        token: The auth token.
        agent: The User-Agent header.
        environ: Names proxies and certificate authorities.
        budget: The time for all requests of the command.
        log: Takes a line for each request and each retry.
        fallback_url: The root URL of the server to try once after a 401.
        meanwhile: Called while a response is awaited.
    """
    transport = SentryTransport(
        connection=ServerConnection(url, environ, budget.clock),
        root=url,
        headers=_build_headers(token, agent),
        budget=budget,
        log=log,
        meanwhile=meanwhile,
    )
    if fallback_url is None:
        return transport
    connection = ServerConnection(fallback_url, environ, budget.clock)
    return _add_fallback(transport, replace(transport, connection=connection, root=fallback_url))


def _build_headers(token: str, agent: str) -> Mapping[str, str]:
    return {
        "Authorization": f"Bearer {token}",
        "Accept": "application/json",
        "Content-Type": "application/json",
        "User-Agent": agent,
    }


def _add_fallback(transport: SentryTransport, region: SentryTransport) -> RegionFallbackTransport:
    return RegionFallbackTransport(
        connection=transport.connection,
        root=transport.root,
        headers=transport.headers,
        budget=transport.budget,
        log=transport.log,
        meanwhile=transport.meanwhile,
        region=region,
    )
