"""The actions of one job, each built and run from its folder of what GitHub checks out."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from e2e.app import DOCKER, ROOT, git
from e2e.runner import Job, Report
from fake_sentry import FakeServers
from self_test.claims import deployed
from self_test.ledger import read, writer

ACTIONS = ("doctor", ".", "health", "deploy")  # the order of the steps
INPUTS = {
    "doctor": {},
    ".": {"environment": "production", "finalize": "false", "deploy": "false"},
    "health": {"environment": "production", "min-crash-free-sessions": "99"},
    "deploy": {"environment": "production"},
}


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files that git knows, as the runner downloads them for `uses: owner/name/deploy@v1`."""
    folder = tmp_path_factory.mktemp("checkout")
    for name in filter(None, git(ROOT, "ls-files", "-z").split("\0")):
        if not name.startswith(("tests/", "fuzz/")):  # most of the files, and the image has none
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    return folder


@pytest.fixture(scope="module")
def played(
    checkout: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[dict[str, Report], Path]]:
    """A job whose steps use all of the actions, and its requests to Sentry."""
    folder = tmp_path_factory.mktemp("job")
    with FakeServers(github_token="ghs_token", watch=writer(folder / "ledger")) as sentry:
        job = Job(
            folder / "job",
            repository=sentry.repository.name,
            sha=sentry.repository.branches["main"],
            docker=DOCKER,
            github={"api_url": sentry.github_url},
        )
        (job.workspace / "pubspec.yaml").write_text("name: shop\nversion: 1.4.0+27\n")
        variables = {"SENTRY_URL": sentry.url, "SENTRY_AUTH_TOKEN": sentry.token}
        variables |= {"SENTRY_ORG": sentry.organization, "SENTRY_PROJECT": "shop"}
        reports = {
            name: job.run(checkout / name, INPUTS[name], variables if name != "doctor" else {})
            for name in ACTIONS
        }
    yield reports, folder / "ledger"
    images = {job.build(checkout / name) for name in ACTIONS}
    subprocess.run(["docker", "rmi", "--force", *images], check=True, capture_output=True)  # noqa: S603, S607 - a list, no shell; the docker of the machine


@pytest.mark.parametrize("name", ACTIONS)
def test_an_action_ends_well_and_only_the_root_action_has_a_post_step(
    played: tuple[dict[str, Report], Path], name: str
) -> None:
    report = played[0][name]

    stages = [("main", 0), ("post", 0)] if name == "." else [("main", 0)]
    assert [(stage.name, stage.exit_code) for stage in report.stages] == stages
    assert report.reported("error") == ()


def test_an_action_has_its_own_outputs(played: tuple[dict[str, Report], Path]) -> None:
    reports, _ = played

    assert reports["doctor"].outputs["doctor-errors"].isdecimal()
    assert reports["."].outputs["release"] == "shop@1.4.0+27"
    assert reports["health"].outputs["healthy"] == "unknown"
    assert reports["deploy"].outputs["deployed"] == "true"


def test_together_they_create_one_release_and_one_deploy(
    played: tuple[dict[str, Report], Path],
) -> None:
    assert deployed(read(played[1])) is None
