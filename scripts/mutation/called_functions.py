"""A pytest plugin that records which functions of the source each passing test calls."""

import json
import os
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, FrameType

import pytest

SOURCE = Path(os.environ["MUTATION_SOURCE"])
_called: set[CodeType] = set()
_tests: dict[str, dict[str, object]] = {}
_passed: set[str] = set()


def _note_call(frame: FrameType, event: str, _argument: object) -> None:
    if event == "call":
        _called.add(frame.f_code)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[object]:
    """Record the calls of a test, with those of its fixtures and threads."""
    _called.clear()
    start = time.monotonic()
    threading.setprofile(_note_call)
    sys.setprofile(_note_call)
    try:
        return (yield)
    finally:
        sys.setprofile(None)
        threading.setprofile(None)  # type: ignore[arg-type]  # None removes it
        prefix = f"{SOURCE}/"
        functions = sorted(
            f"{code.co_filename.removeprefix(prefix)}:{code.co_firstlineno}"
            for code in set(_called)
            if code.co_filename.startswith(prefix)
        )
        _tests[item.nodeid] = {"seconds": time.monotonic() - start, "functions": functions}


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Note that a test has passed; others can notice nothing."""
    if report.when == "call" and report.passed:
        _passed.add(report.nodeid)


def pytest_sessionfinish() -> None:
    """Write what was recorded."""
    found = {name: values for name, values in _tests.items() if name in _passed}
    Path(os.environ["MUTATION_CALLS"]).write_text(json.dumps(found))
