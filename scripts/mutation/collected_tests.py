"""
Run collected tests with mutated functions, each time in a process that is forked from this one.

Takes paths of tests as arguments, imports and collects them once, and prints a line of JSON with
their names. Then it reads lines of JSON on stdin (`path`, `code`, `tests`, `limit_s`), and answers
each with a line: the name of the first test that fails, "" if all pass, null if the time was up.
In the child, the functions of the module get the bytecode of the mutated ones. What runs while
modules are imported is not repeated: `test_server` does that.
"""

import gc
import json
import os
import sys
from collections.abc import Iterator, Sequence
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryFile
from types import CodeType, FunctionType
from typing import IO, Any

import pytest

from mutation.test_server import OPTIONS, end_child

SOURCE = str(Path("src").resolve())
Functions = dict[str, list[FunctionType]]  # by path of the module


class Server:
    """A pytest plugin that serves tasks where pytest would run all tests."""

    def __init__(self, tasks: IO[str], answers: IO[str]) -> None:
        self._tasks, self._answers = tasks, answers
        self._failed: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note a failed test."""
        if report.failed:
            self._failed.append(report.nodeid)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Serve until the tasks end."""
        items = {item.nodeid: item for item in session.items}
        self._reply(list(items))
        functions = _find_functions()
        for line in self._tasks:
            task = json.loads(line)
            chosen = [items[name] for name in task["tests"] if name in items]
            self._reply(self._run(functions, task, chosen))
        return True

    def _reply(self, answer: object) -> None:
        print(json.dumps(answer), file=self._answers, flush=True)

    def _run(
        self, functions: Functions, task: dict[str, Any], chosen: Sequence[pytest.Item]
    ) -> str | None:
        with TemporaryFile("w+") as answer:
            arguments = (functions, task, chosen, answer)
            child = get_context("fork").Process(target=self._play, args=arguments)
            child.start()
            child.join(task["limit_s"])
            if child.is_alive():
                end_child(child)
                return None
            answer.seek(0)
            return answer.read().removesuffix("\n") if child.exitcode == 0 else "no result"

    def _play(
        self,
        functions: Functions,
        task: dict[str, Any],
        chosen: Sequence[pytest.Item],
        answer: IO[str],
    ) -> None:
        """Run the tests in a process group of its own, and write the name of the failed one."""
        os.setsid()
        _replace_code(functions.get(task["path"], []), task["path"], task["code"])
        for item, following in zip(chosen, [*chosen[1:], None], strict=True):
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            if self._failed:
                break
        print(*self._failed[:1], file=answer, flush=True)


def _find_functions() -> Functions:
    """Return the functions of the program; those that are frozen are not listed otherwise."""
    gc.unfreeze()
    found: Functions = {}
    for one in gc.get_objects():
        if isinstance(one, FunctionType) and one.__code__.co_filename.startswith(SOURCE):
            found.setdefault(one.__code__.co_filename, []).append(one)
    gc.freeze()
    return found


def _replace_code(functions: Sequence[FunctionType], path: str, text: str) -> None:
    """
    Give the functions of a module the bytecode that they have in this text.

    Lambdas of the same line keep theirs, as nothing tells them apart.
    """
    mutated: dict[tuple[str, int], list[CodeType]] = {}
    for one in _list_code(compile(text, path, "exec", dont_inherit=True)):
        mutated.setdefault((one.co_qualname, one.co_firstlineno), []).append(one)
    for function in functions:
        code = function.__code__
        found = mutated.get((code.co_qualname, code.co_firstlineno), [])
        if len(found) == 1:
            function.__code__ = found[0]


def _list_code(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _list_code(constant)


def main() -> None:
    """Collect the tests that the arguments name, and serve until stdin ends."""
    tasks, answers = os.fdopen(os.dup(0)), os.fdopen(os.dup(1), "w")
    null = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(null, stream)
    sys.dont_write_bytecode = True
    pytest.main([*OPTIONS, *sys.argv[1:]], plugins=[Server(tasks, answers)])


if __name__ == "__main__":
    main()
