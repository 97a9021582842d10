"""The doctor action: check, offline, what breaks releases and release health in a project."""

from collections.abc import Callable
from functools import partial

from sentry_release.adapters.limits import ComputeLimitError, limit_compute_time
from sentry_release.adapters.own_files import is_own_report
from sentry_release.adapters.workspace import Workspace
from sentry_release.ci.context import Context
from sentry_release.commands.doctor_apps import AppResult, check_apps, find_app, use_repository_root
from sentry_release.commands.steps.doctor_report import (
    RULES,
    TITLE,
    annotate_findings,
    convert_report_to_json,
    print_report,
    report_notes,
    write_report_files,
    write_summary,
)
from sentry_release.config.config import Config
from sentry_release.config.inputs import DoctorMode
from sentry_release.doctor.rules.registry import ALL_CHECKS
from sentry_release.doctor.run_rules import (
    DoctorReport,
    describe_limits,
    run_rules,
    validate_rule_ids,
)
from sentry_release.doctor.scan.scan_app import ScannedApp, scan_app
from sentry_release.errors import ProjectError
from sentry_release.model.finding import Severity
from sentry_release.model.outputs import Annotation, AnnotationLevel, StepOutputs
from sentry_release.project.resolve_name import ResolvedName, find_release
from sentry_release.release import links
from sentry_release.report.release_outputs import add_json_output, build_doctor_outputs
from sentry_release.services import Services

_Checked = tuple[ScannedApp, DoctorReport]
RULES = tuple(rule for rule, _ in ALL_CHECKS)
ERRORS_EXIT_CODE = ProjectError.exit_code
_MAX_S = 120.0  # seconds, in the action `doctor` and with `doctor: fail`
_WARN_S = 5.0  # seconds that the main step waits for a check that can only warn
_PART_OF_TIMEOUT = 12  # a twelfth of `timeout` is a quarter of the limit of one request


def run_doctor(
    config: Config, context: Context, services: Services, options: frozenset[str] = frozenset()
) -> int:
    """
    Check the app in `working-directory` and return the exit code: that of ProjectError if there
    are errors, else 0.

    On GitHub Actions the findings become annotations and part of the job summary. The log or
    terminal gets a table, or with `--json` or `--sarif` an object for programs.
    With `--fix` it fixes the project instead, see doctor_fix_command.

    Raises:
        ProjectError: There is no app, or its pubspec.yaml cannot be read.
        WorkflowError: An input is invalid.
    """
    try:
        with limit_compute_time(_MAX_S, services.clock) as check_time:
            validate_rule_ids(config.doctor_levels, {rule.id for rule in RULES})
            config, services = use_repository_root(config, services)
            check = partial(_check, context=context, services=services, check_time=check_time)
            if "--all" in options:
                return _check_all(config, check, services, options)
            if options & {"--fix", "--write"}:
                from sentry_release.commands.doctor_fix_command import fix_project

                return fix_project(config, context, services, options, check_time)
            return _report_app(config, check(config), services, options, context)
    except ComputeLimitError as late:
        raise _build_late_error() from late


def _report_app(
    config: Config,
    checked: _Checked,
    services: Services,
    options: frozenset[str],
    context: Context,
) -> int:
    """Report the findings in one app in all formats; return the exit code."""
    scanned, report = checked
    _print_report(report, scanned, services, options)
    if services.runner.on_actions:
        _annotate_findings(report, services, tuple(Severity))
        tree_url = links.build_tree_url(context)
        _write_doctor_summary(report, scanned, services, tuple(Severity), tree_url)
    _report_notes(report, services)
    _write_report_files(report, scanned, config, services)
    """Check one app, and report in all formats; return the exit code."""
    report = _run_project_rules(config, scanned)
    print_report(report, scanned, services, options)
    if services.runner.on_actions:
        annotate_findings(report, services, tuple(Severity))
        write_summary(report, scanned, services, tuple(Severity), tree_url)
    report_notes(report, services)
    if config.report_dir is not None:
        write_report_files(report, scanned, config.report_dir, services.workspace)
    errors, warnings = report.count(Severity.ERROR), report.count(Severity.WARNING)
    outputs = build_doctor_outputs(errors, warnings)
    services.runner.set_outputs(StepOutputs(outputs=add_json_output(outputs)))
    return ERRORS_EXIT_CODE if errors else 0


def _check(
    config: Config, context: Context, services: Services, check_time: Callable[[], object]
) -> _Checked:
    """Read the app, and run all rules on it."""
    project = find_app(config, services.workspace)
    release = find_release(config, context, services.workspace)
    scanned = scan_app(project, release, check_time=check_time)
    return scanned, _run_project_rules(config, scanned, check_time)


def _check_all(
    config: Config,
    check: Callable[[Config], _Checked],
    services: Services,
    options: frozenset[str],
) -> int:
    """Check every app below `working-directory`; return the exit code of the worst."""

    def check_one(one: Config) -> AppResult:
        scanned, report = check(one)
        if "--json" not in options:
            print_report(report, scanned, services, options)
            services.runner.print_result("")
        return AppResult(
            folder=one.working_directory,
            report=convert_report_to_json(report, scanned),
            has_errors=bool(report.count(Severity.ERROR)),
        )

    results = check_apps(config, services.workspace, check_one, options)
    if "--json" in options:
        services.runner.print_json({"format": 1, "apps": [one.report for one in results]})
    return ERRORS_EXIT_CODE if any(one.has_errors for one in results) else 0


def check_project_quickly(
    config: Config, services: Services, named: ResolvedName, tree_url: str | None
) -> None:
    """
    Check the app for the release action, and report only errors.

    If the check itself fails, it warns, and the release action goes on.

    `tree_url` is the URL of the commit's files, for links; None if there is none.
    Raises ProjectError if there are errors, with `doctor: fail`.
    """
    if named.project is None:
        return
    only_warns = config.doctor is DoctorMode.WARN
    limit_s = min(_WARN_S, config.timeout / _PART_OF_TIMEOUT) if only_warns else _MAX_S
    try:
        with limit_compute_time(limit_s, services.clock) as check_time:
            scanned = scan_app(named.project, named.release, check_time=check_time)
            report = _run_project_rules(config, scanned, check_time, only_errors=True)
        _report_errors(report, scanned, config, services, tree_url)
    except ComputeLimitError as late:
        if not only_warns:
            raise _build_late_error() from late
        services.runner.log_line(
            f"The doctor stopped after {limit_s:.3g} seconds, so nothing was checked. "
            "The action `doctor` takes the time it needs, up to two minutes."
        )
        return
    except Exception as error:  # noqa: BLE001 - a failed check must not cost the release its name
        services.runner.annotate(_build_failure_annotation(error))
        return
    if config.doctor is DoctorMode.FAIL and (errors := report.count(Severity.ERROR)):
        raise _build_found_error(errors)


def _build_found_error(errors: int) -> ProjectError:
    return ProjectError(
        f"The doctor found {errors} error{'s' if errors > 1 else ''} in the project.",
        reason="Each makes releases or their health wrong, and `doctor` is `fail`.",
        hint="Fix them as the annotations explain, or suppress them with a comment and a reason.",
    )


def _build_late_error() -> ProjectError:
    return ProjectError(
        f"The doctor did not finish within {_MAX_S:.0f} seconds.",
        reason="A file of the project is very large or unusual, so nothing is known about it.",
        hint="Remove generated files from the checkout, or report this with the project's files.",
    )


def _run_project_rules(
    config: Config,
    scanned: ScannedApp,
    check_time: Callable[[], object],
    *,
    only_errors: bool = False,
) -> DoctorReport:
    report = run_rules(
        scanned.app,
        ALL_CHECKS,
        scanned.texts,
        levels=config.doctor_levels,
        only_errors=only_errors,
        check_time=check_time,
    )
    return report.with_notes(scanned.notes, tuple(describe_limits(scanned.app)))


def _report_errors(
    report: DoctorReport,
    scanned: ScannedApp,
    config: Config,
    services: Services,
    tree_url: str | None,
) -> None:
    if config.report_dir is not None:
        write_report_files(report, scanned, config.report_dir, services.workspace)
    if report.count(Severity.ERROR):
        only_warns = config.doctor is not DoctorMode.FAIL
        annotate_findings(report, services, (Severity.ERROR,), only_warns=only_warns)
        write_summary(report, scanned, services, (Severity.ERROR,), tree_url)


def _build_failure_annotation(error: Exception) -> Annotation:
    text = f"The doctor could not check the project: {type(error).__name__}: {str(error)[:300]}"
    return Annotation(level=AnnotationLevel.WARNING, title=TITLE, text=text)
