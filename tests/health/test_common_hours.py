"""Which hours of two releases are compared: those in which both have sessions."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from sentry_release.health.regression import MIN_SESSIONS, Comparison, find_comparison
from sentry_release.model.health import ReleaseHealth, SessionStats, Trend, TrendPoint

DAY = datetime(2026, 3, 2, tzinfo=UTC)
NOW, BEFORE = "shop@1.4.0+27", "shop@1.3.0+26"
Hours = Mapping[int, tuple[int, float | None]]  # sessions and their crash-free rate


def trend(hours: Hours) -> Trend:
    return Trend(
        interval_s=3600,
        points=tuple(
            TrendPoint(start=DAY + timedelta(hours=hour), sessions=of, crash_free_sessions=rate)
            for hour, (of, rate) in hours.items()
        ),
    )


def health(now: Hours, before: Hours) -> ReleaseHealth:
    """Two releases with these hours; over the whole window each has 9,000 sessions."""
    return ReleaseHealth(
        environment="production",
        window_start=DAY,
        window_end=DAY + timedelta(days=1),
        current=SessionStats(release=NOW, sessions=9000, crash_free_sessions=0.9),
        previous=SessionStats(release=BEFORE, sessions=9000, crash_free_sessions=0.8),
        trend=trend(now),
        previous_trend=trend(before),
    )


def compared(found: Comparison | None) -> tuple[list[int], int, int]:
    """The hours, and the sessions of both releases in them."""
    assert found is not None
    return [one.hour for one in found.starts], found.now.sessions, found.before.sessions


WHOLE_WINDOW: tuple[list[int], int, int] = ([], 9000, 9000)


def test_the_hours_with_sessions_of_both_releases_are_compared() -> None:
    found = find_comparison(
        health(
            {9: (70, 1.0), 10: (100, 1.0), 11: (300, 0.96)},
            {10: (80, 0.5), 11: (20, 1.0), 12: (500, 1.0)},
        )
    )

    assert compared(found) == ([10, 11], 400, 100)
    assert found is not None
    assert (found.now.release, found.before.release) == (NOW, BEFORE)
    assert found.now.crash_free_sessions == pytest.approx(0.97)
    assert found.before.crash_free_sessions == pytest.approx(0.6)
    assert found.interval_s == 3600


def test_an_hour_with_a_single_session_is_compared() -> None:
    full = {9: (100, 1.0), 10: (100, 1.0)}

    assert compared(find_comparison(health(full | {10: (1, 0.0)}, full))) == ([9, 10], 101, 200)


@pytest.mark.parametrize("missing", [(0, None), (0, 1.0), (90, None)])
def test_an_hour_without_sessions_or_without_a_rate_is_not_compared(
    missing: tuple[int, float | None],
) -> None:
    full, other = (200, 1.0), {9: (100, 1.0), 10: (100, 1.0)}

    assert compared(find_comparison(health({9: full, 10: missing}, other))) == ([9], 200, 100)
    assert compared(find_comparison(health(other, {9: full, 10: missing}))) == ([9], 100, 200)


@pytest.mark.parametrize(
    ("now", "before", "is_enough"),
    [
        pytest.param(120, MIN_SESSIONS, True, id="just enough of both"),
        pytest.param(119, MIN_SESSIONS, False, id="one too few of the release"),
        pytest.param(120, MIN_SESSIONS - 1, False, id="one too few of the previous one"),
        pytest.param(9000, 1, False, id="hardly any before"),
        pytest.param(1, 9000, False, id="hardly any now"),
    ],
)
def test_with_too_few_sessions_in_common_hours_the_whole_window_is_compared(
    now: int, before: int, *, is_enough: bool
) -> None:
    found = find_comparison(health({9: (now, 1.0)}, {9: (before, 1.0)}), min_count=120)

    assert compared(found) == (([9], now, before) if is_enough else WHOLE_WINDOW)


def test_without_common_hours_or_without_trends_the_whole_window_is_compared() -> None:
    apart = health({9: (100, 1.0)}, {10: (100, 1.0)})
    found = find_comparison(apart)

    assert found is not None
    assert found.interval_s == 0
    assert compared(found) == WHOLE_WINDOW
    assert compared(find_comparison(replace(apart, trend=None))) == WHOLE_WINDOW
    assert compared(find_comparison(replace(apart, previous_trend=None))) == WHOLE_WINDOW


def test_without_a_previous_release_nothing_is_compared() -> None:
    assert find_comparison(replace(health({}, {}), previous=None)) is None
