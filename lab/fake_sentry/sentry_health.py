"""
What Sentry reports of a release's health besides its sessions: its own figures, and thresholds.

The shapes of the figures, which are percentages, and of the thresholds are those of Sentry's
published OpenAPI document (0.272.0): a recorded server had no such figures and no thresholds.
"""

import re

from fake_sentry.sentry_access import SESSION_SCOPES, not_found, token_of
from fake_sentry.sentry_request import SentryRequest
from fake_sentry.sentry_sessions import list_sessions, values
from fake_sentry.state import Counts, Project, Store, now
from fake_sentry.wire import Answer, Query, Refused

HEALTH_ROUTE = re.compile(
    r"/api/0/organizations/(?P<org>[^/]+)/(?P<part>sessions|release-threshold-statuses)/"
)
_PERIODS = {
    "1h": (3600, 1),
    "24h": (3600, 24),
    "1d": (3600, 24),
    "48h": (3600, 48),
    "2d": (3600, 48),
    "7d": (86400, 7),
    "14d": (86400, 14),
    "30d": (86400, 30),
    "90d": (259200, 30),
}
Body = dict[str, object]


def answer_on_health(store: Store, query: Query, organization: str, part: str) -> Answer:
    """
    Return the requested sessions or thresholds.

    Raises:
        Refused: as the endpoint says
    """
    if part == "release-threshold-statuses" and store.thresholds is None:
        return Answer(status=404, body="", headers={"Content-Type": "text/html; charset=utf-8"})
    token_of(store, query, SESSION_SCOPES if part == "sessions" else None)
    if organization != store.organization:
        not_found()
    if query.method != "GET":
        raise Refused(405, {"detail": f'Method "{query.method}" not allowed.'})
    return list_sessions(store, query) if part == "sessions" else _thresholds(store, query)


def with_health(request: SentryRequest, body: Body) -> Body:
    """
    Return the body of a release, with its health if the query has `health=1`; of all environments.

    Raises:
        Refused: 400 for a period that Sentry does not have
    """
    summary = request.query.one("summaryStatsPeriod", "14d")
    stats = request.query.one("healthStatsPeriod", "24h")
    for name, period in (("summaryStatsPeriod", summary), ("healthStatsPeriod", stats)):
        if period not in _PERIODS:
            known = ", ".join(f"'{one}'" for one in _PERIODS)
            raise Refused(400, {"detail": f"Invalid {name}. Valid choices are {known}"})
    if request.query.one("adoptionStages") == "1":
        stage = {"stage": "low_adoption", "adopted": None, "unadopted": None}
        body["adoptionStages"] = {project.slug: stage for project in request.release.projects}
    if request.query.one("health") != "1":
        return body
    own = request.store.counts.get(request.release.version)
    projects = body["projects"] if isinstance(body["projects"], list) else []
    for project_body, project in zip(projects, request.release.projects, strict=True):
        project_body["healthData"] = _health_data(request.store, project, own, summary, stats)
        project_body["hasHealthData"] = own is not None
    return body


def _health_data(
    store: Store, project: Project, own: Counts | None, summary: str, stats: str
) -> Body:
    all_sessions = [
        counts
        for name, counts in store.counts.items()
        if name not in store.releases or project in store.releases[name].projects
    ]
    own_values = values([own] if own else [])
    day, all_day = (own.sessions if own else 0), sum(one.sessions for one in all_sessions)
    users, all_users = (own.users if own else 0), sum(one.users for one in all_sessions)
    return {
        "durationP50": None,
        "durationP90": None,
        "crashFreeUsers": _percent(own_values["crash_free_rate(user)"]),
        "crashFreeSessions": _percent(own_values["crash_free_rate(session)"]),
        "sessionsCrashed": own.crashed if own else 0,
        "sessionsErrored": 0,
        "totalUsers": users if own else None,
        "totalUsers24h": users,
        "totalProjectUsers24h": all_users,
        "totalSessions": day if own else None,
        "totalSessions24h": day,
        "totalProjectSessions24h": all_day,
        "adoption": 100 * users / all_users if all_users and own else None,
        "sessionsAdoption": 100 * day / all_day if all_day and own else None,
        "stats": {stats: _series(summary, day)},
        "hasHealthData": own is not None,
    }


def _percent(rate: float | None) -> float | None:
    return None if rate is None else 100 * rate


def _series(period: str, sessions: int) -> list[list[int]]:
    """Return the sessions, all in the first interval of the summary."""
    step, count = _PERIODS[period]
    end = int(now().timestamp()) // step * step + step
    starts = range(end - count * step, end, step)
    return [[start, sessions if start == starts[0] else 0] for start in starts]


def _thresholds(store: Store, query: Query) -> Answer:
    missing = {
        name: ["This field is required."] for name in ("start", "end") if not query.one(name)
    }
    if missing:
        raise Refused(400, missing)
    expected = query.query.get("release")
    found = {
        key: [one for one in entries if expected is None or one.get("release") in expected]
        for key, entries in (store.thresholds or {}).items()
    }
    return Answer(body={key: entries for key, entries in found.items() if entries})
