"""Which commits a lead time is of, and how it is computed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from sentry_release.model.commits import (
    Commit,
    CommitHistory,
    CommitRange,
    CommitSource,
    CommitTimes,
    RangeRelation,
)
from sentry_release.model.release import CreatedDeploy, SentryDeploy, SentryRelease
from sentry_release.release.commit_details import LeadTime, find_commit_times, find_lead_time
from sentry_release.release.deploy import CommitStatus, FinalizeResult

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
RANGE = CommitRange(repository="acme/app", source="acme/app", head="b" * 40, previous="a" * 40)


def commit(hours: float) -> Commit:
    """A commit of so many hours before noon."""
    return Commit(
        sha="b" * 40,
        message="feat: pay",
        author_name=None,
        author_email=None,
        created_at=NOON - timedelta(hours=hours),
        files=(),
    )


def deployed(*hours: float) -> FinalizeResult:
    """A deploy at noon of commits of so many hours before it, which GitHub listed."""
    deploy = SentryDeploy(
        id="1", environment="production", name=None, url=None, started=None, finished=NOON
    )
    return FinalizeResult(
        release=replace(SentryRelease.unknown("shop@1.4.0+27"), commit_count=len(hours)),
        commits=RANGE,
        commit_source=CommitSource.GITHUB,
        commit_status=CommitStatus.PRESENT,
        deploy=None,
        deployed=CreatedDeploy(deploy=deploy, existed=False),
        duplicates=0,
        listed=tuple(commit(one) for one in hours),
    )


@pytest.mark.parametrize(
    ("hours", "oldest", "median"),
    [
        pytest.param((3,), 3, 3, id="a single commit"),
        pytest.param((1, 4), 4, 2.5, id="two commits"),
        pytest.param((9, 1, 2), 9, 2, id="three commits in any order"),
        pytest.param((1, 2, 4, 9), 9, 3, id="four commits"),
        pytest.param((1, 2, 4, 9, 30), 30, 4, id="five commits"),
    ],
)
def test_the_lead_time_is_that_of_the_oldest_and_of_the_median_commit(
    hours: tuple[float, ...], oldest: float, median: float
) -> None:
    found = find_lead_time(deployed(*hours), None)

    assert found == LeadTime(oldest_s=int(oldest * 3600), median_s=int(median * 3600))


def test_times_that_github_listed_count_before_those_of_the_release() -> None:
    known = CommitTimes(oldest=NOON - timedelta(hours=8), median=NOON - timedelta(hours=6))

    assert find_lead_time(deployed(1), known) == LeadTime(oldest_s=8 * 3600, median_s=6 * 3600)


def test_without_all_commits_and_their_start_there_is_no_lead_time() -> None:
    done = deployed(1, 2)
    release = replace(done.release, commit_count=3)

    for missing in (
        replace(done, release=release),
        replace(done, commits=None),
        replace(done, commits=replace(RANGE, previous=None)),
        replace(done, deployed=None),
        replace(done, commit_source=CommitSource.KEPT),
        replace(done, listed=(), release=replace(release, commit_count=0)),
    ):
        assert find_lead_time(missing, None) is None
    assert find_lead_time(replace(done, commit_source=CommitSource.INTEGRATION), None)


@pytest.mark.parametrize("relation", RangeRelation)
def test_only_the_whole_list_of_new_commits_has_times(relation: RangeRelation) -> None:
    history = CommitHistory(commits=(commit(1), commit(5)), relation=relation, total=2)

    found = find_commit_times(history)

    if relation in {RangeRelation.AHEAD, RangeRelation.DIVERGED}:
        assert found == CommitTimes(
            oldest=NOON - timedelta(hours=5), median=NOON - timedelta(hours=3)
        )
    else:
        assert found is None
    assert find_commit_times(replace(history, total=3)) is None
