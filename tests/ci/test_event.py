"""Claims about the event that started the workflow."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from properties import tried
from sentry_release.ci.event import Event
from sentry_release.model.job import EventKind

HEAD = "6f9c" * 10

BOT = "dependabot[bot]"


def pull_request(source: object, *, merged: bool = False) -> Mapping[str, object]:
    """The payload of a pull request whose branch lies in `source`."""
    return {"pull_request": {"head": {"sha": HEAD, "repo": source}, "merged": merged}}


def read(
    payload: Mapping[str, object], *, name: str = "pull_request", actor: str | None = "octocat"
) -> Event:
    """The event of that name in acme/app."""
    return Event.from_payload(payload, name=name, repository="acme/app", actor=actor)


def test_a_pull_request_is_the_commit_that_was_pushed_not_the_merge_github_tried() -> None:
    payload = pull_request({"full_name": "acme/app"})

    assert read(payload) == Event(head=HEAD, no_secrets_reason=None, kind=EventKind.TRIAL)


@pytest.mark.parametrize(
    ("name", "merged"),
    [
        pytest.param("pull_request_target", False, id="which runs on the base branch"),
        pytest.param("pull_request", True, id="which has been merged"),
    ],
)
def test_a_pull_request_that_runs_on_a_real_commit_keeps_it(name: str, *, merged: bool) -> None:
    payload = pull_request({"full_name": "acme/app"}, merged=merged)

    assert read(payload, name=name).head is None


@pytest.mark.parametrize("name", ["pull_request_review", "pull_request_review_comment"])
def test_a_review_is_of_the_commit_that_was_pushed_as_well(name: str) -> None:
    payload = {"pull_request": {"head": {"sha": HEAD, "repo": {"full_name": "acme/app"}}}}

    assert read(payload, name=name).head == HEAD


@pytest.mark.parametrize(
    "source",
    [
        pytest.param({"full_name": "stranger/app"}, id="a fork"),
        pytest.param(None, id="a fork that has been deleted"),
    ],
)
def test_a_pull_request_from_a_fork_has_no_secrets(source: object) -> None:
    event = read(pull_request(source))

    assert event.no_secrets_reason == "a pull request from a fork gets no secrets"
    assert read(pull_request(source), name="pull_request_target").no_secrets_reason is None


@pytest.mark.parametrize(
    "payload",
    [
        pytest.param({}, id="a push"),
        pytest.param(pull_request({"full_name": "acme/app"}), id="a pull request of its own"),
    ],
)
def test_dependabot_has_no_secrets(payload: Mapping[str, object]) -> None:
    event = read(payload, actor="dependabot[bot]")

    assert event.no_secrets_reason == "Dependabot's runs get no secrets of the repository"


def test_a_push_has_secrets_and_no_other_head() -> None:
    payload: dict[str, object] = {"head_commit": {"id": HEAD}, "pull_request": None}

    assert read(payload, name="push") == Event()


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
    event = read(payload, actor=None)

    assert event.head is None or isinstance(event.head, str)


OWN_REPOSITORY, FORK = {"full_name": "acme/app"}, {"full_name": "stranger/app"}


@pytest.mark.parametrize(
    ("name", "payload", "kind"),
    [
        ("push", {}, EventKind.OWN),
        ("release", {"release": {"tag_name": "v1"}}, EventKind.OWN),
        ("schedule", {}, EventKind.OWN),
        ("workflow_dispatch", {"inputs": {}}, EventKind.OWN),
        ("repository_dispatch", {}, EventKind.OWN),
        ("deployment_status", {"deployment": {"id": 1}}, EventKind.OWN),
        ("workflow_run", {"workflow_run": {"head_repository": OWN_REPOSITORY}}, EventKind.OWN),
        ("workflow_run", {"workflow_run": {"head_repository": FORK}}, EventKind.FORK_WITH_SECRETS),
        ("workflow_run", {"workflow_run": {}}, EventKind.FORK_WITH_SECRETS),
        (
            "workflow_run",
            {"workflow_run": {"head_repository": OWN_REPOSITORY, "event": "pull_request"}},
            EventKind.TRIAL,
        ),
        (
            "workflow_run",
            {"workflow_run": {"head_repository": OWN_REPOSITORY, "event": "push"}},
            EventKind.OWN,
        ),
        (
            "workflow_run",
            {"workflow_run": {"head_repository": OWN_REPOSITORY, "event": ["push"]}},
            EventKind.OWN,
        ),
        ("deployment_status", {"deployment": {"ref": "refs/pull/7/merge"}}, EventKind.TRIAL),
        ("deployment_status", {"deployment": {"ref": "main"}}, EventKind.OWN),
        ("issue_comment", {"issue": {"pull_request": {"url": "…"}}}, EventKind.COMMENT),
        ("issue_comment", {"issue": {"number": 7}}, EventKind.OWN),
        ("merge_group", {"merge_group": {"head_sha": HEAD}}, EventKind.TRIAL),
        ("pull_request", pull_request(OWN_REPOSITORY), EventKind.TRIAL),
        ("pull_request", pull_request(OWN_REPOSITORY, merged=True), EventKind.OWN),
        ("pull_request", pull_request(FORK), EventKind.FORK),
        ("pull_request", pull_request(None), EventKind.FORK),
        ("pull_request_review", pull_request(OWN_REPOSITORY), EventKind.TRIAL),
        ("pull_request_target", pull_request(OWN_REPOSITORY), EventKind.TRIAL),
        ("pull_request_target", pull_request(FORK), EventKind.FORK_WITH_SECRETS),
        ("pull_request_target", pull_request(None), EventKind.FORK_WITH_SECRETS),
    ],
)
def test_each_event_is_of_one_kind(
    name: str, payload: Mapping[str, object], kind: EventKind
) -> None:
    assert read(payload, name=name).kind is kind


def test_a_run_of_dependabot_is_treated_like_a_fork() -> None:
    assert read({}, name="push", actor="dependabot[bot]").kind is EventKind.FORK


@pytest.mark.parametrize("name", ["schedule", "workflow_dispatch", "release", "workflow_run"])
def test_a_run_that_only_names_dependabot_as_its_actor_is_the_repository_s_own(name: str) -> None:
    """The actor of a scheduled run is who last changed the workflow, for example an update of it."""
    run = {"workflow_run": {"event": "push", "head_repository": {"full_name": "acme/app"}}}
    event = read(run if name == "workflow_run" else {}, name=name, actor="dependabot[bot]")

    assert event.kind is EventKind.OWN
    assert event.no_secrets_reason is None


def test_a_run_of_a_branch_of_dependabot_is_only_a_trial() -> None:
    own = {"event": "push", "head_repository": {"full_name": "acme/app"}}
    payload = {"workflow_run": {**own, "head_branch": "dependabot/pub/http-2.0.0"}}

    assert read(payload, name="workflow_run").kind is EventKind.TRIAL


def test_a_pull_request_of_dependabot_gets_no_secrets_on_its_base_branch_either() -> None:
    head = {"sha": HEAD, "repo": {"full_name": "acme/app"}}
    payload = {"pull_request": {"head": head, "user": {"login": "dependabot[bot]"}}}

    event = read(payload, name="pull_request_target", actor="dependabot[bot]")

    assert event.kind is EventKind.FORK


@pytest.mark.parametrize(
    ("event", "actor", "author", "has_secrets"),
    [
        pytest.param("pull_request_target", BOT, BOT, False, id="its own request"),
        pytest.param("pull_request_target", BOT, "dev", True, id="the request of a person"),
        pytest.param("pull_request_target", "dev", BOT, True, id="started by a person"),
        pytest.param("pull_request", BOT, BOT, False, id="a request without a target"),
        pytest.param("push", BOT, None, False, id="a push of its own"),
        pytest.param("push", "dev", None, True, id="a push of a person"),
        pytest.param("schedule", BOT, None, True, id="a schedule that it changed last"),
    ],
)
def test_only_runs_that_dependabot_starts_for_its_own_changes_have_no_secrets(
    event: str, actor: str, author: str | None, *, has_secrets: bool
) -> None:
    own = {"repo": {"full_name": "acme/app"}}
    request = {"user": {"login": author}, "head": own, "base": own}
    payload = {"pull_request": request} if author else {}

    found = read(payload, name=event, actor=actor)

    assert (found.no_secrets_reason is None) is has_secrets
