"""The post step of the action: finalize the release and create the deploy after a successful job."""

from dataclasses import replace
from typing import TYPE_CHECKING

from sentry_release.adapters.file_search import has_build_output
from sentry_release.adapters.workspace import Workspace
from sentry_release.ci.context import Context
from sentry_release.config.config import Config
from sentry_release.config.inputs import OnOutage
from sentry_release.errors import ActionError, ServiceUnavailableError
from sentry_release.model.job import Annotation, AnnotationLevel
from sentry_release.model.release import SUCCESS
from sentry_release.release.post_state import PostState
from sentry_release.services import Services

if TYPE_CHECKING:
    from sentry_release.commands.steps.upload_build import UploadRequest
    from sentry_release.report.page import SummaryPage

_FAILURE = "failure"
_CLOCK_STEP_S = 2.0  # seconds by which file systems may round the time of a file


_HOW_TO_RECORD_LATER = (
    "\nTo record the deploy later, run the action `deploy` with `create-missing-release: true`, "
    "or run the job again."
)


def finish_job(config: Config, context: Context, services: Services) -> None:
    """
    Upload the build, finalize the release and create the deploy, if the job has succeeded.

    Raises:
        ActionError: Only with `on-outage: fail`; otherwise a failure is a warning, since the
            job's own steps have succeeded.
    """
    state = PostState.from_state(context.post_state) if context.post_state else None
    context = replace(context, built=state.built) if state else context
    if state is None or state.skip_reason:
        reason = state.skip_reason if state else "the main step did not finish"
        unsent = _explain_unsent(config, context, state) if state else None
        is_listed = False
        if state and (config.dry_run or unsent):
            request = _request_upload(config, context, services.workspace, state)
            is_listed = _upload(request, services, context.exported_env, unsent)
        if not (is_listed and unsent):
            services.runner.log_line(f"Nothing {'more ' * is_listed}to do: {reason}.")
        return
    if config.job_status in {SUCCESS, _FAILURE}:
        request = _request_upload(config, context, services.workspace, state)
        unsent = _explain_unsent(config, context, state)
        if _upload(request, services, context.exported_env, unsent):
            services = services.reopen()  # uploads have their own time limit
    if config.job_status != SUCCESS:
        from sentry_release.commands.steps.deploy_report import report_not_deployed
        from sentry_release.report.pages import build_not_deployed_page, explain_job_failure

        reason = explain_job_failure(config)
        page = build_not_deployed_page(config, context, state, reason, failed=True)
        report_not_deployed(config, services, page)
    else:
        _finish_release(config, context, services, state)


def _explain_unsent(config: Config, context: Context, state: PostState) -> str | None:
    """Return why nothing may be sent to Sentry; None if it may."""
    if config.auth_token is not None and not context.event_kind.is_fork:
        return None
    return state.skip_reason or "there is no auth token"


def _request_upload(
    config: Config, context: Context, workspace: Workspace, state: PostState
) -> "UploadRequest | None":
    """Return what to upload; None if uploads are off or there is no build output."""
    if not config.uploads or state.started is None:
        return None
    if not config.symbols_path and not has_build_output(workspace.root / config.working_directory):
        return None  # most jobs: they are spared the imports below
    from sentry_release.commands.steps.job_setup import read_job_workflows
    from sentry_release.commands.steps.report_upload import build_request

    return build_request(
        config,
        release=state.release,
        dist=state.dist,
        newer_than=state.started.timestamp() - _CLOCK_STEP_S,
        workflows=read_job_workflows(context, workspace, config.working_directory),
    )


def _upload(
    request: "UploadRequest | None",
    services: Services,
    exported_env: str | None,
    unsent: str | None,
) -> bool:
    """
    Upload what the job has built; return whether there was anything to upload.

    A failed job uploads too: a step may fail after the app has reached a store or its users.
    With the reason `unsent` it only lists what would be uploaded.
    Errors here are warnings: the deploy is still created.
    """
    if request is None:
        return False
    from sentry_release.commands.steps.deploy_report import annotate_warning
    from sentry_release.commands.steps.report_upload import (
        add_build_notes,
        show_report,
        show_unsent,
    )
    from sentry_release.commands.steps.upload_build import find_build, upload_build

    try:
        found = find_build(request, services.workspace)
        connect = None if unsent else services.upload_client
        report = upload_build(request, found, services.workspace, connect)
        report = add_build_notes(report, request, found, services.workspace, exported_env)
        if unsent:
            show_unsent(report, services.runner, unsent)
        show_report(report, services.runner)
    except ActionError as error:
        annotate_warning(services, error)
        return True
    except Exception as error:  # noqa: BLE001 - an internal error here must not cost the deploy
        services.runner.annotate(_build_internal_error(error))
        return True
    for problem in report.errors:
        services.runner.report_error(problem, level=AnnotationLevel.WARNING)
    return not report.is_empty


def _build_internal_error(error: Exception) -> Annotation:
    text = (
        f"The upload failed: {type(error).__name__}: {str(error)[:300]}\n"
        "This is an internal error of sentry-release-flutter, which costs only the upload.\n"
        "Report it with the log of a run with debug logging."
    )
    return Annotation(
        level=AnnotationLevel.WARNING, title="Sentry release: internal error", text=text
    )


def _finish_release(config: Config, context: Context, services: Services, state: PostState) -> None:
    """Finalize the release and create the deploy; what reports them is imported meanwhile."""
    from sentry_release.commands.steps.finalize_and_deploy import finalize_and_deploy
    from sentry_release.release.deploy import plan_finish

    try:
        if state.environment_problem is not None:  # GitHub did not report it to the main step
            from sentry_release.commands.steps.job_setup import find_job_environment

            state = state.in_environment(find_job_environment(config, context, services))
        now = services.clock.now()
        if not state.is_created:  # Sentry was unreachable in the main step
            from sentry_release.commands.steps.create_release import create_release, find_plan
            from sentry_release.release.release_name import build_named_release

            release = build_named_release(state.release)
            plan = find_plan(config, context, release, state.environment, services)
            new_release = plan.build_new_release(config, context)
            state = create_release(plan, new_release, config, services).update_state(state)
        done = finalize_and_deploy(plan_finish(config, context, state, now), config, services)
    except ActionError as error:
        from sentry_release.report.pages import build_failed_page

        _report_error(config, services, build_failed_page(config, context, state, error), error)
        if config.on_outage is OnOutage.FAIL:
            raise
    else:
        from sentry_release.commands.steps.deploy_report import report_deployed
        from sentry_release.report.pages import build_finished_page

        page = build_finished_page(config, context, state, done)
        is_external = context.deployment_event is not None
        report_deployed(config, services, page, done, is_external=is_external)
        if config.announce:
            from sentry_release.commands.steps.announce import announce_deploy, build_target

            announce_deploy(build_target(config, context), services, done)


def _report_error(
    config: Config, services: Services, page: "SummaryPage", error: ActionError
) -> None:
    """Report an error, which is a warning unless it fails the job."""
    from sentry_release.commands.steps.deploy_report import annotate_warning, show_page

    show_page(config, services, page)
    if config.on_outage is not OnOutage.FAIL:
        is_outage = isinstance(error, ServiceUnavailableError)
        annotate_warning(services, error, after=_HOW_TO_RECORD_LATER if is_outage else "")
