"""What GitHub's runner refuses is in no workflow, example or page of this repository."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
import yaml

from init_projects import EXPECTED
from job import ROOT
from recipes import CHECKOUT, folder_of, read, recipes, uses_our_action

OWN = {path.name: path for path in sorted((ROOT / ".github/workflows").glob("*.yml"))}
FILES = (
    *OWN.values(),
    *sorted(ROOT.glob("examples/workflows/*.yml")),
    *sorted(EXPECTED.rglob("*.yml")),
)
WORKFLOWS: Mapping[str, Mapping[str, Any]] = {
    **{str(path.relative_to(ROOT)): read(path.read_text()) for path in FILES},
    **{f"{one.page.relative_to(ROOT)}: {one.heading}": one.workflow for one in recipes()},
}
LOCAL = {name: workflow for name, workflow in WORKFLOWS.items() if name.startswith(".github/")}
TEXTS = [
    path
    for pattern in ("*.md", "docs/**/*.md", "examples/**/*.*", ".github/**/*.yml", "templates/*")
    for path in sorted(ROOT.glob(pattern))
    if path.is_file() and path.suffix not in {".png", ".dart"}
]
_ID = re.compile(r"[A-Za-z_][\w-]*", re.ASCII)
_STEP_KEYS = {
    "id", "if", "name", "uses", "run", "with", "env", "shell", "working-directory",
    "continue-on-error", "timeout-minutes", "background", "wait", "wait-all", "cancel", "parallel",
}  # fmt: skip
_KINDS_OF_STEP = {"uses", "run", "wait", "wait-all", "cancel", "parallel"}
_CALLER_KEYS = {
    "name", "uses", "with", "secrets", "strategy", "needs", "if", "concurrency", "permissions",
}  # fmt: skip
_LEVELS = ("none", "read", "write")
_INPUT = re.compile(r"\binputs\.([\w-]+)")
_SECRET = re.compile(r"secrets\.([\w-]+)")


def jobs_of(name: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Each job of a workflow, with its id."""
    yield from WORKFLOWS[name]["jobs"].items()


def steps_of(name: str) -> Iterator[Mapping[str, Any]]:
    """Each step of each job of a workflow."""
    for _, job in jobs_of(name):
        yield from job.get("steps", ())


@pytest.mark.parametrize("name", WORKFLOWS)
def test_no_reference_to_this_repository_lacks_its_path(name: str) -> None:
    """Source: actions/runner, PipelineConstants.TryParseSelfRepository."""
    used = [str(step.get("uses", "")) for step in steps_of(name)]
    used += [str(job.get("uses", "")) for _, job in jobs_of(name)]

    assert [one for one in used if one.startswith("$/") and not one.strip("$/")] == []


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_page_prints_a_reference_that_the_runner_refuses(path: Path) -> None:
    assert (
        re.findall(r"^ *(?:- )?uses: [\"']?\$/+[\"']?(?:\s.*)?$", path.read_text(), re.MULTILINE)
        == []
    )


@pytest.mark.parametrize("name", LOCAL)
def test_a_file_of_the_checkout_is_used_after_the_checkout(name: str) -> None:
    for _, job in jobs_of(name):
        used = [str(step.get("uses", "")) for step in job.get("steps", ())]
        local = [number for number, one in enumerate(used) if one.startswith("./")]
        checkouts = [number for number, one in enumerate(used) if one.startswith(CHECKOUT)]
        assert not local or (checkouts and min(checkouts) < min(local))


@pytest.mark.parametrize("name", [name for name in WORKFLOWS if name.endswith(".yml")])
def test_ids_are_valid_and_unique_and_needed_jobs_exist(name: str) -> None:
    jobs = dict(jobs_of(name))

    assert [one for one in jobs if not _ID.fullmatch(one)] == []
    for job in jobs.values():
        needs = job.get("needs", [])
        assert {needs} <= jobs.keys() if isinstance(needs, str) else set(needs) <= jobs.keys()
        ids = [step["id"] for step in job.get("steps", ()) if "id" in step]
        assert len(ids) == len(set(ids))


@pytest.mark.parametrize("name", WORKFLOWS)
def test_a_step_uses_an_action_runs_a_command_or_waits(name: str) -> None:
    for step in steps_of(name):
        assert step.keys() <= _STEP_KEYS
        assert len(step.keys() & _KINDS_OF_STEP) == 1
        assert "uses" not in step or step.keys().isdisjoint({"shell", "working-directory"})


@pytest.mark.parametrize("name", WORKFLOWS)
def test_a_container_action_runs_on_linux(name: str) -> None:
    for _, job in jobs_of(name):
        own = [folder_of(step) for step in job.get("steps", ()) if uses_our_action(step)]
        in_container = [one for one in own if not one.startswith("host")]
        assert not in_container or re.search(r"ubuntu|linux|\$\{\{", str(job["runs-on"]))


@pytest.mark.parametrize("name", WORKFLOWS)
def test_a_job_that_calls_a_workflow_has_nothing_else(name: str) -> None:
    for _, job in jobs_of(name):
        if "uses" in job:
            assert job.keys() <= _CALLER_KEYS
        else:
            assert {"runs-on", "steps"} <= job.keys()


@pytest.mark.parametrize("name", WORKFLOWS)
def test_a_caller_grants_what_the_jobs_of_the_called_workflow_request(name: str) -> None:
    """GitHub does not start a workflow whose caller grants less."""
    for key, job in jobs_of(name):
        called = called_workflow(job)
        if called is None:
            continue
        for permission, level in requested(called).items():
            granted = job.get("permissions", {}).get(permission, "none")
            assert _LEVELS.index(granted) >= _LEVELS.index(level), f"{key}: {permission}"


def called_workflow(job: Mapping[str, Any]) -> str | None:
    """The workflow of this repository that a job calls, by its path."""
    found = re.search(r"\.github/workflows/[\w.-]+\.yml", str(job.get("uses", "")))
    return found[0] if found and found[0] in LOCAL else None


def requested(name: str) -> dict[str, str]:
    """The highest level of each permission that a job of a workflow requests."""
    found: dict[str, str] = {}
    for _, job in jobs_of(name):
        for permission, level in job.get("permissions", {}).items():
            found[permission] = max(found.get(permission, "none"), level, key=_LEVELS.index)
    return found


@pytest.mark.parametrize("name", LOCAL)
def test_a_called_workflow_declares_its_inputs_and_secrets(name: str) -> None:
    events = WORKFLOWS[name]["on"]
    declared = events.get("workflow_call") or {}
    text = (ROOT / name).read_text()

    assert set(_SECRET.findall(text)) == set(declared.get("secrets", {}))
    assert set(_INPUT.findall(text)) == set(declared.get("inputs", {}))


@pytest.mark.parametrize("name", WORKFLOWS)
def test_an_artifact_of_a_hidden_folder_includes_hidden_files(name: str) -> None:
    for step in steps_of(name):
        if str(step.get("uses", "")).startswith("actions/upload-artifact@"):
            values = step["with"]
            parts = PurePosixPath(values["path"]).parts
            is_hidden = any(one.startswith(".") and one != ".." for one in parts)
            assert not is_hidden or values.get("include-hidden-files") == "true"


def test_a_composite_or_local_action_is_complete() -> None:
    paths = [*ROOT.glob("action.yml"), *ROOT.glob("*/action.yml"), *ROOT.glob("host/*/action.yml")]

    assert paths
    for path in paths:
        action = yaml.safe_load(path.read_text())
        runs = action["runs"]
        assert runs["using"] in {"docker", "node24"}
        if runs["using"] == "docker":
            assert (path.parent / runs["image"]).resolve() == ROOT / "Dockerfile"
        else:
            assert (path.parent / runs["main"]).is_file()


@pytest.mark.parametrize(
    "path",
    [*ROOT.glob("action.yml"), *ROOT.glob("*/action.yml"), *ROOT.glob("host/*/action.yml")],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_a_description_is_short_enough_for_the_marketplace(path: Path) -> None:
    """GitHub's Marketplace refuses 125 characters and more."""
    assert 0 < len(yaml.safe_load(path.read_text())["description"]) < 125
