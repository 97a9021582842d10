"""Parse YAML into nodes, with limits for depth, aliases and time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sentry_release.errors import ProjectError
from sentry_release.flutter.yaml_node import YamlNode

if TYPE_CHECKING:  # imported when a text is read: the post step reads none
    import yaml

MAX_BYTES = 1_000_000
"""The size above which files of CI services are not read."""
MAX_DEPTH = 100
"""The nesting at which a text is refused."""
_MAX_ALIASED_NODES = 20_000  # nodes that the aliases of one text may repeat
_MERGE_KEY = "<<"
_CONFLICT_MARKERS = ("<" * 7 + " ", ">" * 7 + " ")  # of git
_NULL_SCALARS = frozenset({"", "~", "null", "Null", "NULL"})
# YAML counts these as ends of lines; editors, git and Python's split("\n") do not.
_YAML_ONLY_LINE_ENDS = ("\x85", "\u2028", "\u2029")


def parse_yaml(text: str, path: str) -> YamlNode:
    """
    Read the first document of a text as GitHub and GitLab read it: aliases and merge keys count.

    An alias is a null if what it names holds an alias itself, or if the aliases before it repeat
    20,000 nodes already. The text is read as a stream, without recursion. So neither nesting nor
    aliases can use up memory, time or the stack.

    Args:
        text: The whole file.
        path: The path to name in messages.

    Raises:
        ProjectError: The text is not valid YAML, or is nested more than 100 levels deep.
    """
    document = _Document(
        text=text,
        path=path,
        reason="The doctor reads the build commands of this file.",
        hint="Fix the syntax at that place.",
    )
    return document.read()


def parse_pub_yaml(text: str, path: str) -> YamlNode:
    """
    Read a text as Dart's pub reads it: one document, no key twice, and no merge keys.

    Aliases are limited as in `parse_yaml`.

    Args:
        text: The whole file.
        path: The path to name in messages.

    Raises:
        ProjectError: The text is not valid YAML, has a key twice, holds more than one document,
            or is nested more than 100 levels deep.

    Source: https://github.com/dart-lang/tools/tree/main/pkgs/yaml
    """
    document = _Document(
        text=text,
        path=path,
        reason="The name and the version of the app are read from it.",
        hint="Fix the syntax at that place; `flutter pub get` reports it as well.",
        follows_pub=True,
    )
    return document.read()


def parse_editable_yaml(text: str) -> YamlNode | None:
    """
    Read the first document of a text that is going to be edited by line and column.

    Returns:
        The document; None if it cannot be read, or if YAML counts its lines differently from
        those that LF and CR LF end.
    """
    if any(end in text for end in _YAML_ONLY_LINE_ENDS) or "\r" in text.replace("\r\n", ""):
        return None
    try:
        return parse_yaml(text, "the file")
    except ProjectError:
        return None


@dataclass(slots=True, kw_only=True)
class _Collection:
    """A collection that is being read; in a mapping, keys and values alternate."""

    line: int
    column: int = 0
    is_mapping: bool = False
    style: str = ""
    anchor: str | None = None
    has_alias: bool = False
    children: list[YamlNode] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class _Document:
    """One reading of one text."""

    text: str
    path: str
    reason: str
    hint: str
    follows_pub: bool = False
    open: list[_Collection] = field(default_factory=lambda: [_Collection(line=1)])
    anchors: dict[str, YamlNode] = field(default_factory=dict)
    aliased_nodes: int = 0
    lines: Sequence[str] = ()

    def read(self) -> YamlNode:
        import yaml

        self.lines = self.text.split("\n")
        for event in self._read_events():
            if isinstance(event, yaml.ScalarEvent):
                self._add(_build_scalar_node(event, self.lines), event.anchor)
            elif isinstance(event, yaml.AliasEvent):
                self._add(self._get_aliased_node(event), None)
                self.open[-1].has_alias = True
            elif isinstance(event, yaml.CollectionStartEvent):
                self._begin(event, is_mapping=isinstance(event, yaml.MappingStartEvent))
            elif isinstance(event, yaml.CollectionEndEvent):
                closed = self.open.pop()
                self._add(self._build_collection_node(closed), closed.anchor)
            elif isinstance(event, yaml.DocumentEndEvent) and not self.follows_pub:
                break
            elif isinstance(event, yaml.DocumentStartEvent) and self.open[0].children:
                raise self._build_documents_error()
        return next(iter(self.open[0].children), YamlNode(line=1))

    def _read_events(self) -> "Iterator[yaml.Event]":
        import yaml

        try:
            yield from yaml.parse(self.text, Loader=getattr(yaml, "CBaseLoader", yaml.BaseLoader))
        except (yaml.YAMLError, UnicodeError) as error:
            mark = getattr(error, "problem_mark", None)
            at = f" at line {mark.line + 1}, column {mark.column + 1}" if mark else ""
            problem = getattr(error, "problem", None) or "it cannot be read"
            if any(line.startswith(_CONFLICT_MARKERS) for line in self.lines):
                problem = "it has the marks of a merge conflict"
            elif mark and "\t" in "".join(self.lines[mark.line :][:1])[: mark.column + 1]:
                problem = "a tab, where YAML allows spaces only"
            message = f"{self.path} is not valid YAML{at}: {problem}."
            raise ProjectError(message, reason=self.reason, hint=self.hint) from error

    def _begin(self, event: "yaml.CollectionStartEvent", *, is_mapping: bool) -> None:
        self.anchors.pop(event.anchor or "", None)  # inside of it, the name would mean itself
        self.open.append(
            _Collection(
                line=_get_line(event),
                column=_get_column(event),
                is_mapping=is_mapping,
                style="{" if event.flow_style else "",
                anchor=event.anchor,
            )
        )
        if len(self.open) > MAX_DEPTH:
            raise ProjectError(
                f"{self.path} is nested more than {MAX_DEPTH} levels deep.",
                reason="No such file needs that, and reading on could use up memory.",
                hint="Restore the file.",
            )

    def _add(self, node: YamlNode, anchor: str | None) -> None:
        self.open[-1].children.append(node)
        if anchor:
            self.anchors[anchor] = node

    def _get_aliased_node(self, event: "yaml.AliasEvent") -> YamlNode:
        named = self.anchors.get(event.anchor or "")
        if named is None or named.has_alias or self.aliased_nodes + named.size > _MAX_ALIASED_NODES:
            return YamlNode(line=_get_line(event), column=_get_column(event))
        self.aliased_nodes += named.size
        return named

    def _build_collection_node(self, closed: _Collection) -> YamlNode:
        children = closed.children
        entries = (
            tuple(zip(children[::2], children[1::2], strict=True)) if closed.is_mapping else ()
        )
        return YamlNode(
            line=closed.line,
            column=closed.column,
            value=self._index_by_key(entries) if closed.is_mapping else tuple(children),
            style=closed.style,
            entries=entries,
            size=1 + sum(one.size for one in children),
            has_alias=closed.has_alias or any(one.has_alias for one in children),
        )

    def _index_by_key(self, entries: Sequence[tuple[YamlNode, YamlNode]]) -> dict[str, YamlNode]:
        """Return the values by key; keys that are no texts are left out."""
        found: dict[str, YamlNode] = {}
        for key, value in entries:
            if key.text is None:
                continue
            if self.follows_pub and key.text in found:
                raise self._build_repeated_key_error(key.text)
            if key.text == _MERGE_KEY and not self.follows_pub:
                for source in (value, *value.sequence):
                    for merged_key, merged in source.mapping.items():
                        found.setdefault(merged_key, merged)
            else:
                found[key.text] = value
        return found

    def _build_repeated_key_error(self, key: str) -> ProjectError:
        return ProjectError(
            f"{self.path} has the key {key[:80]!r} twice.",
            reason="pub refuses such a file, because either of them could be meant.",
            hint="Remove one of them.",
        )

    def _build_documents_error(self) -> ProjectError:
        return ProjectError(
            f"{self.path} holds more than one document.",
            reason="A line of three dashes ends the first document, and pub reads only one.",
            hint="Remove that line.",
        )


def _build_scalar_node(event: "yaml.ScalarEvent", lines: Sequence[str]) -> YamlNode:
    style = event.style or ""
    is_null = not style and event.value in _NULL_SCALARS
    line = _get_line(event)
    end = event.end_mark
    last = end.line + (end.column > 0) if end else line  # it may end where the next line begins
    return YamlNode(
        line=line,
        column=_get_column(event),
        value=None if is_null else event.value,
        style=style,
        folded_lines=tuple(lines[line:last]) if style == ">" else (),
    )


def _get_line(event: "yaml.Event") -> int:
    return event.start_mark.line + 1 if event.start_mark else 1


def _get_column(event: "yaml.Event") -> int:
    return event.start_mark.column if event.start_mark else 0
