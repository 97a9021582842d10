"""Config + Context -> the deploy to mark."""

from datetime import datetime

from sentry_release.facts.choices import When
from sentry_release.facts.config import DEPLOY_NAME_LIMIT, URL_LIMIT, Config
from sentry_release.facts.context import Context
from sentry_release.words.release import Deploy


def deploy_of(
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
    and each attempt of it, makes one deploy of a release to an environment.
    """
    if environment is None or config.deploy is When.NEVER:
        return None
    began = config.started_at or started
    return Deploy(
        environment=environment,
        name=_name(config, context),
        url=config.deploy_url or page_of(context.run_url),
        started=min(began, now) if began else None,
        finished=now,
        projects=config.projects,
        tells_run=_tells_run(config, context),
    )


def _tells_run(config: Config, context: Context) -> bool:
    by_url = not config.deploy_url and page_of(context.run_url) is not None
    by_name = not config.deploy_name and context.run_name is not None
    return context.run_id is not None and (by_url or by_name)


def page_of(url: str | None) -> str | None:
    """The address, unless it is longer than Sentry stores: it fails with 500 then."""
    return url if url and len(url) <= URL_LIMIT else None


def _name(config: Config, context: Context) -> str | None:
    if config.deploy_name or context.run_name is None:
        return config.deploy_name
    name = context.run_name
    if context.deployment is not None:
        return name
    if context.run_id and (config.deploy_url or not page_of(context.run_url)):
        # Numbers count each workflow for itself; only the id is the run's alone.
        name += f" ({context.run_id}.{context.run_attempt})"
    return name[:DEPLOY_NAME_LIMIT]
