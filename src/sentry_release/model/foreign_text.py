"""Text of others, made safe: JSON that can be written, links that Sentry accepts, nothing that hides."""

import json
import re
from typing import Any
from urllib.parse import urlsplit

_HALF_PAIR = re.compile("[\\ud800-\\udfff]")
HIDING = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""Control characters except tabs and line breaks, and those that change a text's direction."""
LINK_LIMIT = 200
"""Characters; with more of them Sentry fails with 500."""

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_TOP = r"(?:[a-z]{2,63}|xn--[a-z0-9]{1,59})"
_OCTET = r"(?:25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])"
_HOST = re.compile(
    rf"(?:{_LABEL}\.)+{_TOP}\.?|localhost|{_OCTET}(?:\.{_OCTET}){{3}}|[0-9a-f.]*:[0-9a-f:.]*"
)


def parse_json(text: str | bytes) -> Any:  # noqa: ANN401 - JSON
    """
    Return the value of a JSON text, with U+FFFD for each half of a pair of surrogates.

    JSON can name such a half, which no encoding can write.
    Raises ValueError if the text is not valid, or is nested too deeply.
    Source: https://www.rfc-editor.org/rfc/rfc8259#section-8.2
    """
    try:
        value = json.loads(text)
        escaped = text if isinstance(text, str) else text.decode("utf-8", "replace")
        if "\\ud" in escaped or "\\uD" in escaped:
            value = json.loads(_HALF_PAIR.sub("\ufffd", json.dumps(value, ensure_ascii=False)))
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    return value


def replace_hiding(text: str) -> str:
    """
    Return the text without escape sequences and changes of its direction.

    Source: https://www.unicode.org/reports/tr9/#Explicit_Directional_Embeddings
    """
    return HIDING.sub("\ufffd", text)


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
    """
    Return the host of an http or https URL, in small letters; None when it is no such URL.

    A host with a backslash is none: some parsers end it there (urllib3, browsers), others do not.
    """
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:  # for instance an unclosed bracket in the host, or a port that is no number
        return None
    is_host = parts.scheme in {"http", "https"} and "\\" not in parts.netloc
    return parts.hostname or None if is_host else None


def check_link(value: object) -> str | None:
    """Return a foreign value as a URL if Sentry accepts it and it holds no password, else None."""
    text = value.strip() if isinstance(value, str) else ""
    if find_link_error(text) or not text.isascii() or "@" in urlsplit(text).netloc:
        return None
    return text
