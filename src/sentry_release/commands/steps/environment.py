"""Whom we may ask, and which environment this job has."""

from typing import TYPE_CHECKING

from sentry_release.ci.context import Context
from sentry_release.config.config import Config
from sentry_release.errors import ApiError, ServiceUnavailableError, WorkflowError
from sentry_release.model.job_environment import JobEnvironment
from sentry_release.model.sentry_names import find_environment_name_error
from sentry_release.release.release_name import NameSource, find_name_source
from sentry_release.services import Services

if TYPE_CHECKING:
    from sentry_release.adapters.github.repository import GitHubRepository


def require_token(config: Config, context: Context) -> None:
    """
    A token that is absent is a mistake, except where GitHub withholds all secrets.

    Raises:
        WorkflowError: It is a mistake.
    """
    rehearsal = config.dry_run or not context.is_ci
    if config.auth_token or context.no_secrets_reason or rehearsal:
        return
    raise WorkflowError(
        "`auth-token` (or the variable `SENTRY_AUTH_TOKEN`) is empty.",
        reason="Without a token the release cannot be opened in Sentry; the secret may be missing, "
        "or named otherwise, or kept for another environment than this job's.",
        hint=_where_to_put_token(context),
    )


def _where_to_put_token(context: Context) -> str:
    if context.provider:
        return f"Put SENTRY_AUTH_TOKEN there: {context.provider.secrets_hint}."
    if context.is_github_actions:
        return "Add `env: {SENTRY_AUTH_TOKEN: '${{ secrets.SENTRY_AUTH_TOKEN }}'}` to this step."
    return "Set SENTRY_AUTH_TOKEN as a secret variable of your CI service (CI is set), or unset CI."


def validate_environment(environment: str) -> None:
    """
    GitHub allows names of environments that Sentry does not.

    Raises:
        WorkflowError: This is one of them.
    """
    if problem := find_environment_name_error(environment):
        raise WorkflowError(
            f"GitHub's environment {environment[:80]!r} {problem}.",
            reason="Sentry takes no environment of that name.",
            hint="Give its name in Sentry as `environment` in this step's `with:`.",
        )


def find_environment_for_template(
    config: Config, context: Context, services: Services
) -> JobEnvironment | None:
    """
    The environment if the input has it or the name is made of it; None when GitHub may be asked.

    Raises:
        WorkflowError: Sentry takes no environment of that name.
        OutageError: GitHub could not be reached, so the release cannot be named.
    """
    made_of_it = find_name_source(config) is NameSource.TEMPLATE and "environment" in (
        config.release or ""
    )
    if config.environment is not None:
        return JobEnvironment(name=config.environment)
    if not made_of_it:
        return None
    try:
        return find_job_environment(config, context, services)
    except ServiceUnavailableError as outage:
        raise ServiceUnavailableError(
            "The release cannot be named.",
            reason=f"Its template needs the environment of the job. {outage.message}",
            hint="Set `environment` in this step's `with:`, so that no request is needed.",
        ) from outage


def find_job_environment(config: Config, context: Context, services: Services) -> JobEnvironment:
    """
    The input `environment`, else what GitHub knows of this job.

    Raises:
        WorkflowError: Sentry accepts no environment of that name.
        OutageError: GitHub could not be reached.
    """
    if config.environment is not None:
        return JobEnvironment(name=config.environment)
    environment = _ask_github(config, context, services)
    if environment.name is not None:
        validate_environment(environment.name)
    return environment


def _ask_github(config: Config, context: Context, services: Services) -> JobEnvironment:
    if not context.is_github_actions:
        return JobEnvironment()
    github = services.github()
    if github is None:
        return JobEnvironment(unknown_because="no `github-token`")
    if config.check_run_id is not None:
        return github.find_job_environment(config.check_run_id, context.sha)
    return _find_run_environment(github, context, services)


def _find_run_environment(
    github: "GitHubRepository", context: Context, services: Services
) -> JobEnvironment:
    """
    The one environment that the run deploys to: a GitHub Enterprise Server may name no check run.

    If the jobs of the run deploy to several, the one of this job is unknown.
    """
    if context.run_id is None or context.sha is None:
        return JobEnvironment(unknown_because="the run has no id or no commit")
    try:
        found = github.list_run_deployments(context.run_id, context.sha)
    except ApiError as refused:
        services.runner.log_debug(f"GitHub: {refused.message} {refused.reason}")
        return JobEnvironment(unknown_because=refused.reason)
    environments = sorted({one.environment for one in found})
    if len(environments) > 1:
        listed = ", ".join(environments)
        return JobEnvironment(unknown_because=f"the run deploys to {listed}")
    return JobEnvironment(name=environments[0]) if environments else JobEnvironment()
