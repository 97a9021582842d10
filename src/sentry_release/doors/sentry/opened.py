"""The real Sentry, ready to be spoken to."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from sentry_release.adapters.http.connection import ServerConnection
from sentry_release.doors.sentry.api import SentryClient
from sentry_release.doors.sentry.patience import DEFAULT_BUDGET_S, RetryBudget
from sentry_release.doors.sentry.region_fallback import with_fallback
from sentry_release.doors.sentry.wire import SentryTransport
from sentry_release.words.clock import Clock


def build_sentry_client(  # noqa: PLR0913 - all that a connection takes
    *,
    url: str,
    token: str,
    organization: str,
    projects: tuple[str, ...],
    agent: str,
    environ: Mapping[str, str],
    clock: Clock,
    log: Callable[[str], None],
    began: float | None = None,
    budget_s: float = DEFAULT_BUDGET_S,
    fallback_url: str | None = None,
    meanwhile: Callable[[], object] | None = None,
) -> SentryClient:
    """
    Make the door; nothing is sent yet.

    Args:
        url: The root of the server.
        token: The auth token.
        organization: Its slug.
        projects: Their slugs.
        agent: Who we say we are.
        environ: For proxies and certificate authorities.
        clock: Time and chance.
        log: Takes a line for each request, and for each wait.
        began: When the phase began, in the seconds of the clock; by default now.
        budget_s: Seconds that the phase may take.
        fallback_url: The root of the server to try once after a 401.
        meanwhile: Called while an answer is awaited.
    """
    start = clock.monotonic() if began is None else began
    transport = SentryTransport(
        connection=ServerConnection(url, environ, clock),
        root=url,
        headers=_build_headers(token, agent),
        budget=RetryBudget(clock=clock, started=start, budget_s=budget_s),
        log=log,
        meanwhile=meanwhile,
    )
    if fallback_url is not None:
        connection = ServerConnection(fallback_url, environ, clock)
        transport = with_fallback(
            transport, replace(transport, connection=connection, root=fallback_url)
        )
    return SentryClient(transport=transport, organization=organization, projects=projects)


def _build_headers(token: str, agent: str) -> Mapping[str, str]:
    return {
        "Authorization": f"Bearer {token}",
        "Accept": "application/json",
        "Content-Type": "application/json",
        "User-Agent": agent,
    }
