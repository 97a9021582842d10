"""The mend of FD35: a define that is read outside of a constant."""

import re

from sentry_release.decisions.doctor.fixing.case import FixContext
from sentry_release.facts.dart.calls import Call
from sentry_release.facts.dart.defines import find_dart_define_reads
from sentry_release.facts.dart.expressions import get_code, get_literal_text
from sentry_release.facts.dart.source import DartSource
from sentry_release.words.edit import TextEdit

_FINAL = re.compile(
    r"(?<![\w$.])(?P<static>static\s+)?(?P<late>late\s+)?(?P<final>final)\s+"
    r"(?:[A-Za-z_$][\w$]*\??\s+)?[A-Za-z_$][\w$]*\s*=\s*\Z"
)
_CONSTANT = re.compile(r"true|false|-?\d+")
_MAX_DISTANCE = 200  # characters before it


def fix_const_define(context: FixContext) -> tuple[TextEdit, ...] | None:
    """
    Make the variable a constant where it may be one, else only what is read.

    A field of an object cannot be a constant, and nobody knows from here whether a `var` changes.
    Source: https://dart.dev/language/variables#final-and-const
    """
    edits = []
    for file in context.find_dart_files():
        for read in find_dart_define_reads(file.dart):
            if file.dart.get_line(read.call.start) != context.finding.line:
                continue
            if not _is_constant_call(file.dart, read.call):
                return None
            edits.append(_build_const_edit(context, file.dart, read.call))
    return tuple(edits) if len(edits) == 1 else None


def _build_const_edit(context: FixContext, dart: DartSource, call: Call) -> TextEdit:
    final = _FINAL.search(dart.code, max(0, call.start - _MAX_DISTANCE), call.start)
    alone = dart.code[call.around.end :].lstrip().startswith(";")
    if final and alone and not final["late"]:
        outside = next(dart.brackets.list_enclosing(call.start), None) is None
        if outside or final["static"]:
            return context.build_edit(final.start("final"), final.end("final"), "const")
    return context.build_edit(call.start, call.start, "const ")


def _is_constant_call(dart: DartSource, call: Call) -> bool:
    """Whether everything that is given to the call is written as it is."""
    return all(
        get_literal_text(dart, span) is not None or _CONSTANT.fullmatch(get_code(dart, span))
        for span in (*call.positional, *call.named.values())
    )
