"""Contexts, inputs, state and `env:` -> the variables a container gets."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .expressions import Contexts, interpolate, text
from .manifest import Manifest
from .paths import Folders

Variables = dict[str, str]

# what of the github context becomes GITHUB_…; the token is not among it (GHC:9-50)
_GITHUB = frozenset({
    "action_path", "action_ref", "action_repository", "action", "actor", "actor_id", "api_url",
    "artifacts", "artifacts_list", "base_ref", "env", "event_name", "event_path", "graphql_url",
    "head_ref", "job", "output", "path", "ref_name", "ref_protected", "ref_type", "ref",
    "repository", "repository_id", "repository_owner", "repository_owner_id", "retention_days",
    "run_attempt", "run_id", "run_number", "server_url", "sha", "state", "step_summary",
    "triggering_actor", "workflow", "workflow_ref", "workflow_sha", "workspace",
})  # fmt: skip
_DEFAULTS_MAY_USE = ("github", "job", "matrix", "runner", "strategy")  # action_yaml.json
_RUNTIME = {
    "ACTIONS_RUNTIME_URL": "https://pipelines.invalid/",
    "ACTIONS_RUNTIME_TOKEN": "runtime",
    "ACTIONS_RESULTS_URL": "https://results.invalid/",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What the workflow writes at the step: `with:` and `env:`, expressions and all."""

    values: Mapping[str, object]
    env: Mapping[str, object]


def step_env(step: Step, contexts: Contexts) -> Variables:
    """The job's variables with those of the step over them (SR:108-129, AR:249)."""
    own = {name: interpolate(value, contexts) for name, value in step.env.items()}
    return {**contexts["env"], **own}


def inputs(manifest: Manifest, step: Step, contexts: Contexts) -> Mapping[str, str]:
    """
    The inputs of one stage; each evaluates them anew, so `${{ job.status }}` is that of the moment.

    Names are matched whatever their case; `required` is never looked at (AR:175-219).
    """
    values = {name: interpolate(value, contexts) for name, value in step.values.items()}
    allowed = {name: contexts[name] for name in _DEFAULTS_MAY_USE if name in contexts}
    known = {name.lower() for name in values}
    for name, default in manifest.inputs.items():
        if name.lower() not in known:
            values[name] = interpolate(default, allowed)
    return values


def unexpected(manifest: Manifest, step: Step) -> tuple[str, ...]:
    """Inputs that action.yml does not list: the runner only warns of them (AR:222-237)."""
    known = {name.lower() for name in (*manifest.inputs, "entryPoint", "args")}
    return tuple(name for name in step.values if name.lower() not in known)


def variables(
    manifest: Manifest,
    *,
    state: Mapping[str, str],
    values: Mapping[str, str],
    contexts: Contexts,
    folders: Folders,
) -> Variables:
    """
    The environment of a stage, in the order in which later ones win.

    Args:
        manifest: For `runs.env`: it may use inputs only, and replaces nothing (CAH:160-170).
        state: Saved by earlier stages of this action.
        values: The evaluated inputs.
        contexts: `env` is that of job and step together; GITHUB_… and RUNNER_… come from the
            others, and no step can change them (CAH:209).
        folders: Wherever a value starts with one, it becomes the container's (CAH:255-258); a
            program of the machine itself keeps the paths and the HOME of the machine.
    """
    result = {
        **contexts["env"],
        **{f"STATE_{name}": value for name, value in state.items()},  # AR:255-258
        **{input_variable(name): value for name, value in values.items()},
    }
    for name, value in manifest.env.items():
        result.setdefault(name, interpolate(value, {"inputs": values}))
    fixed = _context_variables(contexts) | _RUNTIME
    if manifest.on_host:
        return result | fixed
    result |= {"HOME": str(folders.home)} | fixed  # CAH:185
    return {name: folders.inside(value) for name, value in result.items()}


def input_variable(name: str) -> str:
    """
    The variable that holds an input; spaces become underscores, dashes stay (H:182-187).

    >>> input_variable("dart define-file")
    'INPUT_DART_DEFINE-FILE'
    """
    return f"INPUT_{name.replace(' ', '_').upper()}"


def _context_variables(contexts: Mapping[str, Any]) -> Variables:
    github = {k: v for k, v in contexts["github"].items() if k in _GITHUB}
    return {
        **{f"GITHUB_{name.upper()}": text(value) for name, value in github.items()},
        **{f"RUNNER_{name.upper()}": text(value) for name, value in contexts["runner"].items()},
    }
