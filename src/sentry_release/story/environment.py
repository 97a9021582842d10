"""Whom we may ask, and which environment this job has."""

from typing import TYPE_CHECKING

from sentry_release.decisions.naming import Source, source_of
from sentry_release.facts.config import Config
from sentry_release.facts.context import Context
from sentry_release.facts.sentry_names import problem_of_environment
from sentry_release.model.job_environment import JobEnvironment
from sentry_release.story.world import World
from sentry_release.words.errors import OutageError, RefusedError, WorkflowError

if TYPE_CHECKING:
    from sentry_release.doors.github.api import GithubApi


def judge_token(config: Config, context: Context) -> None:
    """
    A token that is absent is a mistake, except where GitHub withholds all secrets.

    Raises:
        WorkflowError: It is a mistake.
    """
    rehearsal = config.dry_run or not context.on_ci
    if config.auth_token or context.secretless or rehearsal:
        return
    raise WorkflowError(
        "`auth-token` (or the variable `SENTRY_AUTH_TOKEN`) is empty.",
        why="Without a token the release cannot be opened in Sentry; the secret may be missing, "
        "or named otherwise, or kept for another environment than this job's.",
        mend=_where_to_put_token(context),
    )


def _where_to_put_token(context: Context) -> str:
    if context.host:
        return f"Put SENTRY_AUTH_TOKEN there: {context.host.secrets}."
    if context.on_actions:
        return "Add `env: {SENTRY_AUTH_TOKEN: '${{ secrets.SENTRY_AUTH_TOKEN }}'}` to this step."
    return "Set SENTRY_AUTH_TOKEN as a secret variable of your CI service (CI is set), or unset CI."


def judge_environment(environment: str) -> None:
    """
    GitHub allows names of environments that Sentry does not.

    Raises:
        WorkflowError: This is one of them.
    """
    if problem := problem_of_environment(environment):
        raise WorkflowError(
            f"GitHub's environment {environment[:80]!r} {problem}.",
            why="Sentry takes no environment of that name.",
            mend="Give its name in Sentry as `environment` in this step's `with:`.",
        )


def environment_of_name(config: Config, context: Context, world: World) -> JobEnvironment | None:
    """
    The environment if the input has it or the name is made of it; None when GitHub may be asked.

    Raises:
        WorkflowError: Sentry takes no environment of that name.
        OutageError: GitHub could not be reached, so the release cannot be named.
    """
    made_of_it = source_of(config) is Source.TEMPLATE and "environment" in (config.release or "")
    if config.environment is not None:
        return JobEnvironment(name=config.environment)
    if not made_of_it:
        return None
    try:
        return environment_of_job(config, context, world)
    except OutageError as outage:
        raise OutageError(
            "The release cannot be named.",
            why=f"Its template needs the environment of the job. {outage.what}",
            mend="Set `environment` in this step's `with:`, so that no request is needed.",
        ) from outage


def environment_of_job(config: Config, context: Context, world: World) -> JobEnvironment:
    """
    The input `environment`, else what GitHub knows of this job.

    Raises:
        WorkflowError: Sentry accepts no environment of that name.
        OutageError: GitHub could not be reached.
    """
    if config.environment is not None:
        return JobEnvironment(name=config.environment)
    environment = _known_to_github(config, context, world)
    if environment.name is not None:
        judge_environment(environment.name)
    return environment


def _known_to_github(config: Config, context: Context, world: World) -> JobEnvironment:
    if not context.on_actions:
        return JobEnvironment()
    github = world.github()
    if github is None:
        return JobEnvironment(unknown_because="no `github-token`")
    if config.check_run_id is not None:
        return github.environment_of_job(config.check_run_id, context.sha)
    return _environment_of_run(github, context, world)


def _environment_of_run(github: "GithubApi", context: Context, world: World) -> JobEnvironment:
    """
    The one environment that the run deploys to: a GitHub Enterprise Server may name no check run.

    If the jobs of the run deploy to several, the one of this job is unknown.
    """
    if context.run_id is None or context.sha is None:
        return JobEnvironment(unknown_because="the run has no id or no commit")
    try:
        found = github.deployments_of_run(context.run_id, context.sha)
    except RefusedError as refused:
        world.runner.whisper(f"GitHub: {refused.what} {refused.why}")
        return JobEnvironment(unknown_because=refused.why)
    environments = sorted({one.environment for one in found})
    if len(environments) > 1:
        listed = ", ".join(environments)
        return JobEnvironment(unknown_because=f"the run deploys to {listed}")
    return JobEnvironment(name=environments[0]) if environments else JobEnvironment()
