"""
Try mutants of the pure packages, and write tests/mutation-testing.md.

`make mutants` tries all, `make mutants SAMPLE=150 PACKAGES="report ci"` as many of each package.
Results are kept in .mutants, so that a run that was ended by --limit can be continued.
"""

import argparse
import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, replace
from pathlib import Path

from mutation.chosen_tests import CALLS, MOST_SECONDS, Tests, read_calls
from mutation.mutants import ROOT, SOURCE, Mutant, list_mutants, order_by_seed, read_module
from mutation.results import PAGE, RESULTS, Result, read_results, render_page

PACKAGES = (
    *("release", "health", "ci", "config", "model", "report", "upload", "dart", "flutter"),
    "doctor",
)
TESTS = (
    *("adapters", "ci", "cli", "commands", "config", "dart", "doctor", "flutter", "health"),
    *("model", "project", "release", "report", "upload"),
    *("repository/test_same_name.py", "repository/test_upload_jobs.py"),
)
_LEFT_OUT = "--ignore=tests/commands/test_storm.py"  # its tests take longer than any other
PYTHON = ROOT / ".venv/bin/python"
SEED = 18
_FIRST_TESTS = 40  # run on their own, so that a mutant that hangs is given up early


@contextmanager
def copied_repository() -> Iterator[Path]:
    """Yield a copy of the files that git knows, so that the working copy is never changed."""
    listed = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        check=True,
        capture_output=True,
    )
    with tempfile.TemporaryDirectory(prefix="mutants-") as around:
        folder = Path(around) / "copy"
        for name in filter(None, listed.stdout.decode().split("\0")):
            source, target = ROOT / name, folder / name
            if source.is_file():
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(source, target)
        yield folder


def record_calls(folder: Path, paths: Sequence[str]) -> Tests:
    """Run all tests once, and return which functions each of them calls."""
    environ = {
        **os.environ,
        "PYTHONPATH": str(folder / "scripts"),
        "MUTATION_SOURCE": str(folder / SOURCE),
        "MUTATION_CALLS": str(CALLS),
    }
    options = ["-q", "-p", "mutation.called_functions", "-p", "no:cacheprovider", "-p", "no:xdist"]
    subprocess.run(
        [str(PYTHON), "-m", "pytest", *options, *paths],
        cwd=folder,
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        check=False,  # tests that need the repository itself fail in a copy, and are left out
    )
    return read_calls()


class Server:
    """A process that runs tests of a mutated module, each time in a fork of itself."""

    def __init__(self, script: str, folder: Path, arguments: Sequence[str] = ()) -> None:
        self._folder = folder
        self._process = subprocess.Popen(
            [str(PYTHON), "-m", f"mutation.{script}", *arguments],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(folder / "scripts")},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def read(self) -> object:
        """Return the next answer."""
        assert self._process.stdout  # noqa: S101 - it was opened with a pipe
        answer: object = json.loads(self._process.stdout.readline())
        return answer

    def run(self, module: str, code: str, tests: Sequence[str], limit_s: float) -> str | None:
        """Return the first test that fails with this code: "" if none, None if the time was up."""
        task = {
            "path": str(self._folder / SOURCE / module),
            "code": code,
            "tests": tests,
            "limit_s": limit_s,
        }
        assert self._process.stdin  # noqa: S101 - it was opened with a pipe
        print(json.dumps(task), file=self._process.stdin, flush=True)
        answer = self.read()
        return None if answer is None else str(answer)

    def close(self) -> None:
        """Let the process end."""
        with suppress(BrokenPipeError):
            self._process.communicate()


class Trial:
    """Tries mutants: in functions with tests that are collected once, others in a new process."""

    def __init__(self, folder: Path, tests: Tests, paths: Sequence[str]) -> None:
        self._tests = tests
        self._passing: set[str] = set()
        self._collected = Server("collected_tests", folder, paths)
        self._importing = Server("test_server", folder)
        names = self._collected.read()
        self._given = list(map(str, names)) if isinstance(names, list) else []
        self._known = frozenset(self._given)

    def close(self) -> None:
        """Let both processes end."""
        self._collected.close()
        self._importing.close()

    def try_mutant(self, mutant: Mutant, *, with_given: bool) -> Result:
        """
        Return whether a test notices the mutant; one that hangs is noticed.

        A test that fails without the mutant as well notices nothing, and is left out from then on.
        """
        start = time.monotonic()
        before, after = mutant.change()
        chosen = self._given if with_given else self._tests.choose(mutant)
        tests = [name for name in chosen if name in self._known]  # others have been renamed
        noticed_by = self._find_failed(mutant, mutant.code(), tests)
        while self._fails_always(mutant, noticed_by):
            print(f"Left out, as it fails without a mutant: {noticed_by}", flush=True)
            self._tests = self._tests.without(noticed_by)
            self._given = [name for name in self._given if name != noticed_by]
            tests = [name for name in tests if name != noticed_by]
            noticed_by = self._find_failed(mutant, mutant.code(), tests)
        return Result(
            key=mutant.key(),
            module=mutant.module,
            line=mutant.line,
            before=before,
            after=after,
            is_noticed=noticed_by != "",
            noticed_by=noticed_by,
            tests=len(tests),
            seconds=round(time.monotonic() - start, 1),
        )

    def _fails_always(self, mutant: Mutant, test: str) -> bool:
        """Return whether a test fails without the mutant as well; each is tried once."""
        if test in self._passing or not test.startswith("tests/"):
            return False
        if self._find_failed(mutant, read_module(mutant.module), [test]):
            return True
        self._passing.add(test)
        return False

    def _find_failed(self, mutant: Mutant, code: str, tests: Sequence[str]) -> str:
        """Return the first of the tests that fails with this code, or why there is none, or ""."""
        servers = [self._collected] if mutant.function else []
        if self._tests.needs_import(mutant):
            servers.append(self._importing)
        for some in filter(None, (tests[:_FIRST_TESTS], tests[_FIRST_TESTS:])):
            limit_s = 20 + 10 * self._tests.sum_seconds(some)
            for server in servers:
                failed = server.run(mutant.module, code, some, limit_s)
                if failed != "":
                    return "hangs" if failed is None else failed
        return ""


def run_all(
    mutants: Sequence[Mutant],
    given: Sequence[str],
    *,
    end: float,
    most_seconds: float,
    keep_calls: bool,
) -> None:
    """
    Try these mutants until the time is up, with the tests that are given or that call them.

    Without recorded calls, all tests are run once to find those of each function.
    """
    if not mutants:
        return
    paths = [*given] or [*(f"tests/{name}" for name in TESTS), _LEFT_OUT]
    RESULTS.parent.mkdir(exist_ok=True)
    with copied_repository() as folder, RESULTS.open("a") as file:
        tests = read_calls() if keep_calls or given else record_calls(folder, paths)
        trial = Trial(folder, replace(tests, most_seconds=most_seconds), paths)
        for number, mutant in enumerate(mutants):
            if time.monotonic() > end:
                print(f"{len(mutants) - number} mutants are left: run it again to continue.")
                break
            result = trial.try_mutant(mutant, with_given=bool(given))
            file.write(json.dumps(asdict(result)) + "\n")
            file.flush()
            if not result.is_noticed:
                line = f"{result.module}:{result.line}: {result.before}  ->  {result.after}"
                print(line, flush=True)
        trial.close()


def main() -> None:
    """Try the mutants that the arguments choose, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sample", type=int, help="number of mutants of a package (default: all)")
    parser.add_argument("--seed", type=int, default=SEED, help="seed of the sample")
    parser.add_argument("--packages", nargs="*", default=PACKAGES, help="packages to mutate")
    parser.add_argument("--limit", type=float, default=float("inf"), help="time limit in seconds")
    parser.add_argument(
        "--seconds", type=float, default=MOST_SECONDS, help="of all tests of one mutant"
    )
    parser.add_argument("--keep-calls", action="store_true", help="with the calls of the last run")
    parser.add_argument("--modules", nargs="*", help="only these, such as ci/event.py")
    parser.add_argument("--tests", nargs="*", default=(), help="run these, not those that call it")
    parser.add_argument("--again", action="store_true", help="try those again that survived")
    parser.add_argument("--page", action="store_true", help="only write the page")
    arguments = parser.parse_args()
    end = time.monotonic() + arguments.limit
    every = {name: order_by_seed(list_mutants(name), arguments.seed) for name in PACKAGES}
    known = read_results()
    survived = {key for key, one in known.items() if not one.is_noticed}
    chosen = [
        one
        for package in arguments.packages or PACKAGES
        for one in every[package][: arguments.sample]
        if one.module in (arguments.modules or [one.module])
        and (one.key() in survived if arguments.again else one.key() not in known)
    ]
    if not arguments.page:
        run_all(
            chosen,
            arguments.tests,
            end=end,
            most_seconds=arguments.seconds,
            keep_calls=arguments.keep_calls,
        )
    PAGE.write_text(render_page(every, read_results(), seed=arguments.seed))


if __name__ == "__main__":
    main()
