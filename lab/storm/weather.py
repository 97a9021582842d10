"""Carry out the weather of a stage: a clock, the faults of requests and connections, a cancellation."""

import ctypes
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from random import Random
from threading import RLock, Thread, get_ident
from unittest.mock import patch

from fake_sentry.faults import Closed, Fault, Slow, path_pattern
from fake_sentry.traps import Manner, Names
from fake_sentry.wire import Query
from fault_kinds import KINDS, Ports
from job import START, Time
from sentry_release.clock import Clock
from storm.schedule import Trouble, Weather

_STARTING = RLock()


@contextmanager
def separate_cancellations() -> Iterator[None]:
    """
    Let no cancellation happen while a thread starts.

    Until a new thread runs, Python knows it by the id of the thread that starts it, so an exception
    for that one may end the new one instead, whose start is then awaited for ever.
    Source: https://github.com/python/cpython/blob/3.11/Python/pystate.c, init_threadstate
    """
    start = Thread.start

    def start_alone(thread: Thread) -> None:
        with _STARTING:
            start(thread)

    with patch.object(Thread, "start", start_alone):
        yield


@dataclass(slots=True, kw_only=True)
class SimulatedTime(Time):
    """A clock for several threads, whose wall clock can be set while its seconds go on."""

    chance: Random
    set_by_s: float = 0.0
    lock: RLock = field(default_factory=RLock)

    def clock(self) -> Clock:
        """Return the clock for the program."""
        return Clock(
            now=lambda: START + timedelta(seconds=self.passed_s + self.set_by_s),
            monotonic=lambda: self.passed_s,
            sleep=self.pass_,
            random=self.chance.random,
            start_timer=self.timer,
        )

    def timer(self, seconds: float, fire: Callable[[], object]) -> Callable[[], object]:
        """Set an alarm."""
        with self.lock:
            return Time.timer(self, seconds, fire)

    def ring(self, seconds: float) -> None:
        """Let time pass up to the next alarm, and ring it."""
        with self.lock:
            Time.ring(self, seconds)

    def pass_(self, seconds: float) -> None:
        """Let time pass."""
        with self.lock:
            Time.pass_(self, seconds)


@dataclass(slots=True, kw_only=True)
class _Count:
    """How many requests a trouble has seen."""

    trouble: Trouble
    seen: int = 0

    def strikes(self) -> bool:
        """Count one matching request; return whether it meets the fault."""
        self.seen += 1
        past = self.seen - self.trouble.skip
        return past > 0 and (self.trouble.times is None or past <= self.trouble.times)


@dataclass(slots=True, kw_only=True)
class StageWeather:
    """The weather of a stage that runs now; `thread` is that of the program."""

    weather: Weather
    time: SimulatedTime
    ports: Ports
    thread: int = field(default_factory=get_ident)
    requests: int = 0
    is_cancelled: bool = False
    struck: list[str] = field(default_factory=list)
    _has_ended: bool = False
    _counts: list[_Count] = field(init=False)
    _lock: RLock = field(default_factory=RLock)

    def __post_init__(self) -> None:
        self._counts = [_Count(trouble=one) for one in self.weather.troubles]
        if self.weather.jump_at == 0:
            self.time.set_by_s += self.weather.jump_s
        if self.weather.cancelled_after_s is not None:
            self.time.after(self.weather.cancelled_after_s, self._cancel_if_running)

    def fault_for(self, query: Query) -> tuple[Fault | None, bool]:
        """Return what happens to a request, and whether it takes effect."""
        with self._lock:
            if self.is_cancelled or self._has_ended:  # the stage has left this request behind
                return Closed(), False
            self.requests += 1
            if self.requests == self.weather.jump_at:
                self.time.set_by_s += self.weather.jump_s
            if self.requests == self.weather.cancelled_at:
                self._cancel()
                return Closed(), self.weather.applied
            kinds = [KINDS[one.kind] for one in self._troubles_of(query)]
        for kind in kinds[:1]:
            assert kind.fault
            self.struck.append(f"{query.method} {query.target}: {kind.name}")
            fault = kind.fault(self.time)
            return fault, kind.applied or isinstance(fault, Slow)
        return None, True

    def connect(self, names: Names, host: str) -> Manner | None:
        """Return how a connection fails; None if it does not."""
        with self._lock:
            if self.is_cancelled:
                return partial(getattr, self.ports, "closed")
            counts = [one for one in self._counts if one.trouble.host == host]
            struck = [one.trouble for one in counts if one.strikes()]
        if not struck:
            return None
        self.struck.append(f"connecting to {host}: {struck[0].kind}")
        manner = KINDS[struck[0].kind].manner
        assert manner
        return manner(names, self.ports, self.time)

    def _troubles_of(self, query: Query) -> list[Trouble]:
        path = query.target.partition("?")[0]
        return [
            one.trouble
            for one in self._counts
            if not one.trouble.host
            and one.trouble.method in {"*", query.method}
            and path_pattern(one.trouble.path).fullmatch(path)
            and one.strikes()
        ]

    def end(self) -> None:
        """Note that the stage has ended, so that nothing interrupts its thread any more."""
        with self._lock:
            self._has_ended = True

    def _cancel_if_running(self) -> None:
        with self._lock:
            if not (self._has_ended or self.is_cancelled):
                self._cancel()

    def _cancel(self) -> None:
        """Interrupt the program, as SIGINT does, as soon as it no longer waits for the answer."""
        self.is_cancelled = True
        with _STARTING:
            ctypes.pythonapi.PyThreadState_SetAsyncExc(
                ctypes.c_ulong(self.thread), ctypes.py_object(KeyboardInterrupt)
            )
