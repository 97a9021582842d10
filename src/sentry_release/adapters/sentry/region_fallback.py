"""A connection to the server of the token, with the server of its region as a fallback."""

from dataclasses import dataclass, field, fields, replace

from sentry_release.adapters.sentry.responses import ApiResponse
from sentry_release.adapters.sentry.transport import Body, SentryTransport

_UNAUTHORIZED = 401


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
