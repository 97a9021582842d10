"""Add the dart-defines and the inputs of `run` to a build command."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from sentry_release.model.release import RELEASE_DEFINE
from sentry_release.release.build_flags import (
    BuildTool,
    find_build_tool,
    find_program,
    read_build_flags,
)

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
    kept = {key: value for key, value in defines.items() if own is None or key != RELEASE_DEFINE}
    variables = {key: value for key, value in defines.items() if key != "SENTRY_DSN"}
    if own is not None:
        variables[RELEASE_DEFINE] = own
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
            if word.startswith(flag) and text.startswith(f"{RELEASE_DEFINE}="):
                release = text.removeprefix(f"{RELEASE_DEFINE}=")
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
