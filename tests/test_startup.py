"""What every job pays for: what is imported, how often Sentry is asked, who waits for whom."""

import json
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from sentry_release.doors.real_clock import real_clock
from sentry_release.doors.sentry.knocking import knocked
from stage import ROOT
from standin import Entry, StandIn
from startup import LIST, played

Played = tuple[Mapping[str, list[str]], tuple[Entry, ...]]


@pytest.fixture(scope="module")
def job(tmp_path_factory: pytest.TempPathFactory) -> Played:
    """A push, as whole processes."""
    return played(tmp_path_factory.mktemp("startup"))


@pytest.mark.parametrize("phase", ["main", "post"])
def test_a_phase_imports_what_is_on_the_list_and_nothing_else(job: Played, phase: str) -> None:
    """`PYTHONPATH=src:lab:tests .venv/bin/python tests/startup.py` renews it; think before."""
    assert job[0][phase] == json.loads(LIST.read_text())[phase]


@pytest.mark.parametrize("phase", ["main", "post"])
def test_a_job_with_the_integration_imports_no_second_http_client(job: Played, phase: str) -> None:
    roots = {name.partition(".")[0] for name in job[0][phase]}

    assert roots & {"urllib3", "requests", "github", "apprise", "semver", "dotenv"} == set()


def test_post_reads_no_yaml(job: Played) -> None:
    assert "yaml" not in job[0]["post"]


def test_a_job_asks_four_times_over_two_connections(job: Played) -> None:
    entries = job[1]

    assert [entry.method for entry in entries] == ["GET", "POST", "PUT", "POST"]
    assert [entry.connection for entry in entries] == [1, 1, 2, 2]


@pytest.mark.parametrize(
    ("argv", "environ"),
    [
        pytest.param(["/action/main"], {}, id="without a token"),
        pytest.param(["/action/main", "name"], {"SENTRY_AUTH_TOKEN": "t"}, id="for a name alone"),
        pytest.param(
            ["/action/post"],
            {"SENTRY_AUTH_TOKEN": "t", "INPUT_JOB-STATUS": "failure"},
            id="after a job that failed",
        ),
        pytest.param(
            ["/action/main"],
            {"SENTRY_AUTH_TOKEN": "t", "SENTRY_URL": "ftp://sentry.example"},
            id="at an address that is none",
        ),
        pytest.param(
            ["/action/main"],
            {"SENTRY_AUTH_TOKEN": "t", "SENTRY_URL": "https://sentry.example:99999"},
            id="at a port that is none",
        ),
        pytest.param(
            ["/action/main"],
            {"SENTRY_AUTH_TOKEN": "t", "HTTPS_PROXY": "http://proxy:port"},
            id="by a proxy that is none",
        ),
    ],
)
def test_nobody_knocks_at_sentry_without_a_reason(argv: list[str], environ: dict[str, str]) -> None:
    assert knocked(argv, environ) is None


def test_nothing_is_said_by_knocking() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        knock = knocked(["/action/main"], {"SENTRY_AUTH_TOKEN": "t", "SENTRY_URL": url})
        assert knock is not None
        knock.errand.result(5, real_clock().alarm)
        knock.abandon()
        heard, _ = server.accept()

        with heard:
            assert heard.recv(1) == b""


def test_one_knocks_where_the_organization_token_was_made() -> None:
    with StandIn() as sentry:
        knock = knocked(["/action/main"], {"SENTRY_AUTH_TOKEN": sentry.organization_token})
        assert knock is not None
        knock.abandon()

        assert knock.root == sentry.url


@pytest.mark.parametrize(
    "token", ["sntrys_", "sntrys_é", "sntrys_e30_x", "sntrys_a_b_c", "sntryu_x"]
)
def test_a_token_that_names_no_server_is_one_for_sentry_io(
    token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: [])
    knock = knocked(["/action/main"], {"SENTRY_AUTH_TOKEN": token})

    assert knock is not None
    assert knock.root == "https://sentry.io"


def test_dataclasses_made_of_what_was_compiled_before_are_the_same(tmp_path: Path) -> None:
    recording = "codes = ready_made.record()"
    keeping = f"ready_made.keep(codes, pathlib.Path({str(tmp_path)!r}))"
    using = f"ready_made.use({str(tmp_path)!r})"

    first = _release(recording, after=keeping)
    second = _release(using)
    plain = _release("")

    assert first == second == plain
    assert list(tmp_path.iterdir()) != []


def _release(before: str, after: str = "") -> str:
    lines = (
        "import pathlib, sys",
        f"sys.path.insert(0, {str(ROOT / 'src')!r})",
        "from sentry_release.doors import ready_made",
        before,
        "from sentry_release.words.release import Release",
        after,
        "one, other = Release(name='a@1'), Release(name='a@1')",
        "print(one, one == other, hash(one) == hash(other))",
        "try:\n    one.name = 'b'\nexcept Exception as error:\n    print(type(error).__name__)",
    )
    command = [sys.executable, "-c", "\n".join(lines)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout  # noqa: S603 - a list, no shell


def test_the_image_installs_the_same_pins_without_what_only_others_need() -> None:
    whole, image = (_pins(ROOT / f"requirements{name}.txt") for name in ("", "-image"))

    assert image.items() <= whole.items()
    assert whole.keys() - image.keys() == {"cryptography", "pycparser"}


def _pins(file: Path) -> dict[str, str]:
    lines = (line for line in file.read_text().splitlines() if "==" in line)
    return {line.partition("==")[0]: line.partition("==")[2].split()[0] for line in lines}
