"""The steps that roll back or pause a release, run as docs/health.md prints them."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from recipes import recipe

HEADINGS = (
    "Roll back a Shorebird patch",
    "Pause a phased release in the App Store",
    "Halt a staged rollout in Google Play",
    "Start a workflow of your own",
)
GOOGLE = "https://androidpublisher.googleapis.com"
RELEASE, PREVIOUS = "shop@1.5.0+28", "shop@1.4.0+27"
_PROGRAM = """#!{python}
import json, os, pathlib, sys
words = [pathlib.Path(sys.argv[0]).name, *sys.argv[1:]]
with open(os.environ["RECORD"], "a") as file:
    file.write(json.dumps(words) + "\\n")
for prefix, answer in json.loads(os.environ["ANSWERS"]):
    if words[: len(prefix)] == prefix:
        print(json.dumps(answer))
"""


def steps_after(heading: str) -> list[Mapping[str, Any]]:
    """The steps behind the one that evaluates the health."""
    (job,) = recipe(heading).workflow["jobs"].values()
    first, *others = job["steps"]
    assert first["id"] == "health"
    return list(others)


@dataclass(frozen=True, kw_only=True)
class Machine:
    """A runner with recording programs; `play` returns the exit code and their arguments."""

    folder: Path
    answers: list[tuple[list[str], Any]] = field(default_factory=list)

    def play(self, heading: str, *, script: str | None = None) -> tuple[int, list[list[str]]]:
        step = steps_after(heading)[-1]
        tools, record = self.folder / "tools", self.folder / "record"
        tools.mkdir()
        for name in ("shorebird", "app-store-connect", "pipx", "gh"):
            (tools / name).write_text(_PROGRAM.format(python=sys.executable))
            (tools / name).chmod(0o755)
        values = {
            "steps.health.outputs.release": RELEASE,
            "steps.health.outputs.previous-release": PREVIOUS,
        }
        env = {
            name: re.sub(r"\$\{\{ (.*?) \}\}", lambda found: values.get(found[1], "x"), text)
            for name, text in step["env"].items()
        }
        done = subprocess.run(  # noqa: S603 - the printed script, with programs of our own
            ["/bin/bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script or step["run"]],
            env=env
            | {
                "PATH": f"{tools}:{os.environ['PATH']}",
                "RECORD": str(record),
                "ANSWERS": json.dumps(self.answers),
            },
            cwd=self.folder,
            check=False,
            capture_output=True,
            timeout=60,
        )
        lines = record.read_text().splitlines() if record.exists() else []
        return done.returncode, [json.loads(line) for line in lines]


@pytest.mark.parametrize("heading", HEADINGS)
def test_every_step_runs_only_if_a_gate_failed(heading: str) -> None:
    for step in steps_after(heading):
        assert step["if"].startswith("failure() && steps.health.outputs.healthy == 'false'")


def patch(number: int, *, rolled_back: bool = False, channel: str = "stable") -> dict[str, Any]:
    return {"number": number, "is_rolled_back": rolled_back, "channel": channel}


def test_the_newest_patch_of_the_release_is_rolled_back(tmp_path: Path) -> None:
    listed = [patch(1), patch(2), patch(3, rolled_back=True), patch(4, channel="staging")]
    found = {"status": "success", "data": {"patches": listed}}
    machine = Machine(folder=tmp_path, answers=[(["shorebird", "patches", "list"], found)])

    code, commands = machine.play("Roll back a Shorebird patch")

    assert code == 0
    at = ["--release-version", "1.5.0+28"]
    assert commands == [
        ["shorebird", "patches", "list", *at, "--json"],
        ["shorebird", "patches", "rollback", *at, "--patch-number", "2"],
    ]


def test_without_a_patch_nothing_is_rolled_back_and_the_step_fails(tmp_path: Path) -> None:
    found = {"status": "success", "data": {"patches": [patch(1, rolled_back=True)]}}
    machine = Machine(folder=tmp_path, answers=[(["shorebird", "patches", "list"], found)])

    code, commands = machine.play("Roll back a Shorebird patch")

    assert code != 0
    assert [words[2] for words in commands] == ["list"]


def test_the_phased_release_of_this_version_is_paused(tmp_path: Path) -> None:
    program = "app-store-connect"
    machine = Machine(
        folder=tmp_path,
        answers=[
            ([program, "apps", "app-store-versions"], [{"id": "v-1"}]),
            ([program, "app-store-versions", "phased-release", "v-1"], {"id": "p-1"}),
        ],
    )

    code, commands = machine.play("Pause a phased release in the App Store")

    assert code == 0
    of_app = ["apps", "app-store-versions", "1234567890", "--version-string", "1.5.0", "--json"]
    assert commands == [
        ["pipx", "install", "codemagic-cli-tools==0.70.0"],
        [program, *of_app],
        [program, "app-store-versions", "phased-release", "v-1", "--json"],
        [program, "app-store-version-phased-releases", "set-state", "p-1", "--state", "PAUSED"],
    ]


def test_a_version_that_the_app_store_does_not_know_pauses_nothing(tmp_path: Path) -> None:
    program = ["app-store-connect", "apps", "app-store-versions"]
    machine = Machine(folder=tmp_path, answers=[(program, [])])

    code, commands = machine.play("Pause a phased release in the App Store")

    assert code != 0
    assert len(commands) == 2


def test_the_workflow_gets_the_release_to_return_to(tmp_path: Path) -> None:
    code, commands = Machine(folder=tmp_path).play("Start a workflow of your own")

    assert code == 0
    assert commands == [["gh", "workflow", "run", "rollback.yml", "--field", f"release={PREVIOUS}"]]


@dataclass(frozen=True, kw_only=True)
class Play:
    """Google's publishing API with one track, and what was sent to it."""

    url: str
    status: str
    requests: list[tuple[str, str, Any]] = field(default_factory=list)


@contextmanager
def google_play(status: str) -> Iterator[Play]:
    """Serve the edits of an app whose newest release on the production track has this status."""
    releases = [
        {"name": "1.5.0", "versionCodes": ["28"], "status": status, "userFraction": 0.1},
        {"name": "1.4.0", "versionCodes": ["27"], "status": "completed"},
    ]

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            assert self.headers["Authorization"] == "Bearer x"
            play.requests.append((self.command, self.path, json.loads(body) if body else None))
            is_track = self.path.endswith("tracks/production")
            answer = {"track": "production", "releases": releases} if is_track else {"id": "e-1"}
            raw = json.dumps(answer).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        do_GET = do_POST = do_PUT = _answer  # noqa: N815 - http.server's names

        def log_message(self, *_: object) -> None:
            """Keep the output of the tests clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    play = Play(url=f"http://127.0.0.1:{server.server_port}", status=status)
    Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield play
    finally:
        server.shutdown()
        server.server_close()


def halt(tmp_path: Path, play: Play) -> int:
    heading = "Halt a staged rollout in Google Play"
    script = steps_after(heading)[-1]["run"]
    assert script.count(GOOGLE) == 1
    return Machine(folder=tmp_path).play(heading, script=script.replace(GOOGLE, play.url))[0]


def test_the_rollout_is_halted_and_the_other_release_stays(tmp_path: Path) -> None:
    with google_play("inProgress") as play:
        assert halt(tmp_path, play) == 0

    edits = "/androidpublisher/v3/applications/com.example.shop/edits"
    assert [(method, path) for method, path, _ in play.requests] == [
        ("POST", edits),
        ("GET", f"{edits}/e-1/tracks/production"),
        ("PUT", f"{edits}/e-1/tracks/production"),
        ("POST", f"{edits}/e-1:commit"),
    ]
    sent = play.requests[2][2]["releases"]
    assert [(one["name"], one["status"]) for one in sent] == [
        ("1.5.0", "halted"),
        ("1.4.0", "completed"),
    ]
    assert sent[0]["userFraction"] == 0.1


def test_without_a_rollout_in_progress_nothing_is_changed_and_the_step_fails(
    tmp_path: Path,
) -> None:
    with google_play("completed") as play:
        assert halt(tmp_path, play) != 0

    assert [method for method, _, _ in play.requests] == ["POST", "GET"]
