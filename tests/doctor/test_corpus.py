"""Claims about the doctor on whole projects: it finds all that is wrong, and nothing else."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from pathlib import Path

import pytest

from corpus import MESSAGES, expected_of, outcome_of, projects, render_messages, report
from sentry_release.doctor.run_rules import ALL_CHECKS

MINIMUM = 60
LINES = MESSAGES.read_text().splitlines(keepends=True)


def _name_subject(project: Path) -> str:
    """The rule of a project, as `fd01`, or the beginning of a name such as `app-beamer`."""
    first, _, rest = project.name.partition("-")
    return first if first.startswith("fd") else f"{first}-{rest[:1]}"


SUBJECTS: Mapping[str, Sequence[Path]] = {
    subject: tuple(some) for subject, some in groupby(projects(), key=_name_subject)
}


@pytest.mark.parametrize("subject", SUBJECTS)
def test_nothing_is_missed_or_alleged_and_messages_read_as_expected(subject: str) -> None:
    found = [outcome_of(project) for project in SUBJECTS[subject]]

    wrong = [one.name for one in found if one.missed or one.false]
    names = {one.name for one in found}
    messages = "".join(line for line in LINES if line.partition(" ")[0] in names)

    assert wrong == [], report(found)
    assert render_messages(found) == messages


def test_the_corpus_has_at_least_60_projects_and_a_bad_and_a_good_one_of_each_rule() -> None:
    expected = {project.name: expected_of(project)[0] for project in projects()}
    encountered = {line.split(" ")[0] for lines in expected.values() for line in lines}
    good = {name[:4].upper() for name in expected if "-good" in name}
    rules = {rule.id for rule, _ in ALL_CHECKS}

    assert len(expected) >= MINIMUM
    assert rules - encountered == set()
    assert rules - good == set()
