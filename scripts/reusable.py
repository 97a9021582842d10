#!/usr/bin/env python3
"""Write the inputs and outputs of .github/workflows/release.yml from the tables, between its markers."""

import json
import re
import sys
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "src"))

from sentry_release.config.input_table import get_group, list_inputs  # noqa: E402 - sys.path is set above
from sentry_release.config.inputs import Command, Group, Input  # noqa: E402
from sentry_release.config.outputs import Output, list_outputs  # noqa: E402

WORKFLOW = ROOT / ".github/workflows/release.yml"
SECRETS = {"auth-token"}
NOT_TAKEN_GROUPS = {
    Group.DEPLOY,  # the job that calls the action `deploy` creates the deploy
    Group.NOTIFY,  # and notifies
    Group.ANNOUNCE,  # and announces
    Group.INTERNAL,  # set by the runner
}
NOT_TAKEN = {
    "dart-defines-file",  # no file reaches another job
    "export-env",  # no variable either
    "env-file",  # a called workflow has its inputs
}
_TIMEOUT_MINUTES = 15  # a checkout, and at most one `timeout` of ten minutes
NOT_GIVEN = {"dart-defines-file", "notes-dir"}  # files stay on the runner of the job


def with_marks(workflow: str) -> str:
    """Return the workflow with everything that comes from the tables."""
    parts = {
        "inputs": (6, _inputs()),
        "outputs": (6, _outputs()),
        "job outputs": (6, _job_outputs()),
        "with": (10, _with()),
    }
    for name, (indent, lines) in parts.items():
        text = "".join(f"{' ' * indent}{line}\n" for line in lines)
        pattern = re.compile(
            rf"(^ *# {name}\b[^\n]*\n).*?(^ *# /{name}\n)", re.DOTALL | re.MULTILINE
        )
        workflow, count = pattern.subn(partial(_between, text), workflow)
        if count != 1:
            sys.exit(f"{WORKFLOW} has {count} places marked {name!r}")
    return workflow


def taken() -> Mapping[str, Input]:
    """Return the inputs of the root action that the workflow also has, without its secrets."""
    return {
        name: one
        for name, one in list_inputs(Command.RELEASE).items()
        if name not in SECRETS | NOT_TAKEN and get_group(name) not in NOT_TAKEN_GROUPS
    }


def values() -> Mapping[str, Output]:
    """Return the outputs of the root action that the workflow also has."""
    outputs = list_outputs(Command.RELEASE)
    return {name: one for name, one in outputs.items() if name not in NOT_GIVEN}


def _inputs() -> Iterator[str]:
    for name, one in taken().items():
        yield from _input(name, one.description, one.default or "")
    yield from _input("ref", "Ref to check out. Default: the commit of the workflow.", "")
    yield "timeout-minutes:"
    yield '  description: "Time limit in minutes for the job."'
    yield "  type: number"
    yield f"  default: {_TIMEOUT_MINUTES}"


def _input(name: str, description: str, default: str) -> Iterator[str]:
    yield f"{name}:"
    yield f"  description: {json.dumps(description, ensure_ascii=False)}"
    yield "  type: string"
    yield f"  default: {json.dumps(default)}"


def _outputs() -> Iterator[str]:
    for name, one in values().items():
        yield f"{name}:"
        yield f"  description: {json.dumps(one.description, ensure_ascii=False)}"
        yield f"  value: ${{{{ jobs.sentry.outputs.{name} }}}}"


def _job_outputs() -> Iterator[str]:
    return (f"{name}: ${{{{ steps.sentry.outputs.{name} }}}}" for name in values())


def _with() -> Iterator[str]:
    return (f"{name}: ${{{{ inputs.{name} }}}}" for name in taken())


def _between(text: str, markers: re.Match[str]) -> str:
    return markers[1] + text + markers[2]


def main() -> None:
    """Write the workflow; with `--check`, fail if it differs."""
    before = WORKFLOW.read_text("utf-8")
    after = with_marks(before)
    if "--check" in sys.argv:
        sys.exit(before != after and "release.yml is not in step with the tables: run make tables")
    WORKFLOW.write_text(after, "utf-8")


if __name__ == "__main__":
    main()
