"""The upload action: upload source maps and debug files now, and check what ships."""

from functools import partial

from sentry_release.ci.context import Context
from sentry_release.commands.steps.job_setup import (
    find_environment_for_template,
    find_job_environment,
    read_job_workflows,
    require_token,
)
from sentry_release.commands.steps.report_upload import (
    add_build_notes,
    build_request,
    show_nothing_found,
    show_report,
    show_unsent,
)
from sentry_release.commands.steps.upload_build import find_build, upload_build
from sentry_release.config.config import Config
from sentry_release.config.inputs import OnOutage
from sentry_release.errors import ServiceUnavailableError
from sentry_release.model.job import Annotation, AnnotationLevel, StepOutputs
from sentry_release.project.resolve_name import resolve_release_name
from sentry_release.report import release_outputs
from sentry_release.services import Services
from sentry_release.upload.upload_report import UploadReport


def upload(config: Config, context: Context, services: Services) -> None:
    """
    Upload what the job has built so far, for the release that the job has named.

    Without a token, and for a fork, it only lists what would be uploaded.

    Raises:
        WorkflowError, ProjectError, ApiError: The inputs, the project or Sentry do not allow it.
        ServiceUnavailableError: Only with `on-outage: fail`.
    """
    require_token(config, context)
    environment = find_environment_for_template(
        config, partial(find_job_environment, config, context, services)
    )
    release = resolve_release_name(
        config, context, services.workspace, environment.name if environment else None
    ).release
    request = build_request(
        config,
        release=release.name,
        dist=release.dist,
        newer_than=None,
        workflows=read_job_workflows(context, services.workspace, config.working_directory),
    )
    found = find_build(request, services.workspace)
    may_send = config.auth_token is not None and not context.event_kind.is_fork
    report = upload_build(
        request, found, services.workspace, services.upload_client if may_send else None
    )
    report = add_build_notes(report, request, found, services.workspace, context.exported_env)
    outputs = {"release": release.name, **report.build_outputs()}
    services.runner.set_outputs(StepOutputs(outputs=release_outputs.add_json_output(outputs)))
    if report.is_empty:
        show_nothing_found(services.runner, config.working_directory, config.uploads)
        return
    if not may_send:
        reason = context.no_secrets_reason or "there is no auth token"
        show_unsent(report, services.runner, reason)
    show_report(report, services.runner)
    _raise_errors(report, config, services)


def _raise_errors(report: UploadReport, config: Config, services: Services) -> None:
    """Raise the errors of the upload; an outage only with `on-outage: fail`."""
    for error in report.errors:
        if not isinstance(error, ServiceUnavailableError) or config.on_outage is OnOutage.FAIL:
            raise error
        notice = Annotation(level=AnnotationLevel.WARNING, title=error.title, text=str(error))
        services.runner.annotate(notice)
