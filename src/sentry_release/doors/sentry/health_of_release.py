"""What a release tells of itself -> nouns: its projects, its issues, and its own health figures."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from sentry_release.doors.sentry.answers import listing, mapping, moment
from sentry_release.doors.sentry.counts import positive, ratio, share, whole
from sentry_release.words.health import Detail, Figures, Point, Trend

_HUNDRED = 100
_MOST_POINTS = 1000
_MOST_DIGITS = 19


def detail(body: Any, name: str, projects: Sequence[str]) -> Detail:  # noqa: ANN401 - JSON
    """The release, as far as it is of these projects (their slugs)."""
    ours = _of_projects(body, projects)
    issues = [count for one in ours if (count := whole(one.get("newGroups"))) is not None]
    ids = (_number(one.get("id")) for one in ours)
    return Detail(
        release=name,
        project_ids=tuple(number for number in ids if number is not None),
        opened=moment(mapping(body).get("dateCreated")),
        new_issues=sum(issues) if issues else None,
    )


def figures(
    body: Any,  # noqa: ANN401 - JSON
    name: str,
    projects: Sequence[str],
) -> Figures:
    """
    What a release tells of its own health, over all environments; its rates are percentages.

    Of several projects the rates are the mean, weighed by sessions or users. The share of all
    sessions is that of the last 24 hours. Source: https://docs.sentry.io/api/releases/
    """
    known = [mapping(one.get("healthData")) for one in _of_projects(body, projects)]
    sessions, users = _sum(known, "totalSessions"), _sum(known, "totalUsers")
    of_day, of_all = _sum(known, "totalSessions24h"), _sum(known, "totalProjectSessions24h")
    return Figures(
        release=name,
        sessions=sessions or 0,
        users=users,
        crash_free_sessions=_mean(known, "crashFreeSessions", "totalSessions"),
        crash_free_users=_mean(known, "crashFreeUsers", "totalUsers"),
        adoption=share(of_day, of_all),
        new_issues=detail(body, name, projects).new_issues,
    )


def trend(body: Any, projects: Sequence[str]) -> Trend | None:  # noqa: ANN401 - JSON
    """The sessions that a release tells of, by its own intervals; it tells no rates of them."""
    counts: dict[int, int] = {}
    for one in _of_projects(body, projects):
        stats = mapping(mapping(one.get("healthData")).get("stats"))
        for entry in (entry for series in stats.values() for entry in listing(series)):
            second, count = (whole(part) for part in (*listing(entry), None, None)[:2])
            if second is not None and count is not None:
                counts[second] = counts.get(second, 0) + count
    seconds = sorted(counts)[-_MOST_POINTS:]
    try:
        points = tuple(
            Point(start=datetime.fromtimestamp(second, UTC), sessions=counts[second])
            for second in seconds
        )
    except (ValueError, OverflowError, OSError):
        return None
    if len(points) < 2:  # noqa: PLR2004 - an interval has two ends
        return None
    return Trend(interval_s=seconds[1] - seconds[0], points=points)


def _of_projects(body: Any, projects: Sequence[str]) -> list[dict[str, Any]]:  # noqa: ANN401 - JSON
    known = [mapping(one) for one in listing(mapping(body).get("projects"))]
    return [one for one in known if one.get("slug") in projects]


def _sum(known: Iterable[dict[str, Any]], key: str) -> int | None:
    counts = [count for one in known if (count := whole(one.get(key))) is not None]
    return sum(counts) if counts else None


def _mean(known: Iterable[dict[str, Any]], key: str, weight: str) -> float | None:
    pairs = [(_percent(one.get(key)), whole(one.get(weight))) for one in known]
    weighed = [(rate, count) for rate, count in pairs if rate is not None and count]
    if not weighed:
        return None
    return sum(rate * count for rate, count in weighed) / sum(count for _, count in weighed)


def _percent(value: Any) -> float | None:  # noqa: ANN401 - JSON
    number = positive(value)
    return ratio(number / _HUNDRED) if number is not None else None


def _number(value: Any) -> int | None:  # noqa: ANN401 - JSON
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS else None
