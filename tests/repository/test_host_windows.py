"""What a Windows runner would get, as far as it can be tested on Linux."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

import pytest

from host import environment, installing, making
from job import ROOT, Job
from sentry_release.ci.context import Context
from sentry_release.cli.arguments import is_post_step
from sentry_release.config.input_reader import InputReader
from sentry_release.errors import WorkflowError

CACHE = r"C:\hostedtoolcache\windows"
PYTHONS = CACHE + r"\Python"
FLUTTER = ROOT / "tests/fixtures/flutter"


# --- launch.js, which believes to be on Windows ---


@dataclass(frozen=True, slots=True, kw_only=True)
class Launched:
    """Which programs were started, in order, and what else was done."""

    code: int
    log: str
    calls: list[dict[str, Any]]

    @property
    def programs(self) -> list[list[str]]:
        """Each call with the arguments before those of the action."""
        found = [one for one in self.calls if "program" in one]
        return [[one["program"], *_before("-I", one["words"])] for one in found]


def _before(word: str, words: list[str]) -> list[str]:
    return words[: words.index(word)]


def launched(folder: Path, stage: str = "main", **played: object) -> Launched:
    calls = folder / "calls"
    calls.write_text("")
    played = {"codes": [], "said": "", "versions": [], "existing": [], "signal": ""} | played
    done = subprocess.run(  # noqa: S603 - a list, no shell
        [
            shutil.which("node") or "node",
            str(ROOT / "tests/fixtures/host/on_windows.js"),
            str(ROOT / "host/launch.js"),
            stage,
            json.dumps(played),
        ],
        env={
            "CALLS": str(calls),
            "RUNNER_TOOL_CACHE": CACHE,
            "RUNNER_ARCH": "X64",
            "GITHUB_STATE": r"D:\a\_temp\_runner_file_commands\save_state_1",
            "pythonLocation": PYTHONS + r"\3.13.1\x64",
            **(
                {"STATE_PYTHON": str(played["state"]), "STATE_BASE": r"C:\base\python.exe"}
                if "state" in played
                else {}
            ),
        },
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.stderr == ""
    lines = calls.read_text("utf-8").splitlines()
    return Launched(code=done.returncode, log=done.stdout, calls=[json.loads(one) for one in lines])


def test_a_python_is_looked_for_where_windows_has_it(tmp_path: Path) -> None:
    versions = ["3.9.13", "3.12.10", "3.12.9", "3.13.1.complete"]
    codes = ["ENOENT", 9009, "ENOENT", 103, 1, 3, 3]

    found = launched(tmp_path, codes=codes, versions=versions, existing=[PYTHONS])

    assert found.programs == [
        [PYTHONS + r"\3.13.1\x64\python.exe"],
        ["python3"],
        ["python"],
        ["py", "-3"],
        [PYTHONS + r"\3.12.10\x64\python.exe"],
        [PYTHONS + r"\3.12.9\x64\python.exe"],
        [PYTHONS + r"\3.9.13\x64\python.exe"],
    ]
    assert found.code == 2
    assert "actions/setup-python" in found.log
    # Windows would look for `python3.exe` in the current folder, which is the job's.
    assert {one["cwd"] for one in found.calls} == {str(ROOT / "host")}


def test_the_program_is_started_with_the_python_that_was_made_ready(tmp_path: Path) -> None:
    python = r"C:\hosted tool cache\sentry-release-flutter\1.0.0\py\Scripts\python.exe"

    ended = launched(tmp_path, codes=[0, 7], said=f"{python}\r\n{CACHE}\\python.exe\r\n")

    evaluated, saved, program = ended.calls
    assert evaluated["words"][-1] == "main"
    assert saved["text"].splitlines() == [f"PYTHON={python}", f"BASE={CACHE}\\python.exe"]
    assert program["program"] == python
    assert program["words"][-2].endswith("entrypoint.py")
    assert program["words"][-1] == "main"
    assert program.get("cwd") is None
    assert ended.code == 7


def test_post_takes_the_same_python(tmp_path: Path) -> None:
    python = r"C:\hosted tool cache\py\Scripts\python.exe"

    ended = launched(tmp_path, "post", codes=[0, 0], said=f"{python}\r\nbase", state=python)

    assert ended.programs == [[r"C:\base\python.exe"], [python]]
    assert [one["words"][-1] for one in ended.calls] == ["post", "post"]
    assert ended.calls[0]["words"][-2].endswith("environment.py")
    assert ended.code == 0


@pytest.mark.parametrize("signal", ["SIGINT", "SIGBREAK"])
def test_the_console_delivers_a_cancellation_to_both_processes(tmp_path: Path, signal: str) -> None:
    python = r"C:\py\Scripts\python.exe"

    ended = launched(tmp_path, "post", codes=[130], state=python, existing=[python], signal=signal)

    assert [one for one in ended.calls if "killed" in one] == []
    assert ended.code == 130


# --- environment.py ---


def test_the_python_of_an_environment_lies_where_windows_puts_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("os.name", "nt")

    place: Any = PureWindowsPath(r"C:\tool cache\one")
    found: Any = environment.python_path(place)

    assert found == PureWindowsPath(r"C:\tool cache\one\Scripts\python.exe")


def test_paths_stay_shorter_than_windows_allows() -> None:
    """260 characters with the drive; the name is the longest one in any package."""
    maximum = 105 + len("__pycache__") + len(".cpython-314") + len(r"Lib\site-packages")
    name = "python3.14.10-win-amd64-" + "0" * 10
    place = PureWindowsPath(CACHE) / environment.NAME / "10.10.10" / name

    assert (
        len(environment.environment_name(environment.LOCK))
        <= len("python3.14.10-macosx-10.13-universal2-") + 10
    )
    assert len(str(place)) + maximum < 260


@pytest.mark.parametrize(
    ("platform", "version", "fits"),
    [
        ("win-amd64", (3, 11), True),
        ("win-arm64", (3, 11), False),
        ("win-arm64", (3, 12), True),
        ("macosx-10.13-universal2", (3, 14), True),
        ("linux-x86_64", (3, 10), False),
        ("linux-x86_64", (3, 15), False),
    ],
)
def test_a_python_for_which_a_package_has_no_wheel_is_none_for_us(
    monkeypatch: pytest.MonkeyPatch, platform: str, version: tuple[int, int], *, fits: bool
) -> None:
    monkeypatch.setattr("sysconfig.get_platform", lambda: platform)
    monkeypatch.setattr("sys.version_info", (*version, 0, "final", 0))

    assert environment.is_supported() is fits


@pytest.mark.parametrize(
    ("suffix", "fits"),
    [
        (".cp313-win_amd64.pyd", True),
        (".cpython-313-darwin.so", True),
        (".cpython-312-x86_64-linux-musl.so", True),
        (".cp313t-win_amd64.pyd", False),
        (".cpython-313t-x86_64-linux-gnu.so", False),
        (".pypy311-pp73-x86_64-linux-gnu.so", False),
    ],
)
def test_a_python_of_another_make_or_without_the_global_lock_has_no_wheels(
    monkeypatch: pytest.MonkeyPatch, suffix: str, *, fits: bool
) -> None:
    monkeypatch.setattr(environment, "EXTENSION_SUFFIXES", [suffix])

    assert environment.is_supported() is fits


def test_pip_learns_how_to_reach_the_registry_and_no_secret() -> None:
    secrets = {"INPUT_AUTH-TOKEN": "t", "SENTRY_AUTH_TOKEN": "t", "GITHUB_TOKEN": "t"}
    secrets |= {"INPUT_NOTIFY-URLS": "t", "ACTIONS_RUNTIME_TOKEN": "t", "STATE_HANDOVER": "t"}
    reaching = {"PIP_INDEX_URL": "i", "PIP_CERT": "c", "HTTPS_PROXY": "p", "SSL_CERT_FILE": "s"}
    options = {
        "PIP_CONFIG_FILE": "w",
        "PIP_REQUIREMENT": "w",
        "PIP_TARGET": "w",
        "Pip_Prefix": "w",
        "PYTHONPATH": "w",
        "PYTHONHOME": "w",
    }

    values = installing.pip_variables({**secrets, **reaching, **options, "PATH": "/bin"})

    own = {"PIP_CONFIG_FILE": os.devnull, "PYTHONUTF8": "1"}
    assert values == {**reaching, **own, "PATH": "/bin"}


def test_a_file_that_is_held_open_for_a_moment_only_delays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As those do who look for viruses in what has just been written."""
    draft, place, waited = tmp_path / ".draft", tmp_path / "place", []
    draft.mkdir()
    held = (tmp_path / "held", tmp_path / "held/file")

    def wait(seconds: float) -> None:
        waited.append(seconds)
        if len(waited) == 2:
            held[0].rename(draft)

    draft.rename(held[0])  # it cannot be renamed while it is not there
    monkeypatch.setattr("time.sleep", wait)

    assert making.rename_draft(draft, place, environment.LOCK) == place
    assert place.is_dir()
    assert len(waited) == 2


# --- the program ---


def test_what_main_left_is_found_where_all_names_are_in_capitals() -> None:
    environ = {"STATE_handover".upper(): '{"release": "shop@1"}'}

    assert Context.from_env(environ, {}).post_state == '{"release": "shop@1"}'


def test_every_variable_that_is_read_has_a_name_in_capitals() -> None:
    """Windows has no others; proxies alone are read in both, as everywhere."""
    named = re.compile(r"""environ(?:\.get\(|\[)\s*f?["']([^"'{}]+)["']""")
    found = {
        name
        for file in (ROOT / "src").rglob("*.py")
        for name in named.findall(file.read_text("utf-8"))
    }

    assert {name for name in found if name != name.upper()} <= {"no_proxy"}
    assert "GITHUB_EVENT_PATH" in found


@pytest.mark.parametrize(
    ("program", "post"),
    [
        (["/action/main"], False),
        (["/action/post"], True),
        ([r"D:\a\_actions\appcrew\sentry-release-flutter\v1\entrypoint.py"], False),
        ([r"D:\a\_actions\appcrew\sentry-release-flutter\v1\entrypoint.py", "post"], True),
        (["sentry-release", "name", "post"], False),
    ],
)
def test_the_post_stage_is_known_by_its_name_or_by_its_word(
    program: list[str], *, post: bool
) -> None:
    assert is_post_step(program) is post


def test_a_mistake_that_post_meets_on_a_host_does_not_fail_the_job(job: Job) -> None:
    """Main reported the inputs that cannot be read, and failed the job."""
    environ = job.environ | {"INPUT_ENV-FILE": "nowhere.env"}
    command = [sys.executable, str(ROOT / "entrypoint.py"), "post"]

    done = subprocess.run(command, env=environ, capture_output=True, check=False)  # noqa: S603 - a list

    assert done.returncode == 0
    assert done.stdout.startswith(b"::warning ")


@pytest.mark.parametrize(
    ("text", "read"),
    [
        (r"apps\shop", "apps/shop"),
        (r".\apps\shop" + "\\", "apps/shop"),
        ("apps/shop", "apps/shop"),
        (r"Apps With Spaces\Shop", "Apps With Spaces/Shop"),
    ],
)
def test_backslashes_part_folders(text: str, read: str) -> None:
    found = InputReader({"INPUT_WORKING-DIRECTORY": text}).read_path("working-directory")

    assert found == PurePosixPath(read)


@pytest.mark.parametrize(
    "path",
    [
        r"C:\Users\runner\app",
        "c:/app",
        "D:app",
        r"\\server\share\app",
        "//server/share",
        r"\app",
        r"..\app",
        r"apps\..\..\app",
    ],
)
def test_drives_and_shares_are_no_paths_of_the_workspace(path: str) -> None:
    reader = InputReader({"INPUT_DART-DEFINES-FILE": path})

    reader.read_path("dart-defines-file")

    with pytest.raises(WorkflowError, match="for `dart-defines-file`: it leads out"):
        reader.raise_errors()


def program(*words: str, folder: Path, env: Mapping[str, str]) -> bytes:
    """What the program prints when it is started as a developer would, into a pipe."""
    command = [sys.executable, str(ROOT / "entrypoint.py"), *words]
    environ = {"PATH": os.environ["PATH"], "GITHUB_WORKSPACE": str(folder), **env}
    done = subprocess.run(command, env=environ, capture_output=True, check=True)  # noqa: S603 - a list
    return done.stdout


@pytest.mark.parametrize(
    "encoding",
    [
        "cp1252",
        "utf-8:strict",
        *(pytest.param(one, marks=pytest.mark.large) for one in ("cp437", "ascii")),
    ],
)
def test_a_pipe_of_any_code_page_gets_utf_8(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "pubspec.yaml").write_text("name: shop\nversion: 1.4.0+27\n")
    name = "läden@1.0.0 ✓ 店"

    output = program(
        "name", "--json", "--release", name, folder=tmp_path, env={"PYTHONIOENCODING": encoding}
    )

    assert json.loads(output.decode("utf-8"))["release"] == name


def test_a_character_that_is_none_does_not_break_the_log(tmp_path: Path) -> None:
    (tmp_path / "pubspec.yaml").write_text("name: shop\nversion: 1.4.0+27\n")

    command = [sys.executable, str(ROOT / "entrypoint.py"), os.fsdecode(b"na\xffme")]
    done = subprocess.run(command, env={}, capture_output=True, check=False)  # noqa: S603 - a list

    assert done.returncode == 2
    assert rb"na\udcffme" in done.stderr


@pytest.mark.parametrize("app", ["shop", "apple/shop"])
def test_an_app_that_git_checked_out_with_the_line_ends_of_windows_has_the_same_names(
    tmp_path: Path, app: str
) -> None:
    places = {ends: tmp_path / f"{ends} é" / "apps" / "the shop" for ends in ("lf", "crlf")}
    for place in places.values():
        shutil.copytree(FLUTTER / app, place)
        if not (place / "pubspec.yaml").exists():
            (place / "pubspec.yaml").write_text("name: shop\nversion: 1.4.0+27\n")
    for file in filter(Path.is_file, places["crlf"].rglob("*")):
        content = file.read_bytes()
        if b"\0" not in content:
            file.write_bytes(content.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))

    outputs = {
        ends: json.loads(
            program(
                "name",
                "--json",
                "--working-directory",
                r"apps\the shop",
                folder=place.parents[1],
                env={},
            )
        )
        for ends, place in places.items()
    }

    assert outputs["crlf"] == outputs["lf"]
    assert outputs["lf"]["release"]


def test_what_is_written_has_the_same_bytes_everywhere(job: Job) -> None:
    job.main(dry_run="true")

    folder = job.workspace / ".sentry-release"
    assert {file.name for file in folder.iterdir()} == {".gitignore", "dart-defines.json"}
    assert all(b"\r" not in file.read_bytes() for file in folder.iterdir())
