"""Read the workflow file of the running job from the checkout, and those that it calls."""

import re
from collections.abc import Iterable
from pathlib import PurePosixPath

from sentry_release.adapters.workspace import Workspace
from sentry_release.ci.context import Context
from sentry_release.errors import ActionError
from sentry_release.flutter.yaml_document import MAX_BYTES, parse_yaml
from sentry_release.flutter.yaml_node import YamlNode

_WORKFLOW_PATH = re.compile(r"\.github/workflows/[^/@\s]+\.ya?ml")
_MAX_WORKFLOWS = 50  # of one run


def job_has_no_deployment(
    context: Context, workspace: Workspace, working_directory: PurePosixPath
) -> bool:
    """
    Return whether the workflow sets `deployment: false` for the environment of this job.

    It is read from the checkout; False if there is none, or if the file cannot be read.

    Args:
        context: The run.
        workspace: The workspace with the checkout.
        working_directory: The folder of the app, below or at the root of the checkout.
    """
    if context.job is None or context.commit_repository != context.repository:
        return False
    texts = read_job_workflows(context, workspace, working_directory)
    return has_no_deployment(filter(None, map(_parse, texts)), context.job)


def read_job_workflows(
    context: Context, workspace: Workspace, working_directory: PurePosixPath
) -> tuple[str, ...]:
    """
    Return the workflow of the run and those of the same repository that it calls, as texts.

    Args:
        context: The run.
        workspace: The workspace with the checkout; without one there is no text.
        working_directory: The folder of the app, below or at the root of the checkout.
    """
    path = find_workflow_path(context.workflow_ref, context.repository)
    if path is None:
        return ()
    for folder in (working_directory, *working_directory.parents):
        texts = _read_with_called(workspace, folder, path, context.repository)
        if texts:
            return texts
    return ()


def _read_with_called(
    workspace: Workspace, folder: PurePosixPath, path: PurePosixPath, repository: str | None
) -> tuple[str, ...]:
    """Return a workflow below the folder of the checkout, and all that it calls, each once."""
    found: dict[PurePosixPath, str | None] = {}
    waiting = [path]
    while waiting and len(found) < _MAX_WORKFLOWS:
        one = waiting.pop(0)
        if one not in found:
            found[one] = text = _read(workspace, folder / one)
            workflow = _parse(text) if text is not None else None
            waiting += list_called_workflows(workflow, repository) if workflow else ()
    return tuple(text for text in found.values() if text is not None)


def _read(workspace: Workspace, path: PurePosixPath) -> str | None:
    try:
        return workspace.read_text(path, limit=MAX_BYTES)
    except ActionError:  # GitHub runs no workflow that it cannot read, so this is another file
        return None


def _parse(text: str) -> YamlNode | None:
    try:
        return parse_yaml(text, "workflow")
    except ActionError:
        return None


def find_workflow_path(workflow_ref: str | None, repository: str | None) -> PurePosixPath | None:
    """
    Return the path of a run's workflow in its repository; None for another repository's workflow.

    >>> find_workflow_path("acme/app/.github/workflows/ci.yml@refs/heads/main", "acme/app")
    PurePosixPath('.github/workflows/ci.yml')

    Args:
        workflow_ref: The variable GITHUB_WORKFLOW_REF.
        repository: The repository of the run, as `owner/name`.
    """
    path = (workflow_ref or "").partition("@")[0].removeprefix(f"{repository}/")
    return PurePosixPath(path) if _WORKFLOW_PATH.fullmatch(path) else None


def list_called_workflows(workflow: YamlNode, repository: str | None) -> tuple[PurePosixPath, ...]:
    """Return the paths of the workflows of the same repository that the jobs call."""
    called = (job.at("uses").text or "" for job in workflow.at("jobs").mapping.values())
    own = (text.removeprefix("./").removeprefix(f"{repository}/") for text in called)
    paths = dict.fromkeys(text.partition("@")[0] for text in own)
    return tuple(PurePosixPath(path) for path in paths if _WORKFLOW_PATH.fullmatch(path))


def has_no_deployment(workflows: Iterable[YamlNode], job: str) -> bool:
    """
    Return whether the job has an environment of which GitHub makes no deployment.

    The key `deployment` may also be an expression, which is then false: the deployment has been
    requested from GitHub before. If several workflows have a job of that name, it is unknown which
    one runs, and the answer is False.

    Args:
        workflows: The workflow of the run and those that it calls.
        job: The key of the job, the variable GITHUB_JOB.

    Source: GitHub's documentation, workflow syntax, `jobs.<job_id>.environment`
    """
    jobs = [one.at("jobs", job) for one in workflows]
    running = [one for one in jobs if one.at("steps").sequence]
    if len(running) != 1:
        return False
    deployment = running[0].at("environment", "deployment").text
    return deployment is not None and deployment.lower() != "true"
