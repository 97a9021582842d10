"""Runners and machines that give less than GitHub's own newest ones."""

from pathlib import Path

import pytest

from fake_sentry import FakeServers
from job import Job
from sentry_release.adapters.http.tls_and_proxy import create_tls_context

NAME = "shop@1.4.0+27"
ENTERPRISE = "https://github.example.com"


@pytest.fixture
def enterprise(job: Job) -> Job:
    """A job on GitHub Enterprise Server: there is no job.check_run_id."""
    job.environ |= {"GITHUB_SERVER_URL": ENTERPRISE, "INPUT_CHECK-RUN-ID": ""}
    return job


def test_on_an_enterprise_server_an_environment_that_is_given_is_marked(
    enterprise: Job, sentry: FakeServers
) -> None:
    enterprise.main()
    enterprise.post()

    [deploy] = sentry.releases[NAME].deploys
    assert deploy.environment == "production"
    assert (deploy.url or "").startswith(f"{ENTERPRISE}/acme/app/actions/runs/")


def test_without_a_check_run_the_deployments_of_the_run_name_the_environment(
    enterprise: Job, sentry: FakeServers
) -> None:
    run = f"{ENTERPRISE}/acme/app/actions/runs/{enterprise.environ['GITHUB_RUN_ID']}"
    sentry.repository.deployment("qa", ("in_progress", f"{run}/job/1"))
    sentry.repository.deployment(
        "other", ("success", f"{ENTERPRISE}/acme/app/actions/runs/1/job/2")
    )

    main = enterprise.main(environment="")

    assert main.outputs["environment"] == "qa"
    assert not any("check-runs" in line for line in sentry.ledger.lines("github"))


def test_where_the_run_has_several_environments_none_is_guessed(
    enterprise: Job, sentry: FakeServers
) -> None:
    run = f"{ENTERPRISE}/acme/app/actions/runs/{enterprise.environ['GITHUB_RUN_ID']}"
    sentry.repository.deployment("qa", ("in_progress", f"{run}/job/1"))
    sentry.repository.deployment("production", ("in_progress", f"{run}/job/2"))

    main = enterprise.main(environment="")
    post = enterprise.post(environment="")

    assert (main.exit_code, post.exit_code) == (0, 0)
    assert "environment" not in main.outputs
    assert "production, qa" in main.log
    assert sentry.releases[NAME].deploys == []
    assert "environment" in post.summary


def test_a_runner_that_has_no_folder_for_temporary_files_in_the_container_is_enough(
    job: Job, sentry: FakeServers
) -> None:
    """Runners before 2.329 mount no /github/runner_temp; the action puts nothing there."""
    for absent in ("RUNNER_TEMP", "RUNNER_TOOL_CACHE", "RUNNER_WORKSPACE", "HOME"):
        job.environ.pop(absent, None)

    assert [job.main().exit_code, job.post().exit_code] == [0, 0]
    assert len(sentry.releases[NAME].deploys) == 1


def test_a_python_that_knows_no_authorities_believes_those_that_the_packages_bring(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """As that of python.org is on macOS until its user runs what installs them."""
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "nowhere.pem"))

    context = create_tls_context({"SSL_CERT_DIR": str(tmp_path)})

    assert context.cert_store_stats()["x509_ca"] > 50
