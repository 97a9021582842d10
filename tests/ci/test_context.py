"""Claims about what the runner gives us."""

from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from properties import tried
from sentry_release.ci.context import STATE_KEY, Context
from sentry_release.ci.event import DeploymentEvent
from sentry_release.errors import WorkflowError

RUN = {
    "GITHUB_ACTIONS": "true",
    "GITHUB_REPOSITORY": "acme/app",
    "GITHUB_SERVER_URL": "https://github.com",
    "GITHUB_RUN_ID": "16544301843",
    "GITHUB_RUN_NUMBER": "128",
    "GITHUB_RUN_ATTEMPT": "1",
    "GITHUB_SHA": "6f9c" * 10,
}


def set_by(**variables: str) -> Context:
    """The context of a run with these variables besides."""
    return Context.from_env(RUN | variables, {})


def test_the_first_attempt_of_a_run_is_its_own_page_and_number() -> None:
    context = set_by()

    assert context.run_url == "https://github.com/acme/app/actions/runs/16544301843"
    assert context.run_name == "#128"


def test_another_attempt_has_a_page_and_a_number_of_its_own() -> None:
    context = set_by(GITHUB_RUN_ATTEMPT="2")

    assert context.run_url == "https://github.com/acme/app/actions/runs/16544301843/attempts/2"
    assert context.run_name == "#128.2"


@pytest.mark.parametrize("missing", ["GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_RUN_ID"])
def test_a_run_whose_page_is_not_known_has_none(missing: str) -> None:
    assert set_by(**{missing: ""}).run_url is None


@pytest.mark.parametrize(
    ("kind", "tag", "branch"),
    [
        pytest.param("tag", "v1.4.0", None, id="a tag"),
        pytest.param("branch", None, "v1.4.0", id="a branch that is called like a tag"),
    ],
)
def test_a_ref_is_a_tag_or_a_branch(kind: str, tag: str | None, branch: str | None) -> None:
    context = set_by(GITHUB_REF_NAME="v1.4.0", GITHUB_REF_TYPE=kind)

    assert (context.tag, context.branch) == (tag, branch)


def test_a_pull_request_is_known_by_the_commit_that_was_pushed() -> None:
    payload = {"pull_request": {"head": {"sha": "abcd" * 10, "repo": {"full_name": "acme/app"}}}}

    run = RUN | {"GITHUB_EVENT_NAME": "pull_request"}

    context = Context.from_env(run, payload)

    assert (context.sha, context.is_pull_request_head) == ("abcd" * 10, True)
    assert not set_by().is_pull_request_head


def test_the_post_step_reads_the_state_that_the_main_step_saved() -> None:
    assert set_by(**{f"STATE_{STATE_KEY}": "saved"}).post_state == "saved"


def test_outside_actions_nearly_everything_is_absent() -> None:
    context = Context.from_env({}, {})

    assert not context.is_github_actions
    assert context.sha is context.repository is context.run_url is context.run_name is None
    assert context.tag is context.branch is context.post_state is context.no_secrets_reason is None
    assert context.api_url == "https://api.github.com"
    assert context.run_attempt == 1


def test_github_enterprise_is_queried_at_its_own_url() -> None:
    context = set_by(GITHUB_API_URL="https://github.example.com/api/v3")

    assert context.api_url == "https://github.example.com/api/v3"


@pytest.mark.parametrize("address", ["github.example.com/api/v3", "https://", "nonsense", "a:b"])
def test_an_address_of_github_that_is_none_is_a_mistake_that_names_its_variable(
    address: str,
) -> None:
    with pytest.raises(WorkflowError, match="GITHUB_API_URL"):
        set_by(GITHUB_API_URL=address)


@pytest.mark.parametrize("attempt", ["", "first", "²", "-1", "1.5", "9" * 5000])
def test_an_attempt_that_is_not_a_number_counts_as_the_first(attempt: str) -> None:
    assert set_by(GITHUB_RUN_ATTEMPT=attempt).run_attempt == 1


def test_bytes_that_are_no_text_are_question_marks() -> None:
    context = set_by(GITHUB_ACTOR="J\udcfcrgen", GITHUB_REF_NAME="\udcff")

    assert (context.actor, context.ref_name) == ("J?rgen", "?")


NAMES = [*RUN, "GITHUB_REF_NAME", "GITHUB_ACTOR", "GITHUB_JOB"]
TEXTS = st.text(st.characters())


@tried
@given(st.dictionaries(st.sampled_from(NAMES), TEXTS))
def test_no_variables_can_break_anything(environ: dict[str, str]) -> None:
    context = Context.from_env(environ, {})

    assert context.run_attempt >= 0
    texts = [text for one in fields(context) if isinstance(text := getattr(context, one.name), str)]
    assert [text for text in texts if text != text.encode(errors="replace").decode()] == []


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, False),
        ({"SENTRY_AUTH_TOKEN": ""}, True),
        ({"SENTRY_AUTH_TOKEN": " \n"}, True),
        ({"SENTRY_AUTH_TOKEN": "x"}, False),
    ],
)
def test_a_token_that_is_set_and_empty_is_noticed(
    environ: dict[str, str], *, expected: bool
) -> None:
    assert Context.from_env(environ, {}).has_empty_token is expected


@pytest.mark.parametrize(("fork", "is_distrusted"), [("evil/app", True), (None, False)])
def test_the_commit_of_a_fork_s_run_is_not_trusted(
    fork: str | None, *, is_distrusted: bool
) -> None:
    event = DeploymentEvent(event="workflow_run", state="success", sha="b" * 40, fork=fork)
    context = replace(Context.from_env({}, {}), deployment_event=event)

    assert (context.untrusted_head is not None) is is_distrusted
