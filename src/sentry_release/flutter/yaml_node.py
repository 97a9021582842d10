"""A node of a YAML document: its value, and where it stands in the text."""

from collections.abc import Mapping
from dataclasses import dataclass


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
