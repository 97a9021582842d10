"""Parses Makefiles, Fastfiles and other scripts, and adds the variables of their callers."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from sentry_release.doctor.app import BuildStep
from sentry_release.doctor.ci_files.jobs import commands_deliver
from sentry_release.doctor.ci_files.shell import LogicalLine, split_logical_lines, strip_comment
from sentry_release.doctor.ci_files.shell_directory import (
    ANYWHERE,
    AppLocation,
    find_commands_for_app,
)
from sentry_release.doctor.ci_files.triggers import get_local_action_path
from sentry_release.flutter.yaml_node import YamlNode
from sentry_release.model.foreign_text import parse_json

_RUBY = re.compile(r"Fastfile[\w.-]*|.*\.rb")
_IMPORT = re.compile(r"^[ \t]*import[ \t(]+[\"'](?P<path>[^\"'\n#]{1,300})[\"']", re.MULTILINE)
_MAX_ROUNDS = 3  # a workflow calls an action, which calls make, which calls a script
_BY_PROGRAM = {
    "Makefile": r"\bg?make\b",
    "makefile": r"\bg?make\b",
    "GNUmakefile": r"\bg?make\b",
    "justfile": r"\bjust\b",
    "Justfile": r"\bjust\b",
    ".justfile": r"\bjust\b",
    "Fastfile": r"\bfastlane\b",
    "package.json": r"\b(?:npm|yarn|pnpm|bun)\b",
    "melos.yaml": r"\bmelos\b",
    "pubspec.yaml": r"\bmelos\b",
}
_CALLED = "workflow_call"
_WORKFLOWS = PurePosixPath(".github/workflows")
_RECIPE = re.compile(r"^\t[@+-]*", re.MULTILINE)
_LIST_OF_WORDS = re.compile(r"""["']\s*,\s*["']""")
_OPEN, _CLOSE = "([{", ")]}"
_MAX_CALL_LINES = 40  # lines
_INSTRUCTION = re.compile(r"(?P<word>RUN|ENV|ARG|CMD|ENTRYPOINT|WORKDIR|LET|SET)\s+")
_RUN_OPTION = re.compile(r"--[\w-]+(?:[= ]\S+)?\s+(?!--$)")
_LANE = re.compile(r"^[ \t]*(?:private_)?lane\b", re.MULTILINE)
_TEMPLATE = re.compile(r"\{\{\s*\.?(?P<name>[A-Za-z_]\w*)\s*\}\}")
_GROOVY_COMMENT = re.compile(r"(?<![:\w\"'/])//.*|^\s*\*.*|^\s*/\*.*")


def is_ruby(name: str) -> bool:
    """
    Return whether a file in fastlane's folder contains lanes or an action.

    >>> is_ruby("Fastfile-Android"), is_ruby("report.xml")
    (True, False)
    """
    return _RUBY.fullmatch(name) is not None


def find_imports(text: str) -> Iterator[str]:
    """
    Return the paths that a Fastfile imports, relative to its folder.

    Source: https://docs.fastlane.tools/advanced/Fastfile/#import
    """
    for found in _IMPORT.finditer(text):
        yield found["path"]


def add_caller_environment(steps: Sequence[BuildStep]) -> tuple[BuildStep, ...]:
    """
    Return the steps with each script and local action in the environment of all its callers.

    The union of all callers avoids false findings about variables that only one caller sets.
    """
    found = tuple(steps)
    for _ in range(_MAX_ROUNDS):
        callers = {path: _find_callers(path, found) for path in {step.path for step in found}}
        after = tuple(_merge_callers(step, callers[step.path]) for step in found)
        if after == found:
            break
        found = after
    return found


def _find_callers(path: PurePosixPath, steps: Iterable[BuildStep]) -> list[BuildStep]:
    name = str(path.parent if path.stem == "action" else path)
    words = re.compile(
        _BY_PROGRAM.get(path.name) or rf"(?:^|[\s\"'/;&|(=]){re.escape(path.name)}(?![\w.])"
    )
    is_script = not str(path).startswith(".github/")
    return [
        step
        for step in steps
        if step.path != path
        and (
            get_local_action_path(step.uses) == name
            or (is_script and any(words.search(command.text) for command in step.commands))
        )
    ]


def _merge_callers(step: BuildStep, callers: Sequence[BuildStep]) -> BuildStep:
    if not callers:
        return step
    env: dict[str, str] = {}
    exported: frozenset[str] = step.exported
    # A reusable workflow runs on its own machines: variables of its callers do not reach it.
    # Source: https://docs.github.com/en/actions/reference/workflows-and-actions/reusing-workflow-configurations
    for caller in callers if not _is_workflow(step) else ():
        env |= caller.env
        exported |= caller.exported
    events = step.events - {_CALLED} if step.events else step.events
    delivered = [one.is_delivered for one in callers]
    return replace(
        step,
        env=env | dict(step.env),
        exported=exported,
        after_our_action=step.after_our_action or any(one.after_our_action for one in callers),
        events=events.union(*(one.events for one in callers)),
        is_delivered=step.is_delivered or (not _is_workflow(step) and any(delivered)),
        is_called=True,
    )


def _is_workflow(step: BuildStep) -> bool:
    return step.path.parent == _WORKFLOWS


def parse_yaml_script(node: YamlNode) -> tuple[LogicalLine, ...]:
    """Return the commands of a YAML string; none for any other node."""
    if node.text is None:
        return ()
    if node.style == "|":
        return split_logical_lines(node.text, node.line + 1)
    if node.style == ">":
        return _parse_folded_script(node)
    return tuple(
        LogicalLine(text=one.text, line=node.line, stdin=one.stdin)
        for one in split_logical_lines(node.text)
    )


def _parse_folded_script(node: YamlNode) -> tuple[LogicalLine, ...]:
    """Return the commands of a folded string, each with its first source line."""
    found = []
    lines = node.folded_lines
    at = 0
    for one in split_logical_lines(node.text or ""):
        fits = (n for n in range(at, len(lines)) if _begins_with(one.text, lines[n]))
        at = next(fits, at)
        found.append(LogicalLine(text=one.text, line=node.line + 1 + at, stdin=one.stdin))
    return tuple(found)


def _begins_with(text: str, line: str) -> bool:
    words = line.strip()
    return bool(words) and text.startswith(words)


def parse_shell_script(text: str) -> tuple[LogicalLine, ...]:
    """Return the commands of a shell script."""
    return split_logical_lines(text)


def parse_makefile(text: str) -> tuple[LogicalLine, ...]:
    """
    Return the commands of a Makefile or justfile; its variables become assignments.

    Source: https://www.gnu.org/software/make/manual/make.html#Recipe-Syntax
    """
    plain = _RECIPE.sub("\t", text).replace("$$", "$")
    return tuple(
        LogicalLine(text=one.text.lstrip("@-+"), line=one.line)
        for one in split_logical_lines(plain)
    )


def parse_justfile(text: str) -> tuple[LogicalLine, ...]:
    """
    Return the commands of a justfile, with its `{{name}}` as variables of a shell.

    Source: https://just.systems/man/en/
    """
    return parse_makefile(_TEMPLATE.sub(r"${\g<name>}", text))


def parse_package_json(text: str) -> tuple[LogicalLine, ...]:
    """
    Return the commands of `scripts` in a package.json, each with its line.

    Source: https://docs.npmjs.com/cli/using-npm/scripts
    """
    try:
        scripts = parse_json(text).get("scripts", {}).items()
    except (ValueError, AttributeError):
        return ()
    lines = text.split("\n")
    found = []
    for name, command in scripts:
        places = (number for number, line in enumerate(lines, 1) if f'"{name}"' in line)
        if isinstance(command, str):
            found.append(LogicalLine(text=command, line=next(places, 1)))
    return tuple(sorted(found, key=lambda one: one.line))


def parse_fastfile(text: str) -> tuple[LogicalLine, ...]:
    """Return the statements of a Fastfile; a call over several lines is joined by spaces."""
    lines = text.split("\n")
    found = []
    at = 0
    while at < len(lines):
        began = at
        statement, at = _read_statement(lines, at)
        if statement:
            found.append(LogicalLine(text=_LIST_OF_WORDS.sub(" ", statement), line=began + 1))
    return tuple(found)


def parse_dockerfile(text: str) -> tuple[LogicalLine, ...]:
    """
    Return the commands of a Dockerfile or Earthfile; its variables become assignments.

    Sources: https://docs.docker.com/reference/dockerfile · https://docs.earthly.dev/docs/earthfile
    """
    found = []
    for one in split_logical_lines(text):
        instruction = _INSTRUCTION.match(one.text)
        if instruction is None:
            continue
        command = one.text[instruction.end() :]
        if instruction["word"] == "WORKDIR":
            continue  # in the image, whose folders are not the repository's
        while option := _RUN_OPTION.match(command):
            command = command[option.end() :]
        found.append(LogicalLine(text=command, line=one.line, stdin=one.stdin))
    return tuple(found)


def parse_jenkinsfile(text: str) -> tuple[LogicalLine, ...]:
    """
    Return the lines of a Jenkinsfile without comments; the string of a `sh` may span several.

    Source: https://www.jenkins.io/doc/book/pipeline/syntax/
    """
    lines = (_GROOVY_COMMENT.sub("", line).strip() for line in text.split("\n"))
    return tuple(
        LogicalLine(text=line, line=number) for number, line in enumerate(lines, 1) if line
    )


def _read_statement(lines: list[str], at: int) -> tuple[str, int]:
    parts: list[str] = []
    depth = 0
    for after in range(at, min(at + _MAX_CALL_LINES, len(lines))):
        line = strip_comment(lines[after]).strip()
        parts.append(line.rstrip("\\").strip())
        depth += sum(line.count(one) for one in _OPEN) - sum(line.count(one) for one in _CLOSE)
        if depth <= 0 and not line.endswith(("\\", ",", "+")):
            return " ".join(part for part in parts if part), after + 1
    return parts[0].strip(), at + 1


SCRIPT_PARSERS: tuple[tuple[re.Pattern[str], Callable[[str], tuple[LogicalLine, ...]]], ...] = (
    (re.compile(r"(?:.*/)?(?:GNUm|M|m)akefile|.*\.mk"), parse_makefile),
    (re.compile(r"(?:.*/)?(?:\.?j|J)ustfile"), parse_justfile),
    (re.compile(r"(?:.*/)?package\.json"), parse_package_json),
    (re.compile(r"(?:.*/)?Fastfile[\w.-]*|.*\.rb|(?:.*/)?[Rr]akefile"), parse_fastfile),
    (
        re.compile(
            r"(?:.*/)?(?=[\w.-]+\Z)(?:.+\.)?(?:Docker|Container)file(?:\..+)?|(?:.*/)?Earthfile"
        ),
        parse_dockerfile,
    ),
    (re.compile(r"(?:.*/)?Jenkinsfile[\w.-]*|.*\.jenkinsfile"), parse_jenkinsfile),
    (re.compile(r".*\.(?:sh|bash|zsh|ps1|cmd|bat)"), parse_shell_script),
)
"""The parser of each kind of script, by file name."""


def build_script_step(path: PurePosixPath, text: str, app: AppLocation) -> BuildStep | None:
    """Return a script as one step; None if no command concerns the app, or the kind is unknown."""
    reader = next((read for name, read in SCRIPT_PARSERS if name.fullmatch(str(path))), None)
    if reader is None and _LANE.search(text):
        reader = parse_fastfile  # a Fastfile that another one imports may have any name
    lines = reader(text) if reader else ()
    commands = tuple(one.to_command for one in find_commands_for_app(lines, app, ANYWHERE))
    if not commands:
        return None
    delivered = commands_deliver(one.text for one in lines)
    return BuildStep(path=path, line=commands[0].line, commands=commands, is_delivered=delivered)
