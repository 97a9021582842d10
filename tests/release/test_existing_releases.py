"""A release of the same name: whose commits it may have, and what is kept of them."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from sentry_release.model.commits import Commit, CommitRange, PreviousRelease
from sentry_release.model.release import NewRelease, SentryRelease
from sentry_release.release.existing_releases import (
    describe_other_commit,
    is_from_other_commit,
    is_shared,
    list_commits_to_keep,
    list_ranges_to_keep,
    to_previous,
)

HEAD, OTHER, LONG = "b" * 40, "c" * 40, "d" * 64
PAGE = "https://github.com/acme/app/commit/"
FOREIGN = "https://github.com/acme/api/commit/"
EXISTING = replace(
    SentryRelease.unknown("shop@1.4.0+27"), projects=("shop",), commit_count=2, ref=OTHER
)
NEW = NewRelease(name="shop@1.4.0+27", projects=("shop",), url=PAGE + HEAD, ref=HEAD)


def test_a_release_without_commits_is_shared_with_nobody() -> None:
    assert not is_shared(NEW, replace(EXISTING, commit_count=0, projects=("shop", "api")), sent=())


@pytest.mark.parametrize(
    ("projects", "expected"),
    [(("shop",), False), (("shop", "api"), True), (("api",), True), ((), False)],
)
def test_a_release_of_further_projects_may_have_commits_of_others(
    projects: tuple[str, ...], *, expected: bool
) -> None:
    assert is_shared(NEW, replace(EXISTING, projects=projects), sent=("acme/app",)) is expected


def test_a_release_whose_newest_commit_is_of_another_repository_has_commits_of_others() -> None:
    both = replace(NEW, projects=("shop", "api"))
    existing = replace(EXISTING, head_repository="acme/api")

    assert not is_shared(both, EXISTING, sent=())
    assert is_shared(both, existing, sent=("acme/app",))
    assert not is_shared(both, existing, sent=("acme/app", "acme/api"))
    assert is_shared(both, replace(EXISTING, url=FOREIGN + OTHER), sent=("acme/app",))


@pytest.mark.parametrize(
    ("repository", "head", "commit"),
    [
        pytest.param("acme/app", HEAD, HEAD, id="of this repository"),
        pytest.param("acme/api", HEAD, None, id="of the other one"),
        pytest.param(None, HEAD, None, id="of an unknown one"),
        pytest.param("acme/app", "main", None, id="not a sha"),
    ],
)
def test_after_a_build_of_another_repository_the_newest_commit_counts_if_it_is_of_this_one(
    repository: str | None, head: str, commit: str | None
) -> None:
    existing = replace(EXISTING, url=FOREIGN + OTHER, head=head, head_repository=repository)

    found = to_previous(existing, page=PAGE + HEAD, commit=HEAD, repository="acme/app")

    assert found == PreviousRelease(release=EXISTING.name, commit=commit)


@pytest.mark.parametrize(("page", "commit"), [(None, HEAD), (PAGE + HEAD, None)])
def test_without_a_page_of_the_run_the_commit_that_a_release_was_created_from_counts(
    page: str | None, commit: str | None
) -> None:
    existing = replace(EXISTING, url=FOREIGN + HEAD)

    assert to_previous(existing, page=page, commit=commit).commit == OTHER


def test_a_build_from_another_commit_of_the_same_repository_is_noticed() -> None:
    same = replace(EXISTING, url=PAGE + OTHER)

    assert is_from_other_commit(NEW, same)
    assert not is_from_other_commit(NEW, replace(same, ref=HEAD))
    assert not is_from_other_commit(NEW, replace(same, ref=None))
    assert not is_from_other_commit(replace(NEW, ref=None), same)
    assert not is_from_other_commit(NEW, replace(same, url=FOREIGN + OTHER))


@pytest.mark.parametrize(
    ("on_actions", "number"),
    [(True, "build-number: ${{ github.run_number }}`"), (False, "build-number: the number of the")],
)
def test_the_notice_names_both_commits_and_a_number_for_each_build(
    number: str, *, on_actions: bool
) -> None:
    text = describe_other_commit(NEW, EXISTING, on_actions=on_actions)

    assert "from commit ccccccc; this build is from bbbbbbb.\n" in text
    assert number in text


def commit(sha: str, repository: str | None) -> Commit:
    return Commit(
        sha=sha,
        message="",
        author_name=None,
        author_email=None,
        created_at=datetime(2026, 3, 1, tzinfo=UTC),
        files=(),
        repository=repository,
    )


def test_commits_of_repositories_that_are_not_sent_are_kept() -> None:
    own, other, unknown = commit(HEAD, "acme/app"), commit(OTHER, "acme/api"), commit(LONG, None)

    assert list_commits_to_keep((own, other, unknown), sent=("acme/app",)) == (other,)


@pytest.mark.parametrize(
    ("ref", "url", "head"),
    [
        pytest.param(LONG, FOREIGN + LONG, LONG, id="created from it"),
        pytest.param(OTHER, FOREIGN + OTHER, OTHER, id="created from it, a shorter sha"),
        pytest.param("main", FOREIGN + "main", HEAD, id="created from a branch"),
        pytest.param(OTHER, PAGE + OTHER, HEAD, id="created from another repository"),
        pytest.param(OTHER, None, HEAD, id="without a page"),
        pytest.param(None, None, HEAD, id="without a commit"),
    ],
)
def test_a_kept_range_ends_where_the_release_was_created_or_at_the_newest_commit(
    ref: str | None, url: str | None, head: str
) -> None:
    existing = replace(EXISTING, ref=ref, url=url)
    commits = (commit(HEAD, "acme/api"), commit("e" * 40, "acme/api"))

    assert list_ranges_to_keep(existing, commits) == (
        CommitRange(repository="acme/api", source="acme/api", head=head),
    )
