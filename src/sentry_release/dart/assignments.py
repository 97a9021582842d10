"""Find assignments to properties in Dart code, with their receivers."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from sentry_release.dart.brackets import Span
from sentry_release.dart.expressions import find_expression
from sentry_release.dart.source import DartSource

_BEFORE = re.compile(r"(?P<name>[A-Za-z_$][\w$]*)\s*[!?]?\s*\Z")
_FIRST = re.compile(r"(?:(?:return|await|final|var)\s+)*(?P<name>[A-Za-z_$][\w$]*)")
_CASCADED = re.compile(r"\.\.\s*[\w$.?!\s]+\Z")
_GOES_ON = re.compile(r"\s*[?!]?\.")
_MAX_DISTANCE = 200  # characters; no name is longer
_MAX_STEPS = 20_000  # characters of one cascade


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """
    `options.release = value`, or `..release = value` of a cascade.

    `receiver` is the last name before the dot, or, of a cascade, the first name of the expression
    that it starts with; None if there is none. `start` is the offset of the dot.
    """

    receiver: str | None
    name: str
    start: int
    value: Span


def find_assignments(dart: DartSource, name: str) -> Iterator[Assignment]:
    """
    Yield the assignments to a property, without comparisons and `??=`, which keeps a set value.

    Args:
        dart: The file.
        name: The name of the property, or a pattern for several.
    """
    for found in re.finditer(rf"\.\s*(?P<name>{name})\s*=(?![=>])\s*", dart.code):
        yield Assignment(
            receiver=_find_receiver(dart, found.start()),
            name=found["name"],
            start=found.start(),
            value=find_expression(dart, found.end()),
        )


def _find_receiver(dart: DartSource, point: int) -> str | None:
    code = dart.code
    if point and code[point - 1] == ".":
        before = _find_cascade_start(dart, point - 1)
        name = _FIRST.match(code[before:point].lstrip())
        return name["name"] if name else None
    name = _BEFORE.search(code[max(0, point - _MAX_DISTANCE) : point])
    return name["name"] if name else None


def _find_cascade_start(dart: DartSource, at: int) -> int:
    """Return the start of the expression of the cascade at `at`."""
    code, lowest = dart.code, max(0, at - _MAX_STEPS)
    while at > lowest:
        character = code[at - 1]
        if character in ")]}":
            opening = dart.brackets.find_opening(at - 1)
            # A brace followed by a dot ends a function or a map, not a block.
            if opening is None or (character == "}" and not _GOES_ON.match(code, at)):
                return at
            at = opening
        elif character == "=" and _is_assignment(code, at - 1):
            target = _CASCADED.search(code[max(0, at - _MAX_DISTANCE) : at - 1])
            if target is None:
                return at
            at = at - 1 - len(target[0])
        elif character in "([{;,:" or (character == ">" and code[at - 2] == "="):
            return at
        else:
            at -= 1
    return at


def _is_assignment(code: str, at: int) -> bool:
    return code[at - 1] not in "=!<>" and code[at + 1 : at + 2] != "="
