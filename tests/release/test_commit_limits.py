"""Claims about commits that are cut to what Sentry stores."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_sentry import FakeServers
from job import Time
from properties import tried
from sentry_release.adapters.sentry.retry import RetryBudget
from sentry_release.adapters.sentry.sentry_client import SentryClient
from sentry_release.adapters.sentry.transport import open_transport
from sentry_release.errors import ApiError
from sentry_release.model.commits import Commit, CommitUpload, FileChange, FileStatus
from sentry_release.model.release import NewRelease
from sentry_release.release.commit_details import truncate_to_sentry_limits

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def commit(
    *,
    message: str = "feat: a",
    name: str | None = "Dev",
    email: str | None = "dev@example.com",
    paths: tuple[str, ...] = (),
) -> Commit:
    """A commit with these texts."""
    files = tuple(FileChange(path=path, status=FileStatus.ADDED) for path in paths)
    return Commit(
        sha="a" * 40,
        message=message,
        author_name=name,
        author_email=email,
        created_at=NOON,
        files=files,
    )


def fit(one: Commit) -> Commit:
    """The commit as it is sent."""
    (found,) = truncate_to_sentry_limits([one])
    return found


def test_an_ordinary_commit_stays_as_it_is() -> None:
    one = commit(message="fix: ✓\n\nFixes SHOP-1", paths=("lib/main.dart", "ä ö/ü"))

    assert fit(one) == one


def test_the_order_of_the_commits_stays() -> None:
    many = [commit(message=str(number)) for number in range(5)]

    assert [one.message for one in truncate_to_sentry_limits(many)] == ["0", "1", "2", "3", "4"]


def test_texts_are_cut_where_sentry_stops() -> None:
    found = fit(commit(message="m" * 20_000, name="n" * 300))

    assert found.message == "m" * 16_000
    assert found.author_name == "n" * 128


@pytest.mark.parametrize(
    ("email", "sent"),
    [
        pytest.param("e" * 75, "e" * 75, id="just short enough"),
        pytest.param("e" * 76, None, id="too long, and another one if it were cut"),
        pytest.param("", None, id="empty"),
        pytest.param("\0", None, id="empty without what no database stores"),
        pytest.param(None, None, id="absent"),
    ],
)
def test_an_address_is_whole_or_left_out(email: str | None, sent: str | None) -> None:
    assert fit(commit(email=email)).author_email == sent


@pytest.mark.parametrize("name", [None, "", "\0"])
def test_an_author_without_a_name_has_none(name: str | None) -> None:
    assert fit(commit(name=name)).author_name is None


def test_a_path_is_whole_or_left_out() -> None:
    found = fit(commit(paths=("a" * 510, "b" * 511, "", " ", "\u3000", "c")))

    assert [file.path for file in found.files] == ["a" * 510, "c"]


def test_a_commit_of_very_many_files_names_as_many_as_github_does() -> None:
    found = fit(commit(paths=tuple(f"{number}.dart" for number in range(3_500))))

    assert len(found.files) == 3_000


@tried
@given(*[st.text(st.sampled_from("\0a é\n\ud800") | st.characters())] * 3)
def test_nothing_that_no_database_stores_is_sent(message: str, name: str, email: str) -> None:
    found = fit(commit(message=message, name=name, email=email))

    sent = json.dumps([found.message, found.author_name, found.author_email])
    assert "\\u0000" not in sent
    "".join([found.message, found.author_name or "", found.author_email or ""]).encode()


def test_half_a_character_becomes_the_sign_for_one_that_is_lost() -> None:
    half = "\ud800"
    found = fit(commit(message=f"a{half}b", name=half, paths=(f"a{half}", "b\0", "c")))

    assert (found.message, found.author_name) == ("a\ufffdb", "\ufffd")
    assert [file.path for file in found.files] == ["c"]


def test_sentry_takes_the_worst_of_commits_once_it_is_fitted(sentry: FakeServers) -> None:
    api = SentryClient(
        transport=open_transport(
            url=sentry.url,
            token=sentry.token,
            agent="test",
            environ={},
            budget=RetryBudget(clock=Time().clock(), started=0.0),
            log=print,
        ),
        organization="acme",
        projects=("shop",),
    )
    api.create_release(NewRelease(name="shop@1", projects=("shop",)))
    worst = commit(
        message="m\0" * 20_000, name="n" * 300, email="e" * 300, paths=(" ", "p" * 600, "", "a")
    )

    with pytest.raises(ApiError):
        api.set_commits("shop@1", CommitUpload(repository="acme/app", commits=(worst,)))
    api.set_commits(
        "shop@1", CommitUpload(repository="acme/app", commits=truncate_to_sentry_limits([worst]))
    )

    (arrived,) = sentry.releases["shop@1"].commits
    assert (arrived.id, arrived.files) == (worst.sha, {"a": "A"})
