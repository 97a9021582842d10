"""The gate, situation by situation; its statistics are computed once more by scipy."""

import math
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from properties import tried
from sentry_release.health.gates import HealthResult, Thresholds, Verdict, evaluate_gates
from sentry_release.health.regression import (
    CONFIDENCE,
    MIN_SESSIONS,
    compute_lower_bound,
    compute_min_increase,
    compute_upper_bound,
    count_affected,
)
from sentry_release.model.health import (
    GateOutcome,
    ReleaseHealth,
    SessionStats,
    StatsSource,
    Threshold,
)

END = datetime(2026, 3, 2, 12, tzinfo=UTC)
HEALTHY, UNHEALTHY, UNKNOWN = Verdict.HEALTHY, Verdict.UNHEALTHY, Verdict.UNKNOWN
PASSED, FAILED, UNSURE, SKIPPED = (
    GateOutcome.PASSED,
    GateOutcome.FAILED,
    GateOutcome.UNKNOWN,
    GateOutcome.SKIPPED,
)


def counts(
    of: int, crashed: int, *, users: int | None = None, crashed_users: int = 0
) -> SessionStats:
    """Figures as Sentry returns them: totals and ratios, and no ratio without sessions."""
    return SessionStats(
        release="shop@1.4.0+27",
        sessions=of,
        users=of if users is None else users,
        crash_free_sessions=1 - crashed / of if of else None,
        crash_free_users=1 - crashed_users / (users or of) if of else None,
        new_issues=2,
    )


NONE = counts(0, 0)
THREE = counts(3, 2)
GOOD = counts(1000, 5)
BAD = counts(1000, 50)
PERFECT = counts(1000, 0)
BROKEN = counts(1000, 1000)
LARGE = counts(10_000_000, 30_000)
SESSIONS = Thresholds(min_crash_free_sessions=99.5)
USERS = Thresholds(min_crash_free_users=99.5)
ISSUES = Thresholds(max_new_issues=2)
DROP = Thresholds(max_drop=1)
ALL = Thresholds(
    min_crash_free_sessions=99,
    min_crash_free_users=99,
    min_sessions=100,
    max_new_issues=5,
    max_drop=1,
)


def threshold(*, healthy: bool | None, value: float | None = 97.0) -> Threshold:
    return Threshold(
        metric="crash_free_session_rate",
        project="shop",
        limit=99,
        is_maximum=False,
        value=value,
        healthy=healthy,
    )


@dataclass(frozen=True, kw_only=True)
class Situation:
    """The thresholds, the measured values, and the expected result of the gate."""

    name: str
    limits: Thresholds
    now: SessionStats
    before: SessionStats | None = None
    thresholds: tuple[Threshold, ...] = ()
    verdict: Verdict
    gate: str = "min-sessions"
    outcome: GateOutcome = PASSED

    @property
    def health(self) -> ReleaseHealth:
        return ReleaseHealth(
            environment="production",
            window_start=END - timedelta(days=1),
            window_end=END,
            current=self.now,
            previous=replace(self.before, release="shop@1.3.0+26") if self.before else None,
            thresholds=self.thresholds,
        )


def at_least(sessions: int, limits: Thresholds = SESSIONS) -> Thresholds:
    return replace(limits, min_sessions=sessions)


def rate(
    name: str, now: SessionStats, verdict: Verdict, outcome: GateOutcome, min_count: float
) -> Situation:
    return Situation(
        name=name,
        limits=Thresholds(min_crash_free_sessions=min_count),
        now=now,
        verdict=verdict,
        gate="min-crash-free-sessions",
        outcome=outcome,
    )


def drop(
    name: str,
    before: SessionStats | None,
    now: SessionStats,
    max_count: float,
    outcome: GateOutcome,
) -> Situation:
    verdicts = {PASSED: HEALTHY, FAILED: UNHEALTHY, UNSURE: UNKNOWN, SKIPPED: UNKNOWN}
    return Situation(
        name=name,
        limits=Thresholds(max_drop=max_count),
        now=now,
        before=before,
        verdict=verdicts[outcome],
        gate="max-drop",
        outcome=outcome,
    )


RATES = [
    rate("a rate above the minimum", GOOD, HEALTHY, PASSED, 99),
    rate("a rate of exactly the minimum", GOOD, HEALTHY, PASSED, 99.5),
    rate("a rate a little below", GOOD, UNHEALTHY, FAILED, 99.501),
    rate("a rate far below", BAD, UNHEALTHY, FAILED, 99.5),
    rate("no crash at all", PERFECT, HEALTHY, PASSED, 100),
    rate("one crash where none is allowed", counts(10_000, 1), UNHEALTHY, FAILED, 100),
    rate("every session crashed", BROKEN, UNHEALTHY, FAILED, 99.5),
    rate("every session crashed, and that is allowed", BROKEN, HEALTHY, PASSED, 0),
    rate("millions of sessions", LARGE, HEALTHY, PASSED, 99.7),
    rate("millions of sessions, a little below", LARGE, UNHEALTHY, FAILED, 99.70001),
    rate(
        "a rate that Sentry does not report",
        SessionStats(release="x", sessions=9),
        UNKNOWN,
        UNSURE,
        1,
    ),
]
FEW = [
    Situation(name="no session yet", limits=SESSIONS, now=NONE, verdict=UNKNOWN, outcome=UNSURE),
    Situation(
        name="no session yet and no gate",
        limits=Thresholds(),
        now=NONE,
        verdict=UNKNOWN,
        outcome=UNSURE,
    ),
    Situation(
        name="one session fewer than it takes",
        limits=at_least(1001),
        now=GOOD,
        verdict=UNKNOWN,
        outcome=UNSURE,
    ),
    Situation(
        name="one session is enough unless more are required",
        limits=SESSIONS,
        now=counts(1, 0),
        verdict=HEALTHY,
    ),
    Situation(name="just as many as it takes", limits=at_least(1000), now=GOOD, verdict=HEALTHY),
    Situation(
        name="too few, however bad they are",
        limits=at_least(100),
        now=THREE,
        verdict=UNKNOWN,
        gate="min-crash-free-sessions",
        outcome=UNSURE,
    ),
    Situation(
        name="too few, however good they are",
        limits=at_least(100),
        now=counts(99, 0),
        verdict=UNKNOWN,
        gate="min-crash-free-sessions",
        outcome=UNSURE,
    ),
    Situation(
        name="too few for users as well",
        limits=at_least(100, USERS),
        now=THREE,
        verdict=UNKNOWN,
        gate="min-crash-free-users",
        outcome=UNSURE,
    ),
    Situation(
        name="too few sessions, and too many issues",
        limits=replace(at_least(100), max_new_issues=1),
        now=THREE,
        verdict=UNHEALTHY,
        gate="max-new-issues",
        outcome=FAILED,
    ),
    Situation(name="enough sessions, and no gate", limits=Thresholds(), now=GOOD, verdict=UNKNOWN),
]
OTHERS = [
    Situation(
        name="users above the minimum",
        limits=USERS,
        now=counts(1000, 50, users=400, crashed_users=2),
        verdict=HEALTHY,
        gate="min-crash-free-users",
    ),
    Situation(
        name="users below, sessions fine",
        limits=USERS,
        now=counts(1000, 5, users=400, crashed_users=4),
        verdict=UNHEALTHY,
        gate="min-crash-free-users",
        outcome=FAILED,
    ),
    Situation(
        name="an app that names no users",
        limits=USERS,
        now=SessionStats(release="x", sessions=500, users=0, crash_free_sessions=1),
        verdict=UNKNOWN,
        gate="min-crash-free-users",
        outcome=UNSURE,
    ),
    Situation(
        name="as many issues as allowed",
        limits=ISSUES,
        now=GOOD,
        verdict=HEALTHY,
        gate="max-new-issues",
    ),
    Situation(
        name="one issue too many",
        limits=Thresholds(max_new_issues=1),
        now=GOOD,
        verdict=UNHEALTHY,
        gate="max-new-issues",
        outcome=FAILED,
    ),
    Situation(
        name="a number of issues that Sentry does not report",
        limits=ISSUES,
        now=SessionStats(release="x", sessions=500, crash_free_sessions=1),
        verdict=UNKNOWN,
        gate="max-new-issues",
        outcome=UNSURE,
    ),
    Situation(name="all gates, all kept", limits=ALL, now=GOOD, before=GOOD, verdict=HEALTHY),
    Situation(
        name="all gates, one not kept",
        limits=ALL,
        now=replace(GOOD, crash_free_users=0.5),
        before=GOOD,
        verdict=UNHEALTHY,
        gate="min-crash-free-users",
        outcome=FAILED,
    ),
    Situation(
        name="all gates, for the first release ever",
        limits=ALL,
        now=GOOD,
        verdict=HEALTHY,
        gate="max-drop",
        outcome=SKIPPED,
    ),
    Situation(
        name="one gate fails and another is unknown",
        limits=replace(SESSIONS, max_new_issues=1),
        now=replace(BAD, new_issues=None),
        verdict=UNHEALTHY,
        gate="max-new-issues",
        outcome=UNSURE,
    ),
]
OF_SENTRY = [
    Situation(
        name="a threshold of Sentry's is crossed",
        limits=Thresholds(),
        now=GOOD,
        thresholds=(threshold(healthy=False),),
        verdict=UNHEALTHY,
        gate="Sentry: crash_free_session_rate of shop",
        outcome=FAILED,
    ),
    Situation(
        name="a threshold of Sentry's is kept",
        limits=Thresholds(),
        now=GOOD,
        thresholds=(threshold(healthy=True, value=99.5),),
        verdict=HEALTHY,
        gate="Sentry: crash_free_session_rate of shop",
    ),
    Situation(
        name="a threshold that Sentry could not measure",
        limits=SESSIONS,
        now=GOOD,
        thresholds=(threshold(healthy=None, value=None),),
        verdict=HEALTHY,
        gate="Sentry: crash_free_session_rate of shop",
        outcome=SKIPPED,
    ),
    Situation(
        name="a threshold with a value that Sentry has not evaluated",
        limits=SESSIONS,
        now=GOOD,
        thresholds=(threshold(healthy=None, value=97.0),),
        verdict=HEALTHY,
        gate="Sentry: crash_free_session_rate of shop",
        outcome=SKIPPED,
    ),
    Situation(
        name="a threshold that is called crossed without a value",
        limits=SESSIONS,
        now=GOOD,
        thresholds=(threshold(healthy=False, value=None),),
        verdict=HEALTHY,
        gate="Sentry: crash_free_session_rate of shop",
        outcome=SKIPPED,
    ),
    Situation(
        name="a threshold is crossed although our own gates are kept",
        limits=ALL,
        now=GOOD,
        before=GOOD,
        thresholds=(threshold(healthy=True, value=99.5), threshold(healthy=False)),
        verdict=UNHEALTHY,
    ),
    Situation(
        name="a threshold is kept, and there are too few sessions",
        limits=at_least(100),
        now=THREE,
        thresholds=(threshold(healthy=True, value=100),),
        verdict=UNKNOWN,
        outcome=UNSURE,
    ),
]
DROPS = [
    drop("three sessions against many", PERFECT, THREE, 0, UNSURE),
    drop("many against three sessions", counts(3, 0), BAD, 0, SKIPPED),
    drop("three against three", counts(3, 0), THREE, 0, UNSURE),
    drop("one session fewer than are compared", PERFECT, counts(49, 49), 0, UNSURE),
    drop("just enough to compare, all crashed", PERFECT, counts(50, 50), 1, FAILED),
    drop("just enough before, all crashed now", counts(50, 0), BROKEN, 1, FAILED),
    drop("one crash of fifty is no drop yet", PERFECT, counts(50, 1), 0, PASSED),
    drop("no release before", None, BAD, 0, SKIPPED),
    drop("a previous release without sessions", NONE, BAD, 0, SKIPPED),
    drop(
        "a previous rate that is not reported",
        SessionStats(release="x", sessions=99),
        GOOD,
        0,
        UNSURE,
    ),
    drop("the same rates", GOOD, GOOD, 0, PASSED),
    drop("a better rate", BAD, GOOD, 0, PASSED),
    drop("perfect both times", PERFECT, PERFECT, 0, PASSED),
    drop("broken both times", BROKEN, BROKEN, 0, PASSED),
    drop("from perfect to broken", PERFECT, BROKEN, 99, FAILED),
    drop("from perfect to broken, and that is allowed", PERFECT, BROKEN, 100, PASSED),
    drop("from broken to perfect", BROKEN, PERFECT, 0, PASSED),
    drop("far more crashes", GOOD, BAD, 1, FAILED),
    drop("far more crashes than few, of few sessions", counts(60, 0), counts(60, 9), 1, FAILED),
    drop("a drop that chance may have made", counts(200, 1), counts(200, 5), 1, PASSED),
    drop("the same drop with more sessions", counts(20_000, 100), counts(20_000, 500), 1, FAILED),
    drop("a certain drop that is allowed", counts(20_000, 100), counts(20_000, 500), 3, PASSED),
    drop("a drop of exactly what is allowed", counts(10_000, 100), counts(10_000, 200), 1, PASSED),
    drop("a drop a little larger than allowed", counts(9_000, 90), counts(9_000, 190), 1, PASSED),
    drop("a tiny drop among millions", LARGE, counts(10_000_000, 31_000), 0, FAILED),
    drop("a tiny drop among thousands", counts(10_000, 30), counts(10_000, 31), 0, PASSED),
    drop("many before, few now", LARGE, counts(100, 8), 1, FAILED),
    drop("many before, few now, one crash", LARGE, counts(100, 1), 0, PASSED),
]
TABLE = [*RATES, *FEW, *OTHERS, *OF_SENTRY, *DROPS]


def outcome_of(found: HealthResult, name: str) -> GateOutcome:
    return next(gate.outcome for gate in reversed(found.gates) if gate.name == name)


@pytest.mark.parametrize("one", TABLE, ids=lambda one: one.name)
def test_the_gate_says_what_its_user_means(one: Situation) -> None:
    found = evaluate_gates(one.limits, one.health)

    assert (found.verdict, outcome_of(found, one.gate)) == (one.verdict, one.outcome)
    assert all(gate.reason for gate in found.gates)


def test_a_drop_that_is_too_large_reads_as_one() -> None:
    before, now = counts(100_000, 500), counts(100_000, 2000)
    certain = 100 * compute_min_increase(crashes(before), crashes(now))
    cut = math.floor(1000 * certain) / 1000

    def output(max_count: float) -> str:
        found = drop("", before, now, max_count, FAILED)
        (gate,) = evaluate_gates(found.limits, found.health).failed
        return gate.reason.partition(": ")[2]

    assert output(0.5) == f"at least {cut} points lower with 99% confidence (maximum 0.5)"
    assert output(cut) == f"more than {cut} points lower with 99% confidence (maximum {cut})"


def test_no_limit_and_no_figure_is_rounded_up_to_all_of_them() -> None:
    limits = Thresholds(min_crash_free_sessions=99.99999)
    nearly = replace(threshold(healthy=False, value=99.99996), limit=99.99999)
    health = replace(drop("", None, LARGE, 1, SKIPPED).health, thresholds=(nearly,))

    reasons = [gate.reason for gate in evaluate_gates(limits, health).failed]

    assert reasons == [
        "99.7 % (minimum 99.99999 %)",
        "99.99996 (minimum 99.99999)",
    ]


def test_the_table_has_at_least_forty_situations_and_each_verdict() -> None:
    assert len(TABLE) >= 40
    assert {one.verdict for one in TABLE} == set(Verdict)
    assert {one.outcome for one in DROPS} == set(GateOutcome)


def exact(count: int, of: int) -> tuple[float, float]:
    """The limits of a share by Clopper and Pearson, from scipy's quantiles of the beta distribution."""
    from scipy.special import betaincinv  # type: ignore[import-untyped] # not scipy.stats: slow

    low = betaincinv(count, of - count + 1, 1 - CONFIDENCE) if count else 0
    high = betaincinv(count + 1, of - count, CONFIDENCE) if count < of else 1
    return float(low), float(high)


def rise_by_scipy(before: tuple[int, int], now: tuple[int, int]) -> float:
    """The same limit, from scipy's exact intervals for one proportion."""
    was, is_ = before[0] / before[1], now[0] / now[1]
    above, below = exact(*before)[1] - was, is_ - exact(*now)[0]
    return float(is_ - was - math.sqrt(above**2 + below**2))


def crashes(stats: SessionStats) -> tuple[int, int]:
    assert stats.crash_free_sessions is not None
    return round(stats.sessions * (1 - stats.crash_free_sessions)), stats.sessions


COMPARED = [one for one in DROPS if one.outcome in {PASSED, FAILED} and one.before is not None]


@pytest.mark.parametrize("one", COMPARED, ids=lambda one: one.name)
def test_scipy_decides_every_drop_the_same(one: Situation) -> None:
    assert one.before is not None
    assert one.limits.max_drop is not None

    certain = 100 * rise_by_scipy(crashes(one.before), crashes(one.now))

    assert 100 * compute_min_increase(crashes(one.before), crashes(one.now)) == pytest.approx(
        certain, abs=1e-7
    )
    assert (certain > one.limits.max_drop) == (one.outcome is FAILED)


shares = st.integers(1, 10**7).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of)))


@tried
@given(share=shares)
def test_the_limits_of_one_share_are_those_of_scipy(share: tuple[int, int]) -> None:
    low, high = exact(*share)

    assert compute_lower_bound(*share) == pytest.approx(low, abs=1e-9)
    assert compute_upper_bound(*share) == pytest.approx(high, abs=1e-9)


@pytest.mark.parametrize(("rate", "count"), [(1.5, 0), (1, 0), (0.75, 5), (0, 20), (-1, 20)])
def test_a_rate_outside_of_its_range_affects_none_or_all_sessions(rate: float, count: int) -> None:
    assert count_affected(rate, 20) == count


def test_a_single_session_says_hardly_anything() -> None:
    assert compute_lower_bound(1, 1) == pytest.approx(1 - CONFIDENCE)
    assert compute_upper_bound(0, 1) == pytest.approx(CONFIDENCE)


def test_counts_far_beyond_those_of_any_app_have_limits_as_well() -> None:
    many = 10**17

    assert compute_upper_bound(many - 1, many) == 1
    assert 0 < compute_lower_bound(1, many) < 1e-16


@tried
@given(before=shares, now=shares)
def test_any_counts_can_be_compared_and_the_certain_rise_is_less_than_the_seen_one(
    before: tuple[int, int], now: tuple[int, int]
) -> None:
    observed = now[0] / now[1] - before[0] / before[1]

    assert -2 <= compute_min_increase(before, now) <= observed + 1e-12


def likely(of: int, random: float) -> list[tuple[int, float]]:
    """How many of so many may crash, each with its probability, if that is worth a word."""
    each = (math.comb(of, k) * random**k * (1 - random) ** (of - k) for k in range(of + 1))
    return [(k, p) for k, p in enumerate(each) if p > 1e-6]


min_count, most_of = cache(compute_lower_bound), cache(compute_upper_bound)


@pytest.mark.parametrize("share", [0.0, 0.001, 0.01, 0.2])
@pytest.mark.parametrize(("of_before", "of_now"), [(50, 50), (50, 150), (300, 50)])
@pytest.mark.parametrize("allowed", [0.0, 0.01, 0.05])
def test_a_release_that_is_no_worse_than_allowed_fails_in_one_of_a_hundred_cases_at_most(
    share: float, of_before: int, of_now: int, allowed: float
) -> None:
    likely_before = likely(of_before, share)
    limits = {k: most_of(k, of_before) - k / of_before for k, _ in likely_before}
    false_alarms = 0.0
    for count, random in likely(of_now, share + allowed):
        below = count / of_now - min_count(count, of_now)
        for other, other_probability in likely_before:
            certain = count / of_now - other / of_before - math.hypot(below, limits[other])
            false_alarms += random * other_probability * (certain > allowed)

    assert false_alarms <= 1 - CONFIDENCE + 1e-4


@tried
@given(
    of=st.integers(0, MIN_SESSIONS - 1),
    crashed=st.integers(0, MIN_SESSIONS),
    max_count=st.floats(0, 99, allow_nan=False),
)
def test_fewer_sessions_than_are_compared_decide_nothing(
    of: int, crashed: int, max_count: float
) -> None:
    few = counts(of, min(crashed, of))

    for before, now in ((PERFECT, few), (few, BROKEN)):
        one = drop("few", before, now, max_count, UNSURE)
        assert outcome_of(evaluate_gates(one.limits, one.health), "max-drop") in {UNSURE, SKIPPED}


stats = st.builds(
    SessionStats,
    release=st.just("x"),
    sessions=st.integers(0, 10**9),
    users=st.none() | st.integers(0, 10**9),
    crash_free_sessions=st.none() | st.floats(0, 1),
    crash_free_users=st.none() | st.floats(0, 1),
    unhandled_free_sessions=st.none() | st.floats(0, 1),
    new_issues=st.none() | st.integers(0, 10**6),
)
percents = st.none() | st.floats(0, 100)


@tried
@given(
    now=stats,
    before=st.none() | stats,
    limits=st.builds(
        Thresholds,
        min_crash_free_sessions=percents,
        min_crash_free_users=percents,
        min_unhandled_free_sessions=percents,
        min_sessions=st.integers(1, 10**6),
        max_new_issues=st.none() | st.integers(0, 10),
        max_drop=percents,
    ),
)
def test_whatever_sentry_reports_there_is_a_verdict_and_too_few_sessions_are_never_healthy(
    now: SessionStats, before: SessionStats | None, limits: Thresholds
) -> None:
    one = Situation(name="any", limits=limits, now=now, before=before, verdict=UNKNOWN)

    found = evaluate_gates(limits, one.health)

    if now.sessions < limits.min_sessions:
        assert found.verdict is not HEALTHY
    assert (found.verdict is UNHEALTHY) == bool(found.failed)


def test_missing_sessions_are_reported_with_possible_causes() -> None:
    health = Situation(name="none", limits=SESSIONS, now=NONE, verdict=UNKNOWN).health
    silent = "the release has sent no session yet, or it sends them under another name"

    def reason(observed: ReleaseHealth) -> str:
        return evaluate_gates(SESSIONS, observed).gates[0].reason

    assert (
        reason(replace(health, is_complete=False))
        == "environment 'production' does not exist in Sentry"
    )
    assert reason(replace(health, all_releases=0)) == (
        "no release has sent a session in environment 'production': check that the app sends "
        "sessions, and that it reports this environment"
    )
    assert reason(replace(health, all_releases=0, environment=None)) == (
        "no release has sent a session: check that the app sends sessions"
    )
    assert reason(replace(health, all_releases=7)) == f"{silent} or environment"
    assert reason(replace(health, environment=None)) == silent
    assert reason(health) == f"{silent} or environment"


def test_only_missing_sessions_are_worth_waiting_for() -> None:
    few = replace(THREE, crash_free_users=None)
    limits = replace(ALL, min_unhandled_free_sessions=99)
    health = Situation(
        name="few",
        limits=limits,
        now=few,
        before=GOOD,
        verdict=UNKNOWN,
        thresholds=(threshold(healthy=True, value=100),),
    ).health
    found = evaluate_gates(limits, replace(health, source=StatsSource.CRASHES))

    assert {gate.name: gate.can_wait for gate in found.gates} == {
        "min-sessions": True,
        "min-crash-free-sessions": True,
        "min-crash-free-users": True,
        "min-unhandled-free-sessions": False,  # an older server never reports them
        "max-new-issues": False,
        "max-drop": True,
        "Sentry: crash_free_session_rate of shop": False,
    }


def test_a_rate_that_sentry_does_not_return_is_not_worth_waiting_for() -> None:
    found = evaluate_gates(
        SESSIONS,
        Situation(
            name="", limits=SESSIONS, now=replace(GOOD, crash_free_sessions=None), verdict=UNKNOWN
        ).health,
    )

    assert [gate.can_wait for gate in found.gates] == [False, False]
    compared = (
        evaluate_drop(GOOD, GOOD),
        evaluate_drop(GOOD, replace(GOOD, crash_free_sessions=None)),
    )
    assert [gate.can_wait for found in compared for gate in found.gates] == [False] * 4


def evaluate_drop(now: SessionStats, before: SessionStats) -> HealthResult:
    one = drop("", before, now, 1, FAILED)
    return evaluate_gates(one.limits, one.health)


def unhandled(crashed: int, others: int, of: int = 1000) -> SessionStats:
    """Counts with sessions that ended with an unhandled error, which did not crash."""
    return replace(counts(of, crashed), unhandled_free_sessions=1 - others / of)


@pytest.mark.parametrize(
    ("before", "now", "outcomes"),
    [
        pytest.param(unhandled(5, 0), unhandled(5, 0), [PASSED], id="no unhandled error at all"),
        pytest.param(unhandled(5, 0), unhandled(5, 1), [PASSED, PASSED], id="a single one now"),
        pytest.param(unhandled(5, 1), unhandled(5, 0), [PASSED, PASSED], id="a single one before"),
        pytest.param(unhandled(5, 0), unhandled(5, 90), [PASSED, FAILED], id="many now"),
        pytest.param(
            unhandled(90, 0), unhandled(0, 90), [PASSED, PASSED], id="crashes became such"
        ),
        pytest.param(unhandled(5, 0), unhandled(90, 90), [FAILED, FAILED], id="both are worse"),
        pytest.param(counts(1000, 5), unhandled(5, 90), [PASSED], id="not reported before"),
        pytest.param(unhandled(5, 90), counts(1000, 5), [PASSED], id="not reported now"),
        pytest.param(unhandled(0, 0, 9), unhandled(5, 90), [SKIPPED], id="hardly any before"),
    ],
)
def test_crashes_and_unhandled_errors_are_compared_as_well_if_there_are_any(
    before: SessionStats, now: SessionStats, outcomes: list[GateOutcome]
) -> None:
    gates = evaluate_drop(now, before).gates[1:]

    names = ["max-drop", "max-drop (crashes and unhandled errors)"]
    assert [(gate.name, gate.outcome) for gate in gates] == list(zip(names, outcomes, strict=False))
    assert {gate.word for gate in gates} == {"max-drop"}


def test_rates_that_contradict_each_other_are_never_shown_as_less_than_nothing() -> None:
    impossible = replace(counts(1000, 800), unhandled_free_sessions=0.3)

    for before, now in ((GOOD, impossible), (impossible, impossible)):
        other = replace(before, unhandled_free_sessions=before.unhandled_free_sessions or 1.0)
        reasons = [gate.reason for gate in evaluate_drop(now, other).gates[1:]]
        assert "0 % now" in reasons[1]
        assert "-" not in "".join(reasons)


def test_unhandled_errors_count_as_evaluated_only_with_a_result_of_their_gate() -> None:
    limits = Thresholds(min_unhandled_free_sessions=99, min_crash_free_sessions=99)

    def is_evaluated(limits: Thresholds, now: SessionStats) -> bool:
        health = Situation(name="", limits=limits, now=now, verdict=UNKNOWN).health
        return evaluate_gates(limits, health).evaluates_unhandled

    assert is_evaluated(limits, unhandled(5, 5))
    assert is_evaluated(limits, unhandled(5, 90))
    assert not is_evaluated(limits, GOOD)
    assert not is_evaluated(SESSIONS, unhandled(5, 90))
    assert evaluate_drop(unhandled(5, 1), unhandled(5, 0)).evaluates_unhandled
    assert not evaluate_drop(GOOD, GOOD).evaluates_unhandled
