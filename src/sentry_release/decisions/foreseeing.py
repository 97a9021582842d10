"""Config + Context -> whether GitHub will be asked; known before anything has been asked at all."""

from sentry_release.config.inputs import Command
from sentry_release.facts.choices import CommitsMode
from sentry_release.facts.config import Config
from sentry_release.facts.context import Context


def needs_github(config: Config, context: Context) -> bool:
    """
    Whether a phase that asks Sentry is sure to ask GitHub as well.

    PyGithub is then imported while Sentry answers. To be wrong costs an import that is not used,
    or one that is waited for.
    """
    if context.post_state is not None:  # post has nearly always been told all by main
        return False
    if config.environment is None and context.is_github_actions:
        return True
    if config.command is Command.DEPLOY:
        return _needs_deployment(config, context)
    releases = config.command is Command.RELEASE and not config.dry_run
    return releases and uploads_commits(config)


def uploads_commits(config: Config) -> bool:
    """Whether we bring the commits whatever Sentry could fetch, since only we can leave some out."""
    return config.set_commits is CommitsMode.GITHUB or (
        bool(config.commit_paths) and config.set_commits is not CommitsMode.SKIP
    )


def _needs_deployment(config: Config, context: Context) -> bool:
    event = context.deployment_event
    if event is None:
        return config.check_run_id is not None
    return event.run_id is not None
