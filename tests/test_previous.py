"""Claims about what was in the environment before us."""

from datetime import UTC, datetime, timedelta

import pytest

from sentry_release.decisions.previous import last_deployed, others, previous_of, was_deployed
from sentry_release.words.commits import Previous
from sentry_release.words.release import SeenDeploy, SeenRelease

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def deployed(environment: str, hour: int | None) -> SeenDeploy:
    """A deploy that finished so many hours after noon, or not yet."""
    finished = None if hour is None else NOON + timedelta(hours=hour)
    return SeenDeploy(
        id="1", environment=environment, name=None, url=None, started=None, finished=finished
    )


def seen(
    name: str,
    *,
    last: SeenDeploy | None = None,
    projects: tuple[str, ...] = ("shop",),
    ref: str | None = None,
    head: str | None = None,
) -> SeenRelease:
    """A release in Sentry's list."""
    return SeenRelease(
        name=name,
        ref=ref,
        url=None,
        released=None,
        opened=None,
        commit_count=0,
        head=head,
        authors=(),
        deploy_count=1 if last else 0,
        last_deploy=last,
        projects=projects,
    )


def test_releases_of_other_projects_and_our_own_do_not_count() -> None:
    listed = [
        seen("shop@2"),
        seen("admin@9", projects=("admin",)),
        seen("shop@1", projects=("admin", "shop")),
        seen("orphan@1", projects=()),
    ]

    found = others(listed, name="shop@2", projects=["shop", "web"])

    assert [one.name for one in found] == ["shop@1"]


def test_the_deploy_that_finished_last_was_there_before_us() -> None:
    listed = [
        seen("shop@4", last=deployed("staging", 9)),
        seen("shop@3"),
        seen("shop@2", last=deployed("production", 1)),
        seen("shop@1", last=deployed("production", 5)),
        seen("shop@0", last=deployed("production", None)),
    ]

    found = last_deployed(listed, "production")

    assert found is not None
    assert found.name == "shop@1"  # rolled back to after shop@2


@pytest.mark.parametrize(
    "listed",
    [
        pytest.param([], id="nothing is listed"),
        pytest.param([seen("shop@1")], id="an event came, and no deploy"),
        pytest.param([seen("shop@1", last=deployed("staging", 1))], id="it went elsewhere last"),
        pytest.param([seen("shop@1", last=deployed("production", None))], id="it never finished"),
    ],
)
def test_where_the_list_does_not_tell_nothing_is_made_up(listed: list[SeenRelease]) -> None:
    assert last_deployed(listed, "production") is None


def test_any_deploy_to_the_environment_counts_as_having_been_there() -> None:
    deploys = [deployed("staging", 2), deployed("production", 1)]

    assert was_deployed(deploys, "production")
    assert not was_deployed(deploys, "Production")
    assert not was_deployed([], "production")


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
    previous = previous_of(seen("shop@1", ref=ref, head=head))

    assert previous == Previous(release="shop@1", commit=commit)


def test_where_nothing_was_before_nothing_is_said() -> None:
    assert previous_of(None) == Previous()
