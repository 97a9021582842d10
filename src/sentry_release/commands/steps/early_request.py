"""Send the first request of the main step early, so that Sentry answers while the app is read."""

from contextlib import suppress

from sentry_release.config.config import Config
from sentry_release.config.inputs import CommitsSince, DoctorMode
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
    with suppress(WorkflowError):  # a folder, a proxy or an authority: raised again where needed
        if _has_app(config, services):
            services.sentry().preload_releases(config.environment)


def _is_certain(config: Config, event_kind: EventKind) -> bool:
    """Return whether inputs and event are valid and decide, with a project, that it is sent."""
    if config.auth_token is None or config.environment is None:
        return False
    if config.release or config.notify_urls or config.notify_template:  # not validated yet
        return False
    if config.doctor is DoctorMode.FAIL:  # it may end the step before Sentry gets a request
        return False
    environment = JobEnvironment(name=config.environment)
    finals = config.finalize_environments
    allowed = decide_allowed_effects(event_kind, environment, finals)
    return allowed.may_create and config.commits_since is CommitsSince.LAST_DEPLOY


def _has_app(config: Config, services: Services) -> bool:
    """Return whether there is a pubspec.yaml: a wrong folder is a mistake in the inputs."""
    return bool(services.workspace.glob("pubspec.yaml", below=config.working_directory))
