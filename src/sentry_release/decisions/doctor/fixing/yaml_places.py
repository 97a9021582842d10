"""YAML text -> its nodes with the places they have in it, for edits that leave all else alone."""

from collections.abc import Iterator

import yaml

_LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
# YAML counts these as ends of lines, and nobody else does.
_ODD = ("\x85", "\u2028", "\u2029")

Entry = tuple[yaml.Node, yaml.Node]


def root_of(text: str) -> yaml.Node | None:
    """
    The first document; None where it cannot be read, or lines are not what they seem.

    To be asked of files alone that facts.marked_yaml or facts.yaml_tree have read: they refuse
    what is nested without bound.
    """
    if any(one in text for one in _ODD) or "\r" in text.replace("\r\n", ""):
        return None
    try:
        return next(iter(yaml.compose_all(text, Loader=_LOADER)), None)
    except (yaml.YAMLError, UnicodeError, RecursionError):
        return None


def entry(node: yaml.Node | None, key: str) -> Entry | None:
    """The one entry of a mapping with this key: the nodes of key and value."""
    found = [one for one in entries(node) if one[0].value == key]
    return found[0] if len(found) == 1 else None


def at(node: yaml.Node | None, *keys: str) -> yaml.Node | None:
    """What lies below these keys."""
    for key in keys:
        found = entry(node, key)
        node = found[1] if found else None
    return node


def entries(node: yaml.Node | None) -> Iterator[Entry]:
    """The entries of a mapping; none of what is no mapping."""
    if isinstance(node, yaml.MappingNode):
        yield from node.value


def items(node: yaml.Node | None) -> Iterator[yaml.Node]:
    """The entries of a list; none of what is no list."""
    if isinstance(node, yaml.SequenceNode):
        yield from node.value


def text_of(node: yaml.Node | None) -> str | None:
    """The text of a scalar."""
    return str(node.value) if isinstance(node, yaml.ScalarNode) else None


def is_block(node: yaml.Node | None) -> bool:
    """Whether it is a mapping with a line for each entry."""
    return isinstance(node, yaml.MappingNode) and not node.flow_style and bool(node.value)


def line_of(node: yaml.Node) -> int:
    """The line it begins at, from 1."""
    return int(node.start_mark.line) + 1


def column_of(node: yaml.Node) -> int:
    """How many characters of its line stand before it."""
    return int(node.start_mark.column)
