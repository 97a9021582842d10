"""The name command: print the release name of one app or of all (`--all`, `--from-artifacts`)."""

from collections.abc import Mapping
from dataclasses import replace

from sentry_release.adapters.runner import ActionsRunner
from sentry_release.adapters.workspace import Workspace
from sentry_release.ci.context import Context
from sentry_release.config.config import Config
from sentry_release.errors import ActionError, ProjectError, WorkflowError
from sentry_release.flutter import pubspec
from sentry_release.flutter.artifacts import ARTIFACTS, read_artifact_identity
from sentry_release.model.job import Annotation, AnnotationLevel
from sentry_release.model.platform import Identity, Platform
from sentry_release.model.release import Release
from sentry_release.project.flutter_project import FlutterProject, find_apps
from sentry_release.project.resolve_name import ResolvedName, resolve_release_name
from sentry_release.release import dart_defines
from sentry_release.release.dart_defines import format_env_lines
from sentry_release.release.release_name import NameSource, find_name_source, parse_release_name
from sentry_release.release.sdk_default import (
    Json,
    PlatformNames,
    align_columns,
    build_plugin_config_lines,
    build_sdk_default,
)

_LIMIT = 4 * 1024 * 1024  # bytes
_SDK = "sentry_flutter"


def read_artifact_identities(project: FlutterProject) -> Mapping[Platform, Identity]:
    """Return the identity in the newest artifact of each platform that has one."""
    workspace = project.workspace
    found: dict[Platform, Identity] = {}
    for artifact in ARTIFACTS:
        if artifact.platform in found:
            continue
        for path in workspace.glob(artifact.pattern, below=project.directory):
            content = workspace.read_bytes(path, limit=_LIMIT)
            identity = (
                read_artifact_identity(artifact, content, flavor=project.flavor)
                if content
                else None
            )
            if identity is not None:
                found[artifact.platform] = identity
                break
    return found


def print_names(
    config: Config,
    context: Context,
    workspace: Workspace,
    runner: ActionsRunner,
    options: frozenset[str],
) -> None:
    """
    Print the names as a table, or with `--json` as an object for programs.

    `--short` prints the release name alone, `--format env` the variables for a shell. `--all`
    names every app below `working-directory`; `--from-artifacts` reads build artifacts instead
    of the sources.

    Raises:
        WorkflowError: An input is invalid, or a value cannot be printed for a program.
        ProjectError: The release cannot be named, or there is no app.
    """
    if "--all" in options:
        listed = _collect_all(config, context, workspace, runner, options)
        _print_all(listed, runner, options)
        return
    names, found = _collect_names(config, context, workspace, runner, options)
    if options & {"--json", "--format=json"}:
        runner.print_json(names.to_json())
    elif "--short" in options:
        runner.print_value(names.release.name)
    elif "--format=env" in options:
        values = dart_defines.build_dart_defines(
            names.release, environment=config.environment, dsn=None
        )
        runner.print_value(format_env_lines(values))
    else:
        _print_platform_names(names, found, config, runner)


def _collect_all(
    config: Config,
    context: Context,
    workspace: Workspace,
    runner: ActionsRunner,
    options: frozenset[str],
) -> list[Json]:
    """Return an object for each app, with its names or the error."""
    for option in options & {"--short", "--format=env"}:
        raise WorkflowError(
            f"'--all' cannot be combined with '{option.replace('=', ' ')}'.",
            reason="With several apps, each name needs its folder.",
            hint="Use `--all --json`.",
        )
    listed: list[Json] = []
    for directory in find_apps(config.working_directory, workspace):
        one = replace(config, working_directory=directory)
        entry: dict[str, Json] = {"path": str(directory)}
        try:
            names, _ = _collect_names(one, context, workspace, runner, options)
            found = names.to_json()
            entry |= found if isinstance(found, dict) else {}
        except ActionError as error:
            entry["error"] = error.message
        listed.append(entry)
    if not listed:
        raise ProjectError(
            f"No Flutter app below '{config.working_directory}'.",
            reason="An app has a pubspec.yaml that depends on Flutter and a platform folder.",
            hint="Run the command in another folder, or set `--working-directory`.",
        )
    return listed


def _print_all(listed: list[Json], runner: ActionsRunner, options: frozenset[str]) -> None:
    if options & {"--json", "--format=json"}:
        runner.print_json(listed)
        return
    rows = [_format_row(entry) for entry in listed if isinstance(entry, dict)]
    runner.print_result("\n".join(align_columns([("app", "release"), *rows])))


def _format_row(entry: dict[str, Json]) -> tuple[str, str]:
    return str(entry["path"]), str(entry.get("release") or f"! {entry.get('error')}")


def _collect_names(
    config: Config,
    context: Context,
    workspace: Workspace,
    runner: ActionsRunner,
    options: frozenset[str],
) -> tuple[PlatformNames, ResolvedName]:
    needs_name = bool(options & {"--short", "--format=env"})
    found, problem = _resolve_name(config, context, workspace, needs_name=needs_name)
    project = found.project
    platforms = project.list_platforms() if project else ()
    if config.platform is not None:
        platforms = tuple(one for one in platforms if one is config.platform)
    built: Mapping[Platform, Identity] = {}
    if project and "--from-artifacts" in options:
        built = read_artifact_identities(project)
        if not built:
            runner.annotate(_build_no_artifacts_warning(config))
    identities = {
        one: built.get(one) or project.read_identity(one)
        for one in platforms
        if project is not None
    }
    defaults = {platform: build_sdk_default(identity) for platform, identity in identities.items()}
    names = PlatformNames(
        release=found.release,
        source=found.source,
        flavor=project.flavor if project else config.flavor,
        platform=config.platform,
        identities=identities,
        defaults=defaults,
        problem=problem,
    )
    return names, found


def _build_no_artifacts_warning(config: Config) -> Annotation:
    return Annotation(
        level=AnnotationLevel.WARNING,
        title="Sentry release: artifacts",
        text=f"There is no built app below '{config.working_directory}'.\n"
        "The platforms' names are those of the project. Build the app first.",
    )


def _resolve_name(
    config: Config, context: Context, workspace: Workspace, *, needs_name: bool
) -> tuple[ResolvedName, str | None]:
    """
    Return the name, or the reason why there is none; platforms may still have their own.

    Raises:
        ProjectError: There is none although it is needed, or not even a platform has one.
    """
    try:
        return resolve_release_name(config, context, workspace, config.environment), None
    except ProjectError as error:
        source, project = find_name_source(config), FlutterProject.load(config, workspace)
        if source is not NameSource.PUBSPEC or project is None or project.version.name is not None:
            raise
        if needs_name or not project.list_platforms():
            raise
        release = Release(name="", package=project.pubspec.name, build=project.version.number)
        return ResolvedName(
            release=release, project=project, source=source
        ), f"{error.message} {error.hint}"


def _print_platform_names(
    names: PlatformNames, found: ResolvedName, config: Config, runner: ActionsRunner
) -> None:
    release = names.release
    values = dart_defines.build_dart_defines(release, environment=config.environment, dsn=None)
    if names.problem:
        rows: list[tuple[str, str | None]] = [("release", f"none: {names.problem}")]
    else:
        rows = [("release", release.name), ("dist", release.dist), ("from", names.source.value)]
        rows += [("dart-define", dart_defines.to_arguments(values))]
        rows += [("in Sentry", parse_release_name(release.name).describe())]
    sdk = found.project.find_locked_version(_SDK) if found.project else None
    rows += [("the SDK", f"{_SDK} {sdk} ({pubspec.LOCK_FILE})" if sdk else None)]
    lines = align_columns([(key, value) for key, value in rows if value])
    if names.defaults:
        head = ("platform", "SDK default", "with this tool", "why they differ")
        lines += ["", *align_columns([head, *names.build_rows()])]
    lines += build_plugin_config_lines(found.project.pubspec) if found.project else ()
    runner.print_result("\n".join(lines))
