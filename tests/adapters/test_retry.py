"""Claims about how long Sentry is waited for."""

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from job import Time
from properties import tried
from sentry_release.adapters.sentry.retry import RetryBudget
from sentry_release.clock import Clock

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def timeout(*, random: float = 0.5, passed_s: float = 0.0) -> RetryBudget:
    """A patience of 60 s, so many of which have passed."""
    clock = Clock(
        now=lambda: NOON,
        monotonic=lambda: 100.0 + passed_s,
        sleep=print,
        random=lambda: random,
        start_timer=Time().timer,
    )
    return RetryBudget(clock=clock, started=100.0)


@pytest.mark.parametrize(
    ("tries", "min_count", "max_count"),
    [
        pytest.param(1, 0.25, 0.5, id="the first wait is short"),
        pytest.param(2, 0.5, 1.0, id="the second is twice as long"),
        pytest.param(4, 2.0, 4.0, id="so it goes on"),
        pytest.param(5, 4.0, 8.0, id="until it is long enough"),
        pytest.param(50, 4.0, 8.0, id="it never grows without end"),
    ],
)
def test_waits_double_and_half_of_each_is_chance(
    tries: int, min_count: float, max_count: float
) -> None:
    assert timeout(random=0.0).compute_delay_s(tries, {}) == pytest.approx(min_count)
    assert timeout(random=1.0).compute_delay_s(tries, {}) == pytest.approx(max_count)


@pytest.mark.parametrize(
    ("headers", "requested_s"),
    [
        pytest.param({"Retry-After": "3"}, 3.0, id="in seconds"),
        pytest.param({"Retry-After": "0.5"}, 0.5, id="in parts of a second"),
        pytest.param(
            {"X-Sentry-Rate-Limit-Reset": str(int(NOON.timestamp()) + 4)}, 4.1, id="by the clock"
        ),
        pytest.param({"Retry-After": "0.01"}, 0.5, id="in next to no time"),
        pytest.param(
            {"Retry-After": "2", "X-Sentry-Rate-Limit-Reset": str(int(NOON.timestamp()) + 30)},
            2.0,
            id="in both ways, of which seconds are the plainer",
        ),
    ],
)
def test_what_the_server_asks_for_is_honoured(
    headers: Mapping[str, str], requested_s: float
) -> None:
    assert timeout(random=0.0).compute_delay_s(3, headers) == pytest.approx(requested_s)
    assert requested_s < timeout(random=1.0).compute_delay_s(3, headers) < requested_s + 0.3


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"Retry-After": "Sun, 01 Mar 2026 12:00:03 GMT"}, id="a date"),
        pytest.param({"Retry-After": "0"}, id="no time at all"),
        pytest.param({"Retry-After": "-1"}, id="a time that has passed"),
        pytest.param({"Retry-After": "nan"}, id="no number"),
        pytest.param(
            {"X-Sentry-Rate-Limit-Reset": str(int(NOON.timestamp()) - 4)}, id="a moment ago"
        ),
        pytest.param({"X-Sentry-Rate-Limit-Reset": "None"}, id="the word None of Sentry's"),
        pytest.param({"X-Sentry-Rate-Limit-Reset": ""}, id="nothing"),
    ],
)
def test_what_cannot_be_understood_changes_nothing(headers: Mapping[str, str]) -> None:
    assert timeout().compute_delay_s(1, headers) == timeout().compute_delay_s(1, {})


@tried
@given(
    st.integers(1, 100),
    st.dictionaries(
        st.sampled_from(["Retry-After", "X-Sentry-Rate-Limit-Reset"]),
        st.text() | st.floats().map(str) | st.integers().map(str),
    ),
    st.floats(0, 1),
)
def test_no_header_makes_a_wait_that_cannot_be_waited(
    tries: int, headers: Mapping[str, str], random: float
) -> None:
    own = timeout(random=random)

    wait_s = own.compute_delay_s(tries, headers)

    assert wait_s >= 0
    assert not own.can_afford(wait_s) or wait_s < 60


@pytest.mark.parametrize(
    ("passed_s", "wait_s", "duration"),
    [
        pytest.param(0.0, 59.0, True, id="a wait within the minute"),
        pytest.param(0.0, 59.5, False, id="a wait that leaves no time for a request"),
        pytest.param(55.0, 4.0, True, id="a short wait near the end"),
        pytest.param(55.0, 5.0, False, id="a wait up to the end"),
        pytest.param(61.0, 0.0, False, id="no wait at all after the end"),
        pytest.param(0.0, float("inf"), False, id="a wait for ever"),
    ],
)
def test_a_phase_asks_for_a_minute_and_no_longer(
    passed_s: float, wait_s: float, *, duration: bool
) -> None:
    assert timeout(passed_s=passed_s).can_afford(wait_s) is duration
