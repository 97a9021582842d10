"""Work that only computes ends at its limit, whatever it does."""

import re
import signal
import threading
import time
from contextlib import suppress

import pytest

from sentry_release.adapters.limits import ComputeLimitError, limit_compute_time
from sentry_release.adapters.threads import TimedWork
from sentry_release.services import create_system_clock


def compute_for_ever() -> None:
    """Swallow every exception, as rules that must not stop the others do."""
    while True:
        with suppress(Exception):
            sum(range(1000))


def test_a_loop_that_swallows_exceptions_is_interrupted() -> None:
    began = time.monotonic()

    with pytest.raises(ComputeLimitError), limit_compute_time(0.1, create_system_clock()):
        compute_for_ever()

    assert time.monotonic() - began < 2


def test_a_regular_expression_is_interrupted() -> None:
    with pytest.raises(ComputeLimitError), limit_compute_time(0.1, create_system_clock()):
        re.match(r"(a*)*b", "a" * 40)


def test_an_alarm_in_a_finalizer_is_repeated_and_prints_nothing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    class Slow:
        def __del__(self) -> None:
            end = time.monotonic() + 0.3
            while time.monotonic() < end:
                pass

    def work() -> None:
        Slow()
        compute_for_ever()

    with pytest.raises(ComputeLimitError), limit_compute_time(0.1, create_system_clock()):
        work()

    assert capsys.readouterr().err == ""


def test_work_that_no_alarm_can_interrupt_checks_the_time_itself(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delattr(signal, "setitimer")
    clock = create_system_clock()

    def work() -> None:
        with limit_compute_time(0.1, clock) as check_time:
            while True:
                check_time()

    with pytest.raises(ComputeLimitError):
        work()


def test_no_alarm_remains() -> None:
    before = signal.getsignal(signal.SIGALRM)

    with limit_compute_time(60, create_system_clock()):
        pass

    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)
    assert signal.getsignal(signal.SIGALRM) is before


def test_another_thread_is_left_alone() -> None:
    done: list[bool] = []

    def work() -> None:
        with limit_compute_time(0.01, create_system_clock()):
            time.sleep(0.1)
        done.append(True)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()

    assert done == [True]


def test_what_arrived_while_the_caller_was_busy_is_returned() -> None:
    arrived = threading.Event()

    def busy() -> None:
        time.sleep(0.3)
        arrived.set()

    def work() -> str:
        arrived.wait()
        return "response"

    started = TimedWork(0.1, create_system_clock(), work)
    started.is_busy = True
    busy()

    assert started.get_result() == "response"


def test_what_never_arrives_is_given_up_soon_after() -> None:
    never = threading.Event()
    began = time.monotonic()

    started = TimedWork(0.1, create_system_clock(), never.wait)
    started.is_busy = True
    time.sleep(0.2)
    with pytest.raises(TimeoutError):
        started.get_result()

    assert time.monotonic() - began < 3
