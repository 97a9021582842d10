"""The door to time and chance, as they pass and fall for everybody."""

import time
from collections.abc import Callable
from datetime import UTC, datetime

from sentry_release.clock import Clock


def create_system_clock() -> Clock:
    """The clock of the machine; its alarms ring on threads that keep no process alive."""
    return Clock(
        now=lambda: datetime.now(UTC),
        monotonic=time.monotonic,
        sleep=time.sleep,
        random=_draw_random,
        start_timer=_start_timer,
    )


def _draw_random() -> float:
    from random import random  # noqa: PLC0415 - only who asks again needs it

    return random()  # noqa: S311 - it spreads retries, it guards nothing


def _start_timer(seconds: float, fire: Callable[[], object]) -> Callable[[], object]:
    from threading import Timer  # noqa: PLC0415 - only who asks Sentry needs it

    timer = Timer(seconds, fire)
    timer.daemon = True
    timer.start()
    return timer.cancel
