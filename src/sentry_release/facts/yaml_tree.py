"""YAML text -> mappings, lists and texts, which cannot grow beyond the text itself."""

from dataclasses import dataclass, field

from sentry_release.facts.yaml_events import EMPTY, MAX_DEPTH, events, too_deep
from sentry_release.words.errors import ProjectError

Tree = dict[str, "Tree"] | list["Tree"] | str | None

_WHY = "The name and the version of the app are read from it."
_MEND = "Correct that place; `flutter pub get` names it as well."
_WHY_DEEP = "No pubspec is; reading on could only do harm."


@dataclass(slots=True)
class _Open:
    """A collection that is being read; `key` waits for its value."""

    made: dict[str, Tree] | list[Tree]
    key: str | None = None
    awaits_key: bool = field(default=True)


def tree(text: str, where: str) -> Tree:
    """
    Read a text that is one document; every scalar stays a text, so that 1.10 stays 1.10.

    The text is read as a stream of events, without recursion. An alias of a text is that text,
    and one of anything larger counts as absent: so neither nesting nor aliases can grow.

    Args:
        text: The whole file.
        where: The path to name in messages.

    Raises:
        ProjectError: It is no YAML, has a key twice, or is nested too deep.
    """
    import yaml  # noqa: PLC0415 - not every phase reads a text

    root: list[Tree] = []
    stack = [_Open(root)]
    anchors: dict[str, str | None] = {}
    for event in events(text, where, why=_WHY, mend=_MEND):
        if isinstance(event, yaml.CollectionStartEvent):
            made: dict[str, Tree] | list[Tree] = (
                {} if isinstance(event, yaml.MappingStartEvent) else []
            )
            _put(stack[-1], made, where)
            anchors.pop(event.anchor or "", None)
            stack.append(_Open(made))
            if len(stack) > MAX_DEPTH:
                raise too_deep(where, _WHY_DEEP)
        elif isinstance(event, yaml.CollectionEndEvent):
            stack.pop()
        elif isinstance(event, yaml.ScalarEvent):
            plain = event.style in {None, ""}
            value = None if plain and event.value in EMPTY else event.value
            if event.anchor:
                anchors[event.anchor] = value
            _put(stack[-1], value, where)
        elif isinstance(event, yaml.AliasEvent):
            _put(stack[-1], anchors.get(event.anchor or ""), where)
        elif isinstance(event, yaml.DocumentStartEvent) and root:
            raise _more_than_one(where)
    return root[0] if root else None


def _put(into: _Open, value: Tree, where: str) -> None:
    if isinstance(into.made, list):
        into.made.append(value)
    elif into.awaits_key:
        into.key = value if isinstance(value, str) else None
        into.awaits_key = False
        if into.key is not None and into.key in into.made:
            raise ProjectError(
                f"{where} has the key {into.key[:80]!r} twice.",
                why="pub refuses such a file, since it cannot know which of them is meant.",
                mend="Remove one of them.",
            )
    else:
        if into.key is not None:
            into.made[into.key] = value
        into.awaits_key = True


def _more_than_one(where: str) -> ProjectError:
    return ProjectError(
        f"{where} holds more than one document.",
        why="A line of three dashes ends the first one, and pub reads only files of one.",
        mend="Remove that line.",
    )
