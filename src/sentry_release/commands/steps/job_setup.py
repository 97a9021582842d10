"""What is set up for the job: its auth token, its environment, and its workflow files."""

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from sentry_release.adapters.workspace import Workspace
from sentry_release.ci.context import Context
from sentry_release.config.config import Config
from sentry_release.config.inputs import Command
from sentry_release.errors import ActionError, ApiError, ServiceUnavailableError, WorkflowError
from sentry_release.flutter.yaml_document import MAX_BYTES, parse_yaml
from sentry_release.flutter.yaml_node import YamlNode
from sentry_release.model.job import JobEnvironment
from sentry_release.model.release import find_environment_name_error
from sentry_release.release.release_name import NameSource, find_name_source
from sentry_release.services import Services

if TYPE_CHECKING:
    from sentry_release.adapters.github.repository import GitHubRepository

_PURPOSES = {
    Command.RELEASE: "Creating the release in Sentry",
    Command.UPLOAD: "Uploading to Sentry",
    Command.DEPLOY: "Creating the deploy in Sentry",
    Command.HEALTH: "Reading the health of the release from Sentry",
}
_MISSING_IN_CI = "The secret may be missing, have another name, or belong to another environment than this job's."
_WORKFLOW_PATH = re.compile(r"\.github/workflows/[^/@\s]+\.ya?ml")
_MAX_WORKFLOWS = 50  # of one run


def require_token(config: Config, context: Context) -> None:
    """
    Raise if there is no auth token, although the run could have one.

    On a developer's machine `release` needs none, since the build gets its name without it.

    Raises:
        WorkflowError: The token is missing, and GitHub does not withhold secrets from this run.
    """
    is_naming = config.command is Command.RELEASE and not context.is_ci
    if config.auth_token or context.no_secrets_reason or config.dry_run or is_naming:
        return
    purpose = f"{_PURPOSES[config.command]} requires a token."
    raise WorkflowError(
        "`auth-token` (or the variable `SENTRY_AUTH_TOKEN`) is empty.",
        reason=f"{purpose} {_MISSING_IN_CI}" if context.is_ci else purpose,
        hint=_suggest_token_place(context),
    )


def _suggest_token_place(context: Context) -> str:
    if context.provider:
        return f"Put SENTRY_AUTH_TOKEN there: {context.provider.secrets_hint}."
    if context.is_github_actions:
        first = (
            "The variable is set for this step: check the name of the secret, and which "
            "environment it belongs to."
            if context.has_empty_token
            else "Add `env: {SENTRY_AUTH_TOKEN: '${{ secrets.SENTRY_AUTH_TOKEN }}'}` to this step; if "
            "`auth-token` is set, check the name of its secret."
        )
        return (
            f"{first} A reusable workflow gets only secrets that the calling job passes: "
            "`secrets: inherit`, or each one by its name if the called workflow declares it "
            "under `on: workflow_call: secrets:`."
        )
    if context.is_ci:
        return "Set SENTRY_AUTH_TOKEN as a secret variable of your CI service (CI is set), or unset CI."
    return "Set SENTRY_AUTH_TOKEN, for example in a file `.env`, or use `--dry-run`."


def validate_environment(environment: str) -> None:
    """
    Raise if Sentry does not accept the name of a GitHub environment.

    Raises:
        WorkflowError: Sentry does not accept it.
    """
    if problem := find_environment_name_error(environment):
        raise WorkflowError(
            f"GitHub's environment {environment[:80]!r} {problem}.",
            reason="Sentry does not accept this environment name.",
            hint="Set `environment` in this step's `with:` to the name in Sentry.",
            shell_hint="Set `--environment` to the name in Sentry.",
        )


def find_environment_for_template(
    config: Config, find_environment: Callable[[], JobEnvironment]
) -> JobEnvironment | None:
    """
    Return the environment if it is an input, or if the release name depends on it; else None.

    None means that it can be read from GitHub later.

    Args:
        config: The inputs.
        find_environment: Returns the environment of the job; see find_job_environment.

    Raises:
        WorkflowError: Sentry does not accept the environment's name.
        ServiceUnavailableError: GitHub is unreachable, so the release cannot be named.
    """
    made_of_it = find_name_source(config) is NameSource.TEMPLATE and "environment" in (
        config.release or ""
    )
    if config.environment is not None:
        return JobEnvironment(name=config.environment)
    if not made_of_it:
        return None
    try:
        return find_environment()
    except ServiceUnavailableError as outage:
        raise ServiceUnavailableError(
            "The release cannot be named.",
            reason=f"The template in `release` uses the environment of the job. {outage.message}",
            hint="Set `environment` in this step's `with:`; then naming needs no request.",
        ) from outage


def find_job_environment(config: Config, context: Context, services: Services) -> JobEnvironment:
    """
    Return the input `environment`, else the environment that GitHub reports for this job.

    Raises:
        WorkflowError: Sentry does not accept the environment's name.
        ServiceUnavailableError: GitHub is unreachable.
    """
    if config.environment is not None:
        return JobEnvironment(name=config.environment)
    environment = _read_from_github(config.check_run_id, context, services)
    if environment == JobEnvironment():
        folder = config.working_directory
        return replace(
            environment, no_deployment=job_has_no_deployment(context, services.workspace, folder)
        )
    if environment.name is not None:
        validate_environment(environment.name)
    return environment


def _read_from_github(
    check_run_id: int | None, context: Context, services: Services
) -> JobEnvironment:
    if not context.is_github_actions:
        return JobEnvironment()
    github = services.github()
    if github is None:
        return JobEnvironment(unknown_reason="no `github-token`")
    if check_run_id is not None:
        return github.find_job_environment(check_run_id, context.sha)
    return _find_run_environment(github, context, services)


def _find_run_environment(
    github: "GitHubRepository", context: Context, services: Services
) -> JobEnvironment:
    """
    Return the environment of the run, for servers that do not report the job's check run.

    If the jobs of the run deploy to several environments, that of this job is unknown.
    """
    if context.run_id is None or context.sha is None:
        return JobEnvironment(unknown_reason="the run has no id or no commit")
    try:
        found = github.list_run_deployments(context.run_id, context.sha)
    except ApiError as refused:
        services.runner.log_debug(f"GitHub: {refused.message} {refused.reason}")
        return JobEnvironment(unknown_reason=refused.reason)
    environments = sorted({one.environment for one in found})
    if len(environments) > 1:
        listed = ", ".join(environments)
        return JobEnvironment(unknown_reason=f"the run deploys to {listed}")
    return JobEnvironment(name=environments[0]) if environments else JobEnvironment()


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
    return has_no_deployment(filter(None, map(_parse_workflow, texts)), context.job)


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
            found[one] = text = _read_workflow(workspace, folder / one)
            workflow = _parse_workflow(text) if text is not None else None
            waiting += list_called_workflows(workflow, repository) if workflow else ()
    return tuple(text for text in found.values() if text is not None)


def _read_workflow(workspace: Workspace, path: PurePosixPath) -> str | None:
    try:
        return workspace.read_text(path, limit=MAX_BYTES)
    except ActionError:  # GitHub runs no workflow that it cannot read, so this is another file
        return None


def _parse_workflow(text: str) -> YamlNode | None:
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
