"""The fake of GitHub's runner follows the runner's rules; the last tests need Docker."""

import json
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from e2e.app import DOCKER
from e2e.runner import Cancel, Job, Report, Stage
from e2e.runner.console import Console
from e2e.runner.environment import Step, input_variable, inputs, unexpected, variables
from e2e.runner.expressions import evaluate, interpolate
from e2e.runner.file_commands import MalformedError, entries, folders
from e2e.runner.log_commands import parse
from e2e.runner.manifest import Manifest, ManifestError, read
from e2e.runner.masks import Masks
from e2e.runner.paths import Folders

TOY = Path(__file__).parent / "toy"


# expressions


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("job.status == 'SUCCESS'", True),
        ("job['check_run_id']", 77),
        ("github.event.nothing.here", None),
        ("!cancelled() && (success() || false)", True),
        ("github.ref != 'it''s' && 'yes' || 'no'", "yes"),
        ("null == '' && true == 1 && '2' == 2", True),
        ("'true' == true", False),
    ],
)
def test_an_expression_has_the_value_the_documentation_gives_it(source: str, value: object) -> None:
    known = {"job": {"status": "success", "check_run_id": 77}, "github": {"ref": "x", "event": {}}}

    assert evaluate(source, known, {"success": lambda: True, "cancelled": lambda: False}) == value


def test_an_expression_may_only_name_contexts_that_are_there() -> None:
    with pytest.raises(ValueError, match="Unrecognized named-value: 'secrets'"):
        interpolate("${{ secrets.TOKEN }}", {"github": {}})


# files behind GITHUB_OUTPUT and its like


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param(b"a=1\n\nb=2", [("a", "1"), ("b", "2")], id="empty lines do not count"),
        pytest.param(b"a=b<<c\n", [("a", "b<<c")], id="an equals sign first makes a value"),
        pytest.param(b"a<<b=c\nx\nb=c\n", [("a", "x")], id="an arrow first makes a heredoc"),
        pytest.param(b"a<<E\nx\n\ny\nE\n", [("a", "x\n\ny")], id="lines are kept"),
        pytest.param(b"a<<E\nE\n", [("a", "")], id="an empty heredoc"),
        pytest.param(b"a<<E\nx\nE", [("a", "x")], id="the delimiter needs no newline"),
        pytest.param(b"a=1\r\n", [("a", "1\r")], id="a carriage return stays"),
        pytest.param(b"\xef\xbb\xbfa=1\n", [("a", "1")], id="a byte order mark goes"),
        pytest.param(b"=1\n", [("", "1")], id="an empty name is read, and refused later"),
    ],
)
def test_a_file_command_is_read_as_the_runner_reads_it(
    content: bytes, expected: list[tuple[str, str]]
) -> None:
    assert list(entries(content)) == expected


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"no sign\n", "Invalid format 'no sign'"),
        (b"a<<\nx\n", "delimiter must not be empty"),
        (b"<<E\nx\nE\n", "Name must not be empty"),
        (b"a<<E\nx\n", "Matching delimiter not found 'E'"),
        (b"a<<E\nx", "EOF marker missing new line"),
    ],
)
def test_entries_before_a_malformed_line_still_count(line: bytes, reason: str) -> None:
    reader = entries(b"good=1\n" + line)

    assert next(reader) == ("good", "1")
    with pytest.raises(MalformedError, match=reason):
        next(reader)


def test_a_path_is_one_line() -> None:
    assert folders(b"/a/bin\n\n/b\n") == ("/a/bin", "/b")


# commands in the log


@pytest.mark.parametrize(
    ("line", "name", "properties", "data"),
    [
        ("::notice::hi", "notice", {}, "hi"),
        ("  ::NOTICE file=a%2Cb,line=3::x%0Ay%25", "notice", {"file": "a,b", "line": "3"}, "x\ny%"),
        ("::error title=::a::b", "error", {}, "a::b"),
        ("::debug::%250A", "debug", {}, "%0A"),
        ("feat: x ##[warning line=1;col=2]old%5D", "warning", {"line": "1", "col": "2"}, "old]"),
    ],
)
def test_a_command_is_found_in_a_line(
    line: str, name: str, properties: dict[str, str], data: str
) -> None:
    command = parse(line)

    assert command
    assert (command.name, command.properties, command.data) == (name, properties, data)


@pytest.mark.parametrize(
    "line", ["text ::notice::hi", ":: notice::hi", "::unknown::x", "::notice:hi", "##[notice"]
)
def test_other_lines_are_plain_output(line: str) -> None:
    assert parse(line) is None


@pytest.fixture
def places(tmp_path: Path) -> Folders:
    return Folders(temp=tmp_path / "_temp", workspace=tmp_path / "app" / "app")


@pytest.fixture
def console(places: Folders) -> Console:
    return Console("main", Masks("t0ken"), places)


def test_a_secret_is_masked_whole_and_line_by_line(console: Console) -> None:
    for line in ("::add-mask::one%0Atwo words", "a one b two words", "onetwo words, t0ken"):
        console.listen(line)

    assert console.log == ["a *** b ***", "***, ***"]


def test_hostile_text_is_not_obeyed_while_commands_are_stopped(console: Console) -> None:
    hostile = "::set-output name=release::evil"
    for line in ("::stop-commands::F3nce", hostile, "::f3nce::", hostile):
        console.listen(line)

    assert console.log[0] == hostile
    assert console.outputs == {"release": "evil"}  # by the last line only, where it is obeyed again
    assert [note.kind for note in console.annotations] == ["warning"]


def test_an_annotation_names_a_file_of_the_repository(console: Console) -> None:
    console.listen("::notice file=/github/workspace/pubspec.yaml,line=3,title=a%3Ab::100%25")

    (note,) = console.annotations
    assert note.message == "100%"
    assert note.properties == {"file": "pubspec.yaml", "line": "3", "title": "a:b"}


def test_the_eleventh_annotation_of_a_kind_is_in_the_log_only(console: Console) -> None:
    for number in range(11):
        console.listen(f"::error::{number}")
    console.listen("::warning::another kind")

    assert [note.message for note in console.annotations] == [*"0123456789", "another kind"]
    assert "##[error]10" in console.log


@pytest.mark.parametrize("command", ["::set-env name=A::b", "::add-path::/bin"])
def test_disabled_commands_fail_the_step(console: Console, command: str) -> None:
    console.listen(command)

    assert console.failed
    assert "Please upgrade to using Environment Files" in console.log[-1]


# what a container is given


def contexts(places: Folders, **env: str) -> dict[str, Any]:
    github = {"sha": "abc", "token": "t0ken", "workspace": str(places.workspace)}
    runner = {"os": "Linux", "temp": str(places.temp)}
    return {
        "github": github,
        "runner": runner,
        "job": {"status": "failure", "check_run_id": 12877621891},
        "env": env,
    }


@pytest.fixture
def toy() -> Manifest:
    return read(TOY)


def test_an_input_keeps_its_dash_and_loses_its_space() -> None:
    assert input_variable("auth-token") == "INPUT_AUTH-TOKEN"
    assert input_variable("dart define") == "INPUT_DART_DEFINE"


def test_an_input_is_what_the_step_gives_or_its_default_of_this_moment(
    toy: Manifest, places: Folders
) -> None:
    step = Step(values={"Release-Name": "${{ env.NAME }}@1"}, env={})

    values = inputs(toy, step, contexts(places, NAME="shop"))

    assert values["Release-Name"] == "shop@1"
    assert "release-name" not in values
    assert values["job-status"] == "failure"
    assert values["check-run-id"] == "12877621891"
    assert values["dart define"] == ""


def test_a_default_may_not_use_the_environment(places: Folders, tmp_path: Path) -> None:
    action = "inputs: {a: {default: '${{ env.X }}'}}\nruns: {using: docker, image: Dockerfile}"
    (tmp_path / "action.yml").write_text(action)

    with pytest.raises(ValueError, match="Unrecognized named-value: 'env'"):
        inputs(read(tmp_path), Step(values={}, env={}), contexts(places, X="1"))


def test_an_input_that_action_yml_does_not_list_is_noticed(toy: Manifest) -> None:
    step = Step(values={"relaese": "x", "ARGS": "y", "token": "z"}, env={})

    assert unexpected(toy, step) == ("relaese",)


def test_a_step_cannot_change_what_the_runner_sets(toy: Manifest, places: Folders) -> None:
    env = {"GITHUB_SHA": "evil", "HOME": "/evil", "FROM_RUNS_ENV": "mine", "STATE_a": "forged"}

    result = variables(
        toy,
        state={"a": "saved"},
        values={"release-name": "r"},
        contexts=contexts(places, **env),
        folders=places,
    )

    assert result["GITHUB_SHA"] == "abc"
    assert result["HOME"] == "/github/home"
    assert result["FROM_RUNS_ENV"] == "mine"  # runs.env never replaces what is set
    assert result["STATE_a"] == "saved"
    assert "GITHUB_TOKEN" not in result


def test_a_host_path_is_put_in_the_containers_words_only_at_the_start(places: Folders) -> None:
    workspace = places.workspace

    assert places.inside(f"{workspace}/lib") == "/github/workspace/lib"
    assert places.inside(f"{workspace}2/lib") == f"{workspace}2/lib"
    assert places.inside(f"a:{workspace}") == f"a:{workspace}"
    assert places.outside("/github/file_commands/x") == f"{places.file_commands}/x"


def test_an_expression_in_post_if_is_refused(tmp_path: Path) -> None:
    runs = "{using: docker, image: Dockerfile, post-if: '${{ success() }}'}"
    (tmp_path / "action.yml").write_text(f"runs: {runs}")

    with pytest.raises(ManifestError, match="post-if: A template expression"):
        read(tmp_path)


# whole jobs, in containers


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    name = Job(tmp_path_factory.mktemp("build"), docker=DOCKER).build(TOY)
    yield name
    remove = ["docker", "rmi", "-f", name]
    subprocess.run(remove, capture_output=True, check=True)  # noqa: S603 - a list, no shell


@pytest.fixture
def job(tmp_path: Path, image: str) -> Job:
    number = {"check_run_id": 12877621891}
    return Job(tmp_path, image=image, docker=DOCKER, sha="f" * 40, job=number)


def values(stage: Stage) -> dict[str, Any]:
    line = next(line for line in stage.log if line.startswith("given: "))
    return json.loads(line.removeprefix("given: "))  # type: ignore[no-any-return]


def test_main_and_post_get_what_the_runner_gives_them(job: Job) -> None:
    (job.workspace / "pubspec.yaml").write_text("name: app\n")
    main = (
        "put('GITHUB_OUTPUT', 'release', Path('pubspec.yaml').read_text()); "
        "put('GITHUB_STATE', 'saved', 'two\\nlines'); put('GITHUB_ENV', 'TOLD', 'yes'); "
        "put('GITHUB_ENV', 'NODE_OPTIONS', '--x'); Path('made').write_text(''); "
        "Path(os.environ['GITHUB_STEP_SUMMARY']).write_text('# ghs_token')"
    )
    post = "put('GITHUB_OUTPUT', 'late', 'x'); Path(os.environ['GITHUB_STEP_SUMMARY']).unlink()"

    report = job.run(
        TOY,
        {"dart define": "${{ github.workspace }}/x"},
        {"TOY_MAIN": main, "TOY_POST": post},
        local=True,
        then="failure",
    )

    first, last = values(report.main), values(report.post)
    assert [stage.name for stage in report.stages] == ["main", "post"]
    assert first["args"] == last["args"] == ["same-for-all", "app@1.2.3", ""]
    assert (first["folder"], first["uid"]) == ("/github/workspace", 0)
    assert first["env"]["INPUT_RELEASE-NAME"] == "app@1.2.3"
    assert first["env"]["INPUT_DART_DEFINE"] == "/github/workspace/x"
    assert first["env"]["GITHUB_SHA"] == "f" * 40
    assert (first["env"]["INPUT_JOB-STATUS"], last["env"]["INPUT_JOB-STATUS"]) == (
        "success",
        "failure",
    )
    assert (first["env"].get("STATE_saved"), last["env"]["STATE_saved"]) == (None, "two\nlines")
    assert last["env"]["TOLD"] == "yes"
    assert report.outputs == {"release": "name: app\n"}  # those of post are dropped
    assert (report.main.summary, report.post.summary) == ("# ***", "")
    assert report.reported("error") == (
        "Can't store NODE_OPTIONS output parameter using '$GITHUB_ENV' command.",
    )
    assert (report.main.result, report.post.result) == ("success", "success")
    assert "ghs_token" not in "".join(report.main.command)
    assert (job.workspace / "made").exists()


def test_an_action_in_a_folder_builds_the_dockerfile_above_it_and_has_its_own_inputs(
    tmp_path: Path,
) -> None:
    job = Job(tmp_path, docker=DOCKER)
    image = job.build(TOY / "sub")
    try:
        report = job.run(TOY / "sub", step_env={"TOY_MAIN": "print(os.environ['INPUT_GREETING'])"})
    finally:
        subprocess.run(["docker", "rmi", "--force", image], check=True, capture_output=True)  # noqa: S603, S607 - a list, no shell; the docker of the machine

    assert [(stage.name, stage.exit_code) for stage in report.stages] == [("main", 0)]
    assert "hello" in report.log
    assert "INPUT_RELEASE-NAME" not in report.main.command


def test_state_is_for_the_action_that_saved_it(job: Job) -> None:
    job.run(TOY, {}, {"TOY_MAIN": "put('GITHUB_STATE', 'mine', '1')"}, local=True)

    other = job.run(TOY, local=True)

    assert "STATE_mine" not in values(other.main)["env"]
    assert other.state == {}


def test_a_malformed_file_fails_the_step_and_keeps_what_stood_before(job: Job) -> None:
    main = "Path(os.environ['GITHUB_OUTPUT']).write_text('good=1\\nbad\\nlost=2\\n')"

    report = job.run(TOY, {}, {"TOY_MAIN": main}, local=True)

    assert (report.main.exit_code, report.main.result, report.job_status) == (
        0,
        "failure",
        "failure",
    )
    assert report.outputs == {"good": "1"}
    assert values(report.post)["env"]["INPUT_JOB-STATUS"] == "failure"


def test_a_second_post_starts_from_what_the_steps_left(job: Job) -> None:
    post = "put('GITHUB_STATE', 'done', '1'); sys.exit(3)"

    report = job.run(TOY, {}, {"TOY_POST": post}, local=True, posts=2)

    assert [stage.exit_code for stage in report.posts] == [3, 3]
    for stage in report.posts:
        assert "STATE_done" not in values(stage)["env"]
        assert values(stage)["env"]["INPUT_JOB-STATUS"] == "success"
    assert report.job_status == "failure"


def test_pre_runs_first_and_not_for_local_actions(job: Job) -> None:
    report = job.run(TOY, step_if="false")

    assert [stage.name for stage in report.stages] == ["pre", "post"]  # main is skipped


def cancelled(job: Job, main: str) -> Report:
    """The report of a job that is cancelled when its main step waits."""
    loop = f"import signal, time; {main}; open('waiting', 'w').close()\nwhile True: time.sleep(0.1)"
    waits = threading.Event()

    def watch() -> None:
        end = time.monotonic() + 30
        while not (job.workspace / "waiting").exists() and time.monotonic() < end:
            time.sleep(0.05)
        waits.set()

    with ThreadPoolExecutor(1) as pool:
        pool.submit(watch)
        return job.run(TOY, {}, {"TOY_MAIN": loop}, local=True, cancel={"main": Cancel(when=waits)})


def test_cancelling_sends_sigint_then_sigterm_and_post_learns_of_it(job: Job) -> None:
    main = (
        "signal.signal(signal.SIGINT, lambda *_: print('heard SIGINT')); "
        "signal.signal(signal.SIGTERM, lambda *_: (print('heard SIGTERM'), sys.exit(0)))"
    )

    report = cancelled(job, main)

    assert [line for line in report.main.log if line.startswith("heard")] == [
        "heard SIGINT",
        "heard SIGTERM",
    ]
    assert report.main.seconds > 7.5  # so many lie between the signals
    assert (report.main.exit_code, report.main.result) == (0, "cancelled")
    assert values(report.post)["env"]["INPUT_JOB-STATUS"] == "cancelled"
    assert report.job_status == "cancelled"


def test_an_action_that_does_not_catch_sigint_ends_at_once(job: Job) -> None:
    report = cancelled(job, "pass")

    assert report.main.result == "cancelled"
    assert report.main.exit_code == 130
    assert report.main.seconds < 7.5
