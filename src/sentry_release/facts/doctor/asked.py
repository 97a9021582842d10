"""The inputs of the doctor: which of its rules count, and for how much."""

import re

from sentry_release.facts.reading import Reader
from sentry_release.words.finding import Severity

Levels = tuple[tuple[str, Severity | None], ...]
"""Rules with the level that their findings get; None is off."""

_RULE = re.compile(r"FD[0-9]{2}")
_WORDS = {
    "off": None,
    "info": Severity.INFO,
    "warn": Severity.WARNING,
    "warning": Severity.WARNING,
    "error": Severity.ERROR,
}


def ignored_of(read: Reader) -> tuple[str, ...]:
    """The rules whose findings are left out."""
    return tuple(filter(None, (_rule(read, "ignore", word) for word in read.words("ignore"))))


def levels_of(read: Reader) -> Levels:
    """The rules with levels of the user's own, as `FD13=off FD22=error`; the last one counts."""
    found: dict[str, Severity | None] = {}
    for word in read.words("levels"):
        name, _, level = word.partition("=")
        rule = _rule(read, "levels", name)
        if level.lower() not in _WORDS:
            mend = f"Write a rule and a level, as in `FD13=off`. Levels are: {', '.join(_WORDS)}."
            read.wrong("levels", word, "gives no level that it knows", mend)
        elif rule:
            found[rule] = _WORDS[level.lower()]
    return tuple(found.items())


def _rule(read: Reader, name: str, word: str) -> str | None:
    rule = word.upper()
    if not _RULE.fullmatch(rule):
        read.wrong(name, word, "is no rule of the doctor", "Write it as FD11, for example.")
        return None
    return rule
