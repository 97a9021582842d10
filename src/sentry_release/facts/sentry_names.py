"""
Text -> what keeps it from being a name in Sentry.

A name must please everyone it meets, so these are the rules that Sentry's API, its
ingestion (Relay) and sentry-cli have in common; each of them alone accepts names that
another one refuses.

Sources: https://docs.sentry.io/product/releases/naming-releases/ · Relay's event schema ·
what a Sentry 23.7 server answered (tests/contract).
"""

import re

RELEASE_LIMIT = 200
ENVIRONMENT_LIMIT = 64
DIST_LIMIT = 64

_NAMED_CHARACTERS = {
    "/": "a slash",
    "\\": "a backslash",
    "\n": "a line break",
    "\r": "a carriage return",
    "\t": "a tab",
    "\0": "a null character",
}
_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f/\\]")
_NOT_IN_DIST = re.compile(r"[^a-zA-Z0-9_.-]")


def find_release_name_error(name: str) -> str | None:
    """
    What is wrong with a release name, as the end of a sentence; None when it is fine.

    >>> find_release_name_error("shop@1.4.0+27")
    >>> find_release_name_error("shop/1.4.0")
    "has a slash ('/') as character 5"
    >>> find_release_name_error("latest")
    'is a word that Sentry keeps for itself'
    """
    return _find_name_error(name, limit=RELEASE_LIMIT, reserved={".", "..", "latest"})


def find_environment_name_error(name: str) -> str | None:
    """What is wrong with the name of an environment; None when it is fine."""
    return _find_name_error(name, limit=ENVIRONMENT_LIMIT, reserved={".", "..", "none"})


def find_dist_name_error(name: str) -> str | None:
    """What is wrong with a dist: at most 64 of the characters A-Z a-z 0-9 _ . -"""
    if found := _NOT_IN_DIST.search(name):
        return f"has {_describe_character(found[0])} as character {found.start() + 1}"
    return _find_name_error(name, limit=DIST_LIMIT, reserved=set())


def _find_name_error(name: str, *, limit: int, reserved: set[str]) -> str | None:
    if not name.strip():
        return "is empty"
    if found := _FORBIDDEN.search(name):
        return f"has {_describe_character(found[0])} as character {found.start() + 1}"
    if name != name.strip():
        return "begins or ends with a space"
    if name.lower() in reserved:
        return "is a word that Sentry keeps for itself"
    return _find_length_error(name, limit)


def _find_length_error(name: str, limit: int) -> str | None:
    try:
        size = len(name.encode())
    except UnicodeEncodeError as error:
        return f"is not valid Unicode at character {error.start + 1}"
    if len(name) > limit:
        return f"has {len(name)} characters, and Sentry takes at most {limit}"
    if size > limit:
        return f"takes {size} bytes in UTF-8, and Sentry takes at most {limit}"
    return None


def _describe_character(character: str) -> str:
    # repr, so that no control character reaches a terminal or a log through our message
    return f"{_NAMED_CHARACTERS.get(character, 'the character')} ({character!r})"
