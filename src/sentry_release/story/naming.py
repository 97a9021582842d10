"""Find the Flutter project and name its release."""

from pathlib import PurePosixPath

from sentry_release.decisions import naming
from sentry_release.facts import pubspec
from sentry_release.facts.config import Config
from sentry_release.facts.context import Context
from sentry_release.story.world import World
from sentry_release.words.errors import ProjectError, WorkflowError
from sentry_release.words.release import Release


def named(config: Config, context: Context, world: World, environment: str | None) -> Release:
    """
    Read the project as far as the name needs it, and name the release.

    Raises:
        ProjectError: There is no project, or it cannot be read or named.
        WorkflowError: `working-directory` or `release` cannot be used.
    """
    parts = naming.parts_of(config, _project(config, world))
    template = naming.template_of(config)
    if template is not None:
        from sentry_release.doors import render  # noqa: PLC0415 - slow to import, rarely needed

        name = render.name(template, naming.variables(parts, context, environment))
    else:
        name = config.release or naming.default_name(parts)
    return naming.released_as(name, parts, config)


def _project(config: Config, world: World) -> pubspec.Pubspec | None:
    path = config.working_directory / "pubspec.yaml"
    text = world.disk.read(path, limit=pubspec.MAX_BYTES)
    if text is not None:
        return pubspec.parse(text, where=str(path))
    if naming.needs_project(config):
        raise _no_project(config.working_directory, world)
    return None


def _no_project(directory: PurePosixPath, world: World) -> ProjectError | WorkflowError:
    if not world.disk.is_folder(directory):
        return WorkflowError(
            f"`working-directory` is {str(directory)!r}, and there is no such folder.",
            why="It is looked for in the workspace, where actions/checkout puts the repository.",
            mend="Correct it, or put `uses: actions/checkout` before this step.",
        )
    return ProjectError(
        f"There is no pubspec.yaml in {str(directory)!r}.",
        why="The release is named after the `name` and `version` of the app.",
        mend="Point `working-directory` at the app, put `uses: actions/checkout` before this "
        "step, or give the finished name as `release`.",
    )
