"""The real clock, with timers and randomness."""

import time
from collections.abc import Callable
from datetime import UTC, datetime

from sentry_release.clock import Clock


def create_system_clock() -> Clock:
    """Return the clock of the system; its timers run on daemon threads."""
    return Clock(
        now=lambda: datetime.now(UTC),
        monotonic=time.monotonic,
        sleep=time.sleep,
        random=_draw_random,
        start_timer=_start_timer,
    )


def _draw_random() -> float:
    from random import random

    return random()  # noqa: S311 - it spreads retries, and protects nothing


def _start_timer(seconds: float, fire: Callable[[], object]) -> Callable[[], object]:
    from threading import Timer

    timer = Timer(seconds, fire)
    timer.daemon = True
    timer.start()
    return timer.cancel
