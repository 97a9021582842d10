"""Read the workflow file of the running job from the checkout."""

from pathlib import PurePosixPath

from sentry_release.adapters.workspace import Workspace
from sentry_release.ci.context import Context
from sentry_release.ci.workflow_job import (
    find_workflow_path,
    has_no_deployment,
    list_called_workflows,
)
from sentry_release.errors import ActionError
from sentry_release.flutter.yaml_document import MAX_BYTES, parse_yaml
from sentry_release.flutter.yaml_node import YamlNode


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
    path = find_workflow_path(context.workflow_ref, context.repository)
    if path is None or context.job is None or context.commit_repository != context.repository:
        return False
    for folder in (working_directory, *working_directory.parents):
        workflow = _read(workspace, folder / path)
        if workflow is not None:
            called = (_read(workspace, folder / one) for one in list_called_workflows(workflow))
            return has_no_deployment((workflow, *filter(None, called)), context.job)
    return False


def _read(workspace: Workspace, path: PurePosixPath) -> YamlNode | None:
    try:
        text = workspace.read_text(path, limit=MAX_BYTES)
        return None if text is None else parse_yaml(text, str(path))
    except ActionError:  # GitHub runs no workflow that it cannot read, so this is another file
        return None
