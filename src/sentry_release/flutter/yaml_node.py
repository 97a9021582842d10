"""A node of a YAML document: its value, and where it stands in the text."""

from collections import ChainMap
from collections.abc import Callable, ItemsView, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar, cast

_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True, kw_only=True)
class YamlNode:
    """
    A scalar, a mapping or a sequence, and where it begins.

    Every scalar is a text, so 1.10 stays `1.10`. A null, a missing node and an alias that is not
    followed have the value None.

    Attributes:
        line: The line it begins at, from 1; an alias has the line of what it names.
        column: The number of characters before it on that line.
        value: The text, the entries by key, the elements, or None.
        style: `|`, `>`, `'` or `"` of a scalar, `{` of a collection in brackets, otherwise empty.
        entries: The keys and values of a mapping as written: repeated keys and merge keys as well.
        folded_lines: The lines of a `>` scalar before YAML folds them.
        size: The number of nodes, itself included.
        has_alias: Whether an alias is among them.
    """

    line: int
    column: int = 0
    value: "dict[str, YamlNode] | tuple[YamlNode, ...] | str | None" = None
    style: str = ""
    entries: "tuple[tuple[YamlNode, YamlNode], ...]" = ()
    folded_lines: tuple[str, ...] = ()
    size: int = 1
    has_alias: bool = False

    @property
    def text(self) -> str | None:
        """Return the text of a scalar; None for a null and for collections."""
        return self.value if isinstance(self.value, str) else None

    @property
    def mapping(self) -> "Mapping[str, YamlNode]":
        """Return the entries of a mapping by key, merged ones included; empty for other nodes."""
        return self.value if isinstance(self.value, dict) else {}

    @property
    def sequence(self) -> "tuple[YamlNode, ...]":
        """Return the elements of a sequence; empty for other nodes."""
        return self.value if isinstance(self.value, tuple) else ()

    @property
    def texts(self) -> tuple[str, ...]:
        """Return the texts among the elements of a sequence."""
        return tuple(one.text for one in self.sequence if one.text is not None)

    @property
    def is_mapping(self) -> bool:
        """Return whether it is a mapping, even an empty one."""
        return isinstance(self.value, dict)

    @property
    def is_block_mapping(self) -> bool:
        """Return whether it is a mapping with at least one entry, written without brackets."""
        return bool(self.entries) and not self.style

    def at(self, *keys: str) -> "YamlNode":
        """Return the node below these keys, else a null node on the line of the last one found."""
        found = self
        for key in keys:
            found = found.mapping.get(key) or YamlNode(line=found.line)
        return found

    def find_entry(self, key: str) -> "tuple[YamlNode, YamlNode] | None":
        """Return the key and the value of the one written entry; None for none, or for several."""
        found = [entry for entry in self.entries if entry[0].text == key]
        return found[0] if len(found) == 1 else None

    def find(self, *keys: str) -> "YamlNode | None":
        """Return the node below these keys, each written once; merge keys are not followed."""
        found = self
        for key in keys:
            entry = found.find_entry(key)
            if entry is None:
                return None
            found = entry[1]
        return found


class NodeValues(Mapping[str, _Value]):
    """
    The values of nodes by name, read on demand.

    Thousands of steps share the variables of their workflow and job, of which copies would take
    too much memory.
    """

    __slots__ = ("_nodes", "_read")

    def __init__(self, nodes: Mapping[str, YamlNode], read: Callable[[YamlNode], _Value]) -> None:
        """`read` returns the value of a node."""
        self._nodes, self._read = nodes, read

    def __getitem__(self, name: str) -> _Value:
        return self._read(self._nodes[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self._nodes)

    def __len__(self) -> int:
        return len(self._nodes)

    def items(self) -> ItemsView[str, _Value]:
        """Return all names and values, faster than one by one."""
        return {name: self._read(node) for name, node in merge_nodes(self._nodes).items()}.items()


def read_texts(nodes: Mapping[str, YamlNode]) -> Mapping[str, str]:
    """Return the texts of nodes by name, empty for nodes without one."""
    return NodeValues(nodes, lambda node: node.text or "")


def read_lines(nodes: Mapping[str, YamlNode]) -> Mapping[str, int]:
    """Return the lines of nodes by name."""
    return NodeValues(nodes, lambda node: node.line)


def merge_nodes(nodes: Mapping[str, YamlNode]) -> dict[str, YamlNode]:
    """Return a copy of nodes that `add_nodes` has put together, faster than one by one."""
    found: dict[str, YamlNode] = {}
    for one in reversed(nodes.maps) if isinstance(nodes, ChainMap) else [nodes]:
        found.update(one)
    return found


def add_nodes(
    before: Mapping[str, YamlNode], own: Mapping[str, YamlNode]
) -> Mapping[str, YamlNode]:
    """Return both without a copy of `before`; of nodes with the same name, those of `own`."""
    if not (before and own):
        return own or before
    maps = before.maps if isinstance(before, ChainMap) else [before]
    return ChainMap(*cast("list[dict[str, YamlNode]]", [own, *maps]))  # they are only read
