"""References to outputs of steps and jobs that nothing sets, which GitHub replaces by nothing."""

import re

from sentry_release.config.inputs import Command
from sentry_release.config.output_table import list_outputs
from sentry_release.doctor.app import App, BuildStep, JobStep
from sentry_release.doctor.ci_files.triggers import OwnAction, find_own_action

_REFERENCE = re.compile(
    r"\$\{\{\s*(?:steps\.(?P<step>[\w-]+)|needs\.(?P<job>[\w-]+))\.outputs\.(?P<output>[\w-]+)\s*\}\}"
)
_OF_RELEASE = frozenset(list_outputs(Command.RELEASE))


def explain_missing_output(value: str, step: BuildStep, app: App) -> str | None:
    """
    Return why a reference to an output is certainly empty, as the end of a sentence; else None.

    Args:
        value: A value in a workflow.
        step: The step with the value.
        app: The app, with the jobs of its workflows.

    Source: https://docs.github.com/en/actions/reference/workflows-and-actions/contexts
    """
    found = _REFERENCE.fullmatch(value.strip())
    jobs = {one.name.lower(): one for one in app.jobs if one.path == step.path}
    own = jobs.get((step.job or "").lower())
    if found is None or own is None:
        return None
    output = found["output"].lower()
    if found["job"]:
        needed = jobs.get(found["job"].lower())
        declared = needed.outputs if needed else None
        if declared is None or output in {one.lower() for one in declared}:
            return None
        return f"the job `{found['job']}` has no output `{found['output']}`"
    named = found["step"].lower()
    earlier = [one for one in own.steps if one.line < step.line and (one.id or "").lower() == named]
    if not earlier:
        return f"no earlier step of the job has the id `{found['step']}`"
    if _is_release(earlier[-1]) and output not in _OF_RELEASE:
        return f"this action has no output `{found['output']}`"
    return None


def _is_release(step: JobStep) -> bool:
    return find_own_action(step.uses) is OwnAction.RELEASE
