"""Where Dart code sets options of the Sentry SDK, and where it starts it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from sentry_release.facts.dart.assignments import Assignment, find_assignments
from sentry_release.facts.dart.brackets import Span
from sentry_release.facts.dart.calls import Call, find_calls
from sentry_release.facts.dart.expressions import find_expression
from sentry_release.facts.dart.source import DartSource

_INIT = re.compile(r"SentryFlutter\s*\.\s*init\s*\(")
_PARAMETER = re.compile(
    r"\(\s*(?:(?:final|var)\s+)?(?:[A-Za-z_][\w.]*\??\s+)?(?P<name>[A-Za-z_$][\w$]*)\s*,?\s*\)"
)
_TYPE = re.compile(r"Sentry(?:Flutter)?Options")
_TYPED = re.compile(r"Sentry(?:Flutter)?Options\??\s+(?P<name>[A-Za-z_$][\w$]*)")
_OTHERWISE_TYPED = re.compile(
    r"(?<![\w$.])(?P<type>[A-Z][\w.]*+)(?:<[^;(){}]{0,80}>)?\??\s++(?P<name>options|opts|opt|o)\b"
)
_EXTENSION = re.compile(
    r"\bextension\s+(?:(?!on\b)[A-Za-z_$][\w$]*\s+)?on\s+Sentry(?:Flutter)?Options\s*\{"
)
_ITSELF = "this"
_MAX_INITS = 100  # places of one file; nobody sets an option so often
_MAX_EXTENSIONS = 5
_USUAL = frozenset({"options", "opts", "opt", "o"})


@dataclass(frozen=True, slots=True, kw_only=True)
class SentryInit:
    """A `SentryFlutter.init(…)`, and what its callback calls the options, if that is known."""

    call: Call
    parameter: str | None

    def contains(self, offset: int) -> bool:
        """Whether something stands between its parentheses."""
        return self.call.around.start < offset < self.call.around.end


def mentions_sentry(dart: DartSource) -> bool:
    """Whether the file names the SDK at all; others have `options` of their own."""
    return "Sentry" in dart.code or "package:sentry" in dart.text


def find_sentry_inits(dart: DartSource) -> Iterator[SentryInit]:
    """The starts of the Flutter SDK."""
    for call in islice(find_calls(dart, _INIT), _MAX_INITS):
        yield SentryInit(call=call, parameter=_get_parameter_name(dart, call.positional))


def find_option_assignments(dart: DartSource, option: str) -> Iterator[Assignment]:
    """
    The places where an option of the SDK is set.

    What is set on the parameter of the callback counts, and on names of the SDK's own type, or
    that usually have it (`options`) where no other type is written before them; and in an
    extension of that type what is set by its bare name.
    A property of the same name of anything else is somebody else's.

    Args:
        dart: The file.
        option: Its name, or a pattern for several.
    """
    extensions = tuple(islice(_find_option_extensions(dart), _MAX_EXTENSIONS))
    found = list(islice(find_assignments(dart, option), _MAX_INITS))
    found += [
        one
        for body in extensions
        for one in islice(_find_bare_assignments(dart, option, body), _MAX_INITS)
    ]
    if not found or not mentions_sentry(dart):
        return
    names = _find_parameter_names(dart)
    within = tuple(find_sentry_inits(dart))
    for one in found:
        receiver = one.receiver
        if receiver is None:
            continue
        values = any(init.parameter == receiver and init.contains(one.start) for init in within)
        own = receiver == _ITSELF and any(body.start < one.start < body.end for body in extensions)
        if values or own or receiver in names or _TYPE.fullmatch(receiver):
            yield one


def option_names(dart: DartSource) -> frozenset[str]:
    """Return the names that mean the options of the SDK in this file."""
    parameters = (init.parameter for init in find_sentry_inits(dart))
    return _find_parameter_names(dart) | frozenset(filter(None, parameters))


def sets_release(dart: DartSource) -> bool:
    """Whether the code names the release itself, so that no define can."""
    return any(True for _ in find_option_assignments(dart, "release"))


def _find_option_extensions(dart: DartSource) -> Iterator[Span]:
    """The bodies of what extends the options, in which their names stand alone."""
    # To search for a word first is several times as fast, and this is asked of every file.
    for found in _EXTENSION.finditer(dart.code) if "extension " in dart.code else ():
        closing = dart.brackets.find_closing(found.end() - 1)
        if closing is not None:
            yield Span(start=found.end() - 1, end=closing)


def _find_bare_assignments(dart: DartSource, option: str, body: Span) -> Iterator[Assignment]:
    """Statements such as `release = value;`, which declare nothing."""
    statement = re.compile(rf"(?:[;{{}})]|=>)\s*+(?P<name>{option})\s*+=(?![=>])\s*+")
    for found in statement.finditer(dart.code, body.start, body.end):
        yield Assignment(
            receiver=_ITSELF,
            name=found["name"],
            start=found.start("name"),
            value=find_expression(dart, found.end()),
        )


def _find_parameter_names(dart: DartSource) -> frozenset[str]:
    typed = frozenset(found["name"] for found in _TYPED.finditer(dart.code))
    foreign = {
        found["name"]
        for found in _OTHERWISE_TYPED.finditer(dart.code)
        if not _TYPE.search(found["type"])
    }
    return typed | (_USUAL - foreign)


def _get_parameter_name(dart: DartSource, positional: tuple[Span, ...]) -> str | None:
    if not positional:
        return None
    found = _PARAMETER.match(dart.code, positional[0].start)
    return found["name"] if found else None
