"""The packages of the action without Docker: made ready by pip, kept, shared, and out of reach."""

import os
import re
import shutil
import signal
import socket
import sys
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from zipfile import ZipFile

import pytest

from machine import NO_AUTHOR, Ended, Machine, unreached, until, wheel


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine.fresh(tmp_path)


@pytest.fixture(scope="module")
def _prepared(tmp_path_factory: pytest.TempPathFactory) -> Machine:
    machine = Machine.fresh(tmp_path_factory.mktemp("machine"))
    assert machine.play("main").code == 0
    return machine


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


# --- an environment for each lock ---


def test_another_lock_gets_an_environment_of_its_own(used: Machine, tmp_path: Path) -> None:
    used.play("main")
    used.lock(wheel(tmp_path / "newer", name="newer"))

    assert used.play("main").code == 0
    assert len(used.environments) == 2


def test_packages_that_cannot_be_imported_are_not_kept(machine: Machine, tmp_path: Path) -> None:
    machine.lock(wheel(tmp_path / "wrong", modules=("jinja2", "urllib3")))

    ended = machine.play("main")

    assert (ended.code, ended.observed, machine.environments) == (5, None, [])
    assert "No module named 'yaml'" in ended.log


def test_settings_for_other_installations_do_not_change_this_one(
    machine: Machine, tmp_path: Path
) -> None:
    options = {
        "PIP_TARGET": str(tmp_path / "target"),
        "PIP_PREFIX": str(tmp_path / "prefix"),
        "PIP_USER": "1",
        "PIP_REQUIRE_VIRTUALENV": "1",
        "PIP_NO_BINARY": ":all:",
        "PIP_CONSTRAINT": "/nowhere",
        "PYTHONPATH": str(tmp_path / "wheels"),
    }

    assert machine.play("main", **options).code == 0
    assert len(machine.environments) == 1


@pytest.mark.parametrize("where", ["PIP_CONFIG_FILE", "HOME", "XDG_CONFIG_HOME"])
def test_settings_of_pip_install_nothing(machine: Machine, tmp_path: Path, where: str) -> None:
    hostile_text = wheel(tmp_path / "evil", name="evil", modules=("evil",))
    (tmp_path / "more.txt").write_text(f"evil @ {hostile_text.as_uri()}\n")
    settings = f"[install]\nrequirement = {tmp_path / 'more.txt'}\n"
    settings += f"[global]\nno-require-hashes = true\nfind-links = {hostile_text.parent}\n"
    for name in ("pip.conf", ".pip/pip.conf", ".config/pip/pip.conf", "pip/pip.conf"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(settings)
    value = tmp_path / "pip.conf" if where == "PIP_CONFIG_FILE" else tmp_path
    machine.variables |= {"PIP_CONFIG_FILE": "", where: str(value)}

    assert machine.play("main").code == 0

    [environment] = machine.environments
    assert list(environment.rglob("evil*")) == []


def packages(environment: Path) -> Path:
    """Where the packages of an environment lie."""
    [found] = environment.glob("lib/python3*/site-packages")
    return found


def plant_pth(environment: Path) -> None:
    (packages(environment) / "evil.pth").write_text("import os; os._exit(42)\n")


def plant_module(environment: Path) -> None:
    (packages(environment) / "sitecustomize.py").write_text("raise SystemExit(42)\n")


def plant_change(environment: Path) -> None:
    with (packages(environment) / "yaml.py").open("a") as file:
        file.write("raise SystemExit(42)\n")


def plant_change_in_record(environment: Path) -> None:
    plant_change(environment)
    content = (packages(environment) / "yaml.py").read_bytes()
    sign = urlsafe_b64encode(sha256(content).digest()).decode().rstrip("=")
    [record] = packages(environment).glob("*.dist-info/RECORD")
    lines = [line for line in record.read_text().splitlines() if not line.startswith("yaml.py,")]
    record.write_text("\n".join([*lines, f"yaml.py,sha256={sign},{len(content)}", ""]))


def plant_wheel(environment: Path) -> None:
    [kept] = (environment / "wheels").iterdir()
    with ZipFile(kept, "a") as archive:
        archive.writestr("evil.py", "")


def plant_bytecode(environment: Path) -> None:
    folder = packages(environment) / "__pycache__"
    folder.mkdir()
    (folder / f"yaml.{sys.implementation.cache_tag}.pyc").write_bytes(b"evil")


def plant_interpreter(environment: Path) -> None:
    python = environment / "bin/python"
    python.unlink()
    python.write_text("#!/bin/sh\nexit 42\n")
    python.chmod(0o755)


def plant_settings(environment: Path) -> None:
    file = environment / "pyvenv.cfg"
    file.write_text(file.read_text().replace("= false", "= true"))


def plant_home(environment: Path) -> None:
    file = environment / "pyvenv.cfg"
    file.write_text(re.sub(r"home = .*", f"home = {environment}", file.read_text()))


PLANTED = [
    plant_pth, plant_module, plant_change, plant_change_in_record, plant_wheel, plant_bytecode,
    plant_interpreter, plant_settings, plant_home,
]  # fmt: skip


@pytest.mark.parametrize("plant", PLANTED, ids=lambda plant: plant.__name__)
@pytest.mark.parametrize("stage", ["main", "post"])
def test_what_was_planted_in_the_tool_cache_is_not_executed(
    used: Machine, plant: Callable[[Path], None], stage: str
) -> None:
    used.play("main")
    [environment] = used.environments
    plant(environment)

    ended = used.play(stage)

    assert ended.code == 0, ended.log
    assert ended.observed
    assert "Installed the packages in" in ended.log
    assert find_difference_of(used) == []


def find_difference_of(machine: Machine) -> list[str]:
    """What is planted and still in the place that jobs take."""
    places = [one for one in machine.environments if not one.name.startswith(".")]
    return [str(one) for place in places for one in place.rglob("*") if "evil" in one.name]


def test_an_unchanged_environment_is_used_again(used: Machine) -> None:
    used.play("main")

    assert [used.play(stage).log for stage in ("main", "post", "main")] == ["", "", ""]


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
    assert (ended.code, ended.observed, machine.environments) == (130, None, [])
    assert machine.play("post").log == ""


def test_what_a_killed_job_leaves_disturbs_nothing_and_is_removed_later(
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


def test_an_environment_without_its_python_is_created_again(used: Machine) -> None:
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
    assert ended.observed
    assert ended.observed["words"] == ["post"]


def test_a_tool_cache_that_cannot_be_written_to_is_done_without(machine: Machine) -> None:
    shutil.rmtree(machine.cache)
    machine.cache.write_text("a file")

    ended = machine.play("main")

    assert ended.code == 0
    assert ended.observed
    assert str(ended.observed["python"]).startswith(str(machine.temp))


# --- a registry that is out of reach ---


def assert_unreached(ended: Ended, level: str) -> None:
    [annotation] = ended.annotations
    message, reason, hint = annotation.splitlines()
    assert message.startswith(f"{level}: The packages of this action cannot be installed for")
    assert reason.startswith("pip installs them from the package registry once per machine: ")
    assert hint.startswith("Run the job again. ")
    assert "PIP_INDEX_URL" in hint
    assert ended.observed is None


def test_main_fails_since_a_build_would_go_on_without_its_name(machine: Machine) -> None:
    options = unreached(NO_AUTHOR) | {"INPUT_ON-OUTAGE": "warn"}

    ended = machine.play("main", **options)

    assert ended.code == 5
    assert_unreached(ended, "error")
    assert (machine.environments, machine.state.exists()) == ([], False)


@pytest.mark.parametrize(
    ("on_outage", "code", "level"), [("warn", 0, "warning"), ("fail", 5, "error")]
)
def test_a_step_that_only_marks_follows_on_outage(
    machine: Machine, on_outage: str, code: int, level: str
) -> None:
    ended = machine.play("deploy", **unreached(NO_AUTHOR), **{"INPUT_ON-OUTAGE": on_outage})

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

    ended = used.play("post", **unreached(NO_AUTHOR), **{"INPUT_ON-OUTAGE": on_outage})

    assert ended.code == code
    assert_unreached(ended, level)
