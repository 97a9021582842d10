"""What a stage does with its time: how much it takes, and what it is spent on first."""

from functools import partial

import pytest

from fake_sentry import FakeServers, Late, Reset, Slow, Status
from job import Job

NAME = "shop@1.4.0+27"
BROKEN = Status(status=500, body='{"detail": "Internal Error", "errorId": "e0108f4f"}')


def break_releases(sentry: FakeServers) -> None:
    """Sentry performs requests, but cannot return a release."""
    for glob in ("*/releases/", "*/releases/*/"):
        sentry.fail("*", glob, BROKEN, times=None, applied=True)


@pytest.fixture
def opened(job: Job, sentry: FakeServers) -> Job:
    job.main()
    sentry.land_commits()
    return job


@pytest.mark.parametrize("seconds", ["5", "20", "600"])
def test_a_phase_takes_the_time_that_it_is_given(
    job: Job, sentry: FakeServers, seconds: str
) -> None:
    sentry.fail("*", "**", Reset(), times=None)

    main = job.main(timeout=seconds)

    assert main.exit_code == 0
    assert float(seconds) / 2 < job.time.passed_s <= float(seconds)


def test_a_slow_server_gets_more_time_where_there_is_more(
    job: Job, sentry: FakeServers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sentry_release.adapters.threads._TO_FINISH_S", 0)  # of the real clock

    def hang() -> None:
        job.time.hang(150)
        job.time.pass_(10)  # more than what the action computes meanwhile may take

    sentry.fail("POST", "*/releases/", Slow(seconds=0, half=True, begins=hang), times=None)

    assert "no response in time" in job.main().annotations[0]
    assert job.main(timeout="600").annotations == []


def test_waiting_for_commits_ends_with_the_time_too(opened: Job, sentry: FakeServers) -> None:
    sentry.store.fetch_delay = 1e9
    opened.environ["GITHUB_SHA"] = sentry.repository.commit("feat: more").sha
    (opened.workspace / "pubspec.yaml").write_text("name: shop\nversion: 1.5.0+28\n")
    opened.main()
    began = opened.time.passed_s

    opened.post(timeout="5", github_token="")

    assert opened.time.passed_s - began <= 5
    assert len(sentry.releases["shop@1.5.0+28"].deploys) == 1


def test_a_deploy_is_created_although_sentry_cannot_return_its_release(
    opened: Job, sentry: FakeServers
) -> None:
    break_releases(sentry)
    began = opened.time.passed_s

    post = opened.post()

    assert post.exit_code == 0
    assert len(sentry.releases[NAME].deploys) == 1
    assert sentry.releases[NAME].released is not None
    [warning] = post.annotations
    assert warning.startswith(
        f"warning: The deploy of {NAME} was recorded, but the release may not be finalized"
    )
    assert "is deployed to `production`" in post.summary
    assert "The release may not be finalized" in post.summary
    assert "has no commits" not in post.summary
    assert opened.time.passed_s - began <= 60


def test_the_action_deploy_reports_such_a_deploy_as_well(opened: Job, sentry: FakeServers) -> None:
    break_releases(sentry)

    deploy = opened.play("deploy")

    assert deploy.exit_code == 0
    assert deploy.outputs["deployed"] == "true"
    assert "commit-count" not in deploy.outputs
    assert len(sentry.releases[NAME].deploys) == 1


def test_such_an_outage_fails_if_requested(opened: Job, sentry: FakeServers) -> None:
    break_releases(sentry)

    assert opened.post(on_outage="fail").exit_code == 5
    assert len(sentry.releases[NAME].deploys) == 1


def test_a_release_is_finalized_after_its_deploy_where_sentry_comes_back_late(
    opened: Job, sentry: FakeServers
) -> None:
    break_releases(sentry)
    opened.time.after(40, sentry.hint)

    post = opened.post()

    assert post.annotations == []
    assert len(sentry.releases[NAME].deploys) == 1
    assert "Finalized" in post.summary


def test_a_date_that_is_there_is_kept_in_such_an_outage(opened: Job, sentry: FakeServers) -> None:
    opened.post()
    released = sentry.releases[NAME].released
    opened.environ["GITHUB_RUN_ATTEMPT"] = "2"
    opened.main()
    sentry.fail("GET", "*/releases/*/", BROKEN, times=8)

    post = opened.post()

    assert post.annotations == []
    assert len(sentry.releases[NAME].deploys) == 2
    assert sentry.releases[NAME].released == released


@pytest.mark.parametrize(
    ("seconds", "deploys"),
    [
        pytest.param(4, 1, id="a server that needs less than five seconds is waited for"),
        pytest.param(
            30, 2, id="one that needs more cannot be distinguished from one that does nothing"
        ),
    ],
)
def test_a_lost_request_that_is_carried_out_later(
    opened: Job, sentry: FakeServers, seconds: int, deploys: int
) -> None:
    sentry.fail("POST", "*/deploys/", Late(defer=partial(opened.time.after, seconds)))

    opened.post()
    opened.time.pass_(60)

    assert len(sentry.releases[NAME].deploys) == deploys


def test_a_server_that_asks_for_time_after_a_lost_answer_gets_it(
    opened: Job, sentry: FakeServers
) -> None:
    busy = Status(status=503, headers={"Retry-After": "11"})
    sentry.fail("POST", "*/deploys/", busy)
    began = opened.time.passed_s

    opened.post()

    assert opened.time.passed_s - began >= 11
    assert len(sentry.releases[NAME].deploys) == 1


def test_a_server_that_hangs_up_without_saying_so_costs_at_most_one_lost_request_a_stage(
    job: Job, sentry: FakeServers
) -> None:
    sentry.hangs_up = True
    sentry.store.fetch_delay = 60

    main, post = job.main(), job.post()

    assert (main.exit_code, post.exit_code) == (0, 0)
    assert (main.annotations, post.annotations) == ([], [])
    assert len(sentry.releases[NAME].deploys) == 1
    # None is lost if the end of the connection is seen before the next request is sent.
    assert max(stage.log.count("the connection broke") for stage in (main, post)) <= 1


@pytest.mark.parametrize("timeout", ["5", "30", "60"])
def test_a_total_outage_costs_a_job_one_timeout_and_five_seconds(
    job: Job, sentry: FakeServers, timeout: str
) -> None:
    sentry.fail("*", "**", Reset(), times=None)

    main, post = job.main(timeout=timeout), job.post(timeout=timeout)

    assert (main.exit_code, post.exit_code) == (0, 0)
    assert job.time.passed_s <= float(timeout) + 5


def test_an_outage_that_ends_before_the_job_does_costs_no_deploy(
    job: Job, sentry: FakeServers
) -> None:
    sentry.fail("*", "**", Reset(), times=None)
    job.main()
    sentry.hint()

    post = job.post()

    assert post.exit_code == 0
    assert len(sentry.releases[NAME].deploys) == 1


def test_what_the_main_step_did_not_use_is_left_to_the_post_step(
    job: Job, sentry: FakeServers
) -> None:
    job.main()
    sentry.fail("*", "**", Reset(), times=None)
    began = job.time.passed_s

    job.post()

    assert 30 < job.time.passed_s - began <= 60
