"""What can go wrong with a request: the rows of the fault table."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from fake_sentry import (
    HTML,
    TRUNCATED_JSON,
    Closed,
    CutShort,
    Delay,
    Drip,
    Fault,
    Late,
    Reset,
    Slow,
    Status,
    rate_limited,
    redirect,
)
from fake_sentry.traps import Manner, Names, unknown
from job import Time

ELSEWHERE = "https://elsewhere.example/"
_LONG_S = 30.0  # of real time: no test waits for it


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """Where no server listens, and where a server breaks connections."""

    closed: int
    resetting: int
    hanging_up: int
    unbelievable: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """
    A row: a `fault` of an answer, or a `manner` in which there is no connection at all.

    `applied` is whether the request takes effect; `secure` whether this is about TLS; `overlong`
    whether the server requests a longer wait than any job has; `final` whether another try cannot
    help. `everywhere` are the paths of other requests that it happens to as well.
    """

    name: str
    fault: Callable[[Time], Fault] | None = None
    manner: Callable[[Names, Ports, Time], Manner] | None = None
    applied: bool = False
    secure: bool = False
    overlong: bool = False
    final: bool = False
    everywhere: tuple[str, ...] = ()


def _answer(name: str, fault: Fault, *, applied: bool = False) -> Kind:
    return Kind(name=name, fault=lambda _: fault, applied=applied)


def _both(name: str, fault: Callable[[Time], Fault]) -> tuple[Kind, Kind]:
    return (
        Kind(name=f"{name}, not carried out", fault=fault),
        Kind(name=f"{name}, carried out", fault=fault, applied=True),
    )


def _port(name: str) -> Callable[[Names, Ports, Time], Manner]:
    return lambda _, ports, __: partial(getattr, ports, name)


def _at_reset(time: Time) -> Fault:
    return rate_limited(int(time.clock().now().timestamp()) + 7)


_NO_CONNECTION = (
    Kind(name="connection refused", manner=_port("closed")),
    Kind(name="no such name", manner=lambda *_: unknown),
    Kind(name="the look-up of the name hangs", manner=lambda n, _, time: n.hangs(time.hang)),
    Kind(name="reset before the request was read", manner=_port("resetting")),
    Kind(name="TLS greeting cut off", manner=_port("hanging_up"), secure=True),
    Kind(name="unknown certificate", manner=_port("unbelievable"), secure=True),
)
_NO_ANSWER = (
    *_both("reset", lambda _: Reset()),
    *_both("closed", lambda _: Closed()),
    *_both("cut short", lambda _: CutShort()),
    *_both("no answer", lambda time: Delay(seconds=_LONG_S, begins=time.hang)),
    *_both("an answer whose head drips", lambda time: Drip(part="head", begins=time.hang)),
    *_both("an answer whose body drips", lambda time: Drip(part="body", begins=time.hang)),
    Kind(
        name="reset, carried out 3 s later",
        fault=lambda time: Late(defer=partial(time.after, 3)),
    ),
    Kind(
        name="a body that takes 6 s",
        fault=lambda time: Slow(seconds=0, half=True, begins=partial(time.hang, 6)),
    ),
)
_OTHER_ANSWER = (
    _answer("429", Status(status=429)),
    _answer("429, `Retry-After: 7`", Status(status=429, headers={"Retry-After": "7"})),
    Kind(name="429, Sentry's header: in 7 s", fault=_at_reset),
    Kind(
        name="429, `Retry-After: 3600`",
        fault=lambda _: Status(status=429, headers={"Retry-After": "3600"}),
        overlong=True,
    ),
    _answer("409", Status(status=409, body='{"detail": "being processed"}')),
    *_both("408", lambda _: Status(status=408, body="Request Time-out")),
    *_both("500", lambda _: Status(status=500, body='{"detail": "Internal Error"}')),
    Kind(
        name="500 to every request about a release, carried out",
        fault=lambda _: Status(status=500, body='{"detail": "Internal Error"}'),
        applied=True,
        everywhere=("*/releases/", "*/releases/*/"),
    ),
    *_both("502", lambda _: Status(status=502)),
    _answer("503, `Retry-After: 7`", Status(status=503, headers={"Retry-After": "7"})),
    *_both("504", lambda _: Status(status=504)),
    _answer("200 with HTML", HTML),
    *_both("200 with JSON cut off", lambda _: TRUNCATED_JSON),
    *_both("200 with nothing", lambda _: Status(status=200)),
    *_both("200 with other JSON", lambda _: Status(status=200, body='"fine"')),
    _answer("redirect", redirect(ELSEWHERE)),
    Kind(
        name="407 of a proxy",
        fault=lambda _: Status(status=407, headers={"Proxy-Authenticate": "Basic"}),
        final=True,
    ),
)
KINDS = {kind.name: kind for kind in (*_NO_CONNECTION, *_NO_ANSWER, *_OTHER_ANSWER)}
