"""Report the findings of the doctor: in the terminal, as annotations, in the summary, as files."""

from functools import partial
from pathlib import PurePosixPath

from sentry_release.adapters.own_files import is_own_report
from sentry_release.adapters.workspace import Workspace
from sentry_release.doctor.rules.registry import ALL_CHECKS
from sentry_release.doctor.run_rules import DoctorReport
from sentry_release.doctor.scan.scan_app import ScannedApp
from sentry_release.model.finding import Severity
from sentry_release.model.outputs import Annotation, AnnotationLevel
from sentry_release.services import Services

RULES = tuple(rule for rule, _ in ALL_CHECKS)
TITLE = "Sentry release: doctor"
_MAX_NOTES = 5


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
