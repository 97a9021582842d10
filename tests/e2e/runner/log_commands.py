"""A line of output -> the command in it, if there is one."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

NAMES = frozenset({
    "add-mask", "add-matcher", "add-path", "debug", "echo", "endgroup", "error", "group", "notice",
    "remove-matcher", "save-state", "set-env", "set-output", "stop-commands", "warning",
})  # fmt: skip

# The percent sign comes last, so that %250A is the text %0A (AC:18-32).
_DATA = (("%0D", "\r"), ("%0A", "\n"), ("%25", "%"))
_PROPERTY = (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%"))
_OLD = (("%3B", ";"), ("%0D", "\r"), ("%0A", "\n"), ("%5D", "]"), ("%25", "%"))
_Escapes = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """`name` and the keys of `properties` are in lower case, since their case does not count."""

    name: str
    properties: Mapping[str, str]
    data: str


def parse(line: str, names: Collection[str] = NAMES) -> Command | None:
    """
    The command of a line, or None where the line is plain output.

    Two forms are obeyed: `::name key=value,key=value::data` at the start of a line, spaces aside
    (AC:51-119), and the older `##[name key=value;key=value]data` anywhere in it (AC:121-180).

    Args:
        line: Without its end.
        names: Of the commands that are known, in lower case.
    """
    return _current(line.lstrip(), names) or _older(line, names)


def _current(line: str, names: Collection[str]) -> Command | None:
    head, separator, data = line.removeprefix("::").partition("::")
    if not line.startswith("::") or not separator:
        return None
    return _command(head, data, names, separator=",", properties=_PROPERTY, escapes=_DATA)


def _older(line: str, names: Collection[str]) -> Command | None:
    _, start, rest = line.partition("##[")
    head, end, data = rest.partition("]")
    if not start or not end:
        return None
    return _command(head, data, names, separator=";", properties=_OLD, escapes=_OLD)


def _command(
    head: str,
    data: str,
    names: Collection[str],
    *,
    separator: str,
    properties: _Escapes,
    escapes: _Escapes,
) -> Command | None:
    name, _, listed = head.partition(" ")
    if name.lower() not in names:
        return None
    pairs = (part.partition("=") for part in listed.strip().split(separator))
    return Command(
        name=name.lower(),
        properties={key.lower(): _unescaped(value, properties) for key, _, value in pairs if value},
        data=_unescaped(data, escapes),
    )


def _unescaped(value: str, escapes: _Escapes) -> str:
    for code, character in escapes:
        value = value.replace(code, character)
    return value
