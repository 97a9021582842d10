"""A deploy that was not marked -> the page that says so, and why."""

from dataclasses import replace

from sentry_release.decisions.page import Status, SummaryPage
from sentry_release.decisions.pages import build_page
from sentry_release.decisions.speaking import SkipReason
from sentry_release.facts.config import Config
from sentry_release.facts.context import Context
from sentry_release.facts.deployed import DeploymentEvent
from sentry_release.facts.handover import PostState

_SHORT_SHA = 7
SUCCESS = "success"
"""The status of a job whose steps have all succeeded."""


def explain_job_failure(config: Config) -> str:
    """That the job has not succeeded, as a sentence."""
    ended = f"The job ended with the status `{config.job_status or 'unknown'}`"
    return f"{ended}: no deploy recorded, release not finalized."


def build_not_deployed_page(
    config: Config, context: Context, state: PostState, *notes: str, failed: bool
) -> SummaryPage:
    """The page of a release that was not marked as deployed, for the reasons in `notes`."""
    page = build_page(config, context, state)
    url = (
        page.release_url if state.is_created else None
    )  # a release that may not be there has no page
    return replace(page, status=Status.NOT_DEPLOYED, release_url=url, notes=notes, failed=failed)


def build_external_deploy_page(
    config: Config,
    context: Context,
    event: DeploymentEvent,
    reason: SkipReason,
    release: str | None,
) -> SummaryPage:
    """
    The page of a deploy that somebody else made, and that is not to be marked.

    Args:
        config: The inputs, as the one who deployed would have had them.
        context: The run, in the same way.
        event: What the event tells.
        reason: Why it is not marked.
        release: The name of the release; None where it cannot be told.
    """
    state = PostState(
        release=release or f"commit {(context.commit or 'unknown')[:_SHORT_SHA]}",
        environment=config.environment,
    )
    page = build_not_deployed_page(config, context, state, reason.text, failed=reason.failed)
    log = context.run_url if event.deployment is None else event.log_url
    return replace(page, deploy_url=log or config.deploy_url)
