"""Claims about reading Sentry's answers: what is known is found, and nothing breaks."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from properties import tried
from sentry_release.adapters.sentry import parse
from sentry_release.model.commits import Commit
from sentry_release.model.release import SentryDeploy, SentryRelease

DEPLOY = {
    "id": "7",
    "environment": "production",
    "dateStarted": "2026-03-01T12:00:00Z",
    "dateFinished": "2026-03-01T12:10:00.123456Z",
    "name": "#128",
    "url": "https://github.com/acme/app/actions/runs/1",
}
COMMIT = {
    "id": "b" * 40,
    "message": "feat: b",
    "dateCreated": "2026-01-02T00:00:00Z",
    "author": {"name": "Dev", "email": "dev@example.com"},
}
RELEASE = {
    "id": 1,
    "version": "shop@1.4.0+27",
    "status": "open",
    "ref": "b" * 40,
    "url": None,
    "dateReleased": None,
    "dateCreated": "2026-11-22T07:55:55.441245Z",
    "commitCount": 2,
    "lastCommit": {"id": "b" * 40, "message": "feat: b"},
    "deployCount": 1,
    "lastDeploy": DEPLOY,
    "authors": [
        {"id": "2", "name": "Dev", "email": "dev@example.com"},
        {"email": "other@example.com"},
        {"name": "Dev", "email": "dev@second.example.com"},
        {},
    ],
    "projects": [{"id": 2, "slug": "shop", "name": "Shop"}],
}


def test_a_release_is_read_from_what_a_real_server_answers() -> None:
    assert parse.parse_release(RELEASE, created=True) == SentryRelease(
        name="shop@1.4.0+27",
        ref="b" * 40,
        url=None,
        released_at=None,
        created_at=datetime(2026, 11, 22, 7, 55, 55, 441245, tzinfo=UTC),
        commit_count=2,
        head="b" * 40,
        authors=("Dev", "other@example.com"),
        unknown_authors=("other@example.com",),
        deploy_count=1,
        last_deploy=parse.parse_deploy(DEPLOY),
        projects=("shop",),
        is_new=True,
    )


def test_a_deploy_is_read_to_the_microsecond() -> None:
    assert parse.parse_deploy(DEPLOY) == SentryDeploy(
        id="7",
        environment="production",
        name="#128",
        url="https://github.com/acme/app/actions/runs/1",
        started=datetime(2026, 3, 1, 12, tzinfo=UTC),
        finished=datetime(2026, 3, 1, 12, 10, 0, 123456, tzinfo=UTC),
    )


def test_a_time_without_a_zone_is_utc() -> None:
    deploy = parse.parse_deploy(DEPLOY | {"dateFinished": "2026-03-01T12:10:00"})

    assert deploy is not None
    assert deploy.finished == datetime(2026, 3, 1, 12, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(None, id="nothing"),
        pytest.param("<html>", id="a page"),
        pytest.param([], id="a list"),
        pytest.param({}, id="an empty object"),
        pytest.param({"version": 5}, id="a version that is no text"),
        pytest.param({"version": ""}, id="a version without a letter"),
        pytest.param({"detail": "The requested resource does not exist"}, id="a refusal"),
    ],
)
def test_a_value_that_is_not_a_release_is_none(body: object) -> None:
    assert parse.parse_release(body) is None


def test_what_is_absent_counts_as_absent() -> None:
    found = parse.parse_release({"version": "shop@1"})

    assert found is not None
    assert (found.commit_count, found.deploy_count) == (0, 0)
    assert (found.ref, found.head, found.released_at, found.last_deploy) == (None,) * 4
    assert found.authors == found.projects == ()


@pytest.mark.parametrize(("outputs", "id_"), [(None, None), ("", None), ([], None), (7, "7")])
def test_a_deploy_without_an_id_has_none(outputs: object, id_: str | None) -> None:
    found = parse.parse_deploy(DEPLOY | {"id": outputs})

    assert found is not None
    assert found.id == id_


@pytest.mark.parametrize("outputs", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", 7])
def test_a_time_out_of_range_is_none(outputs: object) -> None:
    found = parse.parse_release(RELEASE | {"dateReleased": outputs})

    assert found is not None
    assert found.released_at is None


def test_a_project_without_a_slug_and_a_count_that_is_none_are_left_out() -> None:
    wrong = {"projects": [{"id": 2}, {"slug": None}, {"slug": "shop"}], "commitCount": -1}

    found = parse.parse_release(RELEASE | wrong | {"deployCount": True})

    assert found is not None
    assert (found.projects, found.commit_count, found.deploy_count) == (("shop",), 0, 0)


def test_lists_keep_what_can_be_read() -> None:
    found = parse.parse_releases([RELEASE, {"detail": "?"}, None, {"version": "shop@1"}])

    assert [one.name for one in found] == ["shop@1.4.0+27", "shop@1"]
    assert len(parse.parse_deploys([DEPLOY, {}, {"environment": None}])) == 1
    assert [one.sha for one in parse.parse_commits([{"id": "a"}, {}, "b", {"id": "c"}])] == [
        "a",
        "c",
    ]


def test_a_commit_has_its_author_and_date() -> None:
    (found,) = parse.parse_commits([COMMIT])

    assert found == Commit(
        sha="b" * 40,
        message="feat: b",
        author_name="Dev",
        author_email="dev@example.com",
        created_at=datetime(2026, 1, 2, tzinfo=UTC),
        files=(),
    )


def test_a_commit_that_only_a_range_named_has_no_author_and_no_message() -> None:
    (found,) = parse.parse_commits(
        [{"id": "a", "message": None, "author": {}, "dateCreated": None}]
    )

    assert (found.message, found.author_name, found.author_email) == ("", None, None)


@pytest.mark.parametrize(
    ("repository", "unlinked"),
    [
        pytest.param({"name": "acme/app", "provider": {"id": "unknown"}}, "acme/app", id="no one"),
        pytest.param(
            {"name": "acme/app", "provider": {"id": "integrations:github"}}, None, id="GitHub"
        ),
        pytest.param({"name": "acme/app"}, None, id="nothing else is known"),
        pytest.param(None, None, id="there is no repository"),
    ],
)
def test_a_repository_that_no_integration_serves_is_known_by_its_commits(
    repository: object, unlinked: str | None
) -> None:
    found = parse.parse_release(RELEASE | {"lastCommit": COMMIT | {"repository": repository}})

    assert found is not None
    assert found.unlinked_repository == unlinked


@pytest.mark.parametrize(
    ("body", "text", "reason"),
    [
        pytest.param({"detail": "Invalid token"}, "{…}", "Invalid token", id="a detail"),
        pytest.param(
            {"detail": {"code": "sso-required", "message": "Sign in first"}},
            "{…}",
            "Sign in first",
            id="a detail with a message",
        ),
        pytest.param(
            {"projects": ["Invalid project slugs"]},
            "{…}",
            "projects: Invalid project slugs",
            id="a field",
        ),
        pytest.param(
            {"version": ["Too long.", "Not allowed."], "ref": ["Too long."]},
            "{…}",
            "version: Too long.; version: Not allowed.; ref: Too long.",
            id="several fields",
        ),
        pytest.param(
            {"commits": {"patch_set": {"path": ["This field may not be blank."]}}},
            "{…}",
            "commits: patch_set: path: This field may not be blank.",
            id="a field far down",
        ),
        pytest.param(
            "You are too fast", '"You are too fast"', '"You are too fast"', id="only a text"
        ),
        pytest.param(None, "<h1>Bad\n  Gateway</h1>", "<h1>Bad Gateway</h1>", id="a page"),
        pytest.param(None, "", "", id="nothing"),
    ],
)
def test_a_refusal_is_reported_on_one_line(body: object, text: str, reason: str) -> None:
    assert parse.find_error_detail(body, text) == reason


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*RELEASE, *DEPLOY, "detail", "message", "slug"]), inner)
    ),
    max_leaves=15,
)


@tried
@given(JSON | st.dictionaries(st.sampled_from([*RELEASE, *DEPLOY]), JSON).map(RELEASE.__or__))
def test_no_json_can_break_anything(body: Any) -> None:  # noqa: ANN401 - JSON
    parse.parse_release(body)
    parse.parse_deploy(body)
    for listed in (body, [body]):
        assert isinstance(parse.parse_releases(listed), tuple)
        assert isinstance(parse.parse_deploys(listed), tuple)
        assert isinstance(parse.parse_commits(listed), tuple)


@tried
@given(JSON, st.text())
def test_any_refusal_is_one_line_that_is_not_too_long(body: Any, text: str) -> None:  # noqa: ANN401 - JSON
    output = parse.find_error_detail(body, text)

    assert len(output) <= 300
    assert len(output.splitlines()) <= 1


def test_of_a_long_refusal_the_beginning_is_shown() -> None:
    assert parse.find_error_detail(None, "<p>" * 1000) == "<p>" * 100
    assert len(parse.find_error_detail({"version": ["x" * 1000] * 1000}, "")) == 300


def test_a_deeply_nested_refusal_is_reported_as_far_as_it_helps() -> None:
    body: object = "deep"
    for _ in range(900):
        body = {"a": [body]}

    assert parse.find_error_detail(body, "").endswith("…")
