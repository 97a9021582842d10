"""Find the tool and the version flags in a build command, and merge them with the inputs of `run`."""

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import PurePath

from sentry_release.config.config import Config
from sentry_release.errors import WorkflowError

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
LATEST = "latest"
"""The release version that Shorebird resolves on its server. Source: `shorebird patch --help`"""


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
        name = _PROGRAMS.get(find_program(word))
        own = at + 1
        if find_program(word) == "fvm" and list(command[own : own + 1]) == ["spawn"]:
            name, own = "flutter", at + 3
        if name is not None and (verb := _find_verb(command, own)) in _VERBS[name]:
            return BuildTool(name=name, verb=verb, at=own)
    return None


def find_program(word: str) -> str:
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
        script = _find_script(command)
        return read_build_flags(script) if script else BuildFlags()
    words = list(command[tool.at :])
    end = words.index("--") if "--" in words else len(words)
    handed = words[end:] if tool.name == "shorebird" else []
    return BuildFlags(**dict(_list_flags(handed)) | dict(_list_flags(words[:end])))


def _find_verb(command: Sequence[str], own: int) -> str:
    before = [*command[own - 1 : own], *command[own:]]
    words = (
        word
        for previous, word in pairwise(before)
        if not word.startswith("-") and previous not in _GLOBAL_WITH_VALUE
    )
    return next(words, "")


def _find_script(command: Sequence[str]) -> list[str]:
    """Return the words of the script in `sh -c SCRIPT`; none if it is something else."""
    if not command or find_program(command[0]) not in _SHELLS:
        return []
    for option, script in pairwise(command):
        if option.startswith("-") and option.endswith("c"):
            try:
                return shlex.split(script)
            except ValueError:  # an unclosed quote: the shell rejects it as well
                return []
    return []


def _list_flags(words: Sequence[str]) -> Iterator[tuple[str, str]]:
    rest = list(words)
    while rest:
        word = rest.pop(0)
        flag, equals, value = word.partition("=")
        if flag in FIELDS and (equals or rest):
            yield FIELDS[flag], value if equals else rest.pop(0)
        elif word in _WITH_VALUE and rest:
            rest.pop(0)


def apply_build_flags(config: Config, flags: BuildFlags) -> Config:
    """
    Return the inputs with the values of the command's flags.

    Raises:
        WorkflowError: An input and the command contradict each other, a flag has no value, or
            its value cannot be known before the command runs.
    """
    for flag, field in FIELDS.items():
        _check_value(flag, getattr(flags, field), config)
    flags = replace(flags, **dict.fromkeys(_list_unreadable_fields(flags)))
    _check_release(config, flags)
    if flags.release_version is not None:
        name, _, number = flags.release_version.partition("+")
        _check_agreement("--build-name", flags.build_name, "--release-version", name)
        _check_agreement("--build-number", flags.build_number, "--release-version", number or None)
        flags = replace(flags, build_name=name, build_number=number or None)
    _check_agreement("--build-name", flags.build_name, "build-name", config.build_name)
    _check_agreement("--build-number", flags.build_number, "build-number", config.build_number)
    _check_agreement("--flavor", flags.flavor, "flavor", config.flavor)
    return replace(
        config,
        build_name=flags.build_name or config.build_name,
        build_number=flags.build_number or config.build_number,
        flavor=flags.flavor or config.flavor,
    )


def is_version_complete(flags: BuildFlags) -> bool:
    """Return whether the command sets the whole version, so that pubspec.yaml adds no number."""
    return flags.release_version not in {None, LATEST}


def _list_unreadable_fields(flags: BuildFlags) -> list[str]:
    """Return the fields whose values are known only later; for these the inputs count."""
    values = {field: getattr(flags, field) or "" for field in FIELDS.values()}
    unknown = [field for field, value in values.items() if _is_for_a_shell(value)]
    return unknown + ["release_version"] * (flags.release_version == LATEST)


def _is_for_a_shell(value: str) -> bool:
    return "$" in value or "`" in value


def _check_value(flag: str, value: str | None, config: Config) -> None:
    if value is not None and not value.strip():
        raise WorkflowError(
            f"`{flag}` of the build command is empty.",
            reason="The variable in its place is probably not set.",
            hint=f"Set the variable, or remove `{flag}`.",
        )
    field = FIELDS[flag]
    is_version = field == "release_version"
    input_value = config.build_name if is_version else getattr(config, field)
    if value is None or input_value or config.release:
        return
    if is_version and value == LATEST:
        raise WorkflowError(
            "The version behind `--release-version latest` cannot be known before the build.",
            reason="Shorebird resolves it on its server, and a patch needs the dart-defines of its release.",
            hint="Set the version, as in `--release-version 1.4.0+27`, "
            "or the release name: `sentry-release run --release shop@1.4.0+27 -- shorebird patch …`.",
        )
    if _is_for_a_shell(value):
        raise WorkflowError(
            f"`{flag}` is {value[:80]!r}, which only the shell of the command can read.",
            reason="The action names the release before the command runs.",
            hint=f"Write `sentry-release run {flag} VALUE -- …` with the same value.",
        )


def _check_release(config: Config, flags: BuildFlags) -> None:
    """Compare the command with an input `release` that ends in a version, as in shop@1.4.0+27."""
    _, at, version = (config.release or "").rpartition("@")
    if not at or not version[:1].isdigit():
        return
    name, _, number = version.partition("+")
    _check_agreement("--build-name", flags.build_name, "release", name, shown=config.release)
    _check_agreement(
        "--build-number", flags.build_number, "release", number or None, shown=config.release
    )


def _check_agreement(
    flag: str, value: str | None, other: str, expected: str | None, *, shown: str | None = None
) -> None:
    if value is None or expected is None or value == expected:
        return
    raise WorkflowError(
        f"The build command sets `{flag}={value[:80]}`, but `{other}` is {(shown or expected)[:80]!r}.",
        reason="The app would report a different version from its release in Sentry.",
        hint="Set both to the same value, or remove one of them.",
    )
