"""What we ask of Sentry about the health of releases; it changes nothing there."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import quote, urlencode

from sentry_release.doors.sentry import health_answers, health_of_release
from sentry_release.doors.sentry.api import SentryApi
from sentry_release.doors.sentry.health_window import window_of
from sentry_release.doors.sentry.mistakes import refusal
from sentry_release.doors.sentry.outcome import Answer
from sentry_release.words.errors import OutageError, RefusedError
from sentry_release.words.health import Counted, Detail, Teller, Threshold

_FORBIDDEN, _NOT_FOUND, _REFUSED = 403, 404, 400
_FIELDS = (
    health_answers.SESSIONS,
    health_answers.USERS,
    health_answers.CRASH_FREE_SESSIONS,
    health_answers.CRASH_FREE_USERS,
)
_INTERVALS_H = (1, 2, 3, 4, 6, 8, 12, 24)  # an interval has to divide one day
_MOST_POINTS = 48  # that a chart of them can still be read
_PERIODS = {"1h": 1, "24h": 24, "48h": 48, "7d": 168, "14d": 336, "30d": 720, "90d": 2160}
_THRESHOLDS_S = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthApi:
    """
    The endpoints that tell of health, for one environment (None: all) and one window.

    Windows end now, by Sentry's own clock. Whatever is asked, but for `thresholds`, RefusedError
    and OutageError are raised as by SentryApi. Source: https://docs.sentry.io/api/releases/
    """

    sentry: SentryApi
    environment: str | None
    window_min: int

    def afresh(self) -> "HealthApi":
        """The same with all of the time that a phase may spend on asking Sentry."""
        wire = self.sentry.wire
        patience = wire.patience
        patience = replace(patience, began=patience.clock.seconds(), kept_s=0.0)
        return replace(self, sentry=replace(self.sentry, wire=replace(wire, patience=patience)))

    def detail(self, name: str) -> Detail:
        """
        The release itself.

        Raises:
            RefusedError: Sentry has none of that name, or it is of none of our projects.
        """
        answer = self._get(self._release(name))
        self._check(answer, "read the release", name)
        found = health_of_release.detail(answer.body, name, self.sentry.projects)
        if not found.project_ids:
            listed = ", ".join(repr(one) for one in self.sentry.projects)
            raise RefusedError(
                f"The release {name!r} belongs to none of the projects {listed}.",
                why="So there are no sessions of theirs that could be counted.",
                mend="Correct `projects` (SENTRY_PROJECT): slugs from Settings > Projects.",
            )
        return found

    def counted(
        self, names: Sequence[str], projects: Sequence[int], now: datetime
    ) -> Counted | None:
        """
        The figures of these releases, and the trend of the first; None where the token may not.

        It needs `org:read`, and tells ratios from 0 to 1.
        """
        listed = ",".join(f'"{_quoted(name)}"' for name in names)
        more = (("groupBy", "release"), ("query", f"release:[{listed}]"))
        fields = tuple(("field", field) for field in _FIELDS)
        answer = self._get(self._sessions(projects, *fields, *more))
        if answer.status == _FORBIDDEN:
            return None
        if answer.status == _NOT_FOUND and self.environment is not None:
            start, end = window_of(answer, now, self.window_min)
            return Counted(window_start=start, window_end=end, known=False)
        self._check(answer, "count the sessions")
        start, end = window_of(answer, now, self.window_min)
        return Counted(
            window_start=start,
            window_end=end,
            figures=tuple(health_answers.figures(answer.body, names)),
            trend=health_answers.trend(answer.body, names[0], self._interval_h * 3600),
        )

    def everyone(self, projects: Sequence[int]) -> int | None:
        """How many sessions all releases have together; None where Sentry does not say."""
        more = (("field", health_answers.SESSIONS), ("includeSeries", "0"))
        answer = self._get(self._sessions(projects, *more))
        return health_answers.total(answer.body) if answer.status < _REFUSED else None

    def of_release(self, name: str, now: datetime) -> Counted:
        """
        The figures as the release itself tells them, for a token with `org:ci` alone.

        Sentry gives them over all environments, whichever is asked for, over one of a few
        periods, and as percentages.
        """
        period = next(
            (one for one, hours in _PERIODS.items() if hours * 60 >= self.window_min), "90d"
        )
        query = {"health": 1, "summaryStatsPeriod": period, "healthStatsPeriod": period}
        answer = self._get(f"{self._release(name)}?{urlencode(query)}")
        self._check(answer, "read the health of the release", name)
        start, end = window_of(answer, now, _PERIODS[period] * 60)
        projects = self.sentry.projects
        return Counted(
            window_start=start,
            window_end=end,
            figures=(health_of_release.figures(answer.body, name, projects),),
            trend=health_of_release.trend(answer.body, projects),
            told_by=Teller.RELEASE,
        )

    def thresholds(
        self, name: str, *, since: datetime, until: datetime
    ) -> tuple[tuple[Threshold, ...], str | None]:
        """
        Sentry's own thresholds for the release, and why there are none, where there is a reason.

        Args:
            name: The release.
            since: Before it was opened; Sentry looks for releases that were opened in between.
            until: After that.

        The endpoint is an experiment of Sentry's, which many servers do not have; it gets ten
        seconds at most.
        """
        times = {"start": _iso(since), "end": _iso(until), "release": name}
        patience = self.sentry.patience
        kept_s = patience.kept_s + max(patience.left_s - _THRESHOLDS_S, 0.0)
        wire = replace(self.sentry.wire, patience=replace(patience, kept_s=kept_s))
        path = f"{self._root}release-threshold-statuses/?{urlencode(times)}"
        try:
            answer = wire.send("GET", path)
        except (OutageError, RefusedError) as error:
            return (), error.what
        if answer.status >= _REFUSED:
            return (), f"Sentry answered {answer.status}."
        projects, place = self.sentry.projects, self.environment
        return tuple(health_answers.thresholds(answer.body, name, projects, place)), None

    @property
    def _interval_h(self) -> int:
        fits = (one for one in _INTERVALS_H if self.window_min <= one * 60 * _MOST_POINTS)
        return next(fits, _INTERVALS_H[-1])

    @property
    def _root(self) -> str:
        return f"/api/0/organizations/{quote(self.sentry.organization, safe='')}/"

    def _release(self, name: str) -> str:
        return f"{self._root}releases/{quote(name, safe='')}/"

    def _sessions(self, projects: Sequence[int], *more: tuple[str, str]) -> str:
        query = [("project", str(one)) for one in projects] + [*more]
        query += [("statsPeriod", f"{self.window_min}m"), ("interval", f"{self._interval_h}h")]
        query += [("environment", self.environment)] if self.environment else []
        return f"{self._root}sessions/?{urlencode(query)}"

    def _get(self, path: str) -> Answer:
        return self.sentry.wire.send("GET", path)

    def _check(self, answer: Answer, doing: str, release: str | None = None) -> None:
        if answer.status >= _REFUSED:
            organization, projects = self.sentry.organization, self.sentry.projects
            raise refusal(
                answer, doing, organization=organization, projects=projects, release=release
            )


def _quoted(name: str) -> str:
    return name.replace("\\", "\\\\").replace('"', '\\"')


def _iso(when: datetime) -> str:
    return when.isoformat().replace("+00:00", "Z")
