"""Send the first request of the main step early, so that Sentry answers while the app is read."""

from contextlib import suppress

from sentry_release.config.config import Config
from sentry_release.config.inputs import CommitsSince
from sentry_release.errors import WorkflowError
from sentry_release.model.job import EventKind, JobEnvironment
from sentry_release.release.event_policy import decide_allowed_effects
from sentry_release.services import Services


def request_releases_early(config: Config, event_kind: EventKind, services: Services) -> None:
    """
    Request the releases of the environment, if find_previous certainly needs them.

    The request changes nothing. find_previous takes over its response, and reports its errors.
    """
    if not _is_certain(config, event_kind):
        return
    with suppress(WorkflowError):  # an unusable proxy or authority: raised again in find_previous
        services.sentry().preload_releases(config.environment)


def _is_certain(config: Config, event_kind: EventKind) -> bool:
    """Return whether inputs and event are valid and alone decide that the request is sent."""
    if config.auth_token is None or config.environment is None:
        return False
    if config.release or config.notify_urls or config.notify_template:  # not validated yet
        return False
    environment = JobEnvironment(name=config.environment)
    finals = config.finalize_environments
    allowed = decide_allowed_effects(event_kind, environment, finals)
    return allowed.may_create and config.commits_since is CommitsSince.LAST_DEPLOY
