"""
Commit message -> the issues that Sentry will resolve by it.

Source: getsentry/sentry, src/sentry/utils/groupreference.py, parse_short_id in models/group.py
"""

import re
import string

# Possessive, so that a message of any length is read once.
_PHRASE = re.compile(
    r"\b(?:fix|fixes|fixed|close|closes|closed|resolve|resolves|resolved):?"
    r"\s(?P<names>[A-Z0-9_\-\s,]++)(?P<grown_on>\w?)",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"[A-Z0-9]+", re.IGNORECASE)
_NO_DIGIT = "U"  # the letter that Sentry's numbers, which have the base 32, do without
_MAX_LENGTH = 64  # characters: a project's slug has at most 50
_LETTERS = string.ascii_letters + string.digits + "_ıİſ\N{KELVIN SIGN}"  # of _PHRASE's names


def find_referenced_issues(message: str) -> tuple[str, ...]:
    """
    The short ids of the issues as Sentry writes them, each once.

    Sentry reads any word with a hyphen as an id and then finds no such issue. So that
    `fixed by-design` is no issue here, an id in small letters must have a digit in its number.

    >>> find_referenced_issues("feat: pay. Fixes SHOP-12, SHOP-1A and shop-7")
    ('SHOP-12', 'SHOP-1A', 'SHOP-7')
    """
    found = []
    for phrase in _PHRASE.finditer(message):
        names = phrase["names"]
        if phrase["grown_on"]:
            names = names.rstrip(_LETTERS)  # `SHOP-1é` is another word
        found += [issue for word in re.split(r"[\s,]+", names) if (issue := _parse_issue(word))]
    return tuple(dict.fromkeys(found))


def _parse_issue(word: str) -> str | None:
    """The longest beginning of the word that ends in a hyphen and a number."""
    parts = word.lstrip("-").split("-")
    end = next((n for n in range(len(parts) - 1, 0, -1) if _NUMBER.fullmatch(parts[n])), 0)
    issue, number = "-".join(parts[: end + 1]), parts[end].upper()
    if not end or _NO_DIGIT in number or len(issue) > _MAX_LENGTH:
        return None
    shouted = issue == issue.upper()
    return issue.upper() if shouted or not number.isalpha() else None
