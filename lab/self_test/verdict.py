"""
Check the jobs of a run, as GitHub returns them.

A job that may fail counts as a success for the jobs that need it, whether it failed or not; only
its steps tell. Hence the rule: the steps named as below fail, and no others do.

Source: https://docs.github.com/en/rest/actions/workflow-jobs, and
https://github.com/actions/toolkit/issues/581
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

ON_PURPOSE = "Fail on purpose"
_QUIET = ("success", "skipped")


def complaints(jobs: Iterable[Mapping[str, Any]], *, evaluate: str) -> Iterator[str]:
    """
    One sentence for each thing that is wrong.

    Args:
        jobs: As in the answer of `GET /repos/…/actions/runs/…/attempts/…/jobs`.
        evaluate: The name of the calling job, which is not over yet. Where its workflow was called
            by another, GitHub puts the caller's name in front, and only jobs with that prefix are checked.
    """
    listed = {str(job["name"]): job for job in jobs}
    here = next((name for name in listed if name.endswith(evaluate)), None)
    if here is None:
        yield f"{evaluate}: there is no such job."
        return
    before = here.removesuffix(evaluate)
    evaluated = {name: job for name, job in listed.items() if name.startswith(before)}
    for name, job in evaluated.items():
        if name == here:
            continue
        if job["status"] != "completed" or job["conclusion"] in {"cancelled", "skipped", None}:
            yield f"{name}: it has not run to its end."
        yield from (f"{name}: {complaint}" for complaint in _steps(job))


def _steps(job: Mapping[str, Any]) -> Iterator[str]:
    ends = [(step["name"], step["conclusion"]) for step in job["steps"]]
    intended = any(name == ON_PURPOSE for name, _ in ends)
    for name, end in ends:
        expected = ("failure",) if name == ON_PURPOSE else _QUIET
        if end not in expected:
            yield f"`{name}` ended with {end}."
    if job["conclusion"] == "failure" and not intended:
        yield "it failed, and was not meant to."
