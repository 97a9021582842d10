"""Keep results between runs, compare them with the list of equivalent mutants, render the page."""

import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile

from mutation.mutants import ROOT, Mutant

PAGE = ROOT / "tests/mutation-testing.md"
JUDGED = ROOT / "tests/judged_mutants.toml"
RESULTS = ROOT / ".mutants/results.jsonl"  # so that a run can be continued
Judged = dict[tuple[str, str, str], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """Whether a test (or "hangs") has noticed a mutant, of so many tests and in so many seconds."""

    key: str
    module: str
    line: int
    before: str
    after: str
    is_noticed: bool
    noticed_by: str
    tests: int
    seconds: float

    @property
    def change(self) -> tuple[str, str, str]:
        """The module, and the changed line before and after."""
        return self.module, self.before, self.after


def read_results() -> dict[str, Result]:
    """Return the results of earlier runs by key."""
    if not RESULTS.exists():
        return {}
    found = (Result(**json.loads(line)) for line in RESULTS.read_text().splitlines())
    return {one.key: one for one in found}


def read_judged(kind: str) -> Judged:
    """
    Return the reason of each judged mutant of a kind, by module and lines.

    An `equivalent` one changes no behaviour; an `accepted` one changes nothing worth a test.
    """
    entries = tomllib.loads(JUDGED.read_text()).get(kind, []) if JUDGED.exists() else []
    return {(one["module"], one["before"], one["after"]): one["reason"] for one in entries}


def list_tried(mutants: Sequence[Mutant], known: Mapping[str, Result]) -> list[Result]:
    """Return the results of the first mutants in their random order, up to one without a result."""
    tried = takewhile(lambda one: one.key() in known, mutants)
    return [replace(known[one.key()], module=one.module, line=one.line) for one in tried]


def render_page(
    mutants: Mapping[str, Sequence[Mutant]], known: Mapping[str, Result], *, seed: int
) -> str:
    """Return the text of tests/mutation-testing.md, from the mutants of each package in order."""
    equivalent, accepted = read_judged("equivalent"), read_judged("accepted")
    rows: list[str] = []
    survivors: list[str] = []
    sums = [0, 0, 0, 0, 0]
    for package, every in mutants.items():
        tried = list_tried(every, known)
        missed = [one for one in tried if not one.is_noticed]
        others = [one for one in missed if one.change not in equivalent]
        survivors += [_describe(one, accepted.get(one.change)) for one in others]
        figures = [len(every), len(tried), len(tried) - len(missed)]
        figures += [len(missed) - len(others), len(others)]
        sums = [one + other for one, other in zip(sums, figures, strict=True)]
        rows.append(_row(f"`{package}`", figures))
    rows.append(_row("all", sums))
    listed = "\n".join(sorted(survivors)) or "None."
    return _PAGE.format(seed=seed, rows="\n".join(rows), survivors=listed)


def _describe(survivor: Result, reason: str | None) -> str:
    line = f"- `{survivor.module}`: `{survivor.before}` → `{survivor.after}`"
    return f"{line}: {reason}" if reason else line


def _row(name: str, figures: list[int]) -> str:
    count, tried, noticed, equal, missed = figures
    kind = "all" if tried == count else "sample" if tried else "none"
    share = f"{noticed / (tried - equal):.1%}" if tried > equal else "-"
    return f"| {name} | {count} | {tried} ({kind}) | {noticed} | {equal} | {missed} | {share} |"


_PAGE = """\
# Mutation testing

`make mutants` writes this page.
It changes one operator, constant or condition of a pure package at a time, and runs the tests that call the changed function: those of the package first, then those of other packages and of whole jobs, at most 500 tests that take at most 8 seconds together.
A mutant is noticed if a test fails, or if it hangs; a test that fails without the mutant as well does not count.
The length in `value[:80]`, to which messages cut what they quote, is never changed.
A result is kept until the function changes.

With `--again`, survivors are tried once more, after new tests were written; `--modules` and `--tests` choose a few modules and tests.

A sample consists of the first mutants of the package in a random order with the seed {seed}.
Its survivors lead to new tests, so its share says less about the mutants that were not tried.

Mutants that change no behaviour are *equivalent*; [judged_mutants.toml](judged_mutants.toml) lists them with the reason for each, and those that change nothing worth a test.
The share is that of the noticed among those that are not equivalent.

| package | mutants | tried | noticed | equivalent | not noticed | share noticed |
| --- | --- | --- | --- | --- | --- | --- |
{rows}

## Not noticed

{survivors}
"""
