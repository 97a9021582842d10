"""Sentry's responses about sessions and the health of a release, before any session."""

from typing import Any
from urllib.parse import quote, urlencode

import pytest

from contract.servers import Reply, Server

FIELDS = (
    "sum(session)",
    "count_unique(user)",
    "crash_free_rate(session)",
    "crash_free_rate(user)",
)
FORBIDDEN = (403, {"detail": "You do not have permission to perform this action."})
LOST = (404, {"detail": "The requested resource does not exist"})


def sessions(server: Server, *more: tuple[str, str], fields: tuple[str, ...] = FIELDS) -> Reply:
    values = dict(more)
    known = {"statsPeriod": "24h", "interval": "1h"}
    remaining = [(key, value) for key, value in known.items() if key not in values]
    query = urlencode([*(("field", field) for field in fields), *remaining, *more])
    bearer = f"Bearer {server.readonly_token}"
    return server.query("GET", f"/sessions/?{query}", authorization=bearer)


def of(*names: str) -> tuple[tuple[str, str], ...]:
    listed = ",".join(f'"{name}"' for name in names)
    return ("groupBy", "release"), ("query", f"release:[{listed}]")


def test_sessions_and_ratios_are_grouped_by_release(
    contract_server: Server, contract_name: str
) -> None:
    first, second = f"{contract_name}@1.0.0+1", f"{contract_name}@1.0.0+2"
    contract_server.open(first)
    contract_server.open(second)
    contract_server.count(first, 1000, 5, 400, 4)
    contract_server.count(second, 300, 0, 60, 0)

    actual = sessions(contract_server, *of(first, second, f"{contract_name}-never"))

    found = {group["by"]["release"]: group["totals"] for group in actual.body["groups"]}
    assert found == {
        first: dict(zip(FIELDS, (1000, 400, 0.995, 0.99), strict=True)),
        second: dict(zip(FIELDS, (300, 60, 1.0, 1.0), strict=True)),
    }


def test_a_series_has_a_value_for_each_interval_and_null_where_there_were_no_sessions(
    contract_server: Server, contract_name: str
) -> None:
    contract_server.open(contract_name)
    contract_server.count(contract_name, 10, 1, 10, 1)

    body = sessions(contract_server, *of(contract_name)).body

    [group] = body["groups"]
    assert len(body["intervals"]) == 24
    assert group["series"]["sum(session)"] == [10] + [0] * 23
    assert group["series"]["crash_free_rate(session)"] == [0.9] + [None] * 23
    assert body["start"] == body["intervals"][0]


def test_a_release_without_sessions_is_in_no_group_and_all_together_are_null(
    contract_server: Server, contract_name: str
) -> None:
    assert sessions(contract_server, *of(contract_name)).body["groups"] == []

    [group] = sessions(contract_server, ("query", f'release:"{contract_name}"')).body["groups"]
    assert group["by"] == {}
    assert group["totals"] == dict(zip(FIELDS, (0, 0, None, None), strict=True))


@pytest.mark.parametrize(
    ("period", "interval", "count"),
    [
        ("90m", "1h", 2),
        ("60m", "1h", 1),
        ("1440m", "1h", 24),
        ("10080m", "4h", 42),
        ("90d", "1d", 90),
    ],
)
def test_a_period_in_minutes_is_rounded_up_to_whole_intervals(
    contract_server: Server, period: str, interval: str, count: int
) -> None:
    body = sessions(contract_server, ("statsPeriod", period), ("interval", interval)).body

    assert len(body["intervals"]) == count


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        (("statsPeriod", "xyz"), "Invalid date range: Invalid statsPeriod: 'xyz'"),
        (("interval", "7m"), "The interval should divide one day without a remainder."),
        (("groupBy", "nope"), 'Invalid groupBy: "nope"'),
        (("query", "foo:bar"), "Invalid search filter: foo"),
        (("query", "release:a b"), "Invalid search filter: message"),
        (("project", "web"), "Invalid project parameter. Values must be numbers."),
    ],
)
def test_what_it_does_not_understand_is_400(
    contract_server: Server, more: tuple[str, str], reason: str
) -> None:
    assert sessions(contract_server, more).output == (400, {"detail": reason})


def test_fields_are_needed_and_known(contract_server: Server) -> None:
    none = sessions(contract_server, fields=())
    assert none.output == (400, {"detail": 'Request is missing a "field"'})
    bogus = sessions(contract_server, fields=("bogus(x)",))
    assert bogus.output == (400, {"detail": 'Invalid field: "bogus(x)"'})


def test_a_server_before_25_10_does_not_know_the_rate_of_unhandled_sessions(
    contract_server: Server,
) -> None:
    unknown = sessions(contract_server, fields=(*FIELDS, "unhandled_rate(session)"))

    assert unknown.output == (400, {"detail": 'Invalid field: "unhandled_rate(session)"'})


def test_an_unknown_project_is_403_and_an_unknown_environment_404(
    contract_server: Server, contract_name: str
) -> None:
    assert sessions(contract_server, ("project", "999999")).output == FORBIDDEN
    assert sessions(contract_server, ("environment", contract_name)).output == LOST


def test_an_environment_is_known_from_a_deploy_on(
    contract_server: Server, contract_name: str
) -> None:
    contract_server.open(contract_name)
    deploy = {"environment": contract_name}
    contract_server.query("POST", contract_server.at(contract_name, "deploys/"), deploy)

    assert sessions(contract_server, ("environment", contract_name)).status == 200


def test_sessions_need_org_read_which_an_organization_token_lacks(contract_server: Server) -> None:
    query = urlencode({"field": "sum(session)", "statsPeriod": "24h", "interval": "1h"})
    bearer = f"Bearer {contract_server.organization_token}"

    actual = contract_server.query("GET", f"/sessions/?{query}", authorization=bearer)

    assert actual.output == FORBIDDEN


def own_health(server: Server, name: str, **query: str) -> Any:  # noqa: ANN401 - any JSON
    parameters = {"health": "1", "summaryStatsPeriod": "24h", "healthStatsPeriod": "24h"} | query
    bearer = f"Bearer {server.organization_token}"
    path = f"/releases/{quote(name, safe='')}/?{urlencode(parameters)}"
    return server.query("GET", path, authorization=bearer).body


def test_an_organization_token_reads_a_releases_own_health(
    contract_server: Server, contract_name: str
) -> None:
    contract_server.open(contract_name, "web", "api")

    projects = own_health(contract_server, contract_name)["projects"]

    nothing = {
        "durationP50": None,
        "durationP90": None,
        "crashFreeUsers": None,
        "crashFreeSessions": None,
        "sessionsCrashed": 0,
        "sessionsErrored": 0,
        "totalUsers": None,
        "totalSessions": None,
        "adoption": None,
        "sessionsAdoption": None,
        "hasHealthData": False,
    }
    of_day = {
        f"total{whose}{counted}24h"
        for whose in ("", "Project")
        for counted in ("Users", "Sessions")
    }
    changing = {"stats", *of_day}
    assert {project["slug"] for project in projects} == {"web", "api"}
    for project in projects:
        own = project["healthData"]
        assert {key: own[key] for key in own if key not in changing} == nothing
        assert changing <= own.keys()
        assert [count for _, count in own["stats"]["24h"]] == [0] * 24


def test_a_releases_own_health_is_not_of_an_environment_and_heeds_none(
    contract_server: Server, contract_name: str
) -> None:
    contract_server.open(contract_name)

    without = own_health(contract_server, contract_name)
    unknown = own_health(contract_server, contract_name, environment=contract_name)

    assert without["projects"] == unknown["projects"]


def test_a_period_that_sentry_does_not_have_is_400(
    contract_server: Server, contract_name: str
) -> None:
    contract_server.open(contract_name)

    assert own_health(contract_server, contract_name, summaryStatsPeriod="3h") == {
        "detail": "Invalid summaryStatsPeriod. Valid choices are "
        "'1h', '24h', '1d', '48h', '2d', '7d', '14d', '30d', '90d'"
    }


def test_a_server_without_thresholds_responds_404_with_an_empty_body(
    contract_server: Server,
) -> None:
    times = urlencode({"start": "2026-01-01T00:00:00Z", "end": "2026-01-02T00:00:00Z"})
    bearer = f"Bearer {contract_server.organization_token}"

    actual = contract_server.query(
        "GET", f"/release-threshold-statuses/?{times}", authorization=bearer
    )

    assert actual.output == (404, "")
