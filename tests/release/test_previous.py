"""Claims about what was in the environment before us."""

from datetime import UTC, datetime, timedelta

import pytest

from sentry_release.model.commits import PreviousRelease
from sentry_release.model.release import SentryDeploy, SentryRelease
from sentry_release.release.existing_releases import (
    filter_earlier_releases,
    filter_other_releases,
    find_last_deploy_date,
    sort_by_last_deploy,
    to_previous,
)

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def deployed(environment: str, hour: int | None) -> SentryDeploy:
    """A deploy that finished so many hours after noon, or not yet."""
    finished = None if hour is None else NOON + timedelta(hours=hour)
    return SentryDeploy(
        id="1", environment=environment, name=None, url=None, started=None, finished=finished
    )


def known_release(
    name: str,
    *,
    last: SentryDeploy | None = None,
    projects: tuple[str, ...] = ("shop",),
    ref: str | None = None,
    head: str | None = None,
    opened: int | None = None,
) -> SentryRelease:
    """A release in Sentry's list."""
    return SentryRelease(
        name=name,
        ref=ref,
        url=None,
        released_at=None,
        created_at=None if opened is None else NOON + timedelta(hours=opened),
        commit_count=0,
        head=head,
        authors=(),
        deploy_count=1 if last else 0,
        last_deploy=last,
        projects=projects,
    )


def test_releases_of_other_projects_and_our_own_do_not_count() -> None:
    listed = [
        known_release("shop@2"),
        known_release("admin@9", projects=("admin",)),
        known_release("shop@1", projects=("admin", "shop")),
        known_release("orphan@1", projects=()),
    ]

    found = filter_other_releases(listed, name="shop@2", projects=["shop", "web"])

    assert [one.name for one in found] == ["shop@1"]


def test_releases_come_in_the_order_in_which_they_were_deployed_last() -> None:
    listed = [
        known_release("shop@4", last=deployed("staging", 9)),
        known_release("shop@3"),
        known_release("shop@2", last=deployed("production", 1)),
        known_release("shop@1", last=deployed("production", 5)),  # rolled back to after shop@2
        known_release("shop@0", last=deployed("production", None)),
    ]

    assert [one.name for one in sort_by_last_deploy(listed)] == ["shop@4", "shop@1", "shop@2"]


@pytest.mark.parametrize(
    ("deploys", "hour"),
    [
        pytest.param([], None, id="nothing is listed"),
        pytest.param([deployed("staging", 1)], None, id="it went elsewhere"),
        pytest.param([deployed("Production", 1)], None, id="case is another environment"),
        pytest.param([deployed("production", None)], None, id="it never finished"),
        pytest.param([deployed("production", 1), deployed("staging", 2)], 1, id="it moved on"),
        pytest.param([deployed("production", 1), deployed("production", 3)], 3, id="twice"),
    ],
)
def test_a_release_was_in_an_environment_when_its_last_deploy_there_finished(
    deploys: list[SentryDeploy], hour: int | None
) -> None:
    when = None if hour is None else NOON + timedelta(hours=hour)

    assert find_last_deploy_date(deploys, "production") == when


def test_what_was_opened_after_us_was_not_before_us() -> None:
    own = known_release("shop@2", opened=2)
    listed = [
        known_release("shop@3", opened=2),
        known_release("shop@1", opened=1),
        known_release("shop@0"),
    ]

    assert [one.name for one in filter_earlier_releases(listed, own)] == ["shop@1", "shop@0"]
    assert [one.name for one in filter_earlier_releases(listed, None)] == [
        "shop@3",
        "shop@1",
        "shop@0",
    ]
    assert [one.name for one in filter_earlier_releases(listed, known_release("shop@2"))] == [
        "shop@3",
        "shop@1",
        "shop@0",
    ]


@pytest.mark.parametrize(
    ("ref", "head", "commit"),
    [
        pytest.param("a" * 40, "b" * 40, "a" * 40, id="the commit it was built from"),
        pytest.param("a" * 64, None, "a" * 64, id="a sha of the newer kind"),
        pytest.param("main", "b" * 40, "b" * 40, id="a branch has moved on since"),
        pytest.param("a" * 7, "b" * 40, "b" * 40, id="a short sha is not whole"),
        pytest.param(None, "b" * 40, "b" * 40, id="no ref, so its newest commit"),
        pytest.param("v1", "HEAD", None, id="nothing that would still be true"),
        pytest.param(None, None, None, id="nothing at all"),
    ],
)
def test_our_commits_begin_where_the_release_before_us_was_built(
    ref: str | None, head: str | None, commit: str | None
) -> None:
    previous = to_previous(known_release("shop@1", ref=ref, head=head))

    assert previous == PreviousRelease(release="shop@1", commit=commit)


def test_without_a_previous_release_nothing_is_noted() -> None:
    assert to_previous(None) == PreviousRelease()
