"""
Commit message -> the issues that Sentry will resolve by it.

Source: getsentry/sentry, src/sentry/models/groupreference.py and src/sentry/utils/groupreference.py
"""

import re

_PHRASE = re.compile(
    r"\b(?:fix|fixes|fixed|close|closes|closed|resolve|resolves|resolved):?\s+"
    r"(?P<issues>[A-Za-z0-9_\-\s,]{1,500})\b",
    re.IGNORECASE,
)
_ISSUE = re.compile(r"\b[A-Z0-9_-]+-[A-Z0-9]+\b")
_MOST_TEXT = 100_000  # characters of a message


def issues_in(message: str) -> tuple[str, ...]:
    """
    The short ids of the issues, each once.

    >>> issues_in("feat: pay. Fixes SHOP-12, SHOP-1A")
    ('SHOP-12', 'SHOP-1A')
    """
    found = [
        issue
        for phrase in _PHRASE.finditer(message[:_MOST_TEXT])
        for issue in _ISSUE.findall(phrase["issues"])
    ]
    return tuple(dict.fromkeys(found))
