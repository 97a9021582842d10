"""The run command: run a build command with the release name in its environment and dart-defines."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from sentry_release.adapters.runner import ActionsRunner
from sentry_release.adapters.workspace import Workspace
from sentry_release.ci.context import Context
from sentry_release.config.config import Config
from sentry_release.errors import WorkflowError
from sentry_release.model.release import Release
from sentry_release.project.resolve_name import resolve_release_name
from sentry_release.release import dart_defines
from sentry_release.release.build_command import prepare_build_command
from sentry_release.release.build_flags import (
    apply_build_flags,
    is_version_complete,
    read_build_flags,
)
from sentry_release.report import release_outputs


def exec_command(command: Sequence[str], environ: Mapping[str, str]) -> int:
    """
    Replace this process with a program, so that its exit code and signals reach the caller.

    Windows cannot replace a process: there it waits for the program and returns its exit code.

    Raises:
        WorkflowError: The program does not exist, or the system cannot start it.
    """
    program = shutil.which(command[0], path=environ.get("PATH"))
    if program is None:
        raise _build_missing_program_error(command[0])
    sys.stdout.flush()
    try:
        if os.name != "nt":
            # Python ignores SIGPIPE, and the program would inherit that.
            signal.signal(signal.SIGPIPE, signal.SIG_DFL)
            os.execve(program, list(command), dict(environ))  # noqa: S606 - the user's own command
        return subprocess.call([program, *command[1:]], env=dict(environ))  # noqa: S603 - the same
    except (OSError, ValueError) as error:
        raise WorkflowError(
            f"Program {command[0]!r} cannot be started.",
            reason=f"The operating system reports: {getattr(error, 'strerror', None) or error}.",
            hint="Start it through its interpreter, as in `bash build.sh`.",
        ) from error


def run_command(
    config: Config,
    context: Context,
    workspace: Workspace,
    runner: ActionsRunner,
    *,
    command: tuple[str, ...],
    environ: Mapping[str, str],
) -> int:
    """
    Run a command with the release in its environment and, if it builds, in its dart-defines.

    Returns the exit code of the command; on POSIX the command replaces this process.

    Raises:
        WorkflowError, ProjectError: The release cannot be named, there is no command, or its
            flags contradict the inputs.
    """
    if not command:
        raise _build_missing_command_error()
    release = _resolve_release(config, context, workspace, command)
    values = dart_defines.build_dart_defines(
        release,
        environment=config.environment if config.define_environment else None,
        dsn=config.dsn,
    )
    path = release_outputs.get_dart_defines_path(config)
    ready = prepare_build_command(
        command, values, str(workspace.resolve(path)), _list_inputs(config)
    )
    runner.log_line(_describe_given_release(ready.release, release.name))
    if ready.note:
        runner.log_line(ready.note)
    if ready.defines:
        workspace.write(
            path, dart_defines.to_json_file(ready.defines), is_own_content=dart_defines.is_own_file
        )
    kept = {key: value for key, value in environ.items() if not key.startswith("INPUT_")}
    return exec_command(ready.command, kept | dict(ready.variables))


def _resolve_release(
    config: Config, context: Context, workspace: Workspace, command: tuple[str, ...]
) -> Release:
    """Return the release, named as the flags of the build command and the inputs say."""
    flags = read_build_flags(command)
    full, complete = apply_build_flags(config, flags), is_version_complete(flags)
    found = resolve_release_name(full, context, workspace, config.environment, complete=complete)
    return found.release


def _build_missing_program_error(name: str) -> WorkflowError:
    """Return the error for a program that the system does not find."""
    message, reason = f"Program {name!r} not found.", "It is not on the PATH."
    if " " in name:
        hint = "Write each word on its own: `sentry-release run -- flutter build web`."
    elif "=" in name:
        hint = "Set variables before `sentry-release`, or write `run -- env NAME=value PROGRAM`."
    elif name and Path(name).exists():
        message, reason = f"{name!r} cannot be run.", "It is not an executable file."
        hint = f"Make it executable (`chmod +x {name}`), or start it with its interpreter."
    else:
        hint = "Install it, or use its full path."
    return WorkflowError(message, reason=reason, hint=hint)


def _build_missing_command_error() -> WorkflowError:
    return WorkflowError(
        "No command to run.",
        reason="`run` passes the release name to a command.",
        hint="Write, for example, `sentry-release run -- flutter build web`.",
    )


def _list_inputs(config: Config) -> dict[str, str]:
    """Return the inputs that Flutter has a flag for."""
    flags = {
        "--build-name": config.build_name,
        "--build-number": config.build_number,
        "--flavor": config.flavor,
    }
    return {flag: value for flag, value in flags.items() if value}


def _describe_given_release(given: str | None, own: str) -> str:
    if given is None:
        return f"SENTRY_RELEASE={own}"
    if not given:
        return "The command sets an empty SENTRY_RELEASE, so the app will report no release."
    return f"The command sets the release itself: {given}"
