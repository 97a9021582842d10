"""`sentry-release init`: print a workflow that fits the project, or write it with `--write`."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from sentry_release import PROJECT_URL
from sentry_release.adapters.templates.render import render_code
from sentry_release.adapters.workspace import Workspace
from sentry_release.ci.context import Context
from sentry_release.commands.steps.doctor_check import find_app, use_repository_root
from sentry_release.config.config import Config
from sentry_release.dart.release_value import find_dart_define_reads
from sentry_release.dart.sentry_options import find_option_assignments
from sentry_release.doctor.app import App, BuildStep
from sentry_release.doctor.ci_files.builds import find_builds
from sentry_release.doctor.ci_files.triggers import OwnAction, find_own_action
from sentry_release.doctor.run_rules import ALL_CHECKS, run_rules
from sentry_release.doctor.scan.packages import find_local_packages
from sentry_release.doctor.scan.scan_app import scan_app
from sentry_release.errors import ActionError, ProjectError, WorkflowError
from sentry_release.flutter.android import list_release_flavors
from sentry_release.flutter.pubspec import MELOS
from sentry_release.init.build_jobs import ADDED_FLAGS, VERSION_TAG, AppFacts
from sentry_release.init.workflow_plan import (
    OtherHost,
    WorkflowPlan,
    find_other_host,
    list_next_steps,
    plan_workflow,
)
from sentry_release.model.finding import Severity
from sentry_release.project.flutter_project import FlutterProject, find_apps
from sentry_release.project.resolve_name import find_release
from sentry_release.services import Services

_FVM = PurePosixPath(".fvmrc")
_MAX_SETTINGS_BYTES = 64 * 1024  # bytes of a configuration file
_VERSION = re.compile(r"\d{1,4}\.\d{1,4}\.\d{1,4}")
_PLUGIN = "sentry_dart_plugin"
_DSN = "SENTRY_DSN"
_REMOTE_HEAD = PurePosixPath(".git/refs/remotes/origin/HEAD")
_DEFAULT_BRANCHES = {"main", "master", "trunk"}
DEFAULT_ENVIRONMENT = "production"
_GITHUB = PurePosixPath(".github")
_MAX_WORKFLOW_BYTES = 4 * 1024 * 1024  # bytes
_MAX_APPS = 20
_Plans = Sequence[tuple[AppFacts, WorkflowPlan]]


def read_app_facts(
    config: Config,
    context: Context,
    project: FlutterProject,
    *,
    is_alone: bool,
) -> AppFacts:
    """
    Return the facts of an app; a file that cannot be read counts as missing.

    Args:
        config: The inputs, whose working directory is the app's folder.
        context: The run, for the branch.
        project: The app; its workspace is the repository.
        is_alone: Whether it is the only app of the repository.
    """
    workspace = project.workspace
    scanned = scan_app(project, find_release(config, context, workspace))
    app = scanned.app
    report = run_rules(app, ALL_CHECKS, scanned.texts, levels=config.doctor_levels)
    packages = find_local_packages(project)
    own = (step.path for step in app.steps if _names_release(step, project.directory))
    return AppFacts(
        package=project.pubspec.name,
        folder=project.directory,
        platforms=project.list_platforms(),
        branch=_find_default_branch(context, workspace),
        has_version=project.pubspec.build_name is not None,
        has_build_number=project.pubspec.build_number is not None,
        default_flavor=project.pubspec.default_flavor,
        flavors=list_release_flavors(app.read_bytes),
        builds=tuple(find_builds(app)),
        own_workflows=tuple(dict.fromkeys(own)),
        package_folders=tuple(one.folder for one in packages if one.folder != project.directory),
        has_sdk=app.sdk is not None,
        sets_dsn=_sets_dsn(app),
        runs_plugin=any(_PLUGIN in one.text for step in app.steps for one in step.commands),
        flutter_version=_read_flutter_version(project.directory, workspace),
        needs_melos=not project.pubspec.in_workspace and _has_melos(workspace),
        is_alone=is_alone,
        problems=report.count(Severity.ERROR) + report.count(Severity.WARNING),
    )


def _names_release(step: BuildStep, folder: PurePosixPath) -> bool:
    """Return whether a step uses the root action for an app; an expression may mean any app."""
    given = step.inputs.get("working-directory") or "."
    is_app = "${{" in given or PurePosixPath(given) == folder
    return is_app and find_own_action(step.uses) is OwnAction.RELEASE


def _find_default_branch(context: Context, workspace: Workspace) -> str | None:
    """
    Return the default branch of the remote, or a current branch with the name of one.

    Source: https://git-scm.com/docs/git-remote, set-head
    """
    try:
        text = workspace.read_text(_REMOTE_HEAD, limit=_MAX_SETTINGS_BYTES) or ""
    except ActionError:
        text = ""
    remote = text.strip().removeprefix("ref: refs/remotes/origin/")
    if remote and remote != text.strip():
        return remote
    return context.branch if context.branch in _DEFAULT_BRANCHES else None


def _sets_dsn(app: App) -> bool:
    """Return whether code sets the DSN to something else than the dart-define SENTRY_DSN."""
    files = [one.dart for one in app.dart]
    reads = any(one.key == _DSN for dart in files for one in find_dart_define_reads(dart))
    return not reads and any(True for dart in files for _ in find_option_assignments(dart, "dsn"))


def _read_flutter_version(folder: PurePosixPath, workspace: Workspace) -> str | None:
    """
    Return the version of Flutter in the nearest .fvmrc; None for a channel or without the file.

    Source: https://fvm.app/documentation/getting-started/configuration
    """
    for place in (folder, *folder.parents):
        try:
            text = workspace.read_text(place / _FVM, limit=_MAX_SETTINGS_BYTES)
            found = json.loads(text) if text else None
        except (ActionError, ValueError, RecursionError):
            return None
        if isinstance(found, dict):
            version = str(found.get("flutter"))
            return version if _VERSION.fullmatch(version) else None
    return None


def _has_melos(workspace: Workspace) -> bool:
    try:
        return workspace.read_bytes(PurePosixPath(MELOS), limit=_MAX_SETTINGS_BYTES) is not None
    except ActionError:
        return False


def create_workflow(
    config: Config, context: Context, services: Services, options: frozenset[str] = frozenset()
) -> None:
    """
    Print a workflow for each app below `working-directory`, or write it into the repository.

    The workflow is printed on stdout, what else is needed on stderr. A repository with another
    CI host gets the commands for it instead.

    Raises:
        ProjectError: There is no app, or it cannot be described in a workflow.
        WorkflowError: With `--write`: a file exists, the action is already used, or the
            repository uses another CI host. Nothing is written then.
    """
    config, services = use_repository_root(config, services)
    plans = _plan_all(config, context, services.workspace)
    host = None if services.workspace.is_folder(_GITHUB) else _find_host(services)
    if "--write" in options:
        _write_workflows(plans, host, services)
    else:
        texts = [
            _render_script(host, plan) if host else _render_workflow(plan) for _, plan in plans
        ]
        services.runner.print_result("\n".join(texts).rstrip("\n"))
    _print_next_steps(plans, services)


def _plan_all(config: Config, context: Context, workspace: Workspace) -> _Plans:
    folders = _find_folders(config, workspace)
    environment = config.environment or DEFAULT_ENVIRONMENT
    plans = []
    for folder in folders:
        one = replace(config, working_directory=folder)
        project = find_app(one, workspace)
        is_alone = folders == [PurePosixPath()] or (len(folders) == 1 and _is_only_app(workspace))
        facts = read_app_facts(one, context, project, is_alone=is_alone)
        plans.append((facts, plan_workflow(facts, environment, config.flavor)))
    return plans


def _find_folders(config: Config, workspace: Workspace) -> list[PurePosixPath]:
    """Return the folder of the app, or those of the apps below it."""
    apps = find_apps(config.working_directory, workspace)
    if config.working_directory in apps:
        return [config.working_directory]
    if len(apps) > _MAX_APPS:
        raise ProjectError(
            f"There are {len(apps)} apps below {str(config.working_directory)!r}.",
            reason=f"At most {_MAX_APPS} workflows are made at a time.",
            hint="Set `--working-directory` to the folder of one app.",
        )
    if not apps:
        find_app(config, workspace)
        raise ProjectError(
            f"There is no Flutter app in or below {str(config.working_directory)!r}.",
            reason="An app is a package that depends on Flutter and has a platform folder.",
            hint="Set `--working-directory` to a folder that contains apps.",
        )
    return apps


def _is_only_app(workspace: Workspace) -> bool:
    return len(find_apps(PurePosixPath(), workspace)) == 1


def _find_host(services: Services) -> OtherHost | None:
    def has_file(path: PurePosixPath) -> bool:
        try:
            return services.workspace.read_bytes(path, limit=_MAX_WORKFLOW_BYTES) is not None
        except ActionError:
            return False

    return find_other_host(has_file)


def _render_workflow(plan: WorkflowPlan) -> str:
    return render_code("workflow.yml", plan=plan, url=PROJECT_URL).rstrip("\n") + "\n"


def _render_script(host: OtherHost, plan: WorkflowPlan) -> str:
    options = ' --build-number "$BUILD_NUMBER"' if plan.has_run_number else ""
    return render_code(
        "ci_script.sh",
        host=host,
        plan=plan,
        options=options,
        added=ADDED_FLAGS,
        url=PROJECT_URL,
        tag=VERSION_TAG,
    )


def _write_workflows(plans: _Plans, host: OtherHost | None, services: Services) -> None:
    if host is not None:
        raise WorkflowError(
            f"This repository uses {host.name}: it has {host.file}.",
            reason="Only workflows of GitHub Actions are written.",
            hint="Run `sentry-release init` to print the commands, and copy them.",
        )
    texts = {plan.path: _render_workflow(plan) for _, plan in plans}
    _require_new(texts, plans, services)
    for path, text in texts.items():
        services.workspace.write(path, text, is_own_content=_is_own_content, is_ignored=False)
        services.runner.print_result(f"Created {path}.")


def _is_own_content(_: bytes) -> bool:
    """Return False: a workflow belongs to the user, also if `init` wrote it."""
    return False


def _require_new(texts: Mapping[PurePosixPath, str], plans: _Plans, services: Services) -> None:
    """Raise an error before anything is written if one workflow is not needed or exists."""
    used = [path for facts, _ in plans for path in facts.own_workflows]
    if used:
        raise WorkflowError(
            f"{used[0]} already uses this action.",
            reason="A second workflow would create the same release and deploy again.",
            hint="Run `sentry-release init` to print the workflow, and compare the two.",
        )
    for path in texts:
        if services.workspace.read_bytes(path, limit=_MAX_WORKFLOW_BYTES) is not None:
            raise WorkflowError(
                f"{path} exists.",
                reason="Existing files are never overwritten.",
                hint="Run `sentry-release init` to print the workflow, or rename that file.",
            )


def _print_next_steps(plans: _Plans, services: Services) -> None:
    lines: list[str] = []
    for facts, plan in plans:
        lines += ["", f"Next for {plan.path}:"]
        lines += [f"- {one}" for one in list_next_steps(facts, plan)]
    services.runner.log_line("\n".join(lines).lstrip("\n"))
