"""The action without Docker: a Python is found, its packages made ready once, and the program started."""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from machine import BASE, NOBODY, Ended, Machine, wheel

MODULES_ELSEWHERE = "import sys; sys.exit('a module of the job was imported')"


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A machine on which no job has run; its registry is a folder with one wheel."""
    machine = Machine.new(tmp_path)
    machine.lock(wheel(tmp_path / "wheels"))
    return machine


@pytest.fixture(scope="module")
def _prepared(tmp_path_factory: pytest.TempPathFactory) -> Machine:
    folder = tmp_path_factory.mktemp("machine")
    machine = Machine.new(folder)
    machine.lock(wheel(folder / "wheels"))
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


@pytest.fixture
def hanging() -> Iterator[str]:
    """A registry that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}/simple"


def unreached(url: str) -> dict[str, str]:
    return {"PIP_NO_INDEX": "", "PIP_FIND_LINKS": "", "PIP_INDEX_URL": url, "PIP_RETRIES": "0"}


def until(claim: object, process: subprocess.Popen[str]) -> None:
    """Wait until a claim holds of a stage that runs."""
    assert callable(claim)
    end = time.monotonic() + 20
    while not claim():
        assert process.poll() is None
        assert time.monotonic() < end
        time.sleep(0.02)


# --- what the program is given ---


def test_the_program_gets_the_runners_variables_and_folder_as_they_are(prepared: Machine) -> None:
    odd = {"INPUT_AUTH-TOKEN": "t0ken", "INPUT_PATHS": "a\nb", "GREETING": "grüße ✓", "EMPTY": ""}
    given = prepared.environ(**odd)

    seen = prepared.play("main", **odd).seen

    assert seen
    assert seen["folder"] == str(prepared.workspace)
    assert {name: seen["env"].get(name) for name in given} == given  # type: ignore[attr-defined]


def test_main_leaves_the_phase_to_the_input_and_post_says_its_own(prepared: Machine) -> None:
    main = prepared.play("main")
    post = prepared.play("post")

    assert main.seen
    assert post.seen
    assert (main.seen["words"], post.seen["words"]) == ([], ["post"])
    assert main.seen["python"] == post.seen["python"]


def test_nothing_of_the_job_changes_what_python_imports(prepared: Machine) -> None:
    for place in (prepared.workspace / "json.py", prepared.workspace / "lib/json.py"):
        place.parent.mkdir(exist_ok=True)
        place.write_text(MODULES_ELSEWHERE)
    poison = {"PYTHONPATH": str(prepared.workspace / "lib"), "PYTHONHOME": "/nowhere"}

    ended = prepared.play("main", **poison, PYTHONIOENCODING="cp1252", PYTHONSTARTUP="json.py")

    assert (ended.code, ended.annotations) == (0, [])
    assert ended.seen
    assert (ended.seen["utf8"], ended.seen["encoding"]) == (1, "utf-8")


def test_its_output_appears_at_once_and_in_utf_8(prepared: Machine) -> None:
    process = prepared.start("main", PLAY="print('✓ ' * 3); time.sleep(30)")
    assert process.stdout

    assert process.stdout.readline() == "✓ ✓ ✓ \n"
    process.send_signal(signal.SIGTERM)
    prepared.ended(process)


@pytest.mark.parametrize("stage", ["main", "post"])
@pytest.mark.parametrize("code", [0, 1, 4, 130])
def test_its_exit_code_is_that_of_the_stage(prepared: Machine, stage: str, code: int) -> None:
    prepared.play("main")

    assert prepared.play(stage, PLAY=f"sys.exit({code})").code == code


def test_a_program_that_is_killed_ends_as_shells_tell_it(prepared: Machine) -> None:
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
    machine.variables |= unreached(NOBODY)

    others = [machine.play("post"), machine.play("main")]

    assert [one.code for one in (first, *others)] == [0, 0, 0]
    assert "The packages were installed in" in first.log
    assert [one.log for one in others] == ["", ""]
    assert machine.environments == [environment]
    assert environment.stat().st_ctime_ns == made
    for one in others:
        assert one.seen
        assert str(one.seen["python"]).startswith(str(environment))


def test_another_lock_gets_an_environment_of_its_own(used: Machine, tmp_path: Path) -> None:
    used.play("main")
    used.lock(wheel(tmp_path / "newer", name="newer"))

    assert used.play("main").code == 0
    assert len(used.environments) == 2


def test_a_wheel_that_is_not_the_one_of_the_lock_is_refused(
    machine: Machine, tmp_path: Path
) -> None:
    machine.lock(tmp_path / "wheels/toy-1.0-py3-none-any.whl", sign="0" * 64)

    ended = machine.play("main")

    assert (ended.code, ended.seen, machine.environments) == (5, None, [])
    assert "DO NOT MATCH THE HASHES" in ended.log


def test_packages_that_cannot_be_imported_are_not_kept(machine: Machine, tmp_path: Path) -> None:
    machine.lock(wheel(tmp_path / "wrong", modules=("jinja2", "urllib3")))

    ended = machine.play("main")

    assert (ended.code, ended.seen, machine.environments) == (5, None, [])
    assert "No module named 'yaml'" in ended.log


def test_wishes_for_other_installations_do_not_change_ours(
    machine: Machine, tmp_path: Path
) -> None:
    wishes = {
        "PIP_TARGET": str(tmp_path / "target"),
        "PIP_PREFIX": str(tmp_path / "prefix"),
        "PIP_USER": "1",
        "PIP_REQUIRE_VIRTUALENV": "1",
        "PIP_NO_BINARY": ":all:",
        "PIP_CONSTRAINT": "/nowhere",
        "PYTHONPATH": str(tmp_path / "wheels"),
    }

    assert machine.play("main", **wishes).code == 0
    assert len(machine.environments) == 1


def test_two_jobs_at_once_do_each_other_no_harm(machine: Machine) -> None:
    jobs = [machine.start("main") for _ in range(3)]

    assert [machine.ended(job).code for job in jobs] == [0, 0, 0]
    assert len(machine.environments) == 1


def test_a_job_that_is_cancelled_meanwhile_leaves_nothing_and_starts_nothing(
    machine: Machine, hanging: str
) -> None:
    process = machine.start("main", **unreached(hanging))
    until(lambda: [one for one in machine.environments if (one / "bin/python").exists()], process)

    process.send_signal(signal.SIGINT)

    ended = machine.ended(process)
    assert (ended.code, ended.seen, machine.environments) == (130, None, [])
    assert machine.play("post").log == ""


def test_what_a_killed_job_leaves_is_in_nobodys_way_and_removed_some_day(
    machine: Machine, hanging: str
) -> None:
    process = machine.start("main", **unreached(hanging))
    until(lambda: [one for one in machine.environments if (one / "bin/python").exists()], process)
    os.killpg(process.pid, signal.SIGKILL)
    machine.ended(process)
    [draft] = machine.environments

    ended = machine.play("main")

    assert ended.code == 0
    assert draft.exists()  # it might be that of a job which still runs
    [environment] = [one for one in machine.environments if one != draft]
    os.utime(draft, (0, 0))
    shutil.rmtree(environment)
    assert machine.play("main").code == 0
    assert machine.environments == [environment]


def test_an_environment_whose_python_has_gone_is_made_anew(used: Machine) -> None:
    used.play("main")
    [environment] = used.environments
    (environment / "bin/python").unlink()

    assert used.play("post").code == used.play("main").code == 0
    assert (environment / "bin/python").exists()


def test_post_finds_a_tool_cache_that_was_emptied_and_goes_on(used: Machine) -> None:
    used.play("main")
    shutil.rmtree(used.cache)

    ended = used.play("post")

    assert ended.code == 0
    assert ended.seen
    assert ended.seen["words"] == ["post"]


def test_a_tool_cache_that_cannot_be_written_to_is_done_without(machine: Machine) -> None:
    shutil.rmtree(machine.cache)
    machine.cache.write_text("a file")

    ended = machine.play("main")

    assert ended.code == 0
    assert ended.seen
    assert str(ended.seen["python"]).startswith(str(machine.temp))


def test_no_folder_at_all_is_said_with_what_to_do(machine: Machine) -> None:
    ended = machine.play("main", RUNNER_TOOL_CACHE="", RUNNER_TEMP="")

    assert ended.code == 5
    [error] = ended.annotations
    assert error.startswith("error: There is no folder for the packages")


# --- a registry that is out of reach ---


def assert_unreached(ended: Ended, level: str) -> None:
    [annotation] = ended.annotations
    what, why, mend = annotation.splitlines()
    assert what.startswith(f"{level}: The packages that this action needs cannot be installed for")
    assert why.startswith("They come from the package registry once for each machine, by pip: ")
    assert mend.startswith("Run the job again; ")
    assert "PIP_INDEX_URL" in mend
    assert ended.seen is None


@pytest.mark.parametrize("phase", ["main", "plan", ""])
def test_main_fails_since_a_build_would_go_on_without_its_name(
    machine: Machine, phase: str
) -> None:
    wishes = unreached(NOBODY) | {"INPUT_PHASE": phase, "INPUT_ON-OUTAGE": "warn"}

    ended = machine.play("main", **wishes)

    assert ended.code == 5
    assert_unreached(ended, "error")
    assert (machine.environments, machine.state.exists()) == ([], False)


@pytest.mark.parametrize(
    ("on_outage", "code", "level"), [("warn", 0, "warning"), ("fail", 5, "error")]
)
def test_a_step_that_only_marks_follows_on_outage(
    machine: Machine, on_outage: str, code: int, level: str
) -> None:
    wishes = unreached(NOBODY) | {"INPUT_PHASE": "deploy", "INPUT_ON-OUTAGE": on_outage}

    ended = machine.play("main", **wishes)

    assert ended.code == code
    assert_unreached(ended, level)
    assert machine.play("post").log == ""


@pytest.mark.parametrize(
    ("on_outage", "code", "level"), [("warn", 0, "warning"), ("fail", 5, "error")]
)
def test_so_does_post_where_the_packages_have_gone(
    used: Machine, on_outage: str, code: int, level: str
) -> None:
    used.play("main")
    shutil.rmtree(used.cache)

    ended = used.play("post", **unreached(NOBODY), **{"INPUT_ON-OUTAGE": on_outage})

    assert ended.code == code
    assert_unreached(ended, level)


# --- finding a Python ---


def test_no_python_is_an_error_with_the_one_line_to_add(machine: Machine) -> None:
    machine.python, machine.path = "", str(machine.folder)
    machine.variables["PATH"] = node_alone(machine)

    main, post = machine.play("main"), machine.play("post")

    assert (main.code, main.seen) == (2, None)
    [error] = main.annotations
    assert error.splitlines() == [
        "error: There is no CPython 3.11 to 3.14 with pip on this machine.",
        "It was looked for in $pythonLocation, as python3, python and py, and in the tool cache.",
        "Put `- {uses: actions/setup-python@v6, with: {python-version: '3.13'}}` before this step.",
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
    used.variables["PATH"] = node_alone(used)

    ended = used.play("post")

    assert ended.code == 0
    [warning] = ended.annotations
    assert warning.startswith("warning: There is no CPython")


def test_the_python_that_the_job_has_chosen_comes_first(machine: Machine) -> None:
    chosen = machine.install(machine.folder / "chosen/bin/python3")
    other = machine.install(machine.folder / "path/python3")
    machine.python, machine.path = str(chosen.parents[1]), f"{other.parent}:/usr/bin:/bin"

    assert machine.play("main").code == 0
    assert set(machine.asked) == {str(chosen)}


@pytest.mark.parametrize(
    "begins",
    [
        pytest.param("exit 3", id="too old"),
        pytest.param("echo 'Unknown option: -I' >&2; exit 2", id="Python 2"),
        pytest.param("exit 9009", id="an advertisement"),
        pytest.param("kill -SEGV $$", id="broken"),
    ],
)
def test_a_python_that_is_none_for_us_is_passed_over(machine: Machine, begins: str) -> None:
    machine.python = ""
    unfit = machine.install(machine.folder / "path/python3", begins=begins)
    fit = machine.install(machine.folder / "path/python")
    machine.path = f"{unfit.parent}:/usr/bin:/bin"

    assert machine.play("main").code == 0
    assert machine.asked[:2] == [str(unfit), str(fit)]


def test_of_the_runners_own_pythons_the_newest_is_taken(machine: Machine) -> None:
    machine.python = ""
    machine.variables["PATH"] = f"{node_alone(machine)}:{tools(machine)}"
    cache = machine.cache / "Python"
    for version in ("3.9.18", "3.12.9", "3.12.10", "3.11.20"):
        machine.install(cache / version / "x64/bin/python3")
    machine.install(cache / "3.13.2/arm64/bin/python3")
    machine.install(cache / "3.14.0/x64-freethreaded/bin/python3")
    machine.install(cache / "3.15.0-alpha.1/x64/bin/python3")

    assert machine.play("main").code == 0
    assert set(machine.asked) == {str(cache / "3.12.10/x64/bin/python3")}


def tools(machine: Machine) -> str:
    """What those scripts are made of, and no Python."""
    folder = machine.folder / "tools"
    folder.mkdir()
    for name in ("sh", "env"):
        (folder / name).symlink_to(shutil.which(name) or "")
    return str(folder)


def test_a_program_in_the_workspace_is_not_taken_for_python(machine: Machine) -> None:
    machine.python = ""
    planted = machine.install(machine.workspace / "python3", begins="exit 0")
    machine.path = f".:{BASE / 'bin'}:/usr/bin:/bin"

    assert machine.play("main").code == 0
    assert str(planted) not in machine.asked
