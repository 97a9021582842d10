"""Whom we may ask, and which environment this job has."""

from typing import TYPE_CHECKING

from sentry_release.decisions.naming import Source, source_of
from sentry_release.facts.choices import Phase
from sentry_release.facts.config import Config
from sentry_release.facts.context import Context
from sentry_release.facts.sentry_names import problem_of_environment
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
    rehearsal = config.dry_run or config.phase is Phase.PLAN or not context.on_ci
    if config.auth_token or context.secretless or rehearsal:
        return
    raise WorkflowError(
        "`auth-token` (or the variable `SENTRY_AUTH_TOKEN`) is empty.",
        why="Without a token the release cannot be opened in Sentry; the secret may be missing, "
        "or named otherwise, or kept for another environment than this job's.",
        mend=f"Put SENTRY_AUTH_TOKEN there: {context.host.secrets}."
        if context.host
        else "Add `env: {SENTRY_AUTH_TOKEN: '${{ secrets.SENTRY_AUTH_TOKEN }}'}` to this step.",
    )


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


def environment_of_name(config: Config, context: Context, world: World) -> str | None:
    """
    The environment as far as it is known, or has to be asked for since the name is made of it.

    Raises:
        WorkflowError: Sentry takes no environment of that name.
        OutageError: GitHub could not be reached, so the release cannot be named.
    """
    made_of_it = source_of(config) is Source.TEMPLATE and "environment" in (config.release or "")
    if config.environment is not None or not made_of_it:
        return config.environment
    try:
        return environment_of_job(config, context, world)
    except OutageError as outage:
        raise OutageError(
            "The release cannot be named.",
            why=f"Its template asks for the environment of the job. {outage.what}",
            mend="Give `environment` in this step's `with:`, so that nobody has to be asked.",
        ) from outage


def environment_of_job(config: Config, context: Context, world: World) -> str | None:
    """
    The environment that GitHub knows this job by; None when it has none, or nobody can be asked.

    Raises:
        WorkflowError: Sentry takes no environment of that name.
        OutageError: GitHub could not be reached.
    """
    environment = _known_to_github(config, context, world)
    if environment is not None:
        judge_environment(environment)
    return environment


def _known_to_github(config: Config, context: Context, world: World) -> str | None:
    github = world.github()
    if github is None:
        return None
    if config.check_run_id is not None:
        return github.environment_of_job(config.check_run_id, context.sha)
    return _environment_of_run(github, context, world) if context.on_actions else None


def _environment_of_run(github: "GithubApi", context: Context, world: World) -> str | None:
    """
    The one environment that the run deploys to: a GitHub Enterprise Server may name no check run.

    Where its jobs have several, nobody knows which is ours.
    """
    if context.run_id is None or context.sha is None:
        return None
    try:
        found = github.deployments_of_run(context.run_id, context.sha)
    except RefusedError as refused:
        world.runner.whisper(f"GitHub: {refused.what} {refused.why}")
        return None
    environments = sorted({one.environment for one in found})
    if len(environments) > 1:
        world.runner.say(
            f"This run deploys to {', '.join(environments)}, and this GitHub does not tell which "
            "of them is this job's: give `environment`."
        )
        return None
    return environments[0] if environments else None
