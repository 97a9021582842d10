"""Unhandled sessions and the gates: every kind of server and token, each with the right verdict."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from deployed_releases import deploy_release
from fake_sentry import FakeServers, Status
from job import Job, Stage

NAME, BEFORE = "shop@1.4.0+27", "shop@1.3.0+26"
CRASHES = {"min_crash_free_sessions": "99"}
UNHANDLED = {"min_unhandled_free_sessions": "99"}
DROP = {"max_drop": "1"}
ALL = CRASHES | UNHANDLED | DROP
MIN_CRASH, MIN_UNHANDLED = "min-crash-free-sessions", "min-unhandled-free-sessions"
BOTH = "max-drop (crashes and unhandled errors)"
NEW, OLD = "25.10", "23.7.1"
READ, CI = "org:read", "org:ci"


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """The sessions of a release, and how many of them crashed or have an unhandled error."""

    total: int
    crashed: int = 0
    unhandled: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """The counts in Sentry, the server, the token, the gates, and the expected verdict."""

    name: str
    now: Counts
    before: Counts | None = None
    server: str = NEW
    token: str = READ
    gates: Mapping[str, str]
    healthy: str
    failed: str = ""
    unknown: tuple[str, ...] = ()
    note: str = ""
    absent: tuple[str, ...] = field(default=("no gate evaluates",))


def many(crashed: int = 0, unhandled: int = 0, total: int = 10_000) -> Counts:
    return Counts(total=total, crashed=crashed, unhandled=unhandled)


GOOD, SDK_9_BAD, SDK_10_BAD = many(10, 10), many(500, 0), many(0, 500)
UNSEEN = "no gate evaluates them"
TABLE = [
    # One release, a server that reports unhandled sessions, a token that may read them.
    Situation(name="nothing happened", now=many(), gates=ALL, healthy="true"),
    Situation(name="few of both", now=GOOD, gates=ALL, healthy="true"),
    Situation(
        name="unhandled errors, and only crashes are gated",
        now=SDK_10_BAD, gates=CRASHES, healthy="true", note="500 of 10000 sessions have", absent=(),
    ),
    Situation(
        name="unhandled errors, and they are gated",
        now=SDK_10_BAD, gates=UNHANDLED, healthy="false", failed=MIN_UNHANDLED,
    ),
    Situation(
        name="unhandled errors, and both are gated",
        now=SDK_10_BAD, gates=CRASHES | UNHANDLED, healthy="false", failed=MIN_UNHANDLED,
    ),
    Situation(
        name="crashes are no unhandled sessions",
        now=SDK_9_BAD, gates=UNHANDLED, healthy="true",
    ),
    Situation(
        name="crashes of SDK 9",
        now=SDK_9_BAD, gates=CRASHES | UNHANDLED, healthy="false", failed=MIN_CRASH,
    ),
    Situation(
        name="both are bad",
        now=many(500, 500), gates=CRASHES | UNHANDLED, healthy="false",
        failed=f"{MIN_CRASH} {MIN_UNHANDLED}",
    ),
    Situation(name="a rate of exactly the minimum", now=many(0, 100), gates=UNHANDLED, healthy="true"),
    Situation(
        name="one session below the minimum",
        now=many(0, 101), gates=UNHANDLED, healthy="false", failed=MIN_UNHANDLED,
    ),
    Situation(
        name="every session is unhandled",
        now=many(0, 10_000), gates=UNHANDLED, healthy="false", failed=MIN_UNHANDLED,
    ),
    Situation(
        name="every session is unhandled, and that is allowed",
        now=many(0, 10_000), gates={"min_unhandled_free_sessions": "0"}, healthy="true",
    ),
    Situation(
        name="none is unhandled, and none is allowed",
        now=many(), gates={"min_unhandled_free_sessions": "100"}, healthy="true",
    ),
    Situation(
        name="one is unhandled, and none is allowed",
        now=many(0, 1), gates={"min_unhandled_free_sessions": "100"}, healthy="false",
        failed=MIN_UNHANDLED,
    ),
    Situation(
        name="too few sessions, all of them unhandled",
        now=Counts(total=99, unhandled=99), gates=UNHANDLED, healthy="unknown",
        unknown=("min-sessions", MIN_UNHANDLED), note=UNSEEN, absent=(),
    ),
    Situation(
        name="no session at all", now=Counts(total=0), gates=UNHANDLED, healthy="unknown",
        unknown=("min-sessions", MIN_UNHANDLED),
    ),
    Situation(
        name="unhandled errors without any gate",
        now=SDK_10_BAD, gates={}, healthy="unknown", note=UNSEEN, absent=(),
    ),
    Situation(
        name="unhandled errors, and max-drop has nothing to compare with",
        now=SDK_10_BAD, before=Counts(total=3), gates=CRASHES | DROP, healthy="true",
        note=UNSEEN, absent=(),
    ),
    # Two releases: what max-drop sees when the SDK changes between or within them.
    Situation(name="SDK 9, no change", now=SDK_9_BAD, before=SDK_9_BAD, gates=DROP, healthy="true"),
    Situation(
        name="SDK 9, more crashes",
        now=SDK_9_BAD, before=many(10), gates=DROP, healthy="false", failed="max-drop",
    ),
    Situation(name="SDK 10, no change", now=SDK_10_BAD, before=SDK_10_BAD, gates=DROP, healthy="true"),
    Situation(
        name="SDK 10, more unhandled errors",
        now=SDK_10_BAD, before=many(0, 10), gates=DROP, healthy="false", failed="max-drop",
    ),
    Situation(
        name="SDK 10, the first unhandled errors",
        now=SDK_10_BAD, before=many(), gates=DROP, healthy="false", failed="max-drop",
    ),
    Situation(
        name="SDK 10, more crashes, and no unhandled error left",
        now=many(500, 0), before=many(0, 500), gates=DROP, healthy="false", failed="max-drop",
    ),
    Situation(
        name="SDK 10, fewer unhandled errors",
        now=many(0, 10), before=SDK_10_BAD, gates=DROP, healthy="true",
    ),
    Situation(
        name="from SDK 9 to SDK 10, the same errors",
        now=SDK_10_BAD, before=SDK_9_BAD, gates=DROP, healthy="true",
    ),
    Situation(
        name="from SDK 9 to SDK 10, more errors",
        now=many(10, 900), before=SDK_9_BAD, gates=DROP, healthy="false", failed="max-drop",
    ),
    Situation(
        name="half on SDK 9 and half on SDK 10, then all on SDK 10",
        now=SDK_10_BAD, before=many(250, 250), gates=DROP, healthy="true",
    ),
    Situation(
        name="half on SDK 9 and half on SDK 10, then worse",
        now=many(250, 600), before=many(250, 250), gates=DROP, healthy="false", failed="max-drop",
    ),
    Situation(
        name="a rise that chance may have made",
        now=many(0, 5, total=200), before=many(0, 1, total=200), gates=DROP, healthy="true",
    ),
    Situation(
        name="all gates, all of them fail",
        now=many(900, 900), before=GOOD, gates=ALL, healthy="false",
        failed=f"{MIN_CRASH} {MIN_UNHANDLED} max-drop",
    ),
    # Servers before 25.10.
    Situation(
        name="an old server, crashes gated",
        now=GOOD, server=OLD, gates=CRASHES, healthy="true", absent=("unhandled",),
    ),
    Situation(
        name="an old server, unhandled errors gated",
        now=SDK_10_BAD, server=OLD, gates=UNHANDLED, healthy="unknown", unknown=(MIN_UNHANDLED,),
        note="this Sentry server does not report unhandled sessions",
    ),
    Situation(
        name="an old server, all gated, and the crashes are bad",
        now=SDK_9_BAD, before=GOOD, server=OLD, gates=ALL, healthy="false",
        failed=f"{MIN_CRASH} max-drop", unknown=(MIN_UNHANDLED,),
    ),
    Situation(
        name="an old server, max-drop alone",
        now=SDK_10_BAD, before=GOOD, server=OLD, gates=DROP, healthy="true",
        note="`max-drop` compares crashes only",
    ),
    Situation(
        name="an old server, too few sessions",
        now=Counts(total=3, unhandled=3), server=OLD, gates=UNHANDLED, healthy="unknown",
        unknown=("min-sessions", MIN_UNHANDLED), note="does not report unhandled sessions",
    ),
    # Organization tokens, which read the figures of the release itself.
    Situation(
        name="an organization token, crashes gated",
        now=GOOD, token=CI, gates=CRASHES, healthy="true",
    ),
    Situation(
        name="an organization token, unhandled errors gated",
        now=SDK_10_BAD, token=CI, gates=UNHANDLED, healthy="unknown", unknown=(MIN_UNHANDLED,),
        note="only to tokens with the scope org:read",
    ),
    Situation(
        name="an organization token, all gated, and the crashes are bad",
        now=SDK_9_BAD, before=GOOD, token=CI, gates=ALL, healthy="false",
        failed=f"{MIN_CRASH} max-drop", unknown=(MIN_UNHANDLED,),
    ),
    Situation(
        name="an organization token, max-drop alone",
        now=SDK_10_BAD, before=GOOD, token=CI, gates=DROP, healthy="true",
        note="`max-drop` compares crashes only",
    ),
    Situation(
        name="an organization token of an old server",
        now=SDK_10_BAD, server=OLD, token=CI, gates=CRASHES | UNHANDLED, healthy="unknown",
        unknown=(MIN_UNHANDLED,),
    ),
]  # fmt: skip


@pytest.fixture
def shop(job: Job, sentry: FakeServers) -> Job:
    """Two releases in production, 1.3.0+26 and then 1.4.0+27."""
    for name in (BEFORE, NAME):
        deploy_release(sentry, name, at=job.time.clock().now())
        job.time.pass_(3600)
    job.environ["SENTRY_AUTH_TOKEN"] = sentry.readonly_token
    return job


def count(sentry: FakeServers, name: str, counts: Counts) -> None:
    sentry.count(name, counts.total, counts.crashed, unhandled=counts.unhandled)


def evaluate(shop: Job, sentry: FakeServers, one: Situation) -> Stage:
    sentry.store.reports_unhandled = one.server == NEW
    tokens = {READ: sentry.readonly_token, CI: sentry.organization_token}
    shop.environ["SENTRY_AUTH_TOKEN"] = tokens[one.token]
    count(sentry, NAME, one.now)
    if one.before is not None:
        count(sentry, BEFORE, one.before)
    return shop.play("health", report_dir="out", **one.gates)


def report(shop: Job) -> dict[str, Any]:
    return dict(json.loads((shop.workspace / "out/health.json").read_text()))


@pytest.mark.parametrize("one", TABLE, ids=lambda one: one.name)
def test_each_situation_has_the_right_verdict(
    shop: Job, sentry: FakeServers, one: Situation
) -> None:
    stage = evaluate(shop, sentry, one)

    assert stage.outputs["healthy"] == one.healthy
    assert stage.exit_code == (6 if one.healthy == "false" else 0)
    assert stage.outputs.get("failed-gates", "") == one.failed
    gates = report(shop)["gates"]
    assert tuple(g["name"] for g in gates if g["outcome"] == "unknown") == one.unknown
    assert one.note in stage.summary
    assert not any(text in stage.summary for text in one.absent)
    knows = one.server == NEW and one.token == READ and one.now.total
    rate = 100 * (1 - one.now.unhandled / one.now.total) if knows else None
    assert stage.outputs.get("unhandled-free-sessions") == (None if rate is None else f"{rate:g}")


def test_the_table_has_thirty_situations_with_every_verdict_server_and_token() -> None:
    assert len(TABLE) >= 30
    assert len({one.name for one in TABLE}) == len(TABLE)
    assert {one.healthy for one in TABLE} == {"true", "false", "unknown"}
    assert {(one.server, one.token) for one in TABLE} >= {(NEW, READ), (OLD, READ), (NEW, CI)}


def rise_by_scipy(before: tuple[int, int], now: tuple[int, int]) -> float:
    """The lower confidence limit of the rise, from scipy's exact intervals for one proportion."""
    from scipy.stats import binomtest  # type: ignore[import-untyped]

    was, is_ = before[0] / before[1], now[0] / now[1]
    high = binomtest(*before).proportion_ci(0.98, method="exact").high
    low = binomtest(*now).proportion_ci(0.98, method="exact").low
    return float(is_ - was - math.hypot(high - was, is_ - low))


COMPARED = [
    one for one in TABLE if one.before and one.before.total > 50 and DROP.items() <= one.gates.items()
]  # fmt: skip


@pytest.mark.large  # tests/health/test_gates.py compares the statistics without jobs
@pytest.mark.parametrize("one", COMPARED, ids=lambda one: one.name)
def test_scipy_compares_the_releases_with_the_same_result(
    shop: Job, sentry: FakeServers, one: Situation
) -> None:
    evaluate(shop, sentry, one)

    assert one.before is not None
    before, now = one.before, one.now
    rises = {"max-drop": rise_by_scipy((before.crashed, before.total), (now.crashed, now.total))}
    if one.server == NEW and one.token == READ and before.unhandled + now.unhandled:
        was, is_ = before.crashed + before.unhandled, now.crashed + now.unhandled
        rises[BOTH] = rise_by_scipy((was, before.total), (is_, now.total))
    expected = {name: "failed" if rise > 0.01 else "passed" for name, rise in rises.items()}
    gates = {gate["name"]: gate["outcome"] for gate in report(shop)["gates"]}
    assert {name: gates.get(name) for name in ("max-drop", BOTH) if name in gates} == expected


@pytest.mark.parametrize(("server", "expected"), [(NEW, 1), (OLD, 5)])
def test_a_server_without_the_field_gets_one_request_with_it_however_long_the_wait(
    shop: Job, sentry: FakeServers, server: str, expected: int
) -> None:
    sentry.store.reports_unhandled = server == NEW
    if server == NEW:
        count(sentry, NAME, GOOD)

    stage = shop.play("health", health_wait="3m", **UNHANDLED)

    paths = [one.path for one in sentry.ledger.entries if "groupBy" in one.path]
    assert len(paths) == expected
    assert sum("unhandled_rate" in path for path in paths) == 1
    assert stage.summary.count("unhandled sessions") <= 1


def test_a_server_that_refuses_the_sessions_for_another_reason_is_an_error(
    shop: Job, sentry: FakeServers
) -> None:
    refusal = Status(status=400, body={"detail": "Too many projects"})
    sentry.fail("GET", "/**/sessions/", refusal, times=None)

    stage = shop.play("health", **UNHANDLED)

    assert stage.exit_code == 4
    assert "Too many projects" in stage.annotations[0]


def group(name: str, **totals: object) -> dict[str, object]:
    values = {"sum(session)": 1000, "crash_free_rate(session)": 1.0} | totals
    series = {key: [value] for key, value in values.items()}
    return {"by": {"release": name}, "totals": values, "series": series}


@pytest.mark.parametrize(
    ("totals", "healthy"),
    [
        ({}, "unknown"),
        ({"unhandled_rate(session)": None}, "unknown"),
        ({"unhandled_rate(session)": "0.5"}, "unknown"),
        ({"unhandled_rate(session)": True}, "unknown"),
        ({"unhandled_rate(session)": 50}, "unknown"),
        ({"unhandled_rate(session)": -0.5}, "unknown"),
        ({"unhandled_rate(session)": [0]}, "unknown"),
        ({"unhandled_rate(session)": 0}, "true"),
        ({"unhandled_rate(session)": 1}, "false"),
        ({"unhandled_rate(session)": 0.02, "crash_free_rate(session)": None}, "false"),
        ({"unhandled_rate(session)": 0.0, "crash_free_rate(session)": None}, "unknown"),
        ({"unhandled_rate(session)": 0.0, "sum(session)": "1000"}, "unknown"),
        ({"unhandled_rate(session)": 0.9, "crash_free_rate(session)": 0.05}, "false"),
    ],
    ids=str,
)
def test_rates_that_are_absent_or_none_never_make_a_release_healthy(
    shop: Job, sentry: FakeServers, totals: dict[str, object], healthy: str
) -> None:
    body = {
        "groups": [group(NAME, **totals), group(BEFORE, **{"unhandled_rate(session)": 0.0})],
        "intervals": ["2026-03-01T00:00:00Z"],
    }
    sentry.fail("GET", "*groupBy*", Status(status=200, body=body), times=None)

    stage = shop.play("health", **UNHANDLED, **DROP)

    assert stage.outputs["healthy"] == healthy


def hours(name: str, *counts: tuple[int, float, float]) -> dict[str, object]:
    """The group of a release by the hour: sessions, crash-free rate and unhandled rate."""
    total = sum(one for one, _, _ in counts)
    weighted = [sum(one[0] * one[index] for one in counts) / total for index in (1, 2)]
    fields = ("sum(session)", "crash_free_rate(session)", "unhandled_rate(session)")
    series: dict[str, list[float | None]] = {
        field_name: [one[index] if one[0] or not index else None for one in counts]
        for index, field_name in enumerate(fields)
    }
    totals = dict(zip(fields, (total, *weighted), strict=True))
    return {"by": {"release": name}, "totals": totals, "series": series}


def play_hours(shop: Job, sentry: FakeServers, *groups: dict[str, object], **inputs: str) -> Stage:
    starts = [f"2026-03-01T{hour:02}:00:00Z" for hour in range(4)]
    body = {"groups": list(groups), "intervals": starts}
    sentry.fail("GET", "*groupBy*", Status(status=200, body=body), times=None)
    return shop.play("health", report_dir="out", **inputs)


NONE = (0, 0.0, 0.0)


def test_releases_are_compared_over_the_hours_in_which_both_have_sessions(
    shop: Job, sentry: FakeServers
) -> None:
    before = hours(BEFORE, (9000, 1.0, 0), (9000, 1.0, 0), (1000, 0.95, 0), (1000, 0.95, 0))
    now = hours(NAME, NONE, NONE, (1000, 0.95, 0), (1000, 0.95, 0))

    stage = play_hours(shop, sentry, now, before, max_drop="1")

    assert stage.outputs["healthy"] == "true"
    assert "95 % before, 95 % now" in stage.summary
    hours_text = "the 2 of 4 hours in which both releases have sessions, from 2026-03-01 02:00 to"
    assert f"{hours_text} 2026-03-01 04:00 UTC." in stage.summary
    compared = report(shop)["comparison"]
    assert compared["intervals"] == ["2026-03-01T02:00:00+00:00", "2026-03-01T03:00:00+00:00"]
    assert (compared["release"]["sessions"], compared["previous"]["sessions"]) == (2000, 2000)


def test_a_drop_that_the_quiet_hours_before_would_hide_is_found(
    shop: Job, sentry: FakeServers
) -> None:
    before = hours(BEFORE, (9000, 0.9, 0), (9000, 0.9, 0), (1000, 1.0, 0), (1000, 1.0, 0))
    now = hours(NAME, NONE, NONE, (1000, 0.95, 0), (1000, 0.95, 0))

    stage = play_hours(shop, sentry, now, before, max_drop="1")

    assert stage.outputs["failed-gates"] == "max-drop"


def test_unhandled_errors_are_compared_over_the_same_hours(shop: Job, sentry: FakeServers) -> None:
    before = hours(BEFORE, (9000, 1.0, 0), (9000, 1.0, 0), (1000, 1.0, 0.05), (1000, 1.0, 0.05))
    now = hours(NAME, NONE, NONE, (1000, 1.0, 0.05), (1000, 1.0, 0.05))

    stage = play_hours(shop, sentry, now, before, max_drop="1")

    assert stage.outputs["healthy"] == "true"
    gates = {gate["name"]: gate["reason"] for gate in report(shop)["gates"]}
    assert gates[BOTH] == "95 % before, 95 % now: no significant drop of more than 1 points"


@pytest.mark.parametrize("shared", [0, 49])
def test_with_too_few_sessions_in_the_same_hours_the_whole_window_is_compared(
    shop: Job, sentry: FakeServers, shared: int
) -> None:
    before = hours(BEFORE, (9000, 1.0, 0), (9000, 1.0, 0), (shared, 1.0, 0), NONE)
    now = hours(NAME, NONE, NONE, (1000, 0.95, 0), (1000, 0.95, 0))

    stage = play_hours(shop, sentry, now, before, max_drop="1")

    assert stage.outputs["failed-gates"] == "max-drop"
    assert "`max-drop` compares the whole window" in stage.summary
    assert report(shop)["comparison"]["intervals"] == []


@pytest.mark.parametrize(
    ("kind", "trigger", "name", "limit"),
    [
        ("crash_free_session_rate", "under", "crash_free_session_rate", "minimum 99"),
        (5, 1, "crash_free_session_rate", "minimum 99"),
        (0, 0, "total_error_count", "maximum 99"),
        ("total_error_count", "over", "total_error_count", "maximum 99"),
        (99, "under", "a threshold", "minimum 99"),
        (None, None, "a threshold", "minimum 99"),
        (True, False, "a threshold", "minimum 99"),
    ],
    ids=str,
)
def test_thresholds_of_older_servers_are_numbers_and_of_newer_ones_names(
    shop: Job, sentry: FakeServers, kind: object, trigger: object, name: str, limit: str
) -> None:
    count(sentry, NAME, many())
    sentry.store.thresholds = {
        "any": [
            {
                "release": NAME,
                "project_slug": "shop",
                "threshold_type": kind,
                "trigger_type": trigger,
                "value": 99,
                "metric_value": 97,
                "is_healthy": False,
            }
        ]
    }

    stage = shop.play("health", **CRASHES)

    assert f"Sentry: {name} of shop: 97 ({limit})." in stage.annotations[0]
    assert stage.outputs["failed-gates"] == "sentry-thresholds"


def test_without_thresholds_neither_log_nor_summary_mentions_them(
    shop: Job, sentry: FakeServers
) -> None:
    count(sentry, NAME, many())

    stage = shop.play("health", **CRASHES)

    lines = [line for line in stage.log.splitlines() if not line.startswith("::")]
    assert not any("threshold" in line for line in lines)
    assert "threshold" not in stage.summary


def test_an_unhealthy_release_names_the_one_to_roll_back_to(shop: Job, sentry: FakeServers) -> None:
    count(sentry, NAME, SDK_10_BAD)
    count(sentry, BEFORE, many())

    stage = shop.play("health", **UNHANDLED, **DROP)

    assert stage.outputs["previous-release"] == BEFORE
    assert f"then roll back to {BEFORE} or roll forward" in stage.annotations[0]


def test_the_limits_of_the_gates_are_in_the_charts(shop: Job, sentry: FakeServers) -> None:
    rates = ((500, 0.99, 0.02), (500, 0.98, 0.01), (500, 1.0, 0.03), (500, 1.0, 0.0))

    stage = play_hours(
        shop,
        sentry,
        hours(NAME, *rates),
        min_crash_free_sessions="98.5",
        min_unhandled_free_sessions="96",
    )

    assert "Crash-free sessions in percent, and the minimum of 98.5" in stage.summary
    assert "line [98.5, 98.5, 98.5, 98.5]" in stage.summary
    assert "Unhandled-free sessions in percent, and the minimum of 96" in stage.summary
    assert "line [98, 99, 97, 100]\n  line [96, 96, 96, 96]" in stage.summary
    drawn = (shop.workspace / "out/health.svg").read_text()
    assert 'data-limit="98.5"' in drawn
    assert 'data-limit="96"' in drawn
    assert "unhandled-free: minimum 96 %" in drawn
