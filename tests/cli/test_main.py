"""Claims about how a command starts, what it prints where, and how it ends."""

import io
import json
import re
import signal
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest
from dotenv import dotenv_values

from fake_sentry import FakeServers, Status
from job import ROOT, Job, Time
from sentry_release.cli.error_report import BROKEN_PIPE_EXIT_CODE
from sentry_release.cli.main import load_event, run
from sentry_release.clock import Clock

PROGRAM = "/action/main"
TOKEN = "a1" * 32
NOWHERE = "http://127.0.0.1:9"  # the port that discards, where no server listens


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A folder with an app in it."""
    (tmp_path / "pubspec.yaml").write_text("name: shop\nversion: 1.4.0+27\n")
    return tmp_path


@pytest.fixture
def environ(workspace: Path) -> dict[str, str]:
    """The environment of a developer who works in that folder."""
    return {"GITHUB_WORKSPACE": str(workspace), "GITHUB_OUTPUT": str(workspace / "output")}


@pytest.fixture
def deploying(environ: dict[str, str]) -> Mapping[str, str]:
    """The environment of a job that deploys to production, and of a Sentry that is out of reach."""
    return environ | {
        "SENTRY_AUTH_TOKEN": TOKEN,
        "SENTRY_ORG": "acme",
        "SENTRY_PROJECT": "shop",
        "SENTRY_URL": NOWHERE,
        "GITHUB_ACTIONS": "true",
        "INPUT_ENVIRONMENT": "production",
        "INPUT_SET-COMMITS": "skip",
        "INPUT_JOB-STATUS": "success",
    }


def reported(environ: Mapping[str, str], *words: str) -> dict[str, str]:
    """The outputs of `release` without a token, started with these options."""
    assert run([PROGRAM, "release", *words], environ) == 0
    text = Path(environ["GITHUB_OUTPUT"]).read_text()
    entries = re.finditer(r"^([a-z0-9-]+)<<(\w+)\n(.*?)\n\2$", text, re.MULTILINE | re.DOTALL)
    return {entry[1]: entry[3] for entry in entries}


def test_half_a_character_in_an_event_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "event.json"
    path.write_text('{"sender": "x\\ud800"}')

    assert load_event({"GITHUB_EVENT_PATH": str(path)}) == {"sender": "x\ufffd"}


# --- which command, from which words ---


def test_name_prints_what_the_release_is_called(
    environ: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([PROGRAM, "name"], environ) == 0

    out = capsys.readouterr().out
    assert re.search(r"^release +shop@1\.4\.0\+27$", out, re.MULTILINE)
    assert re.search(r"^dist +27$", out, re.MULTILINE)


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(["--build-number", "99"], id="a word and its value"),
        pytest.param(["--build-number=99"], id="both in one"),
        pytest.param(["--dist", "1", "--build-number=99", "--dist=99"], id="the last one wins"),
    ],
)
def test_every_input_may_stand_on_the_command_line(
    environ: dict[str, str], words: list[str]
) -> None:
    outputs = reported(environ | {"INPUT_BUILD-NUMBER": "1"}, *words)

    assert outputs["release"] == "shop@1.4.0+99"
    assert outputs["dist"] == "99"


def test_a_value_on_the_command_line_may_look_like_anything(environ: dict[str, str]) -> None:
    assert reported(environ, "--release=a=b --c")["release"] == "a=b --c"


@pytest.mark.parametrize(
    "start",
    [
        pytest.param([PROGRAM, "deploi"], id="on the command line"),
        pytest.param([PROGRAM, "deploi\n::error::x"], id="with a command to the runner"),
    ],
)
def test_an_unknown_command_in_a_workflow_is_one_annotation(
    environ: dict[str, str], capsys: pytest.CaptureFixture[str], start: list[str]
) -> None:
    assert run(start, environ | {"GITHUB_ACTIONS": "true"}) == 2

    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith(
        "::error title=Sentry release%3A workflow error::Unknown command 'deploi"
    )
    assert "%0AUse one of: release, upload, deploy, health, " in line


@pytest.mark.parametrize(
    ("argv", "output"),
    [
        pytest.param(["/action/post"], "Nothing to do", id="started as post"),
        pytest.param(["post.py"], "Nothing to do", id="started as post, as a file"),
        pytest.param([PROGRAM, "post"], "Nothing to do", id="the word post"),
        pytest.param(["/action/post", "name"], "shop@1", id="the word wins over the start"),
        pytest.param(["/action/deploy"], "Creating the deploy", id="started as an action"),
        pytest.param([PROGRAM], "nothing sent to Sentry", id="started as main"),
        pytest.param([PROGRAM, "main"], "nothing sent to Sentry", id="the word main"),
        pytest.param([PROGRAM, "--dist=1"], "nothing sent to Sentry", id="main with an option"),
    ],
)
def test_the_first_word_names_the_command_else_the_name_of_the_program_does(
    environ: dict[str, str], capsys: pytest.CaptureFixture[str], argv: list[str], output: str
) -> None:
    run(argv, environ | {"INPUT_RELEASE": "shop@1"})

    printed = capsys.readouterr()
    assert output in printed.out + printed.err


# --- where it is printed ---


def test_only_the_result_is_on_stdout(
    environ: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([PROGRAM, "release", "--environment", "production"], environ) == 0

    printed = capsys.readouterr()
    assert printed.out.splitlines() == [
        "export SENTRY_RELEASE=shop@1.4.0+27",
        "export SENTRY_DIST=27",
        "export SENTRY_ENVIRONMENT=production",
    ]
    assert "notice: shop@1.4.0+27: release name set" in printed.err


def test_an_error_leaves_stdout_empty(
    environ: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([PROGRAM, "name", "--json", "--dist", "a/b"], environ) == 2

    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("error: 1 invalid input")


def test_in_a_workflow_everything_is_one_log_on_stdout(
    environ: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    run([PROGRAM, "name", "--dist", "a/b"], environ | {"GITHUB_ACTIONS": "true"})

    printed = capsys.readouterr()
    assert printed.out.startswith("::error ")
    assert printed.err == ""


def test_a_result_for_programs_has_stdout_for_itself_in_a_workflow_too(
    environ: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    environ |= {"GITHUB_ACTIONS": "true", "SENTRY_AUTH_TOKEN": TOKEN}

    assert run([PROGRAM, "name", "--short"], environ) == 0

    printed = capsys.readouterr()
    assert printed.out == "shop@1.4.0+27\n"
    assert printed.err == f"::add-mask::{TOKEN}\n"


def test_quiet_prints_results_warnings_and_errors_only(
    environ: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([PROGRAM, "release", "--quiet"], environ) == 0
    quiet = capsys.readouterr()
    assert run([PROGRAM, "release", "--quiet", "--finalize=later"], environ) == 2

    assert quiet.out == "export SENTRY_RELEASE=shop@1.4.0+27\nexport SENTRY_DIST=27\n"
    assert quiet.err == ""
    assert capsys.readouterr().err.startswith("error: ")


@pytest.mark.parametrize(
    ("more", "colored"),
    [
        pytest.param({}, False, id="not in a file"),
        pytest.param({"FORCE_COLOR": "1"}, True, id="if it is forced"),
        pytest.param({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False, id="never against NO_COLOR"),
    ],
)
def test_levels_have_colors_on_terminals_only(
    environ: dict[str, str],
    capsys: pytest.CaptureFixture[str],
    more: dict[str, str],
    colored: bool,  # noqa: FBT001 - a case of the test
) -> None:
    run([PROGRAM, "naem"], environ | more)

    level = "\x1b[1;31merror\x1b[0m" if colored else "error"
    assert capsys.readouterr().err.startswith(f"{level}: Unknown command 'naem'.")


# --- name, for programs ---


HOSTILE = [
    "it's@1.0.0",
    "a b@1.0.0",
    "$(touch hacked)@1",
    "`touch hacked`",
    '"; touch hacked; "',
    "'; touch hacked; '",
    "$HOME@1",
    "x#y@1",
    "a=b@1",
    "!!@1",
    "~@1*?[x]{a,b}",
    "é✓@1",
]


@pytest.mark.parametrize("release", HOSTILE)
def test_a_shell_and_dotenv_read_the_same_name_and_run_nothing(
    environ: dict[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str], release: str
) -> None:
    code = run([PROGRAM, "name", "--format", "env", f"--release={release}"], environ)
    lines = capsys.readouterr().out

    script = 'eval "$LINES"; printf %s "$SENTRY_RELEASE"'
    shell = subprocess.run(  # noqa: S603 - a fixed script
        ["/bin/sh", "-c", script],
        env={"LINES": lines},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert code == 0
    assert shell.stdout == release
    assert dotenv_values(stream=io.StringIO(lines))["SENTRY_RELEASE"] == release
    assert not (tmp_path / "hacked").exists()


@pytest.mark.parametrize("release", ["${SENTRY_AUTH_TOKEN}@1", "'$HOME'@1"])
def test_a_name_that_cannot_be_quoted_for_both_is_refused(
    environ: dict[str, str], capsys: pytest.CaptureFixture[str], release: str
) -> None:
    assert run([PROGRAM, "name", "--format=env", "--release", release], environ) == 2

    printed = capsys.readouterr()
    assert printed.out == ""
    assert "cannot be quoted for shells and .env files alike" in printed.err


def test_a_name_that_a_ci_service_would_obey_is_not_printed_alone(
    environ: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    environ |= {"GITHUB_ACTIONS": "true"}

    assert run([PROGRAM, "name", "--short", "--release=::error::x"], environ) == 2

    assert capsys.readouterr().out == ""


def test_all_apps_of_a_folder_without_apps_is_a_mistake(
    environ: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([PROGRAM, "name", "--all", "--json"], environ) == 3

    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("error: No Flutter app below '.'.")


def test_several_apps_cannot_be_printed_as_one_name(environ: dict[str, str]) -> None:
    assert run([PROGRAM, "name", "--all", "--short"], environ) == 2


# --- the .env file ---


def env_file(environ: dict[str, str], text: str) -> dict[str, str]:
    """The environment of a step with a .env file of this text."""
    (Path(environ["GITHUB_WORKSPACE"]) / ".env").write_text(text)
    return environ | {"INPUT_ENV-FILE": ".env"}


def test_an_env_file_sets_only_variables_without_a_value(environ: dict[str, str]) -> None:
    text = (
        "\ufeff# ours\nexport SENTRY_DIST='5'\nSENTRY_RELEASE=\"shop@2 $HOME\"\r\n"
        "SENTRY_ENVIRONMENT=x\n"
    )

    outputs = reported(env_file(environ, text) | {"SENTRY_DIST": ""})

    assert outputs["release"] == "shop@2 $HOME"
    assert outputs["dist"] == "5"
    assert outputs["environment"] == "x"


@pytest.mark.parametrize(
    "really",
    [
        pytest.param({"SENTRY_RELEASE": "mine@1"}, id="a variable"),
        pytest.param({"INPUT_RELEASE": "mine@1"}, id="an input"),
    ],
)
def test_what_is_really_set_wins_over_an_env_file(
    environ: dict[str, str], really: dict[str, str]
) -> None:
    outputs = reported(env_file(environ, "SENTRY_RELEASE=theirs@1\n") | really)

    assert outputs["release"] == "mine@1"


def test_only_variables_of_sentry_are_read_from_an_env_file(environ: dict[str, str]) -> None:
    outputs = reported(env_file(environ, "INPUT_RELEASE=evil@1\nINPUT_DIST=evil\n"))

    assert outputs["release"] == "shop@1.4.0+27"
    assert outputs["dist"] == "27"


@pytest.mark.parametrize(
    ("path", "code", "message"),
    [
        pytest.param(
            "nothing.env", 2, "File 'nothing.env' of `env-file` does not exist", id="none"
        ),
        pytest.param("../.env", 2, "'../.env' leads out of the workspace", id="a way out"),
        pytest.param("/etc/environment", 2, "leads out of the workspace", id="another root"),
        pytest.param(".", 3, "'.' cannot be read: it is not a regular file", id="a folder"),
    ],
)
def test_an_env_file_that_cannot_be_read_is_a_mistake(
    environ: dict[str, str],
    capsys: pytest.CaptureFixture[str],
    path: str,
    code: int,
    message: str,
) -> None:
    assert run([PROGRAM, "release", "--env-file", path], environ) == code

    assert message in capsys.readouterr().err


# --- secrets ---


def test_tokens_are_masked_before_anything_else_is_printed(
    deploying: Mapping[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    environ = {**deploying, "INPUT_AUTH-TOKEN": "input-token", "INPUT_GITHUB-TOKEN": "ghs_token"}

    run([PROGRAM, "release"], environ, Time().clock())

    lines = capsys.readouterr().out.splitlines()
    assert lines[:3] == ["::add-mask::input-token", f"::add-mask::{TOKEN}", "::add-mask::ghs_token"]
    assert not [line for line in lines[3:] if "token" in line or TOKEN in line]


def test_a_token_in_an_env_file_is_hidden(
    environ: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    environ = env_file(environ, f"SENTRY_AUTH_TOKEN={TOKEN}\n")

    run(
        [PROGRAM, "release", "--dry-run=true", "--projects", "shop"],
        environ | {"GITHUB_ACTIONS": "true"},
    )

    assert capsys.readouterr().out.startswith(f"::add-mask::{TOKEN}\n")


@pytest.mark.parametrize("command", ["main", "deploy", "name"])
def test_on_a_terminal_no_token_is_ever_printed(
    deploying: Mapping[str, str], capsys: pytest.CaptureFixture[str], command: str
) -> None:
    environ = {**deploying, "GITHUB_ACTIONS": "", "RUNNER_DEBUG": "1", "GITHUB_TOKEN": TOKEN}

    run([PROGRAM, command], environ, Time().clock())

    output = capsys.readouterr()
    assert output.out + output.err
    assert TOKEN not in output.out + output.err


def test_a_secret_of_two_lines_is_named_and_not_shown(
    deploying: Mapping[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    environ = {**deploying, "SENTRY_AUTH_TOKEN": "sntryu_abc\ndef"}

    assert run([PROGRAM], environ) == 2

    out = capsys.readouterr().out
    assert "`auth-token` contains a space, a newline or another character" in out
    assert "abc" not in out.replace("::add-mask::sntryu_abc%0Adef", "")


# --- how it ends ---


@pytest.mark.parametrize(
    ("inputs", "code", "title"),
    [
        pytest.param({"INPUT_FINALIZE": "later"}, 2, "workflow error", id="a wrong input"),
        pytest.param({"SENTRY_AUTH_TOKEN": ""}, 2, "workflow error", id="no token"),
        pytest.param({"INPUT_WORKING-DIRECTORY": "nowhere"}, 2, "workflow error", id="no folder"),
        pytest.param({"INPUT_RELEASE": "{{ nope }}"}, 2, "workflow error", id="a wrong template"),
        pytest.param(
            {"SENTRY_URL": "https://a:b"}, 2, "workflow error", id="a server of no address"
        ),
        pytest.param(
            {"INPUT_ON-OUTAGE": "fail"}, 5, "service unavailable", id="an outage that matters"
        ),
        pytest.param({"GITHUB_OUTPUT": "\0"}, 1, "internal error", id="an unexpected exception"),
    ],
)
def test_each_kind_of_failure_has_its_own_exit_code(
    deploying: Mapping[str, str],
    capsys: pytest.CaptureFixture[str],
    inputs: Mapping[str, str],
    code: int,
    title: str,
) -> None:
    assert run([PROGRAM], {**deploying, **inputs}, Time().clock()) == code

    annotations = re.findall(
        "^::(?:error|warning|notice) .*$", capsys.readouterr().out, re.MULTILINE
    )
    (annotation,) = annotations
    assert annotation.startswith(f"::error title=Sentry release%3A {title}::")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("name: shop\n", id="no version"),
        pytest.param("name: [", id="no YAML"),
        pytest.param("name: shop\nversion: one\n", id="a version that is none"),
    ],
)
def test_a_mistake_in_the_project_has_its_own_exit_code(
    environ: dict[str, str], workspace: Path, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    (workspace / "pubspec.yaml").write_text(text)

    assert run([PROGRAM, "release"], environ) == 3

    assert capsys.readouterr().err.startswith("error: pubspec.yaml ")


def test_a_refusal_has_its_own_exit_code(job: Job, sentry: FakeServers) -> None:
    sentry.fail("*", "releases/*", Status(status=401, body={"detail": "Invalid token"}), times=None)

    main = job.main()

    assert main.exit_code == 4
    (output,) = main.annotations
    assert output.startswith("error: Sentry does not accept the auth token.")


def test_an_outage_is_a_warning_if_nothing_else_is_requested(
    deploying: Mapping[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([PROGRAM], deploying, Time().clock()) == 0

    assert "::warning title=Sentry release%3A service unavailable::" in capsys.readouterr().out


def test_a_cancelled_job_ends_at_once_and_without_a_traceback(
    deploying: Mapping[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt(_seconds: float) -> None:
        raise KeyboardInterrupt

    clock = Clock(
        now=lambda: datetime(2026, 3, 1, tzinfo=UTC),
        monotonic=lambda: 0.0,
        sleep=interrupt,
        random=lambda: 0.5,
        start_timer=Time().timer,
    )

    assert run([PROGRAM], deploying, clock) == 130

    output = capsys.readouterr()
    assert "Cancelled." in output.out
    assert "Traceback" not in output.out + output.err


def test_a_bug_asks_to_be_reported_and_shows_its_traceback_to_those_who_debug(
    deploying: Mapping[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([PROGRAM], {**deploying, "GITHUB_OUTPUT": "\0"}) == 1

    *_, notice, debug = capsys.readouterr().out.splitlines()
    assert notice.startswith("::error title=Sentry release%3A internal error::ValueError")
    assert "Report it with the log" in notice
    assert debug.startswith("::debug::Traceback")


@pytest.mark.parametrize(
    "payload",
    [
        pytest.param(None, id="no file"),
        pytest.param("", id="an empty one"),
        pytest.param("[]", id="a list"),
        pytest.param("{", id="cut short"),
        pytest.param("\udcff", id="no text"),
        pytest.param('{"a":' * 100_000, id="nested too deeply"),
        pytest.param('{"pull_request": {"head": 5}}', id="of another shape"),
    ],
)
def test_an_unreadable_event_does_not_fail_the_command(
    environ: dict[str, str], tmp_path: Path, payload: str | None
) -> None:
    if payload is not None:
        (tmp_path / "event.json").write_bytes(payload.encode("utf-8", "surrogateescape"))

    code = run(
        [PROGRAM, "release", "--dry-run=true"],
        environ | {"GITHUB_EVENT_PATH": str(tmp_path / "event.json")},
    )

    assert code == 0


# --- after the job ---


def remaining(**facts: object) -> dict[str, str]:
    """The environment of a post whose main left these facts."""
    facts = {
        "release": "shop@1.4.0+27",
        "started": None,
        "commit_source": "none",
        "is_created": True,
        "used_s": 1.0,
        **facts,
    }
    return {"STATE_HANDOVER": json.dumps(facts)}


POST = "/action/post"


def test_hostile_text_is_printed_and_not_obeyed(
    environ: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    release = "x\n::error::evil ##[error]evil"

    run([POST], environ | remaining(release=release) | {"GITHUB_ACTIONS": "true"})

    out = capsys.readouterr().out
    fenced = r"^::stop-commands::(\w+)\n.*?^::\1::\n"
    assert release in out
    assert re.sub(fenced, "", out, flags=re.MULTILINE | re.DOTALL) == ""


@pytest.mark.parametrize(
    "inputs",
    [
        pytest.param({"INPUT_FINALIZE": "later"}, id="a wrong input"),
        pytest.param({"INPUT_ENV-FILE": "gone.env"}, id="a .env file that a step removed"),
        pytest.param({"INPUT_ENV-FILE": "folder"}, id="a .env file that a step made unreadable"),
        pytest.param({"GITHUB_STEP_SUMMARY": "/"}, id="an unexpected value"),
        pytest.param({}, id="an outage"),
    ],
)
def test_post_never_fails_a_job_that_has_done_its_own_work(
    deploying: Mapping[str, str],
    workspace: Path,
    capsys: pytest.CaptureFixture[str],
    inputs: Mapping[str, str],
) -> None:
    (workspace / "folder").mkdir()
    environ = {**deploying, **remaining(environment="production"), **inputs}

    assert run([POST], environ, Time().clock()) == 0

    out = capsys.readouterr().out
    assert "::warning " in out
    assert "::error " not in out


def test_an_outage_after_the_job_says_how_to_record_the_deploy_later(
    deploying: Mapping[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    environ = {**deploying, **remaining(environment="production")}

    assert run([POST], environ, Time().clock()) == 0

    out = capsys.readouterr().out
    assert "Check `url`, the server, its certificate, and the proxy if there is one." in out
    assert "run the action `deploy` with `create-missing-release: true`" in out


def test_post_fails_the_job_if_requested(
    deploying: Mapping[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    environ = {**deploying, **remaining(environment="production"), "INPUT_ON-OUTAGE": "fail"}

    assert run([POST], environ, Time().clock()) == 5

    assert "::error title=Sentry release%3A service unavailable::" in capsys.readouterr().out


@pytest.mark.parametrize(
    "state",
    [
        pytest.param({}, id="nothing"),
        pytest.param({"STATE_HANDOVER": "{"}, id="something unreadable"),
        pytest.param(
            remaining(quiet="a dry run changes nothing in Sentry"), id="a reason to be quiet"
        ),
    ],
)
def test_post_sends_no_request_if_main_left_nothing_to_do(
    job: Job, sentry: FakeServers, state: dict[str, str]
) -> None:
    job.environ |= state

    post = job.post()

    assert post.exit_code == 0
    assert sentry.ledger.entries == ()
    assert "Nothing to do: " in post.log
    assert post.annotations == []


# --- as a process ---


def test_the_file_the_image_starts_is_the_command(environ: dict[str, str]) -> None:
    command = [sys.executable, str(ROOT / "entrypoint.py"), "name", "--dist=é✓"]

    done = subprocess.run(command, env=environ, capture_output=True, check=False)  # noqa: S603 - our own file

    assert done.returncode == 2
    assert "Invalid value 'é✓' for `dist`" in done.stderr.decode()
    assert done.stdout == b""


@pytest.mark.parametrize("words", [["-h"], ["name"], ["doctor", "--help"]], ids=" ".join)
def test_a_closed_standard_output_prints_no_error(
    environ: dict[str, str], words: list[str]
) -> None:
    command = [sys.executable, "-m", "sentry_release", *words]

    with subprocess.Popen(  # noqa: S603 - our own program
        command,
        env=environ | {"PYTHONPATH": str(ROOT / "src")},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        complaint = process.stderr.read()

    assert process.returncode == BROKEN_PIPE_EXIT_CODE
    assert complaint == b""


def start_program(
    environ: dict[str, str], redirection: str, *words: str
) -> "subprocess.CompletedProcess[str]":
    """Start the program in a shell that redirects its streams, as in `2>&-`."""
    script = f'exec "$0" -m sentry_release "$@" {redirection}'
    return subprocess.run(  # noqa: S603 - our own program
        ["/bin/sh", "-c", script, sys.executable, *words],
        env=environ | {"PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    "words",
    [
        *(["name"], ["-V"], ["release"]),
        pytest.param(["name", "--json"], marks=pytest.mark.large),
    ],
    ids=" ".join,
)
def test_a_full_disk_under_the_result_is_an_error_and_no_bug(
    environ: dict[str, str], words: list[str]
) -> None:
    ended = start_program(environ, ">/dev/full", *words)

    assert ended.returncode == 2
    assert ended.stderr.endswith(
        "error: The output cannot be written.\n"
        "The system reports: No space left on device.\n"
        "Free disk space, or write the output to another file.\n"
    )


@pytest.mark.parametrize(
    ("redirection", "words", "code"),
    [
        (">&-", ["name", "--short"], 0),
        ("2>&-", ["naem"], 2),
        ("2>/dev/full", ["naem"], 2),
        (">&- 2>&-", ["name"], 0),
    ],
)
def test_the_exit_code_is_right_without_a_stream_to_write_to(
    environ: dict[str, str], redirection: str, words: list[str], code: int
) -> None:
    ended = start_program(environ, redirection, *words)

    assert (ended.returncode, ended.stdout, ended.stderr) == (code, "", "")


def test_a_folder_that_was_deleted_is_named_as_the_cause(
    environ: dict[str, str], tmp_path: Path
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    del environ["GITHUB_WORKSPACE"]
    code = "import os, sys; os.rmdir(os.getcwd()); from sentry_release.cli.main import run; "

    ended = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", code + "sys.exit(run(['sentry-release', 'name'], os.environ))"],
        env=environ | {"PYTHONPATH": str(ROOT / "src")},
        cwd=gone,
        capture_output=True,
        text=True,
        check=False,
    )

    assert ended.returncode == 2
    assert ended.stderr.startswith("error: The current folder cannot be read.\n")


def test_ctrl_c_while_the_program_is_imported_shows_no_traceback(
    environ: dict[str, str],
) -> None:
    with subprocess.Popen(
        [sys.executable, "-X", "importtime", "-m", "sentry_release", "name"],
        env=environ | {"PYTHONPATH": str(ROOT / "src")},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if line.endswith(" sentry_release.errors\n"):
                break
        process.send_signal(signal.SIGINT)
        _, rest = process.communicate()

    assert process.returncode in {-signal.SIGINT, 130}
    assert "Traceback" not in rest


_LOST_IN_A_CALLBACK = """
import signal, sys, time, weakref
from sentry_release.cli.main import main

class Thing:
    pass

sys.argv = ["sentry-release", "--version"]
try:
    main()
except SystemExit:
    thing = Thing()
    watched = weakref.ref(thing, lambda _: signal.raise_signal(signal.SIGTERM))
    del thing
    try:
        time.sleep(60)
    except KeyboardInterrupt:
        print("cancelled")
"""


def test_a_cancellation_is_not_lost_in_a_callback_in_which_python_ignores_it(
    environ: dict[str, str],
) -> None:
    ended = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", _LOST_IN_A_CALLBACK],
        env=environ | {"PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )

    assert ended.stdout.endswith("\ncancelled\n")
    assert ended.stderr == ""


# --- hints outside of a workflow ---


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["name", "--dist", "a/b"], "Fix the option, such as `--environment staging`, or its variable."),
        (["name", "--env-file", "gone"], "Correct the path; it is relative to the current folder."),
        (["name", "--working-directory", "gone"], "Correct `--working-directory`; it is"),
        (["name", "--working-directory", "pubspec.yaml"], "Correct `--working-directory`; it is"),
        (["name", "--working-directory", "lib"], "Run the command in the folder of the app, or name"),
        (["deploy", "--environment="], "Add the option `--environment production`."),
    ],
    ids=lambda case: " ".join(case) if isinstance(case, list) else "",
)  # fmt: skip
def test_a_hint_on_the_command_line_speaks_of_options_and_no_workflow(
    environ: dict[str, str],
    workspace: Path,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    hint: str,
) -> None:
    (workspace / "lib").mkdir()

    assert run([PROGRAM, *words], environ | {"INPUT_DRY-RUN": "true"}) in {2, 3}
    shown = capsys.readouterr().err
    assert run([PROGRAM, *words], environ | {"GITHUB_ACTIONS": "true", "INPUT_DRY-RUN": "true"})
    annotated = capsys.readouterr().out

    assert hint in shown
    assert "this step" not in shown
    assert hint not in annotated


def test_a_subfolder_of_an_app_is_told_where_the_app_is(
    environ: dict[str, str], workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (workspace / "lib").mkdir()

    assert run([PROGRAM, "name"], environ | {"GITHUB_WORKSPACE": str(workspace / "lib")}) == 3

    assert f"there is a pubspec.yaml in '{workspace}'" in capsys.readouterr().err


# --- without a token, on a CI service ---


@pytest.mark.parametrize(
    ("more", "code"),
    [
        pytest.param({}, 0, id="a machine of a developer"),
        pytest.param({"CI": "false"}, 0, id="CI is false"),
        pytest.param({"CI": "true"}, 2, id="an unknown CI service"),
        pytest.param({"CI": "woodpecker"}, 2, id="one that sets its own name"),
        pytest.param({"CI": "true", "INPUT_DRY-RUN": "true"}, 0, id="a dry run"),
    ],
)
def test_a_missing_token_fails_on_every_ci_service(
    environ: dict[str, str], capsys: pytest.CaptureFixture[str], more: dict[str, str], code: int
) -> None:
    assert run([PROGRAM, "release"], environ | more) == code

    assert ("`auth-token` (or the variable" in capsys.readouterr().err) == (code == 2)
