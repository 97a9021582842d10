"""Check an app with the rules of the doctor, quickly for the release action, and report the findings."""

from collections.abc import Callable
from functools import partial
from pathlib import PurePosixPath

from sentry_release.adapters.limits import ComputeLimitError, limit_compute_time
from sentry_release.adapters.workspace import Workspace
from sentry_release.adapters.workspace_paths import is_own_report
from sentry_release.config.config import Config
from sentry_release.config.inputs import DoctorMode
from sentry_release.doctor.run_rules import ALL_CHECKS, DoctorReport, describe_limits, run_rules
from sentry_release.doctor.scan.scan_app import ScannedApp, scan_app
from sentry_release.errors import ProjectError
from sentry_release.model.finding import Severity
from sentry_release.model.job import Annotation, AnnotationLevel
from sentry_release.project.resolve_name import ResolvedName
from sentry_release.services import Services

RULES = tuple(rule for rule, _ in ALL_CHECKS)
TITLE = "Sentry release: doctor"
_MAX_NOTES = 5
MAX_S = 120.0  # seconds, in the action `doctor` and with `doctor: fail`
_WARN_S = 5.0  # seconds that the main step waits for a check that can only warn
_PART_OF_TIMEOUT = 12  # a twelfth of `timeout` is a quarter of the limit of one request


def check_project_quickly(
    config: Config, services: Services, named: ResolvedName, tree_url: str | None
) -> None:
    """
    Check the app for the release action, and report only errors.

    If the check itself fails, it warns, and the release action goes on.

    `tree_url` is the URL of the commit's files, for links; None if there is none.

    Raises:
        ProjectError: There are errors, with `doctor: fail`.
    """
    if named.project is None:
        return
    only_warns = config.doctor is DoctorMode.WARN
    limit_s = min(_WARN_S, config.timeout / _PART_OF_TIMEOUT) if only_warns else MAX_S
    try:
        with limit_compute_time(limit_s, services.clock) as check_time:
            scanned = scan_app(named.project, named.release, check_time=check_time)
            report = run_project_rules(config, scanned, check_time, only_errors=True)
        _report_errors(report, scanned, config, services, tree_url)
    except ComputeLimitError as late:
        if not only_warns:
            raise build_late_error() from late
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


def build_late_error() -> ProjectError:
    """Return the error for a check that took longer than MAX_S."""
    return ProjectError(
        f"The doctor did not finish within {MAX_S:.0f} seconds.",
        reason="A file of the project is very large or unusual, so nothing is known about it.",
        hint="Remove generated files from the checkout, or report this with the project's files.",
    )


def run_project_rules(
    config: Config,
    scanned: ScannedApp,
    check_time: Callable[[], object],
    *,
    only_errors: bool = False,
) -> DoctorReport:
    """Return what the rules find, with notes on what could not be read."""
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


def print_report(
    report: DoctorReport, scanned: ScannedApp, services: Services, options: frozenset[str]
) -> None:
    """Print the findings as a table, or with `--json` or `--sarif` as an object for programs."""
    if "--json" in options:
        services.runner.print_json(convert_report_to_json(report, scanned))
    elif "--sarif" in options:
        services.runner.print_json(_report_to_sarif(report, scanned))
    else:
        from sentry_release.doctor.output import render_table

        services.runner.print_result("\n".join(render_table(report, scanned.app, RULES)))


def annotate_findings(
    report: DoctorReport,
    services: Services,
    levels: tuple[Severity, ...],
    *,
    only_warns: bool = False,
) -> None:
    """Annotate the findings of these levels; with `only_warns` an error is a warning."""
    from sentry_release.doctor.output import build_annotations

    for notice in build_annotations(report, RULES, levels, only_warns=only_warns):
        services.runner.annotate(notice)


def write_summary(
    report: DoctorReport,
    scanned: ScannedApp,
    services: Services,
    levels: tuple[Severity, ...],
    tree_url: str | None,
) -> None:
    """
    Add the findings of these levels to the job summary.

    Args:
        report: The findings.
        scanned: The app.
        services: The adapters.
        levels: The severities that are listed.
        tree_url: The URL of the commit's files, for links; None if there is none.
    """
    from sentry_release.adapters.templates import render
    from sentry_release.doctor.output import build_summary_values

    values = build_summary_values(report, scanned.app, RULES, url=tree_url, levels=levels)
    services.runner.add_summary(render.render_template("doctor", **values))


def report_notes(report: DoctorReport, services: Services) -> None:
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


def write_report_files(
    report: DoctorReport, scanned: ScannedApp, folder: PurePosixPath, workspace: Workspace
) -> None:
    """
    Write doctor.json and doctor.sarif, and replace those of an earlier run.

    Raises:
        WorkflowError: The folder is outside the workspace, or has other files in their place.
    """
    import json

    for name, value in (
        ("doctor.json", convert_report_to_json(report, scanned)),
        ("doctor.sarif", _report_to_sarif(report, scanned)),
    ):
        text = json.dumps(value, indent=2, ensure_ascii=False) + "\n"
        is_own = partial(is_own_report, text=text)
        workspace.write(folder / name, text, is_own_content=is_own)


def convert_report_to_json(report: DoctorReport, scanned: ScannedApp) -> object:
    """Return the report for `--json` and doctor.json."""
    from sentry_release.doctor.output import to_json

    return to_json(report, scanned.app, RULES)


def _report_to_sarif(report: DoctorReport, scanned: ScannedApp) -> object:
    from sentry_release import __version__
    from sentry_release.doctor.output import to_sarif

    return to_sarif(report, RULES, scanned.texts, version=__version__)
