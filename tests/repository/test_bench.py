"""The bench: its arithmetic, and that its report is what the bench has written."""

import json
from typing import Any

import pytest
from figures import Goal, medians, ratio, summed
from job_page import chart, page

from job import ROOT

BENCH = ROOT / "bench"


def job(wall_ms: float) -> dict[str, float]:
    return {"wall_ms": wall_ms, "peak_mb": 20.0}


def test_the_times_of_a_job_add_up_and_its_peak_is_the_highest_one() -> None:
    first = {"wall_ms": 300.0, "cpu_ms": 90.0, "peak_mb": 30.0, "code": 0}
    second = {"wall_ms": 200.0, "cpu_ms": 60.0, "peak_mb": 25.0, "code": 1}

    assert summed([first, second]) == {
        "wall_ms": 500.0,
        "cpu_ms": 150.0,
        "peak_mb": 30.0,
        "failed": 1.0,
    }


def test_one_slow_round_changes_no_median() -> None:
    assert medians([job(100), job(900), job(110)])["wall_ms"] == 110


def test_a_slow_while_that_met_both_does_not_change_their_ratio() -> None:
    own, other = [job(100), job(500), job(100)], [job(200), job(1000), job(200)]

    assert ratio(own, other) == 0.5


@pytest.mark.parametrize(
    ("reached", "says"),
    [
        pytest.param(0.9, "it is 0.9 times: **met**.", id="met"),
        pytest.param(1.3, "it is 1.3 times: **met**.", id="just met"),
        pytest.param(1.5, "it is 1.5 times: **missed by 0.2 times**.", id="missed"),
        pytest.param(None, "not measured.", id="not measured"),
    ],
)
def test_a_goal_shows_how_far_it_was_missed(reached: float | None, says: str) -> None:
    goal = Goal(what="Against the minimum", limit=1.3, reached=reached, unit=" times")

    assert goal.sentence.endswith(says)


@pytest.fixture(scope="module")
def outputs() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((BENCH / "jobs.json").read_text())
    return found


def test_page_and_picture_are_what_follows_from_the_figures(outputs: dict[str, Any]) -> None:
    assert (BENCH / "jobs.md").read_text() == page(outputs)
    assert (BENCH / "jobs.svg").read_text() == chart(outputs)


def test_every_goal_follows_from_the_figures_beside_it(outputs: dict[str, Any]) -> None:
    for goal in outputs["goals"]:
        reached, limit = goal["reached"], goal["limit"]
        assert goal["met"] == (None if reached is None else reached <= limit)


def test_the_report_has_date_machine_and_versions(outputs: dict[str, Any]) -> None:
    about = outputs["about"]

    assert about["rounds"] >= 11
    assert all(about[key] for key in ("date", "commit", "machine", "python"))
    assert len(outputs["runs"]) == 5
