"""`sentry-release init`: print a workflow that fits the project, or write it with `--write`."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from sentry_release.adapters.templates.render_code import render_code
from sentry_release.adapters.workspace import Workspace
from sentry_release.ci.context import Context
from sentry_release.commands.doctor_apps import find_app
from sentry_release.commands.steps.read_app_facts import read_app_facts
from sentry_release.config.config import Config
from sentry_release.doctor.scan.scan_app import use_repository_root
from sentry_release.errors import ActionError, ProjectError, WorkflowError
from sentry_release.init.app_facts import AppFacts, OtherHost, find_other_host
from sentry_release.init.build_jobs import ADDED_FLAGS, VERSION_TAG
from sentry_release.init.next_steps import list_next_steps
from sentry_release.init.workflow_plan import WorkflowPlan, plan_workflow
from sentry_release.project.flutter_project import find_apps
from sentry_release.publisher import PROJECT_URL
from sentry_release.services import Services

DEFAULT_ENVIRONMENT = "production"
_GITHUB = PurePosixPath(".github")
_LIMIT = 4 * 1024 * 1024  # bytes
_MAX_APPS = 20
_Plans = Sequence[tuple[AppFacts, WorkflowPlan]]


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
            return services.workspace.read_bytes(path, limit=_LIMIT) is not None
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
        if services.workspace.read_bytes(path, limit=_LIMIT) is not None:
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
