"""Random schedules of faults: whatever comes together, the server has what users were told."""

from collections.abc import Iterator

import pytest

from fault_kinds import Ports
from storm.__main__ import play_schedule
from storm.finds import FINDS, Find
from storm.schedule import draw_schedule
from storm.servers import open_ports

# Five in each run of the tests, and 45 more with all that is large.
SEEDS = [*range(1, 6), *(pytest.param(seed, marks=pytest.mark.large) for seed in range(6, 51))]


@pytest.fixture(scope="module")
def ports() -> Iterator[Ports]:
    with open_ports() as opened:
        yield opened


@pytest.mark.parametrize("seed", SEEDS)
def test_the_server_has_what_users_were_told(seed: int, ports: Ports) -> None:
    _, problems = play_schedule(draw_schedule(seed), ports)

    assert problems == [], f"make storm SEED={seed}"


@pytest.mark.parametrize("find", FINDS, ids=lambda find: find.seed)
def test_what_a_seed_has_found_stays_fixed(find: Find, ports: Ports) -> None:
    schedule = draw_schedule(find.seed, kinds_since=find.kinds_since)

    _, problems = play_schedule(schedule, ports)

    assert problems == [], find.defect


def test_a_seed_is_always_the_same_schedule() -> None:
    assert draw_schedule(7) == draw_schedule(7)
    assert draw_schedule(7) != draw_schedule(8)


def test_a_schedule_can_be_drawn_without_kinds_of_faults_that_were_added_later() -> None:
    unknown = frozenset({"not yet known"})
    known = frozenset({"redirect"})

    assert all(draw_schedule(n) == draw_schedule(n, kinds_since=unknown) for n in range(20))
    assert any(draw_schedule(n) != draw_schedule(n, kinds_since=known) for n in range(20))
