"""A deploy that was not marked -> the page that says so, and why."""

from dataclasses import replace

from sentry_release.decisions.page import Page, Status
from sentry_release.decisions.pages import page_of
from sentry_release.decisions.speaking import WhyNot
from sentry_release.facts.config import Config
from sentry_release.facts.context import Context
from sentry_release.facts.deployed import Deployed
from sentry_release.facts.handover import Handover

_SHORT_SHA = 7
SUCCESS = "success"
"""The status of a job whose steps have all succeeded."""


def job_ended(config: Config) -> str:
    """That the job has not succeeded, as a sentence."""
    ended = f"The job ended with the status `{config.job_status or 'unknown'}`"
    return f"{ended}: no deploy recorded, release not finalized."


def unmarked_page(
    config: Config, context: Context, left: Handover, *notes: str, failed: bool
) -> Page:
    """The page of a release that was not marked as deployed, for the reasons in `notes`."""
    page = page_of(config, context, left)
    url = page.release_url if left.opened else None  # a release that may not be there has no page
    return replace(page, status=Status.NOT_DEPLOYED, release_url=url, notes=notes, failed=failed)


def spoken_page(
    config: Config, context: Context, told: Deployed, why: WhyNot, release: str | None
) -> Page:
    """
    The page of a deploy that somebody else made, and that is not to be marked.

    Args:
        config: The inputs, as the one who deployed would have had them.
        context: The run, in the same way.
        told: What the event tells.
        why: Why it is not marked.
        release: The name of the release; None where it cannot be told.
    """
    left = Handover(
        release=release or f"commit {(context.commit or 'unknown')[:_SHORT_SHA]}",
        environment=config.environment,
    )
    page = unmarked_page(config, context, left, why.text, failed=why.failed)
    log = context.run_url if told.deployment is None else told.page
    return replace(page, deploy_url=log or config.deploy_url)
