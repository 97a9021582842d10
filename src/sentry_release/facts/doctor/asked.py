"""The input `doctor-levels`: which rules of the doctor count, and for how much."""

import re

from sentry_release.facts.reading import InputReader
from sentry_release.words.finding import Severity

Levels = tuple[tuple[str, Severity | None], ...]
"""Rules with the severity of their findings; None is off."""

_RULE = re.compile(r"FD[0-9]{2}")
_LEVELS = {
    "off": None,
    "info": Severity.INFO,
    "warning": Severity.WARNING,
    "error": Severity.ERROR,
}


def parse_rule_levels(inputs: InputReader) -> Levels:
    """The rules with levels of the user's own, as `FD13=off FD22=error`; the last one counts."""
    found: dict[str, Severity | None] = {}
    for word in inputs.read_list("doctor-levels"):
        rule, _, level = word.upper().partition("=")
        if not _RULE.fullmatch(rule):
            inputs.add_invalid(
                "doctor-levels", word, "it names no rule", "Write `FD11=off`, for example."
            )
        elif level.lower() not in _LEVELS:
            hint = f"Write `{rule}=off`, for example. Levels are: {', '.join(_LEVELS)}."
            inputs.add_invalid("doctor-levels", word, "it has no known level", hint)
        else:
            found[rule] = _LEVELS[level.lower()]
    return tuple(found.items())
