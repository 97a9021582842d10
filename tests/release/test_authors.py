"""Claims about who is named for a release, and which issues it resolves."""

from datetime import UTC, datetime

import pytest

from sentry_release.model.commits import Commit
from sentry_release.release.commit_details import count_commits_by_author, find_resolved_issues


def commit(
    message: str = "feat: a", name: str | None = "Dev", email: str | None = "dev@example.com"
) -> Commit:
    """A commit of this author."""
    noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
    return Commit(
        sha="a" * 40,
        message=message,
        author_name=name,
        author_email=email,
        created_at=noon,
        files=(),
    )


def test_who_wrote_most_comes_first() -> None:
    commits = [
        commit(name="Zoë"),
        commit(),
        commit(),
        commit(name="Zoë"),
        commit(),
        commit(name="A"),
    ]

    assert count_commits_by_author(commits) == (("Dev", 3), ("Zoë", 2), ("A", 1))


@pytest.mark.parametrize(
    ("name", "email", "visible"),
    [
        pytest.param("Dev", None, "Dev", id="a name"),
        pytest.param(None, "dev@example.com", "dev@example.com", id="only an address"),
        pytest.param("", "", "unknown author", id="both empty"),
        pytest.param("  ", "dev@example.com", "dev@example.com", id="a name of spaces"),
        pytest.param(None, None, "unknown author", id="neither"),
        pytest.param("a\ud800", None, "a?", id="half a character"),
    ],
)
def test_an_author_without_a_name_is_not_left_out(
    name: str | None, email: str | None, visible: str
) -> None:
    assert count_commits_by_author([commit(name=name, email=email)]) == ((visible, 1),)


def test_one_person_with_two_addresses_is_one_author() -> None:
    assert count_commits_by_author([commit(), commit(email="other@example.com")]) == (("Dev", 2),)


def test_a_crowd_is_counted_and_not_listed() -> None:
    commits = [commit(name="Dev"), *[commit(name=f"N{number}") for number in range(99)]]

    found = count_commits_by_author([*commits, commit(name="Dev")])

    assert found[0] == ("Dev", 2)
    assert len(found) == 31
    assert found[-1] == ("70 others", 70)
    assert sum(count for _, count in found) == 101


def test_without_commits_no_author_and_no_issue_is_named() -> None:
    assert count_commits_by_author([]) == ()
    assert find_resolved_issues([]) == ()


def test_issues_are_named_once_in_the_order_of_the_commits() -> None:
    commits = [commit("Fixes SHOP-2"), commit("feat"), commit("Closes SHOP-1, SHOP-2")]

    assert find_resolved_issues(commits) == ("SHOP-2", "SHOP-1")


def test_of_very_many_issues_the_first_fifty_are_named() -> None:
    commits = [commit(f"Fixes SHOP-{number}") for number in range(80)]

    assert find_resolved_issues(commits) == tuple(f"SHOP-{number}" for number in range(50))
