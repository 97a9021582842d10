"""The mend of FD35: a define that is read outside of a constant."""

import re

from sentry_release.decisions.doctor.fixing.case import Case
from sentry_release.facts.dart.calls import Call
from sentry_release.facts.dart.defines import define_reads
from sentry_release.facts.dart.expressions import code_of, plain
from sentry_release.facts.dart.source import Dart
from sentry_release.words.edit import Edit

_FINAL = re.compile(
    r"(?<![\w$.])(?P<static>static\s+)?(?P<late>late\s+)?(?P<final>final)\s+"
    r"(?:[A-Za-z_$][\w$]*\??\s+)?[A-Za-z_$][\w$]*\s*=\s*\Z"
)
_CONSTANT = re.compile(r"true|false|-?\d+")
_NEAR = 200  # characters before it


def constant(case: Case) -> tuple[Edit, ...] | None:
    """
    Make the variable a constant where it may be one, else only what is read.

    A field of an object cannot be a constant, and nobody knows from here whether a `var` changes.
    Source: https://dart.dev/language/variables#final-and-const
    """
    edits = []
    for file in case.dart_files():
        for read in define_reads(file.dart):
            if file.dart.line_of(read.call.start) != case.finding.line:
                continue
            if not _is_constant(file.dart, read.call):
                return None
            edits.append(_edit(case, file.dart, read.call))
    return tuple(edits) if len(edits) == 1 else None


def _edit(case: Case, dart: Dart, call: Call) -> Edit:
    final = _FINAL.search(dart.code, max(0, call.start - _NEAR), call.start)
    alone = dart.code[call.around.end :].lstrip().startswith(";")
    if final and alone and not final["late"]:
        outside = next(dart.brackets.around(call.start), None) is None
        if outside or final["static"]:
            return case.edit(final.start("final"), final.end("final"), "const")
    return case.edit(call.start, call.start, "const ")


def _is_constant(dart: Dart, call: Call) -> bool:
    """Whether everything that is given to the call is written as it is."""
    return all(
        plain(dart, span) is not None or _CONSTANT.fullmatch(code_of(dart, span))
        for span in (*call.positional, *call.named.values())
    )
