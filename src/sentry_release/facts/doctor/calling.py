"""Steps -> the same, where scripts and local actions know what those hand to them that call them."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from sentry_release.facts.doctor.bringing import get_local_action_path
from sentry_release.facts.doctor.subject import BuildStep

_MAX_ROUNDS = 3  # a workflow calls an action, which calls make, which calls a script
_BY_PROGRAM = {
    "Makefile": r"\bg?make\b",
    "makefile": r"\bg?make\b",
    "GNUmakefile": r"\bg?make\b",
    "justfile": r"\bjust\b",
    "Justfile": r"\bjust\b",
    ".justfile": r"\bjust\b",
    "Fastfile": r"\bfastlane\b",
    "melos.yaml": r"\bmelos\b",
    "pubspec.yaml": r"\bmelos\b",
}
_CALLED = "workflow_call"
_WORKFLOWS = PurePosixPath(".github/workflows")


def add_caller_environment(steps: Sequence[BuildStep]) -> tuple[BuildStep, ...]:
    """
    Give each script and local action what any of its callers gives to it.

    That is more than a single call gives, so that no rule misses what only one caller has set.
    """
    found = tuple(steps)
    for _ in range(_MAX_ROUNDS):
        callers = {path: _find_callers(path, found) for path in {step.path for step in found}}
        after = tuple(_merge_callers(step, callers[step.path]) for step in found)
        if after == found:
            break
        found = after
    return found


def _find_callers(path: PurePosixPath, steps: Iterable[BuildStep]) -> list[BuildStep]:
    name = str(path.parent if path.stem == "action" else path)
    words = re.compile(
        _BY_PROGRAM.get(path.name) or rf"(?:^|[\s\"'/;&|(=]){re.escape(path.name)}(?![\w.])"
    )
    is_script = not str(path).startswith(".github/")
    return [
        step
        for step in steps
        if step.path != path
        and (
            get_local_action_path(step.uses) == name
            or (is_script and any(words.search(command.text) for command in step.commands))
        )
    ]


def _merge_callers(step: BuildStep, callers: Sequence[BuildStep]) -> BuildStep:
    if not callers:
        return step
    env: dict[str, str] = {}
    exported: frozenset[str] = step.exported
    # A reusable workflow has machines of its own: no variable of its callers reaches it.
    # Source: https://docs.github.com/en/actions/reference/workflows-and-actions/reusing-workflow-configurations
    for caller in callers if not _is_workflow(step) else ():
        env |= caller.env
        exported |= caller.exported
    events = step.events - {_CALLED} if step.events else step.events
    delivered = [one.is_delivered for one in callers]
    return replace(
        step,
        env=env | dict(step.env),
        exported=exported,
        after_our_action=step.after_our_action or any(one.after_our_action for one in callers),
        events=events.union(*(one.events for one in callers)),
        is_delivered=step.is_delivered or (not _is_workflow(step) and any(delivered)),
        is_called=True,
    )


def _is_workflow(step: BuildStep) -> bool:
    return step.path.parent == _WORKFLOWS
