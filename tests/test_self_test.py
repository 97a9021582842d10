"""What self-test.yml trusts: the stand-in in the job, its judgement, and the verdict on the run."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from self_test.claims import CLAIMS
from self_test.ledger import Asked
from self_test.verdict import ON_PURPOSE, complaints
from stage import ROOT

ACTION = ROOT / ".github/actions/sentry"
NODE = shutil.which("node") or "node"
JUDGE = "Every promise is kept"
_FILES = ("GITHUB_ENV", "GITHUB_STATE")

OPEN = Asked(method="POST", path="/api/0/organizations/acme/releases/", body={}, status=201)
DATE = Asked(
    method="PUT",
    path="/api/0/organizations/acme/releases/shop%401/",
    body={"dateReleased": "2026-03-01T12:00:00Z"},
    status=200,
)
DEPLOY = Asked(
    method="POST",
    path="/api/0/organizations/acme/releases/shop%401/deploys/",
    body={"environment": "production"},
    status=201,
)
LOOK = Asked(method="GET", path="/api/0/organizations/acme/releases/", body=None, status=404)
REFUSED = Asked(method="POST", path="/api/0/organizations/acme/releases/", body={}, status=401)
LOST = Asked(method="POST", path=DEPLOY.path, body={}, status=None)


# claims


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("deployed", [LOOK, OPEN, DATE, DEPLOY]),
        ("deployed", [OPEN, DATE, LOST, DEPLOY]),
        ("staged", [OPEN, DEPLOY]),
        ("opened", [LOOK, OPEN]),
        ("unchanged", [LOOK]),
        ("refused", [REFUSED]),
        ("unasked", []),
    ],
)
def test_a_claim_holds_of_a_job_that_keeps_its_promise(name: str, asked: list[Asked]) -> None:
    assert CLAIMS[name](asked) is None


@pytest.mark.parametrize(
    ("name", "asked", "wrong"),
    [
        ("deployed", [OPEN, DATE], "0 deploys"),
        ("deployed", [OPEN, DATE, DEPLOY, DEPLOY], "2 deploys"),
        ("deployed", [OPEN, DEPLOY], "not finalized"),
        ("deployed", [DATE, DEPLOY], "not opened"),
        ("staged", [OPEN, DATE, DEPLOY], "finalized"),
        ("opened", [OPEN, DEPLOY], "1 deploys"),
        ("opened", [OPEN, DATE], "finalized"),
        ("opened", [LOOK], "not opened"),
        ("unchanged", [LOOK, OPEN], "POST"),
        ("unchanged", [], "nothing was asked"),
        ("refused", [REFUSED, LOOK, OPEN], "201"),
        ("refused", [], "nothing was asked"),
        ("unasked", [LOOK], "GET"),
    ],
)
def test_a_claim_fails_with_what_is_wrong(name: str, asked: list[Asked], wrong: str) -> None:
    assert wrong in (CLAIMS[name](asked) or "")


# the local action


@dataclass(slots=True)
class Runner:
    """Plays the JavaScript action and the steps after it, as a runner would."""

    folder: Path
    expect: str
    host: str = "127.0.0.1"
    env: dict[str, str] = field(default_factory=dict)
    state: dict[str, str] = field(default_factory=dict)

    def script(self, name: str) -> subprocess.CompletedProcess[str]:
        """A stage of the local action."""
        given = {"INPUT_EXPECT": self.expect, "INPUT_HOST": self.host}
        saved = {f"STATE_{name}": value for name, value in self.state.items()}
        done = self._run([NODE, str(ACTION / name)], given | saved)
        self.env |= self._told("GITHUB_ENV")
        self.state |= self._told("GITHUB_STATE")
        return done

    def stage(self, name: str, **inputs: str) -> subprocess.CompletedProcess[str]:
        """A stage of the program, in the environment that the local action has made."""
        given = {f"INPUT_{key.upper().replace('_', '-')}": value for key, value in inputs.items()}
        own = {key: str(self.folder / f"program-{key}") for key in _FILES}
        return self._run(
            [sys.executable, str(ROOT / "entrypoint.py"), name], given | self.env | own
        )

    def _run(
        self, command: list[str], variables: dict[str, str]
    ) -> subprocess.CompletedProcess[str]:
        files = {name: str(self.folder / name) for name in _FILES}
        for file in files.values():
            Path(file).touch()
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        base = {"PATH": path, "RUNNER_TEMP": str(self.folder)}
        env = base | files | variables
        return subprocess.run(command, env=env, capture_output=True, text=True, check=False)  # noqa: S603 - a list, no shell

    def _told(self, name: str) -> dict[str, str]:
        lines = (self.folder / name).read_text().splitlines()
        (self.folder / name).write_text("")
        return dict(line.split("=", 1) for line in lines)


@pytest.fixture
def runner(tmp_path: Path) -> Iterator[Runner]:
    runner = Runner(tmp_path, "deployed")
    yield runner
    if "folder" in runner.state:
        end(int(runner.state["pid"]))


def end(pid: int) -> None:
    """End the stand-in, if its job has not."""
    try:
        os.kill(pid, 15)
    except ProcessLookupError:
        return


def lives(pid: int) -> bool:
    """Whether a process still runs; one that is only waited for does not."""
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False


def play(runner: Runner) -> None:
    """A job that deploys, as the jobs of self-test.yml do."""
    shutil.copytree(ROOT / "examples/shop", runner.folder / "shop")
    job = {
        "GITHUB_ACTIONS": "true",
        "GITHUB_WORKSPACE": str(runner.folder / "shop"),
        "GITHUB_REPOSITORY": "acme/shop",
        "GITHUB_SHA": "1" * 40,
        "GITHUB_RUN_ID": "1",
        "GITHUB_RUN_NUMBER": "1",
        "GITHUB_RUN_ATTEMPT": "1",
        "GITHUB_SERVER_URL": "https://github.com",
        "GITHUB_OUTPUT": str(runner.folder / "output"),
        "GITHUB_STEP_SUMMARY": str(runner.folder / "summary"),
    }
    runner.env |= job
    inputs = {"environment": "production", "commits": "none", "job_status": "success"}
    assert runner.stage("main", **inputs).returncode == 0
    saved = dict(entries((runner.folder / "program-GITHUB_STATE").read_text()))
    runner.env |= {f"STATE_{name}": value for name, value in saved.items()}
    assert runner.stage("post", **inputs).returncode == 0


def entries(text: str) -> Iterator[tuple[str, str]]:
    """The entries of a file command, each between its own fences."""
    lines = iter(text.splitlines())
    for line in lines:
        name, _, fence = line.partition("<<")
        value = []
        for inner in lines:
            if inner == fence:
                break
            value.append(inner)
        yield name, "\n".join(value)


def test_a_job_is_judged_after_its_last_step_and_the_stand_in_ends_with_it(runner: Runner) -> None:
    started = runner.script("main.js")
    assert started.returncode == 0, started.stdout
    play(runner)

    judged = runner.script("post.js")

    assert judged.returncode == 0, judged.stdout + judged.stderr
    assert "POST /api/0/organizations/acme/releases/ -> 201" in judged.stdout
    deadline = time.monotonic() + 5
    while lives(int(runner.state["pid"])):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_promise_that_is_broken_fails_the_job_and_says_which(runner: Runner) -> None:
    runner.expect = "opened"
    runner.script("main.js")
    play(runner)

    judged = runner.script("post.js")

    assert judged.returncode == 1
    assert "not opened: the release was finalized" in judged.stderr


def test_a_stand_in_that_was_not_there_to_the_end_proves_nothing(runner: Runner) -> None:
    runner.expect = "unasked"
    runner.script("main.js")
    pid = int(runner.state["pid"])
    end(pid)
    while lives(pid):
        time.sleep(0.02)

    judged = runner.script("post.js")

    assert judged.returncode == 1
    assert "has ended before the job" in judged.stderr


def test_a_stand_in_that_cannot_start_says_why(runner: Runner) -> None:
    runner.host = "203.0.113.1"  # an address of nobody's machine

    started = runner.script("main.js")

    assert started.returncode == 1
    assert "Cannot assign requested address" in started.stdout


# the verdict


def job(name: str, conclusion: str, **steps: str) -> dict[str, Any]:
    """A job as GitHub tells it; steps by name, with _ for a space."""
    ends = [{"name": key.replace("_", " "), "conclusion": end} for key, end in steps.items()]
    return {"name": name, "status": "completed", "conclusion": conclusion, "steps": ends}


HERE: dict[str, Any] = {"name": JUDGE, "status": "in_progress", "conclusion": None, "steps": []}
FAILS = ON_PURPOSE.replace(" ", "_")


def test_a_run_in_which_everything_ends_as_it_should_is_accepted() -> None:
    jobs = [
        job("good", "success", Sentry="success", Post_Sentry="success", Extra="skipped"),
        job("bad", "failure", **{FAILS: "failure"}, Post_Sentry="success"),
        HERE,
    ]

    assert list(complaints(jobs, judge=JUDGE)) == []


@pytest.mark.parametrize(
    ("told", "complaint"),
    [
        (job("a", "success", **{FAILS: "success"}), f"a: `{ON_PURPOSE}` ended with success."),
        (job("a", "failure", **{FAILS: "skipped"}), f"a: `{ON_PURPOSE}` ended with skipped."),
        (
            job("a", "failure", **{FAILS: "failure"}, Post_Sentry="failure"),
            "a: `Post Sentry` ended with failure.",
        ),
        (job("a", "failure", Sentry="failure"), "a: `Sentry` ended with failure."),
        (job("a", "cancelled", Sentry="success"), "a: it has not run to its end."),
        (job("a", "skipped"), "a: it has not run to its end."),
        (job("a", "failure"), "a: it failed, and was not meant to."),
    ],
)
def test_what_failed_by_accident_is_told_from_what_failed_on_purpose(
    told: dict[str, Any], complaint: str
) -> None:
    assert complaint in list(complaints([told, HERE], judge=JUDGE))


def test_a_workflow_that_calls_this_one_may_still_be_running() -> None:
    called = {**HERE, "name": f"Self-test / {JUDGE}"}
    jobs = [job("Self-test / a", "success"), {**HERE, "name": "Build"}, called]

    assert list(complaints(jobs, judge=JUDGE)) == []


def test_a_verdict_without_a_judge_is_none() -> None:
    assert list(complaints([job("a", "success")], judge=JUDGE)) == [
        f"{JUDGE}: there is no such job."
    ]


def test_the_command_reads_what_gh_prints_and_ends_with_what_is_wrong(tmp_path: Path) -> None:
    file = tmp_path / "jobs.jsonl"
    told = [job("a", "failure", Sentry="failure"), HERE]
    file.write_text("\n".join(json.dumps(one, indent=2) for one in told))
    command = [sys.executable, "-m", "self_test", "verdict", str(file), JUDGE]

    done = subprocess.run(command, cwd=ROOT / "lab", capture_output=True, text=True, check=False)  # noqa: S603 - a list

    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "a: `Sentry` ended with failure.",
        "a: it failed, and was not meant to.",
    ]
