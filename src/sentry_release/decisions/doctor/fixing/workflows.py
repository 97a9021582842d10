"""The mend of FD34: a build in a workflow, after a step that has written the define file."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

import yaml

from sentry_release.decisions.doctor.fixing.case import Case, line_end, line_start, new_line
from sentry_release.decisions.doctor.fixing.yaml_places import (
    at,
    column_of,
    entry,
    is_block,
    items,
    line_of,
    root_of,
    text_of,
)
from sentry_release.facts.doctor.builds import Build, builds_in
from sentry_release.words.edit import Edit

_NAME = "SENTRY_DEFINE_FILE"
_BUILD = re.compile(r"(?<![\w./-])flutter[ \t]+build[ \t]+[a-z-]+(?=[ \t\r\n]|$)")
_OURS = re.compile(r"[^@]*/sentry-release-flutter@[^@]+")
_ID = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_NAMING = {None, "", "main", "plan"}
_POSIX = re.compile(r"(?:bash|sh)(?:\s.*)?")
_RUNNERS = re.compile(r"(?:ubuntu|macos)-[\w.-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """The step of a build, its job, and what it runs."""

    file: yaml.Node
    job: yaml.Node
    step: yaml.Node
    run: tuple[yaml.Node, yaml.Node]


def with_define_file(case: Case) -> tuple[Edit, ...] | None:
    """
    Hand the define file to the build, by a variable, so that no shell reads what is in the name.

    Only where the one step of this action before it, in the same job, is for this very app.
    Source: https://docs.github.com/en/actions/reference/security/secure-use
    """
    build = _build(case)
    place = _place(case, build) if build else None
    if build is None or place is None or not _is_posix(place) or not _is_in_app(place, case):
        return None
    step_id = _our_id(place, case)
    argument = _argument(case, place)
    env = _env(case, place, f"${{{{ steps.{step_id}.outputs.dart-define-file }}}}")
    return None if step_id is None or argument is None or env is None else (argument, *env)


def _build(case: Case) -> Build | None:
    """The only build on the line of the finding."""
    found = [
        one
        for one in builds_in(case.subject.steps)
        if (one.step.path, one.line) == (case.finding.path, case.finding.line)
    ]
    return found[0] if len(found) == 1 else None


def _place(case: Case, build: Build) -> _Place | None:
    file = root_of(case.text)
    job = at(file, "jobs", build.step.job) if build.step.job else None
    if file is None or job is None:
        return None
    for step in items(at(job, "steps")):
        run = entry(step, "run")
        if line_of(step) == build.step.line and run and is_block(step):
            return _Place(file=file, job=job, step=step, run=run)
    return None


def _is_posix(place: _Place) -> bool:
    """Whether the shell is one that reads `"$NAME"`; of a runner of Windows it is not."""
    shells = [
        text_of(at(place.step, "shell")),
        text_of(at(place.job, "defaults", "run", "shell")),
        text_of(at(place.file, "defaults", "run", "shell")),
    ]
    shell = next((one for one in shells if one is not None), None)
    if shell is not None:
        return bool(_POSIX.fullmatch(shell))
    return bool(_RUNNERS.fullmatch(text_of(at(place.job, "runs-on")) or ""))


def _is_in_app(place: _Place, case: Case) -> bool:
    """Whether the commands run in the folder of the app, from which the file's path counts."""
    folders = [
        text_of(at(place.step, "working-directory")),
        text_of(at(place.job, "defaults", "run", "working-directory")),
        text_of(at(place.file, "defaults", "run", "working-directory")),
    ]
    folder = next((one for one in folders if one is not None), ".")
    moves = re.search(r"(?m)(?:^|[\s;&|(])(?:cd|pushd)\b", text_of(place.run[1]) or "")
    return PurePosixPath(folder) == case.subject.folder and not moves


def _our_id(place: _Place, case: Case) -> str | None:
    """The id of the only step before it that uses this action."""
    ours = [one for one in _before(place) if _OURS.fullmatch(text_of(at(one, "uses")) or "")]
    if len(ours) != 1 or at(ours[0], "if") is not None:
        return None
    step_id = text_of(at(ours[0], "id")) or ""
    folder = PurePosixPath(text_of(at(ours[0], "with", "working-directory")) or ".")
    phase = text_of(at(ours[0], "with", "phase"))
    sure = folder == case.subject.folder and phase in _NAMING and _ID.fullmatch(step_id)
    return step_id if sure else None


def _before(place: _Place) -> Iterator[yaml.Node]:
    for step in items(at(place.job, "steps")):
        if step is place.step:
            return
        yield step


def _argument(case: Case, place: _Place) -> Edit | None:
    """The argument behind the target, where it is written as it runs: plain, or in a block `|`."""
    value = place.run[1]
    if not isinstance(value, yaml.ScalarNode) or value.style not in {None, "", "|"}:
        return None
    start = line_start(case.text, case.finding.line)
    found = list(_BUILD.finditer(case.text, start, line_end(case.text, start)))
    if len(found) != 1:
        return None
    return case.edit(found[0].end(), found[0].end(), f' --dart-define-from-file="${_NAME}"')


def _env(case: Case, place: _Place, value: str) -> tuple[Edit, ...] | None:
    """The variable among those of the step; nothing where it is there, None where another is."""
    env = entry(place.step, "env")
    end = new_line(case.text)
    if env is None:
        return (_after_run(case, place, value),)
    said = entry(env[1], _NAME)
    if said is not None:
        return () if text_of(said[1]) == value else None
    if not is_block(env[1]) or line_of(env[1]) == line_of(env[0]):
        return None
    start = line_start(case.text, line_of(env[1]))
    indent = " " * column_of(env[1])
    return (case.edit(start, start, f"{indent}{_NAME}: {value}{end}"),)


def _after_run(case: Case, place: _Place, value: str) -> Edit:
    """A new `env` behind all lines of what the step runs."""
    column = column_of(place.run[0])
    last = line_of(place.run[0])
    lines = case.text.split("\n")
    for number, line in enumerate(lines[last:], last + 1):
        if line.strip() and len(line) - len(line.lstrip(" ")) <= column:
            break
        if line.strip():
            last = number
    begin = line_start(case.text, last + 1)
    indent, end = " " * column, new_line(case.text)
    text = f"{indent}env:{end}{indent}  {_NAME}: {value}"
    ended = case.text[:begin].endswith("\n")
    return case.edit(begin, begin, f"{text}{end}" if ended else f"{end}{text}")
