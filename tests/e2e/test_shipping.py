"""A whole release without a registry and without GitHub, up to a job that uses it."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from e2e.app import DOCKER
from e2e.runner import Job, Report
from fake_sentry import FakeServers
from registry import Registry
from release_repository import ReleaseRepository
from self_test.claims import deployed
from self_test.ledger import read, writer
from sentry_release import REPOSITORY
from shipping.action_file import image_of
from shipping.image import digest_of

TOOLS = Path(sys.executable).parent
ACTIONS = (
    ".",
    "upload",
    "deploy",
    "health",
    "doctor",
)  # the folders of those that run in a container


def docker(*words: str) -> None:
    subprocess.run(["docker", *words], check=True, capture_output=True)  # noqa: S603, S607 - a list, no shell; the docker of the machine


@pytest.fixture(scope="module")
def registry(action_image: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    """What a registry would have of our image, from an archive of it."""
    archive = tmp_path_factory.mktemp("archive") / "image.tar"
    docker("save", "--output", str(archive), action_image)
    with Registry(archive, REPOSITORY) as registry:
        archive.unlink()
        yield registry


@pytest.fixture(scope="module")
def released(registry: Registry, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Version 9.8.7 as a user's job gets it: a clone of v9, after a whole release."""
    release_repository = ReleaseRepository.new(tmp_path_factory.mktemp("yard"))
    host_and_path = registry.image.partition("@")[0]
    release_repository.push_commits("9.8.7", f"{host_and_path}@{digest_of(registry.index)}")
    return release_repository.runner("v9").folder


@pytest.fixture(scope="module")
def pulled(released: Path) -> Iterator[str]:
    """The image that the release names, pulled as the runner does before the job's first step."""
    (image,) = {image_of((released / one / "action.yml").read_text()) for one in ACTIONS}
    assert image is not None
    docker("pull", "--quiet", image)
    yield image
    docker("rmi", image)


@pytest.fixture(scope="module")
def played(
    released: Path, pulled: str, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Report, Path]:
    """A job that has succeeded with the release, and its requests to Sentry."""
    assert pulled
    folder = tmp_path_factory.mktemp("job")
    ledger = folder / "ledger"
    with FakeServers(github_token="ghs_token", watch=writer(ledger)) as sentry:
        job = Job(
            folder / "job",
            repository=sentry.repository.name,
            sha=sentry.repository.branches["main"],
            docker=DOCKER,
            github={"api_url": sentry.github_url},
        )
        (job.workspace / "pubspec.yaml").write_text("name: shop\nversion: 1.4.0+27\n")
        variables = {"SENTRY_URL": sentry.url, "SENTRY_AUTH_TOKEN": sentry.organization_token}
        report = job.run(
            released, {"environment": "production"}, variables | {"SENTRY_PROJECT": "shop"}
        )
    return report, ledger


def test_the_registry_was_queried_by_digest_only(registry: Registry, pulled: str) -> None:
    digest = pulled.partition("@")[2]

    manifests = [line for line in registry.requests if "/manifests/" in line]
    assert any(line.endswith(f"/{REPOSITORY}/manifests/{digest}") for line in manifests)
    assert all("/manifests/sha256:" in line for line in manifests)


def test_a_user_of_the_release_gets_its_name_and_one_deploy(played: tuple[Report, Path]) -> None:
    report, ledger = played

    assert [(stage.name, stage.exit_code) for stage in report.stages] == [("main", 0), ("post", 0)]
    assert report.annotations == ()
    assert report.outputs["release"] == report.env["SENTRY_RELEASE"] == "shop@1.4.0+27"
    assert deployed(read(ledger)) is None


def test_both_stages_ran_the_image_of_the_release_and_nothing_was_built(
    played: tuple[Report, Path], pulled: str
) -> None:
    report, _ = played

    assert all(pulled in stage.command for stage in report.stages)


def test_a_sub_action_of_the_release_runs_the_same_image(
    released: Path, pulled: str, tmp_path: Path
) -> None:
    job = Job(tmp_path, docker=DOCKER)
    (job.workspace / "pubspec.yaml").write_text("name: shop\nversion: 1.4.0+27\n")

    report = job.run(released / "doctor")

    assert [pulled in stage.command for stage in report.stages] == [True]
    assert report.outputs["doctor-errors"].isdecimal()


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize(
    "tool",
    [
        pytest.param(
            ["check-jsonschema", "--builtin-schema", "vendor.github-actions"], id="schema"
        ),
        pytest.param(["zizmor", "--offline", "--quiet", "--persona", "auditor"], id="zizmor"),
    ],
)
def test_an_action_of_the_release_is_what_linters_want(
    released: Path, tool: list[str], action: str
) -> None:
    done = subprocess.run(  # noqa: S603 - a list, no shell
        [TOOLS / tool[0], *tool[1:], released / action / "action.yml"],
        env={**os.environ, "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr


def test_the_image_holds_the_program_and_nothing_that_only_its_build_needed(pulled: str) -> None:
    caches = "find /root/.cache /root/.config /tmp /var/cache/apt/archives -type f ! -name lock"
    secrets = "find / -xdev -name .netrc -o -name .npmrc -o -name .pypirc -o -name pip.conf"
    shell = f"cd /action && ls; echo --; {caches} 2>/dev/null; {secrets} 2>/dev/null; true"
    command = ["docker", "run", "--rm", "--entrypoint", "sh", pulled, "-c", shell]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - a list

    program, _, left_over = done.stdout.partition("--\n")

    assert {"entrypoint.py", "main", "post", "src", "templates"} <= set(program.split())
    assert {"tests", "lab", ".git", "scripts", "docs"} & set(program.split()) == set()
    assert left_over == ""


def test_nothing_secret_is_written_into_the_image(pulled: str) -> None:
    form = "{{json .Config.Env}} {{json .Config.Labels}}"
    inspect = ["docker", "inspect", "--format", form, pulled]
    history = ["docker", "history", "--no-trunc", "--format", "{{.CreatedBy}}", pulled]

    for command in (inspect, history):
        done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - a list
        found = re.findall(r"\w*(?:TOKEN|SECRET|PASSWORD|_KEY)\w*", done.stdout.upper())
        assert set(found) <= {"GPG_KEY"}  # of those who release Python, and public
