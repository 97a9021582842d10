"""
Run tests of a mutated module, each time in a process that is forked from this one.

Reads lines of JSON on stdin (`path`, `code`, `tests`, `limit_s`), and answers each with a line:
the name of the first test that fails, "" if all pass, null if the time was up. The libraries are imported only once, the program in each child.
"""

import importlib
import json
import os
import signal
import sys
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

import pytest

_LIBRARIES = (
    *("hypothesis", "hypothesis.strategies", "yaml", "jinja2", "urllib3", "semver", "dotenv"),
    *("xml.etree.ElementTree", "http.server", "ssl", "trustme", "markdown_it", "scipy.stats"),
)
OPTIONS = (
    "-q",
    "-W",
    "ignore::pytest.PytestAssertRewriteWarning",
    "-p",
    "no:cacheprovider",
    "-p",
    "no:xdist",
    "--basetemp=../tests",
)


def main() -> None:
    """Serve until stdin ends."""
    answers = os.fdopen(os.dup(1), "w")
    null = os.open(os.devnull, os.O_RDWR)
    for stream in (1, 2):
        os.dup2(null, stream)
    for name in _LIBRARIES:
        with suppress(ImportError):  # only to save time
            importlib.import_module(name)
    sys.dont_write_bytecode = True
    for line in sys.stdin:
        task = json.loads(line)
        print(json.dumps(_try(**task)), file=answers, flush=True)


def _try(*, path: str, code: str, tests: list[str], limit_s: float) -> str | None:
    """Write the code, run the tests, and restore the module with its time."""
    place, status = Path(path), Path(path).stat()
    original = place.read_text()
    place.write_text(code)
    try:
        return _run(tests, limit_s)
    finally:
        place.write_text(original)
        os.utime(place, ns=(status.st_atime_ns, status.st_mtime_ns))


class _Failures:
    """A pytest plugin that collects the tests that have failed."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.names.append(report.nodeid)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.names.append(report.nodeid)


def _play(arguments: list[str], answer: IO[str]) -> None:
    """Run pytest in a process group of its own, and write the names of the failed tests."""
    os.setsid()
    failures = _Failures()
    code = pytest.main(arguments, plugins=[failures])
    print(*failures.names[:1] or ([f"exit code {code}"] if code else []), file=answer, flush=True)


def _run(tests: list[str], limit_s: float) -> str | None:
    arguments = [*OPTIONS, "-x", *tests]
    with TemporaryFile("w+") as answer:
        child = get_context("fork").Process(target=_play, args=(arguments, answer))
        child.start()
        child.join(limit_s)
        if child.is_alive():
            end_child(child)
            return None
        answer.seek(0)
        return answer.read().removesuffix("\n") if child.exitcode == 0 else "no result"


def end_child(child: BaseProcess) -> None:
    """End a child and the processes of its group."""
    if child.pid is not None:
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
    child.kill()
    child.join()


if __name__ == "__main__":
    main()
