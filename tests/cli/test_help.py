"""Claims about the help pages: complete, offline, and readable on a terminal."""

import re

import pytest

from job import ROOT
from sentry_release import __version__
from sentry_release.cli.command_parser import COMMAND_OPTIONS
from sentry_release.cli.main import run
from sentry_release.config.input_table import INPUTS, get_group, list_inputs
from sentry_release.config.inputs import Command, Group

WIDTH = 100  # columns


def page(capsys: pytest.CaptureFixture[str], *words: str, **environ: str) -> str:
    """What a command line prints on stdout, and nothing on stderr."""
    assert run(["/usr/bin/sentry-release", *words], environ) == 0
    printed = capsys.readouterr()
    assert printed.err == ""
    return printed.out


@pytest.mark.parametrize(
    "words", [["--help"], ["-h"], ["help"], ["help", "help"], []], ids=" ".join
)
def test_the_page_of_the_program_lists_every_command(
    capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    listed = page(capsys, *words)

    for command in Command:
        assert re.search(rf"^    {command} +\w", listed, re.MULTILINE), command
    assert "main" not in re.findall(r"^    (\w+)", listed, re.MULTILINE)


@pytest.mark.parametrize("command", Command)
def test_the_page_of_a_command_lists_every_option_of_it_and_no_other(
    capsys: pytest.CaptureFixture[str], command: Command
) -> None:
    listed = set(re.findall(r"^  (?:-\w, )?(--[\w-]+)", page(capsys, command, "-h"), re.MULTILINE))

    own = {option.flags[-1] for option in COMMAND_OPTIONS.get(command, ())}
    public = {f"--{name}" for name in list_inputs(command) if get_group(name) is not Group.INTERNAL}
    assert listed == public | own | {"--help", "--version", "--quiet"}


@pytest.mark.parametrize("command", Command)
def test_help_of_a_command_may_be_requested_in_three_forms(
    capsys: pytest.CaptureFixture[str], command: Command
) -> None:
    first = page(capsys, command, "--help")

    assert page(capsys, "help", command) == first
    assert command == "run" or page(capsys, command, "help") == first
    assert page(capsys, command, "--unknown", "-h") == first


def test_options_stand_under_the_headings_of_the_table(capsys: pytest.CaptureFixture[str]) -> None:
    headings = re.findall(r"^([A-Z].*):$", page(capsys, "release", "-h"), re.MULTILINE)

    expected = {get_group(name) for name in list_inputs(Command.RELEASE)} - {Group.INTERNAL}
    assert headings == ["Options", *(group.value for group in Group if group in expected)]


@pytest.mark.parametrize("words", [["-h"], *([command, "-h"] for command in Command)], ids=" ".join)
def test_a_page_is_not_wider_than_a_terminal_and_holds_no_markdown(
    capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    text = page(capsys, *words)

    assert [line for line in text.splitlines() if len(line) > WIDTH] == []
    assert "](" not in text
    assert "${{" not in text


def test_a_narrow_terminal_splits_no_value_at_its_hyphens(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "70")

    text = page(capsys, "release", "-h")

    for value in ("last-deploy", "last-release", "last-tag", "sentry-default"):
        assert value in text


def test_a_limit_in_percent_is_shown_as_one(capsys: pytest.CaptureFixture[str]) -> None:
    text = page(capsys, "health", "-h")

    assert "--min-crash-free-sessions PERCENT" in text
    assert "--timeout SECONDS" in text


def test_defaults_and_variables_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    text = " ".join(page(capsys, "release", "-h").split())

    assert "[default: 60]" in text
    assert "[variable: SENTRY_AUTH_TOKEN]" in text


@pytest.mark.parametrize(
    "words", [["--version"], ["-V"], ["version"], ["name", "-V"]], ids=" ".join
)
def test_the_version_is_one_line(capsys: pytest.CaptureFixture[str], words: list[str]) -> None:
    assert page(capsys, *words) == f"sentry-release {__version__}\n"


def test_the_pages_name_documents_that_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    named = re.findall(r"/blob/main/(\S+)", page(capsys))

    assert named
    assert [path for path in named if not (ROOT / path).is_file()] == []


def test_the_help_of_a_command_that_is_run_is_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["sentry-release", "run", "--", "no-such-program", "--help"], {}) != 0

    assert "usage:" not in capsys.readouterr().out


@pytest.mark.parametrize("document", ["README.md", "docs/ci-hosts.md", "docs/doctor.md", "docs/health.md", "docs/names.md"])  # fmt: skip
def test_documents_use_only_options_that_there_are(document: str) -> None:
    options = set(
        re.findall(r"(?<![\w-])sentry-release [a-z]+[^\n|`#]*", (ROOT / document).read_text())
    )
    known = {f"--{name}" for name in INPUTS} | {
        flag for own in COMMAND_OPTIONS.values() for option in own for flag in option.flags
    }

    assert options
    for line in options:
        own = line.partition(" -- ")[0]
        assert set(re.findall(r"--[a-z][\w-]*", own)) <= known | {"--help", "--version"}, line
