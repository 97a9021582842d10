"""What Sentry accepts as release, dist, environment, link, and the defines that name them."""

import re
from urllib.parse import urlsplit

RELEASE_DEFINE = "SENTRY_RELEASE"
DIST_DEFINE = "SENTRY_DIST"
ENVIRONMENT_DEFINE = "SENTRY_ENVIRONMENT"
"""The dart-defines, and variables, by which the SDK and Sentry's tools get these names."""
LINK_LIMIT = 200
"""Characters; with more of them Sentry fails with 500."""

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_TOP = r"(?:[a-z]{2,63}|xn--[a-z0-9]{1,59})"
_OCTET = r"(?:25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])"
_HOST = re.compile(
    rf"(?:{_LABEL}\.)+{_TOP}\.?|localhost|{_OCTET}(?:\.{_OCTET}){{3}}|[0-9a-f.]*:[0-9a-f:.]*"
)


def find_link_error(url: str) -> str | None:
    """
    Return what is wrong with a link, as the end of a sentence; None if Sentry accepts it.

    >>> find_link_error("https://shop.example.com/?v=2")
    >>> find_link_error("http://intranet/shop")
    'has a host name that Sentry does not accept'
    """
    if len(url) > LINK_LIMIT:
        return f"has {len(url)} characters, and Sentry takes at most {LINK_LIMIT}"
    host = get_url_host(url)
    if host is None or " " in url or not url.isprintable():
        return "is not a web address"
    # Sentry accepts any letter in a host name; a pattern with all of them is slow to compile.
    folded = "".join("a" if "\xa0" < character <= "\uffff" else character for character in host)
    return None if _HOST.fullmatch(folded) else "has a host name that Sentry does not accept"


def get_url_host(url: str) -> str | None:
    """Return the host of an http or https URL, in small letters; None when it is no such URL."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:  # for instance an unclosed bracket in the host, or a port that is no number
        return None
    return parts.hostname or None if parts.scheme in {"http", "https"} else None


def check_link(value: object) -> str | None:
    """Return a foreign value as a URL if Sentry accepts it and it holds no password, else None."""
    text = value.strip() if isinstance(value, str) else ""
    if find_link_error(text) or not text.isascii() or "@" in urlsplit(text).netloc:
        return None
    return text


RELEASE_LIMIT = 200
RESERVED_RELEASES = frozenset({".", "..", "latest"})
ENVIRONMENT_LIMIT = 64
DIST_LIMIT = 64

_NAMED_CHARACTERS = {
    "/": "a slash",
    "\\": "a backslash",
    "\n": "a line break",
    "\r": "a carriage return",
    "\t": "a tab",
    "\0": "a null character",
    " ": "a space",
}
_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f/\\]")
_NOT_IN_DIST = re.compile(r"[^a-zA-Z0-9_.-]")


def find_release_name_error(name: str) -> str | None:
    """
    Return what is wrong with a release name, as the end of a sentence; None when it is fine.

    >>> find_release_name_error("shop@1.4.0+27")
    >>> find_release_name_error("shop/1.4.0")
    "has a slash ('/') as character 5"
    >>> find_release_name_error("latest")
    'is a word that Sentry keeps for itself'
    """
    return _find_name_error(name, limit=RELEASE_LIMIT, reserved=RESERVED_RELEASES)


def find_environment_name_error(name: str) -> str | None:
    """Return what is wrong with the name of an environment; None when it is fine."""
    return _find_name_error(name, limit=ENVIRONMENT_LIMIT, reserved=frozenset({".", "..", "none"}))


def find_dist_name_error(name: str) -> str | None:
    """Return what is wrong with a dist: at most 64 of the characters A-Z a-z 0-9 _ . -"""
    if found := _NOT_IN_DIST.search(name):
        return f"has {_describe_character(found[0])} as character {found.start() + 1}"
    return _find_name_error(name, limit=DIST_LIMIT, reserved=frozenset())


def _find_name_error(name: str, *, limit: int, reserved: frozenset[str]) -> str | None:
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
    # repr, so that no control character reaches a terminal or a log.
    return f"{_NAMED_CHARACTERS.get(character, 'the character')} ({character!r})"
