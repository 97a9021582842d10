"""Find the app, check it with the rules of the doctor, and report the findings."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path, PurePosixPath

from sentry_release.adapters.limits import ComputeLimitError, limit_compute_time
from sentry_release.adapters.workspace import Workspace
from sentry_release.adapters.workspace_paths import is_own_report
from sentry_release.config.config import Config
from sentry_release.config.inputs import DoctorMode
from sentry_release.doctor.run_rules import ALL_CHECKS, DoctorReport, describe_limits, run_rules
from sentry_release.doctor.scan.scan_app import ScannedApp, scan_app
from sentry_release.errors import ActionError, ProjectError
from sentry_release.flutter.pubspec import MAX_BYTES, MELOS, parse_pubspec
from sentry_release.model.finding import Severity
from sentry_release.model.job import Annotation, AnnotationLevel
from sentry_release.project.flutter_project import (
    FlutterProject,
    build_missing_project_error,
    find_apps,
)
from sentry_release.project.resolve_name import ResolvedName
from sentry_release.services import Services

RULES = tuple(rule for rule, _ in ALL_CHECKS)
TITLE = "Sentry release: doctor"
_MAX_LISTED_APPS = 10
_HIGHEST = 10  # folders above the current one
MAX_S = 120.0  # seconds, in the action `doctor` and with `doctor: fail`
_WARN_S = 5.0  # seconds that the main step waits for a check that can only warn
_PART_OF_TIMEOUT = 12  # a twelfth of `timeout` is a quarter of the limit of one request


def find_app(config: Config, workspace: Workspace) -> FlutterProject:
    """
    Return the app in `working-directory`.

    Raises:
        ProjectError: There is no app; the message names the apps below the folder.
        WorkflowError: There is no such folder.
    """
    project = FlutterProject.load(config, workspace)
    if project is not None and project.pubspec.is_flutter:
        return project
    apps = [
        one
        for one in find_apps(config.working_directory, workspace)
        if one != config.working_directory
    ]
    if project is not None and not apps:
        return project
    if not apps:
        raise build_missing_project_error(config, workspace)
    raise ProjectError(
        f"There is no Flutter app in {_describe_place(config.working_directory)}; {_count(apps)} below: {_list_names(apps)}.",
        reason="Nothing was checked: the rules apply to one app and its files.",
        hint=f"Set `working-directory` to an app, for example {apps[0]}, or check all of them "
        "with `sentry-release doctor --all`.",
    )


def _describe_place(folder: PurePosixPath) -> str:
    return "the current folder" if folder == PurePosixPath() else repr(str(folder))


def _count(apps: Sequence[PurePosixPath]) -> str:
    return "1 app" if len(apps) == 1 else f"{len(apps)} apps"


def _list_names(apps: Sequence[PurePosixPath]) -> str:
    more = f" and {len(apps) - _MAX_LISTED_APPS} more" if len(apps) > _MAX_LISTED_APPS else ""
    return ", ".join(map(str, apps[:_MAX_LISTED_APPS])) + more


def use_repository_root(config: Config, services: Services) -> tuple[Config, Services]:
    """
    Return inputs and adapters that are relative to the root of the repository.

    Started in `apps/shop`, the doctor then finds what it finds from the root with
    `working-directory: apps/shop`. A workspace that GITHUB_WORKSPACE names stays as it is.

    Args:
        config: The inputs; paths in them are relative to the current folder.
        services: The adapters; their root is the current folder.
    """
    if services.is_workspace_given:
        return config, services
    here = services.workspace.root.absolute()
    root = find_repository_root(here, services.workspace)
    if root == here:
        return config, services
    folder = PurePosixPath(here.relative_to(root).as_posix())
    report = config.report_dir
    return (
        replace(
            config,
            working_directory=folder / config.working_directory,
            report_dir=folder / report if report is not None else None,
        ),
        replace(services, workspace=replace(services.workspace, root=root)),
    )


def find_repository_root(folder: Path, workspace: Workspace) -> Path:
    """
    Return the nearest folder with a `.git`; without one, the outermost root of pub or melos.

    Source: https://git-scm.com/docs/gitrepository-layout
    """
    around = [folder, *folder.parents][: _HIGHEST + 1]
    for one in around:
        if (one / ".git").exists():
            return one
    roots = [one for one in around if _is_workspace_root(one, workspace)]
    return roots[-1] if roots else folder


def _is_workspace_root(folder: Path, workspace: Workspace) -> bool:
    workspace = replace(workspace, root=folder)
    try:
        if workspace.read_text(PurePosixPath(MELOS), limit=MAX_BYTES) is not None:
            return True
        text = workspace.read_text(PurePosixPath("pubspec.yaml"), limit=MAX_BYTES)
        return bool(text and parse_pubspec(text).members)
    except (ActionError, OSError):
        return False


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
        ("doctor.sarif", convert_report_to_sarif(report, scanned)),
    ):
        text = json.dumps(value, indent=2, ensure_ascii=False) + "\n"
        is_own = partial(is_own_report, text=text)
        workspace.write(folder / name, text, is_own_content=is_own)


def convert_report_to_json(report: DoctorReport, scanned: ScannedApp) -> object:
    """Return the report for `--json` and doctor.json."""
    from sentry_release.doctor.output import to_json

    return to_json(report, scanned.app, RULES)


def convert_report_to_sarif(report: DoctorReport, scanned: ScannedApp) -> object:
    """Return the report for `--sarif` and doctor.sarif."""
    from sentry_release import __version__
    from sentry_release.doctor.output import to_sarif

    return to_sarif(report, RULES, scanned.texts, version=__version__)
