"""What a CI host tells takes the place of inputs that nobody gave."""

from dataclasses import replace

from sentry_release.config.inputs import Command
from sentry_release.facts.choices import CommitsMode
from sentry_release.facts.config import Config
from sentry_release.facts.context import Context
from sentry_release.facts.origin import Forge
from sentry_release.facts.sentry_names import find_environment_name_error
from sentry_release.story.world import Services
from sentry_release.words.errors import WorkflowError
from sentry_release.words.told import Annotation, AnnotationLevel

_ONLY_NAMING = {Command.DOCTOR, Command.NAME, Command.RUN}


def apply_ci_defaults(config: Config, context: Context) -> Config:
    """
    The inputs, with the environment and the job's status as the host tells them.

    A host may have environments that Sentry takes none of, as `review/login` of GitLab's; a
    build is named without them, and nothing is deployed to them before they have a name.

    Raises:
        WorkflowError: This is one of them.
    """
    config = replace(config, job_status=config.job_status or context.job_status)
    if config.environment or context.environment is None or context.provider is None:
        return config
    problem = find_environment_name_error(context.environment)
    if problem is None:
        return replace(config, environment=context.environment)
    if config.command in _ONLY_NAMING:
        return config
    raise WorkflowError(
        f"The environment {context.environment[:80]!r} of {context.provider.name} {problem}.",
        reason="Sentry takes no environment of that name.",
        hint="Give its name in Sentry as `--environment`, or as SENTRY_ENVIRONMENT.",
    )


def warn_unknown_repository(config: Config, context: Context, services: Services) -> None:
    """GitLab's variables do not tell what Sentry calls a repository, so its user has to."""
    requests = (
        config.set_commits in {CommitsMode.AUTO, CommitsMode.INTEGRATION}
        and not config.repositories
    )
    if not requests or context.forge is not Forge.GITLAB or config.auth_token is None:
        return
    text = (
        f"The release gets no commits: nobody says what Sentry calls {context.repository}.\n"
        "Sentry lists GitLab's repositories by their display names, as in `Acme / Shop`.\n"
        "Copy the name from Settings > Repositories in Sentry to `--repositories`."
    )
    services.runner.annotate(
        Annotation(level=AnnotationLevel.NOTICE, title="Sentry release: commits", text=text)
    )
