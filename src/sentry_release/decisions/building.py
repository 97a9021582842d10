"""A command that builds an app + the defines -> the same command, with the defines in it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import PurePath

_FLUTTER = {"build", "run", "test", "drive"}
_WITH_VALUE = {"-d", "--device-id", "--local-engine", "--local-engine-host", "--packages"}
_SHOREBIRD = {"release", "patch"}
_RELEASE = "SENTRY_RELEASE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """
    What to run.

    `defines` is what belongs into the define file, `variables` into the environment;
    `release` is the name that the command line itself insists on, if it does.
    """

    command: tuple[str, ...]
    defines: Mapping[str, str]
    variables: Mapping[str, str]
    release: str | None = None


def prepared(command: Sequence[str], defines: Mapping[str, str], file: str) -> Prepared:
    """
    Add `--dart-define-from-file` where Flutter takes it.

    A SENTRY_RELEASE on the command line is respected: it beats the file in a new Flutter and
    loses to it in an old one, so the file then holds none.

    Args:
        command: The program and its arguments.
        defines: The dart-defines.
        file: Where they will lie.

    Source: https://github.com/flutter/flutter/pull/131088
    """
    ours = given_release(command)
    kept = {key: value for key, value in defines.items() if ours is None or key != _RELEASE}
    variables = {key: value for key, value in defines.items() if key != "SENTRY_DSN"}
    if ours is not None:
        variables[_RELEASE] = ours
    argument = f"--dart-define-from-file={file}"
    return Prepared(
        command=_with(command, argument) if kept else tuple(command),
        defines=kept,
        variables=variables,
        release=ours,
    )


def given_release(command: Sequence[str]) -> str | None:
    """
    The SENTRY_RELEASE that the command line gives itself, in any of its forms; the last one wins.

    Source: flutter_tools, lib/src/runner/flutter_command.dart
    """
    given = None
    for word, following in pairwise([*command, ""]):
        for flag in ("--dart-define", "-D", "--DartDefines"):
            text = following if word == flag else word.removeprefix(f"{flag}=").removeprefix("-D")
            if word.startswith(flag) and text.startswith(f"{_RELEASE}="):
                given = text.removeprefix(f"{_RELEASE}=")
    return given


def _with(command: Sequence[str], argument: str) -> tuple[str, ...]:
    """The command with the argument where the program looks for it; a wrapper's `--` is its own."""
    if (own := _own_words(command, "flutter", _FLUTTER)) is not None:
        at = command.index("--", own) if "--" in command[own:] else len(command)
        return (*command[:at], argument, *command[at:])
    if (own := _own_words(command, "shorebird", _SHOREBIRD)) is not None:
        dashes = () if "--" in command[own:] else ("--",)
        return (*command, *dashes, argument)
    return tuple(command)


def _own_words(command: Sequence[str], program: str, verbs: set[str]) -> int | None:
    """Where `program verb …` has its own words, also behind a wrapper such as fvm; else None."""
    names = [PurePath(word.replace("\\", "/")).stem for word in command]
    if program not in names:
        return None
    own = names.index(program) + 1
    before = [command[own - 1], *command[own:]]
    verb = next(
        (
            word
            for previous, word in pairwise(before)
            if not word.startswith("-") and previous not in _WITH_VALUE
        ),
        None,
    )
    return own if verb in verbs else None
