"""Sentry's list of sessions: counts and crash-free rates, as ratios, by interval and release."""

import math
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import NoReturn

from fake_sentry.sentry_access import not_found
from fake_sentry.sentry_lists import projects_of
from fake_sentry.state import Counts, Store, now
from fake_sentry.wire import Answer, Query, Refused

Body = dict[str, object]
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_SPAN = re.compile(r"(\d+)([smhdw])")
_GROUPS = {"project", "release", "environment", "session.status"}
_LISTED = re.compile(r'"((?:\\.|[^"\\])*)"')
_MAX_POINTS = 10_000
_UNHANDLED = "unhandled_rate(session)"
_DAY_S = 86400


def list_sessions(store: Store, query: Query) -> Answer:
    """
    Return the requested sessions, grouped by nothing or by release; all count in the first interval.

    Raises:
        Refused: 400 for what Sentry does not understand, 403 and 404 for what it does not know
    """
    fields = [_field(store, one) for one in query.query.get("field", ())]
    if not fields:
        _wrong('Request is missing a "field"')
    starts, step = _intervals(query)
    by = query.query.get("groupBy", [])
    if strange := next((one for one in by if one not in _GROUPS), None):
        _wrong(f'Invalid groupBy: "{strange}"')
    found = _found(store, query, projects_of(store, query))
    groups: list[tuple[list[Counts], Body]] = [([one for _, one in found], {})]
    if by:
        groups = [([one], {"release": name}) for name, one in found if "release" in by]
    body: Body = {
        "groups": [_group(fields, counts, key, len(starts)) for counts, key in groups],
        "start": _stamp(starts[0]),
        "end": _stamp(starts[-1] + step),
        "intervals": [_stamp(start) for start in starts],
        "query": query.one("query"),
    }
    return Answer(body=_without(query, body))


def values(counts: Sequence[Counts]) -> dict[str, float | None]:
    """Return the totals by Sentry's field name; rates are ratios."""
    sessions, users = sum(one.sessions for one in counts), sum(one.users for one in counts)
    crashed = sum(one.crashed for one in counts)
    crashed_users = sum(one.crashed_users for one in counts)
    unhandled = sum(one.unhandled for one in counts)
    return {
        "sum(session)": sessions,
        "count_unique(user)": users,
        "crash_free_rate(session)": 1 - crashed / sessions if sessions else None,
        "crash_free_rate(user)": 1 - crashed_users / users if users else None,
        _UNHANDLED: unhandled / sessions if sessions else None,
    }


def _field(store: Store, name: str) -> str:
    is_known = name in values(()) and (store.reports_unhandled or name != _UNHANDLED)
    return name if is_known else _wrong(f'Invalid field: "{name}"')


def _intervals(query: Query) -> tuple[list[datetime], timedelta]:
    period, step = _seconds(query.one("statsPeriod", "90d")), _seconds(query.one("interval", "1h"))
    if period is None:
        _wrong(f"Invalid date range: Invalid statsPeriod: '{query.one('statsPeriod')}'")
    if not step or _DAY_S % step:
        _wrong("The interval should divide one day without a remainder.")
    count = math.ceil(period / step)
    if count > _MAX_POINTS or (step < _UNITS["h"] and count > _DAY_S):
        _wrong(
            "Your interval and date range would create too many results. "
            "Use a larger interval, or a smaller date range."
        )
    end = math.ceil(now().timestamp() / step) * step
    starts = [
        datetime.fromtimestamp(end - remaining * step, UTC) for remaining in range(count, 0, -1)
    ]
    return starts, timedelta(seconds=step)


def _seconds(text: str) -> int | None:
    found = _SPAN.fullmatch(text)
    return int(found[1]) * _UNITS[found[2]] if found else None


def _found(store: Store, query: Query, projects: set[int]) -> list[tuple[str, Counts]]:
    places = set(query.query.get("environment", ()))
    if places - store.environments:
        not_found()
    expected = _wanted(query.one("query"))
    return [
        (name, counts)
        for name, counts in store.counts.items()
        if (expected is None or name in expected)
        and (not places or counts.environment in {None, *places})
        and _is_in(store, name, projects)
    ]


def _is_in(store: Store, name: str, projects: set[int]) -> bool:
    known = store.releases.get(name)
    return known is None or any(project.id in projects for project in known.projects)


def _wanted(query: str) -> set[str] | None:
    """Return the releases in a search query; None if it has none."""
    if not query:
        return None
    key, _, value = query.partition(":")
    if key != "release" or (" " in value and '"' not in value):
        _wrong(f"Invalid search filter: {key if _ and key != 'release' else 'message'}")
    if value.startswith(('"', "[")):
        return {re.sub(r"\\(.)", r"\1", one) for one in _LISTED.findall(value)}
    return {value}


def _group(fields: list[str], counts: list[Counts], key: Body, intervals: int) -> Body:
    totals, nothing = values(counts), values(())
    series = {name: [totals[name]] + [nothing[name]] * (intervals - 1) for name in fields}
    return {"by": key, "totals": {name: totals[name] for name in fields}, "series": series}


def _without(query: Query, body: Body) -> Body:
    remaining = {
        "series": query.one("includeSeries", "1"),
        "totals": query.one("includeTotals", "1"),
    }
    for group in body["groups"] if isinstance(body["groups"], list) else []:
        for part in [part for part, expected in remaining.items() if expected == "0"]:
            del group[part]
    return body


def _stamp(when: datetime) -> str:
    return when.isoformat().replace("+00:00", "Z")


def _wrong(detail: str) -> NoReturn:
    raise Refused(400, {"detail": detail})
