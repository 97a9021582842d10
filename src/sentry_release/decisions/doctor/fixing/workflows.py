"""The mend of FD34: a build in a workflow, after a step that has written the define file."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from sentry_release.decisions.doctor.fixing.case import Case, line_end, line_start, new_line
from sentry_release.doctor.ci_files.own_action import OwnAction, find_own_action
from sentry_release.facts.doctor.builds import Build, builds_in
from sentry_release.flutter.yaml_document import parse_editable_yaml
from sentry_release.flutter.yaml_node import YamlNode
from sentry_release.words.edit import Edit

_NAME = "SENTRY_DEFINE_FILE"
_BUILD = re.compile(r"(?<![\w./-])flutter[ \t]+build[ \t]+[a-z-]+(?=[ \t\r\n]|$)")
_ID = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_POSIX = re.compile(r"(?:bash|sh)(?:\s.*)?")
_VERSION_FLAG = re.compile(
    r"--build-(?P<half>name|number)[= ](?P<quote>[\"']?)(?P<value>\$\{\{.{0,300}?\}\}|[^\s\"']+)(?P=quote)"
)
_RUNNERS = re.compile(r"(?:ubuntu|macos)-[\w.-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """The step of a build, its job, and what it runs."""

    file: YamlNode
    job: YamlNode
    step: YamlNode
    run: tuple[YamlNode, YamlNode]


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
    if not _agrees_on_version(build, place):
        return None
    step_id = _our_id(place, case)
    argument = _argument(case, place)
    env = _env(case, place, f"${{{{ steps.{step_id}.outputs.dart-defines-file }}}}")
    return None if step_id is None or argument is None or env is None else (argument, *env)


def _agrees_on_version(build: Build, place: _Place) -> bool:
    """
    Whether this action names the release after the version that the build gets by its flags.

    Otherwise every run would report the version of pubspec.yaml, whatever the flags say.
    """
    given = {
        half: _text(one, "with", f"build-{half}")
        for one in _before(place)
        if find_own_action(_text(one, "uses")) is OwnAction.RELEASE
        for half in ("name", "number")
    }
    return all(
        given.get(found["half"]) == found["value"]
        for found in _VERSION_FLAG.finditer(build.command)
    )


def _build(case: Case) -> Build | None:
    """The only build on the line of the finding."""
    found = [
        one
        for one in builds_in(case.subject.steps)
        if (one.step.path, one.line) == (case.finding.path, case.finding.line)
    ]
    return found[0] if len(found) == 1 else None


def _place(case: Case, build: Build) -> _Place | None:
    file = parse_editable_yaml(case.text)
    job = file.find("jobs", build.step.job) if file and build.step.job else None
    if file is None or job is None:
        return None
    for step in _steps(job):
        run = step.find_entry("run")
        if step.line == build.step.line and run and step.is_block_mapping:
            return _Place(file=file, job=job, step=step, run=run)
    return None


def _is_posix(place: _Place) -> bool:
    """Whether the shell is one that reads `"$NAME"`; of a runner of Windows it is not."""
    shells = [
        _text(place.step, "shell"),
        _text(place.job, "defaults", "run", "shell"),
        _text(place.file, "defaults", "run", "shell"),
    ]
    shell = next((one for one in shells if one is not None), None)
    if shell is not None:
        return bool(_POSIX.fullmatch(shell))
    return bool(_RUNNERS.fullmatch(_text(place.job, "runs-on") or ""))


def _is_in_app(place: _Place, case: Case) -> bool:
    """Whether the commands run in the folder of the app, from which the file's path counts."""
    folders = [
        _text(place.step, "working-directory"),
        _text(place.job, "defaults", "run", "working-directory"),
        _text(place.file, "defaults", "run", "working-directory"),
    ]
    folder = next((one for one in folders if one is not None), ".")
    moves = re.search(r"(?m)(?:^|[\s;&|(])(?:cd|pushd)\b", place.run[1].text or "")
    return PurePosixPath(folder) == case.subject.folder and not moves


def _our_id(place: _Place, case: Case) -> str | None:
    """The id of the only step before it that uses this action."""
    ours = [
        one for one in _before(place) if find_own_action(_text(one, "uses")) is OwnAction.RELEASE
    ]
    if len(ours) != 1 or "if" in ours[0].mapping:
        return None
    step_id = _text(ours[0], "id") or ""
    folder = PurePosixPath(_text(ours[0], "with", "working-directory") or ".")
    sure = folder == case.subject.folder and _ID.fullmatch(step_id)
    return step_id if sure else None


def _before(place: _Place) -> Iterator[YamlNode]:
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


def _argument(case: Case, place: _Place) -> Edit | None:
    """The argument behind the target, where it is written as it runs: plain, or in a block `|`."""
    value = place.run[1]
    if value.text is None or value.style not in {"", "|"}:
        return None
    start = line_start(case.text, case.finding.line)
    found = list(_BUILD.finditer(case.text, start, line_end(case.text, start)))
    if len(found) != 1:
        return None
    return case.edit(found[0].end(), found[0].end(), f' --dart-define-from-file="${_NAME}"')


def _env(case: Case, place: _Place, value: str) -> tuple[Edit, ...] | None:
    """The variable among those of the step; nothing where it is there, None where another is."""
    env = place.step.find_entry("env")
    end = new_line(case.text)
    if env is None:
        return (_after_run(case, place, value),)
    said = env[1].find_entry(_NAME)
    if said is not None:
        return () if said[1].text == value else None
    if not env[1].is_block_mapping or env[1].line == env[0].line:
        return None
    start = line_start(case.text, env[1].line)
    indent = " " * env[1].column
    return (case.edit(start, start, f"{indent}{_NAME}: {value}{end}"),)


def _after_run(case: Case, place: _Place, value: str) -> Edit:
    """A new `env` behind all lines of what the step runs."""
    column = place.run[0].column
    last = place.run[0].line
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
