"""Claims about the help of the command line."""

import pytest

from sentry_release import __version__
from sentry_release.cli import run
from sentry_release.facts.usage import usage
from sentry_release.story.asking import PHASES
from stage import ROOT

WIDTH = 100  # columns; a terminal that is narrower breaks the long links only


def said(capsys: pytest.CaptureFixture[str], *argv: str, **environ: str) -> str:
    """What a command line prints and does nothing else for."""
    assert run(argv, environ) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize(
    "words",
    [["--help"], ["-h"], ["help"], ["main", "--help"], ["run", "-h"], []],
    ids=" ".join,
)
def test_help_is_there_for_whoever_asks_and_for_the_bare_command(
    capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    assert said(capsys, "/usr/bin/sentry-release", *words) == usage(__version__, PHASES) + "\n"


def test_the_version_is_said_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, "sentry-release", "--version") == f"sentry-release {__version__}\n"


@pytest.mark.parametrize("phase", [phase for phase in PHASES if phase != "post"])
def test_every_phase_has_a_line(phase: str) -> None:
    assert f"\n  {phase:8}" in usage("1", PHASES)


def test_the_help_fits_a_terminal_and_names_real_pages() -> None:
    lines = usage("1.0.0", PHASES).splitlines()

    assert [line for line in lines if len(line) > WIDTH and "https://" not in line] == []
    assert (ROOT / "docs/ci-hosts.md").is_file()
    assert "## Inputs" in (ROOT / "README.md").read_text()


def test_the_help_of_a_command_that_is_run_is_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["sentry-release", "run", "--", "no-such-program", "--help"], {}) != 0

    assert "Phases:" not in capsys.readouterr().out


def test_the_runner_s_own_start_plays_a_phase(capsys: pytest.CaptureFixture[str]) -> None:
    run(["/action/main"], {"GITHUB_ACTIONS": "true", "INPUT_RELEASE": "shop@1"})

    assert "Phases:" not in capsys.readouterr().out
