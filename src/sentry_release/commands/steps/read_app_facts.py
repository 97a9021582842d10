"""Read what `init` needs to know of an app and its repository."""

import json
import re
from pathlib import PurePosixPath

from sentry_release.adapters.workspace import Workspace
from sentry_release.ci.context import Context
from sentry_release.config.config import Config
from sentry_release.dart.calls import find_dart_define_reads
from sentry_release.dart.sentry_options import find_option_assignments
from sentry_release.doctor.app import App, BuildStep
from sentry_release.doctor.ci_files.builds import find_builds
from sentry_release.doctor.ci_files.triggers import OwnAction, find_own_action
from sentry_release.doctor.rules.registry import ALL_CHECKS
from sentry_release.doctor.run_rules import run_rules
from sentry_release.doctor.scan.packages import find_local_packages
from sentry_release.doctor.scan.scan_app import scan_app
from sentry_release.errors import ActionError
from sentry_release.flutter.android import list_release_flavors
from sentry_release.flutter.pubspec import MELOS
from sentry_release.init.app_facts import AppFacts
from sentry_release.model.finding import Severity
from sentry_release.project.flutter_project import FlutterProject
from sentry_release.project.resolve_name import find_release

_FVM = PurePosixPath(".fvmrc")
_LIMIT = 64 * 1024  # bytes of a configuration file
_VERSION = re.compile(r"\d{1,4}\.\d{1,4}\.\d{1,4}")
_PLUGIN = "sentry_dart_plugin"
_DSN = "SENTRY_DSN"
_REMOTE_HEAD = PurePosixPath(".git/refs/remotes/origin/HEAD")
_DEFAULT_BRANCHES = {"main", "master", "trunk"}


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
    app = scanned.subject
    report = run_rules(app, ALL_CHECKS, scanned.texts, levels=config.doctor_levels)
    packages = find_local_packages(project)
    own = (step.path for step in app.steps if _names_release(step, project.directory))
    return AppFacts(
        package=project.pubspec.name,
        folder=project.directory,
        platforms=project.platforms(),
        branch=_find_default_branch(context, workspace),
        has_version=project.pubspec.build_name is not None,
        has_build_number=project.pubspec.build_number is not None,
        default_flavor=project.pubspec.default_flavor,
        flavors=list_release_flavors(app.read_bytes),
        builds=tuple(find_builds(app.steps)),
        own_workflows=tuple(dict.fromkeys(own)),
        package_folders=tuple(one.folder for one in packages if one.folder != project.directory),
        sdk=app.sdk is not None,
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
        text = workspace.read_text(_REMOTE_HEAD, limit=_LIMIT) or ""
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
            text = workspace.read_text(place / _FVM, limit=_LIMIT)
            found = json.loads(text) if text else None
        except (ActionError, ValueError, RecursionError):
            return None
        if isinstance(found, dict):
            version = str(found.get("flutter"))
            return version if _VERSION.fullmatch(version) else None
    return None


def _has_melos(workspace: Workspace) -> bool:
    try:
        return workspace.read_bytes(PurePosixPath(MELOS), limit=_LIMIT) is not None
    except ActionError:
        return False
