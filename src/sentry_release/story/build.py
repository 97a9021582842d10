"""The phase run: the build hook outside Actions, for any command that builds the app."""

from collections.abc import Mapping

from sentry_release.decisions import defines, telling
from sentry_release.decisions.building import prepared
from sentry_release.doors.process import become
from sentry_release.facts.config import Config
from sentry_release.facts.context import Context
from sentry_release.release.build_flags import read_build_flags
from sentry_release.release.build_version import apply_build_flags, is_version_complete
from sentry_release.story.naming import named
from sentry_release.story.world import World
from sentry_release.words.errors import WorkflowError


def build(
    config: Config,
    context: Context,
    world: World,
    *,
    command: tuple[str, ...],
    environ: Mapping[str, str],
) -> int:
    """
    Run a command with the release in its environment, and, where it builds, in its defines.

    Gives the command's exit code, if it comes back at all.

    Raises:
        WorkflowError, ProjectError: The release cannot be named, there is no command, or its
            flags contradict the inputs.
    """
    if not command:
        raise WorkflowError(
            "There is no command to run.",
            why="The phase `run` hands the release to a command.",
            mend="Write `sentry-release run -- flutter build web`, for example.",
        )
    flags = read_build_flags(command)
    full = apply_build_flags(config, flags)
    complete = is_version_complete(flags)
    release = named(full, context, world, config.environment, complete=complete).release
    values = defines.defines(release, environment=config.environment, dsn=config.dsn)
    path = telling.defines_path(config)
    ready = prepared(command, values, str(world.disk.place(path)), _inputs(config))
    world.runner.say(_told(ready.release, release.name))
    if ready.remark:
        world.runner.say(ready.remark)
    if ready.defines:
        world.disk.write(path, defines.as_file(ready.defines), is_ours=defines.is_own_file)
    kept = {key: value for key, value in environ.items() if not key.startswith("INPUT_")}
    return become(ready.command, kept | dict(ready.variables))


def _inputs(config: Config) -> dict[str, str]:
    """Return the inputs that Flutter has a flag for."""
    flags = {
        "--build-name": config.build_name,
        "--build-number": config.build_number,
        "--flavor": config.flavor,
    }
    return {flag: value for flag, value in flags.items() if value}


def _told(given: str | None, ours: str) -> str:
    if given is None:
        return f"SENTRY_RELEASE={ours}"
    if not given:
        return "The command gives an empty SENTRY_RELEASE, so the app will report none."
    return f"The command names the release itself: {given}"
