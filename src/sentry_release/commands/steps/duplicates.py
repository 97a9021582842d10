"""Whether a deploy is in Sentry more than once, which its API can neither exclude nor mend."""

from sentry_release.ci.context import Context
from sentry_release.config.config import Config
from sentry_release.config.inputs import Command
from sentry_release.errors import ApiError, ServiceUnavailableError
from sentry_release.model.outputs import Annotation, AnnotationLevel
from sentry_release.model.release import CreatedDeploy, Deploy, SentryRelease
from sentry_release.release.post_state import PostState
from sentry_release.services import Services

_SPREAD_S = 3.0


def wait_for_other_jobs(config: Config, services: Services, state: PostState) -> None:
    """
    Legs of a matrix often end together, and one that opened the release marks its deploy at once.

    The others wait, each as long as chance has it, so that they see what was marked.
    """
    if (config.job_total or 1) > 1 and not state.created_here:
        services.sentry().budget.sleep_if_affordable(_SPREAD_S * services.clock.random())


def may_race(config: Config, context: Context, state: PostState) -> bool:
    """
    Whether another job may be marking the same deploy.

    It may be another leg of a matrix, another run of an event that came twice, or whoever has
    opened the release before us.
    """
    if (config.job_total or 1) > 1 or context.deployment_event is not None:
        return True
    return not state.created_here and config.command is not Command.DEPLOY


def count_duplicates(
    services: Services,
    existing: SentryRelease,
    deploy: Deploy,
    created: CreatedDeploy,
    *,
    may_race_others: bool,
) -> int:
    """
    How often the deploy is there besides the one that we know of.

    Two jobs that look in the same instant both see nothing, and both mark; so who may have
    had company looks once more. See docs/adr/0005-exactly-once.md.
    """
    if (
        existing.deploy_count <= 1
        if created.existed
        else not may_race_others and not existing.deploy_count
    ):
        return 0
    try:
        found = sum(one.matches(deploy) for one in services.sentry().list_deploys(existing.name))
    except (ServiceUnavailableError, ApiError) as error:
        services.runner.log_line(f"Whether the deploy is there twice is not known: {error.message}")
        return 0
    return max(found - 1, 0)


def warn_about_duplicates(services: Services, context: Context, release: str, count: int) -> None:
    """Say that the deploy is there too often, and how that is avoided."""
    hint = (
        "Give these jobs `deploy: false`, and create it in a last job with `needs:` on all of them "
        "and the action `deploy`."
        if context.deployment_event is None
        else "Give the job `concurrency: mark-${{ github.event.deployment.id || "
        "github.event.workflow_run.id }}`."
    )
    text = (
        f"{release}: this deploy is in Sentry {count + 1} times.\n"
        "Jobs marked it in the same instant, which Sentry does not exclude; its mail was sent as "
        f"often.\n{hint}"
    )
    notice = Annotation(
        level=AnnotationLevel.WARNING, title="Sentry release: marked twice", text=text
    )
    services.runner.annotate(notice)
