"""Config + Context -> whether GitHub will be asked; known before anything has been asked at all."""

from sentry_release.config.inputs import Command
from sentry_release.facts.choices import Commits
from sentry_release.facts.config import Config
from sentry_release.facts.context import Context


def asks_github(config: Config, context: Context) -> bool:
    """
    Whether a phase that asks Sentry is sure to ask GitHub as well.

    PyGithub is then imported while Sentry answers. To be wrong costs an import that is not used,
    or one that is waited for.
    """
    if context.handover is not None:  # post has nearly always been told all by main
        return False
    if config.environment is None and context.on_actions:
        return True
    if config.command is Command.DEPLOY:
        return _asks_who_deployed(config, context)
    releases = config.command is Command.RELEASE and not config.dry_run
    return releases and brings_commits(config)


def brings_commits(config: Config) -> bool:
    """Whether we bring the commits whatever Sentry could fetch, since only we can leave some out."""
    return config.set_commits is Commits.GITHUB or (
        bool(config.commit_paths) and config.set_commits is not Commits.SKIP
    )


def _asks_who_deployed(config: Config, context: Context) -> bool:
    told = context.deployed
    if told is None:
        return config.check_run_id is not None
    return told.run_id is not None
