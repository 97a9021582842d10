"""Claims about the doctor on whole projects: it finds all that is wrong, and nothing else."""

import pytest

from corpus import Outcome, outcomes, report, stats
from sentry_release.doctor.rules.registry import ALL_CHECKS

MINIMUM = 60


@pytest.fixture(scope="module")
def found() -> list[Outcome]:
    return outcomes()


def test_nothing_is_missed_and_nothing_is_alleged(found: list[Outcome]) -> None:
    wrong = [one.name for one in found if one.missed or one.false]

    assert wrong == [], report(found)


def test_precision_and_recall_of_every_rule_are_100_percent(found: list[Outcome]) -> None:
    short = {
        rule for rule, one in stats(found).items() if (one.precision, one.recall) != (100, 100)
    }

    assert short == set(), report(found)


def test_the_corpus_has_at_least_60_projects_and_a_bad_and_a_good_one_of_each_rule(
    found: list[Outcome],
) -> None:
    encountered = {line.split(" ")[0] for one in found for line in one.expected}
    good = {one.name[:4].upper() for one in found if "-good" in one.name}
    rules = {rule.id for rule, _ in ALL_CHECKS}

    assert len(found) >= MINIMUM
    assert rules - encountered == set()
    assert rules - good == set()
