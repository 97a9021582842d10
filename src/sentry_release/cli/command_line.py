"""Parse the command line into the command, its options, and its inputs as variables."""

from argparse import Namespace
from collections.abc import Collection, Sequence
from difflib import get_close_matches

from sentry_release import __version__
from sentry_release.cli.arguments import STAGES, Arguments, name_of_start
from sentry_release.cli.command_parser import (
    COMMAND_OPTIONS,
    COMMON_OPTIONS,
    PROGRAM,
    create_parser,
    format_program_page,
)
from sentry_release.config.input_table import INPUTS, get_group, list_inputs
from sentry_release.config.inputs import Command, Group
from sentry_release.errors import WorkflowError

_HELP_WORDS = {"help", "-h", "--help"}
_VERSION_WORDS = {"-V", "--version"}
_QUIET_WORDS = {"-q", "--quiet"}
_EXPLAIN = "explain"
_AFTER_RELEASE = {Command.UPLOAD, Command.DEPLOY, Command.HEALTH}
_SWITCH_VALUES = {"true", "false"}
_MAX_SHOWN = 80  # characters of an unknown argument
_LEAST_LIKENESS = 0.65  # of a suggestion, from 0 to 1; at 0.6 `plan` is like `upload`


def parse_arguments(argv: Sequence[str]) -> Arguments:
    """
    Parse a command line; without a command, the name of the program selects it.

    Args:
        argv: The program, the command, its options, and for `run` a build command. The image
            starts the program under the name of a stage or an action.

    Raises:
        WorkflowError: An argument is unknown, or an option lacks its value.
    """
    words = list(argv[1:])
    quiet = [words.pop(0)] if words and words[0] in _QUIET_WORDS else []
    name = words.pop(0) if words and not words[0].startswith("-") else name_of_start(argv)
    if name in {"help", "version"} and not {*words} - _HELP_WORDS - {"-q", "--quiet"}:
        name, words = None, ["--version" if name == "version" else "--help"]
    if name == "help" or (name is None and (not words or words[0] in _HELP_WORDS)):
        topic = words[0] if name == "help" and words else None
        page = create_parser(_find_command(topic)).format_help() if topic else format_program_page()
        return Arguments(command=Command.RELEASE, page=page)
    if name is None and words[0] in _VERSION_WORDS:
        return Arguments(command=Command.RELEASE, page=_build_version_page())
    if name is None:
        raise _build_unknown_option_error(words[0], None)
    command = _find_command(name)
    if words == ["help"] and command is not Command.RUN:
        words = ["--help"]
    if command is Command.DOCTOR and words[:1] == [_EXPLAIN] and not _HELP_WORDS & {*words}:
        return Arguments(command=command, page=_explain_rules(words[1:]))
    return _parse_command(command, [*quiet, *words], is_post=name == "post")


def _parse_command(command: Command, words: list[str], *, is_post: bool) -> Arguments:
    words, build_command = _split(words, command)
    parser = create_parser(command)
    found, unknown = parser.parse_known_args(words)
    if found.help or found.version:
        page = parser.format_help() if found.help else _build_version_page()
        return Arguments(command=command, page=page)
    if unknown:
        raise _build_unknown_word_error(unknown, command)
    return Arguments(
        command=command,
        inputs=_collect_inputs(found),
        options=_collect_options(found, command),
        build_command=build_command,
        is_post=is_post,
    )


def _explain_rules(words: Sequence[str]) -> str:
    """Return the page of `doctor explain FD07`."""
    from sentry_release.doctor.explain import find_rules, render_rules

    option = next((word for word in words if word.startswith("-")), None)
    if option is not None:
        raise WorkflowError(
            f"Unknown option {option[:_MAX_SHOWN]!r} of `doctor explain`.",
            reason="It takes ids or names of rules alone.",
            hint=f"Write, for example, `{PROGRAM} doctor explain FD07`.",
        )
    return render_rules(find_rules(words))


def _find_command(name: str) -> Command:
    if name in STAGES:
        return Command.RELEASE
    if name not in set(Command):
        suggestion = _suggest(name.lower(), (*Command, "help"))
        if name.lower() == _EXPLAIN:
            suggestion = f" Did you mean 'doctor {_EXPLAIN}'?"
        raise WorkflowError(
            f"Unknown command {name[:_MAX_SHOWN]!r}.{suggestion}",
            reason="The first argument names the command.",
            hint=f"Use one of: {', '.join(Command)}.",
        )
    return Command(name)


def _split(words: Sequence[str], command: Command) -> tuple[list[str], tuple[str, ...]]:
    """
    Return the options, each switch with its value, and the build command of `run`.

    The build command begins after `--`, or at the first word that is neither an option nor the
    value of one.
    """
    rows = list_inputs(command)
    own: list[str] = []
    rest = list(words)
    while rest:
        if command is Command.RUN and (rest[0] == "--" or not rest[0].startswith("-")):
            return own, tuple(rest[1:] if rest[0] == "--" else rest)
        word = rest.pop(0)
        row = rows.get(word.removeprefix("--")) if word.startswith("--") else None
        if row is None:
            own.append(word)
        elif row.is_switch:
            value = rest.pop(0) if rest and rest[0].lower() in _SWITCH_VALUES else "true"
            own.append(f"{word}={value}")
        else:
            own.extend([word, *rest[:1]])
            rest = rest[1:]
    return own, ()


def _collect_inputs(found: Namespace) -> dict[str, str]:
    values = {key: value for key, value in vars(found).items() if value is not None}
    return {
        f"INPUT_{key.removeprefix('input:').upper()}": value
        for key, value in values.items()
        if key.startswith("input:")
    }


def _collect_options(found: Namespace, command: Command) -> frozenset[str]:
    options = set()
    for option in (*COMMON_OPTIONS, *COMMAND_OPTIONS.get(command, ())):
        flag = option.flags[-1]
        value = getattr(found, flag.removeprefix("--").replace("-", "_"))
        if value:
            options.add(flag if value is True else f"{flag}={value}")
    return frozenset(options)


def _build_unknown_word_error(unknown: Sequence[str], command: Command) -> WorkflowError:
    option = next((word for word in unknown if word.startswith("-")), None)
    if option is not None:
        return _build_unknown_option_error(option, command)
    suggestion = ""
    if command is Command.DOCTOR and _is_about_rules(unknown[0]):
        rules = " ".join(word for word in unknown if word[:2].upper() == "FD")
        suggestion = f" Did you mean 'doctor {_EXPLAIN} {rules[:_MAX_SHOWN]}'?".replace(" '?", "'?")
    return WorkflowError(
        f"Unexpected argument {unknown[0][:_MAX_SHOWN]!r}.{suggestion}",
        reason="Options follow the command as `--name value`.",
        hint=f"See `{PROGRAM} {command} --help`.",
    )


def _build_unknown_option_error(word: str, command: Command | None) -> WorkflowError:
    name = word.partition("=")[0]
    page = f"{PROGRAM} {command} --help" if command else f"{PROGRAM} --help"
    owners = INPUTS[name[2:]].commands if name.startswith("--") and name[2:] in INPUTS else ()
    if command is None and owners:
        message = f"No command before {name[:_MAX_SHOWN]!r}."
        reason = f"Options follow the command; this one is of: {', '.join(owners)}."
    elif owners:
        message = f"Unknown option {name[:_MAX_SHOWN]!r} of `{command}`."
        reason = f"It is an option of: {', '.join(owners)}."
    else:
        message = f"Unknown option {name[:_MAX_SHOWN]!r}.{_suggest(name, _list_flags(command))}"
        reason = "Unknown options are rejected so that typos do not go unnoticed."
    hint = f"See `{page}`."
    if owners and command in _AFTER_RELEASE and get_group(name[2:]) is Group.NAME:
        hint = (
            "Pass the complete name: `--release`, or the variable SENTRY_RELEASE, which "
            f'`eval "$({PROGRAM} release …)"` sets.'
        )
    return WorkflowError(message, reason=reason, hint=hint)


def _is_about_rules(word: str) -> bool:
    """Return whether an argument of `doctor` is the id of a rule, or `explain` misspelled."""
    return word[:2].upper() == "FD" or bool(_suggest(word, (_EXPLAIN,)))


def _list_flags(command: Command | None) -> tuple[str, ...]:
    own = (*COMMON_OPTIONS, *(COMMAND_OPTIONS.get(command, ()) if command else ()))
    inputs = (f"--{name}" for name in (list_inputs(command) if command else ()))
    return (*(flag for option in own for flag in option.flags), *inputs)


def _suggest(word: str, known: Collection[str]) -> str:
    nearest = get_close_matches(word, known, n=1, cutoff=_LEAST_LIKENESS)
    return f" Did you mean '{nearest[0]}'?" if nearest else ""


def _build_version_page() -> str:
    return f"{PROGRAM} {__version__}"
