"""Fixers for a workflow's build: the define file (FD34), and the version flags (FD42)."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from sentry_release.doctor.analysis.version_flags import plan_version_inputs
from sentry_release.doctor.app import FixContext, get_only
from sentry_release.doctor.ci_files.builds import Build, find_builds
from sentry_release.doctor.ci_files.triggers import OwnAction, find_own_action
from sentry_release.flutter.yaml_document import parse_editable_yaml
from sentry_release.flutter.yaml_node import YamlNode
from sentry_release.model.finding import TextEdit, find_line_end, find_line_ending, find_line_start

_NAME = "SENTRY_DEFINE_FILE"
_BUILD = re.compile(r"(?<![\w./-])flutter[ \t]+build[ \t]+[a-z-]+(?=[ \t\r\n]|$)")
_ID = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_POSIX = re.compile(r"(?:bash|sh)(?:\s.*)?")
# Values that YAML reads as they are written, without quotes.
_PLAIN = re.compile(r"\$\{\{ [\w.-]+ \}\}|[A-Za-z0-9][\w.+-]*")
_RUNNERS = re.compile(r"(?:ubuntu|macos)-[\w.-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class _StepLocation:
    """The step of a build, its job and its `run`."""

    file: YamlNode
    job: YamlNode
    step: YamlNode
    run: tuple[YamlNode, YamlNode]


def fix_missing_define_file(context: FixContext) -> tuple[TextEdit, ...] | None:
    """
    Return the edits that pass the define file, in a variable so that no shell evaluates it.

    They require exactly one earlier step of this action in the same job, for the same app.
    Source: https://docs.github.com/en/actions/reference/security/secure-use
    """
    build = _find_build(context)
    place = _find_step_location(context, build) if build else None
    if (
        build is None
        or place is None
        or not _runs_in_posix_shell(place)
        or not _runs_in_app_folder(place, context)
    ):
        return None
    versions = _build_version_edits(context, build, place)
    step_id = _find_action_step_id(place, context)
    argument = _build_argument_edit(context, place)
    env = _build_env_edit(context, place, f"${{{{ steps.{step_id}.outputs.dart-defines-file }}}}")
    if versions is None or step_id is None or argument is None or env is None:
        return None
    return (argument, *env, *versions)


def fix_version_inputs(context: FixContext) -> tuple[TextEdit, ...] | None:
    """Return the edits that give this action the version flags of a build as its inputs (FD42)."""
    build = _find_build(context)
    place = _find_step_location(context, build) if build else None
    return _build_version_edits(context, build, place) if build and place else None


def _build_version_edits(
    context: FixContext, build: Build, place: _StepLocation
) -> tuple[TextEdit, ...] | None:
    """
    Return the edits after which this action computes the release from the flags of the build.

    Without them every run would report the version of pubspec.yaml, independent of the flags.
    """
    inputs = plan_version_inputs(context.app, build)
    if inputs is None or not inputs:
        return () if inputs is not None else None
    step = _find_action_step(place)
    if step is None or not all(_PLAIN.fullmatch(value) for value in inputs.values()):
        return None
    edit = _build_inputs_edit(context, step, inputs)
    return None if edit is None else (edit,)


def _build_inputs_edit(
    context: FixContext, step: YamlNode, inputs: Mapping[str, str]
) -> TextEdit | None:
    """Return the edit that adds inputs to a step; None if its `with` is not a block of lines."""
    end = find_line_ending(context.text)
    entry, uses = step.find_entry("with"), step.find_entry("uses")
    if entry is None and uses is not None and step.is_block_mapping and uses[1].style == "":
        indent = " " * uses[0].column
        lines = [f"{indent}with:", *(f"{indent}  {name}: {text}" for name, text in inputs.items())]
        start = find_line_start(context.text, uses[1].line + 1)
    elif entry is not None and entry[1].is_block_mapping and entry[1].line != entry[0].line:
        indent = " " * entry[1].column
        lines = [f"{indent}{name}: {text}" for name, text in inputs.items()]
        start = find_line_start(context.text, entry[1].line)
    else:
        return None
    return context.build_edit(start, start, "".join(f"{line}{end}" for line in lines))


def _find_build(context: FixContext) -> Build | None:
    """Return the only build on the finding's line."""
    return get_only(
        one
        for one in find_builds(context.app)
        if (one.step.path, one.line) == (context.finding.path, context.finding.line)
    )


def _find_step_location(context: FixContext, build: Build) -> _StepLocation | None:
    file = parse_editable_yaml(context.text)
    job = file.find("jobs", build.step.job) if file and build.step.job else None
    if file is None or job is None:
        return None
    for step in _steps(job):
        run = step.find_entry("run")
        if step.line == build.step.line and run and step.is_block_mapping:
            return _StepLocation(file=file, job=job, step=step, run=run)
    return None


def _runs_in_posix_shell(place: _StepLocation) -> bool:
    """Return whether the shell expands `"$NAME"`; the default shell on Windows does not."""
    shells = [
        _text(place.step, "shell"),
        _text(place.job, "defaults", "run", "shell"),
        _text(place.file, "defaults", "run", "shell"),
    ]
    shell = next((one for one in shells if one is not None), None)
    if shell is not None:
        return bool(_POSIX.fullmatch(shell))
    return bool(_RUNNERS.fullmatch(_text(place.job, "runs-on") or ""))


def _runs_in_app_folder(place: _StepLocation, context: FixContext) -> bool:
    """Return whether the commands run in the app's folder, which the file path is relative to."""
    folders = [
        _text(place.step, "working-directory"),
        _text(place.job, "defaults", "run", "working-directory"),
        _text(place.file, "defaults", "run", "working-directory"),
    ]
    folder = next((one for one in folders if one is not None), ".")
    moves = re.search(r"(?m)(?:^|[\s;&|(])(?:cd|pushd)\b", place.run[1].text or "")
    return PurePosixPath(folder) == context.app.folder and not moves


def _find_action_step_id(place: _StepLocation, context: FixContext) -> str | None:
    """Return the id of the only earlier step that uses this action, if it always runs, and here."""
    step = _find_action_step(place)
    if step is None or "if" in step.mapping:
        return None
    step_id = _text(step, "id") or ""
    folder = PurePosixPath(_text(step, "with", "working-directory") or ".")
    sure = folder == context.app.folder and _ID.fullmatch(step_id)
    return step_id if sure else None


def _find_action_step(place: _StepLocation) -> YamlNode | None:
    """Return the only earlier step that uses this action; None if there are several or none."""
    return get_only(
        one
        for one in _list_earlier_steps(place)
        if find_own_action(_text(one, "uses")) is OwnAction.RELEASE
    )


def _list_earlier_steps(place: _StepLocation) -> Iterator[YamlNode]:
    for step in _steps(place.job):
        if step is place.step:
            return
        yield step


def _steps(job: YamlNode) -> tuple[YamlNode, ...]:
    steps = job.find("steps")
    return steps.sequence if steps else ()


def _text(node: YamlNode, *keys: str) -> str | None:
    found = node.find(*keys)
    return found.text if found else None


def _build_argument_edit(context: FixContext, place: _StepLocation) -> TextEdit | None:
    """Return the edit after the target, if `run` is plain or a `|` block, which YAML keeps as is."""
    value = place.run[1]
    if value.text is None or value.style not in {"", "|"}:
        return None
    start = find_line_start(context.text, context.finding.line)
    found = get_only(_BUILD.finditer(context.text, start, find_line_end(context.text, start)))
    if found is None:
        return None
    return context.build_edit(found.end(), found.end(), f' --dart-define-from-file="${_NAME}"')


def _build_env_edit(
    context: FixContext, place: _StepLocation, value: str
) -> tuple[TextEdit, ...] | None:
    """Return the edit of `env`: empty if the variable is set, None if its value is another."""
    env = place.step.find_entry("env")
    end = find_line_ending(context.text)
    if env is None:
        return (_build_new_env_edit(context, place, value),)
    existing = env[1].find_entry(_NAME)
    if existing is not None:
        return () if existing[1].text == value else None
    if not env[1].is_block_mapping or env[1].line == env[0].line:
        return None
    start = find_line_start(context.text, env[1].line)
    indent = " " * env[1].column
    return (context.build_edit(start, start, f"{indent}{_NAME}: {value}{end}"),)


def _build_new_env_edit(context: FixContext, place: _StepLocation, value: str) -> TextEdit:
    """Return the edit that adds `env` after the lines of `run`."""
    column = place.run[0].column
    last = place.run[0].line
    lines = context.text.split("\n")
    for number, line in enumerate(lines[last:], last + 1):
        if line.strip() and len(line) - len(line.lstrip(" ")) <= column:
            break
        if line.strip():
            last = number
    begin = find_line_start(context.text, last + 1)
    indent, end = " " * column, find_line_ending(context.text)
    text = f"{indent}env:{end}{indent}  {_NAME}: {value}"
    ended = context.text[:begin].endswith("\n")
    return context.build_edit(begin, begin, f"{text}{end}" if ended else f"{end}{text}")
