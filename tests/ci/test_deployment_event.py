"""Claims about the deployment in an event, also in malformed ones."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from job import ROOT
from properties import tried
from sentry_release.ci.context import Context
from sentry_release.ci.event import DeploymentEvent, parse_deployment_event
from sentry_release.config.config import Config
from sentry_release.errors import WorkflowError
from sentry_release.model.foreign_text import check_link
from sentry_release.release.event_policy import apply_external_deploy, find_skip_reason

EVENTS = ("deployment_status", "workflow_run")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=6,
)
RECORDED = {name: json.loads((ROOT / f"tests/fixtures/{name}.json").read_text()) for name in EVENTS}
PLACES = sorted(
    (name, part, key)
    for name, payload in RECORDED.items()
    for part in ("deployment", "deployment_status", "workflow_run")
    for key in payload.get(part, {})
)


@tried
@given(place=st.sampled_from(PLACES), value=JSON)
def test_whatever_stands_in_an_event_is_read_or_refused(
    place: tuple[str, str, str], value: object
) -> None:
    name, part, key = place
    payload = RECORDED[name] | {part: RECORDED[name][part] | {key: value}}

    event = parse_deployment_event(payload, name=name, repository="acme/app")

    assert event is not None
    try:
        reason = find_skip_reason(event)
    except WorkflowError:
        return
    config, context = apply_external_deploy(
        Config.from_env({}), Context.from_env({}, {}), event, None
    )
    assert reason is None or reason.text.endswith(".")
    assert context.sha == event.sha
    assert config.deploy_url is None or config.deploy_url.startswith(("http://", "https://"))


@pytest.mark.parametrize("name", ["push", "pull_request", "deployment", None])
def test_no_other_event_reports_a_deploy(name: str | None) -> None:
    assert (
        parse_deployment_event(RECORDED["workflow_run"], name=name, repository="acme/app") is None
    )


@pytest.mark.parametrize(
    "text",
    [
        "ftp://shop.test/",
        "//shop.test",
        "https://shop.test/a b",
        "https://shop.test/\n::error::x",
        "https://shöp.test/",
        "https://shop.test:port/",
        "https://token@shop.test/",
        "https://shop/",
        "https://my_shop.test",
        "https://shop..test",
        "https://-shop.test",
        "https://shop.t",
        "http://999.0.0.1",
        "https://",
        "",
        None,
        ["https://shop.test"],
    ],
)
def test_an_address_that_sentry_or_a_reader_may_choke_at_is_none(text: object) -> None:
    assert check_link(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "https://shop.test",
        "https://shop-git-main.acme.co",
        "https://a.b-c.xn--p1ai/",
        "http://10.0.0.1:8080/x?y=1#z",
    ],
)
def test_an_address_stays_as_it_is(text: str) -> None:
    assert check_link(f" {text} ") == text


def parse_recorded(name: str, **changes: object) -> DeploymentEvent:
    part = "workflow_run" if name == "workflow_run" else "deployment_status"
    payload = RECORDED[name] | {part: RECORDED[name][part] | changes}
    event = parse_deployment_event(payload, name=name, repository="acme/app")
    assert event is not None
    return event


@pytest.mark.parametrize("attempt", [None, "", "second", -1])
def test_a_run_without_a_known_attempt_is_its_first(attempt: object) -> None:
    assert parse_recorded("workflow_run", run_attempt=attempt).run_attempt == 1
    assert parse_recorded("workflow_run", run_attempt=3).run_attempt == 3


def test_a_deployment_reports_no_attempt_so_it_is_the_first() -> None:
    assert parse_recorded("deployment_status").run_attempt == 1


@pytest.mark.parametrize(
    ("action", "state"), [("completed", "success"), ("in_progress", "in_progress")]
)
def test_only_a_completed_run_has_a_conclusion(action: str, state: str) -> None:
    changes = {"status": "in_progress", "conclusion": "success"}
    run = RECORDED["workflow_run"]["workflow_run"] | changes
    payload = RECORDED["workflow_run"] | {"action": action, "workflow_run": run}

    event = parse_deployment_event(payload, name="workflow_run", repository="acme/app")

    assert event is not None
    assert event.state == state


def test_a_run_of_another_repository_is_of_a_fork() -> None:
    own = RECORDED["workflow_run"]["workflow_run"]["head_repository"]["full_name"]
    payload = RECORDED["workflow_run"]
    forks = [
        parse_deployment_event(payload, name="workflow_run", repository=repository)
        for repository in (own, "mallory/app")
    ]

    assert [one.fork if one else "" for one in forks] == [None, own]


@pytest.mark.parametrize("value", [True, False, None, "true"])
def test_only_true_means_production(value: object) -> None:
    payload = RECORDED["deployment_status"]
    made = payload["deployment"] | {"production_environment": value}

    event = parse_deployment_event(
        payload | {"deployment": made}, name="deployment_status", repository="acme/app"
    )

    assert event is not None
    assert event.is_production is (value is True)


@pytest.mark.parametrize(
    ("number", "run"), [(0, "0"), (10**18 - 1, "9" * 18), (10**18, None), (-1, None), (True, None)]
)
def test_an_id_is_a_number_of_at_most_eighteen_digits(number: object, run: str | None) -> None:
    assert parse_recorded("workflow_run", id=number).run_id == run


def test_an_older_server_names_environment_and_log_elsewhere() -> None:
    payload = RECORDED["deployment_status"]
    status = payload["deployment_status"] | {
        "environment": None,
        "log_url": "",
        "target_url": "https://ci.example/7",
    }
    made = payload["deployment"] | {"environment": "staging"}

    event = parse_deployment_event(
        payload | {"deployment_status": status, "deployment": made},
        name="deployment_status",
        repository="acme/app",
    )

    assert event is not None
    assert (event.environment, event.log_url) == ("staging", "https://ci.example/7")


def test_a_time_without_a_zone_is_in_utc() -> None:
    noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
    starts = [
        parse_recorded("workflow_run", run_started_at=text).started
        for text in ("2026-03-01T12:00:00", "2026-03-01T12:00:00Z", "2026-03-01T13:00:00+01:00")
    ]

    assert starts == [noon, noon, noon]


@pytest.mark.parametrize(("number", "state"), [(7, "success"), (None, None), ("7", None)])
def test_a_deployment_without_a_number_has_no_state(number: object, state: str | None) -> None:
    payload = RECORDED["deployment_status"]
    made = payload["deployment"] | {"id": number}

    event = parse_deployment_event(
        payload | {"deployment": made}, name="deployment_status", repository="acme/app"
    )

    assert event is not None
    assert event.state == state
    assert event.deployment_id == (7 if state else None)


def test_a_run_does_not_say_that_it_deploys_to_production() -> None:
    assert not parse_recorded("workflow_run").is_production
