"""The costs of every job: what a stage imports, and how many requests it sends to Sentry."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from fake_sentry import Entry
from job import ROOT
from startup import played

Played = tuple[Mapping[str, set[str]], tuple[Entry, ...]]


@pytest.fixture(scope="module")
def job(tmp_path_factory: pytest.TempPathFactory) -> Played:
    """A push, as whole processes."""
    return played(tmp_path_factory.mktemp("startup"))


@pytest.mark.parametrize("stage", ["main", "post"])
def test_a_job_with_the_integration_imports_no_library_that_it_does_not_use(
    job: Played, stage: str
) -> None:
    unused = {"argparse", "requests", "github", "apprise", "semver", "dotenv"}

    assert job[0][stage] & unused == set()


def test_post_reads_no_yaml(job: Played) -> None:
    assert "yaml" not in job[0]["post"]


def test_a_job_sends_five_requests_over_three_connections(job: Played) -> None:
    entries = job[1]

    assert [entry.method for entry in entries] == ["GET", "POST", "GET", "PUT", "POST"]
    assert [entry.connection for entry in entries] == [1, 1, 2, 3, 3]


def test_the_image_installs_the_same_pins_without_what_only_others_need() -> None:
    whole, image = (_pins(ROOT / f"requirements{name}.txt") for name in ("", "-image"))

    assert image.items() <= whole.items()
    assert whole.keys() - image.keys() == {"cryptography", "pycparser"}


def _pins(file: Path) -> dict[str, str]:
    lines = (line for line in file.read_text().splitlines() if "==" in line)
    return {line.partition("==")[0]: line.partition("==")[2].split()[0] for line in lines}
