"""How a deploy ended is told: in the log, in the outputs, on the summary page, and to people."""

from sentry_release.decisions import telling
from sentry_release.decisions.finishing import CommitStatus, FinalizeResult
from sentry_release.decisions.page import SummaryPage
from sentry_release.decisions.pages import build_finished_page
from sentry_release.decisions.unmarked import build_not_deployed_page
from sentry_release.facts.choices import OnOutage
from sentry_release.facts.config import Config
from sentry_release.facts.context import Context
from sentry_release.facts.handover import PostState
from sentry_release.story.doubles import warn_about_duplicates
from sentry_release.story.notifying import notify
from sentry_release.story.summary import write_summary
from sentry_release.story.world import Services
from sentry_release.words.errors import ActionError
from sentry_release.words.told import Annotation, AnnotationLevel, StepOutputs


def set_deploy_outputs(services: Services, done: FinalizeResult | None) -> None:
    """Hand later steps what came of `phase: deploy`; None where nothing was marked."""
    created = done.deployed if done else None
    outputs = telling.build_deploy_outputs(
        done.release if done and not done.uncertainty else None,
        created.deploy.id if created else None,
        created=bool(created),
    )
    services.runner.set_outputs(StepOutputs(outputs=telling.add_json_output(outputs)))


def report_deployed(
    config: Config, context: Context, services: Services, state: PostState, done: FinalizeResult
) -> None:
    """
    Say what was done.

    Raises:
        ActionError: With `on-outage: fail`, where the deploy is all that is known to be done.
    """
    page = build_finished_page(config, context, state, done)
    if done.commit_status is CommitStatus.MISSING:
        _warn_about_commits(services, state.release)
    if done.duplicates:
        warn_about_duplicates(services, context, state.release, done.duplicates)
    services.runner.log_line(
        f"{state.release}: {page.status.value} {state.environment or ''}".rstrip()
    )
    _show_page(config, services, page)
    if done.uncertainty:
        _report_uncertain_deploy(config, services, state, done.uncertainty)


def report_not_deployed(config: Config, services: Services, page: SummaryPage) -> None:
    """Say that nothing was marked, and why."""
    services.runner.log_line(f"{page.release}: no deploy was marked. {' '.join(page.notes)}")
    _show_page(config, services, page)


def report_failed(
    config: Config, context: Context, services: Services, state: PostState, error: ActionError
) -> None:
    """Say that the deploy could not be marked; the error is raised or warned of elsewhere."""
    notes = (error.message, error.reason, error.hint)
    _show_page(
        config, services, build_not_deployed_page(config, context, state, *notes, failed=True)
    )


def annotate_warning(services: Services, error: ActionError, *, before: str = "") -> None:
    """An error that fails nothing."""
    notice = Annotation(level=AnnotationLevel.WARNING, title=error.title, text=f"{before}{error}")
    services.runner.annotate(notice)


def _show_page(config: Config, services: Services, page: SummaryPage) -> None:
    write_summary(services, page)
    notify(config, services, page)


def _warn_about_commits(services: Services, release: str) -> None:
    text = (
        f"{release}: its commits did not come to Sentry, so nobody gets a deploy mail.\n"
        "Look at Settings > Integrations in Sentry, and give the job "
        "`permissions: {contents: read}`."
    )
    services.runner.annotate(
        Annotation(level=AnnotationLevel.WARNING, title="Sentry release: commits", text=text)
    )


def _report_uncertain_deploy(
    config: Config, services: Services, state: PostState, reason: ActionError
) -> None:
    if config.on_outage is OnOutage.FAIL:
        raise reason
    annotate_warning(
        services,
        reason,
        before=f"{state.release} is marked as deployed, but it may not be finalized.\n",
    )
