"""One stage of an action: what it is given, its container, and all that is read afterwards."""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass

from . import container, environment, file_commands, node
from .console import Console
from .container import Cancel
from .environment import Step
from .expressions import Contexts, interpolate
from .manifest import Manifest
from .masks import Masks
from .paths import Folders
from .report import Annotation, Result, Stage, StageName
from .written import Written, written


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """
    What all stages of a job share; `label` marks its containers, `docker` are arguments for docker.

    `environ` is what programs of the machine itself get of its own variables; all when absent.
    """

    folders: Folders
    masks: Masks
    label: str
    docker: tuple[str, ...]
    image: str
    environ: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """A stage that is over: its report, and what the job takes from it."""

    stage: Stage
    written: Written
    annotations: tuple[Annotation, ...]


def play(
    name: StageName,
    *,
    machine: Machine,
    manifest: Manifest,
    step: Step,
    contexts: Contexts,
    state: Mapping[str, str],
    cancel: Cancel | None = None,
) -> Played:
    """
    Run one stage.

    Args:
        name: Chooses the entrypoint; the arguments are the same for all (CAH:103-158).
        machine: The job's.
        manifest: The action's.
        step: What the workflow says.
        contexts: Of this moment.
        state: Saved by the stages before, of this action only.
        cancel: When the job is cancelled, if the stage still runs then.
    """
    files = file_commands.fresh(machine.folders.file_commands)
    contexts = _with_files(contexts, files)
    contexts = {**contexts, "env": environment.step_env(step, contexts)}
    values = environment.inputs(manifest, step, contexts)
    variables = environment.variables(
        manifest, state=state, values=values, contexts=contexts, folders=machine.folders
    )
    command = _command(name, machine, manifest, values, tuple(variables))
    console = Console(name, machine.masks, machine.folders)
    for unknown in environment.unexpected(manifest, step):
        console.issue("warning", f"Unexpected input(s) '{unknown}'")
    ended = container.run(
        command,
        environment=variables,
        machine=machine.environ,
        folder=machine.folders.workspace,
        listen=console.listen,
        cancel=cancel,
    )
    result = written(files, console, machine.masks)
    stage = _reported(name, command, ended, result, console)
    return Played(stage=stage, written=result, annotations=tuple(console.annotations))


def _command(
    name: StageName,
    machine: Machine,
    manifest: Manifest,
    values: Mapping[str, str],
    names: tuple[str, ...],
) -> tuple[str, ...]:
    entrypoint = manifest.entrypoints[name]
    if manifest.on_host:
        return node.command_line(manifest.folder / entrypoint)
    if name == "main":
        entrypoint = entrypoint or values.get("entryPoint", "")
    return container.command_line(
        machine.image,
        entrypoint=entrypoint,
        args=_args(manifest, values),
        names=names,
        folders=machine.folders,
        label=machine.label,
        docker=machine.docker,
    )


def _reported(
    name: StageName,
    command: tuple[str, ...],
    ended: container.Exit,
    result: Written,
    console: Console,
) -> Stage:
    return Stage(
        name=name,
        result=_result(ended, failed=console.failed),
        exit_code=ended.code,
        seconds=ended.seconds,
        summary=result.summary,
        outputs=result.outputs,
        command=command,
        log=tuple(console.log),
    )


def _with_files(contexts: Contexts, files: Mapping[str, object]) -> Contexts:
    paths = {key: str(file) for key, file in files.items()}
    return {**contexts, "github": {**contexts["github"], **paths}}


def _args(manifest: Manifest, values: Mapping[str, str]) -> tuple[str, ...]:
    """`runs.args` may use inputs only (CAH:139-154); else `with: args` counts (CAH:157)."""
    if manifest.args is not None:
        return tuple(interpolate(value, {"inputs": values}) for value in manifest.args)
    return tuple(shlex.split(values.get("args", "")))


def _result(ended: container.Exit, *, failed: bool) -> Result:
    """A stage that was cancelled is so even if it ends well (end of PI's ExecuteAsync)."""
    if ended.cancelled:
        return "cancelled"
    return "failure" if ended.code or failed else "success"
