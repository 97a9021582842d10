"""Resolve the release name; the Flutter project is read only as far as the name needs it."""

from dataclasses import dataclass

from sentry_release.adapters.workspace import Workspace
from sentry_release.ci.context import Context
from sentry_release.config.config import Config
from sentry_release.errors import ActionError, ProjectError, WorkflowError
from sentry_release.model.platform import Platform, Unknown
from sentry_release.model.release import Release
from sentry_release.project.flutter_project import FlutterProject, build_missing_project_error
from sentry_release.release import release_name
from sentry_release.release.sdk_default import build_sdk_default

_MAX_APPS = 10  # that an error lists


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolvedName:
    """The release, the project it is named after, and the source of the name."""

    release: Release
    project: FlutterProject | None
    source: release_name.NameSource


def resolve_release_name(
    config: Config,
    context: Context,
    workspace: Workspace,
    environment: str | None,
    *,
    complete: bool = False,
) -> ResolvedName:
    """
    Return the release, named by the inputs and the project.

    Args:
        config: The inputs.
        context: The workflow run.
        workspace: The files of the repository.
        environment: The environment, or None if it is unknown.
        complete: Whether the inputs name the whole version, so that the build number of
            pubspec.yaml does not count.

    Raises:
        ProjectError: The project is missing, unreadable, or has no valid name or version.
        WorkflowError: `working-directory`, `release` or `platform` is invalid.
    """
    project = FlutterProject.load(config, workspace)
    if project and complete:
        project = project.without_build_number()
    source = release_name.find_name_source(config)
    if project is None and source is not release_name.NameSource.INPUT:
        raise build_missing_project_error(config, workspace)
    parts = release_name.find_name_parts(config, project.pubspec if project else None)
    if project and source is release_name.NameSource.PUBSPEC and parts.version is None:
        _check_workspace_root(config, project, workspace)
    name = _render_name(config, context, project, parts, environment, source)
    return ResolvedName(
        release=release_name.validate_release(name, parts, config), project=project, source=source
    )


def find_release(config: Config, context: Context, workspace: Workspace) -> Release | None:
    """Return the release of the project, or None if it has no valid name."""
    try:
        return resolve_release_name(config, context, workspace, config.environment).release
    except ActionError:
        return None


def _check_workspace_root(config: Config, project: FlutterProject, workspace: Workspace) -> None:
    """
    Raise an error that lists the apps if the project is the root of a pub workspace.

    Raises:
        ProjectError: It is such a root.
    """
    if not project.pubspec.members:
        return
    from sentry_release.project.flutter_project import find_apps

    apps = [str(one) for one in find_apps(config.working_directory, workspace)]
    listed = ", ".join(apps[:_MAX_APPS]) + (", …" if len(apps) > _MAX_APPS else "")
    raise ProjectError(
        f"{config.working_directory / 'pubspec.yaml'} is the root of a pub workspace, not an app.",
        reason="The release is named after the `name` and `version` of an app.",
        hint=f"Point `working-directory` at an app: {listed}."
        if apps
        else "Point `working-directory` at the folder of an app.",
    )


def _render_name(
    config: Config,
    context: Context,
    project: FlutterProject | None,
    parts: release_name.NameParts,
    environment: str | None,
    source: release_name.NameSource,
) -> str:
    if source is release_name.NameSource.PUBSPEC or project is None:
        return config.release or release_name.build_default_name(parts)
    if source is release_name.NameSource.INPUT:
        return config.release or ""
    if source is release_name.NameSource.SDK_DEFAULT:
        default = build_sdk_default(project.read_identity(_choose_platform(config, project)))
        return _require_known("The default name of the SDK", default.release)
    from sentry_release.adapters.templates import render

    template = config.release or ""
    variables = release_name.build_template_variables(parts, context, environment)
    variables |= {"flavor": project.flavor, "platform": config.platform, "app_id": None}
    if "app_id" in template:
        identity = project.read_identity(_choose_platform(config, project))
        variables["app_id"] = _require_known("The id of the app", identity.app_id)
    return render.render_release_name(template, variables)


def _choose_platform(config: Config, project: FlutterProject) -> Platform:
    """Return the platform of the input, or the only one of the project."""
    platforms = project.list_platforms()
    if config.platform is not None:
        return config.platform
    if len(platforms) == 1:
        return platforms[0]
    names = ", ".join(platform.value for platform in platforms) or "none"
    raise WorkflowError(
        "`platform` is empty.",
        reason=f"The id of an app differs between platforms; this project has: {names}.",
        hint="Set `platform` to one of them.",
    )


def _require_known(message: str, fact: str | Unknown) -> str:
    if isinstance(fact, Unknown):
        raise ProjectError(
            f"{message} {fact.reason}.",
            reason=f"It is read from {fact.location}.",
            hint=f"{fact.hint[:1].upper()}{fact.hint[1:]}.",
        )
    return fact
