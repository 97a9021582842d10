"""
Try mutants of the pure packages, and write tests/mutation-testing.md.

`make mutants` tries all, `make mutants SAMPLE=500 SEED=3 PACKAGES="release ci"` a sample.
Results are kept in .mutants, so that a run that was ended by --limit can be continued.
"""

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from mutation.mutants import ROOT, SOURCE, Mutant, list_mutants, read_module
from mutation.results import PAGE, RESULTS, Result, read_results, render_page

PACKAGES = (
    *("release", "health", "ci", "config", "model", "report", "upload", "dart", "flutter"),
    "doctor",
)
TESTS = (
    *("adapters", "ci", "cli", "commands", "config", "flutter", "health", "model", "project"),
    *("release", "report", "upload"),
    *("repository/test_same_name.py", "repository/test_upload_jobs.py"),
)
DOCTOR_TESTS = ("dart", "doctor")  # only for mutants of these packages, as they take longest
_CALLS = ROOT / ".mutants/calls.json"
_CONTROL = 25  # so many mutants from one control to the next
PYTHON = ROOT / ".venv/bin/python"
_FIRST_TESTS, _MOST_TESTS = 40, 500
_SLOWEST_S = 5.0  # a test that takes longer is left out


Server = subprocess.Popen[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tests:
    """
    The tests that call each function (`module:line`), the fastest first, with their seconds.

    If tests are `given`, these are run for every mutant.
    """

    by_function: Mapping[str, Sequence[str]]
    seconds: Mapping[str, float]
    given: tuple[str, ...] = ()

    def without(self, names: Sequence[str]) -> "Tests":
        """Return the same without these tests."""
        left = {
            function: [test for test in tests if test not in names]
            for function, tests in self.by_function.items()
        }
        return replace(self, by_function=left) if names else self

    def choose(self, mutant: Mutant) -> list[str]:
        """Return the tests that may notice a mutant: those of its package first."""
        if self.given:
            return list(self.given)
        own = self.by_function.get(f"{mutant.module}:{mutant.function}")
        if own is None:
            prefix = f"{mutant.module}:"
            found = [
                test
                for function, tests in self.by_function.items()
                if function.startswith(prefix)
                for test in tests
            ]
            own = sorted(dict.fromkeys(found), key=self.seconds.__getitem__)
        folder = f"tests/{mutant.package}/"
        mirrored = [test for test in own if test.startswith(folder)]
        others = [test for test in own if not test.startswith(folder)]
        return [*mirrored, *others][:_MOST_TESTS]


@contextmanager
def copied_repository() -> Iterator[Path]:
    """Yield a copy of the files that git knows, so that the working copy is never changed."""
    listed = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        check=True,
        capture_output=True,
    )
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        for name in filter(None, listed.stdout.decode().split("\0")):
            source, target = ROOT / name, Path(folder) / name
            if source.is_file():
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(source, target)
        yield Path(folder)


def record_calls(folder: Path, packages: Sequence[str]) -> Tests:
    """Run all tests once, and return which functions each of them calls."""
    names = [*TESTS, *(DOCTOR_TESTS if {*DOCTOR_TESTS} & {*packages} else ())]
    environ = {
        **os.environ,
        "PYTHONPATH": str(folder / "scripts"),
        "MUTATION_SOURCE": str(folder / SOURCE),
        "MUTATION_CALLS": str(_CALLS),
    }
    options = ["-q", "-p", "mutation.called_functions", "-p", "no:cacheprovider", "-p", "no:xdist"]
    subprocess.run(
        [str(PYTHON), "-m", "pytest", *options, *(f"tests/{name}" for name in names)],
        cwd=folder,
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        check=False,  # tests that need the repository itself fail in a copy, and are left out
    )
    return read_calls()


def read_calls() -> Tests:
    """Return which functions each test calls, as it was recorded."""
    found: dict[str, dict[str, Any]] = json.loads(_CALLS.read_text())
    seconds = {test: float(values["seconds"]) for test, values in found.items()}
    by_function: dict[str, list[str]] = {}
    for test in sorted(found, key=seconds.__getitem__):
        if seconds[test] < _SLOWEST_S:
            for function in found[test]["functions"]:
                by_function.setdefault(function, []).append(test)
    return Tests(by_function=by_function, seconds=seconds)


def run_all(mutants: Sequence[Mutant], tests: Tests | None, *, end: float) -> None:
    """
    Try every mutant without a result until the time is up.

    Now and then the tests are run without the mutant as a control: they must pass. Without
    `tests`, all are run once to find those of each function.
    """
    known = read_results()
    waiting = [one for one in mutants if one.key() not in known]
    if not waiting:
        return
    RESULTS.parent.mkdir(exist_ok=True)
    with copied_repository() as folder, RESULTS.open("a") as file:
        packages = sorted({one.package for one in mutants})
        tests = tests or record_calls(folder, packages)
        server = subprocess.Popen(
            [str(PYTHON), str(folder / "scripts/mutation/test_server.py")],
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        with server:
            for number, mutant in enumerate(waiting):
                if time.monotonic() > end:
                    print(f"{len(waiting) - number} mutants are left: run it again to continue.")
                    break
                if number % _CONTROL == 0:
                    tests = drop_failing(mutant, tests, folder, server)
                result = try_mutant(mutant, tests, folder, server)
                file.write(json.dumps(asdict(result)) + "\n")
                file.flush()
                if not result.is_noticed:
                    print(
                        f"{result.module}:{result.line}: {result.before}  ->  {result.after}",
                        flush=True,
                    )


def find_failed(
    mutant: Mutant, code: str, chosen: Sequence[str], tests: Tests, folder: Path, server: Server
) -> list[str] | None:
    """Return the first of the tests that fails with this code; None if the time was up."""
    task = {
        "path": str(folder / SOURCE / mutant.module),
        "code": code,
        "tests": chosen,
        "limit_s": 60 + 10 * sum(tests.seconds.get(test, 0.0) for test in chosen),
        "all": code == read_module(mutant.module),
    }
    assert server.stdin  # noqa: S101 - it was opened with pipes
    assert server.stdout  # noqa: S101 - it was opened with pipes
    print(json.dumps(task), file=server.stdin, flush=True)
    found: list[str] | None = json.loads(server.stdout.readline())
    return found


def drop_failing(mutant: Mutant, tests: Tests, folder: Path, server: Server) -> Tests:
    """Return the tests without those that fail without a mutant as well, such as in a copy."""
    code, chosen = read_module(mutant.module), tests.choose(mutant)
    failed = find_failed(mutant, code, chosen, tests, folder, server)
    if failed is None or (failed and not set(failed) <= set(chosen)):
        sys.exit(f"The tests of {mutant.module} cannot be run without a mutant: {failed}")
    if failed:
        print(f"Left out, as they fail without a mutant: {', '.join(failed)}")
    return tests.without(failed)


def try_mutant(mutant: Mutant, tests: Tests, folder: Path, server: Server) -> Result:
    """
    Return whether a test that calls the mutated function notices the mutant.

    The fastest tests run first. A mutant that hangs is noticed.
    """
    start = time.monotonic()
    before, after = mutant.change()
    chosen, code, is_noticed = tests.choose(mutant), mutant.code(), False
    for some in (chosen[:_FIRST_TESTS], chosen[_FIRST_TESTS:]):
        if some and not is_noticed:
            failed = find_failed(mutant, code, some, tests, folder, server)
            is_noticed = failed is None or bool(failed)
    return Result(
        key=mutant.key(),
        module=mutant.module,
        line=mutant.line,
        before=before,
        after=after,
        is_noticed=is_noticed,
        tests=len(chosen),
        seconds=round(time.monotonic() - start, 1),
    )


def main() -> None:
    """Try the mutants that the arguments choose, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sample", type=int, help="number of mutants (default: all)")
    parser.add_argument("--seed", type=int, default=1, help="seed of the sample")
    parser.add_argument("--packages", nargs="*", default=PACKAGES, help="packages to mutate")
    parser.add_argument("--limit", type=float, default=float("inf"), help="time limit in seconds")
    parser.add_argument("--keep-calls", action="store_true", help="with the calls of the last run")
    parser.add_argument("--modules", nargs="*", help="only these, such as ci/event.py")
    parser.add_argument("--tests", nargs="*", default=(), help="run these, not those that call it")
    parser.add_argument("--list", action="store_true", help="only count the mutants")
    arguments = parser.parse_args()
    end = time.monotonic() + arguments.limit
    every = {package: list(list_mutants(package)) for package in arguments.packages or PACKAGES}
    total = {package: len(mutants) for package, mutants in every.items()}
    mutants = [one for found in every.values() for one in found]
    if arguments.list:
        print("\n".join(f"{package}: {count}" for package, count in total.items()))
        return
    chosen = [one for one in mutants if one.module in (arguments.modules or [one.module])]
    if arguments.sample:
        random.Random(arguments.seed).shuffle(chosen)  # noqa: S311 - a sample, not a secret
        chosen = chosen[: arguments.sample]
    given = Tests(by_function={}, seconds={}, given=tuple(arguments.tests))
    kept = read_calls() if arguments.keep_calls else None
    run_all(chosen, given if arguments.tests else kept, end=end)
    known = read_results()
    results = [known[one.key()] for one in mutants if one.key() in known]
    sample = f"{len(results)} of {sum(total.values())} mutants were tried."
    PAGE.write_text(render_page(results, total, sample))


if __name__ == "__main__":
    main()
