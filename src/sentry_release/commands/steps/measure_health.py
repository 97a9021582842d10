"""Read the health of a release from Sentry, and wait for enough sessions."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from sentry_release.config.config import Config
from sentry_release.config.input_values import to_minutes
from sentry_release.errors import ApiError, ServiceUnavailableError
from sentry_release.model.health import (
    ReleaseDetails,
    ReleaseHealth,
    SessionCounts,
    SessionStats,
    StatsSource,
    Threshold,
)
from sentry_release.model.release import Release, SentryRelease
from sentry_release.release.plan import PreviousState
from sentry_release.services import Services

if TYPE_CHECKING:
    from sentry_release.adapters.sentry.health_client import HealthClient

POLL_S = 60.0
"""Seconds between two queries; more would not help, as Sentry counts sessions minutes late."""
_MARGIN = timedelta(days=1)
_MAX_WAIT = timedelta(days=90)


def is_superseded(own: SentryRelease | None, other: SentryRelease, environment: str) -> bool:
    """Return whether `other` was deployed to the environment after `own`, as Sentry recorded it."""
    if own is None or own.last_deploy is None or other.last_deploy is None:
        return False
    own_deploy, other_deploy = own.last_deploy, other.last_deploy
    if {own_deploy.environment, other_deploy.environment} != {environment}:
        return False
    if own_deploy.finished is None or other_deploy.finished is None:
        return False
    return other_deploy.finished > own_deploy.finished


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthMeasurement:
    """The health of a release, with notes for the reader."""

    health: ReleaseHealth
    notes: tuple[str, ...] = ()


def measure_health(
    config: Config,
    services: Services,
    release: Release,
    environment: str | None,
    find_before: Callable[[], PreviousState],
) -> HealthMeasurement:
    """
    Return the health of the release; with `health-wait`, wait for enough sessions first.

    Args:
        config: The inputs.
        services: The adapters.
        release: The release.
        environment: The environment; None for all.
        find_before: Returns the previous release; see find_previous.

    Raises:
        ApiError: Sentry has no such release, or the token may not read it.
        ServiceUnavailableError: Sentry is unreachable.
    """
    from sentry_release.adapters.sentry.health_client import HealthClient

    window_min = to_minutes(config.health_window)
    client = HealthClient(client=services.sentry(), environment=environment, window_min=window_min)
    detail = client.get_release_details(release.name)
    previous, notes = _find_previous_release(find_before(), release, environment)
    names = (release.name, previous) if previous else (release.name,)
    if config.health_wait is None:
        counts = _count_sessions(client, names, detail, services, StatsSource.SESSIONS)
    else:
        counts = _wait_for_sessions(
            config,
            services,
            lambda source: _count_sessions(
                client.with_new_budget(), names, detail, services, source
            ),
        )
        client = client.with_new_budget()
        detail = client.get_release_details(release.name)
    return HealthMeasurement(
        health=_build_health(client, services, names, detail, counts), notes=notes
    )


def _find_previous_release(
    before: PreviousState, release: Release, environment: str | None
) -> tuple[str | None, tuple[str, ...]]:
    if before.release is not None and environment is not None:
        own = next((one for one in before.recent if one.name == release.name), None)
        if is_superseded(own, before.release, environment):
            note = f"{before.release.name} was deployed later, so there is no comparison with it."
            return None, (note,)
    return before.release.name if before.release else None, ()


def _wait_for_sessions(
    config: Config, services: Services, query: Callable[[StatsSource], SessionCounts]
) -> SessionCounts:
    """Return the counts as soon as there are enough sessions, or when `health-wait` is over."""
    clock, wait = services.clock, config.health_wait or timedelta()
    until = clock.monotonic() + wait.total_seconds()
    source = StatsSource.SESSIONS
    while True:
        left_s = until - clock.monotonic()
        try:
            counts = query(source)
        except ServiceUnavailableError as outage:
            if left_s < POLL_S:
                raise
            situation = outage.message.rstrip(".")
        else:
            source = counts.source
            sessions = counts.stats[0].sessions if counts.stats else 0
            if sessions >= config.min_sessions or left_s < POLL_S:
                return counts
            situation = f"{sessions} of {config.min_sessions} sessions"
        minutes = int(left_s // POLL_S)
        services.runner.log_line(
            f"{situation}. Next query in {POLL_S:.0f} s, for {minutes} min at most."
        )
        clock.sleep(POLL_S)


def _count_sessions(
    client: "HealthClient",
    names: tuple[str, ...],
    detail: ReleaseDetails,
    services: Services,
    source: StatsSource,
) -> SessionCounts:
    now = services.clock.now()
    if source is not StatsSource.RELEASE:
        found = client.get_session_counts(
            names, detail.project_ids, now, with_unhandled=source is StatsSource.SESSIONS
        )
        if found is not None:
            return replace(found, stats=tuple(found.get_stats(name) for name in names))
        services.runner.log_line(
            "The auth token lacks org:read; reading the figures of the release instead."
        )
    own = client.get_release_counts(names[0], now)
    others = [_count_previous_sessions(client, name, services) for name in names[1:]]
    stats = [one for other in others if other for one in other.stats]
    return replace(own, stats=(*own.stats, *stats))


def _count_previous_sessions(
    client: "HealthClient", name: str, services: Services
) -> SessionCounts | None:
    try:
        return client.get_release_counts(name, services.clock.now())
    except ApiError as refused:
        services.runner.log_debug(f"{refused.message} {refused.reason}")
        return None


def _build_health(
    client: "HealthClient",
    services: Services,
    names: tuple[str, ...],
    detail: ReleaseDetails,
    counts: SessionCounts,
) -> ReleaseHealth:
    all_sessions = _count_all_sessions(client, services, detail, counts)
    now, *before = (_add_adoption(counts.get_stats(name), all_sessions) for name in names)
    return ReleaseHealth(
        environment=None if counts.source is StatsSource.RELEASE else client.environment,
        window_start=counts.window_start,
        window_end=counts.window_end,
        current=replace(now, new_issues=detail.new_issues),
        previous=next(iter(before), None),
        trend=counts.trend,
        previous_trend=counts.previous_trend,
        is_complete=counts.is_complete,
        all_releases=all_sessions,
        created_at=detail.created_at,
        source=counts.source,
        thresholds=_list_thresholds(client, services, detail, counts),
    )


def _count_all_sessions(
    client: "HealthClient", services: Services, detail: ReleaseDetails, counts: SessionCounts
) -> int | None:
    """Return the sessions of all releases, for the adoption; None if they are not known."""
    if counts.source is StatsSource.RELEASE or not counts.is_complete:
        return None
    try:
        return client.count_all_sessions(detail.project_ids)
    except ServiceUnavailableError as outage:
        services.runner.log_line(f"Adoption skipped: {outage.message}")
        return None


def _add_adoption(stats: SessionStats, all_sessions: int | None) -> SessionStats:
    if not all_sessions or stats.sessions > all_sessions:
        return stats
    return replace(stats, adoption=stats.sessions / all_sessions)


def _list_thresholds(
    client: "HealthClient", services: Services, detail: ReleaseDetails, counts: SessionCounts
) -> tuple[Threshold, ...]:
    created_at = detail.created_at or counts.window_end - _MAX_WAIT
    until = max(counts.window_end, created_at) + _MARGIN
    found, reason = client.list_thresholds(detail.release, since=created_at - _MARGIN, until=until)
    if reason:
        services.runner.log_line(f"Sentry's release thresholds skipped: {reason}")
    return found
