"""Keep results between runs, compare them with the list of equivalent mutants, render the page."""

import json
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from mutation.mutants import ROOT

PAGE = ROOT / "tests/mutation-testing.md"
EQUIVALENT = ROOT / "tests/equivalent_mutants.toml"
RESULTS = ROOT / ".mutants/results.jsonl"  # so that a run can be continued


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """Whether a test has noticed a mutant, after so many tests and seconds."""

    key: str
    module: str
    line: int
    before: str
    after: str
    is_noticed: bool
    tests: int
    seconds: float

    @property
    def package(self) -> str:
        """The package of the mutated module."""
        return self.module.partition("/")[0]


def read_results() -> dict[str, Result]:
    """Return the results of earlier runs by key."""
    if not RESULTS.exists():
        return {}
    found = (Result(**json.loads(line)) for line in RESULTS.read_text().splitlines())
    return {one.key: one for one in found}


def read_equivalent() -> dict[tuple[str, str, str], str]:
    """Return the reason of each mutant that changes no behaviour, by module and lines."""
    entries = tomllib.loads(EQUIVALENT.read_text()).get("mutant", []) if EQUIVALENT.exists() else []
    return {(one["module"], one["before"], one["after"]): one["reason"] for one in entries}


def render_page(results: Iterable[Result], total: Mapping[str, int], sample: str) -> str:
    """Return the text of tests/mutation-testing.md."""
    equivalent = read_equivalent()
    rows: list[str] = []
    survivors: list[str] = []
    every = list(results)
    sums = [0, 0, 0, 0, 0]
    for package, count in total.items():
        found = [one for one in every if one.package == package]
        missed = [one for one in found if not one.is_noticed]
        equal = [one for one in missed if (one.module, one.before, one.after) in equivalent]
        survivors += [
            f"- `{one.module}`: `{one.before}` → `{one.after}`"
            for one in missed
            if one not in equal
        ]
        figures = [count, len(found), len(found) - len(missed), len(equal)]
        figures.append(len(missed) - len(equal))
        sums = [one + other for one, other in zip(sums, figures, strict=True)]
        rows.append(_row(f"`{package}`", figures))
    rows.append(_row("all", sums))
    listed = "\n".join(sorted(survivors)) or "None."
    return _PAGE.format(sample=sample, rows="\n".join(rows), survivors=listed)


def _row(name: str, figures: list[int]) -> str:
    _, tried, noticed, equal, _ = figures
    share = f"{noticed / (tried - equal):.1%}" if tried > equal else "-"
    return f"| {name} | {' | '.join(map(str, figures))} | {share} |"


_PAGE = """\
# Mutation testing

`make mutants` writes this page.
It changes one operator, constant or condition of a pure package at a time, and runs the tests that call the changed function: those of the package first, then those of other packages and of whole jobs.
`--modules` with `--tests` tries the mutants of a few modules with a few tests; the results of all runs on the same source are kept.
A mutant is noticed if a test fails.

{sample}

Mutants that change no behaviour are *equivalent*; [equivalent_mutants.toml](equivalent_mutants.toml) lists them with the reason for each.

| package | mutants | tried | noticed | equivalent | not noticed | share noticed |
| --- | --- | --- | --- | --- | --- | --- |
{rows}

## Not noticed

{survivors}
"""
