"""A command that builds an app + the defines -> the same command, with the defines in it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import PurePath

_FLUTTER = {"build", "run", "test", "drive"}
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
    variables |= {_RELEASE: ours} if ours else {}
    argument = f"--dart-define-from-file={file}"
    return Prepared(
        command=_with(command, argument) if kept else tuple(command),
        defines=kept,
        variables=variables,
        release=ours,
    )


def given_release(command: Sequence[str]) -> str | None:
    """The SENTRY_RELEASE that the command line gives itself, in any of its forms."""
    for word, following in pairwise([*command, ""]):
        for flag in ("--dart-define", "-D", "--DartDefines"):
            text = following if word == flag else word.removeprefix(f"{flag}=").removeprefix("-D")
            if (word == flag or word.startswith(flag)) and text.startswith(f"{_RELEASE}="):
                return text.removeprefix(f"{_RELEASE}=")
    return None


def _with(command: Sequence[str], argument: str) -> tuple[str, ...]:
    if _calls(command, "flutter", _FLUTTER):
        return _before_dashes(command, argument)
    if _calls(command, "shorebird", _SHOREBIRD):
        dashes = () if "--" in command else ("--",)
        return (*command, *dashes, argument)
    return tuple(command)


def _calls(command: Sequence[str], program: str, verbs: set[str]) -> bool:
    """Whether the command is `program verb …`, also behind a wrapper such as fvm."""
    names = [PurePath(word.replace("\\", "/")).stem for word in command]
    if program not in names:
        return False
    rest = command[names.index(program) + 1 :]
    return next((word for word in rest if not word.startswith("-")), None) in verbs


def _before_dashes(command: Sequence[str], argument: str) -> tuple[str, ...]:
    at = list(command).index("--") if "--" in command else len(command)
    return (*command[:at], argument, *command[at:])
