"""Parse a build command: the tool in it, and the flags that set the app's version."""

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import PurePath

_PROGRAMS = {
    "flutter": "flutter",
    "flutterw": "flutter",
    "flutter-elinux": "flutter",
    "flutter-tizen": "flutter",
    "shorebird": "shorebird",
}
_VERBS = {
    "flutter": {"build", "run", "test", "drive"},
    "shorebird": {"release", "patch"},
}
_SHELLS = {"sh", "bash", "zsh", "dash"}
_GLOBAL_WITH_VALUE = {"-d", "--device-id", "--local-engine", "--local-engine-host", "--packages"}
_WITH_VALUE = {
    *_GLOBAL_WITH_VALUE,
    "-D", "-t", "--DartDefines", "--dart-define", "--dart-define-from-file", "--target",
}  # fmt: skip
FIELDS = {
    "--build-name": "build_name",
    "--build-number": "build_number",
    "--flavor": "flavor",
    "--release-version": "release_version",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildTool:
    """The tool in a command that builds the app, its verb, and the index of its first own word."""

    name: str
    verb: str
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildFlags:
    """The version flags of a build command; None for a flag that is absent."""

    build_name: str | None = None
    build_number: str | None = None
    flavor: str | None = None
    release_version: str | None = None


def find_build_tool(command: Sequence[str]) -> BuildTool | None:
    """
    Return the first Flutter or Shorebird call that builds, also behind fvm, puro and others.

    `fvm spawn VERSION build web` is Flutter without its name.
    Source: https://fvm.app/documentation/guides/running-flutter
    """
    for at, word in enumerate(command):
        name = _PROGRAMS.get(program_of(word))
        own = at + 1
        if program_of(word) == "fvm" and list(command[own : own + 1]) == ["spawn"]:
            name, own = "flutter", at + 3
        if name is not None and (verb := _verb(command, own)) in _VERBS[name]:
            return BuildTool(name=name, verb=verb, at=own)
    return None


def program_of(word: str) -> str:
    """Return the name of a program without its folder and extension."""
    return PurePath(word.replace("\\", "/")).stem


def read_build_flags(command: Sequence[str]) -> BuildFlags:
    """
    Return the flags that reach the build; of a repeated flag, the effective one.

    `flutter` ignores what follows `--`. `shorebird` puts what follows `--` first, so its own
    flags take precedence. A script of `sh -c` is read as far as its words are literal.

    Source: package args, lib/src/parser.dart · shorebird_cli, forwardedArgs
    """
    tool = find_build_tool(command)
    if tool is None:
        script = _script(command)
        return read_build_flags(script) if script else BuildFlags()
    words = list(command[tool.at :])
    end = words.index("--") if "--" in words else len(words)
    flags = BuildFlags()
    for part in (words[end + 1 :], words[:end]) if tool.name == "shorebird" else (words[:end],):
        flags = replace(flags, **dict(_flags_in(part)))
    return flags


def _verb(command: Sequence[str], own: int) -> str:
    before = [*command[own - 1 : own], *command[own:]]
    words = (
        word
        for previous, word in pairwise(before)
        if not word.startswith("-") and previous not in _GLOBAL_WITH_VALUE
    )
    return next(words, "")


def _script(command: Sequence[str]) -> list[str]:
    """Return the words of the script in `sh -c SCRIPT`; none if it is something else."""
    if not command or program_of(command[0]) not in _SHELLS:
        return []
    for option, script in pairwise(command):
        if option.startswith("-") and option.endswith("c"):
            try:
                return shlex.split(script)
            except ValueError:  # an unclosed quote: the shell rejects it as well
                return []
    return []


def _flags_in(words: Sequence[str]) -> Iterator[tuple[str, str]]:
    rest = list(words)
    while rest:
        word = rest.pop(0)
        flag, equals, value = word.partition("=")
        if flag in FIELDS and (equals or rest):
            yield FIELDS[flag], value if equals else rest.pop(0)
        elif word in _WITH_VALUE and rest:
            rest.pop(0)
