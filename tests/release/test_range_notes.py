"""Claims about the notes on a range."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from sentry_release.model.commits import Commit, CommitHistory, CommitRange, RangeRelation
from sentry_release.model.release import SentryRelease
from sentry_release.release.commit_source import describe_range, is_rollback

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
RANGE = CommitRange(repository="acme/app", source="acme/app", head="b" * 40, previous="a" * 40)


def history(relation: RangeRelation, *, count: int = 2, total: int | None = None) -> CommitHistory:
    """So many commits out of a total."""
    one = Commit(
        sha="b" * 40, message="", author_name=None, author_email=None, created_at=NOON, files=()
    )
    return CommitHistory(
        commits=(one,) * count, relation=relation, total=count if total is None else total
    )


def known_release(opened: int | None) -> SentryRelease:
    """A release that was opened so many hours after noon."""
    return SentryRelease(
        name="shop@1",
        ref=None,
        url=None,
        released_at=None,
        created_at=None if opened is None else NOON + timedelta(hours=opened),
        commit_count=0,
        head=None,
        authors=(),
        deploy_count=0,
        last_deploy=None,
        projects=("shop",),
    )


@pytest.mark.parametrize(
    ("found", "output"),
    [
        pytest.param(
            history(RangeRelation.BEHIND, count=0),
            "This is a rollback: shop@1 was ahead of it, so there are no new commits.",
            id="behind",
        ),
        pytest.param(
            history(RangeRelation.DIVERGED),
            "The histories of shop@1 and of this release have diverged; "
            "the commits are those since then.",
            id="diverged",
        ),
        pytest.param(
            history(RangeRelation.DIVERGED, count=1000, total=1200),
            "The histories of shop@1 and of this release have diverged; "
            "the commits are those since then. Only the newest 1000 of 1200 commits were sent.",
            id="diverged by too many",
        ),
        pytest.param(
            history(RangeRelation.GONE),
            "The commit of shop@1, aaaaaaa, is no longer in the repository; "
            "the commits are the last 2.",
            id="gone",
        ),
        pytest.param(
            history(RangeRelation.UNRELATED, count=20),
            "shop@1 and this release share no history; the commits are the last 20.",
            id="unrelated",
        ),
        pytest.param(
            history(RangeRelation.AHEAD, count=1000, total=1200),
            "Only the newest 1000 of 1200 commits were sent.",
            id="too many",
        ),
        pytest.param(
            history(RangeRelation.AHEAD, count=0),
            "No commit of the range touches `commit-paths`.",
            id="all left out",
        ),
        pytest.param(
            history(RangeRelation.GONE, count=0),
            "No commit of the range touches `commit-paths`.",
            id="all left out of the last ones",
        ),
    ],
)
def test_an_unexpected_range_is_reported(found: CommitHistory, output: str) -> None:
    assert describe_range(found, RANGE, "shop@1") == output


@pytest.mark.parametrize(
    "relation", [RangeRelation.AHEAD, RangeRelation.IDENTICAL, RangeRelation.FIRST]
)
def test_an_ordinary_range_is_not_remarked_on(relation: RangeRelation) -> None:
    assert describe_range(history(relation), RANGE, "shop@1") is None


@pytest.mark.parametrize("relation", list(RangeRelation))
def test_a_release_without_a_name_is_called_what_was_there_before(relation: RangeRelation) -> None:
    assert "None" not in (describe_range(history(relation, total=9), RANGE, None) or "")


@pytest.mark.parametrize(
    ("own", "before", "back"),
    [
        pytest.param(
            known_release(1),
            known_release(2),
            True,
            id="the older one takes the place of the newer",
        ),
        pytest.param(
            known_release(2),
            known_release(1),
            False,
            id="the newer one takes the place of the older",
        ),
        pytest.param(None, known_release(1), False, id="the own one is new"),
        pytest.param(known_release(1), None, False, id="nothing was there"),
        pytest.param(known_release(None), known_release(1), False, id="Sentry does not say when"),
    ],
)
def test_a_rollback_is_known_by_its_age(
    own: SentryRelease | None, before: SentryRelease | None, *, back: bool
) -> None:
    assert is_rollback(own, before) is back


@pytest.mark.parametrize(
    ("own_hour", "before_hour", "expected"),
    [(1, 2, True), (2, 2, False), (3, 2, False), (None, 2, False), (1, None, False)],
)
def test_a_rollback_is_a_release_that_was_created_before_the_one_that_it_replaces(
    own_hour: int | None, before_hour: int | None, *, expected: bool
) -> None:
    def created(hour: int | None) -> SentryRelease:
        time = None if hour is None else datetime(2026, 3, 1, hour, tzinfo=UTC)
        return replace(SentryRelease.unknown("shop@1"), created_at=time)

    assert is_rollback(created(own_hour), created(before_hour)) is expected
    assert not is_rollback(None, created(2))
    assert not is_rollback(created(1), None)
