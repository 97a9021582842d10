"""Jobs for deploys of other workflows: what the event contains, and what is recorded."""

import json
import os
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from fake_sentry import FakeServers, Status
from fake_sentry.ledger import Entry
from fake_sentry.state import Deploy
from job import ROOT, START, Job

RELEASES = "/api/0/organizations/acme/releases/"
NAME = "shop@1.4.0+27"
RELEASE = f"{RELEASES}shop%401.4.0%2B27/"
DEPLOYER_RUN = "https://github.com/acme/app/actions/runs/16544301700"
HERE = "https://github.com/acme/app/actions/runs/16544301843"
NEEDED = {
    "deployment_status": {
        "deployment_status.state",
        "deployment_status.environment",
        "deployment_status.environment_url",
        "deployment_status.log_url",
        "deployment_status.creator.login",
        "deployment.id",
        "deployment.sha",
        "deployment.created_at",
    },
    "workflow_run": {
        "action",
        "workflow_run.conclusion",
        "workflow_run.head_sha",
        "workflow_run.head_repository.full_name",
        "workflow_run.run_attempt",
    },
}
NEWER = {"deployment_status.environment_url", "deployment_status.log_url"}
"""What GitHub has added since it published the examples of these two; later ones have it."""

Edit = Callable[[dict[str, Any]], object]


def payload(name: str) -> dict[str, Any]:
    """The recorded event."""
    found: dict[str, Any] = json.loads((ROOT / f"tests/fixtures/{name}.json").read_text())
    return found


def shape(value: object, path: str = "") -> set[str]:
    """The paths of all keys, without what hangs below a `payload` of the deployer's own."""
    if not isinstance(value, dict):
        return set()
    paths = {f"{path}.{key}".lstrip(".") for key in value}
    return paths.union(*(shape(inner, f"{path}.{key}".lstrip(".")) for key, inner in value.items()))


@pytest.fixture
def opened(job: Job, sentry: FakeServers) -> Job:
    """The job that has built and opened the release, and marks nothing itself."""
    job.main()
    sentry.land_commits()
    sentry.ledger.clear()
    return job


def marker(name: str, opened: Job, edit: Edit = lambda _: None, **environ: str) -> Job:
    """The job that another deploy starts."""
    folder = opened.folder / name
    folder.mkdir(exist_ok=True)
    job = Job.recorded(name, sentry=opened.sentry, folder=folder)
    event = payload(name)
    edit(event)
    job.event(event)
    job.environ |= {"INPUT_ENVIRONMENT": ""} | environ
    return job


def unescaped(text: str) -> str:
    """Markdown without the backslashes that keep it from being more."""
    return text.replace("\\", "")


def deploys(sentry: FakeServers) -> list[tuple[str, str | None, str | None]]:
    return [(one.environment, one.name, one.url) for one in sentry.releases[NAME].deploys]


def ran(sentry: FakeServers, environment: str, *states: str, run: str = DEPLOYER_RUN) -> None:
    """A job of the run has deployed so."""
    statuses = [(state, f"{run}/job/77") for state in states]
    sentry.repository.deployment(environment, *statuses, url="https://shop.example.com")


def published() -> Iterator[tuple[str, set[str], set[str]]]:
    """
    What our events must have and may have: all that is read, and where GitHub's published
    examples are at hand (in the folder that PAYLOADS names), exactly what these have.
    """
    for name, needed in NEEDED.items():
        yield name, needed, shape(payload(name))
        for example in (f"{name}.payload.json", f"{name}.completed.payload.json"):
            path = Path(os.environ.get("PAYLOADS", ""), example)
            if path.is_file():
                keys = shape(json.loads(path.read_text()))
                yield name, keys, keys | NEWER


@pytest.mark.parametrize(("name", "must", "may"), tuple(published()))
def test_our_events_have_the_shape_of_githubs(name: str, must: set[str], may: set[str]) -> None:
    assert must <= shape(payload(name)) <= may


def test_a_deployment_that_succeeded_is_recorded_with_the_values_of_its_event(
    opened: Job, sentry: FakeServers
) -> None:
    stage = marker("deployment_status", opened).play("deploy")

    body = {
        "dateFinished": "2026-03-01T12:00:00Z",
        "dateStarted": "2026-03-01T11:50:00Z",
        "environment": "production",
        "name": "deployment 901",
        "projects": ["shop"],
        "url": "https://shop.example.com",
    }
    assert (stage.exit_code, stage.outputs["deployed"]) == (0, "true")
    assert sentry.ledger.lines() == [
        f"GET {RELEASE}",
        f"GET {RELEASE}",
        f'PUT {RELEASE} {{"dateReleased": "2026-03-01T12:00:00Z"}}',
        f"POST {RELEASE}deploys/ {json.dumps(body, sort_keys=True)}",
        f"GET {RELEASE}deploys/?per_page=100",  # the event may have been reported twice at once
        f"GET {RELEASE}commits/?per_page=100",  # whom the summary names
    ]
    assert "in 10 min" in stage.summary
    assert [mail.recipient for mail in sentry.mails] == ["dev@example.com"]


@pytest.mark.parametrize(
    "state", ["error", "failure", "inactive", "in_progress", "pending", "queued", "waiting"]
)
def test_a_deployment_that_has_not_succeeded_is_reported_and_not_recorded(
    opened: Job, sentry: FakeServers, state: str
) -> None:
    job = marker(
        "deployment_status", opened, lambda it: it["deployment_status"].update(state=state)
    )

    stage = job.play("deploy")

    assert (stage.exit_code, stage.outputs["deployed"]) == (0, "false")
    output = f"The state of the deployment to 'production' is `{state}`."
    assert output in stage.log
    assert f"`{NAME}`: no deploy to `production` recorded" in stage.summary
    assert output in unescaped(stage.summary)
    assert "https://hosting.example.com/builds/77" in stage.summary
    assert stage.annotations == []
    assert sentry.ledger.lines() == []


@pytest.mark.parametrize("name", ["deployment_status", "workflow_run"])
def test_an_event_without_a_release_name_is_reported_by_its_commit(
    opened: Job, sentry: FakeServers, name: str
) -> None:
    def failed(it: dict[str, Any]) -> None:
        it.get("deployment_status", {})["state"] = "failure"
        it.get("workflow_run", {})["conclusion"] = "failure"

    job = marker(name, opened, failed)
    (job.workspace / "pubspec.yaml").unlink()

    stage = job.play("deploy")

    assert (stage.exit_code, stage.annotations) == (0, [])
    assert "`commit 2cdae88`: no deploy" in stage.summary
    assert sentry.ledger.lines() == []


def test_a_hostile_state_and_environment_change_nothing_of_the_summary(
    opened: Job,
) -> None:
    hostile_text = "x` |\n# heading\n<script>[a](http://evil.test)"

    def edit(it: dict[str, Any]) -> None:
        it["deployment_status"].update(state=hostile_text, environment=hostile_text)

    stage = marker("deployment_status", opened, edit).play("deploy")

    assert stage.exit_code == 0
    assert "\n# heading" not in stage.summary
    assert "](http://evil.test)" not in re.sub(r"`[^`]+`|``.+?``", "", stage.summary)


def test_a_deployment_reported_twice_is_marked_once(opened: Job, sentry: FakeServers) -> None:
    marker("deployment_status", opened).play("deploy")
    (opened.folder / "again").mkdir()
    opened.folder = opened.folder / "again"

    stage = marker("deployment_status", opened, GITHUB_RUN_ID="16544302000").play("deploy")

    assert deploys(sentry) == [("production", "deployment 901", "https://shop.example.com")]
    assert "was already deployed to `production`" in stage.summary


def test_a_deployment_that_two_runs_record_at_once_is_reported_with_a_hint(
    opened: Job, sentry: FakeServers
) -> None:
    job = marker("deployment_status", opened)

    def deploy_as_well(entry: Entry) -> None:
        if entry.method == "PUT":
            sentry.ledger.watch = lambda _: None
            counterpart = Deploy(
                id=900,
                environment="production",
                name="deployment 901",
                url="https://shop.example.com",
                started=None,
                finished=START,
            )
            sentry.store.releases[NAME].deploys.append(counterpart)

    sentry.ledger.watch = deploy_as_well

    stage = job.play("deploy")

    assert len(deploys(sentry)) == 2
    assert "Sentry has this deploy 2 times" in stage.annotations[0]
    assert (
        "Set for the job `concurrency: mark-${{ github.event.deployment.id" in stage.annotations[0]
    )


@pytest.mark.parametrize(
    ("outputs", "url"),
    [
        pytest.param({}, "https://hosting.example.com/builds/77", id="none: the deployer's log"),
        pytest.param({"environment_url": "javascript:alert(1)"}, None, id="one that is no address"),
        pytest.param({"environment_url": "https://u:p@shop.test"}, None, id="one with a password"),
        pytest.param({"environment_url": "https://shop.test/" + 200 * "x"}, None, id="a long one"),
        pytest.param({"environment_url": "http://shop"}, None, id="one that Sentry refuses"),
        pytest.param({"environment_url": "http://[::1"}, None, id="a broken one"),
        pytest.param({"environment_url": 7}, None, id="a number"),
        pytest.param(
            {"environment_url": "http://169.254.169.254/latest"},
            "http://169.254.169.254/latest",
            id="an internal one, which is stored and never requested",
        ),
    ],
)
def test_the_link_is_the_environments_own_where_it_is_one(
    opened: Job, sentry: FakeServers, outputs: dict[str, object], url: str | None
) -> None:
    values = {"environment_url": "", **outputs}
    job = marker("deployment_status", opened, lambda it: it["deployment_status"].update(values))

    assert job.play("deploy").exit_code == 0

    expected = url or "https://hosting.example.com/builds/77"
    assert deploys(sentry) == [("production", "deployment 901", expected)]


def test_without_a_link_a_deployment_reported_twice_is_still_marked_once(
    opened: Job, sentry: FakeServers
) -> None:
    none = {"environment_url": "", "log_url": "", "target_url": ""}

    def source(run: str) -> str:
        opened.folder = opened.folder / run
        opened.folder.mkdir()
        job = marker("deployment_status", opened, lambda it: it["deployment_status"].update(none))
        job.environ["GITHUB_RUN_ID"] = run
        return job.play("deploy").summary

    assert "is deployed to `production`" in source("16544301990")
    assert "was already deployed to `production`" in source("16544301991")
    assert deploys(sentry) == [("production", "deployment 901", None)]


def test_link_name_and_mapped_environment_of_the_inputs_are_recorded(
    opened: Job, sentry: FakeServers
) -> None:
    job = marker("deployment_status", opened)

    job.play(
        "deploy",
        environment="PRODUCTION = live",
        deploy_url="https://shop.test",
        deploy_name="summer",
    )

    assert deploys(sentry) == [("live", "summer", "https://shop.test")]


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param(lambda it: it.clear(), id="nothing at all"),
        pytest.param(lambda it: it.pop("deployment"), id="no deployment"),
        pytest.param(lambda it: it.update(deployment=[1]), id="a list for a deployment"),
        pytest.param(lambda it: it["deployment"].update(sha="main"), id="no sha"),
        pytest.param(lambda it: it["deployment"].update(id=True), id="no id"),
        pytest.param(lambda it: it["deployment_status"].update(state=7), id="no state"),
    ],
)
def test_an_event_without_a_deployment_is_a_mistake_that_is_named(
    opened: Job, sentry: FakeServers, broken: Edit
) -> None:
    stage = marker("deployment_status", opened, broken).play("deploy")

    assert stage.exit_code == 2
    assert "The event `deployment_status` contains no deployment." in stage.annotations[0]
    assert sentry.ledger.lines() == []


@pytest.mark.parametrize(
    ("created", "started"),
    [
        pytest.param("2026-03-01T12:00:05Z", "2026-03-01T12:00:00Z", id="our clock is behind"),
        pytest.param("2036-03-01T12:00:00Z", "2026-03-01T12:00:00Z", id="in ten years"),
        pytest.param("2026-03-01T13:30:00+02:00", "2026-03-01T11:30:00Z", id="in another zone"),
        pytest.param("yesterday", None, id="in words"),
        pytest.param(None, None, id="never"),
    ],
)
def test_no_clock_makes_a_deploy_start_after_its_end(
    opened: Job, sentry: FakeServers, created: str | None, started: str | None
) -> None:
    job = marker(
        "deployment_status", opened, lambda it: it["deployment"].update(created_at=created)
    )

    assert job.play("deploy").exit_code == 0

    [found] = sentry.releases[NAME].deploys
    assert (found.started.isoformat().replace("+00:00", "Z") if found.started else None) == started


@pytest.mark.parametrize(
    ("environment", "problem"),
    [
        pytest.param("review/feature-1", "has a slash", id="a slash"),
        pytest.param("x" * 65, "has 65 characters", id="a long one"),
        pytest.param("none", "is a word that Sentry keeps for itself", id="none"),
    ],
)
def test_an_environment_that_sentry_refuses_is_named_with_a_hint(
    opened: Job, sentry: FakeServers, environment: str, problem: str
) -> None:
    def edit(it: dict[str, Any]) -> None:
        it["deployment_status"]["environment"] = environment

    stage = marker("deployment_status", opened, edit).play("deploy")

    assert stage.exit_code == 2
    assert problem in stage.annotations[0]
    assert "Set `environment` in this step's `with:` to the name in Sentry" in stage.annotations[0]
    assert deploys(sentry) == []


def test_an_environment_of_the_longest_name_that_sentry_never_saw_is_marked(
    opened: Job, sentry: FakeServers
) -> None:
    name = "Vorschau für " + "x" * 50

    def edit(it: dict[str, Any]) -> None:
        it["deployment_status"]["environment"] = name

    stage = marker("deployment_status", opened, edit).play("deploy")

    assert stage.exit_code == 0
    assert [one[0] for one in deploys(sentry)] == [name]
    assert sentry.releases[NAME].released is None
    assert "is not in `finalize-environments`" in stage.summary.replace("\\", "")


def test_a_release_that_does_not_exist_is_an_error_with_a_hint(
    job: Job,
) -> None:
    stage = marker("deployment_status", job).play("deploy")

    assert stage.exit_code == 4
    assert f"Sentry has no release '{NAME}'." in stage.annotations[0]
    assert "check out the deployed commit" in stage.annotations[0]


def test_a_release_that_does_not_exist_is_created_if_requested(
    job: Job, sentry: FakeServers
) -> None:
    sentry.store.fetch_delay = 0
    stage = marker("deployment_status", job).play("deploy", create_missing_release="true")

    assert (stage.exit_code, stage.annotations) == (0, [])
    assert deploys(sentry) == [("production", "deployment 901", "https://shop.example.com")]
    release = sentry.releases[NAME]
    assert release.ref == "2cdae8867056ab3761bc06cefb5a30eac78d777a"
    assert release.released is not None
    assert stage.outputs["commit-count"] == str(len(release.commits)) != "0"
    assert len(sentry.mails) == 1


def test_an_existing_release_is_not_created_again(opened: Job, sentry: FakeServers) -> None:
    stage = marker("deployment_status", opened).play("deploy", create_missing_release="true")

    assert stage.outputs["deployed"] == "true"
    assert [line for line in sentry.ledger.lines() if line.startswith("POST")] == [
        line for line in sentry.ledger.lines() if "/deploys/ {" in line
    ]


def test_a_token_that_may_not_create_deploys_is_distinguished(
    opened: Job, sentry: FakeServers
) -> None:
    sentry.fail(
        "POST", "*/deploys/", Status(status=403, body='{"detail": "You do not have permission"}')
    )

    stage = marker("deployment_status", opened).play("deploy")

    assert stage.exit_code == 4
    assert "The auth token may not create a deploy." in stage.annotations[0]
    assert deploys(sentry) == []


def test_a_run_that_deployed_is_marked_as_itself(opened: Job, sentry: FakeServers) -> None:
    ran(sentry, "production", "in_progress", "success")

    stage = marker("workflow_run", opened).play("deploy")

    assert stage.exit_code == 0
    name = "#57 (16544301700.1)"
    assert deploys(sentry) == [("production", name, "https://shop.example.com")]
    assert sentry.ledger.lines("github") == [
        "GET /github/repos/acme/app/deployments?per_page=100&sha="
        "2cdae8867056ab3761bc06cefb5a30eac78d777a",
        "GET /github/repos/acme/app/deployments/1/statuses?per_page=100",
    ]


@pytest.mark.parametrize(
    ("edit", "output"),
    [
        pytest.param(
            lambda it: it["workflow_run"].update(conclusion="failure"),
            "The state of the run is `failure`.",
            id="failed",
        ),
        pytest.param(
            lambda it: it.update(action="requested") or it["workflow_run"].update(status="queued"),
            "The state of the run is `queued`.",
            id="has not ended",
        ),
        pytest.param(
            lambda it: it["workflow_run"]["head_repository"].update(full_name="fork/app"),
            "The run is of the fork fork/app",
            id="came from a fork",
        ),
        pytest.param(
            lambda it: it["workflow_run"].update(head_repository=None),
            "The run is of the fork that has been deleted",
            id="came from a fork that is gone",
        ),
    ],
)
def test_a_run_that_did_not_succeed_here_is_reported_and_not_recorded(
    opened: Job, sentry: FakeServers, edit: Edit, output: str
) -> None:
    ran(sentry, "production", "success")

    stage = marker("workflow_run", opened, edit).play("deploy")

    assert (stage.exit_code, stage.outputs["deployed"]) == (0, "false")
    assert output in stage.log
    assert output in unescaped(stage.summary)
    assert DEPLOYER_RUN in stage.summary
    assert sentry.ledger.lines() == []


def test_a_run_whose_deploying_job_was_skipped_is_not_marked(
    opened: Job, sentry: FakeServers
) -> None:
    stage = marker("workflow_run", opened).play("deploy", environment="production")

    assert stage.exit_code == 0
    assert "The run #57 made no deployment." in stage.log
    assert deploys(sentry) == []


def test_a_run_whose_deployment_failed_is_not_marked(opened: Job, sentry: FakeServers) -> None:
    ran(sentry, "production", "in_progress", "failure")

    stage = marker("workflow_run", opened).play("deploy")

    assert "Its deployment to 'production' is `failure`." in stage.log
    assert deploys(sentry) == []


def test_of_several_environments_one_has_to_be_named(opened: Job, sentry: FakeServers) -> None:
    ran(sentry, "staging", "success")
    ran(sentry, "Production", "success")

    unnamed = marker("workflow_run", opened).play("deploy")
    (opened.folder / "named").mkdir()
    opened.folder = opened.folder / "named"
    named = marker("workflow_run", opened).play("deploy", environment="production")

    assert (unnamed.exit_code, named.exit_code) == (2, 0)
    assert "several environments: 'Production', 'staging'" in unnamed.annotations[0]
    assert [one[0] for one in deploys(sentry)] == ["production"]


def test_a_run_without_a_number_is_called_by_its_id(opened: Job) -> None:
    job = marker("workflow_run", opened, lambda it: it["workflow_run"].pop("run_number"))

    stage = job.play("deploy", environment="production")

    assert "The run 16544301700 made no deployment." in stage.log


def test_an_environment_that_the_run_did_not_deploy_to_is_not_marked(
    opened: Job, sentry: FakeServers
) -> None:
    ran(sentry, "staging", "success")
    ran(sentry, "qa", "success")

    stage = marker("workflow_run", opened).play("deploy", environment="production")

    assert "The deployment is to 'qa', 'staging', not to 'production'." in stage.log
    assert deploys(sentry) == []


@pytest.mark.parametrize("environment", ["production", "", "staging=production"])
def test_a_run_whose_deployments_cannot_be_read_is_not_recorded(
    opened: Job, sentry: FakeServers, environment: str
) -> None:
    sentry.fail("GET", "/github/**", Status(status=403), times=None)

    stage = marker("workflow_run", opened).play("deploy", environment=environment)

    assert stage.exit_code == 2
    assert "The deployments of the run are not readable" in stage.annotations[0]
    assert "permissions: {deployments: read}" in stage.annotations[0]
    assert deploys(sentry) == []


def test_a_started_workflow_that_deploys_itself_records_its_own_deploy(
    opened: Job, sentry: FakeServers
) -> None:
    here = "https://github.com/acme/app/actions/runs/16544301991"
    ran(sentry, "production", "success", run=here)

    marker("workflow_run", opened).play("deploy", environment="production")

    assert deploys(sentry) == [("production", "#4", here)]


def needing(opened: Job, **environ: str) -> Job:
    """A job with `needs:` in the workflow whose other job has deployed."""
    opened.environ |= {"INPUT_CHECK-RUN-ID": "4712"} | environ
    opened.state.clear()
    return opened


@pytest.mark.parametrize("state", ["success", "inactive"])
def test_a_job_that_needs_the_deploying_job_makes_sure_that_it_has_succeeded(
    opened: Job, sentry: FakeServers, state: str
) -> None:
    ran(sentry, "production", "in_progress", state, run=HERE)

    stage = needing(opened).play("deploy")

    assert stage.exit_code == 0
    assert deploys(sentry) == [("production", "#128", HERE)]
    assert len(sentry.ledger.lines("github")) == 2


@pytest.mark.parametrize("state", ["failure", "error"])
def test_it_refuses_where_the_deploying_job_has_failed_and_names_it(
    opened: Job, sentry: FakeServers, state: str
) -> None:
    ran(sentry, "production", "in_progress", state, run=HERE)

    stage = needing(opened).play("deploy")

    assert stage.exit_code == 4
    assert f"is `{state}`." in stage.annotations[0]
    assert f"{HERE}/job/77" in stage.annotations[0]
    assert deploys(sentry) == []


def test_it_waits_while_github_has_not_written_the_end(opened: Job, sentry: FakeServers) -> None:
    ran(sentry, "production", "in_progress", run=HERE)
    opened.time.at(5, lambda: sentry.repository.report(1, "success", f"{HERE}/job/77"))

    stage = needing(opened).play("deploy")

    assert stage.exit_code == 0
    assert len(deploys(sentry)) == 1
    assert 5 <= opened.time.passed_s <= 30


def test_it_waits_half_a_minute_and_no_longer(opened: Job, sentry: FakeServers) -> None:
    ran(sentry, "production", "in_progress", run=HERE)

    stage = needing(opened).play("deploy")

    assert stage.exit_code == 4
    assert "is `in_progress`." in stage.annotations[0]
    assert opened.time.passed_s <= 30


def test_a_short_time_budget_shortens_the_wait(opened: Job, sentry: FakeServers) -> None:
    ran(sentry, "production", "in_progress", run=HERE)

    stage = needing(opened).play("deploy", timeout="10")

    assert stage.exit_code == 4
    assert 1 <= opened.time.passed_s <= 5


def test_a_step_at_the_end_of_the_deploying_job_does_not_wait_for_itself(
    opened: Job, sentry: FakeServers
) -> None:
    ran(sentry, "production", "in_progress", run=HERE)

    stage = needing(opened, **{"INPUT_CHECK-RUN-ID": "77"}).play("deploy")

    assert stage.exit_code == 0
    assert opened.time.passed_s == 0
    assert len(deploys(sentry)) == 1


@pytest.mark.parametrize("status", [403, 404, 502])
def test_if_github_does_not_know_the_deployment_needs_counts(
    opened: Job, sentry: FakeServers, status: int
) -> None:
    sentry.fail("GET", "/github/**", Status(status=status), times=None)

    stage = needing(opened).play("deploy")

    assert stage.exit_code == 0
    assert stage.annotations == []
    assert "::debug::GitHub: " in stage.log
    assert len(deploys(sentry)) == 1


def test_staging_finalizes_nothing_and_production_does(job: Job, sentry: FakeServers) -> None:
    staging = job.main(environment="staging")
    sentry.land_commits()
    sentry.ledger.clear()
    post = job.post(environment="staging")
    open_still = sentry.releases[NAME].released
    methods = [line.split(" ")[0] for line in sentry.ledger.lines()]
    job.time.pass_(3600)
    job.environ |= {"GITHUB_RUN_ID": "2", "GITHUB_RUN_NUMBER": "129"}
    job.main()
    job.post()

    assert (staging.exit_code, post.exit_code) == (0, 0)
    assert (open_still, methods) == (None, ["GET", "POST", "GET"])
    assert "`staging` is not in `finalize-environments`" in post.summary.replace("\\", "")
    assert str(sentry.releases[NAME].released) == "2026-03-01 13:00:00+00:00"
    assert [one[0] for one in deploys(sentry)] == ["staging", "production"]


def test_a_payload_counts_only_under_the_name_of_its_event(
    opened: Job, sentry: FakeServers
) -> None:
    payload: Mapping[str, object] = {"deployment_status": {"state": "failure"}}
    needing(opened).event(payload)

    assert opened.play("deploy").exit_code == 0
    assert len(deploys(sentry)) == 1


# --- deploys that did not happen ---


def deploy_to(environment: str, **values: object) -> Edit:
    """Edit the event of a deployment: its environment, and values of the deployment."""

    def edit(event: dict[str, Any]) -> None:
        event["deployment"].update(environment=environment, **values)
        event["deployment_status"]["environment"] = environment

    return edit


def assert_unchanged(sentry: FakeServers) -> None:
    """Assert that no deploy was created and that the release is not finalized."""
    assert deploys(sentry) == []
    assert sentry.releases[NAME].released is None


@pytest.mark.parametrize(
    "given", ["production", "staging", "staging=production", "Preview x=staging"]
)
def test_a_deployment_to_another_environment_is_not_recorded(
    opened: Job, sentry: FakeServers, given: str
) -> None:
    stage = marker("deployment_status", opened, deploy_to("Preview")).play(
        "deploy", environment=given
    )

    assert (stage.exit_code, stage.outputs["deployed"]) == (0, "false")
    assert "The deployment is to 'Preview', not to" in unescaped(stage.summary)
    assert_unchanged(sentry)


def test_a_failed_deployment_to_another_environment_is_not_a_failure(
    opened: Job, sentry: FakeServers
) -> None:
    def edit(event: dict[str, Any]) -> None:
        deploy_to("Preview")(event)
        event["deployment_status"]["state"] = "failure"

    stage = marker("deployment_status", opened, edit).play("deploy", environment="production")

    assert "not to 'production'" in stage.log
    assert_unchanged(sentry)


@pytest.mark.parametrize(
    ("given", "recorded"),
    [
        pytest.param("PREVIEW", "PREVIEW", id="the same name in another case"),
        pytest.param("Preview=staging", "staging", id="a pair"),
        pytest.param("Production=production\npreview = staging", "staging", id="one of two pairs"),
        pytest.param("", "Preview", id="no input"),
    ],
)
def test_a_deployment_is_recorded_in_the_environment_that_the_input_gives_it(
    opened: Job, sentry: FakeServers, given: str, recorded: str
) -> None:
    stage = marker("deployment_status", opened, deploy_to("Preview")).play(
        "deploy", environment=given
    )

    assert stage.exit_code == 0
    assert [one[0] for one in deploys(sentry)] == [recorded]
    assert sentry.releases[NAME].released is None


@pytest.mark.parametrize("ref", ["refs/pull/7/merge", "refs/pull/7/head", "pull/7/head"])
@pytest.mark.parametrize(
    ("environment", "given"),
    [
        pytest.param("production", "", id="GitHub's name"),
        pytest.param("Preview", "Preview=production", id="a mapped name"),
    ],
)
def test_the_ref_of_a_pull_request_never_reaches_production(
    opened: Job, sentry: FakeServers, ref: str, environment: str, given: str
) -> None:
    job = marker("deployment_status", opened, deploy_to(environment, ref=ref))

    stage = job.play("deploy", environment=given)

    assert (stage.exit_code, stage.outputs["deployed"]) == (0, "false")
    assert "a pull request or merge queue changes nothing in an environment" in unescaped(
        stage.summary
    )
    assert_unchanged(sentry)


def test_the_ref_of_a_pull_request_never_reaches_what_github_marks_as_production(
    opened: Job, sentry: FakeServers
) -> None:
    edit = deploy_to("eu", ref="refs/pull/7/merge", production_environment=True)

    marker("deployment_status", opened, edit).play("deploy")

    assert_unchanged(sentry)


def test_a_preview_of_a_pull_request_is_recorded_and_never_finalizes(
    opened: Job, sentry: FakeServers
) -> None:
    edit = deploy_to("Preview", ref="refs/pull/7/merge")

    marker("deployment_status", opened, edit).play("deploy")

    assert [one[0] for one in deploys(sentry)] == ["Preview"]
    assert sentry.releases[NAME].released is None


@pytest.mark.parametrize("environment", ["production", "qa=production"])
def test_a_run_that_deployed_to_staging_alone_is_not_recorded_in_production(
    opened: Job, sentry: FakeServers, environment: str
) -> None:
    ran(sentry, "staging", "success")

    stage = marker("workflow_run", opened).play("deploy", environment=environment)

    assert (stage.exit_code, stage.outputs["deployed"]) == (0, "false")
    assert "The deployment is to 'staging', not to" in stage.log
    assert_unchanged(sentry)


def test_the_environment_of_the_recording_job_does_not_replace_that_of_the_run(
    opened: Job, sentry: FakeServers
) -> None:
    ran(sentry, "staging", "success")
    ran(
        sentry,
        "production",
        "in_progress",
        run="https://github.com/acme/app/actions/runs/16544301991",
    )

    marker("workflow_run", opened).play("deploy", environment="production")

    assert_unchanged(sentry)


def test_a_run_is_recorded_in_the_mapped_environment(opened: Job, sentry: FakeServers) -> None:
    ran(sentry, "prod-eu", "success")
    ran(sentry, "qa", "success")

    stage = marker("workflow_run", opened).play("deploy", environment="Prod-EU=production")

    assert stage.exit_code == 0
    assert [one[0] for one in deploys(sentry)] == ["production"]


def test_of_two_mapped_environments_of_a_run_one_has_to_be_named(
    opened: Job, sentry: FakeServers
) -> None:
    ran(sentry, "prod-eu", "success")
    ran(sentry, "qa", "success")

    stage = marker("workflow_run", opened).play("deploy", environment="prod-eu=eu\nqa=qa")

    assert stage.exit_code == 2
    assert_unchanged(sentry)


@pytest.mark.parametrize("event", ["pull_request", "pull_request_target", "merge_group"])
def test_a_run_of_a_pull_request_never_reaches_production(
    opened: Job, sentry: FakeServers, event: str
) -> None:
    ran(sentry, "production", "success")
    job = marker("workflow_run", opened, lambda it: it["workflow_run"].update(event=event))

    job.play("deploy", environment="production")

    assert_unchanged(sentry)


def test_a_run_that_deployed_the_ref_of_a_pull_request_never_reaches_production(
    opened: Job, sentry: FakeServers
) -> None:
    sentry.repository.deployment(
        "production", ("success", f"{DEPLOYER_RUN}/job/77"), ref="refs/pull/7/merge"
    )

    marker("workflow_run", opened).play("deploy")

    assert_unchanged(sentry)


@pytest.mark.parametrize(
    "link",
    [
        "https://evil.example/acme/app/actions/runs/16544301700/job/77",
        "http://github.com/acme/app/actions/runs/16544301700/job/77",
        "https://github.com:8443/acme/app/actions/runs/16544301700/job/77",
        "https://github.com@evil.example/acme/app/actions/runs/16544301700/job/77",
        "https://github.com.evil.example/acme/app/actions/runs/16544301700",
        "https://github.com/stranger/app/actions/runs/16544301700/job/77",
        "https://github.com/stranger/x/acme/app/actions/runs/16544301700/job/77",
        "https://github.com/acme/app/x/actions/runs/16544301700/job/77",
        "https://evil.example/?https://github.com/acme/app/actions/runs/16544301700/job/77",
        "https://evil.example/#/acme/app/actions/runs/16544301700",
        "https://[/acme/app/actions/runs/16544301700",
    ],
)
def test_a_status_that_links_elsewhere_is_of_no_run_of_this_repository(
    opened: Job, sentry: FakeServers, link: str
) -> None:
    sentry.repository.deployment("production", ("success", link))

    stage = marker("workflow_run", opened).play("deploy", environment="production")

    assert "The run #57 made no deployment." in stage.log
    assert_unchanged(sentry)


@pytest.mark.parametrize(
    "link",
    [
        "https://github.com/Acme/APP/actions/runs/16544301700",
        "https://GitHub.com/acme/app/actions/runs/16544301700/attempts/2",
        "https://github.com/acme/app/actions/runs/16544301700/job/77?pr=3#step:4:1",
    ],
)
def test_a_status_that_links_to_the_run_in_any_form_counts(
    opened: Job, sentry: FakeServers, link: str
) -> None:
    sentry.repository.deployment("production", ("success", link))

    marker("workflow_run", opened).play("deploy")

    assert [one[0] for one in deploys(sentry)] == ["production"]


def test_a_job_with_needs_verifies_the_environment_by_its_name_on_github(
    opened: Job, sentry: FakeServers
) -> None:
    ran(sentry, "prod-eu", "failure", run=HERE)

    stage = needing(opened).play("deploy", environment="prod-eu=production")

    assert stage.exit_code == 4
    assert "'prod-eu' is `failure`" in stage.annotations[0]
    assert_unchanged(sentry)


def test_a_job_with_needs_records_in_the_mapped_environment(
    opened: Job, sentry: FakeServers
) -> None:
    ran(sentry, "prod-eu", "success", run=HERE)

    stage = needing(opened).play("deploy", environment="prod-eu=production\nqa=qa")

    assert stage.exit_code == 0
    assert [one[0] for one in deploys(sentry)] == ["production"]


def test_a_job_with_needs_of_a_run_that_deployed_elsewhere_records_nothing(
    opened: Job, sentry: FakeServers
) -> None:
    ran(sentry, "qa", "success", run=HERE)

    stage = needing(opened).play("deploy", environment="prod-eu=production")

    assert (stage.exit_code, stage.outputs["deployed"]) == (0, "false")
    assert_unchanged(sentry)


@pytest.mark.parametrize(
    "given", ["=production", "Preview=", "a=b=c", "a=b\na=c", "a=b\nproduction", "a=x/y"]
)
def test_a_broken_mapping_is_an_error_before_any_request(
    opened: Job, sentry: FakeServers, given: str
) -> None:
    stage = marker("deployment_status", opened).play("deploy", environment=given)

    assert stage.exit_code == 2
    assert "for `environment`" in stage.annotations[0]
    assert sentry.ledger.lines() == []


def test_only_the_deploy_action_maps_names(job: Job, sentry: FakeServers) -> None:
    main = job.main(environment="Preview=staging")

    assert main.exit_code == 2
    assert "only in the action `deploy`" in main.annotations[0]
    assert sentry.ledger.lines() == []


@pytest.mark.parametrize("name", ["pull_request", "merge_group", "deployment"])
def test_a_job_that_also_runs_for_pull_requests_never_reaches_production(
    job: Job, sentry: FakeServers, name: str
) -> None:
    payloads: Mapping[str, Mapping[str, object]] = {
        "pull_request": {
            "pull_request": {"head": {"sha": "6f9c" * 10, "repo": {"full_name": "acme/app"}}}
        },
        "merge_group": {},
        "deployment": {"deployment": {"ref": "refs/pull/7/merge"}},
    }
    job.environ["GITHUB_EVENT_NAME"] = name
    job.event(payloads[name])

    main, post = job.main(), job.post()

    assert (main.exit_code, post.exit_code) == (0, 0)
    assert main.outputs["release"] == NAME
    assert not sentry.releases
    assert "changes nothing in an environment of" in main.log
