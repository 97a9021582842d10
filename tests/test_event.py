"""Claims about the event that started the workflow."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from properties import tried
from sentry_release.facts.event import Event

HEAD = "6f9c" * 10


def pull_request(source: object) -> Mapping[str, object]:
    """The payload of a pull request whose branch lies in `source`."""
    return {"pull_request": {"head": {"sha": HEAD, "repo": source}}}


def test_a_pull_request_is_the_commit_that_was_pushed_not_the_merge_github_tried() -> None:
    payload = pull_request({"full_name": "acme/app"})

    event = Event.from_payload(payload, repository="acme/app", actor="octocat")

    assert event == Event(head=HEAD, secretless=None)


@pytest.mark.parametrize(
    "source",
    [
        pytest.param({"full_name": "stranger/app"}, id="a fork"),
        pytest.param(None, id="a fork that has been deleted"),
    ],
)
def test_a_pull_request_from_a_fork_has_no_secrets(source: object) -> None:
    event = Event.from_payload(pull_request(source), repository="acme/app", actor="octocat")

    assert event.secretless == "a pull request from a fork gets no secrets"


@pytest.mark.parametrize(
    "payload",
    [
        pytest.param({}, id="a push"),
        pytest.param(pull_request({"full_name": "acme/app"}), id="a pull request of its own"),
    ],
)
def test_dependabot_has_no_secrets(payload: Mapping[str, object]) -> None:
    event = Event.from_payload(payload, repository="acme/app", actor="dependabot[bot]")

    assert event.secretless == "Dependabot's runs get no secrets of the repository"


def test_a_push_has_secrets_and_no_other_head() -> None:
    payload: dict[str, object] = {"head_commit": {"id": HEAD}, "pull_request": None}

    assert Event.from_payload(payload, repository="acme/app", actor="octocat") == Event()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["pull_request", "head", "repo", "sha", "full_name"]), inner
        )
    ),
    max_leaves=12,
)


@tried
@given(st.dictionaries(st.sampled_from(["pull_request", "head"]), JSON))
def test_no_payload_can_break_anything(payload: Mapping[str, object]) -> None:
    event = Event.from_payload(payload, repository="acme/app", actor=None)

    assert event.head is None or isinstance(event.head, str)
