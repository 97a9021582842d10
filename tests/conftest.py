"""The fixtures of all tests: a Sentry, and a job that uses the action."""

import gc
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from fake_sentry import FakeServers
from job import Job


def pytest_configure() -> None:
    """Hear Ctrl-C again: a script that starts the tests in the background has them ignore it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """
    No test is garbage before all have run, so the collector need not examine them.

    What the tests themselves leave is little: looking for it after every 700 objects, as Python
    does, takes a twentieth of their time.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.set_threshold(50_000, 20, 20)
        gc.enable()
        gc.freeze()


@pytest.fixture
def sentry() -> Iterator[FakeServers]:
    """A Sentry with the organization acme, its project shop, and the repository acme/app."""
    with FakeServers() as fake_server:
        yield fake_server


@pytest.fixture
def job(sentry: FakeServers, tmp_path: Path) -> Job:
    """A job of a push to acme/app that deploys the app shop 1.4.0+27 to production."""
    return Job.recorded("push", sentry=sentry, folder=tmp_path)
