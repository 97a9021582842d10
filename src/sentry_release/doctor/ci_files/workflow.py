"""Parses the steps of GitHub workflows and composite actions."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from sentry_release.doctor.app import BuildStep
from sentry_release.doctor.ci_files.jobs import (
    commands_deliver,
    find_given_inputs,
    find_input_values,
)
from sentry_release.doctor.ci_files.scripts import parse_yaml_script
from sentry_release.doctor.ci_files.shell import LogicalLine, Values, resolve_path
from sentry_release.doctor.ci_files.shell_directory import (
    ANYWHERE,
    WORKSPACE,
    AppLocation,
    WorkingDirectory,
    find_commands_for_app,
)
from sentry_release.doctor.ci_files.triggers import (
    NO_EFFECTS,
    EffectsByPath,
    StepEffects,
    filter_events,
    find_exported_variables,
    find_step_effects,
    parse_matrix,
)
from sentry_release.flutter.yaml_node import (
    YamlNode,
    add_nodes,
    merge_nodes,
    read_lines,
    read_texts,
)

_MAX_ROUNDS = 10  # GitHub's limit for nested composite actions
_MAX_STEPS = 2_000  # per file
_SHOREBIRD = re.compile(r"shorebirdtech/shorebird-(?P<command>release|patch)@")
_PAGES = re.compile(r"(?:bluefireteam|erickzanardo)/flutter-gh-pages@")
_NEVER = {"false", "${{ false }}", "${{false}}"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scope:
    """The scope of steps: file, job, events, variables with lines, folder, earlier effects."""

    path: PurePosixPath
    app: AppLocation
    known: EffectsByPath
    start: WorkingDirectory = WORKSPACE
    job: str | None = None
    events: frozenset[str] = frozenset()
    env: Mapping[str, YamlNode]
    before: StepEffects = NO_EFFECTS
    matrix: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    inputs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    delivers: bool = True


def parse_workflow_steps(
    files: Mapping[PurePosixPath, YamlNode], app: AppLocation
) -> tuple[BuildStep, ...]:
    """
    Return the steps of all workflows and composite actions that concern the app, in order.

    Args:
        files: The files by path, relative to the workspace; `action.yml` is a composite action.
        app: The app.

    Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax
    """
    known: dict[str, StepEffects] = {}
    for _ in range(_MAX_ROUNDS):
        effects = {
            _get_uses_path(path): _find_file_effects(file, app, known)
            for path, file in files.items()
        }
        if effects == known:
            break
        known = effects
    values = find_given_inputs(files.values())
    return tuple(
        step
        for path, file in files.items()
        for step in _list_steps(
            _Scope(
                path=path,
                app=app,
                known=known,
                env={},
                inputs=find_input_values(file, values.get(_get_uses_path(path), {})),
            ),
            file,
        )
    )


def _get_uses_path(path: PurePosixPath) -> str:
    """Return the path in `uses`: the folder of an action, the file of a workflow."""
    return str(path.parent if path.stem == "action" else path)


def _find_file_effects(file: YamlNode, app: AppLocation, known: EffectsByPath) -> StepEffects:
    """Return the effects of a whole action or called workflow."""
    found = NO_EFFECTS
    for job in (file.at("runs"), *file.at("jobs").mapping.values()):
        found |= find_step_effects(job, app, known)
        for step in _list_job_nodes(job):
            found |= find_step_effects(step, app, known)
            ran = parse_yaml_script(step.at("run"))
            sends = commands_deliver(one.text for one in ran)
            found |= StepEffects(exported=find_exported_variables(ran), delivers=sends)
    return found


def _list_steps(around: _Scope, file: YamlNode) -> Iterator[BuildStep]:
    if "runs" in file.mapping:
        yield from _list_job_steps(replace(around, start=ANYWHERE), file.at("runs"))
        return
    around = replace(around, events=_parse_events(file.at("on")), env=_merge_env(file, {}))
    around = replace(around, start=_find_working_directory(file, around.start, around))
    jobs = file.at("jobs").mapping
    named = _find_jobs_after_our_action(jobs, around)
    for name, job in jobs.items():
        if _may_run(job):
            before = StepEffects(uses_our_action=name in named)
            inside = replace(_narrow_events(around, job), job=name, before=before)
            env = _merge_env(job.at("container"), _merge_env(job, inside.env))
            yield from _list_job_steps(replace(inside, env=env, matrix=parse_matrix(job)), job)


def _list_job_steps(around: _Scope, job: YamlNode) -> Iterator[BuildStep]:
    around = replace(around, start=_find_working_directory(job, around.start, around))
    around = replace(around, delivers=_delivers(around, job))
    if "uses" in job.mapping:
        yield _build_step(around, job)
    for step in _list_job_nodes(job):
        one = _build_step(
            replace(_narrow_events(around, step), env=_merge_env(step, around.env)), step
        )
        if one.commands or one.uses:
            yield one
        effects = find_step_effects(step, around.app, around.known)
        effects |= StepEffects(exported=find_exported_variables(parse_yaml_script(step.at("run"))))
        around = replace(around, before=around.before | effects)


def _build_step(around: _Scope, step: YamlNode) -> BuildStep:
    inputs = step.at("with").mapping
    ran = _list_commands(step)
    settings = step if "run" in step.mapping else step.at("with")
    text = settings.at("working-directory").text or settings.at("workingDir").text
    values = _values(around)
    start = _start_at(text, values, around.app) if text else around.start
    lines = find_commands_for_app(ran, around.app, start, values)
    return BuildStep(
        path=around.path,
        line=step.line,
        job=around.job,
        commands=tuple(one.to_command for one in lines),
        uses=step.at("uses").text,
        inputs={key: node.text or "" for key, node in inputs.items()},
        input_lines={key: node.line for key, node in inputs.items()},
        env=read_texts(around.env),
        env_lines=read_lines(around.env),
        exported=around.before.exported,
        after_our_action=around.before.uses_our_action,
        events=around.events,
        matrix=around.matrix,
        inputs_given=around.inputs,
        is_delivered=around.delivers,
    )


def _delivers(around: _Scope, job: YamlNode) -> bool:
    """Return whether the job may deliver something."""
    return any(
        find_step_effects(step, around.app, around.known).delivers
        or commands_deliver(line.text for line in parse_yaml_script(step.at("run")))
        for step in (job, *_list_job_nodes(job))
    )


def _values(around: _Scope) -> Values:
    """Return the possible values of a step's variables and expressions, as far as known."""
    found: dict[str, tuple[str, ...]] = {
        name: (node.text,) for name, node in merge_nodes(around.env).items() if node.text
    }
    found |= {f"matrix.{name}": texts for name, texts in around.matrix.items()}
    return found | {f"inputs.{name}": texts for name, texts in around.inputs.items()}


def _start_at(text: str, values: Values, app: AppLocation) -> WorkingDirectory:
    """Return the folder that a text names: of several, the one that contains the app."""
    places = [WORKSPACE.enter(path) for path in resolve_path(text, values)]
    return next((one for one in places if one.may_enclose(app.folder)), places[0])


def _list_commands(step: YamlNode) -> tuple[LogicalLine, ...]:
    """
    Return the commands of a step, from `run` or from an action that builds the app.

    Sources: https://github.com/shorebirdtech/shorebird-release, action.yml ·
    https://github.com/bluefireteam/flutter-gh-pages, action.yml
    """
    uses = step.at("uses").text or ""
    found = _SHOREBIRD.match(uses)
    values = step.at("with")
    if found is not None:
        words = ("shorebird", found["command"], values.at("platform").text, values.at("args").text)
    elif _PAGES.match(uses):
        words = ("flutter", "build", "web --release", values.at("customArgs").text)
    else:
        return parse_yaml_script(step.at("run"))
    text = " ".join(" ".join(filter(None, words)).split())
    return (LogicalLine(text=text, line=step.at("uses").line),)


def _narrow_events(around: _Scope, node: YamlNode) -> _Scope:
    """Return the scope with only the events that the `if` of a job or a step allows."""
    return replace(around, events=filter_events(around.events, node.at("if").text))


def _list_job_nodes(job: YamlNode) -> Sequence[YamlNode]:
    return [step for step in job.at("steps").sequence[:_MAX_STEPS] if _may_run(step)]


def _may_run(node: YamlNode) -> bool:
    """Return whether it may run at all."""
    return (node.at("if").text or "").strip() not in _NEVER


def _merge_env(node: YamlNode, before: Mapping[str, YamlNode]) -> Mapping[str, YamlNode]:
    return add_nodes(before, node.at("env").mapping)


def _find_working_directory(
    node: YamlNode, before: WorkingDirectory, around: _Scope
) -> WorkingDirectory:
    """Return the default working directory of a workflow or a job."""
    text = node.at("defaults", "run", "working-directory").text
    return _start_at(text, _values(around), around.app) if text else before


def _parse_events(on: YamlNode) -> frozenset[str]:
    if on.text is not None:
        return frozenset({on.text})
    return frozenset({*on.mapping, *(one.text or "" for one in on.sequence)} - {""})


def _find_jobs_after_our_action(jobs: Mapping[str, YamlNode], around: _Scope) -> set[str]:
    """Return the jobs that need a job that uses this action, transitively."""
    dependents: dict[str, list[str]] = {}
    for name, job in jobs.items():
        needs = job.at("needs")
        for needed in {needs.text, *(one.text for one in needs.sequence)} - {None}:
            dependents.setdefault(str(needed), []).append(name)
    found: set[str] = set()
    waiting = [name for name, job in jobs.items() if _uses_our_action(job, around)]
    while waiting:
        fresh = [one for one in dependents.pop(waiting.pop(), ()) if one not in found]
        found.update(fresh)
        waiting += fresh
    return found


def _uses_our_action(job: YamlNode, around: _Scope) -> bool:
    """Return whether a job uses this action, directly or through what it calls."""
    return any(
        find_step_effects(one, around.app, around.known).uses_our_action
        for one in (job, *_list_job_nodes(job))
    )
