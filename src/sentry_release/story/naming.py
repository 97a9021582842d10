"""Name the release, reading the Flutter project as far as the name needs it."""

from dataclasses import dataclass

from sentry_release.decisions import naming
from sentry_release.decisions.sdk_default import sdk_default
from sentry_release.facts.config import Config
from sentry_release.facts.context import Context
from sentry_release.facts.flutter.platforms import Platform
from sentry_release.facts.flutter.said import Unknown
from sentry_release.story.project import Project, missing
from sentry_release.story.world import World
from sentry_release.words.errors import ProjectError, WorkflowError
from sentry_release.words.release import Release

_MOST_APPS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """The release, the project it was named after, and from what (`source`)."""

    release: Release
    project: Project | None
    source: naming.Source


def named(
    config: Config,
    context: Context,
    world: World,
    environment: str | None,
    *,
    complete: bool = False,
) -> Named:
    """
    Read the project as far as the name needs it, and name the release.

    Args:
        config: What is asked.
        context: What is given.
        world: The doors.
        environment: As far as it is known.
        complete: Whether the inputs name the whole version, so that the build number of
            pubspec.yaml does not count.

    Raises:
        ProjectError: There is no project, or it cannot be read or named.
        WorkflowError: `working-directory`, `release` or `platform` cannot be used.
    """
    project = Project.found(config, world)
    if project and complete:
        project = project.without_build_number()
    source = naming.source_of(config)
    if project is None and source is not naming.Source.INPUT:
        raise missing(config, world)
    parts = naming.parts_of(config, project.pubspec if project else None)
    if project and source is naming.Source.PUBSPEC and parts.version is None:
        _judge_workspace_root(config, project, world)
    name = _name(config, context, project, parts, environment, source)
    return Named(release=naming.released_as(name, parts, config), project=project, source=source)


def _judge_workspace_root(config: Config, project: Project, world: World) -> None:
    """
    Say where the apps are, if the folder is the root of a pub workspace.

    Raises:
        ProjectError: It is one.
    """
    if not project.pubspec.members:
        return
    from sentry_release.story.apps import apps_below  # noqa: PLC0415 - only for this message

    apps = [str(one) for one in apps_below(config.working_directory, world)]
    listed = ", ".join(apps[:_MOST_APPS]) + (", …" if len(apps) > _MOST_APPS else "")
    raise ProjectError(
        f"{config.working_directory / 'pubspec.yaml'} is the root of a pub workspace, not an app.",
        why="The release is named after the `name` and `version` of an app.",
        mend=f"Point `working-directory` at an app: {listed}."
        if apps
        else "Point `working-directory` at the folder of an app.",
    )


def _name(
    config: Config,
    context: Context,
    project: Project | None,
    parts: naming.Parts,
    environment: str | None,
    source: naming.Source,
) -> str:
    if source is naming.Source.PUBSPEC or project is None:
        return config.release or naming.default_name(parts)
    if source is naming.Source.INPUT:
        return config.release or ""
    if source is naming.Source.SDK_DEFAULT:
        default = sdk_default(project.identity(_platform(config, project)))
        return _known("The default name of the SDK", default.release)
    from sentry_release.doors import render  # noqa: PLC0415 - slow to import, rarely needed

    template = config.release or ""
    variables = naming.variables(parts, context, environment)
    variables |= {"flavor": project.flavor, "platform": config.platform, "app_id": None}
    if "app_id" in template:
        identity = project.identity(_platform(config, project))
        variables["app_id"] = _known("The id of the app", identity.app_id)
    return render.name(template, variables)


def _platform(config: Config, project: Project) -> Platform:
    """The platform that was asked for, or the only one that there is."""
    platforms = project.platforms()
    if config.platform is not None:
        return config.platform
    if len(platforms) == 1:
        return platforms[0]
    names = ", ".join(platform.value for platform in platforms) or "none"
    raise WorkflowError(
        "`platform` is empty.",
        why=f"The id of an app differs between platforms, and this one has: {names}.",
        mend="Give one of them as `platform`.",
    )


def _known(what: str, fact: str | Unknown) -> str:
    if isinstance(fact, Unknown):
        raise ProjectError(
            f"{what} {fact.why}.",
            why=f"It was looked for in {fact.where}.",
            mend=f"{fact.mend[:1].upper()}{fact.mend[1:]}.",
        )
    return fact
