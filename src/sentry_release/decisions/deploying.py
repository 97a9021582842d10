"""Config + Context -> the deploy to mark."""

from datetime import datetime

from sentry_release.facts.config import MAX_DEPLOY_NAME_LENGTH, Config
from sentry_release.facts.context import Context
from sentry_release.facts.sentry_links import check_link
from sentry_release.words.release import Deploy

_MAX_ID_LENGTH = 40  # characters; the last ones tell one run from the next


def build_deploy(
    config: Config,
    context: Context,
    *,
    environment: str | None,
    started: datetime | None,
    now: datetime,
) -> Deploy | None:
    """
    The deploy that this job makes; None when there is no environment, or none is wanted.

    It carries the run in its url, or else in its name, so that it can be known again: a run,
    and each attempt of it, makes one deploy of a release to an environment. Where the user
    gives both, the moment it started tells the run.
    """
    if environment is None or not config.deploy:
        return None
    tells_run = _is_run_known_from_event(config, context)
    began = context.deploy_started or started
    if began is None and context.run_id and not tells_run:
        began = now
    return Deploy(
        environment=environment,
        name=_get_run_name(config, context),
        url=config.deploy_url or _get_run_url(context),
        started=min(began, now) if began else None,
        finished=now,
        projects=config.projects,
        is_run_known=tells_run,
    )


def _is_run_known_from_event(config: Config, context: Context) -> bool:
    by_url = not config.deploy_url and _get_run_url(context) is not None
    by_name = not config.deploy_name and context.run_name is not None
    return context.run_id is not None and (by_url or by_name)


def _get_run_url(context: Context) -> str | None:
    """The page of the run; a deployment may be told of by many runs, and has none of theirs."""
    return check_link(context.run_url) if context.deployment_id is None else None


def _get_run_name(config: Config, context: Context) -> str | None:
    if config.deploy_name or context.run_name is None:
        return config.deploy_name
    own = ""
    if (
        context.run_id
        and context.deployment_id is None
        and (config.deploy_url or not _get_run_url(context))
    ):
        # Numbers count each workflow for itself; only the id is the run's alone.
        own = f" ({context.run_id[-_MAX_ID_LENGTH:]}.{context.run_attempt})"
    return context.run_name[: MAX_DEPLOY_NAME_LENGTH - len(own)] + own
