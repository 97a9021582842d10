"""The run command: run a build command with the release name in its environment and dart-defines."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from sentry_release.adapters.runner import ActionsRunner
from sentry_release.adapters.workspace import Workspace
from sentry_release.ci.context import Context
from sentry_release.config.config import Config
from sentry_release.errors import WorkflowError
from sentry_release.model.release import Release
from sentry_release.project.resolve_name import resolve_release_name
from sentry_release.release import dart_defines
from sentry_release.release.build_flags import (
    BuildTool,
    apply_build_flags,
    find_build_tool,
    find_program,
    is_version_complete,
    read_build_flags,
)
from sentry_release.report import release_outputs

_RELEASE = "SENTRY_RELEASE"
_VERSIONED = {"apk", "appbundle", "ios", "ipa", "linux", "macos", "web", "windows"}
_FLAVORED = {"aar", "apk", "appbundle", "ios", "ios-framework", "ipa", "macos"}
_TAKEN_BY_BUILD = {
    "--build-name": _VERSIONED,
    "--build-number": _VERSIONED | {"aar"},
    "--flavor": _FLAVORED,
}
"""The targets of `flutter build` that accept each flag.

Source: flutter_tools, lib/src/commands/build_*.dart
"""
_LAUNCHERS = {"--", "env", "exec", "fvm", "mise", "puro", "xvfb-run"}
_NO_WRAPPERS = {
    "dart", "flutter", "flutter-elinux", "flutter-tizen", "flutterw", "sentry-cli", "shorebird",
}  # fmt: skip
_PLUGIN = "sentry_dart_plugin"


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildCommand:
    """
    The command to run.

    `defines` is the content of the dart-defines file, `variables` goes to the environment;
    `release` is the name that the command line itself sets, if it does. `note` tells the user
    how the build gets the dart-defines if the command is a wrapper around a build tool.
    """

    command: tuple[str, ...]
    defines: Mapping[str, str]
    variables: Mapping[str, str]
    release: str | None = None
    note: str | None = None


def prepare_build_command(
    command: Sequence[str],
    defines: Mapping[str, str],
    file: str,
    flags: Mapping[str, str] | None = None,
) -> BuildCommand:
    """
    Return the command with `--dart-define-from-file`, and with flags that it lacks.

    A SENTRY_RELEASE on the command line takes precedence. Old versions of Flutter prefer the
    file, so the file then contains none.

    Args:
        command: The program and its arguments.
        defines: The dart-defines.
        file: The absolute path of the file with them.
        flags: `--build-name`, `--build-number` and `--flavor` with the values of the inputs.

    Source: https://github.com/flutter/flutter/pull/131088
    """
    own = find_release_in_arguments(command)
    kept = {key: value for key, value in defines.items() if own is None or key != _RELEASE}
    variables = {key: value for key, value in defines.items() if key != "SENTRY_DSN"}
    if own is not None:
        variables[_RELEASE] = own
    argument = f"--dart-define-from-file={file}" if kept else None
    tool = find_build_tool(command)
    lacking = _list_missing(command, flags or {})
    return BuildCommand(
        command=_insert_argument(command, tool, argument, lacking) if tool else tuple(command),
        defines=kept,
        variables=variables,
        release=own,
        note=None if tool or not argument else _describe_note(command, argument, file, lacking),
    )


def find_release_in_arguments(command: Sequence[str]) -> str | None:
    """
    Return the SENTRY_RELEASE on the command line, in any of its forms; the last one wins.

    Source: flutter_tools, lib/src/runner/flutter_command.dart
    """
    release = None
    for word, following in pairwise([*command, ""]):
        for flag in ("--dart-define", "-D", "--DartDefines"):
            text = following if word == flag else word.removeprefix(f"{flag}=").removeprefix("-D")
            if word.startswith(flag) and text.startswith(f"{_RELEASE}="):
                release = text.removeprefix(f"{_RELEASE}=")
    return release


def _list_missing(command: Sequence[str], flags: Mapping[str, str]) -> dict[str, str]:
    """Return the flags that the command does not have yet."""
    own = read_build_flags(command)
    there = {
        "--build-name": own.build_name or own.release_version,
        "--build-number": own.build_number or own.release_version,
        "--flavor": own.flavor,
    }
    return {flag: f"{flag}={value}" for flag, value in flags.items() if there.get(flag) is None}


def _insert_argument(
    command: Sequence[str], tool: BuildTool, argument: str | None, lacking: Mapping[str, str]
) -> tuple[str, ...]:
    """Return the command with each argument where the tool looks for it."""
    end = command.index("--", tool.at) if "--" in command[tool.at :] else len(command)
    mine, rest = command[:end], command[end:]
    if tool.name == "flutter":
        taken = [text for flag, text in lacking.items() if _takes(tool, command[tool.at :], flag)]
        return (*mine, *taken, *([argument] if argument else ()), *rest)
    # Shorebird reads the flavor itself, and passes to Flutter what follows `--`.
    flavor = [text for flag, text in lacking.items() if flag == "--flavor"]
    more = [text for flag, text in lacking.items() if flag != "--flavor"]
    handed = [*more, *([argument] if argument else ())]
    dashes = ["--"] if handed and not rest else []
    return (*mine, *flavor, *rest, *dashes, *handed)


def _takes(tool: BuildTool, words: Sequence[str], flag: str) -> bool:
    if tool.verb == "build":
        return any(word in _TAKEN_BY_BUILD[flag] for word in words)
    return flag == "--flavor" and tool.verb in {"run", "drive"}


def _describe_note(
    command: Sequence[str], argument: str, file: str, lacking: Mapping[str, str]
) -> str | None:
    """Return the hint for a wrapper; None for a command that builds nothing or has the file."""
    words = [*command]
    while words and find_program(words[0]) in _LAUNCHERS:
        words.pop(0)
    if not words or any(file in word or "dart-defines.json" in word for word in words):
        return None
    program = find_program(words[0])
    runs_script = program == "dart" and words[1:2] == ["run"] and words[2:3] != [_PLUGIN]
    if program in _NO_WRAPPERS and not runs_script:
        return None
    arguments = " ".join([*lacking.values(), argument])
    how = f"pass `{arguments}` to the `flutter build` that it runs"
    if program in {"fastforge", "flutter_distributor"}:
        how = (
            "add `dart-define-from-file: "
            f"{file}` to `build_args` in distribute_options.yaml" + _join_words(lacking)
        )
    return f"`{' '.join(words[:2])[:80]}` gets SENTRY_RELEASE, but the build gets no dart-defines: {how}."


def _join_words(lacking: Mapping[str, str]) -> str:
    return f", and pass `{' '.join(lacking.values())}`" if lacking else ""


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
