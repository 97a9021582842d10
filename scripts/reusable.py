#!/usr/bin/env python3
"""action.yml -> what .github/workflows/release.yml takes and gives, between its marks."""

import json
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[1]
WORKFLOW = ROOT / ".github/workflows/release.yml"
SECRETS = {"auth-token", "notify"}
NOT_TAKEN = {
    "defines-file",  # no file reaches another job
    "export-env",  # nor does a variable
    "env-file",  # a called workflow has its inputs
    "github-deployment",  # the job may read code, and nothing else
    "github-token",  # these four are the runner's own
    "job-status",
    "check-run-id",
    "job-total",
}
NOT_GIVEN = {"dart-define-file"}  # it stays behind on the machine of the job
_JOB_IS_NOT_THE_DEPLOY = ("finalize", "deploy")
_VARIABLE = re.compile(r" \[SENTRY_[A-Z_]+\]$")

Action = Mapping[str, Mapping[str, Mapping[str, str]]]


def with_marks(workflow: str, action: Action) -> str:
    """The text of the workflow with everything that it has from action.yml."""
    parts = {
        "inputs": (6, _inputs(action)),
        "outputs": (6, _outputs(action)),
        "job outputs": (6, _job_outputs(action)),
        "with": (10, _with(action)),
    }
    for name, (indent, lines) in parts.items():
        text = "".join(f"{' ' * indent}{line}\n" for line in lines)
        pattern = re.compile(
            rf"(^ *# {name}\b[^\n]*\n).*?(^ *# /{name}\n)", re.DOTALL | re.MULTILINE
        )
        workflow, count = pattern.subn(lambda hit, text=text: hit[1] + text + hit[2], workflow)
        if count != 1:
            sys.exit(f"{WORKFLOW} has {count} places marked {name!r}")
    return workflow


def _taken(action: Action) -> dict[str, Mapping[str, str]]:
    unwanted = SECRETS | NOT_TAKEN
    return {name: spec for name, spec in action["inputs"].items() if name not in unwanted}


def _inputs(action: Action) -> Iterator[str]:
    for name, spec in _taken(action).items():
        description = _VARIABLE.sub("", spec["description"])
        default = spec.get("default", "")
        if name in _JOB_IS_NOT_THE_DEPLOY:
            description += (
                " Before `phase: deploy`, the default is `never`: the job is not the deploy."
            )
            default = ""
        yield from _input(name, description, default)
    yield from _input("ref", "What to check out. The default is the commit of the workflow.", "")


def _input(name: str, description: str, default: str) -> Iterator[str]:
    yield f"{name}:"
    yield f"  description: {json.dumps(description, ensure_ascii=False)}"
    yield "  type: string"
    yield f"  default: {json.dumps(default)}"


def _outputs(action: Action) -> Iterator[str]:
    for name, spec in action["outputs"].items():
        if name not in NOT_GIVEN:
            yield f"{name}:"
            yield f"  description: {json.dumps(spec['description'], ensure_ascii=False)}"
            yield f"  value: ${{{{ jobs.sentry.outputs.{name} }}}}"


def _job_outputs(action: Action) -> Iterator[str]:
    names = (name for name in action["outputs"] if name not in NOT_GIVEN)
    return (f"{name}: ${{{{ steps.sentry.outputs.{name} }}}}" for name in names)


def _with(action: Action) -> Iterator[str]:
    for name in _taken(action):
        value = f"inputs.{name}"
        if name in _JOB_IS_NOT_THE_DEPLOY:
            value += " || inputs.phase != 'deploy' && 'never' || 'on-success'"
        yield f"{name}: ${{{{ {value} }}}}"


def main() -> None:
    """Write the workflow; with `--check`, fail where it differs."""
    action = yaml.load((ROOT / "action.yml").read_text(), yaml.BaseLoader)  # noqa: S506 - texts only
    before = WORKFLOW.read_text()
    after = with_marks(before, action)
    if "--check" in sys.argv:
        sys.exit(before != after and "release.yml is not in step with action.yml: make tables")
    WORKFLOW.write_text(after)


if __name__ == "__main__":
    main()
