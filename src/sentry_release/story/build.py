"""The phase run: the build hook outside Actions, for any command that builds the app."""

from collections.abc import Mapping

from sentry_release.decisions import defines, telling
from sentry_release.decisions.building import prepare_build_command
from sentry_release.doors.process import exec_command
from sentry_release.facts.config import Config
from sentry_release.facts.context import Context
from sentry_release.release.build_flags import read_build_flags
from sentry_release.release.build_version import apply_build_flags, is_version_complete
from sentry_release.story.naming import resolve_release_name
from sentry_release.story.world import Services
from sentry_release.words.errors import WorkflowError


def run_command(
    config: Config,
    context: Context,
    services: Services,
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
            reason="The phase `run` hands the release to a command.",
            hint="Write `sentry-release run -- flutter build web`, for example.",
        )
    flags = read_build_flags(command)
    full = apply_build_flags(config, flags)
    complete = is_version_complete(flags)
    release = resolve_release_name(
        full, context, services, config.environment, complete=complete
    ).release
    values = defines.build_dart_defines(release, environment=config.environment, dsn=config.dsn)
    path = telling.get_dart_defines_path(config)
    ready = prepare_build_command(
        command, values, str(services.workspace.resolve(path)), _inputs(config)
    )
    services.runner.log_line(_describe_given_release(ready.release, release.name))
    if ready.note:
        services.runner.log_line(ready.note)
    if ready.defines:
        services.workspace.write(
            path, defines.to_json_file(ready.defines), uses_our_action=defines.is_own_file
        )
    kept = {key: value for key, value in environ.items() if not key.startswith("INPUT_")}
    return exec_command(ready.command, kept | dict(ready.variables))


def _inputs(config: Config) -> dict[str, str]:
    """Return the inputs that Flutter has a flag for."""
    flags = {
        "--build-name": config.build_name,
        "--build-number": config.build_number,
        "--flavor": config.flavor,
    }
    return {flag: value for flag, value in flags.items() if value}


def _describe_given_release(values: str | None, own: str) -> str:
    if values is None:
        return f"SENTRY_RELEASE={own}"
    if not values:
        return "The command gives an empty SENTRY_RELEASE, so the app will report none."
    return f"The command names the release itself: {values}"
