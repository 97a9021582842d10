"""The doctor action: check, offline, what breaks releases and release health in a project."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import PurePosixPath

from sentry_release.adapters.limits import ComputeLimitError, limit_compute_time
from sentry_release.adapters.workspace import Workspace
from sentry_release.ci.context import Context, build_tree_url
from sentry_release.commands.steps.doctor_check import (
    MAX_S,
    RULES,
    TITLE,
    annotate_findings,
    build_late_error,
    convert_report_to_json,
    convert_report_to_sarif,
    find_app,
    run_project_rules,
    use_repository_root,
    write_report_files,
    write_summary,
)
from sentry_release.config.config import Config
from sentry_release.doctor.run_rules import DoctorReport, validate_rule_ids
from sentry_release.doctor.scan.scan_app import ScannedApp, scan_app
from sentry_release.errors import ActionError, ProjectError, WorkflowError
from sentry_release.model.finding import Severity
from sentry_release.model.job import Annotation, AnnotationLevel, StepOutputs
from sentry_release.project.flutter_project import build_missing_project_error, find_apps
from sentry_release.project.resolve_name import find_release
from sentry_release.report.release_outputs import add_json_output, build_doctor_outputs
from sentry_release.services import Services

_Checked = tuple[ScannedApp, DoctorReport]
ERRORS_EXIT_CODE = ProjectError.exit_code
_MAX_NOTES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class _AppResult:
    """The result of the check of one app: its object for `--json`, and whether there is an error."""

    folder: PurePosixPath
    report: object
    has_errors: bool


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
        with limit_compute_time(MAX_S, services.clock) as check_time:
            validate_rule_ids(config.doctor_levels, {rule.id for rule in RULES})
            config, services = use_repository_root(config, services)
            check = partial(
                _check, context=context, workspace=services.workspace, check_time=check_time
            )
            if "--all" in options:
                return _check_all(config, check, services, options)
            if options & {"--fix", "--write"}:
                from sentry_release.commands.doctor_fix_command import fix_project

                return fix_project(
                    config, context, services.workspace, services.runner, options, check_time
                )
            tree_url = build_tree_url(context)
            return _report_app(config, check(config), services, options, tree_url)
    except ComputeLimitError as late:
        raise build_late_error() from late


def _report_app(
    config: Config,
    checked: _Checked,
    services: Services,
    options: frozenset[str],
    tree_url: str | None,
) -> int:
    """Report the findings in one app in all formats; return the exit code."""
    scanned, report = checked
    _print_report(report, scanned, services, options)
    if services.runner.on_actions:
        annotate_findings(report, services, tuple(Severity))
        write_summary(report, scanned, services, tuple(Severity), tree_url)
    _report_notes(report, services)
    if config.report_dir is not None:
        write_report_files(report, scanned, config.report_dir, services.workspace)
    errors, warnings = report.count(Severity.ERROR), report.count(Severity.WARNING)
    outputs = build_doctor_outputs(errors, warnings)
    services.runner.set_outputs(StepOutputs(outputs=add_json_output(outputs)))
    return ERRORS_EXIT_CODE if errors else 0


def _print_report(
    report: DoctorReport, scanned: ScannedApp, services: Services, options: frozenset[str]
) -> None:
    """Print the findings as a table, or with `--json` or `--sarif` as an object for programs."""
    if "--json" in options:
        services.runner.print_json(convert_report_to_json(report, scanned))
    elif "--sarif" in options:
        services.runner.print_json(convert_report_to_sarif(report, scanned))
    else:
        from sentry_release.doctor.output import render_table

        services.runner.print_result("\n".join(render_table(report, scanned.app, RULES)))


def _report_notes(report: DoctorReport, services: Services) -> None:
    """
    Report invalid suppression comments, limits, and rules that failed because of an internal error.

    A limit, such as a script in a language that is not read, is no mistake, so it is a notice.
    """
    for level, lines in (
        (AnnotationLevel.WARNING, report.notes),
        (AnnotationLevel.NOTICE, report.limits),
    ):
        if lines and services.runner.on_actions:
            text = "\n".join(lines[:_MAX_NOTES])
            services.runner.annotate(Annotation(level=level, title=TITLE, text=text))
    for rule, error in report.broken:
        text = f"{rule} could not be checked: {type(error).__name__}: {str(error)[:300]}"
        services.runner.annotate(
            Annotation(level=AnnotationLevel.WARNING, title=f"{TITLE}: internal error", text=text)
        )


def _check(
    config: Config, context: Context, workspace: Workspace, check_time: Callable[[], object]
) -> _Checked:
    """Read the app, and run all rules on it."""
    project = find_app(config, workspace)
    release = find_release(config, context, workspace)
    scanned = scan_app(project, release, check_time=check_time)
    return scanned, run_project_rules(config, scanned, check_time)


def _check_all(
    config: Config,
    check: Callable[[Config], _Checked],
    services: Services,
    options: frozenset[str],
) -> int:
    """Check every app below `working-directory`; return the exit code of the worst."""

    def check_one(one: Config) -> _AppResult:
        scanned, report = check(one)
        if "--json" not in options:
            _print_report(report, scanned, services, options)
            services.runner.print_result("")
        return _AppResult(
            folder=one.working_directory,
            report=convert_report_to_json(report, scanned),
            has_errors=bool(report.count(Severity.ERROR)),
        )

    results = _check_apps(config, services.workspace, check_one, options)
    if "--json" in options:
        services.runner.print_json({"format": 1, "apps": [one.report for one in results]})
    return ERRORS_EXIT_CODE if any(one.has_errors for one in results) else 0


def _check_apps(
    config: Config,
    workspace: Workspace,
    check: Callable[[Config], _AppResult],
    options: frozenset[str],
) -> tuple[_AppResult, ...]:
    """
    Return the result of each app below `working-directory`, in the order of their folders.

    Args:
        config: The inputs.
        workspace: The files of the repository.
        check: Checks the app in the `working-directory` of its argument.
        options: The options of the command line.

    Raises:
        ProjectError: There is no app, or the pubspec.yaml of an app cannot be read.
        WorkflowError: An option cannot be combined with `--all`.
    """
    wrong = sorted(options & {"--fix", "--write", "--sarif"})
    if wrong:
        raise WorkflowError(
            f"--all cannot be combined with {wrong[0]}.",
            reason="Fixes and SARIF are limited to one app at a time.",
            hint="Use `--working-directory` with the folder of one app.",
        )
    apps = find_apps(config.working_directory, workspace)
    if not apps:
        raise (
            build_missing_project_error(config, workspace)
            if not workspace.is_folder(config.working_directory)
            else _build_no_apps_error(config)
        )
    return tuple(check(replace(config, working_directory=folder)) for folder in apps)


def _build_no_apps_error(config: Config) -> ActionError:
    return ProjectError(
        f"There is no Flutter app in or below '{config.working_directory}'.",
        reason="An app is a package that depends on Flutter and has a platform folder.",
        hint="Set `working-directory` to a folder that contains apps.",
    )
