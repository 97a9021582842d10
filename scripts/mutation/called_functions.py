"""
A pytest plugin that records which functions of the source each passing test calls.

A function is `module:qualified.name`. Those that run before the first test, while modules are
imported and parameters are made, are recorded under the name "import".
"""

import json
import os
import sys
import threading
import time
from collections.abc import Iterator
from cProfile import Profile
from pathlib import Path
from types import CodeType

import pytest

SOURCE = Path(os.environ["MUTATION_SOURCE"])
IMPORT = "import"
_profiles: list[Profile] = []
_tests: dict[str, dict[str, object]] = {}
_passed: set[str] = set()


def _start(*_event: object) -> None:
    """Record the calls of this thread from here on."""
    profile = Profile(builtins=False)
    _profiles.append(profile)
    profile.enable()


def _stop() -> list[str]:
    """Return what all threads have called since the start."""
    sys.setprofile(None)
    threading.setprofile(None)  # type: ignore[arg-type]  # None removes it
    found: set[CodeType] = set()
    for profile in _profiles:
        found |= {one.code for one in profile.getstats() if isinstance(one.code, CodeType)}
    _profiles.clear()
    prefix = f"{SOURCE}/"
    return sorted(
        f"{code.co_filename.removeprefix(prefix)}:{code.co_qualname}"
        for code in found
        if code.co_filename.startswith(prefix)
    )


def pytest_collection_finish() -> None:
    """Note what was called until here."""
    _tests[IMPORT] = {"seconds": 0.0, "functions": _stop()}


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[object]:
    """Record the calls of a test, with those of its fixtures and threads."""
    start = time.monotonic()
    threading.setprofile(_start)
    _start()
    try:
        return (yield)
    finally:
        seconds = time.monotonic() - start
        _tests[item.nodeid] = {"seconds": seconds, "functions": _stop()}


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Note that a test has passed; others can notice nothing."""
    if report.when == "call" and report.passed:
        _passed.add(report.nodeid)


def pytest_sessionfinish() -> None:
    """Write what was recorded."""
    found = {name: values for name, values in _tests.items() if name in {*_passed, IMPORT}}
    Path(os.environ["MUTATION_CALLS"]).write_text(json.dumps(found))


_start()
