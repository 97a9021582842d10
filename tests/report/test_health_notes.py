"""The notes on a health check: what its figures cover, and which hours `max-drop` compared."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from sentry_release.health.gates import Thresholds, evaluate_gates
from sentry_release.model.health import (
    ReleaseHealth,
    SessionStats,
    StatsSource,
    Trend,
    TrendPoint,
)
from sentry_release.report.health_report import Json, build_health_page, build_report
from sentry_release.report.page import Status, SummaryPage

START = datetime(2026, 3, 2, tzinfo=UTC)
END = START + timedelta(hours=4)
DROP = Thresholds(max_drop=1)


def trend(sessions: Mapping[int, int], hours: int = 1) -> Trend:
    """Sessions by the number of the interval, all crash-free; there are four intervals."""
    points = tuple(
        TrendPoint(
            start=START + timedelta(hours=hours * at),
            sessions=sessions.get(at, 0),
            crash_free_sessions=1.0 if at in sessions else None,
        )
        for at in range(4)
    )
    return Trend(interval_s=3600 * hours, points=points)


def health(now: Trend | None, before: Trend | None) -> ReleaseHealth:
    return ReleaseHealth(
        environment="production",
        window_start=START,
        window_end=END,
        current=SessionStats(release="shop@1.4.0", sessions=900, crash_free_sessions=1.0),
        previous=SessionStats(release="shop@1.3.0", sessions=900, crash_free_sessions=1.0),
        trend=now,
        previous_trend=before,
    )


def notes(shown: ReleaseHealth, limits: Thresholds = DROP) -> tuple[str, ...]:
    page = SummaryPage(status=Status.FINISHED, release="shop@1.4.0", environment=shown.environment)
    return build_health_page(page, shown, evaluate_gates(limits, shown)).notes


ALL = {0: 100, 1: 100, 2: 100, 3: 100}


@pytest.mark.parametrize(
    ("hours", "text"),
    [
        (1, "the 2 of 4 hours in which both releases have sessions, from 2026-03-02 01:00 to "
            "2026-03-02 03:00 UTC"),
        (3, "the 6 of 12 hours in which both releases have sessions, from 2026-03-02 03:00 to "
            "2026-03-02 09:00 UTC"),
    ],
)  # fmt: skip
def test_the_compared_hours_are_named_if_they_are_not_all(hours: int, text: str) -> None:
    shown = health(trend(ALL, hours), trend({1: 100, 2: 100}, hours))

    assert notes(shown) == (f"`max-drop` compares {text}.",)


def test_a_comparison_of_all_hours_needs_no_note() -> None:
    assert notes(health(trend(ALL), trend(ALL))) == ()


def test_a_comparison_of_the_whole_window_is_noted_if_hours_could_have_been_compared() -> None:
    apart = health(trend({0: 100, 1: 100}), trend({2: 100, 3: 100}))

    (note,) = notes(apart)
    assert note.startswith("`max-drop` compares the whole window")
    for shown, limits in (
        (replace(apart, trend=None), DROP),
        (replace(apart, previous_trend=None), DROP),
        (replace(apart, previous=None), DROP),
        (apart, Thresholds(min_crash_free_sessions=99)),
        (apart, Thresholds(max_drop=1, min_sessions=1000)),
    ):
        assert notes(shown, limits) == ()


@pytest.mark.parametrize(
    ("created_h", "start"),
    [
        (None, None),
        (0, None),
        (1, "The window starts before the release was created."),
        (4, "The window starts before the release was created."),
        (5, "The release was created after the end of this window"),
    ],
)
def test_a_release_that_is_younger_than_the_window_is_noted(
    created_h: int | None, start: str | None
) -> None:
    created = None if created_h is None else START + timedelta(hours=created_h)

    found = notes(replace(health(trend(ALL), trend(ALL)), created_at=created))

    assert len(found) == (0 if start is None else 1)
    assert all(note.startswith(start or "") for note in found)


def test_figures_of_all_environments_are_called_that() -> None:
    shown = replace(health(None, None), source=StatsSource.RELEASE)

    assert any(note.startswith("These figures cover all environments") for note in notes(shown))
    everywhere = replace(shown, environment=None)
    assert not any(note.startswith("These figures") for note in notes(everywhere))


@pytest.mark.parametrize(
    ("unhandled_free", "limits", "is_noted"),
    [
        (None, DROP, False),
        (1.0, DROP, False),
        (0.9, Thresholds(min_crash_free_sessions=99), True),
        (0.9, DROP, False),
        (0.9, Thresholds(min_unhandled_free_sessions=99), False),
    ],
)
def test_unhandled_errors_that_no_gate_evaluates_are_noted(
    unhandled_free: float | None, limits: Thresholds, *, is_noted: bool
) -> None:
    shown = health(None, None)
    now = replace(shown.current, unhandled_free_sessions=unhandled_free)
    before = replace(shown.current, release="shop@1.3.0", unhandled_free_sessions=1.0)

    found = notes(replace(shown, current=now, previous=before), limits)

    assert any("90 of 900 sessions have an unhandled error" in one for one in found) is is_noted


def test_a_server_without_unhandled_sessions_is_noted_for_max_drop_alone() -> None:
    shown = replace(health(None, None), source=StatsSource.CRASHES)
    both = Thresholds(max_drop=1, min_unhandled_free_sessions=99)

    assert any("compares crashes only" in one for one in notes(shown))
    assert not any("compares crashes only" in one for one in notes(shown, both))
    assert not any("compares crashes only" in one for one in notes(shown, Thresholds()))


def test_a_figure_that_sentry_did_not_return_is_empty_and_zero_is_a_figure() -> None:
    shown = replace(health(None, None), previous=None)
    shown = replace(shown, current=SessionStats(release="shop@1.4.0", sessions=0, new_issues=0))
    page = SummaryPage(status=Status.FINISHED, release="shop@1.4.0")

    figures = build_health_page(page, shown, evaluate_gates(DROP, shown)).figures

    assert {name: now for name, now, _ in figures if now} == {"Sessions": "0", "New issues": "0"}
    assert {before for _, _, before in figures} == {""}


def test_the_report_has_the_compared_hours_of_a_comparison() -> None:
    def comparison(shown: ReleaseHealth) -> Json:
        report = build_report(shown, evaluate_gates(DROP, shown))
        assert isinstance(report, dict)
        return report["comparison"]

    common = comparison(health(trend(ALL), trend({1: 100, 2: 100})))
    whole = comparison(health(None, None))

    assert isinstance(common, dict)
    assert isinstance(whole, dict)
    assert (common["interval_seconds"], whole["interval_seconds"]) == (3600, None)
    assert comparison(replace(health(None, None), previous=None)) is None
