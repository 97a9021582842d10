"""The action health: its requests to Sentry, its waits, its reports and notifications."""

import json
import math
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from deployed_releases import deploy_release
from fake_sentry import FakeServers, Reset, Status
from job import Job, Stage
from receivers import Sink, sink
from sentry_release.adapters.sentry import parse_health

ROOT = "/api/0/organizations/acme"
NAME, BEFORE = "shop@1.4.0+27", "shop@1.3.0+26"
RELEASE, OTHER = f"{ROOT}/releases/shop%401.4.0%2B27/", f"{ROOT}/releases/shop%401.3.0%2B26/"
HEALTH_DATA = "?health=1&summaryStatsPeriod=24h&healthStatsPeriod=24h"
LISTED = f"GET {ROOT}/releases/?per_page=20&environment=production"
THRESHOLDS = f"GET {ROOT}/release-threshold-statuses/?start=…&end=…&release=shop%401.4.0%2B27"
SESSIONS = (
    f"GET {ROOT}/sessions/?project=2&field=sum%28session%29&field=count_unique%28user%29"
    "&field=crash_free_rate%28session%29&field=crash_free_rate%28user%29"
    "&field=unhandled_rate%28session%29&groupBy=release"
    "&query=release%3A%5B%22shop%401.4.0%2B27%22%2C%22shop%401.3.0%2B26%22%5D"
    "&statsPeriod=1440m&interval=1h&environment=production"
)
ALL_RELEASES = (
    f"GET {ROOT}/sessions/?project=2&field=sum%28session%29&includeSeries=0"
    "&statsPeriod=1440m&interval=1h&environment=production"
)


@pytest.fixture
def shop(job: Job, sentry: FakeServers) -> Job:
    """Two releases in production, 1.3.0+26 and then 1.4.0+27, and a token that reads sessions."""
    for name in (BEFORE, NAME):
        deploy_release(sentry, name, at=job.time.clock().now())
        job.time.pass_(3600)
    sentry.count(BEFORE, 5000, 5, users=2000, crashed_users=4)
    job.environ["SENTRY_AUTH_TOKEN"] = sentry.readonly_token
    return job


def health(job: Job, **inputs: str) -> Stage:
    return job.play("health", **inputs)


def requests(sentry: FakeServers) -> list[str]:
    """The requests, without the times, which are those of the fake server's own clock."""
    lines = (re.sub(r"(start|end)=[^&]+", r"\1=…", line) for line in sentry.ledger.lines())
    return list(lines)


def lines_of(stage: Stage) -> str:
    """The log without the fences that keep its lines from being obeyed."""
    return "\n".join(line for line in stage.log.splitlines() if not line.startswith("::"))


def test_a_healthy_release_takes_five_questions_and_changes_nothing(
    shop: Job, sentry: FakeServers
) -> None:
    sentry.count(NAME, 1000, 2, users=400, crashed_users=1)

    stage = health(shop, min_crash_free_sessions="99.5", min_crash_free_users="99", max_drop="1")

    assert requests(sentry) == [f"GET {RELEASE}", LISTED, SESSIONS, ALL_RELEASES, THRESHOLDS]
    assert stage.exit_code == 0
    assert stage.annotations == []
    assert stage.outputs == {
        "release": NAME,
        "release-url": f"{sentry.url}/organizations/acme/releases/shop%401.4.0%2B27/",
        "environment": "production",
        "previous-release": BEFORE,
        "crash-free-sessions": "99.8",
        "crash-free-users": "99.75",
        "unhandled-free-sessions": "100",
        "adoption": "16.666",
        "healthy": "true",
        "json": stage.outputs["json"],
    }
    assert json.loads(stage.outputs["json"])["healthy"] == "true"
    assert "### ✅ `shop@1.4.0+27` is healthy in `production`" in stage.summary
    assert "| Crash-free sessions | 99.8 % | 99.9 % |" in stage.summary
    assert "| max-drop | ✅ passed | 99.9 % before, 99.8 % now" in stage.summary
    assert "\n```mermaid\n" in stage.summary


def test_an_organization_token_reads_the_releases_themselves_whose_rates_are_percentages(
    shop: Job, sentry: FakeServers
) -> None:
    shop.environ["SENTRY_AUTH_TOKEN"] = sentry.organization_token
    sentry.count(NAME, 1000, 2, users=400, crashed_users=1)

    stage = health(shop, min_crash_free_sessions="99.5", max_drop="1")

    assert requests(sentry) == [
        f"GET {RELEASE}",
        LISTED,
        SESSIONS,
        f"GET {RELEASE}{HEALTH_DATA}",
        f"GET {OTHER}{HEALTH_DATA}",
        THRESHOLDS,
    ]
    assert stage.exit_code == 0
    assert stage.outputs["healthy"] == "true"
    assert stage.outputs["crash-free-sessions"] == "99.8"
    assert stage.outputs["crash-free-users"] == "99.75"
    assert stage.outputs["adoption"] == "16.666"
    assert "These figures cover all environments" in stage.summary
    assert "The auth token lacks org:read" in lines_of(stage)


@pytest.mark.parametrize("token", ["readonly_token", "organization_token"])
def test_rates_below_one_percent_are_the_same_by_both_ways(
    shop: Job, sentry: FakeServers, token: str
) -> None:
    shop.environ["SENTRY_AUTH_TOKEN"] = getattr(sentry, token)
    sentry.count(NAME, 1000, 995, users=400, crashed_users=400)

    stage = health(shop, min_crash_free_sessions="0.6")

    assert stage.exit_code == 6
    assert stage.outputs["crash-free-sessions"] == "0.5"
    assert stage.outputs["crash-free-users"] == "0"


def test_an_unhealthy_release_fails_the_job_with_an_exit_code_of_its_own_and_says_why(
    shop: Job, sentry: FakeServers
) -> None:
    sentry.count(NAME, 1000, 30)
    sentry.store.releases[NAME].new_groups = 4

    stage = health(shop, min_crash_free_sessions="99", max_drop="0.5", max_new_issues="3")

    assert stage.exit_code == 6
    assert stage.outputs["healthy"] == "false"
    [annotation] = stage.annotations
    assert annotation.startswith("error: shop@1.4.0+27 is unhealthy in production.")
    assert "min-crash-free-sessions: 97 %25 (minimum 99 %25)." in annotation
    assert "max-new-issues: 4 (maximum 3)." in annotation
    assert "max-drop: 99.9 %25 before, 97 %25 now: at least 1.772 points lower" in annotation
    assert "is unhealthy in `production`" in stage.summary


def test_too_few_sessions_are_a_warning_and_no_verdict(shop: Job, sentry: FakeServers) -> None:
    sentry.count(NAME, 99, 99)

    stage = health(shop, min_crash_free_sessions="99", max_drop="1")

    assert stage.exit_code == 0
    assert stage.outputs["healthy"] == "unknown"
    [annotation] = stage.annotations
    assert annotation.startswith("warning: Not enough sessions to judge shop@1.4.0+27")
    assert "99 (minimum 100)" in annotation


@pytest.mark.parametrize(
    ("gates", "reason"),
    [
        pytest.param({}, "No gate is set.", id="none is set"),
        pytest.param(
            {"max_drop": "1"},
            "max-drop: no previous release to compare with.",
            id="one that compares with nothing",
        ),
    ],
)
def test_if_no_gate_has_a_result_the_hint_names_one_that_could(
    job: Job, sentry: FakeServers, gates: dict[str, str], reason: str
) -> None:
    job.release()
    sentry.count(NAME, 1000, 0)

    stage = health(job, **gates)

    assert stage.outputs["healthy"] == "unknown"
    [warning] = stage.annotations
    assert reason in warning
    assert "Set `min-crash-free-sessions`" in warning
    assert "health-wait" not in warning


def test_it_waits_for_sessions_with_a_line_a_minute_and_no_longer_than_it_must(
    shop: Job, sentry: FakeServers
) -> None:
    shop.time.after(130, lambda: sentry.count(NAME, 150, 0))
    began = shop.time.passed_s

    stage = health(shop, min_crash_free_sessions="99", health_wait="30m")

    assert stage.outputs["healthy"] == "true"
    assert shop.time.passed_s - began == 180
    assert requests(sentry).count(SESSIONS) == 4
    output = [line for line in lines_of(stage).splitlines() if "Next query" in line]
    assert output == [
        "0 of 100 sessions. Next query in 60 s, for 30 min at most.",
        "0 of 100 sessions. Next query in 60 s, for 29 min at most.",
        "0 of 100 sessions. Next query in 60 s, for 28 min at most.",
    ]


def test_it_gives_up_waiting_when_the_time_is_over_and_says_what_it_knows(
    shop: Job, sentry: FakeServers
) -> None:
    sentry.count(NAME, 7, 0)
    began = shop.time.passed_s

    stage = health(shop, min_crash_free_sessions="99", health_wait="5m", timeout="60")

    assert shop.time.passed_s - began == 300
    assert requests(sentry).count(SESSIONS) == 6
    assert (stage.exit_code, stage.outputs["healthy"]) == (0, "unknown")
    assert "7 (minimum 100)" in stage.annotations[0]


def test_an_organization_token_is_refused_once_and_not_at_every_query(
    shop: Job, sentry: FakeServers
) -> None:
    shop.environ["SENTRY_AUTH_TOKEN"] = sentry.organization_token

    health(shop, min_crash_free_sessions="99", health_wait="3m")

    assert requests(sentry).count(SESSIONS) == 1
    assert requests(sentry).count(f"GET {RELEASE}{HEALTH_DATA}") == 4


def test_an_outage_while_it_waits_is_waited_out(shop: Job, sentry: FakeServers) -> None:
    sentry.count(NAME, 500, 0)
    sentry.fail("GET", "/**/sessions/", Status(status=503), times=None)
    shop.time.after(100, sentry.hint)

    stage = health(shop, min_crash_free_sessions="99", health_wait="10m")

    assert stage.outputs["healthy"] == "true"
    assert "could not be reached" in lines_of(stage)


def test_an_unknown_adoption_costs_no_verdict(shop: Job, sentry: FakeServers) -> None:
    sentry.count(NAME, 1000, 30)
    sentry.fail("GET", "*includeSeries=0*", Status(status=503), times=None)

    stage = health(shop, min_crash_free_sessions="99")

    assert stage.exit_code == 6
    assert "adoption" not in stage.outputs
    assert "Adoption skipped: Sentry at" in lines_of(stage)


@pytest.mark.parametrize(("on_outage", "code"), [("warn", 0), ("fail", 5)])
def test_an_outage_is_a_warning_unless_it_shall_fail(
    shop: Job, sentry: FakeServers, on_outage: str, code: int
) -> None:
    sentry.fail("*", "**", Reset(), times=None)

    stage = health(shop, min_crash_free_sessions="99", on_outage=on_outage)

    assert stage.exit_code == code
    assert "could not be reached" in stage.annotations[0]
    assert stage.outputs.get("healthy", "unknown") == "unknown"


@pytest.mark.parametrize("path", ["**", "/**/sessions/", f"{RELEASE}**"])
@pytest.mark.parametrize("token", ["readonly_token", "organization_token"])
def test_without_a_wait_it_asks_no_longer_than_its_budget(
    shop: Job, sentry: FakeServers, token: str, path: str
) -> None:
    shop.environ["SENTRY_AUTH_TOKEN"] = getattr(sentry, token)
    sentry.fail("GET", path, Status(status=503), times=None)
    began = shop.time.passed_s

    assert health(shop, timeout="30").outputs["healthy"] == "unknown"
    assert shop.time.passed_s - began <= 30


def test_a_release_that_sentry_does_not_know_is_an_error_with_a_hint(shop: Job) -> None:
    stage = health(shop, release="shop@9.9.9+9")

    assert stage.exit_code == 4
    assert "Sentry has no release 'shop@9.9.9+9' in 'acme'." in stage.annotations[0]
    assert "Create it with the root action first" in stage.annotations[0]


def test_a_release_of_other_projects_is_a_mistake_and_no_session_is_counted(
    shop: Job, sentry: FakeServers
) -> None:
    stage = health(shop, projects="courier")

    assert stage.exit_code == 4
    assert "belongs to none of the projects 'courier'" in stage.annotations[0]
    assert requests(sentry) == [f"GET {RELEASE}"]


def test_an_environment_that_sentry_does_not_know_is_reported(
    shop: Job, sentry: FakeServers
) -> None:
    sentry.count(NAME, 1000, 0)

    stage = health(shop, environment="prodution", min_crash_free_sessions="99")

    assert (stage.exit_code, stage.outputs["healthy"]) == (0, "unknown")
    assert "environment 'prodution' does not exist in Sentry" in stage.annotations[0]


def test_a_project_without_any_session_is_distinguished_from_such_a_release(
    shop: Job, sentry: FakeServers
) -> None:
    release = health(shop)
    sentry.store.counts.clear()
    project = health(shop)

    assert "or it sends them under another name" in release.annotations[0]
    assert "no release has sent a session" in project.annotations[0]


def test_sessions_of_other_environments_do_not_count(shop: Job, sentry: FakeServers) -> None:
    sentry.count(NAME, 1000, 0, environment="staging")

    assert health(shop, min_crash_free_sessions="99").outputs["healthy"] == "unknown"


def test_a_release_that_has_been_followed_is_not_compared_with_its_follower(
    shop: Job, sentry: FakeServers
) -> None:
    sentry.count(BEFORE, 1000, 100)

    stage = health(shop, release=BEFORE, max_drop="1")

    assert "`shop@1.4.0+27` was deployed later" in stage.summary
    assert "no previous release" in stage.summary
    assert "previous-release" not in stage.outputs


def test_a_window_that_begins_before_the_release_is_reported(
    shop: Job, sentry: FakeServers
) -> None:
    sentry.count(NAME, 1000, 0)

    stage = health(shop, min_crash_free_sessions="99", health_window="7d")

    assert "The window starts before the release was created" in stage.summary
    [counts] = [line for line in requests(sentry) if "groupBy" in line]
    query = parse_qs(urlsplit(counts).query)
    assert (query["statsPeriod"], query["interval"]) == (["10080m"], ["4h"])


@pytest.mark.parametrize(
    ("window", "period", "own"),
    [("1h", "60m", "1h"), ("90m", "90m", "24h"), ("2d", "2880m", "48h"), ("13w", None, None)],
)
def test_windows_are_those_that_sentry_has(
    shop: Job, sentry: FakeServers, window: str, period: str | None, own: str | None
) -> None:
    shop.environ["SENTRY_AUTH_TOKEN"] = sentry.organization_token

    stage = health(shop, health_window=window)

    if period is None:
        assert stage.exit_code == 2
        assert "from `1h` to `90d`" in stage.annotations[0]
    else:
        assert any(f"statsPeriod={period}" in line for line in requests(sentry))
        assert any(f"summaryStatsPeriod={own}" in line for line in requests(sentry))


def test_clocks_that_differ_shift_no_window_and_are_reported(
    shop: Job, sentry: FakeServers
) -> None:
    shop.environ["SENTRY_AUTH_TOKEN"] = sentry.organization_token  # the window is that of our clock
    sentry.store.thresholds = {}
    sentry.count(NAME, 1000, 0)

    stage = health(shop, min_crash_free_sessions="99")

    assert stage.outputs["healthy"] == "true"
    assert "created after the end of this window: the clocks differ" in stage.summary
    line = next(line for line in sentry.ledger.lines() if "threshold" in line)
    query = parse_qs(urlsplit(line).query)
    assert query["start"] < query["end"]


def test_the_window_of_a_releases_own_figures_ends_by_sentrys_clock(
    shop: Job, sentry: FakeServers
) -> None:
    shop.environ["SENTRY_AUTH_TOKEN"] = sentry.organization_token
    outputs = {"totalSessions": 500, "crashFreeSessions": 100}
    body = {"version": NAME, "projects": [{"id": 2, "slug": "shop", "healthData": outputs}]}
    date = {"Date": "Sun, 01 Mar 2026 10:00:00 GMT"}
    answer = Status(status=200, body=body, headers=date)
    sentry.fail("GET", f"{RELEASE}{HEALTH_DATA}", answer, times=None)

    stage = health(shop, min_crash_free_sessions="99")

    assert "From 2026-02-28 10:00 UTC to 2026-03-01 10:00 UTC." in stage.summary


def own_threshold(**more: object) -> dict[str, object]:
    """A threshold with its status, in the shape of Sentry's published OpenAPI document."""
    return {
        "id": "1",
        "date_added": "2026-02-01T00:00:00Z",
        "environment": {"name": "production"},
        "project": {"slug": "shop"},
        "release": NAME,
        "threshold_type": "crash_free_session_rate",
        "trigger_type": "under",
        "value": 99,
        "window_in_seconds": 3600,
        "end": "2026-03-01T13:00:00Z",
        "is_healthy": False,
        "key": f"shop-{NAME}",
        "project_slug": "shop",
        "project_id": 2,
        "start": "2026-03-01T12:00:00Z",
        "metric_value": 97.25,
    } | more


def test_a_threshold_of_sentrys_that_is_crossed_makes_the_release_unhealthy(
    shop: Job, sentry: FakeServers
) -> None:
    sentry.count(NAME, 1000, 0)
    sentry.store.thresholds = {f"shop-{NAME}": [own_threshold()]}

    stage = health(shop, min_crash_free_sessions="99")

    assert stage.exit_code == 6
    expected = "Sentry: crash_free_session_rate of shop: 97.25 (minimum 99)."
    assert expected in stage.annotations[0]


@pytest.mark.parametrize(
    "more",
    [
        {"is_healthy": True, "metric_value": 99.5},
        {"metric_value": -1},
        {"metric_value": None},
        {"metric_value": {"any": "thing"}},
        {"environment": {"name": "staging"}},
        {"project_slug": "courier"},
        {"release": "shop@1.0.0"},
    ],
    ids=str,
)
def test_thresholds_that_are_met_unmeasured_or_of_others_fail_nothing(
    shop: Job, sentry: FakeServers, more: dict[str, object]
) -> None:
    sentry.count(NAME, 1000, 0)
    sentry.store.thresholds = {"any": [own_threshold(**more)]}

    assert health(shop, min_crash_free_sessions="99").outputs["healthy"] == "true"


@pytest.mark.parametrize("status", [403, 500])
def test_thresholds_that_cannot_be_read_are_one_line_and_ten_seconds_at_most(
    shop: Job, sentry: FakeServers, status: int
) -> None:
    sentry.count(NAME, 1000, 0)
    sentry.fail("GET", "/**/release-threshold-statuses/", Status(status=status), times=None)
    began = shop.time.passed_s

    stage = health(shop, min_crash_free_sessions="99")

    assert stage.outputs["healthy"] == "true"
    assert stage.annotations == []
    assert lines_of(stage).count("Sentry's release thresholds skipped") == 1
    assert shop.time.passed_s - began <= 10


def test_what_sentry_calls_a_threshold_breaks_out_of_nothing(
    shop: Job, sentry: FakeServers
) -> None:
    sentry.count(NAME, 1000, 0)
    hostile = "x | <img src=y> [z](https://evil.example) @team\n::error::w\n```"
    sentry.store.thresholds = {"any": [own_threshold(threshold_type=hostile)]}

    stage = health(shop)

    row = next(line for line in stage.summary.splitlines() if "Sentry" in line and "❌" in line)
    assert "\\<img src=y>" in row
    assert row.replace("\\|", "").count("|") == 4
    assert not re.search(r"(?<!\\)[\[<`]", row.replace("`@team`", "@team"))
    assert [line.partition(":")[0] for line in stage.annotations] == ["error"]


STRANGE: tuple[object, ...] = (
    {},
    {"groups": None, "intervals": None},
    {"groups": [None, 7, [], {}, {"by": []}, {"by": {"release": []}}]},
    {"groups": [{"by": {"release": NAME}}]},
    {"groups": [{"by": {"release": NAME}, "totals": {"sum(session)": None}}]},
    {"groups": [{"by": {"release": NAME}, "totals": {"sum(session)": "many"}}]},
    {"groups": [{"by": {"release": NAME}, "totals": {"sum(session)": True}}]},
    {"groups": [{"by": {"release": NAME}, "totals": {"sum(session)": -5}}]},
    {"groups": [{"by": {"release": NAME}, "totals": {"sum(session)": 1e400}}]},
    {"groups": [{"by": {"release": NAME}, "totals": {"sum(session)": math.nan}}]},
    {
        "groups": [
            {
                "by": {"release": NAME},
                "totals": {"sum(session)": 500, "crash_free_rate(session)": 99.8},
                "series": {"sum(session)": [1, "x", None], "crash_free_rate(session)": 3},
            }
        ],
        "start": "yesterday",
        "end": 7,
        "intervals": ["x", None, "2026-03-01T00:00:00Z"],
    },
    *(
        {
            "groups": [
                {
                    "by": {"release": name},
                    "totals": {"sum(session)": count, "crash_free_rate(session)": 0.9},
                    "series": {"sum(session)": [count], "crash_free_rate(session)": [0.9]},
                }
                for name in (NAME, BEFORE)
            ],
            "intervals": ["2026-03-01T00:00:00Z"],
        }
        for count in (2**53, 10**18, 10**300)  # more than can be counted with
    ),
    {"groups": [], "start": "0001-01-01T00:00:00Z", "end": "9999-12-31T23:59:59Z"},
    {"groups": [{"by": {"release": "shop@9"}, "totals": {"sum(session)": 500}}]},
)


@pytest.mark.parametrize("body", STRANGE, ids=str)
def test_figures_that_are_absent_or_none_are_no_verdict_and_no_crash(
    shop: Job, sentry: FakeServers, body: object
) -> None:
    sentry.fail("GET", "/**/sessions/", Status(status=200, body=body), times=None)

    stage = health(shop, min_crash_free_sessions="99", max_drop="1")

    assert (stage.exit_code, stage.outputs["healthy"]) == (0, "unknown")


@pytest.mark.parametrize(
    "outputs",
    [
        None,
        [],
        {},
        {"totalSessions": None, "crashFreeSessions": None},
        {"totalSessions": 500, "crashFreeSessions": 101},
        {"totalSessions": 500, "crashFreeSessions": "99"},
        {"totalSessions": 500, "stats": {"24h": [[1], "x", [10**30, 2], [1, 2]]}},
        {"totalSessions": 500, "sessionsAdoption": 10**400, "stats": None},
    ],
    ids=str,
)
def test_a_releases_own_figures_may_be_absent_as_well(
    shop: Job, sentry: FakeServers, outputs: object
) -> None:
    shop.environ["SENTRY_AUTH_TOKEN"] = sentry.organization_token
    project = {"id": "2", "slug": "shop", "newGroups": 0, "healthData": outputs}
    body = {"version": NAME, "projects": [project]}
    sentry.fail("GET", f"{RELEASE}{HEALTH_DATA}", Status(status=200, body=body), times=None)

    stage = health(shop, min_crash_free_sessions="99")

    assert (stage.exit_code, stage.outputs["healthy"]) == (0, "unknown")


def test_counts_that_no_sum_could_hold_are_none() -> None:
    outputs = {"totalSessions": 10**308, "crashFreeSessions": 99}
    projects = [{"id": n, "slug": slug, "healthData": outputs} for n, slug in enumerate("ab")]

    found = parse_health.parse_release_counts({"projects": projects}, NAME, ["a", "b"])

    assert (found.sessions, found.crash_free_sessions) == (0, None)


@pytest.mark.parametrize("opened", [None, "", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", 7])
def test_a_release_may_have_been_opened_at_no_time_at_all(
    shop: Job, sentry: FakeServers, opened: object
) -> None:
    sentry.count(NAME, 1000, 0)
    project = {"id": 2, "slug": "shop", "newGroups": None}
    body = {"version": NAME, "projects": [project], "dateCreated": opened}
    sentry.fail("GET", RELEASE, Status(status=200, body=body), times=None)

    assert health(shop, min_crash_free_sessions="99").outputs["healthy"] == "true"


def test_figures_of_several_projects_are_weighed_by_their_sessions(
    shop: Job, sentry: FakeServers
) -> None:
    shop.environ["SENTRY_AUTH_TOKEN"] = sentry.organization_token
    data = {
        "shop": {"totalSessions": 900, "crashFreeSessions": 100.0, "totalUsers": 10},
        "other": {"totalSessions": 100, "crashFreeSessions": 90.0, "totalUsers": 10},
        "not-ours": {"totalSessions": 9000, "crashFreeSessions": 0.0, "totalUsers": 10},
    }
    projects = [
        {"id": number, "slug": slug, "newGroups": number, "healthData": outputs}
        for number, (slug, outputs) in enumerate(data.items(), start=2)
    ]
    body = {"version": NAME, "projects": projects}
    sentry.fail("GET", RELEASE, Status(status=200, body=body), times=None)
    sentry.fail("GET", f"{RELEASE}{HEALTH_DATA}", Status(status=200, body=body), times=None)

    stage = health(shop, projects="shop other", max_new_issues="4")

    assert stage.outputs["crash-free-sessions"] == "99"
    assert "max-new-issues: 5 (maximum 4)" in stage.annotations[0]


def test_a_name_that_means_something_in_a_search_finds_only_itself(
    job: Job, sentry: FakeServers
) -> None:
    job.environ["SENTRY_AUTH_TOKEN"] = sentry.token
    hostile = 'shop@1*"] OR release:["x'
    job.release(release=hostile)
    job.environ["SENTRY_AUTH_TOKEN"] = sentry.readonly_token
    sentry.count("x", 1000, 1000)
    sentry.count(hostile, 500, 0)

    stage = health(job, release=hostile, min_crash_free_sessions="99")

    assert stage.outputs["healthy"] == "true"
    assert stage.outputs["crash-free-sessions"] == "100"


def test_without_secrets_no_request_is_sent_and_nothing_fails(
    job: Job, sentry: FakeServers
) -> None:
    head = {"sha": "1" * 40, "repo": {"full_name": "fork/app"}}
    job.event({"pull_request": {"head": head}})
    job.environ |= {"GITHUB_EVENT_NAME": "pull_request", "SENTRY_AUTH_TOKEN": ""}

    stage = health(job, min_crash_free_sessions="99")

    assert (stage.exit_code, stage.outputs["healthy"]) == (0, "unknown")
    assert sentry.ledger.lines("sentry") == []
    assert [line.partition(":")[0] for line in stage.annotations] == ["notice"]


def test_without_an_environment_all_of_them_count(shop: Job, sentry: FakeServers) -> None:
    sentry.count(NAME, 300, 0, environment="staging")

    stage = health(shop, environment="", min_crash_free_sessions="99")

    assert stage.outputs["healthy"] == "true"
    assert not any("environment=" in line for line in requests(sentry))
    assert "is healthy\n" in stage.summary


def test_a_later_step_of_the_job_judges_the_release_that_an_earlier_one_has_named(
    shop: Job,
) -> None:
    shop.environ["SENTRY_RELEASE"] = BEFORE
    (shop.workspace / "pubspec.yaml").unlink()

    assert health(shop, min_crash_free_sessions="99").outputs["release"] == BEFORE


def test_without_an_app_the_release_that_was_deployed_last_is_evaluated(
    shop: Job, sentry: FakeServers
) -> None:
    (shop.workspace / "pubspec.yaml").unlink()
    sentry.count(NAME, 1000, 0)

    stage = health(shop, min_crash_free_sessions="99", max_drop="1")

    assert (stage.outputs["release"], stage.outputs["previous-release"]) == (NAME, BEFORE)
    assert stage.outputs["healthy"] == "true"


def test_without_an_app_and_without_a_deploy_nothing_can_be_meant(job: Job) -> None:
    (job.workspace / "pubspec.yaml").unlink()

    stage = health(job)

    assert stage.exit_code == 2
    outputs = "Sentry has no release of these projects that was deployed to 'production'."
    assert outputs in stage.annotations[0]
    assert "Wait for the first deploy" in stage.annotations[0]


def test_the_command_line_knows_the_phase(shop: Job, sentry: FakeServers) -> None:
    sentry.count(NAME, 1000, 0)

    stage = shop.play("health", min_crash_free_sessions="99")

    assert stage.outputs["healthy"] == "true"


@pytest.mark.parametrize(
    ("name", "value", "hint"),
    [
        ("min_crash_free_sessions", "101", "from 0 to 100"),
        ("min_crash_free_sessions", "-1", "from 0 to 100"),
        ("min_crash_free_users", "most", "from 0 to 100"),
        ("min_crash_free_users", "nan", "from 0 to 100"),
        ("min_crash_free_users", "1e1", "from 0 to 100"),
        ("max_drop", "0,5", "from 0 to 100"),
        ("min_sessions", "0", "at least `1`"),
        ("min_sessions", "12.5", "a whole number, such as `100`"),
        ("max_new_issues", "-1", "a whole number, such as `100`"),
        ("health_window", "30m", "from `1h` to `90d`"),
        ("health_window", "91d", "from `1h` to `90d`"),
        ("health_window", "a day", "from `1h` to `90d`"),
        ("health_wait", "30s", "from `1m` to `6h`"),
        ("health_wait", "7h", "from `1m` to `6h`"),
        ("report_dir", "../out", "Use a path inside it"),
    ],
)
def test_an_invalid_input_is_reported_before_the_first_request(
    shop: Job, sentry: FakeServers, name: str, value: str, hint: str
) -> None:
    stage = health(shop, **{name: value})

    assert stage.exit_code == 2
    assert f"`{name.replace('_', '-')}`" in stage.annotations[0]
    assert hint in stage.annotations[0]
    assert requests(sentry) == []


def test_a_percent_sign_is_understood(shop: Job, sentry: FakeServers) -> None:
    sentry.count(NAME, 1000, 5)

    assert health(shop, min_crash_free_sessions="99.5 %").outputs["healthy"] == "true"


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[Sink]:
    with sink(tmp_path) as found:
        yield found


def test_an_unhealthy_release_is_notified_with_the_gates_that_failed(
    shop: Job, sentry: FakeServers, receiver: Sink
) -> None:
    sentry.count(NAME, 1000, 30)
    address = f"json://{receiver.place}/hook-t0ken-1"

    stage = health(shop, min_crash_free_sessions="99", notify_urls=address, notify_on="health")

    assert stage.exit_code == 6
    [outputs] = receiver.received
    assert outputs.json["title"].replace("\u200b", "") == f"{NAME} is unhealthy in production"
    assert "min-crash-free-sessions: 97 % (minimum 99 %)" in outputs.json["message"]
    assert outputs.json["type"] == "failure"


@pytest.mark.parametrize(
    "inputs",
    [
        {"notify_on": "health", "min_crash_free_sessions": "90"},
        {"notify_on": "health", "min_crash_free_sessions": "99", "min_sessions": "5000"},
        {"notify_on": "deploy failure", "min_crash_free_sessions": "99"},
        {"notify_on": "health", "min_crash_free_sessions": "99", "dry_run": "true"},
    ],
    ids=["healthy", "unknown", "not asked for", "a dry run"],
)
def test_nothing_else_is_notified(
    shop: Job, sentry: FakeServers, receiver: Sink, inputs: dict[str, str]
) -> None:
    sentry.count(NAME, 1000, 30)

    health(shop, notify_urls=f"json://{receiver.place}/hook-t0ken-1", **inputs)

    assert receiver.received == []
