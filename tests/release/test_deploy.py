"""Claims about the deploy that a job marks."""

from datetime import UTC, datetime, timedelta

import pytest

from sentry_release.ci.context import Context
from sentry_release.config.config import Config
from sentry_release.model.release import Deploy, SentryDeploy
from sentry_release.release.deploy import build_deploy

NOW = datetime(2026, 3, 1, 12, 10, tzinfo=UTC)
BEGAN = NOW - timedelta(minutes=10)
RUN_PAGE = "https://github.com/acme/app/actions/runs/16544301843"
RUN = {
    "GITHUB_REPOSITORY": "acme/app",
    "GITHUB_SERVER_URL": "https://github.com",
    "GITHUB_RUN_ID": "16544301843",
    "GITHUB_RUN_NUMBER": "128",
    "GITHUB_RUN_ATTEMPT": "1",
}
FAR = {"GITHUB_SERVER_URL": f"https://{'.'.join(['x' * 60] * 3)}.example.com"}


def created(
    inputs: dict[str, str] | None = None,
    *,
    run: dict[str, str] | None = None,
    environment: str | None = "production",
    started: datetime | None = BEGAN,
) -> Deploy | None:
    """The deploy of a step with these inputs, in a run with these variables."""
    environ = {f"INPUT_{name.upper()}": text for name, text in (inputs or {}).items()}
    return build_deploy(
        Config.from_env(environ),
        Context.from_env(RUN | (run or {}), {}),
        environment=environment,
        started=started,
        now=NOW,
    )


def surely(deploy: Deploy | None) -> Deploy:
    """The deploy that is there."""
    assert deploy is not None
    return deploy


def test_a_deploy_is_named_after_its_run_and_lasts_as_long_as_the_job() -> None:
    assert created({"projects": "shop"}) == Deploy(
        environment="production",
        name="#128",
        url=RUN_PAGE,
        started=BEGAN,
        finished=NOW,
        projects=("shop",),
    )


def test_a_second_attempt_is_another_deploy() -> None:
    deploy = surely(created(run={"GITHUB_RUN_ATTEMPT": "2"}))

    assert deploy.name == "#128.2"
    assert deploy.url == f"{RUN_PAGE}/attempts/2"


@pytest.mark.parametrize(
    ("inputs", "environment"),
    [
        pytest.param({"deploy": "false"}, "production", id="none is wanted"),
        pytest.param({}, None, id="there is no environment"),
    ],
)
def test_no_deploy_is_made_up(inputs: dict[str, str], environment: str | None) -> None:
    assert created(inputs, environment=environment) is None


@pytest.mark.parametrize(
    ("inputs", "run", "name", "url", "tells"),
    [
        pytest.param({}, {}, "#128", RUN_PAGE, True, id="by its page"),
        pytest.param(
            {"deploy-url": "https://shop.test"},
            {},
            "#128 (16544301843.1)",
            "https://shop.test",
            True,
            id="by its name, where the page is the user's",
        ),
        pytest.param({"deploy-name": "v1"}, {}, "v1", RUN_PAGE, True, id="by its page alone"),
        pytest.param(
            {"deploy-name": "v1", "deploy-url": "https://shop.test"},
            {},
            "v1",
            "https://shop.test",
            False,
            id="by nothing, where both are the user's",
        ),
        pytest.param({}, FAR, "#128 (16544301843.1)", None, True, id="by its name without a page"),
        pytest.param({"deploy-name": "v1"}, FAR, "v1", None, False, id="by nothing without a page"),
        pytest.param({}, {"GITHUB_RUN_ID": ""}, "#128", None, False, id="by nothing without an id"),
        pytest.param(
            {},
            {"GITHUB_RUN_ID": "", "GITHUB_RUN_NUMBER": ""},
            None,
            None,
            False,
            id="by nothing outside Actions",
        ),
    ],
)
def test_a_deploy_carries_its_run_so_that_it_is_known_again(
    inputs: dict[str, str], run: dict[str, str], name: str, url: str | None, *, tells: bool
) -> None:
    deploy = surely(created(inputs, run=run))

    assert (deploy.name, deploy.url, deploy.is_run_known) == (name, url, tells)


@pytest.mark.parametrize(
    ("inputs", "started", "found"),
    [
        pytest.param({}, NOW + timedelta(hours=1), NOW, id="as a clock that went back says"),
        pytest.param({}, None, None, id="without any facts"),
        pytest.param(
            {"deploy-name": "v1", "deploy-url": "https://shop.test"},
            None,
            NOW,
            id="as is needed if nothing else identifies the run",
        ),
    ],
)
def test_no_deploy_starts_after_it_has_finished(
    inputs: dict[str, str], started: datetime | None, found: datetime | None
) -> None:
    assert surely(created(inputs, started=started)).started == found


def test_a_name_made_by_us_is_never_too_long_for_sentry() -> None:
    run = {"GITHUB_RUN_NUMBER": "9" * 40, "GITHUB_RUN_ID": "8" * 40}

    deploy = surely(created({"deploy-url": "https://shop.test"}, run=run))

    assert len(deploy.name or "") == 64


@pytest.mark.parametrize(
    "build_number",
    [pytest.param("128", id="short"), pytest.param("nightly-of-" + "x" * 80, id="long")],
)
def test_however_long_its_name_a_deploy_distinguishes_runs_and_attempts(
    build_number: str,
) -> None:
    def named(run_id: str, attempt: str) -> str | None:
        run = {"GITHUB_RUN_NUMBER": build_number, "GITHUB_RUN_ID": run_id}
        run["GITHUB_RUN_ATTEMPT"] = attempt
        return surely(created({"deploy-url": "https://shop.test"}, run=run)).name

    folder = "jenkins-acme-mobile-shop-" + "x" * 60

    names = {named(f"{folder}-{number}", attempt) for number in (5, 6) for attempt in ("1", "2")}

    assert len(names) == 4


@pytest.mark.parametrize("server", ["https://ghes", "https://git_hub.example.com"])
def test_a_page_that_sentry_takes_for_no_address_is_left_out(server: str) -> None:
    deploy = surely(created(run={"GITHUB_SERVER_URL": server}))

    assert (deploy.name, deploy.url) == ("#128 (16544301843.1)", None)


def as_listed(deploy: Deploy, *, started: datetime | None) -> SentryDeploy:
    """The deploy as Sentry lists it."""
    return SentryDeploy(
        id="1",
        environment=deploy.environment,
        name=deploy.name,
        url=deploy.url,
        started=started,
        finished=NOW,
    )


def test_a_deploy_of_the_same_run_is_the_same_whenever_it_began() -> None:
    deploy = surely(created())

    assert as_listed(deploy, started=None).matches(deploy)


def test_a_deploy_without_a_run_is_the_same_only_if_it_began_at_the_same_time() -> None:
    deploy = surely(created({"deploy-name": "v1", "deploy-url": "https://shop.test"}))

    assert as_listed(deploy, started=BEGAN).matches(deploy)
    assert not as_listed(deploy, started=NOW).matches(deploy)


def test_a_deploy_of_a_later_run_is_another_one_although_the_user_gives_name_and_url() -> None:
    inputs = {"deploy-name": "v1", "deploy-url": "https://shop.test"}
    deploy = surely(created(inputs, started=None))

    assert not as_listed(deploy, started=NOW - timedelta(hours=1)).matches(deploy)


def test_a_deploy_elsewhere_is_another_one() -> None:
    elsewhere = surely(created(environment="staging"))

    assert not as_listed(elsewhere, started=BEGAN).matches(surely(created()))
