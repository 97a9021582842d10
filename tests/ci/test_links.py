"""Claims about the pages that people are sent to."""

from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from properties import tried
from sentry_release.ci.context import Context, build_tree_url
from sentry_release.ci.git_repository import Forge, build_commit_url, build_compare_url
from sentry_release.model.commits import CommitRange
from sentry_release.model.release import build_release_url, find_release_name_error


@tried
@given(st.text(st.sampled_from("aZ1@+-._~#?%&=:;,!'()[]{}|<> é✓") | st.characters(), min_size=1))
def test_every_name_sentry_takes_survives_its_address(name: str) -> None:
    assume(find_release_name_error(name) is None)

    page = build_release_url("https://sentry.io", "acme", name)

    parts = urlsplit(page)
    assert (parts.query, parts.fragment) == ("", "")
    *before, found, after = parts.path.split("/")
    assert before == ["", "organizations", "acme", "releases"]
    assert unquote(found) == name
    assert after == ""
    assert not set(page) & set(" ()[]<>\"'`|\\\n")


def test_no_part_of_an_address_can_become_two() -> None:
    page = build_release_url("https://sentry.io", "a/../b", "c/d?e")

    assert page == "https://sentry.io/organizations/a%2F..%2Fb/releases/c%2Fd%3Fe/"


def test_a_release_has_a_page_of_its_own() -> None:
    page = build_release_url("https://sentry.example.com", "acme", "shop@1.4.0+27")

    assert page == "https://sentry.example.com/organizations/acme/releases/shop%401.4.0%2B27/"


@pytest.mark.parametrize(
    ("previous", "page"),
    [
        pytest.param("a" * 40, f"compare/{'a' * 40}...{'b' * 40}", id="a range is compared"),
        pytest.param(None, f"commits/{'b' * 40}", id="without a beginning it is a history"),
    ],
)
def test_the_commits_have_a_page_on_github(previous: str | None, page: str) -> None:
    commits = CommitRange(
        repository="App in Sentry", source="acme/app", head="b" * 40, previous=previous
    )

    assert build_compare_url("https://github.com", commits) == f"https://github.com/acme/app/{page}"


GITHUB = {
    "GITHUB_ACTIONS": "true",
    "GITHUB_SERVER_URL": "https://github.com",
    "GITHUB_REPOSITORY": "acme/app",
    "GITHUB_SHA": "b" * 40,
}


@pytest.mark.parametrize("missing", [None, *GITHUB])
def test_only_a_known_commit_on_github_has_a_page_of_its_files(missing: str | None) -> None:
    variables = {name: text for name, text in GITHUB.items() if name != missing}

    page = build_tree_url(Context.from_env(variables, {}))

    assert page == (None if missing else f"https://github.com/acme/app/blob/{'b' * 40}")


def test_no_part_of_a_range_can_change_the_page() -> None:
    commits = CommitRange(
        repository="x", source="acme/a?b#c)", head="../../evil)", previous="[x](//evil?#"
    )

    page = build_compare_url("https://github.com", commits) or ""

    parts = urlsplit(page)
    assert parts.path.startswith("/acme/a%3Fb%23c%29/compare/")
    assert (parts.query, parts.fragment) == ("", "")
    assert not set(page) & set("()[]")


A, B = "a" * 40, "b" * 40


@pytest.mark.parametrize(
    ("forge", "commit", "comparison", "history"),
    [
        (Forge.GITHUB, f"commit/{B}", f"compare/{A}...{B}", f"commits/{B}"),
        (Forge.GITLAB, f"-/commit/{B}", f"-/compare/{A}...{B}", f"-/commits/{B}"),
        (Forge.BITBUCKET, f"commits/{B}", f"branches/compare/{B}%0D{A}", f"commits/{B}"),
        (
            Forge.AZURE,
            f"commit/{B}",
            f"branchCompare?baseVersion=GC{A}&targetVersion=GC{B}",
            f"commits?itemVersion=GC{B}",
        ),
    ],
)
def test_every_service_addresses_commits_in_its_own_way(
    forge: Forge, commit: str, comparison: str, history: str
) -> None:
    server, since = (
        "https://git.example.com",
        CommitRange(repository="x", source="acme/app", head=B),
    )

    assert build_commit_url(server, "acme/app", B, forge) == f"{server}/acme/app/{commit}"
    assert build_compare_url(server, since, forge) == f"{server}/acme/app/{history}"
    between = CommitRange(repository="x", source="acme/app", head=B, previous=A)
    assert build_compare_url(server, between, forge) == f"{server}/acme/app/{comparison}"


@pytest.mark.parametrize("forge", [Forge.OTHER, None])
def test_an_unknown_service_gets_no_links_to_commits(
    forge: Forge | None,
) -> None:
    commits = CommitRange(repository="x", source="acme/app", head=B, previous=A)

    assert build_compare_url("https://git.example.com", commits, forge) is None
    assert build_commit_url("https://git.example.com", "acme/app", B, forge) is None
