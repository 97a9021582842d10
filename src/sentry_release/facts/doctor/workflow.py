"""Workflows and composite actions of GitHub -> their steps, as the doctor's rules look at them."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from sentry_release.doctor.ci_files.delivery import commands_deliver
from sentry_release.doctor.ci_files.variables import Values, resolve_path
from sentry_release.doctor.ci_files.workflow_inputs import find_given_inputs, find_input_values
from sentry_release.facts.doctor.bringing import NOTHING, Brings, Known, brought_by
from sentry_release.facts.doctor.commands import Logical
from sentry_release.facts.doctor.exporting import exported_by
from sentry_release.facts.doctor.places import ANYWHERE, WORKSPACE, App, Place, concerning
from sentry_release.facts.doctor.running import events_left, matrix_of
from sentry_release.facts.doctor.scripts import script
from sentry_release.facts.doctor.subject import Step
from sentry_release.flutter.yaml_node import YamlNode

_MOST_ROUNDS = 10  # GitHub nests composite actions no deeper
_MOST_STEPS = 2_000  # of one file
_SHOREBIRD = re.compile(r"shorebirdtech/shorebird-(?P<command>release|patch)@")
_NEVER = {"false", "${{ false }}", "${{false}}"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Around:
    """What surrounds steps: file, job, events, variables with their lines, folder, what came before."""

    path: PurePosixPath
    app: App
    known: Known
    start: Place = WORKSPACE
    job: str | None = None
    events: frozenset[str] = frozenset()
    env: Mapping[str, YamlNode]
    before: Brings = NOTHING
    matrix: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    inputs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    delivers: bool = True


def steps_of(files: Mapping[PurePosixPath, YamlNode], app: App) -> tuple[Step, ...]:
    """
    The steps of all workflows and composite actions that concern the app, in their order.

    Args:
        files: Each file by its path from the workspace; `action.yml` is a composite action.
        app: The app.

    Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax
    """
    known: dict[str, Brings] = {}
    for _ in range(_MOST_ROUNDS):
        brings = {_called(path): _brought(file, app, known) for path, file in files.items()}
        if brings == known:
            break
        known = brings
    given = find_given_inputs(files.values())
    return tuple(
        step
        for path, file in files.items()
        for step in _steps(
            _Around(
                path=path,
                app=app,
                known=known,
                env={},
                inputs=find_input_values(file, given.get(_called(path), {})),
            ),
            file,
        )
    )


def _called(path: PurePosixPath) -> str:
    """How `uses` calls a file: an action by its folder, a workflow by its own path."""
    return str(path.parent if path.stem == "action" else path)


def _brought(file: YamlNode, app: App, known: Known) -> Brings:
    """What a whole action or a called workflow brings."""
    found = NOTHING
    for job in (file.at("runs"), *file.at("jobs").mapping.values()):
        found |= brought_by(job, app, known)
        for step in _listed(job):
            found |= brought_by(step, app, known)
            ran = script(step.at("run"))
            sends = commands_deliver(one.text for one in ran)
            found |= Brings(exported=exported_by(ran), delivers=sends)
    return found


def _steps(around: _Around, file: YamlNode) -> Iterator[Step]:
    if "runs" in file.mapping:
        yield from _of_job(replace(around, start=ANYWHERE), file.at("runs"))
        return
    around = replace(around, events=_events(file.at("on")), env=_env(file, {}))
    around = replace(around, start=_start(file, around.start, around))
    jobs = file.at("jobs").mapping
    for name, job in jobs.items():
        if _runs(job):
            named = any(_names(jobs, one, around) for one in _needed(jobs, name))
            inside = replace(_within(around, job), job=name, before=Brings(ours=named))
            env = _env(job.at("container"), _env(job, inside.env))
            yield from _of_job(replace(inside, env=env, matrix=matrix_of(job)), job)


def _of_job(around: _Around, job: YamlNode) -> Iterator[Step]:
    around = replace(around, start=_start(job, around.start, around))
    around = replace(around, delivers=_delivers(around, job))
    if "uses" in job.mapping:
        yield _step(around, job)
    for step in _listed(job):
        one = _step(replace(_within(around, step), env=_env(step, around.env)), step)
        if one.commands or one.uses:
            yield one
        brings = brought_by(step, around.app, around.known)
        brings |= Brings(exported=exported_by(script(step.at("run"))))
        around = replace(around, before=around.before | brings)


def _step(around: _Around, step: YamlNode) -> Step:
    given = step.at("with").mapping
    ran = _ran(step)
    text = (step if "run" in step.mapping else step.at("with")).at("working-directory").text
    values = _values(around)
    start = _start_at(text, values, around.app) if text else around.start
    lines = concerning(ran, around.app, start, values)
    return Step(
        path=around.path,
        line=step.line,
        job=around.job,
        commands=tuple(one.command for one in lines),
        uses=step.at("uses").text,
        inputs={key: node.text or "" for key, node in given.items()},
        input_lines={key: node.line for key, node in given.items()},
        env={key: node.text or "" for key, node in around.env.items()},
        env_lines={key: node.line for key, node in around.env.items()},
        exported=around.before.exported,
        ours_before=around.before.ours,
        events=around.events,
        matrix=around.matrix,
        inputs_given=around.inputs,
        is_delivered=around.delivers,
    )


def _delivers(around: _Around, job: YamlNode) -> bool:
    """Whether something may leave the job."""
    return any(
        brought_by(step, around.app, around.known).delivers
        or commands_deliver(line.text for line in script(step.at("run")))
        for step in (job, *_listed(job))
    )


def _values(around: _Around) -> Values:
    """What variables and expressions of a step may be, as far as the file says."""
    found: dict[str, tuple[str, ...]] = {
        name: (node.text,) for name, node in around.env.items() if node.text
    }
    found |= {f"matrix.{name}": texts for name, texts in around.matrix.items()}
    return found | {f"inputs.{name}": texts for name, texts in around.inputs.items()}


def _start_at(text: str, values: Values, app: App) -> Place:
    """The folder that a text names: of several the one around the app, if there is one."""
    places = [WORKSPACE.below(path) for path in resolve_path(text, values)]
    return next((one for one in places if one.may_be_around(app.folder)), places[0])


def _ran(step: YamlNode) -> tuple[Logical, ...]:
    """
    What a step runs, itself or by the actions that Shorebird has for its commands.

    Source: https://github.com/shorebirdtech/shorebird-release, action.yml
    """
    found = _SHOREBIRD.match(step.at("uses").text or "")
    if found is None:
        return script(step.at("run"))
    given = step.at("with")
    words = ("shorebird", found["command"], given.at("platform").text, given.at("args").text)
    text = " ".join(" ".join(filter(None, words)).split())
    return (Logical(text=text, line=step.at("uses").line),)


def _within(around: _Around, node: YamlNode) -> _Around:
    """With the events alone that the `if` of a job or a step lets through."""
    return replace(around, events=events_left(around.events, node.at("if").text))


def _listed(job: YamlNode) -> Sequence[YamlNode]:
    return [step for step in job.at("steps").sequence[:_MOST_STEPS] if _runs(step)]


def _runs(node: YamlNode) -> bool:
    """Whether it may run at all."""
    return (node.at("if").text or "").strip() not in _NEVER


def _env(node: YamlNode, before: Mapping[str, YamlNode]) -> Mapping[str, YamlNode]:
    own = node.at("env").mapping
    return {**before, **own} if own else before


def _start(node: YamlNode, before: Place, around: _Around) -> Place:
    """Where commands run, by the defaults of a workflow or a job."""
    text = node.at("defaults", "run", "working-directory").text
    return _start_at(text, _values(around), around.app) if text else before


def _events(on: YamlNode) -> frozenset[str]:
    if on.text is not None:
        return frozenset({on.text})
    return frozenset({*on.mapping, *(one.text or "" for one in on.sequence)} - {""})


def _needed(jobs: Mapping[str, YamlNode], name: str) -> set[str]:
    """The jobs that a job needs, and those that they need."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        needs = jobs.get(waiting.pop(), YamlNode(line=1)).at("needs")
        fresh = {needs.text or "", *(one.text or "" for one in needs.sequence)} - found - {""}
        found |= fresh
        waiting += fresh
    return found


def _names(jobs: Mapping[str, YamlNode], name: str, around: _Around) -> bool:
    """Whether a job uses our action, itself or by what it calls."""
    job = jobs.get(name, YamlNode(line=1))
    each = [brought_by(one, around.app, around.known) for one in (job, *_listed(job))]
    return any(one.ours for one in each)
