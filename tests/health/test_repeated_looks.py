"""How often `max-drop` fails a release that is no worse, if a schedule repeats the comparison."""

import re
from dataclasses import dataclass

import pytest

from job import ROOT
from sentry_release.health.regression import CONFIDENCE

PAGE = (ROOT / "docs/health.md").read_text()
RUNS = 12_000
SEED = 20_261_129
SESSIONS_PER_H, CRASH_RATE = 2000, 0.005
TOLERANCE = 1.5  # points; more than three standard errors of so many runs
_ROW = re.compile(
    r"^\| every (?P<every>\d+) h \| `(?P<window>\d+)h` \| (?P<looks>\d+) \| "
    r"(?P<none>[\d.]+) % \| (?P<half>[\d.]+) % \|$",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """A comparison of the last `window_h` hours, repeated `looks` times every `every_h` hours."""

    window_h: int
    every_h: int
    looks: int


def compute_error_rate(schedule: Schedule, *, max_drop: float) -> float:
    """
    Return the probability in percent that at least one of the comparisons fails, by simulation.

    Both releases have the same crash rate and as many sessions per hour, so each failure is a
    false alarm. The limits are those of Clopper and Pearson from scipy, not the program's own.
    """
    import numpy as np
    from scipy.special import betaincinv  # type: ignore[import-untyped] # not scipy.stats: slow

    hours = schedule.window_h + schedule.every_h * (schedule.looks - 1)
    random = np.random.default_rng(SEED)
    total = schedule.window_h * SESSIONS_PER_H
    counts = np.arange(int(total * CRASH_RATE * 4) + 60)
    lower = np.where(counts > 0, betaincinv(counts, total - counts + 1, 1 - CONFIDENCE), 0)
    upper = betaincinv(counts + 1, total - counts, CONFIDENCE)
    below, above = counts / total - lower, upper - counts / total
    drawn = (random.binomial(SESSIONS_PER_H, CRASH_RATE, (RUNS, hours)) for _ in range(2))
    now, before = (np.cumsum(np.pad(one, ((0, 0), (1, 0))), axis=1) for one in drawn)
    failed = np.zeros(RUNS, bool)
    for start in range(0, schedule.every_h * schedule.looks, schedule.every_h):
        crashed, earlier = (
            one[:, start + schedule.window_h] - one[:, start] for one in (now, before)
        )
        certain = (crashed - earlier) / total - np.hypot(below[crashed], above[earlier])
        failed |= 100 * certain > max_drop
    return 100 * float(failed.mean())


ROWS = [
    (Schedule(window_h=int(row["window"]), every_h=int(row["every"]), looks=int(row["looks"])), row)
    for row in _ROW.finditer(PAGE)
]
SIMULATED = [ROWS[0], *(pytest.param(*row, marks=pytest.mark.large) for row in ROWS[1:])]


@pytest.mark.parametrize(("schedule", "row"), SIMULATED, ids=lambda one: str(one)[:60])
def test_the_error_rates_of_repeated_comparisons_are_those_of_the_page(
    schedule: Schedule, row: re.Match[str]
) -> None:
    assert compute_error_rate(schedule, max_drop=0) == pytest.approx(
        float(row["none"]), abs=TOLERANCE
    )
    assert compute_error_rate(schedule, max_drop=0.5) == pytest.approx(
        float(row["half"]), abs=TOLERANCE
    )


def test_the_page_has_windows_that_overlap_and_windows_that_do_not() -> None:
    schedules = [schedule for schedule, _ in ROWS]

    assert len(schedules) >= 5
    assert {one.window_h > one.every_h for one in schedules} == {True, False}
    assert all(one.looks * one.every_h == 7 * 24 for one in schedules if one.looks > 1)


def test_comparisons_of_separate_windows_are_independent() -> None:
    one = compute_error_rate(Schedule(window_h=24, every_h=24, looks=1), max_drop=0)
    seven = compute_error_rate(Schedule(window_h=24, every_h=24, looks=7), max_drop=0)

    assert one < 100 * (1 - CONFIDENCE)
    assert seven == pytest.approx(100 * (1 - (1 - one / 100) ** 7), abs=TOLERANCE)
