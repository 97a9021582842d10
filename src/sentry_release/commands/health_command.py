"""The health action: evaluate the health of a release, report it, and fail if it is unhealthy."""

import json
from dataclasses import replace
from functools import partial

from sentry_release.adapters.workspace_paths import is_own_report
from sentry_release.ci.context import Context
from sentry_release.clock import Deadline
from sentry_release.commands.steps.deploy_report import write_summary
from sentry_release.commands.steps.job_setup import find_job_environment, require_token
from sentry_release.commands.steps.measure_health import HealthMeasurement, measure_health
from sentry_release.commands.steps.notify import check_notify_config, notify
from sentry_release.commands.steps.previous_release import find_previous
from sentry_release.config.config import Config
from sentry_release.config.inputs import CommitsSince, OnOutage
from sentry_release.errors import ServiceUnavailableError, UnhealthyReleaseError, WorkflowError
from sentry_release.health.gates import HealthResult, Thresholds, Verdict, evaluate_gates
from sentry_release.health.svg import render_svg
from sentry_release.model.commits import BuiltCommit
from sentry_release.model.health import GateOutcome, SessionStats
from sentry_release.model.job import Annotation, AnnotationLevel, StepOutputs
from sentry_release.model.release import Release, build_release_url
from sentry_release.project.flutter_project import FlutterProject
from sentry_release.project.resolve_name import resolve_release_name
from sentry_release.release.post_state import PostState
from sentry_release.report import release_outputs
from sentry_release.report.health_report import build_health_page, build_report
from sentry_release.report.page import Status, SummaryPage
from sentry_release.report.pages import build_page
from sentry_release.services import Services

_TITLE = "Sentry release: health"
_HEALTHY = {Verdict.HEALTHY: True, Verdict.UNHEALTHY: False, Verdict.UNKNOWN: None}


def evaluate_health(config: Config, context: Context, services: Services) -> None:
    """
    Evaluate the health of the release, and report its figures; Sentry is only read.

    Raises:
        UnhealthyReleaseError: A gate failed.
        WorkflowError, ProjectError, ApiError: The inputs, the project or Sentry do not allow it.
        ServiceUnavailableError: Only with `on-outage: fail`.
    """
    require_token(config, context)
    check_notify_config(config, services)
    try:
        environment = find_job_environment(config, context, services).name
        release = _find_last_deployed(config, services, environment, context.built_commit) or (
            resolve_release_name(config, context, services.workspace, environment).release
        )
        page = build_page(config, context, PostState(release=release.name, environment=environment))
        if config.auth_token is None:
            reason = context.no_secrets_reason or "there is no auth token"
            _report_no_secrets(services, page, reason)
            return
        find_before = partial(
            find_previous, config, services, release, environment, context.built_commit
        )
        found = measure_health(config, services, release, environment, find_before)
    except ServiceUnavailableError as outage:
        if config.on_outage is OnOutage.FAIL:
            raise
        _report_outage(services, outage)
    else:
        _report_verdict(config, services, page, found)


def _report_outage(services: Services, outage: ServiceUnavailableError) -> None:
    outputs = release_outputs.build_health_outputs(None, None, healthy=None)
    services.runner.set_outputs(StepOutputs(outputs=release_outputs.add_json_output(outputs)))
    _annotate_warning(services, f"{outage}\nThe health of the release is unknown.")


def _find_last_deployed(
    config: Config,
    services: Services,
    environment: str | None,
    built: BuiltCommit,
) -> Release | None:
    """Return the last deployed release, if neither an input nor a project names one; else None."""
    if environment is None or config.auth_token is None or config.release is not None:
        return None
    if FlutterProject.load(config, services.workspace) is not None:
        return None
    by_environment = replace(config, commits_since=CommitsSince.LAST_DEPLOY)
    last = find_previous(by_environment, services, Release(name=""), environment, built).release
    if last is None:
        raise _build_nothing_deployed_error(environment)
    return Release(name=last.name)


def _build_nothing_deployed_error(environment: str) -> WorkflowError:
    return WorkflowError(
        f"Sentry has no release of these projects that was deployed to {environment!r}.",
        reason="Without `release` and a pubspec.yaml, the last deployed release is evaluated.",
        hint="Wait for the first deploy, correct `environment` or `projects`, or set `release`.",
    )


def _report_verdict(
    config: Config,
    services: Services,
    page: SummaryPage,
    found: HealthMeasurement,
) -> None:
    result = evaluate_gates(Thresholds.from_config(config), found.health)
    if config.health_wait is not None:
        until = services.clock.monotonic() + config.timeout
        services = replace(services, deadline=Deadline(clock=services.clock, at=until))
    page = build_health_page(page, found.health, result, found.notes)
    _set_health_outputs(config, services, page, found.health.current, result)
    services.runner.print_result(f"{page.release}: {result.verdict.value}")
    for gate in result.gates:
        services.runner.print_result(f"  {gate.name}: {gate.outcome.value}: {gate.reason}")
    write_summary(services, page)
    notify(config, services, page)
    _write_report_files(config, services, found, result)
    if result.verdict is Verdict.UNHEALTHY:
        raise _build_unhealthy_error(page, result)
    if result.verdict is Verdict.UNKNOWN:
        _annotate_warning(services, _explain_unknown(page, result))


def _write_report_files(
    config: Config, services: Services, found: HealthMeasurement, result: HealthResult
) -> None:
    """Write the files of the report, if `report-dir` is set."""
    if config.report_dir is None:
        return
    content = json.dumps(build_report(found.health, result), ensure_ascii=False, indent=2) + "\n"
    for name, text in (
        ("health.json", content),
        ("health.svg", render_svg(found.health, result.limits)),
    ):
        is_own = partial(is_own_report, text=text)
        services.workspace.write(config.report_dir / name, text, is_own_content=is_own)
    services.runner.log_line(f"The report is in {config.report_dir}.")


def _set_health_outputs(
    config: Config,
    services: Services,
    page: SummaryPage,
    now: SessionStats | None,
    result: HealthResult,
) -> None:
    healthy = _HEALTHY[result.verdict]
    outputs = {
        "release": page.release,
        "release-url": build_release_url(config.url, config.org or "", page.release),
        **({"environment": page.environment} if page.environment else {}),
        **release_outputs.build_health_outputs(
            now, page.previous_release, healthy=healthy, failed=result.failed_words
        ),
    }
    services.runner.set_outputs(StepOutputs(outputs=release_outputs.add_json_output(outputs)))


def _build_unhealthy_error(page: SummaryPage, result: HealthResult) -> UnhealthyReleaseError:
    place = f" in {page.environment}" if page.environment else ""
    previous = f" to {page.previous_release}" if page.previous_release else ""
    return UnhealthyReleaseError(
        f"{page.release} is unhealthy{place}.",
        reason="\n".join(f"{gate.name}: {gate.reason}." for gate in result.failed),
        hint=f"Look at {page.release_url}, then roll back{previous} or roll forward.",
    )


def _explain_unknown(page: SummaryPage, result: HealthResult) -> str:
    place = f" in {page.environment}" if page.environment else ""
    unsure = [gate for gate in result.gates if gate.outcome is GateOutcome.UNKNOWN]
    silent = unsure or [gate for gate in result.gates if gate.outcome is GateOutcome.SKIPPED]
    lines = [f"{gate.name}: {gate.reason}." for gate in silent] or ["No gate is set."]
    head = f"The health of {page.release}{place} is unknown."
    if any(gate.can_wait for gate in unsure):
        head = f"Not enough sessions to judge {page.release}{place}."
        hint = "Set `health-wait`, use a longer `health-window`, or run the step later."
    elif unsure:
        hint = (
            "Remove the gates that Sentry has no figures for, or correct what keeps it from them."
        )
    else:
        hint = (
            "Set `min-crash-free-sessions`, `min-crash-free-users` or `max-new-issues`, "
            "which need no previous release."
        )
    return "\n".join([head, *lines, hint])


def _report_no_secrets(services: Services, page: SummaryPage, why: str) -> None:
    reason = f"Sentry was not queried: {why}."
    services.runner.set_outputs(
        StepOutputs(
            outputs=release_outputs.add_json_output(
                release_outputs.build_health_outputs(None, None, healthy=None)
            )
        )
    )
    services.runner.annotate(
        Annotation(level=AnnotationLevel.NOTICE, title=_TITLE, text=f"{page.release}: {reason}")
    )
    page = replace(page, status=Status.HEALTH_UNKNOWN, release_url=None, notes=(reason,))
    write_summary(services, page)


def _annotate_warning(services: Services, text: str) -> None:
    services.runner.annotate(Annotation(level=AnnotationLevel.WARNING, title=_TITLE, text=text))
