"""The workflows that `sentry-release init` writes, played on a real Sentry."""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

import pytest

from e2e.app import App
from e2e.conftest import AppMaker
from e2e.hub import SERVER, Hub, hub
from e2e.recipe_run import Ended, Run
from init_projects import EXPECTED
from recipes import read

DSN = "https://0123456789abcdef@sentry.example/1"
PAGE = f"{SERVER}/acme/app/actions/runs"


@pytest.fixture
def github(new_app: AppMaker) -> Iterator[Hub]:
    with hub(new_app().lab.github_url) as found:
        yield found


def run(app: App, github: Hub, /, **more: Any) -> Run:  # noqa: ANN401 - of the run
    """A run in a repository that has the secret and the variables that `init` requires."""
    return Run(
        app=app,
        hub=github,
        secrets={"SENTRY_AUTH_TOKEN": app.lab.organization_token},
        variables={"SENTRY_PROJECT": "shop", "SENTRY_DSN": DSN},
        **more,
    )


def workflow(path: str, deploy: str | None = "./deploy.sh") -> Mapping[str, Any]:
    """A written workflow, with a command in each step "Deploy" as its user has put it there."""
    found = deepcopy(read((EXPECTED / path).read_text()))
    for job in found["jobs"].values():
        for step in job["steps"]:
            if deploy and step.get("name") == "Deploy":
                step["run"] = deploy
    return dict(found)


def results(jobs: Mapping[str, tuple[Ended, ...]]) -> dict[str, list[str]]:
    return {name: [one.result for one in ended] for name, ended in jobs.items()}


def deploys(app: App, release: str) -> list[str]:
    return sorted(one["environment"] for one in app.lab.deploys(release))


def test_the_workflow_of_the_example_records_its_deploy(app: App, github: Hub) -> None:
    jobs = run(app, github).play(workflow("shop/sentry-release.yml"))

    assert results(jobs) == {"web": ["success"]}
    [build, deploy] = jobs["web"][0].commands
    assert build.defines == {
        "SENTRY_RELEASE": app.release,
        "SENTRY_DIST": "27",
        "SENTRY_ENVIRONMENT": "production",
        "SENTRY_DSN": DSN,
    }
    assert deploy.name == "deploy.sh"
    assert deploys(app, app.release) == ["production"]


def test_a_workflow_as_it_was_written_records_no_deploy(app: App, github: Hub) -> None:
    jobs = run(app, github).play(workflow("shop/sentry-release.yml", deploy=None))

    assert results(jobs) == {"web": ["failure"]}
    assert app.lab.release(app.release)["dateReleased"] is None
    assert deploys(app, app.release) == []


def test_each_platform_is_built_with_the_name_and_one_deploy_is_recorded(
    app: App, github: Hub
) -> None:
    numbered = run(
        app,
        github,
        github={"run_number": "57"},
        pubspecs={".": f"name: {app.package}\nversion: 1.4.0\n"},
    )

    jobs = numbered.play(workflow("mobile/sentry-release.yml"))

    release = f"{app.package}@1.4.0+57"
    assert results(jobs) == {"android": ["success"], "ios": ["success"], "deployed": ["success"]}
    builds = [jobs[name][0].commands[0] for name in ("android", "ios")]
    assert [(one.defines or {})["SENTRY_RELEASE"] for one in builds] == [release, release]
    assert all({"--flavor", "prod", "--build-number=57"} <= set(one.words) for one in builds)
    assert deploys(app, release) == ["production"]


def test_a_platform_that_fails_leaves_no_deploy(app: App, github: Hub) -> None:
    jobs = run(app, github, failing={"deploy.sh"}).play(workflow("desktop/sentry-release.yml"))

    assert set(map(tuple, results(jobs).values())) == {("failure",), ()}
    assert deploys(app, app.release) == []


def test_an_app_of_a_monorepo_is_built_in_its_folder(app: App, github: Hub) -> None:
    monorepo = run(app, github, pubspecs={"apps/shop": app.pubspec})

    jobs = monorepo.play(workflow("monorepo/sentry-release-shop.yml", "../../deploy.sh"))

    assert results(jobs) == {"web": ["success"]}
    [link, build, _] = jobs["web"][0].commands
    assert (link.name, link.words) == ("dart", ["run", "melos", "bootstrap"])
    assert (build.defines or {})["SENTRY_RELEASE"] == app.release
    assert deploys(app, app.release) == ["production"]
