"""Where Dart code sets options of the Sentry SDK, and where it starts it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from sentry_release.facts.dart.assignments import Assignment, assignments
from sentry_release.facts.dart.brackets import Span
from sentry_release.facts.dart.calls import Call, calls
from sentry_release.facts.dart.expressions import expression
from sentry_release.facts.dart.source import Dart

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
_MOST = 100  # places of one file; nobody sets an option so often
_MOST_EXTENSIONS = 5
_USUAL = frozenset({"options", "opts", "opt", "o"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Init:
    """A `SentryFlutter.init(…)`, and what its callback calls the options, if that is known."""

    call: Call
    parameter: str | None

    def holds(self, offset: int) -> bool:
        """Whether something stands between its parentheses."""
        return self.call.around.start < offset < self.call.around.end


def speaks_of_sentry(dart: Dart) -> bool:
    """Whether the file names the SDK at all; others have `options` of their own."""
    return "Sentry" in dart.code or "package:sentry" in dart.text


def inits(dart: Dart) -> Iterator[Init]:
    """The starts of the Flutter SDK."""
    for call in islice(calls(dart, _INIT), _MOST):
        yield Init(call=call, parameter=_parameter(dart, call.positional))


def settings(dart: Dart, option: str) -> Iterator[Assignment]:
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
    extensions = tuple(islice(_extensions(dart), _MOST_EXTENSIONS))
    found = list(islice(assignments(dart, option), _MOST))
    found += [one for body in extensions for one in islice(_bare(dart, option, body), _MOST)]
    if not found or not speaks_of_sentry(dart):
        return
    names = _names(dart)
    within = tuple(inits(dart))
    for one in found:
        receiver = one.receiver
        if receiver is None:
            continue
        given = any(init.parameter == receiver and init.holds(one.start) for init in within)
        own = receiver == _ITSELF and any(body.start < one.start < body.end for body in extensions)
        if given or own or receiver in names or _TYPE.fullmatch(receiver):
            yield one


def option_names(dart: Dart) -> frozenset[str]:
    """Return the names that mean the options of the SDK in this file."""
    parameters = (init.parameter for init in inits(dart))
    return _names(dart) | frozenset(filter(None, parameters))


def sets_release(dart: Dart) -> bool:
    """Whether the code names the release itself, so that no define can."""
    return any(True for _ in settings(dart, "release"))


def _extensions(dart: Dart) -> Iterator[Span]:
    """The bodies of what extends the options, in which their names stand alone."""
    # To search for a word first is several times as fast, and this is asked of every file.
    for found in _EXTENSION.finditer(dart.code) if "extension " in dart.code else ():
        closing = dart.brackets.closing(found.end() - 1)
        if closing is not None:
            yield Span(start=found.end() - 1, end=closing)


def _bare(dart: Dart, option: str, body: Span) -> Iterator[Assignment]:
    """Statements such as `release = value;`, which declare nothing."""
    statement = re.compile(rf"(?:[;{{}})]|=>)\s*+(?P<name>{option})\s*+=(?![=>])\s*+")
    for found in statement.finditer(dart.code, body.start, body.end):
        yield Assignment(
            receiver=_ITSELF,
            name=found["name"],
            start=found.start("name"),
            value=expression(dart, found.end()),
        )


def _names(dart: Dart) -> frozenset[str]:
    typed = frozenset(found["name"] for found in _TYPED.finditer(dart.code))
    foreign = {
        found["name"]
        for found in _OTHERWISE_TYPED.finditer(dart.code)
        if not _TYPE.search(found["type"])
    }
    return typed | (_USUAL - foreign)


def _parameter(dart: Dart, positional: tuple[Span, ...]) -> str | None:
    if not positional:
        return None
    found = _PARAMETER.match(dart.code, positional[0].start)
    return found["name"] if found else None
