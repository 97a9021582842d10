"""Each recipe of our pages, played from the very YAML that is printed there, on a real Sentry."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from e2e.app import ROOT, App
from e2e.conftest import AppMaker
from e2e.hub import SERVER, Hub, hub
from e2e.recipe_run import Ended, Run
from e2e.test_health import count
from receivers import Sink, sink
from recipes import FULL, Recipe, opening, recipe

(FIRST, MACOS), JOB = opening(), recipe(FULL)
PAGE = f"{SERVER}/acme/app/actions/runs"
DEPLOYER = {"run_id": "16544301700", "run_number": "57"}


@pytest.fixture
def github(app: App) -> Iterator[Hub]:
    with hub(app.lab.github_url) as found:
        yield found


@pytest.fixture
def run(app: App, github: Hub) -> Run:
    """A run of a push to main."""
    return Run(app=app, hub=github, secrets={"SENTRY_AUTH_TOKEN": app.lab.token})


@pytest.fixture
def bare(run: Run, app: App) -> Run:
    """The same, with a token that knows its organization."""
    secrets = {"SENTRY_AUTH_TOKEN": app.lab.organization_token}
    return Run(app=app, hub=run.hub, secrets=secrets)


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[Sink]:
    with sink(tmp_path) as found:
        yield found


def deploys(app: App, release: str | None = None) -> list[tuple[str, str, str]]:
    found = app.lab.deploys(release or app.release)
    return sorted((one["environment"], one["name"], one["url"]) for one in found)


def results(jobs: dict[str, tuple[Ended, ...]]) -> dict[str, list[str]]:
    return {
        name: [matrix_job.result for matrix_job in matrix_jobs]
        for name, matrix_jobs in jobs.items()
    }


def all_succeeded(jobs: dict[str, tuple[Ended, ...]]) -> bool:
    """Whether every job has succeeded, and no message was sent."""
    matrix_jobs = [matrix_job for every in jobs.values() for matrix_job in every]
    notes = [
        note
        for matrix_job in matrix_jobs
        for report in matrix_job.reports
        for note in report.annotations
    ]
    return (
        bool(matrix_jobs)
        and notes == []
        and {matrix_job.result for matrix_job in matrix_jobs} == {"success"}
    )


def payload(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((ROOT / f"tests/fixtures/{name}.json").read_text())
    return found


def opened(run: Run, **github: str) -> None:
    """A run that builds and opens the release, deploys it, and marks nothing."""
    spec = JOB.workflow["jobs"]["deploy"]
    own = {"with": {"environment": "production", "finalize": "false", "deploy": "false"}}
    steps = [step | own if "uses" in step and "id" in step else step for step in spec["steps"]]
    run = Run(app=run.app, hub=run.hub, secrets=run.secrets, github=github)
    assert all_succeeded(run.play({"jobs": {"ship": spec | {"steps": steps}}}))
    assert deploys(run.app) == []


def test_the_first_workflow_of_the_readme_records_the_deploy_of_the_job(
    bare: Run, app: App
) -> None:
    jobs = bare.play(FIRST.workflow)

    assert all_succeeded(jobs)
    assert_deployed(jobs, app)


def test_a_whole_job_marks_its_deploy_in_its_own_environment(run: Run, app: App) -> None:
    jobs = run.play(JOB.workflow)

    assert all_succeeded(jobs)
    assert_deployed(jobs, app)


def assert_deployed(jobs: dict[str, tuple[Ended, ...]], app: App) -> None:
    """The build has the name, and the deploy is there."""
    assert deploys(app) == [("production", "#1", f"{PAGE}/1")]
    assert app.lab.release(app.release)["dateReleased"] is not None
    [build, deploy] = jobs["deploy"][0].commands
    named = {"SENTRY_RELEASE": app.release, "SENTRY_DIST": "27"}
    assert build.defines == named | {"SENTRY_ENVIRONMENT": "production"}
    assert build.variables.items() >= build.defines.items()
    assert (build.name, deploy.name) == ("flutter", "deploy.sh")


@pytest.mark.parametrize(
    "printed", [FIRST, JOB], ids=["the first workflow", "a job with an environment"]
)
def test_nothing_is_marked_where_the_last_step_fails(bare: Run, app: App, printed: Recipe) -> None:
    failing = Run(app=app, hub=bare.hub, secrets=bare.secrets, failing={"deploy.sh"})

    jobs = failing.play(printed.workflow)

    assert results(jobs) == {"deploy": ["failure"]}
    assert deploys(app) == []
    assert app.lab.release(app.release)["dateReleased"] is None


def test_source_maps_are_in_sentry_before_the_web_app_is_deployed(run: Run, app: App) -> None:
    jobs = run.play(recipe("When it uploads").workflow)

    assert all_succeeded(jobs)
    [upload] = [one for one in jobs["deploy"][0].reports if "uploaded" in one.outputs]
    [uploaded] = json.loads(upload.outputs["uploaded"])
    assert (uploaded["kind"], uploaded["state"]) == ("source maps", "new")
    assert deploys(app) == [("production", "#1", f"{PAGE}/1")]


def test_symbols_of_another_job_are_uploaded(run: Run) -> None:
    jobs = run.play(recipe("Symbols of another job").workflow)

    assert all_succeeded(jobs)
    [upload] = [one for one in jobs["upload"][0].reports if "uploaded" in one.outputs]
    [uploaded] = json.loads(upload.outputs["uploaded"])
    assert uploaded["file"] == "symbols/app.android-arm64.symbols"
    assert uploaded["state"] == "new"


def test_a_macos_job_builds_and_a_last_job_marks(run: Run, app: App) -> None:
    jobs = run.play(recipe("Build on macOS, deploy from Linux").workflow)

    assert all_succeeded(jobs)
    [build] = jobs["ios"][0].commands
    assert build.words == [
        "build",
        "ipa",
        f"--dart-define=SENTRY_RELEASE={app.release}",
        "--dart-define=SENTRY_DIST=27",
    ]
    assert deploys(app) == [("production", "#1", f"{PAGE}/1")]
    assert app.lab.release(app.release)["commitCount"] > 0


def test_a_macos_build_that_fails_leaves_nothing_marked(run: Run, app: App) -> None:
    failing = Run(app=app, hub=run.hub, secrets=run.secrets, failing={"flutter"})

    jobs = failing.play(recipe("Build on macOS, deploy from Linux").workflow)

    assert results(jobs) == {"release": ["success"], "ios": ["failure"], "deployed": []}
    assert deploys(app) == []


def test_a_macos_job_marks_its_own_deploy_without_docker(bare: Run, app: App) -> None:
    jobs = bare.play(MACOS.workflow)

    assert all_succeeded(jobs)
    [build, deploy] = jobs["ios"][0].commands
    assert (build.words[:2], deploy.name) == (["build", "ipa"], "deploy.sh")
    assert (build.defines or {})["SENTRY_RELEASE"] == app.release
    assert deploys(app) == [("production", "#1", f"{PAGE}/1")]


def test_each_app_of_a_repository_has_a_release_and_a_project_of_its_own(
    new_app: AppMaker, github: Hub
) -> None:
    app = new_app(projects=2)
    names = {"shop": f"shop_{app.package}", "courier": f"courier_{app.package}"}
    pubspecs = {f"apps/{one}": f"name: {name}\nversion: 2.0.0+3\n" for one, name in names.items()}
    secrets = {"SENTRY_AUTH_TOKEN": app.lab.token}
    run = Run(app=app, hub=github, secrets=secrets, pubspecs=pubspecs)

    jobs = run.play(recipe("Several apps in one repository").workflow)

    assert all_succeeded(jobs)
    for name, project in zip(names.values(), app.projects, strict=True):
        release = f"{name}@2.0.0+3"
        assert deploys(app, release) == [("production", "#1", f"{PAGE}/1")]
        assert [one["slug"] for one in app.lab.release(release)["projects"]] == [project]


def test_a_custom_name_is_that_of_the_release_and_the_build(run: Run, app: App) -> None:
    numbered = Run(app=app, hub=run.hub, secrets=run.secrets, github={"run_number": "314"})

    jobs = numbered.play(recipe("Custom release name").workflow)

    name = f"{app.package}@1.4.0+314"
    assert all_succeeded(jobs)
    assert [one[0] for one in deploys(app, name)] == ["production"]
    defines = jobs["deploy"][0].commands[0].defines
    assert defines is not None
    assert (defines["SENTRY_RELEASE"], defines["SENTRY_DIST"]) == (name, "314")


@pytest.mark.parametrize(
    ("status", "title"),
    [
        ("success", " is deployed to production"),
        ("failure", ": no deploy to production recorded"),
    ],
)
def test_notifications_are_sent(
    run: Run, app: App, receiver: Sink, status: str, title: str
) -> None:
    workflow = recipe("Notifications").workflow
    secrets = {**run.secrets, "NOTIFY": f"json://{receiver.place}/hook-t0ken-1"}
    failing = {"deploy.sh"} if status == "failure" else set()

    jobs = Run(app=app, hub=run.hub, secrets=secrets, failing=failing).play(workflow)

    assert results(jobs) == {"deploy": [status]}
    (actual,) = receiver.received
    assert (actual.path, actual.json["title"]) == (
        "/hook-t0ken-1",
        f"{app.release}{title}",
    )


def test_gradle_gets_the_defines(run: Run, app: App) -> None:
    jobs = run.play(recipe("Gradle without Flutter's tool").workflow)

    assert all_succeeded(jobs)
    [flutter, gradle] = jobs["android"][0].commands
    assert flutter.words == ["build", "appbundle", "--config-only"]
    assert (gradle.name, gradle.words[0]) == ("gradlew", "bundleRelease")
    pieces = gradle.words[1].removeprefix("-Pdart-defines=").split(",")
    defines = [base64.b64decode(piece).decode() for piece in pieces]
    assert f"SENTRY_RELEASE={app.release}" in defines


@pytest.mark.parametrize("state", ["success", "failure", "pending"])
def test_a_deployment_of_another_workflow_is_recorded_if_it_has_succeeded(
    run: Run, app: App, state: str
) -> None:
    opened(run)
    event = payload("deployment_status")
    event["deployment"]["sha"] = app.head
    event["deployment_status"]["state"] = state
    deploying = Run(
        app=app, hub=run.hub, secrets=run.secrets, event_name="deployment_status", event=event
    )

    workflow = recipe("Deployed by another service").workflow
    jobs = [deploying.play(workflow), deploying.play(workflow)]

    created = [("production", "deployment 901", "https://shop.example.com")]
    assert deploys(app) == (created if state == "success" else [])
    assert all(map(all_succeeded, jobs)) == (state == "success")


def test_a_run_of_another_workflow_is_marked_as_itself(run: Run, app: App) -> None:
    opened(run, **DEPLOYER)
    event = payload("workflow_run")
    event["workflow_run"]["head_sha"] = app.head
    deploying = Run(
        app=app, hub=run.hub, secrets=run.secrets, event_name="workflow_run", event=event
    )

    jobs = deploying.play(recipe("After another workflow").workflow)

    assert all_succeeded(jobs)
    assert deploys(app) == [("production", "#57", f"{PAGE}/16544301700")]


def words_of(jobs: dict[str, tuple[Ended, ...]], job: str) -> list[list[str]]:
    """The commands of the first leg of a job, each with its words."""
    return [[one.name, *one.words] for one in jobs[job][0].commands]


def test_an_app_bundle_is_built_and_published_under_the_number_of_the_run(
    run: Run, app: App
) -> None:
    jobs = run.play(recipe("Android and Google Play").workflow)

    release = f"{app.package}@1.4.0+1"
    assert all_succeeded(jobs)
    [flutter, play] = jobs["android"][0].commands
    assert flutter.words[:3] == ["build", "appbundle", "--build-number=1"]
    assert (flutter.defines or {})["SENTRY_RELEASE"] == release
    assert play.words == ["production", "build/app/outputs/bundle/release/app-release.aab"]
    assert deploys(app, release) == [("production", "#1", f"{PAGE}/1")]


def test_an_ipa_is_built_and_uploaded_and_its_release_stays_open(run: Run, app: App) -> None:
    jobs = run.play(recipe("iOS and TestFlight").workflow)

    release = f"{app.package}@1.4.0+1"
    assert all_succeeded(jobs)
    [flutter, xcrun] = jobs["ios"][0].commands
    assert (flutter.defines or {})["SENTRY_RELEASE"] == release
    assert (xcrun.name, xcrun.words[:2]) == ("xcrun", ["altool", "--upload-app"])
    assert deploys(app, release) == [("testflight", "#1", f"{PAGE}/1")]
    assert app.lab.release(release)["dateReleased"] is None


def test_one_build_is_deployed_to_two_environments(run: Run, app: App) -> None:
    jobs = run.play(recipe("Promotion without a build").workflow)

    assert all_succeeded(jobs)
    [build] = jobs["build"][0].commands
    assert build.defines == {"SENTRY_RELEASE": app.release, "SENTRY_DIST": "27"}
    assert words_of(jobs, "staging") == [["deploy.sh", "staging"]]
    assert words_of(jobs, "production") == [["deploy.sh", "production"]]
    assert [one[0] for one in deploys(app)] == ["production", "staging"]
    assert app.lab.release(app.release)["dateReleased"] is not None


def test_a_build_in_the_background_has_ended_before_the_deploy(run: Run, app: App) -> None:
    jobs = run.play(recipe("Parallel steps").workflow)

    assert all_succeeded(jobs)
    names = [one.name for one in jobs["deploy"][0].commands]
    assert names == ["flutter", "flutter", "deploy.sh"]
    assert (jobs["deploy"][0].commands[1].defines or {})["SENTRY_RELEASE"] == app.release
    assert [one[0] for one in deploys(app)] == ["production"]


def test_an_unhealthy_release_starts_the_rollback_which_is_recorded_as_a_deploy(
    run: Run, app: App
) -> None:
    opened_before = app.job(pubspec=f"name: {app.package}\nversion: 1.3.0+26\n")
    previous = f"{app.package}@1.3.0+26"
    app.play(opened_before, env={}, environment="production")
    app.play(environment="production")
    count(app, app.release, 1000, 30)
    secrets = {"SENTRY_HEALTH_TOKEN": app.lab.token, "SENTRY_AUTH_TOKEN": app.lab.token}
    watching = Run(app=app, hub=run.hub, secrets=secrets, event_name="schedule")

    jobs = watching.play(recipe("Start a workflow of your own").workflow)

    assert results(jobs) == {"health": ["failure"]}
    [started] = jobs["health"][0].commands
    assert started.name == "gh"
    assert started.words == ["workflow", "run", "rollback.yml", "--field", f"release={previous}"]
    dispatched = Run(
        app=app,
        hub=run.hub,
        secrets=secrets,
        event_name="workflow_dispatch",
        inputs={"release": previous},
        github=DEPLOYER,
    )
    commits = app.lab.release(previous)["commitCount"]
    jobs = dispatched.play(recipe("Roll back your own deploy").workflow)

    assert all_succeeded(jobs)
    [deployed] = jobs["rollback"][0].commands
    assert (deployed.name, deployed.words) == ("deploy.sh", [previous])
    assert [one[0] for one in deploys(app, previous)] == ["production", "production"]
    assert app.lab.release(previous)["commitCount"] == commits
    evaluated = watching.play(recipe("Start a workflow of your own").workflow)
    [report] = evaluated["health"][0].reports
    assert report.outputs["release"] == previous
    assert report.outputs["healthy"] == "unknown"


def test_docker_gets_the_path_of_the_defines(run: Run, app: App) -> None:
    jobs = run.play(recipe("Docker and Earthly").workflow)

    assert all_succeeded(jobs)
    assert words_of(jobs, "deploy") == [
        ["docker", "build", "--build-arg", "DEFINES", "--tag", "registry.example.com/shop", "."],
        ["docker", "push", "registry.example.com/shop"],
    ]
    assert [one[0] for one in deploys(app)] == ["production"]


@pytest.mark.parametrize(("failing", "marked"), [("", ["production"]), ("bundle", [])])
def test_a_lane_of_fastlane_has_the_release_and_its_failure_records_nothing(
    run: Run, app: App, failing: str, marked: list[str]
) -> None:
    playing = Run(app=app, hub=run.hub, secrets=run.secrets, failing={failing})
    workflow = recipe("fastlane").workflow
    steps = workflow["jobs"]["android"]["steps"]
    if failing:  # not the installation of the gems
        steps.remove(next(one for one in steps if one.get("run") == "bundle install"))

    jobs = playing.play(workflow)

    lane = jobs["android"][0].commands[-1]
    assert (lane.name, lane.words) == ("bundle", ["exec", "fastlane", "release"])
    assert lane.variables["SENTRY_RELEASE"] == app.release
    assert [one[0] for one in deploys(app)] == marked


def test_shorebird_passes_the_defines_to_flutter(run: Run, app: App) -> None:
    jobs = run.play(recipe("Shorebird").workflow)

    assert all_succeeded(jobs)
    [shorebird, deploy] = jobs["android"][0].commands
    assert shorebird.words[:3] == ["release", "android", "--"]
    assert (shorebird.defines or {})["SENTRY_RELEASE"] == app.release
    assert deploy.name == "deploy.sh"
    assert [one[0] for one in deploys(app)] == ["production"]


def test_the_version_of_semantic_release_is_that_of_release_and_build(run: Run, app: App) -> None:
    jobs = run.play(recipe("Versions from semantic-release").workflow)

    release = f"{app.package}@2.0.0+1"
    assert all_succeeded(jobs)
    [_, flutter, _] = jobs["release"][0].commands
    assert flutter.words[2:4] == ["--build-name=2.0.0", "--build-number=1"]
    assert (flutter.defines or {})["SENTRY_RELEASE"] == release
    assert [one[0] for one in deploys(app, release)] == ["production"]


def test_a_runner_without_docker_records_a_deploy(run: Run, app: App) -> None:
    opened(run)
    inputs = {"release": app.release}
    by_hand = Run(
        app=app, hub=run.hub, secrets=run.secrets, event_name="workflow_dispatch", inputs=inputs
    )

    jobs = by_hand.play(recipe("ubuntu-slim").workflow)

    assert all_succeeded(jobs)
    assert [one[0] for one in deploys(app)] == ["production"]


def test_a_job_that_came_from_action_release_records_its_deploy(run: Run, app: App) -> None:
    jobs = run.play(recipe("From action-release").workflow)

    assert all_succeeded(jobs)
    assert deploys(app) == [("production", "#1", f"{PAGE}/1")]


def test_staging_leaves_open_what_production_finalizes(run: Run, app: App) -> None:
    workflow = recipe("Staging first").workflow
    staging = run.play({"jobs": {"staging": workflow["jobs"]["staging"]}})
    open_still = app.lab.release(app.release)["dateReleased"]

    jobs = run.play(workflow)

    assert open_still is None
    assert all_succeeded(staging)
    assert all_succeeded(jobs)
    assert [one[0] for one in deploys(app)] == ["production", "staging"]
    assert app.lab.release(app.release)["dateReleased"] is not None


def test_many_jobs_deploy_and_the_last_one_marks(run: Run, app: App) -> None:
    jobs = run.play(recipe("Many jobs deploy one release").workflow)

    assert all_succeeded(jobs)
    regions = [matrix_job.commands[-1].words for matrix_job in jobs["deploy"]]
    assert regions == [["eu"], ["us"]]
    assert deploys(app) == [("production", "#1", f"{PAGE}/1")]
    assert any("/deployments?" in line for line in run.hub.observed)


def test_of_many_jobs_one_that_fails_leaves_nothing_marked(run: Run, app: App) -> None:
    failing = Run(app=app, hub=run.hub, secrets=run.secrets, failing={"deploy.sh"})

    jobs = failing.play(recipe("Many jobs deploy one release").workflow)

    assert results(jobs) == {"deploy": ["failure", "failure"], "deployed": []}
    assert deploys(app) == []


@pytest.mark.parametrize("from_fork", [True, False])
def test_a_pull_request_is_named_and_changes_nothing(
    run: Run, app: App, *, from_fork: bool
) -> None:
    source = "fork/app" if from_fork else "acme/app"
    event = {"pull_request": {"head": {"sha": app.head, "repo": {"full_name": source}}}}
    secrets = {} if from_fork else run.secrets
    querying = Run(app=app, hub=run.hub, secrets=secrets, event_name="pull_request", event=event)

    jobs = querying.play(recipe("Pull requests from forks").workflow)

    [matrix_job] = jobs["build"]
    assert matrix_job.result == "success"
    assert [note.kind for note in matrix_job.reports[0].annotations] == (
        ["notice"] if from_fork else []
    )
    assert (matrix_job.commands[0].defines or {})["SENTRY_RELEASE"] == app.release
    assert app.lab.release(app.release) is None


@pytest.mark.parametrize(("crashed", "result"), [(2, "success"), (90, "failure")])
def test_the_release_that_was_deployed_last_is_evaluated(
    bare: Run, app: App, receiver: Sink, crashed: int, result: str
) -> None:
    assert all_succeeded(bare.play(FIRST.workflow))
    count(app, app.release, 1000, crashed)
    secrets = {
        "SENTRY_HEALTH_TOKEN": app.lab.token,
        "NOTIFY": f"json://{receiver.place}/h00k-t0ken",
    }
    querying = Run(app=app, hub=bare.hub, secrets=secrets, event_name="schedule")

    jobs = querying.play(recipe("Release health").workflow)

    assert results(jobs) == {"health": [result]}
    (report,) = jobs["health"][0].reports
    assert report.outputs["release"] == app.release
    assert report.outputs["healthy"] == ("true" if result == "success" else "false")
    assert len(receiver.received) == (0 if result == "success" else 1)
