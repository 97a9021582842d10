"""An argument of a router -> the text that it is, be it a constant of another file."""

import re

from sentry_release.facts.dart.brackets import Span
from sentry_release.facts.dart.calls import Call
from sentry_release.facts.dart.expressions import (
    find_expression,
    get_identifier,
    get_literal_text,
    resolve_constant,
)
from sentry_release.facts.dart.source import DartSource
from sentry_release.facts.doctor.subject import App


def find_route_name(app: App, dart: DartSource, call: Call, argument: str) -> str | None:
    """
    The text of a named argument: a literal, a constant of the file, or one of some class.

    Of classes with the same name nobody knows which is meant, and so their constants are not told.
    """
    span = call.named.get(argument)
    if span is None:
        return None
    found = get_literal_text(dart, resolve_constant(dart, span))
    return (
        found
        if found is not None
        else _find_class_route_name(app, get_identifier(dart, span) or "")
    )


def _find_class_route_name(app: App, name: str) -> str | None:
    owner, _, constant = name.rpartition(".")
    if not owner or "." in owner:
        return None
    holders = [file.dart for file in app.dart if owner in file.dart.types]
    body = _find_class_body(holders[0], owner) if len(holders) == 1 else None
    if body is None:
        return None
    dart = holders[0]
    declared = re.compile(rf"\b(?:const|final)\s+(?:String\s+)?{re.escape(constant)}\s*=\s*")
    found = declared.search(dart.code, body.start, body.end)
    return get_literal_text(dart, find_expression(dart, found.end())) if found else None


def _find_class_body(dart: DartSource, owner: str) -> Span | None:
    opening = re.compile(rf"\b(?:class|mixin|extension)\s+{re.escape(owner)}\b[^{{;]*\{{")
    found = opening.search(dart.code)
    closing = dart.brackets.find_closing(found.end() - 1) if found else None
    return Span(start=found.end(), end=closing) if found and closing is not None else None
