"""Report the result of a deploy: log, outputs, job summary and notification."""

from importlib import import_module
from pathlib import PurePosixPath

from sentry_release.commands.steps.notify import notify
from sentry_release.config.config import Config
from sentry_release.config.inputs import OnOutage
from sentry_release.errors import ActionError
from sentry_release.model.commits import CommitTimes
from sentry_release.model.job import Annotation, AnnotationLevel, StepOutputs
from sentry_release.release.commit_details import find_lead_time
from sentry_release.release.deploy import CommitStatus, FinalizeResult
from sentry_release.report import release_outputs
from sentry_release.report.page import Status, SummaryPage
from sentry_release.services import Services

_TEMPLATES = {
    Status.NAMED: "release",
    Status.PLANNED: "release",
    Status.CREATED: "release",
    Status.UNREACHED: "release",
    Status.DEPLOYED: "deployed",
    Status.ALREADY_DEPLOYED: "deployed",
    Status.FINISHED: "deployed",
    Status.NOT_DEPLOYED: "not_deployed",
    Status.HEALTHY: "health",
    Status.UNHEALTHY: "health",
    Status.HEALTH_UNKNOWN: "health",
}


def preload_summary(status: Status) -> None:
    """Load the templates of a page with this status, and what builds the page."""
    from sentry_release.adapters.templates import render

    import_module("sentry_release.report.pages")
    render.preload_templates(_TEMPLATES[status], "release_table")


def write_summary(services: Services, page: SummaryPage) -> None:
    """Add the page to the job summary."""
    from sentry_release.adapters.templates import render

    services.runner.add_summary(render.render_template(_TEMPLATES[page.status], **page.to_values()))


def set_deploy_outputs(
    services: Services,
    done: FinalizeResult | None,
    *,
    notes_dir: PurePosixPath | None = None,
    commit_times: CommitTimes | None = None,
) -> None:
    """
    Set the outputs of the deploy action.

    Args:
        services: The adapters.
        done: The deploy; None if none was created.
        notes_dir: The folder of the release notes, if they were written.
        commit_times: The times of the commits, if GitHub listed them.
    """
    created = done.deployed if done else None
    outputs = release_outputs.build_deploy_outputs(
        done.release if done and not done.uncertainty else None,
        created.deploy.id if created else None,
        created=bool(created),
        notes_dir=notes_dir,
    )
    lead_time = find_lead_time(done, commit_times) if done else None
    with_json = release_outputs.add_json_output(
        outputs, release_outputs.build_lead_time_values(lead_time)
    )
    services.runner.set_outputs(StepOutputs(outputs=with_json))


def report_deployed(
    config: Config,
    services: Services,
    page: SummaryPage,
    done: FinalizeResult,
    *,
    is_external: bool,
) -> None:
    """
    Report what was done.

    Args:
        config: The inputs.
        services: The adapters.
        page: The page of the job summary.
        done: What was done.
        is_external: Whether an event about a deployment started the run.

    Raises:
        ActionError: With `on-outage: fail`, if only the deploy is known to be done.
    """
    if done.commit_status is CommitStatus.MISSING:
        _warn_about_commits(services, page.release)
    if done.duplicates:
        _warn_about_duplicates(services, page.release, done.duplicates, is_external=is_external)
    services.runner.log_line(_describe_result(page))
    show_page(config, services, page)
    if done.uncertainty:
        _report_uncertain_deploy(config, services, page.release, done.uncertainty)


def report_not_deployed(config: Config, services: Services, page: SummaryPage) -> None:
    """Report that no deploy was recorded, and why."""
    services.runner.log_line(f"{page.release}: no deploy recorded. {' '.join(page.notes)}")
    show_page(config, services, page)


def annotate_warning(
    services: Services, error: ActionError, *, before: str = "", after: str = ""
) -> None:
    """Annotate an error that does not fail the job."""
    text = f"{before}{error}{after}"
    notice = Annotation(level=AnnotationLevel.WARNING, title=error.title, text=text)
    services.runner.annotate(notice)


def _describe_result(page: SummaryPage) -> str:
    if page.status is Status.DEPLOYED:
        return f"Created the deploy of {page.release} to {page.environment}."
    if page.status is Status.ALREADY_DEPLOYED:
        return f"{page.release} was already deployed to {page.environment} by this run."
    done = f"Finalized {page.release}." if page.released else f"{page.release} is not finalized."
    return f"{done} No deploy recorded."


def show_page(config: Config, services: Services, page: SummaryPage) -> None:
    """Add the page to the job summary, and notify about it."""
    write_summary(services, page)
    notify(config, services, page)


def _warn_about_commits(services: Services, release: str) -> None:
    text = (
        f"Sentry has no commits of {release}, so it sends no deploy emails.\n"
        "Check Settings > Integrations in Sentry, and add `permissions: contents: read`."
    )
    services.runner.annotate(
        Annotation(level=AnnotationLevel.WARNING, title="Sentry release: commits", text=text)
    )


def _warn_about_duplicates(
    services: Services, release: str, count: int, *, is_external: bool
) -> None:
    """Warn that the deploy exists more than once, with a hint how to avoid that."""
    hint = (
        "Set `deploy: false` in these jobs, and create the deploy in a last job that "
        "`needs:` all of them and uses the action `deploy`."
        if not is_external
        else "Set for the job `concurrency: mark-${{ github.event.deployment.id || "
        "github.event.workflow_run.id }}`."
    )
    text = (
        f"{release}: Sentry has this deploy {count + 1} times.\n"
        "Several jobs created it at the same instant, which Sentry does not prevent; it sent the "
        f"deploy email as often.\n{hint}"
    )
    notice = Annotation(
        level=AnnotationLevel.WARNING, title="Sentry release: duplicate deploy", text=text
    )
    services.runner.annotate(notice)


def _report_uncertain_deploy(
    config: Config, services: Services, release: str, reason: ActionError
) -> None:
    if config.on_outage is OnOutage.FAIL:
        raise reason
    annotate_warning(
        services,
        reason,
        before=f"The deploy of {release} was recorded, but the release may not be finalized.\n",
    )
