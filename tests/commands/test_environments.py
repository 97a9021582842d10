"""Claims about the environment of a build and of its deploy: promoted builds."""

import json

from fake_sentry import FakeServers
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


def test_the_environment_of_another_apps_build_is_no_reason_for_a_warning(
    job: Job, sentry: FakeServers
) -> None:
    build_for_staging(job, sentry)
    other = job.workspace / "apps/courier"
    other.mkdir(parents=True)
    (other / "pubspec.yaml").write_text("name: shop\nversion: 1.4.0+27\n")

    deploy = job.play("deploy", environment="production", working_directory="apps/courier")

    assert deploy.annotations == []
