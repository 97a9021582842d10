"""Claims about refusals of Sentry, and the errors that users see."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from properties import tried
from sentry_release.adapters.sentry.responses import ApiResponse, build_api_error
from sentry_release.errors import ApiError, UnknownRepositoryError


def refused(status: int, body: object, *, release: str | None = None) -> ApiError:
    """The error that comes of such an answer to opening or reading a release."""
    text = body if isinstance(body, str) else json.dumps(body)
    answer = ApiResponse(
        status=status, headers={}, body=None if isinstance(body, str) else body, text=text
    )
    return build_api_error(
        answer, "create a release", organization="acme", projects=("shop", "web"), release=release
    )


GONE = {"detail": "The requested resource does not exist"}


@pytest.mark.parametrize(
    ("status", "body", "release", "message", "hint"),
    [
        pytest.param(
            401,
            {"detail": "Invalid token"},
            None,
            "Sentry does not accept the auth token.",
            "`SENTRY_AUTH_TOKEN`",
            id="a token that is wrong",
        ),
        pytest.param(
            401,
            {"detail": "Authentication credentials were not provided."},
            None,
            "Sentry does not accept the auth token.",
            "`SENTRY_AUTH_TOKEN`",
            id="a token that is none",
        ),
        pytest.param(
            403,
            {"detail": "You do not have permission to perform this action."},
            None,
            "The auth token may not create a release.",
            "`project:releases`",
            id="a token without the scope",
        ),
        pytest.param(
            404,
            GONE,
            None,
            "Organization 'acme' does not exist, or the token cannot access it.",
            "`org` (SENTRY_ORG)",
            id="an organization that is unknown",
        ),
        pytest.param(
            404,
            GONE,
            "shop@1",
            "Sentry has no release 'shop@1' in 'acme'.",
            "the root action",
            id="a release that is unknown",
        ),
        pytest.param(
            400,
            {"detail": {"message": "Invalid projects (shop, web) for release shop@1"}},
            "shop@1",
            "Release 'shop@1' of 'acme' does not belong to 'shop', 'web'.",
            "Create it for these projects first",
            id="a release of other projects",
        ),
        pytest.param(
            400,
            {"projects": ["Invalid project slugs"]},
            None,
            "One of the projects 'shop', 'web' does not exist in organization 'acme', or the token cannot access it.",
            "`projects` (SENTRY_PROJECT)",
            id="a project that is unknown",
        ),
        pytest.param(
            400,
            {"projects": ["Invalid project ids or slugs"]},
            None,
            "One of the projects 'shop', 'web' does not exist in organization 'acme', or the token cannot access it.",
            "`projects` (SENTRY_PROJECT)",
            id="the same in the words of sentry.io",
        ),
        pytest.param(
            400,
            {"projects": ["Insufficient access to project"]},
            "shop@1",
            "The auth token cannot access all of the projects 'shop', 'web'.",
            "organization token",
            id="a project the token may not see",
        ),
        pytest.param(
            400,
            {"refs": ["Invalid repository names: acme/nope"]},
            None,
            "The repository is not connected in Sentry.",
            "the input `repositories`",
            id="a repository that is unknown",
        ),
        pytest.param(
            400,
            {"version": ["Release with name a/b is not allowed"]},
            None,
            "Sentry refused to create a release.",
            "Correct what the response names.",
            id="anything else",
        ),
        pytest.param(
            413,
            "<h1>Request Entity Too Large</h1>",
            None,
            "Sentry refused to create a release.",
            "Correct what the response names.",
            id="the refusal of something in between",
        ),
    ],
)
def test_a_refusal_names_the_mistake_and_its_fix(
    status: int, body: object, release: str | None, message: str, hint: str
) -> None:
    error = refused(status, body, release=release)

    assert error.message == message
    assert hint in error.hint
    assert error.reason.startswith(f"Sentry answered {status}: ")
    assert error.status == status
    assert error.exit_code == 4


def test_only_an_unknown_repository_makes_the_commits_come_from_elsewhere() -> None:
    repository = refused(400, {"refs": ["Invalid repository names: acme/nope"]})
    project = refused(400, {"projects": ["Invalid project slugs"]})

    assert isinstance(repository, UnknownRepositoryError)
    assert not isinstance(project, UnknownRepositoryError)


def test_a_refusal_without_a_text_is_reported_by_its_status() -> None:
    assert refused(403, "").reason == "Sentry answered 403."


@tried
@given(st.integers(400, 499), st.text() | st.dictionaries(st.text(), st.lists(st.text())))
def test_every_refusal_is_reported_in_three_lines(status: int, body: object) -> None:
    error = refused(status, body)

    assert all((error.message, error.reason, error.hint))
    assert len(str(error).split("\n")) == 3
