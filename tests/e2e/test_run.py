"""Claims about `sentry-release run`: as a process, with the command as what becomes of it."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from job import ROOT
from properties import tried
from sentry_release.release.dart_defines import to_json_file

ENTRY = str(ROOT / "entrypoint.py")
BARE = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
SAY_ENVIRON = [sys.executable, "-c", "import json, os; print(json.dumps(dict(os.environ)))"]
FILE = ".sentry-release/dart-defines.json"


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A folder with an app in it, and a `flutter` that prints its words and its environment."""
    (tmp_path / "pubspec.yaml").write_text("name: shop\nversion: 1.4.0+27\n")
    program = tmp_path / "bin/flutter"
    program.parent.mkdir()
    program.write_text(
        f"#!{sys.executable}\n"
        "import json, os, sys\n"
        "print(json.dumps({'words': sys.argv[1:], 'environ': dict(os.environ)}))\n"
    )
    program.chmod(0o755)
    return tmp_path


def started(
    workspace: Path, *words: str, environ: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """What became of `sentry-release run` with these words, in that folder."""
    return subprocess.run(  # noqa: S603 - our own file
        [sys.executable, ENTRY, "run", *words],
        cwd=workspace,
        env={**BARE, "PATH": f"{workspace / 'bin'}:{BARE['PATH']}", **(environ or {})},
        capture_output=True,
        text=True,
        check=False,
        timeout=20,
    )


def environ_of(workspace: Path, *words: str, **environ: str) -> dict[str, str]:
    """The environment that a command gets."""
    done = started(workspace, *words, "--", *SAY_ENVIRON, environ=environ)
    assert done.returncode == 0, done.stdout
    found = json.loads(done.stdout.splitlines()[-1])
    assert isinstance(found, dict)
    return found


# --- a reading of define files, after the rules of Flutter alone ---

_PAIR = re.compile(r'\s*("(?:[^"\\]|\\.)*")\s*:\s*("(?:[^"\\]|\\.)*")\s*(?:,|$)', re.DOTALL)
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)")
_LETTERS = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}


def read_by_flutter(text: str) -> dict[str, str]:
    """
    What Flutter takes from a file: JSON, as its content and not its name decides.

    Of an object whose values are texts each pair becomes a define KEY=VALUE, of which the first
    equals sign parts the two.
    """
    inner = text.strip()
    assert inner.startswith("{"), "Flutter would read it as a .env file"
    assert inner.endswith("}")
    inner = inner[1:-1].strip()
    found, at = {}, 0
    while at < len(inner):
        pair = _PAIR.match(inner, at)
        assert pair is not None, inner[at : at + 60]
        key, _, value = f"{_unescaped(pair[1])}={_unescaped(pair[2])}".partition("=")
        found[key] = value
        at = pair.end()
    return found


def _unescaped(token: str) -> str:
    def character(match: re.Match[str]) -> str:
        escape = match[1]
        return chr(int(escape[1:], 16)) if escape[0] == "u" else _LETTERS.get(escape, escape)

    halves = _ESCAPE.sub(character, token[1:-1])
    return halves.encode("utf-16", "surrogatepass").decode("utf-16")


KEYS = st.sampled_from(["SENTRY_RELEASE", "SENTRY_DIST", "SENTRY_ENVIRONMENT", "SENTRY_DSN"])
VALUES = st.text(
    st.sampled_from("a1@+= #\"\\{}:,'`$\n\t\0é✓😀\u2028") | st.characters(codec="utf-8"), min_size=1
)


@tried
@given(st.dictionaries(KEYS, VALUES, min_size=1))
def test_flutter_reads_from_the_file_what_was_written(values: dict[str, str]) -> None:
    assert read_by_flutter(to_json_file(values)) == values


# --- the command ---


@pytest.mark.parametrize("code", [0, 1, 255])
def test_the_exit_code_is_that_of_the_command(workspace: Path, code: int) -> None:
    assert started(workspace, "--", "sh", "-c", f"exit {code}").returncode == code


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda one: one.name)
def test_a_signal_reaches_the_command(workspace: Path, number: signal.Signals) -> None:
    waiting = (
        f"trap 'echo caught; exit 7' {number.name[3:]}; echo ready; while :; do sleep 0.02; done"
    )
    with subprocess.Popen(  # noqa: S603 - our own file
        [sys.executable, ENTRY, "run", "--", "sh", "-c", waiting],
        cwd=workspace,
        env=BARE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        while process.stdout.readline() != "ready\n":
            pass
        process.send_signal(number)
        rest = process.stdout.read()

    assert process.returncode == 7
    assert rest == "caught\n"


def test_a_command_that_a_signal_ends_is_seen_to_end_by_it(workspace: Path) -> None:
    assert started(workspace, "--", "sh", "-c", "kill -KILL $$").returncode == -signal.SIGKILL


def test_a_pipe_that_closes_ends_the_command_as_it_would_without_us(workspace: Path) -> None:
    done = started(workspace, "--", "sh", "-c", "yes | head -1")

    assert done.stdout == "y\n"
    name, wrapper = done.stderr.splitlines()  # nothing of `yes`
    assert name == "SENTRY_RELEASE=shop@1.4.0+27"
    assert wrapper.startswith("`sh -c` gets SENTRY_RELEASE, but the build gets no dart-defines")


def test_stdout_is_that_of_the_command_and_its_stderr_follows_our_messages(workspace: Path) -> None:
    done = started(workspace, "--", "sh", "-c", "echo out; echo err >&2")

    assert done.stdout == "out\n"
    name, _, error = done.stderr.splitlines()
    assert (name, error) == ("SENTRY_RELEASE=shop@1.4.0+27", "err")


def test_the_command_may_stand_there_without_two_dashes(workspace: Path) -> None:
    done = started(workspace, "--build-number", "99", "sh", "-c", "echo $SENTRY_RELEASE --x")

    assert done.stdout.splitlines()[-1] == "shop@1.4.0+99 --x"


def test_the_command_gets_the_name_and_keeps_its_own_environment(workspace: Path) -> None:
    found = environ_of(workspace, "--environment", "staging", MINE="1", INPUT_FLAVOR="prod")

    assert found["SENTRY_RELEASE"] == "shop@1.4.0+27"
    assert found["SENTRY_DIST"] == "27"
    assert found["SENTRY_ENVIRONMENT"] == "staging"
    assert found["MINE"] == "1"
    assert [name for name in found if name.startswith("INPUT_")] == []


def test_no_name_that_flutter_keeps_for_itself_is_set(workspace: Path) -> None:
    found = environ_of(workspace, "--build-name", "2.0.0", "--build-number", "9", "--flavor", "x")

    assert [name for name in found if name.startswith("FLUTTER_")] == []


def test_a_build_gets_the_file_and_the_file_says_everything(workspace: Path) -> None:
    environ = {"INPUT_DSN": "https://key@sentry.example.com/1", "SENTRY_ENVIRONMENT": 'a "b" ✓ #1'}
    done = started(workspace, "--", "flutter", "build", "web", environ=environ)

    called = json.loads(done.stdout.splitlines()[-1])
    *words, argument = called["words"]
    assert words == ["build", "web"]
    flag, _, place = argument.partition("=")
    assert flag == "--dart-define-from-file"
    assert Path(place) == workspace.resolve() / FILE
    assert read_by_flutter(Path(place).read_text("utf-8")) == {
        "SENTRY_RELEASE": "shop@1.4.0+27",
        "SENTRY_DIST": "27",
        "SENTRY_ENVIRONMENT": 'a "b" ✓ #1',
        "SENTRY_DSN": "https://key@sentry.example.com/1",
    }
    assert "SENTRY_DSN" not in called["environ"]


def test_the_file_lies_beside_the_app_wherever_the_command_is_started(workspace: Path) -> None:
    app = workspace / "apps/shop"
    app.mkdir(parents=True)
    (app / "pubspec.yaml").write_text("name: other\nversion: 2.0.0\n")

    done = started(workspace, "--working-directory=apps/shop", "flutter", "test")

    place = json.loads(done.stdout.splitlines()[-1])["words"][-1].partition("=")[2]
    assert Path(place) == app.resolve() / FILE
    assert read_by_flutter(Path(place).read_text())["SENTRY_RELEASE"] == "other@2.0.0"


def test_a_release_on_the_command_line_is_respected_and_reported(workspace: Path) -> None:
    done = started(workspace, "flutter", "build", "web", "--dart-define=SENTRY_RELEASE=own@1")

    assert done.stderr == "The command sets the release itself: own@1\n"
    assert json.loads(done.stdout)["environ"]["SENTRY_RELEASE"] == "own@1"
    assert read_by_flutter((workspace / FILE).read_text()) == {"SENTRY_DIST": "27"}


def test_a_release_without_a_value_is_reported_as_none(workspace: Path) -> None:
    done = started(workspace, "flutter", "build", "web", "--dart-define=SENTRY_RELEASE=")

    assert "empty" in done.stderr
    assert json.loads(done.stdout)["environ"]["SENTRY_RELEASE"] == ""


# --- .env ---

ENV = "SENTRY_DIST=from-env-file\nSENTRY_ENVIRONMENT=staging\nOTHER=1\n"


def test_outside_actions_env_is_read(workspace: Path) -> None:
    (workspace / ".env").write_text(ENV)

    found = environ_of(workspace)

    assert found["SENTRY_DIST"] == "from-env-file"
    assert found["SENTRY_ENVIRONMENT"] == "staging"
    assert "OTHER" not in found


def test_what_is_really_set_wins_over_env(workspace: Path) -> None:
    (workspace / ".env").write_text(ENV)

    found = environ_of(workspace, SENTRY_DIST="really-set")

    assert found["SENTRY_DIST"] == "really-set"
    assert found["SENTRY_ENVIRONMENT"] == "staging"


def test_in_actions_env_is_never_read_since_it_lies_in_the_repository(workspace: Path) -> None:
    (workspace / ".env").write_text(ENV)

    found = environ_of(workspace, GITHUB_ACTIONS="true")

    assert found["SENTRY_DIST"] == "27"
    assert "SENTRY_ENVIRONMENT" not in found


def test_a_folder_of_that_name_is_not_the_file(workspace: Path) -> None:
    (workspace / ".env").mkdir()

    assert environ_of(workspace)["SENTRY_DIST"] == "27"


# --- what cannot be run ---


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        pytest.param(["no-such-program"], 2, "Program 'no-such-program' not found.", id="nowhere"),
        pytest.param(["./pubspec.yaml"], 2, "'./pubspec.yaml' cannot be run.", id="no program"),
        pytest.param(["."], 2, "'.' cannot be run.", id="a folder"),
        pytest.param(["./broken"], 2, "Program './broken' cannot be started.", id="broken"),
        pytest.param([""], 2, "Program '' not found.", id="an empty word"),
        pytest.param([], 2, "No command to run.", id="nothing"),
        pytest.param(["--"], 2, "No command to run.", id="nothing after the dashes"),
        pytest.param(["--working-directory=bin", "ls"], 3, "No pubspec.yaml", id="no app"),
    ],
)
def test_what_cannot_be_run_is_a_mistake_that_is_named(
    workspace: Path, words: list[str], code: int, message: str
) -> None:
    (workspace / "broken").write_bytes(b"\x7fELF")
    (workspace / "broken").chmod(0o755)

    done = started(workspace, *words)

    assert done.returncode == code
    assert f"error: {message}" in done.stderr
    assert done.stdout == ""
