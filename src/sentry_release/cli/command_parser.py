"""The argparse parsers of the commands, and the help pages."""

import re
import shutil
import sys
from argparse import SUPPRESS, ArgumentParser, RawDescriptionHelpFormatter, _ArgumentGroup
from collections.abc import Mapping
from dataclasses import dataclass
from textwrap import wrap
from typing import NoReturn

from sentry_release import PROJECT_URL, __version__
from sentry_release.config.input_reader import suggest_word
from sentry_release.config.input_table import get_group, list_inputs
from sentry_release.config.inputs import Command, Group, Input
from sentry_release.errors import WorkflowError

PROGRAM = "sentry-release"
_WIDEST_PAGE = 100  # columns
_OPTION_COLUMN = 34
_VALUES = {
    "commits-since": "START",
    "doctor-levels": "RULE=LEVEL",
    "health-wait": "DURATION",
    "health-window": "DURATION",
    "max-drop": "POINTS",
    "max-new-issues": "COUNT",
    "min-crash-free-sessions": "PERCENT",
    "min-crash-free-users": "PERCENT",
    "min-sessions": "COUNT",
    "min-unhandled-free-sessions": "PERCENT",
    "notify-on": "EVENTS",
    "timeout": "SECONDS",
}
"""How help pages name the values of inputs whose own last word would mislead."""
_LINK = re.compile(r"\[([^][]+)\]\(([^)(]+)\)")
SUMMARIES: Mapping[Command, str] = {
    Command.RELEASE: "name the release, write the dart-defines, create the release in Sentry",
    Command.UPLOAD: "upload source maps and debug files, and check that none is missing",
    Command.DEPLOY: "create the deploy in Sentry; run it when the deployment has succeeded",
    Command.HEALTH: "check the release's crash-free rates against thresholds",
    Command.DOCTOR: "check the Flutter project; works offline",
    Command.NAME: "print the release name, and each platform's own default; works offline",
    Command.RUN: "run a build command with the dart-defines added",
    Command.INIT: "print or write a workflow that fits the project; works offline",
}
_EXAMPLES: Mapping[Command, str] = {
    Command.RELEASE: f'eval "$({PROGRAM} release --environment production)"',
    Command.UPLOAD: f"{PROGRAM} upload --projects shop",
    Command.DEPLOY: f"./deploy.sh && {PROGRAM} deploy --environment production",
    Command.HEALTH: f"{PROGRAM} health --environment production --min-crash-free-sessions 99.5",
    Command.DOCTOR: f"{PROGRAM} doctor --fix --write\n"
    f"A rule: {PROGRAM} doctor explain FD07 (without an id: all rules)",
    Command.NAME: f'eval "$({PROGRAM} name --format env)"',
    Command.RUN: f"{PROGRAM} run --flavor prod -- flutter build web",
    Command.INIT: f"{PROGRAM} init --write",
}
_PROGRAM_NOTES = f"""\
Options of a command: {PROGRAM} COMMAND --help
Settings are read from the option, else its variable, else a file `.env`.

Variables:
  SENTRY_AUTH_TOKEN   organization token, or personal token with the scope project:releases
  SENTRY_ORG          organization slug; an organization token contains it
  SENTRY_PROJECT      project slugs
  SENTRY_URL          root URL of your own Sentry server
  SENTRY_RELEASE, SENTRY_DIST, SENTRY_ENVIRONMENT, SENTRY_DSN
  GITHUB_TOKEN        reads commits from GitHub if Sentry has no integration
  NO_COLOR, FORCE_COLOR

Commit, branch and run come from the CI service, else from .git:
  {PROJECT_URL}/blob/main/docs/ci-hosts.md

Exit codes: 0 success, possibly with warnings · 1 internal error, please report · 2 wrong input
            3 mistake in the Flutter project · 4 refused by Sentry or GitHub
            5 service unavailable · 6 unhealthy · 130 cancelled"""
_USAGES: Mapping[Command, str] = {
    Command.RUN: "[OPTION]… -- COMMAND…",
    Command.DOCTOR: f"[OPTION]…\n       {PROGRAM} doctor explain [RULE]…",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandOption:
    """
    An option that is not an input of an action.

    `choices` are its values; without choices the option is a flag. Options with `is_format`
    exclude each other.
    """

    flags: tuple[str, ...]
    description: str
    choices: tuple[str, ...] = ()
    is_format: bool = False


COMMON_OPTIONS = (
    CommandOption(flags=("-h", "--help"), description="Print this page."),
    CommandOption(flags=("-V", "--version"), description="Print the version."),
    CommandOption(
        flags=("-q", "--quiet"), description="Print results, warnings and errors, nothing else."
    ),
)

COMMAND_OPTIONS: Mapping[Command, tuple[CommandOption, ...]] = {
    Command.NAME: (
        CommandOption(flags=("--json",), description="Print one line of JSON.", is_format=True),
        CommandOption(
            flags=("--short",), description="Print the release name alone.", is_format=True
        ),
        CommandOption(
            flags=("--format",),
            description="`env` prints `export SENTRY_RELEASE='…'` and more lines for `eval` or a "
            ".env file.",
            choices=("table", "json", "env"),
            is_format=True,
        ),
        CommandOption(flags=("--all",), description="Name every app below --working-directory."),
        CommandOption(
            flags=("--from-artifacts",),
            description="Read the platforms' names from the built artifacts, not from the project.",
        ),
    ),
    Command.DOCTOR: (
        CommandOption(flags=("--json",), description="Print one line of JSON.", is_format=True),
        CommandOption(flags=("--sarif",), description="Print SARIF.", is_format=True),
        CommandOption(flags=("--all",), description="Check every app of the repository."),
        CommandOption(flags=("--fix",), description="Print the fixes as a diff."),
        CommandOption(flags=("--write",), description="With --fix: change the files."),
    ),
    Command.INIT: (
        CommandOption(
            flags=("--write",), description="Write the workflow; existing files stay as they are."
        ),
    ),
}
"""The options of each command that are not inputs of an action."""


class CommandParser(ArgumentParser):
    """A parser that raises errors instead of ending the process."""

    def error(self, message: str) -> NoReturn:
        """
        Raise an error of argparse as an error of this program.

        Raises:
            WorkflowError: Always.
        """
        raise WorkflowError(
            _explain(message),
            reason="The command line cannot be read.",
            hint=f"See `{self.prog} --help`.",
        )


def create_parser(command: Command) -> CommandParser:
    """Return the parser of a command; it reads neither abbreviated options nor the build command."""
    parser = _create_parser(
        f"{PROGRAM} {command}",
        usage=f"%(prog)s {_USAGES.get(command, '[OPTION]…')}",
        description=f"{SUMMARIES[command][:1].upper()}{SUMMARIES[command][1:]}.",
        notes=f"Example: {_EXAMPLES[command]}\nMore: {PROJECT_URL}#readme",
    )
    options = parser.add_argument_group("Options")
    formats = options.add_mutually_exclusive_group()
    for option in (*COMMON_OPTIONS, *COMMAND_OPTIONS.get(command, ())):
        _add_option(formats if option.is_format else options, option)
    rows = list_inputs(command)
    for group in Group:
        listed = {name: row for name, row in rows.items() if get_group(name) is group}
        if listed:
            _add_inputs(parser, group, listed)
    return parser


def format_program_page() -> str:
    """Return the help of the program: its commands, variables and exit codes."""
    parser = _create_parser(
        PROGRAM,
        usage="%(prog)s COMMAND [OPTION]…",
        description=f"{PROGRAM} {__version__}: one release name for every build of a Flutter app.",
        notes=_PROGRAM_NOTES,
    )
    options = parser.add_argument_group("Options")
    for option in COMMON_OPTIONS:
        _add_option(options, option)
    commands = parser.add_subparsers(title="Commands", metavar="COMMAND", prog=PROGRAM)
    for command in Command:
        commands.add_parser(command.value, help=SUMMARIES[command])
    return parser.format_help()


def _create_parser(program: str, *, usage: str, description: str, notes: str) -> CommandParser:
    parser = CommandParser(
        prog=program,
        usage=usage.strip(),
        description=description,
        epilog=notes,
        formatter_class=_PageFormatter,
        add_help=False,
        allow_abbrev=False,
    )
    if sys.version_info >= (3, 14):
        parser.color = False  # colors are decided by _has_color alone
    return parser


class _PageFormatter(RawDescriptionHelpFormatter):
    def __init__(self, prog: str) -> None:
        columns = shutil.get_terminal_size((_WIDEST_PAGE, 24)).columns
        super().__init__(
            prog, max_help_position=_OPTION_COLUMN, width=min(columns, _WIDEST_PAGE) - 2
        )

    def _split_lines(self, text: str, width: int) -> list[str]:
        """Return the lines of a description; a value such as `last-release` stays in one piece."""
        return wrap(" ".join(text.split()), width, break_on_hyphens=False)


def _explain(message: str) -> str:
    """Return an error of argparse as a sentence."""
    name, _, problem = message.removeprefix("argument ").partition(": ")
    if problem.startswith("expected"):
        return f"Option '{name}' requires a value."
    if problem.startswith("ignored explicit argument"):
        return f"Option '{name}' takes no value."
    if other := re.fullmatch(r"not allowed with argument (.+)", problem):
        return f"Options '{other[1]}' and '{name}' exclude each other."
    if choice := re.fullmatch(r"invalid choice: (.+) \(choose from (.+)\)", problem):
        known = tuple(choice[2].replace("'", "").split(", "))
        hint = suggest_word(choice[1].strip("'"), known)
        return f"Invalid value {choice[1]} for '{name}'. {hint}"
    return f"{message}."


def _add_option(group: _ArgumentGroup, option: CommandOption) -> None:
    description = _strip_markup(option.description)
    if option.choices:
        names = "|".join(option.choices)
        group.add_argument(
            *option.flags, choices=option.choices, metavar=names, help=description, type=str.lower
        )
    else:
        group.add_argument(*option.flags, action="store_true", help=description)


def _add_inputs(parser: CommandParser, group: Group, rows: Mapping[str, Input]) -> None:
    is_hidden = group is Group.INTERNAL
    place = parser.add_argument_group(None if is_hidden else group.value)
    for name, row in rows.items():
        place.add_argument(
            f"--{name}",
            dest=f"input:{name}",
            metavar=_build_metavar(name, row),
            help=SUPPRESS if is_hidden else _describe(row),
            nargs="?" if row.is_switch else None,
            const="true" if row.is_switch else None,
        )


def _build_metavar(name: str, row: Input) -> str:
    if row.is_switch:
        return "true|false"
    if row.choices is not None:
        return "|".join(choice.value for choice in row.choices)
    return _VALUES.get(name) or name.rpartition("-")[2].upper()


def _describe(row: Input) -> str:
    default = f" [default: {row.default}]" if row.default else ""
    variable = f" [variable: {row.variable}]" if row.variable else ""
    return _strip_markup(f"{row.description}{default}{variable}")


def _strip_markup(markdown: str) -> str:
    """Return a description without Markdown; argparse formats it with `%`."""
    return _LINK.sub(r"\1 (\2)", markdown).replace("`", "").replace("%", "%%")
