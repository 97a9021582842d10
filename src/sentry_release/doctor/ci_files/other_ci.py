"""Parses the build steps in the CI files of other services than GitHub."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from sentry_release.doctor.app import BuildStep
from sentry_release.doctor.ci_files.scripts import parse_yaml_script
from sentry_release.doctor.ci_files.shell import LogicalLine, Values, find_values
from sentry_release.doctor.ci_files.shell_directory import (
    ANYWHERE,
    WORKSPACE,
    AppLocation,
    ShellState,
    WorkingDirectory,
    selects_by_names,
)
from sentry_release.doctor.ci_files.triggers import (
    find_exported_variables,
    find_referenced_variables,
)
from sentry_release.flutter.yaml_node import (
    YamlNode,
    add_nodes,
    merge_nodes,
    read_lines,
    read_texts,
)

_SCRIPTS = {
    "run", "script", "scripts", "command", "commands", "cmd", "cmds", "bash", "sh", "pwsh",
    "powershell", "before_script", "after_script", "build-commands", "override-build",
    "override-pull", "override-prime", "inlineScript",
}  # fmt: skip
_VARIABLES = ("env", "environment", "variables", "vars", "build-environment")
_DIRECTORIES = ("working_directory", "workingDirectory", "dir", "working-directory")
_PLUGIN = "plugin"
_FLUTTER = "flutter"
_TEMPLATE = re.compile(r"\{\{\s*\.(?P<name>[A-Za-z_]\w*)\s*\}\}")
_MAX_DEPTH = 20  # nested mappings and lists
_MOST = 2_000  # nodes per file
_OF_MERGE_REQUEST = re.compile(
    r"\s*\$(?:CI_PIPELINE_SOURCE\s*==\s*[\"']merge_request_event[\"']|CI_MERGE_REQUEST_I?ID)\s*"
)
_GITLAB_WORDS = {"default", "include", "stages", "variables", "workflow", "spec", "image", "cache"}
_OF_MELOS = {"melos.yaml", "pubspec.yaml"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    """
    A job or workflow of such a service: its variables, and its scripts in order.

    `events` are its triggers in GitHub's terms, if known; `is_one_shell` is whether each script
    starts in the folder where the previous one ended.
    """

    name: str | None
    line: int
    env: Mapping[str, YamlNode] = field(default_factory=dict)
    scripts: tuple[YamlNode, ...] = ()
    start: WorkingDirectory = WORKSPACE
    has_settings: bool = True
    events: frozenset[str] = frozenset()
    is_one_shell: bool = False


def _read_any_service(file: YamlNode, folder: WorkingDirectory) -> Iterator[_Job]:
    """
    Return each mapping with scripts at any depth as a job, with the enclosing variables.

    A snap's part with `plugin: flutter` builds the app without a script.
    Sources: https://circleci.com/docs/configuration-reference · https://learn.microsoft.com/azure/devops/pipelines/yaml-schema ·
    https://support.atlassian.com/bitbucket-cloud/docs/step-options · https://taskfile.dev/reference/schema ·
    https://documentation.ubuntu.com/snapcraft/stable/reference/plugins/flutter_plugin · https://docs.flatpak.org/en/latest/module-sources.html
    """
    yield from _list_jobs_below(file, _Job(name=None, line=1, start=folder), [_MOST], 0)


def _list_jobs_below(
    node: YamlNode, around: _Job, nodes_left: list[int], depth: int
) -> Iterator[_Job]:
    """Return the jobs of a node and below; `around` has their name, variables and folder."""
    nodes_left[0] -= 1
    if depth > _MAX_DEPTH or nodes_left[0] < 0:
        return
    env = around.env
    for key in _VARIABLES:
        env = add_nodes(env, _variables(node.at(key)))
    around = replace(around, env=env)
    scripts = tuple(
        one for key, value in node.mapping.items() if key in _SCRIPTS for one in _texts(value)
    )
    if node.at(_PLUGIN).text == _FLUTTER:
        scripts += (YamlNode(line=node.at(_PLUGIN).line, value="flutter build linux --release"),)
    if scripts:
        folder = next((found for key in _DIRECTORIES if (found := node.at(key).text)), None)
        start = around.start.enter(folder) if folder else around.start
        yield replace(around, line=node.line, scripts=scripts, start=start)
    for key, value in node.mapping.items():
        if key not in _VARIABLES:
            yield from _list_jobs_below(value, replace(around, name=key), nodes_left, depth + 1)
    for value in node.sequence:
        yield from _list_jobs_below(value, around, nodes_left, depth + 1)


def _variables(node: YamlNode) -> dict[str, YamlNode]:
    """Return the variables of a mapping, or of Azure's list of names and values."""
    found = {name: one for name, one in node.mapping.items() if one.text is not None}
    for one in node.sequence:
        if (name := one.at("name").text) is not None:
            found[name] = one.at("value")
    return found


def _texts(node: YamlNode) -> Iterator[YamlNode]:
    """
    Return a text, or the texts of a list.

    A Taskfile's `{{.NAME}}` becomes a variable of a shell.
    Source: https://taskfile.dev/docs/reference/templating
    """
    for one in (node, *node.sequence):
        if one.text is not None:
            yield replace(one, value=_TEMPLATE.sub(r"${\g<name>}", one.text))


def parse_other_ci_steps(
    path: PurePosixPath, file: YamlNode, app: AppLocation
) -> tuple[BuildStep, ...]:
    """
    Return the steps of a file that concern the app; none if the service is unknown.

    Variables that may be in the service's settings count as set, as do exports of earlier scripts.
    """
    folder = WORKSPACE.enter(str(path.parent))
    if path.name in _OF_MELOS:
        jobs = _read_melos(file, folder, app.name)
    else:
        jobs = _READERS.get(path.name, _read_any_service)(file, folder)
    return tuple(step for job in jobs for step in _build_steps(path, job, app))


def _build_steps(path: PurePosixPath, job: _Job, app: AppLocation) -> Iterator[BuildStep]:
    exported: frozenset[str] = frozenset()
    shell = ShellState(here=job.start)
    for node in job.scripts:
        lines = parse_yaml_script(node)
        shell = shell if job.is_one_shell else ShellState(here=job.start)
        own = find_values("", (one.text for one in lines))
        shell.values = {**_literals(job), **shell.values, **own}
        commands = tuple(one.to_command for one in shell.select_commands(lines, app))
        if commands:
            yield BuildStep(
                path=path,
                line=commands[0].line,
                job=job.name,
                commands=commands,
                env=read_texts(job.env),
                env_lines=read_lines(job.env),
                exported=exported | _find_settings_variables(job, lines),
                events=job.events,
            )
        exported |= find_exported_variables(lines)


def _literals(job: _Job) -> Values:
    return {name: (node.text,) for name, node in merge_nodes(job.env).items() if node.text}


def _find_settings_variables(job: _Job, lines: Iterable[LogicalLine]) -> frozenset[str]:
    return find_referenced_variables(lines) - job.env.keys() if job.has_settings else frozenset()


def _read_codemagic(file: YamlNode, folder: WorkingDirectory) -> Iterator[_Job]:
    """Source: https://docs.codemagic.io/yaml-basic-configuration/yaml-getting-started/."""
    for name, workflow in file.at("workflows").mapping.items():
        directory = workflow.at("working_directory").text
        yield _Job(
            name=name,
            line=workflow.line,
            env=workflow.at("environment", "vars").mapping,
            scripts=tuple(
                one.at("script") if one.mapping else one for one in workflow.at("scripts").sequence
            ),
            start=folder.enter(directory) if directory else folder,
            has_settings=bool(workflow.at("environment", "groups").sequence),
            events=_list_texts(workflow.at("triggering", "events")),
        )


def _read_gitlab(file: YamlNode, folder: WorkingDirectory) -> Iterator[_Job]:
    """Source: https://docs.gitlab.com/ci/yaml/."""
    shared = file.at("variables").mapping
    for name, job in file.mapping.items():
        if name in _GITLAB_WORDS or not job.mapping:
            continue
        before = _choose_first(
            job.at("before_script"), file.at("default", "before_script"), file.at("before_script")
        )
        # `before_script` and `script` share one shell; `after_script` gets another.
        for parts in ((before, job.at("script")), (job.at("after_script"),)):
            yield _Job(
                name=name,
                line=job.line,
                env=add_nodes(shared, job.at("variables").mapping),
                scripts=tuple(one for part in parts for one in _flatten_texts(part)),
                start=folder,
                events=_find_merge_request_events(job),
                is_one_shell=True,
            )


def _find_merge_request_events(job: YamlNode) -> frozenset[str]:
    """Return the pull request event, if the job only runs for GitLab's merge requests."""
    only = job.at("only")
    refs = _list_texts(only) | _list_texts(only.at("refs"))
    rules = [one for one in job.at("rules").sequence if one.at("when").text != "never"]
    merge_requests = [_OF_MERGE_REQUEST.fullmatch(one.at("if").text or "") for one in rules]
    is_only_these = refs == {"merge_requests"} or (bool(merge_requests) and all(merge_requests))
    return frozenset({"pull_request"}) if is_only_these else frozenset()


def _read_bitrise(file: YamlNode, folder: WorkingDirectory) -> Iterator[_Job]:
    """Source: https://docs.bitrise.io/en/bitrise-ci/references/configuration-yaml-reference.html."""
    for name, workflow in file.at("workflows").mapping.items():
        envs = (*file.at("app", "envs").sequence, *workflow.at("envs").sequence)
        steps = [one for entry in workflow.at("steps").sequence for one in entry.mapping.values()]
        yield _Job(
            name=name,
            line=workflow.line,
            env={key: one for entry in envs for key, one in entry.mapping.items() if key != "opts"},
            scripts=tuple(
                values.at("content") for step in steps for values in step.at("inputs").sequence
            ),
            start=folder,
        )


def _read_melos(file: YamlNode, folder: WorkingDirectory, app_name: str | None) -> Iterator[_Job]:
    """Source: https://melos.invertase.dev/configuration/scripts and …/filters."""
    root = file.at("melos") if "melos" in file.mapping else file
    for name, one in root.at("scripts").mapping.items():
        executed = one.at("exec").text is not None or "exec" in one.mapping
        parts = (one, one.at("run"), one.at("exec"), *one.at("steps").sequence)
        filters = (
            one.at("packageFilters")
            if "packageFilters" in one.mapping
            else one.at("select-package")
        )
        scopes, ignored = (sorted(_list_texts(filters.at(key))) for key in ("scope", "ignore"))
        if executed and not selects_by_names(app_name, scopes, ignored):
            continue
        yield _Job(
            name=name,
            line=one.line,
            env=one.at("env").mapping,
            scripts=tuple(part for part in parts if part.text is not None),
            start=ANYWHERE if executed else folder,
            has_settings=False,
        )


def _list_texts(node: YamlNode) -> frozenset[str]:
    """Return a text, or the texts of a list."""
    return frozenset(filter(None, (node.text, *(one.text for one in node.sequence))))


def _flatten_texts(node: YamlNode) -> list[YamlNode]:
    """Return the texts of a list, of nested lists, or of a single text."""
    if node.text is not None:
        return [node]
    return [one for entry in node.sequence for one in (entry, *entry.sequence) if one.text]


def _choose_first(*nodes: YamlNode) -> YamlNode:
    return next((node for node in nodes if node.value is not None), nodes[0])


_READERS: Mapping[str, Callable[[YamlNode, WorkingDirectory], Iterator[_Job]]] = {
    "codemagic.yaml": _read_codemagic,
    "codemagic.yml": _read_codemagic,
    ".gitlab-ci.yml": _read_gitlab,
    "bitrise.yml": _read_bitrise,
}
