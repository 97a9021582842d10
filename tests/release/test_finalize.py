"""Claims about what is still to be done when a job has succeeded."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from sentry_release.config.config import Config
from sentry_release.model.commits import CommitRange, CommitSource
from sentry_release.model.job import EventKind, JobEnvironment
from sentry_release.model.release import SentryDeploy, SentryRelease
from sentry_release.release.deploy import (
    CommitStatus,
    can_finalize_without_lookup,
    find_commit_status,
    find_original_release_date,
    should_finalize,
)

HEAD, BEFORE = "b" * 40, "a" * 40
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
PRODUCTION = JobEnvironment(name="production")
RANGE = CommitRange(repository="acme/app", source="acme/app", head=HEAD, previous=BEFORE)
NOTHING_NEW = CommitRange(repository="acme/app", source="acme/app", head=HEAD, previous=HEAD)


def known_release(*, commit_count: int, head: str | None) -> SentryRelease:
    """The release with so many commits, of which this is the newest."""
    return SentryRelease(
        name="shop@1",
        ref=None,
        url=None,
        released_at=None,
        created_at=None,
        commit_count=commit_count,
        head=head,
        authors=(),
        deploy_count=0,
        last_deploy=None,
        projects=("shop",),
    )


@pytest.mark.parametrize(
    ("count", "head", "commits", "way", "state"),
    [
        pytest.param(
            3,
            HEAD,
            RANGE,
            CommitSource.INTEGRATION,
            CommitStatus.PRESENT,
            id="our newest is the newest",
        ),
        pytest.param(
            0, None, RANGE, CommitSource.INTEGRATION, CommitStatus.MISSING, id="none came"
        ),
        pytest.param(
            0, None, RANGE, CommitSource.GITHUB, CommitStatus.MISSING, id="none of those we brought"
        ),
        pytest.param(
            3, BEFORE, RANGE, CommitSource.INTEGRATION, CommitStatus.UNKNOWN, id="another is newer"
        ),
        pytest.param(
            0, None, None, CommitSource.NONE, CommitStatus.NOT_EXPECTED, id="none were wanted"
        ),
        pytest.param(
            0,
            None,
            NOTHING_NEW,
            CommitSource.INTEGRATION,
            CommitStatus.NOT_EXPECTED,
            id="none are new",
        ),
        pytest.param(
            3,
            BEFORE,
            RANGE,
            CommitSource.GITHUB,
            CommitStatus.PRESENT,
            id="`paths` left the newest out",
        ),
        pytest.param(
            3,
            BEFORE,
            RANGE,
            CommitSource.KEPT,
            CommitStatus.NOT_EXPECTED,
            id="they were there before",
        ),
    ],
)
def test_whether_the_commits_came_is_read_from_the_release(
    count: int,
    head: str | None,
    commits: CommitRange | None,
    way: CommitSource,
    state: CommitStatus,
) -> None:
    assert find_commit_status(known_release(commit_count=count, head=head), commits, way) is state


@pytest.mark.parametrize(
    ("inputs", "fresh", "may"),
    [
        pytest.param({}, True, True, id="we made it, and shall finalize it"),
        pytest.param(
            {"INPUT_FINALIZE-ENVIRONMENTS": "live"}, True, False, id="it is not final here"
        ),
        pytest.param({}, False, False, id="another job may have finalized it"),
        pytest.param({"INPUT_FINALIZE": "false"}, True, False, id="it is not to be finalized"),
        pytest.param({"INPUT_DRY-RUN": "true"}, True, False, id="nothing shall change"),
    ],
)
def test_only_a_release_that_the_job_created_is_finalized_without_a_lookup(
    inputs: dict[str, str], *, fresh: bool, may: bool
) -> None:
    config = Config.from_env(inputs)

    assert can_finalize_without_lookup(config, EventKind.OWN, PRODUCTION, fresh=fresh) is may


def deployed(minutes: int | None) -> SentryDeploy:
    """A deploy that finished so many minutes after noon."""
    finished = None if minutes is None else NOON + timedelta(minutes=minutes)
    return SentryDeploy(
        id="1", environment="production", name=None, url=None, started=None, finished=finished
    )


@pytest.mark.parametrize(
    ("minutes", "date"),
    [
        pytest.param([], None, id="no other job deployed"),
        pytest.param([0], None, id="only we did"),
        pytest.param([7], NOON + timedelta(minutes=7), id="another job did, by a later clock"),
        pytest.param([None], None, id="another job has not finished"),
        pytest.param([-5], NOON - timedelta(minutes=5), id="another job did earlier"),
        pytest.param([-1, -5, 0], NOON - timedelta(minutes=5), id="the first of them set the date"),
    ],
)
def test_the_date_of_a_release_is_the_first_one_it_got(
    minutes: list[int | None], date: datetime | None
) -> None:
    deploys = tuple(deployed(one) for one in minutes)

    assert find_original_release_date(Config.from_env({}), deploys, NOON) == date


def test_the_first_deploy_is_the_one_that_sentry_created_first() -> None:
    deploys = (replace(deployed(-5), id="10"), replace(deployed(-1), id="9"))

    date = find_original_release_date(Config.from_env({}), deploys, NOON)

    assert date == NOON - timedelta(minutes=1)


def test_of_ids_of_the_same_length_the_lower_one_was_created_first() -> None:
    deploys = (replace(deployed(-5), id="12"), replace(deployed(-1), id="11"))

    date = find_original_release_date(Config.from_env({}), deploys, NOON)

    assert date == NOON - timedelta(minutes=1)


def test_a_deploy_to_staging_has_set_no_date() -> None:
    deploys = (replace(deployed(-5), environment="staging"), deployed(-1))

    assert find_original_release_date(Config.from_env({}), deploys, NOON) == NOON - timedelta(
        minutes=1
    )


@pytest.mark.parametrize(
    ("globs", "environment", "final"),
    [
        pytest.param("", "production", True, id="production by default"),
        pytest.param("", "Prod", True, id="whatever its case"),
        pytest.param("", "staging", False, id="staging is not"),
        pytest.param("", "production-eu", False, id="a name is no prefix"),
        pytest.param("", None, True, id="a job that has no environment"),
        pytest.param("live, store-*", "store-eu", True, id="a glob"),
        pytest.param("live, store-*", "production", False, id="only those that are named"),
        pytest.param("*", "staging", True, id="every one"),
    ],
)
def test_a_release_is_final_where_the_user_says_so(
    globs: str, environment: str | None, *, final: bool
) -> None:
    config = Config.from_env({"INPUT_FINALIZE-ENVIRONMENTS": globs})

    assert should_finalize(config, EventKind.OWN, JobEnvironment(name=environment)) is final


def test_an_environment_that_github_marks_as_production_is_final_under_any_name() -> None:
    environment = JobEnvironment(name="eu-west", is_production=True)

    assert should_finalize(Config.from_env({}), EventKind.OWN, environment)


def test_an_unknown_environment_is_not_taken_for_none() -> None:
    environment = JobEnvironment(unknown_reason="GitHub answered 403")

    assert not should_finalize(Config.from_env({}), EventKind.OWN, environment)


@pytest.mark.parametrize(
    "kind", [one for one in EventKind if one not in {EventKind.OWN, EventKind.COMMENT}]
)
def test_only_a_run_of_the_repository_s_own_code_finalizes(kind: EventKind) -> None:
    assert not should_finalize(Config.from_env({}), kind, PRODUCTION)


def test_a_comment_that_deploys_a_pull_request_to_production_finalizes() -> None:
    config = Config.from_env({})

    assert should_finalize(config, EventKind.COMMENT, PRODUCTION)
    assert not should_finalize(config, EventKind.COMMENT, JobEnvironment())
