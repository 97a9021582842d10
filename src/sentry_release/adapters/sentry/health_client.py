"""HealthClient: read-only requests for sessions and thresholds of releases."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import quote, urlencode

from sentry_release.adapters.sentry import parse_health
from sentry_release.adapters.sentry.parse_health import parse_window
from sentry_release.adapters.sentry.responses import ApiResponse, build_api_error
from sentry_release.adapters.sentry.sentry_client import SentryClient
from sentry_release.errors import ApiError, ServiceUnavailableError
from sentry_release.model.health import (
    ReleaseDetails,
    SessionCounts,
    StatsSource,
    Threshold,
    Trend,
)

_BAD_REQUEST, _FORBIDDEN, _NOT_FOUND = 400, 403, 404
_FIELDS = (
    parse_health.SESSIONS,
    parse_health.USERS,
    parse_health.CRASH_FREE_SESSIONS,
    parse_health.CRASH_FREE_USERS,
)
_ALL_FIELDS = (*_FIELDS, parse_health.UNHANDLED_SESSIONS)
_INTERVALS_H = (1, 2, 3, 4, 6, 8, 12, 24)  # Sentry requires that an interval divides one day
_MAX_POINTS = 48  # of a readable chart
_PERIODS_H = {"1h": 1, "24h": 24, "48h": 48, "7d": 168, "14d": 336, "30d": 720, "90d": 2160}
_THRESHOLDS_S = 10.0  # seconds for the request for thresholds


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthClient:
    """
    The health endpoints, for one environment (None: all) and one window.

    Windows end now, by Sentry's clock. All methods except `list_thresholds` raise ApiError and
    ServiceUnavailableError as SentryClient does. Source: https://docs.sentry.io/api/releases/
    """

    client: SentryClient
    environment: str | None
    window_min: int

    def with_new_budget(self) -> "HealthClient":
        """Return the same client with the full time budget of a command."""
        transport = self.client.transport
        budget = transport.budget
        budget = replace(budget, started=budget.clock.monotonic(), reserved_s=0.0)
        return replace(
            self, client=replace(self.client, transport=replace(transport, budget=budget))
        )

    def get_release_details(self, name: str) -> ReleaseDetails:
        """
        Return the release.

        Raises:
            ApiError: The release does not exist, or belongs to none of the projects.
        """
        response = self._send_get(self._build_release_path(name))
        self._raise_for_status(response, "read the release", name)
        found = parse_health.parse_release_details(response.body, name, self.client.projects)
        if not found.project_ids:
            listed = ", ".join(repr(one) for one in self.client.projects)
            raise ApiError(
                f"The release {name!r} belongs to none of the projects {listed}.",
                reason="Only sessions of these projects are counted.",
                hint="Correct `projects` (SENTRY_PROJECT): slugs from Settings > Projects.",
            )
        return found

    def get_session_counts(
        self,
        names: Sequence[str],
        projects: Sequence[int],
        now: datetime,
        *,
        with_unhandled: bool = True,
    ) -> SessionCounts | None:
        """
        Return the counts of these releases, and the trends of the first two.

        Returns None if the token lacks the scope `org:read`. Rates are from 0 to 1. Servers before
        Sentry 25.10 reject the rate of unhandled sessions with 400; the counts are then requested
        without it, as with `with_unhandled=False`, and have the source CRASHES.
        Source: https://github.com/getsentry/sentry/pull/101289
        """
        fields = _ALL_FIELDS if with_unhandled else _FIELDS
        response = self._send_get(self._build_counts_path(names, projects, fields))
        if response.status == _BAD_REQUEST and with_unhandled:
            return self.get_session_counts(names, projects, now, with_unhandled=False)
        if response.status == _FORBIDDEN:
            return None
        source = StatsSource.SESSIONS if with_unhandled else StatsSource.CRASHES
        start, end = parse_window(response, now, self.window_min)
        if response.status == _NOT_FOUND and self.environment is not None:
            return SessionCounts(
                window_start=start, window_end=end, is_complete=False, source=source
            )
        self._raise_for_status(response, "count the sessions")
        trends = [self._parse_trend(response, name) for name in names[:2]]
        return SessionCounts(
            window_start=start,
            window_end=end,
            stats=tuple(parse_health.parse_session_counts(response.body, names)),
            trend=trends[0],
            previous_trend=trends[1] if len(trends) > 1 else None,
            source=source,
        )

    def count_all_sessions(self, projects: Sequence[int]) -> int | None:
        """Return the sessions of all releases together, or None if Sentry refuses."""
        more = (("field", parse_health.SESSIONS), ("includeSeries", "0"))
        response = self._send_get(self._build_sessions_path(projects, *more))
        return parse_health.parse_total(response.body) if response.is_success else None

    def get_release_counts(self, name: str, now: datetime) -> SessionCounts:
        """
        Return the counts in the release's own health data, for a token with only `org:ci`.

        Sentry gives them for all environments together, for one of a few periods, and with
        rates in percent.
        """
        period = next(
            (one for one, hours in _PERIODS_H.items() if hours * 60 >= self.window_min), "90d"
        )
        query = {"health": 1, "summaryStatsPeriod": period, "healthStatsPeriod": period}
        response = self._send_get(f"{self._build_release_path(name)}?{urlencode(query)}")
        self._raise_for_status(response, "read the health of the release", name)
        start, end = parse_window(response, now, _PERIODS_H[period] * 60)
        projects = self.client.projects
        return SessionCounts(
            window_start=start,
            window_end=end,
            stats=(parse_health.parse_release_counts(response.body, name, projects),),
            trend=parse_health.parse_release_trend(response.body, projects),
            source=StatsSource.RELEASE,
        )

    def list_thresholds(
        self, name: str, *, since: datetime, until: datetime
    ) -> tuple[tuple[Threshold, ...], str | None]:
        """
        Return Sentry's thresholds for the release, and the reason if they could not be read.

        Sentry looks for releases that were created between two times. The endpoint is
        experimental, and most servers lack it: 404 means that there are no thresholds. The request
        takes at most ten seconds.

        Args:
            name: The release.
            since: A time before the release was created.
            until: A time after the release was created.
        """
        times = {"start": _to_iso(since), "end": _to_iso(until), "release": name}
        budget = self.client.budget
        kept_s = budget.reserved_s + max(budget.remaining_s - _THRESHOLDS_S, 0.0)
        transport = replace(self.client.transport, budget=replace(budget, reserved_s=kept_s))
        path = f"{self._root}release-threshold-statuses/?{urlencode(times)}"
        try:
            response = transport.request("GET", path)
        except (ServiceUnavailableError, ApiError) as error:
            return (), error.message
        if response.status == _NOT_FOUND:  # the organization has no thresholds
            return (), None
        if not response.is_success:
            return (), f"Sentry answered {response.status}."
        projects, place = self.client.projects, self.environment
        return tuple(parse_health.parse_thresholds(response.body, name, projects, place)), None

    @property
    def _interval_h(self) -> int:
        fits = (one for one in _INTERVALS_H if self.window_min <= one * 60 * _MAX_POINTS)
        return next(fits, _INTERVALS_H[-1])

    @property
    def _root(self) -> str:
        return f"/api/0/organizations/{quote(self.client.organization, safe='')}/"

    def _parse_trend(self, response: ApiResponse, name: str) -> Trend | None:
        return parse_health.parse_trend(response.body, name, self._interval_h * 3600)

    def _build_counts_path(
        self, names: Sequence[str], projects: Sequence[int], fields: Sequence[str]
    ) -> str:
        listed = ",".join(f'"{_quote_name(name)}"' for name in names)
        more = (("groupBy", "release"), ("query", f"release:[{listed}]"))
        return self._build_sessions_path(projects, *(("field", one) for one in fields), *more)

    def _build_release_path(self, name: str) -> str:
        return f"{self._root}releases/{quote(name, safe='')}/"

    def _build_sessions_path(self, projects: Sequence[int], *more: tuple[str, str]) -> str:
        query = [("project", str(one)) for one in projects] + [*more]
        query += [("statsPeriod", f"{self.window_min}m"), ("interval", f"{self._interval_h}h")]
        query += [("environment", self.environment)] if self.environment else []
        return f"{self._root}sessions/?{urlencode(query)}"

    def _send_get(self, path: str) -> ApiResponse:
        return self.client.transport.request("GET", path)

    def _raise_for_status(
        self, response: ApiResponse, doing: str, release: str | None = None
    ) -> None:
        if not response.is_success:
            organization, projects = self.client.organization, self.client.projects
            raise build_api_error(
                response, doing, organization=organization, projects=projects, release=release
            )


def _quote_name(name: str) -> str:
    return name.replace("\\", "\\\\").replace('"', '\\"')


def _to_iso(when: datetime) -> str:
    return when.isoformat().replace("+00:00", "Z")
