"""The action without Docker: a Python is found, its packages made ready once, and the program started."""

import shutil
import signal
from pathlib import Path

import pytest

from machine import BASE, NO_AUTHOR, Machine, unreached, until

MODULES_ELSEWHERE = "import sys; sys.exit('a module of the job was imported')"


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine.fresh(tmp_path)


@pytest.fixture(scope="module")
def _prepared(tmp_path_factory: pytest.TempPathFactory) -> Machine:
    machine = Machine.fresh(tmp_path_factory.mktemp("machine"))
    assert machine.play("main").code == 0
    machine.variables |= {"PIP_FIND_LINKS": "nowhere"}
    return machine


@pytest.fixture
def prepared(_prepared: Machine) -> Machine:
    """A machine on which a job has run, and that reaches no registry any more."""
    _prepared.state.unlink(missing_ok=True)
    return _prepared


@pytest.fixture
def used(machine: Machine, _prepared: Machine) -> Machine:
    """A machine on which a job has run, and that others do not use."""
    shutil.copytree(_prepared.cache, machine.cache, symlinks=True, dirs_exist_ok=True)
    return machine


# --- what the program is given ---


def test_the_program_gets_the_runners_variables_and_folder_as_they_are(prepared: Machine) -> None:
    odd = {
        "INPUT_AUTH-TOKEN": "t0ken",
        "INPUT_COMMIT-PATHS": "a\nb",
        "GREETING": "grüße ✓",
        "EMPTY": "",
    }
    values = prepared.environ(**odd)

    observed = prepared.play("main", **odd).observed

    assert observed
    assert observed["folder"] == str(prepared.workspace)
    assert {name: observed["env"].get(name) for name in values} == values  # type: ignore[attr-defined]


def test_each_stage_and_each_action_starts_the_program_under_its_name(prepared: Machine) -> None:
    stages = ("main", "post", "deploy", "health", "doctor")

    observed = [prepared.play(stage).observed for stage in stages]

    assert [one["words"] for one in observed if one] == [[stage] for stage in stages]
    assert len({one["python"] for one in observed if one}) == 1


def test_nothing_of_the_job_changes_what_python_imports(prepared: Machine) -> None:
    for place in (prepared.workspace / "json.py", prepared.workspace / "lib/json.py"):
        place.parent.mkdir(exist_ok=True)
        place.write_text(MODULES_ELSEWHERE)
    poison = {"PYTHONPATH": str(prepared.workspace / "lib"), "PYTHONHOME": "/nowhere"}

    ended = prepared.play("main", **poison, PYTHONIOENCODING="cp1252", PYTHONSTARTUP="json.py")

    assert (ended.code, ended.annotations) == (0, [])
    assert ended.observed
    assert (ended.observed["utf8"], ended.observed["encoding"]) == (1, "utf-8")


def test_its_output_appears_at_once_and_in_utf_8(prepared: Machine) -> None:
    process = prepared.start("main", PLAY="print('✓ ' * 3); time.sleep(30)")
    assert process.stdout

    assert process.stdout.readline() == "✓ ✓ ✓ \n"
    process.send_signal(signal.SIGTERM)
    prepared.ended(process)


@pytest.mark.parametrize("stage", ["main", "post"])
@pytest.mark.parametrize("code", [0, 1, 4, 130])
def test_its_exit_code_is_that_of_the_stage(prepared: Machine, stage: str, code: int) -> None:
    if stage == "post":
        prepared.play("main")

    assert prepared.play(stage, PLAY=f"sys.exit({code})").code == code


def test_a_program_that_is_killed_ends_with_the_exit_code_of_shells(prepared: Machine) -> None:
    assert prepared.play("main", PLAY="os.kill(os.getpid(), signal.SIGKILL)").code == 128 + 9


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_cancellation_reaches_the_program_which_ends_in_its_own_time(
    prepared: Machine, number: signal.Signals
) -> None:
    play = (
        "signal.signal(signal.{0}, lambda *_: (print('heard'), time.sleep(0.3), sys.exit(42)))\n"
        "print('ready', flush=True)\ntime.sleep(30)"
    )
    process = prepared.start("main", PLAY=play.format(number.name))
    assert process.stdout
    assert process.stdout.readline() == "ready\n"

    process.send_signal(number)

    ended = prepared.ended(process)
    assert (ended.code, ended.log) == (42, "heard\n")


# --- packages ---


def test_packages_are_installed_once_for_post_and_for_later_jobs(machine: Machine) -> None:
    first = machine.play("main")
    [environment] = machine.environments
    made = environment.stat().st_ctime_ns
    machine.variables |= unreached(NO_AUTHOR)

    others = [machine.play("post"), machine.play("main")]

    assert [one.code for one in (first, *others)] == [0, 0, 0]
    assert "Installed the packages in" in first.log
    assert [one.log for one in others] == ["", ""]
    assert machine.environments == [environment]
    assert environment.stat().st_ctime_ns == made
    for one in others:
        assert one.observed
        assert str(one.observed["python"]).startswith(str(environment))


def test_a_wheel_that_is_not_the_one_of_the_lock_is_refused(
    machine: Machine, tmp_path: Path
) -> None:
    machine.lock(tmp_path / "wheels/toy-1.0-py3-none-any.whl", sign="0" * 64)

    ended = machine.play("main")

    assert (ended.code, ended.observed, machine.environments) == (5, None, [])
    assert "DO NOT MATCH THE HASHES" in ended.log


@pytest.mark.parametrize("stage", ["main", "deploy"])
def test_a_missing_folder_is_an_error_with_a_hint(machine: Machine, stage: str) -> None:
    ended = machine.play(stage, RUNNER_TOOL_CACHE="", RUNNER_TEMP="")

    assert (ended.code, ended.observed) == (2, None)
    [error] = ended.annotations
    assert error.startswith("error: There is no writable folder for the packages")


def test_post_that_has_lost_its_folder_only_warns(used: Machine) -> None:
    used.play("main")
    shutil.rmtree(used.cache)

    ended = used.play("post", RUNNER_TOOL_CACHE="", RUNNER_TEMP="", **{"INPUT_ON-OUTAGE": "fail"})

    assert (ended.code, ended.observed) == (0, None)
    [warning] = ended.annotations
    assert warning.startswith("warning: There is no writable folder for the packages")


# --- finding a Python ---


def test_no_python_is_an_error_with_the_one_line_to_add(machine: Machine) -> None:
    machine.python, machine.path = "", str(machine.folder)
    machine.variables["PATH"] = node_alone(machine)

    main, post = machine.play("main"), machine.play("post")

    assert (main.code, main.observed) == (2, None)
    [error] = main.annotations
    assert error.splitlines() == [
        "error: No CPython 3.11 to 3.14 with pip was found on this machine.",
        "Searched, outside of the workspace: $pythonLocation, python3, python and py, and the tool cache.",
        "Add `- {uses: actions/setup-python@v6, with: {python-version: '3.13'}}` before this step.",
    ]
    assert (post.code, post.log) == (0, "")


def node_alone(machine: Machine) -> str:
    """A PATH on which there is nothing but node."""
    folder = machine.folder / "bin"
    folder.mkdir(exist_ok=True)
    (folder / "node").symlink_to(shutil.which("node") or "")
    return str(folder)


def test_post_without_a_python_only_warns(used: Machine) -> None:
    used.play("main")
    shutil.rmtree(used.cache)
    used.python = ""
    used.variables |= {"PATH": node_alone(used), "STATE_BASE": str(used.folder / "gone")}

    ended = used.play("post")

    assert ended.code == 0
    [warning] = ended.annotations
    assert warning.startswith("warning: No CPython")


def test_the_python_that_the_job_has_chosen_comes_first(used: Machine) -> None:
    chosen = used.install(used.folder / "chosen/bin/python3")
    other = used.install(used.folder / "path/python3")
    used.python, used.path = str(chosen.parents[1]), f"{other.parent}:/usr/bin:/bin"

    assert used.play("main").code == 0
    assert set(used.requests) == {str(chosen)}


@pytest.mark.parametrize(
    "begins",
    [
        pytest.param("exit 3", id="too old"),
        pytest.param("echo 'Unknown option: -I' >&2; exit 2", id="Python 2"),
        pytest.param("exit 9009", id="an advertisement"),
        pytest.param("kill -SEGV $$", id="broken"),
    ],
)
def test_a_python_that_is_none_for_us_is_passed_over(used: Machine, begins: str) -> None:
    used.python = ""
    unfit = used.install(used.folder / "path/python3", begins=begins)
    fit = used.install(used.folder / "path/python")
    used.path = f"{unfit.parent}:/usr/bin:/bin"

    assert used.play("main").code == 0
    assert used.requests[:2] == [str(unfit), str(fit)]


def test_a_job_that_is_cancelled_while_a_python_is_checked_tries_no_other(
    used: Machine,
) -> None:
    used.python = ""
    waits = "trap 'exit 143' TERM\nwhile :; do sleep 0.05; done"
    slow = used.install(used.folder / "path/python3", begins=waits)
    used.install(used.folder / "path/python")
    used.path = f"{slow.parent}:/usr/bin:/bin"
    process = used.start("main")
    until(lambda: used.requests, process)

    process.send_signal(signal.SIGTERM)

    ended = used.ended(process)
    assert (ended.code, ended.observed, ended.log) == (130, None, "")
    assert used.requests == [str(slow)]


def test_of_the_runners_own_pythons_the_newest_is_taken(used: Machine) -> None:
    used.python = ""
    used.variables["PATH"] = f"{node_alone(used)}:{tools(used)}"
    cache = used.cache / "Python"
    for version in ("3.9.18", "3.12.9", "3.12.10", "3.11.20"):
        used.install(cache / version / "x64/bin/python3")
    used.install(cache / "3.13.2/arm64/bin/python3")
    used.install(cache / "3.14.0/x64-freethreaded/bin/python3")
    used.install(cache / "3.15.0-alpha.1/x64/bin/python3")

    assert used.play("main").code == 0
    assert set(used.requests) == {str(cache / "3.12.10/x64/bin/python3")}


def tools(machine: Machine) -> str:
    """What those scripts are made of, and no Python."""
    folder = machine.folder / "tools"
    folder.mkdir()
    for name in ("sh", "env"):
        (folder / name).symlink_to(shutil.which(name) or "")
    return str(folder)


@pytest.mark.parametrize("entry", [".", "", "{workspace}", "{workspace}/../app", "{link}"])
def test_a_program_in_the_workspace_is_not_taken_for_python(used: Machine, entry: str) -> None:
    used.python = ""
    planted = used.install(used.workspace / "python3", begins="exit 0")
    link = used.folder / "link"
    link.symlink_to(used.workspace)
    entry = entry.format(workspace=used.workspace, link=link)
    used.path = f"{entry}:{BASE / 'bin'}:/usr/bin:/bin"

    assert used.play("main").code == 0
    assert str(planted) not in used.requests


def test_an_environment_in_the_workspace_is_not_taken_for_python(used: Machine) -> None:
    planted = used.install(used.workspace / ".venv/bin/python3", begins="exit 0")
    used.python = str(used.workspace / ".venv")
    used.path = f"{BASE / 'bin'}:/usr/bin:/bin"

    assert used.play("main").code == 0
    assert str(planted) not in used.requests
