"""Finds possible values of variables and of workflow inputs, and substitutes them in commands."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice, product

from sentry_release.doctor.ci_files.build_commands import VARIABLE
from sentry_release.flutter.yaml_node import YamlNode

Values = Mapping[str, tuple[str, ...]]
"""The possible values of each variable, including `matrix.x`, `inputs.x` and `env.x`."""

_SHELL = re.compile(
    r"(?:^|[;&|]\s*|\b(?:export|local|readonly|set|then|else|do|declare|typeset)\s+(?:-\w+\s+)*)"
    r"\$?(?:env:)?(?P<name>[A-Za-z_]\w*)(?P<sign>\+?=|\s+=\s*(?=[\"']))"
    r"(?P<value>\"[^\"]*\"|'[^']*'|\([^()]*\)|[^\s;&|()\"'`]*)(?=[\s;&|)]|$)"
)
_MAKE = re.compile(
    r"(?<!\w)(?:export\s++)?(?P<name>[A-Za-z_]\w*+)\s*+(?P<sign>[:?+!]{0,3}=)\s*+(?P<value>.*)"
)
_LOOP = re.compile(r"\bfor\s+(?P<name>[A-Za-z_]\w*)\s+in\s+(?P<words>[^;]{1,1000})")
_IS_MAKE = re.compile(r"(?:GNUm|M|m)akefile|.*\.mk|\.?[jJ]ustfile")
_REFERENCE = re.compile(VARIABLE)
_INSIDE = re.compile(
    r"(?:\$\{\{\s*|[$#]?[({%]?\$?(?:env:)?)(?P<name>[A-Za-z_][\w.-]*)(?:\[[@*]\])?(?::?-(?P<default>[^}]*))?"
)
_AS_TARGET = re.compile(
    r"(?:\bbuild|\bshorebird[ \t]+(?:release|patch))(?:[ \t]+-\S+){0,20}[ \t]+[\"']?\Z"
)
_AS_PROGRAM = re.compile(r"[ \t]*(?:-\S+[ \t]+){0,20}(?:build|run|pub)\b")
_NEAR = 200  # characters before a variable
_MOST_VALUES = 20  # values per variable
_MOST_LINES = 30  # commands that one command expands to
_MAX_DEPTH = 3  # nesting of variables
_MAX_LENGTH = 10_000  # characters of an expanded command
_MOST = 20  # values per input
_Given = Mapping[str, tuple[str, ...]]


def find_values(file_name: str, commands: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """
    Return the texts that the commands of one script assign to each variable.

    `+=` appends. Output of programs (`$(…)`) is unknown and left out.

    Args:
        file_name: The script's name: in a Makefile a value extends to the end of the line.
        commands: Its command lines in order.
    """
    pattern = _MAKE if _IS_MAKE.fullmatch(file_name) else _SHELL
    found: dict[str, dict[str, None]] = {}
    for text in commands:
        for one in _find_assignments(pattern, text):
            value = one["value"].strip()
            value = value[1:-1] if value[:1] in {'"', "'", "("} and len(value) > 1 else value
            before = list(found.get(one["name"], ()))
            if "+" in one["sign"] and before and sum(map(len, before)) > _MAX_LENGTH:
                continue
            if "+" in one["sign"] and before:
                found[one["name"]] = dict.fromkeys(f"{old} {value}" for old in before)
            elif len(before) < _MOST_VALUES:
                found.setdefault(one["name"], {})[value] = None
        for loop in _LOOP.finditer(text) if "for " in text else ():
            words = loop["words"].split()[:_MOST_VALUES]
            found.setdefault(loop["name"], {}).update(dict.fromkeys(words))
    return {name: tuple(values) for name, values in found.items()}


def _find_assignments(pattern: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    if "=" not in text:
        return
    if pattern is _MAKE:
        if whole := pattern.fullmatch(text):
            yield whole
        return
    yield from pattern.finditer(text)


def expand_arguments(text: str, values: Values) -> tuple[str, ...]:
    """
    Return the command once for each combination of the values that decide what it does.

    Expanded are targets, programs, and variables that hold options or whole commands; the value of
    an option stays as written.
    """
    texts = [text]
    for _ in range(_MAX_DEPTH):
        texts = [one for before in texts for one in _fill_in(before, values)][:_MOST_LINES]
    return tuple(dict.fromkeys(texts))


def _fill_in(text: str, values: Values) -> Iterator[str]:
    """Return the command with each combination of values; references in values stay."""
    found = [
        (one, known)
        for one in _REFERENCE.finditer(text)
        if (known := _filter_known(one, text, values))
    ]
    if not found or len(text) > _MAX_LENGTH:
        yield text
        return
    places = [one for one, _ in found[:_MOST_VALUES]]
    for combination in islice(product(*(known for _, known in found[:_MOST_VALUES])), _MOST_LINES):
        yield _fill(text, places, combination)


def resolve_path(text: str, values: Values) -> tuple[str, ...]:
    """Return the paths that a text with variables may be; the text itself where none is known."""
    texts = [text]
    for _ in range(_MAX_DEPTH):
        texts = [path for one in texts for path in _with_first_value(one, values)][:_MOST_LINES]
    return tuple(dict.fromkeys(texts))


def build_variable_name(reference: str) -> str:
    """
    Return the name in a reference to a variable, or the reference itself.

    >>> build_variable_name("${DIR:-app}"), build_variable_name("${{ inputs.kind }}"), build_variable_name("$@")
    ('DIR', 'inputs.kind', '$@')
    """
    found = _INSIDE.match(reference)
    return found["name"] if found else reference


def _with_first_value(text: str, values: Values) -> list[str]:
    for found in _REFERENCE.finditer(text):
        known = _list_values(found[0], values)
        if known:
            return [text[: found.start()] + value + text[found.end() :] for value in known]
    return [text]


def _list_values(reference: str, values: Values) -> tuple[str, ...]:
    found = _INSIDE.match(reference)
    if found is None:
        return ()
    name = found["name"]
    known = values.get(name) or values.get(name.removeprefix("env."), ())
    if not known and found["default"]:
        known = (found["default"],)
    return tuple(one for one in known if one and reference not in one)


def _filter_known(found: re.Match[str], text: str, values: Values) -> tuple[str, ...]:
    """Return the values to substitute; none if the reference is only the value of an option."""
    known = _list_values(found[0], values)
    if not known:
        return ()
    before = text[: found.start()][-_NEAR:]
    decides = (
        not before.strip(" \t\"'@")
        or _AS_TARGET.search(before)
        or _AS_PROGRAM.match(text, found.end())
        or (before[-1:] in " \t\"'" and any(one.startswith("-") for one in known))
    )
    return known if decides else ()


def _fill(text: str, places: Sequence[re.Match[str]], values: Iterable[str]) -> str:
    parts, at = [], 0
    for place, value in zip(places, values, strict=True):
        parts += [text[at : place.start()], value]
        at = place.end()
    return "".join([*parts, text[at:]])


def find_given_inputs(files: Iterable[YamlNode]) -> Mapping[str, _Given]:
    """
    Return the inputs that jobs and steps pass to each local action and workflow.

    The keys are paths as in `uses`, without `./`. An input that a caller sets to an expression has
    no values, since it is then unknown.
    """
    found: dict[str, dict[str, dict[str, None]]] = {}
    for file in files:
        for job in (file.at("runs"), *file.at("jobs").mapping.values()):
            for step in (job, *job.at("steps").sequence):
                uses = step.at("uses").text or ""
                if uses.startswith("./"):
                    inputs = found.setdefault(uses.removeprefix("./").rstrip("/"), {})
                    for name, node in step.at("with").mapping.items():
                        inputs.setdefault(name, {})[node.text or ""] = None
    return {
        path: {
            name: () if any("$" in one for one in texts) else tuple(texts)
            for name, texts in inputs.items()
        }
        for path, inputs in found.items()
    }


def find_input_values(file: YamlNode, values: _Given) -> _Given:
    """
    Return the possible values of each input of a workflow or an action, by name.

    For a choice these are its options; otherwise the values of callers and the default.
    Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#onworkflow_dispatchinputs
    """
    found: dict[str, tuple[str, ...]] = {}
    on = file.at("on")
    for inputs in (
        file.at("inputs"),
        on.at("workflow_call", "inputs"),
        on.at("workflow_dispatch", "inputs"),
    ):
        for name, node in inputs.mapping.items():
            options = [one.text for one in node.at("options").sequence if one.text]
            default = node.at("default").text
            is_open = not options and values.get(name) == ()
            texts = options or [
                *values.get(name, ()),
                *([default] if default and not is_open else []),
            ]
            known = dict.fromkeys([*found.get(name, ()), *texts])
            found[name] = tuple(known)[:_MOST]
    return found
