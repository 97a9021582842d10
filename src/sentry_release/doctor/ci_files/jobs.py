"""Parses the jobs of GitHub workflows: runner, environment, permissions, background steps."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import PurePosixPath

from sentry_release.doctor.app import ALL_SCOPES, Job, JobStep
from sentry_release.flutter.yaml_node import YamlNode

_MATRIX = re.compile(r"\$\{\{\s*matrix\.(?P<name>[\w.-]+)\s*\}\}")
_MAX_STEPS = 2_000  # per job
_TRUE = {"true", "yes", "on"}


def parse_jobs(path: PurePosixPath, file: YamlNode) -> tuple[Job, ...]:
    """
    Return the jobs of a workflow; none for a composite action.

    Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax
    """
    return tuple(_build_job(path, file, name, job) for name, job in file.at("jobs").mapping.items())


def _build_job(path: PurePosixPath, file: YamlNode, name: str, job: YamlNode) -> Job:
    environment = job.at("environment")
    on = file.at("on")
    return Job(
        path=path,
        name=name,
        line=job.line,
        runners=tuple(_list_runners(job)),
        runner_line=job.at("runs-on").line,
        environment=environment.text or environment.at("name").text,
        environment_line=environment.line,
        permissions=_read_permissions(job) or _read_permissions(file),
        env=_texts(file.at("env")) | _texts(job.at("env")),
        is_called="workflow_call" in {on.text, *on.mapping, *on.texts},
        steps=tuple(_list_steps(job)),
    )


def _list_runners(job: YamlNode) -> Iterator[str]:
    runs_on = job.at("runs-on")
    labels = runs_on.at("labels") if runs_on.is_mapping else runs_on
    for label in (labels.text, *labels.texts):
        found = _MATRIX.fullmatch(label or "")
        if found:
            yield from _list_matrix_texts(job, found["name"])
        elif label:
            yield label


def _list_matrix_texts(job: YamlNode, name: str) -> Iterator[str]:
    """Yield the values of a matrix variable, for example `os` or `target.runner`."""
    matrix = job.at("strategy", "matrix")
    keys = name.split(".")
    rows = (
        *matrix.at(keys[0]).sequence,
        *(row.at(keys[0]) for row in matrix.at("include").sequence),
    )
    for row in rows:
        if text := row.at(*keys[1:]).text:
            yield text


def _read_permissions(node: YamlNode) -> Mapping[str, str] | None:
    """
    Return the permissions that a workflow or a job sets; None if it sets none.

    Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#permissions
    """
    if "permissions" not in node.mapping:
        return None
    permissions = node.at("permissions")
    if permissions.text is not None:
        return {ALL_SCOPES: permissions.text.removesuffix("-all")}
    return _texts(permissions) or {ALL_SCOPES: "none"}


def _list_steps(job: YamlNode) -> Iterator[JobStep]:
    """
    Yield the steps, each with the background steps that may still run when it starts.

    Source: https://github.blog/changelog/2026-06-25-actions-steps-can-now-be-run-in-parallel
    """
    running: dict[str, JobStep] = {}
    for node in job.at("steps").sequence[:_MAX_STEPS]:
        if "wait-all" in node.mapping:
            running.clear()
        for name in (*_names(node.at("wait")), *_names(node.at("cancel"))):
            running.pop(name, None)
        group = [_build_step(one, running) for one in node.at("parallel").sequence[:_MAX_STEPS]]
        yield from (
            _add_running(one, [other for other in group if other is not one]) for one in group
        )
        if "uses" in node.mapping or "run" in node.mapping:
            step = _build_step(node, running)
            yield step
            if step.is_background:
                running[node.at("id").text or f"line {node.line}"] = step


def _build_step(node: YamlNode, running: Mapping[str, JobStep]) -> JobStep:
    uses = node.at("uses")
    return JobStep(
        line=node.line,
        name=node.at("name").text or uses.text or (node.at("run").text or "").partition("\n")[0],
        uses=uses.text,
        uses_line=uses.line,
        inputs=_texts(node.at("with")),
        env=_texts(node.at("env")),
        script=node.at("run").text or "",
        is_background=(node.at("background").text or "").lower() in _TRUE,
        running=tuple(running.values()),
    )


def _add_running(step: JobStep, others: list[JobStep]) -> JobStep:
    return replace(step, running=(*step.running, *others))


def _names(node: YamlNode) -> tuple[str, ...]:
    return (node.text,) if node.text else node.texts


def _texts(node: YamlNode) -> dict[str, str]:
    return {key: value.text or "" for key, value in node.mapping.items()}
