"""YAML text -> mappings, lists and texts that know their lines, and cannot grow without bound."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import yaml

from sentry_release.facts.yaml_events import EMPTY, MAX_DEPTH, events, too_deep

MAX_BYTES = 1024 * 1024
_MOST_ALIASED = 20_000  # nodes that aliases may repeat in one file
_MERGE = "<<"
_WHY = "What it runs was to be looked at."
_WHY_DEEP = "No such file is; reading on could only do harm."


@dataclass(slots=True)
class Marked:
    """
    A node: its value, and the line it begins at, from 1.

    `style` is `|` or `>` for a block of text, `raw` are the lines of a `>`, which YAML folds.
    `size` counts its nodes; `repeats` says that an alias is among them.
    """

    line: int
    value: "dict[str, Marked] | list[Marked] | str | None" = None
    style: str | None = None
    raw: tuple[str, ...] = ()
    size: int = 1
    repeats: bool = False

    @property
    def text(self) -> str | None:
        """The text; None where it is none, or empty without quotes."""
        return self.value if isinstance(self.value, str) else None

    @property
    def items(self) -> "Mapping[str, Marked]":
        """The entries of a mapping; none where it is no mapping."""
        return self.value if isinstance(self.value, dict) else {}

    @property
    def entries(self) -> "Sequence[Marked]":
        """The entries of a list; none where it is no list."""
        return self.value if isinstance(self.value, list) else ()

    def at(self, *keys: str) -> "Marked":
        """What lies below these keys; a node without a value where nothing does."""
        found = self
        for key in keys:
            found = found.items.get(key) or Marked(line=found.line)
        return found


@dataclass(slots=True)
class _Open:
    """A collection that is being read; `key` waits for its value."""

    node: Marked
    anchor: str | None = None
    key: str | None = None
    awaits_key: bool = field(default=True)


def marked(text: str, where: str) -> Marked:
    """
    Read the first document of a text; every scalar stays a text.

    An alias stands for what it names, as GitHub and GitLab read it, unless that holds an alias
    itself or too much has been repeated already: so no text grows into more than it is.

    Args:
        text: The whole file.
        where: The path to name in messages.

    Raises:
        ProjectError: It is no YAML, or nested too deep.
    """
    root: list[Marked] = []
    stack = [_Open(Marked(line=1, value=root))]
    anchors: dict[str, Marked] = {}
    room = _MOST_ALIASED
    lines = text.split("\n")
    for event in events(text, where, why=_WHY, mend="Correct that place."):
        if isinstance(event, yaml.CollectionStartEvent):
            is_mapping = isinstance(event, yaml.MappingStartEvent)
            node = Marked(line=_line(event), value={} if is_mapping else [])
            stack.append(_Open(node, anchor=event.anchor))
            if len(stack) > MAX_DEPTH:
                raise too_deep(where, _WHY_DEEP)
        elif isinstance(event, yaml.CollectionEndEvent):
            closed = stack.pop()
            _put(stack[-1], closed.node)
            if closed.anchor:
                anchors[closed.anchor] = closed.node
        elif isinstance(event, yaml.ScalarEvent):
            node = _scalar(event, lines)
            _put(stack[-1], node)
            if event.anchor:
                anchors[event.anchor] = node
        elif isinstance(event, yaml.AliasEvent):
            meant = anchors.get(event.anchor or "")
            known = meant is not None and not meant.repeats and meant.size <= room
            room -= meant.size if meant and known else 0
            _put(stack[-1], meant if meant and known else Marked(line=_line(event)))
            stack[-1].node.repeats = True
        elif isinstance(event, yaml.DocumentEndEvent):
            break
    return root[0] if root else Marked(line=1)


def _put(into: _Open, node: Marked) -> None:
    into.node.size += node.size
    into.node.repeats = into.node.repeats or node.repeats
    value = into.node.value
    if isinstance(value, list):
        value.append(node)
    elif into.awaits_key:
        into.key = node.text
        into.awaits_key = False
    elif isinstance(value, dict):
        into.awaits_key = True
        if into.key == _MERGE:
            for merged in (node, *node.entries):
                for key, one in merged.items.items():
                    value.setdefault(key, one)
        elif into.key is not None:
            value[into.key] = node


def _scalar(event: yaml.ScalarEvent, lines: Sequence[str]) -> Marked:
    plain = event.style in {None, ""}
    empty = plain and event.value in EMPTY
    folded = event.style == ">"
    raw = tuple(lines[_line(event) : _line(event, ends=True)]) if folded else ()
    style = event.style if event.style in {"|", ">"} else None
    return Marked(line=_line(event), value=None if empty else event.value, style=style, raw=raw)


def _line(event: yaml.Event, *, ends: bool = False) -> int:
    mark = event.end_mark if ends else event.start_mark
    return mark.line + 1 if mark else 1
