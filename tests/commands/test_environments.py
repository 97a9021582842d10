"""Claims about the environment of a build and of its deploy: promoted builds."""

import json

import pytest

from fake_sentry import HTML, FakeServers, Status, redirect
from fake_sentry.faults import Fault
from job import Job, Stage

NAME = "shop@1.4.0+27"


def build_for_staging(job: Job, sentry: FakeServers, **inputs: str) -> Stage:
    """Run the main step of a job that deploys to staging; later steps get its variables."""
    main = job.main(environment="staging", **inputs)
    sentry.land_commits()
    job.environ |= main.variables
    return main


def read_defines(job: Job) -> dict[str, str]:
    """Return the dart-defines that the build gets."""
    text = (job.workspace / ".sentry-release/dart-defines.json").read_text()
    return dict(json.loads(text))


def test_a_build_to_promote_carries_no_environment(job: Job, sentry: FakeServers) -> None:
    main = build_for_staging(job, sentry, define_environment="false")
    post = job.post(environment="staging", define_environment="false")

    assert read_defines(job) == {"SENTRY_RELEASE": NAME, "SENTRY_DIST": "27"}
    assert "SENTRY_ENVIRONMENT" not in main.variables
    assert main.outputs["environment"] == "staging"
    assert "is deployed to `staging`" in post.summary
    assert [one.environment for one in sentry.releases[NAME].deploys] == ["staging"]


def test_a_build_to_promote_carries_no_environment_that_github_reports_either(
    job: Job, sentry: FakeServers
) -> None:
    job.environ["INPUT_ENVIRONMENT"] = ""
    sentry.repository.check_run(4711, environment="production")

    main = job.main(define_environment="false", check_run_id="4711")

    assert main.outputs["environment"] == "production"
    assert "SENTRY_ENVIRONMENT" not in read_defines(job)


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(HTML, id="the page of a proxy"),
        pytest.param(Status(status=200, body={"message": "fine"}), id="other JSON"),
        pytest.param(redirect("https://elsewhere.example/"), id="redirect"),
    ],
)
@pytest.mark.parametrize("is_refused", [False, True])
def test_a_foreign_answer_does_not_mean_that_the_job_has_no_environment(
    job: Job, sentry: FakeServers, fault: Fault, *, is_refused: bool
) -> None:
    job.environ["INPUT_ENVIRONMENT"] = ""
    if is_refused:  # then the deployments of the commit are read
        sentry.fail("GET", "*/check-runs/*", Status(status=403), times=None)
    sentry.fail("GET", "*/deployments" if is_refused else "*/check-runs/*", fault, times=None)

    main = job.main(check_run_id="4711")
    sentry.land_commits()
    post = job.post(check_run_id="4711")

    for stage in (main, post):
        assert stage.annotations[0].startswith(
            "warning: GitHub could not be reached to read the environment of this job: it"
        )
    assert NAME not in sentry.releases or sentry.releases[NAME].released is None


def test_a_deploy_to_another_environment_than_the_builds_is_a_warning(
    job: Job, sentry: FakeServers
) -> None:
    build_for_staging(job, sentry)

    deploy = job.play("deploy", environment="production")

    assert deploy.exit_code == 0
    assert deploy.outputs["deployed"] == "true"
    assert deploy.annotations == [
        f"warning: {NAME} is deployed to `production`, but its dart-defines contain "
        "SENTRY_ENVIRONMENT=staging.\n"
        "The app reports its errors and sessions in `staging`.\n"
        "Build it again with `environment: production`, or set `define-environment: false` "
        "and let the app set `options.environment`."
    ]


def test_a_promoted_build_without_an_environment_is_deployed_without_a_warning(
    job: Job, sentry: FakeServers
) -> None:
    build_for_staging(job, sentry, define_environment="false")

    assert job.play("deploy", environment="production").annotations == []


def test_a_deploy_to_the_environment_of_the_build_gets_no_warning(
    job: Job, sentry: FakeServers
) -> None:
    build_for_staging(job, sentry)

    assert job.play("deploy", environment="staging").annotations == []


def test_the_environment_of_another_apps_build_is_not_warned_about(
    job: Job, sentry: FakeServers
) -> None:
    build_for_staging(job, sentry)
    other = job.workspace / "apps/courier"
    other.mkdir(parents=True)
    (other / "pubspec.yaml").write_text("name: shop\nversion: 1.4.0+27\n")

    deploy = job.play("deploy", environment="production", working_directory="apps/courier")

    assert deploy.annotations == []


STAGING = "environment: {name: staging, deployment: false}"


def start_without_deployment(
    job: Job, sentry: FakeServers, environment: str, *, path: str = "ci.yml", name: str = "deploy"
) -> None:
    """Run the job of a workflow with this environment, of which GitHub reports no deployment."""
    job.environ |= {
        "INPUT_ENVIRONMENT": "",
        "GITHUB_WORKFLOW_REF": "acme/app/.github/workflows/ci.yml@refs/heads/main",
    }
    sentry.repository.check_run(4711)
    write_workflow(job, path, f"jobs: {{{name}: {{{environment}, steps: [{{run: x}}]}}}}")


def write_workflow(job: Job, path: str, text: str) -> None:
    """Write a workflow into the checkout."""
    file = job.workspace / ".github/workflows" / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def is_final(job: Job, sentry: FakeServers) -> bool:
    """Run a job that succeeds, and return whether its release is finalized then."""
    job.release()
    return sentry.releases[NAME].released is not None


@pytest.mark.parametrize("deployment", ["false", "False", "${{ inputs.deploys }}"])
def test_a_job_without_a_deployment_of_its_environment_finalizes_nothing(
    job: Job, sentry: FakeServers, deployment: str
) -> None:
    environment = f"environment: {{name: staging, deployment: '{deployment}'}}"
    start_without_deployment(job, sentry, environment)

    main = job.main()
    sentry.land_commits()
    post = job.post()

    assert sentry.releases[NAME].released is None
    assert sentry.releases[NAME].deploys == []
    assert main.annotations == [
        f"notice: {NAME} will not be finalized, and no deploy will be recorded: "
        "the workflow sets `deployment: false` for the job's environment.\n"
        "If the job deploys, set `environment` in this step; otherwise set `deploy: false`."
    ]
    reason = "the workflow sets `deployment: false` for the job's environment."
    assert f"> No deploy recorded: {reason}" in post.summary
    assert f"> Not finalized: {reason}" in post.summary


@pytest.mark.parametrize(
    "uses", ["./.github/workflows/ship.yml", "acme/app/.github/workflows/ship.yml@main"]
)
def test_the_job_of_a_called_workflow_has_no_deployment_either(
    job: Job, sentry: FakeServers, uses: str
) -> None:
    start_without_deployment(job, sentry, STAGING, path="ship.yml")
    write_workflow(job, "ci.yml", "jobs: {call: {uses: ./.github/workflows/all.yml}}")
    write_workflow(job, "all.yml", f"jobs: {{ship: {{uses: {uses}}}}}")

    assert not is_final(job, sentry)


def test_the_workflow_is_found_above_the_folder_of_the_app(job: Job, sentry: FakeServers) -> None:
    start_without_deployment(job, sentry, STAGING)
    app = job.workspace / "apps/shop"
    app.mkdir(parents=True)
    (job.workspace / "pubspec.yaml").rename(app / "pubspec.yaml")
    job.environ["INPUT_WORKING-DIRECTORY"] = "apps/shop"

    assert not is_final(job, sentry)


@pytest.mark.parametrize(
    "environment",
    ["environment: staging", "environment: {name: staging, deployment: true}", "env: {}"],
)
def test_an_environment_that_is_empty_in_this_run_prevents_nothing(
    job: Job, sentry: FakeServers, environment: str
) -> None:
    start_without_deployment(job, sentry, environment)

    assert is_final(job, sentry)


def test_workflows_that_call_each_other_are_read_once(job: Job, sentry: FakeServers) -> None:
    start_without_deployment(job, sentry, STAGING, path="ship.yml")
    for name, other in (("ci", "all"), ("all", "ci")):
        uses = f"./.github/workflows/{other}.yml"
        calls = f"{{uses: {uses}}}, b: {{uses: ./.github/workflows/ship.yml}}"
        write_workflow(job, f"{name}.yml", f"jobs: {{a: {calls}}}")

    assert not is_final(job, sentry)


def test_a_workflow_that_says_nothing_about_this_job_prevents_nothing(
    job: Job, sentry: FakeServers
) -> None:
    start_without_deployment(job, sentry, STAGING, name="other")

    assert is_final(job, sentry)


def test_two_jobs_of_one_name_leave_open_which_one_runs(job: Job, sentry: FakeServers) -> None:
    start_without_deployment(job, sentry, STAGING, path="ship.yml")
    jobs = "deploy: {steps: [{run: x}]}, call: {uses: ./.github/workflows/ship.yml}"
    write_workflow(job, "ci.yml", f"jobs: {{{jobs}}}")

    assert is_final(job, sentry)


@pytest.mark.parametrize("text", ["jobs: [", "jobs: x", "", "jobs: {deploy: {environment: []}}"])
def test_a_workflow_that_cannot_be_read_prevents_nothing(
    job: Job, sentry: FakeServers, text: str
) -> None:
    start_without_deployment(job, sentry, STAGING)
    write_workflow(job, "ci.yml", text)

    assert is_final(job, sentry)


def test_production_of_a_monorepo_at_vercel_finalizes_by_the_glob_of_the_recipe(
    job: Job, sentry: FakeServers
) -> None:
    environment = "Production \N{EN DASH} shop"
    job.main(environment=environment)
    sentry.land_commits()

    job.play("deploy", environment=environment, finalize_environments="production*")

    assert sentry.releases[NAME].released is not None


@pytest.mark.parametrize("status", [200, 403], ids=["no deployment", "unknown"])
def test_a_name_made_of_the_environment_changes_nothing_about_the_report(
    job: Job, sentry: FakeServers, status: int
) -> None:
    start_without_deployment(job, sentry, STAGING)
    if status != 200:
        sentry.fail("GET", "/github/**", Status(status=status), times=None)
    template = "shop@{{ version }}+{{ environment | default('none') }}"

    main = job.main(release=template)

    [annotation] = main.annotations
    assert "shop@1.4.0+none will not be finalized" in annotation
