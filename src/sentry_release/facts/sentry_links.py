"""
Address -> its host, and whether Sentry takes it for the link of a release or of a deploy.

With a link that it does not take Sentry refuses the whole request.

Sources: what a Sentry 23.7 server answered (tests/contract) · Django, URLValidator
"""

import re
from urllib.parse import urlsplit

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
    What is wrong with a link, as the end of a sentence; None when Sentry takes it.

    >>> find_link_error("https://shop.example.com/?v=2")
    >>> find_link_error("http://intranet/shop")
    'has a host that Sentry takes for none'
    """
    if len(url) > LINK_LIMIT:
        return f"has {len(url)} characters, and Sentry takes at most {LINK_LIMIT}"
    host = get_url_host(url)
    if host is None or " " in url or not url.isprintable():
        return "is not a web address"
    # Any letter may stand in a name; with all of them in it the expression would be slow to make.
    folded = "".join("a" if "\xa0" < message <= "\uffff" else message for message in host)
    return None if _HOST.fullmatch(folded) else "has a host that Sentry takes for none"


def get_url_host(url: str) -> str | None:
    """The host of an http or https URL, in small letters; None when it is no such URL."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:  # for instance an unclosed bracket in the host, or a port that is no number
        return None
    return parts.hostname or None if parts.scheme in {"http", "https"} else None


def check_link(value: object) -> str | None:
    """What somebody else gives as an address, if Sentry takes it and it holds no password."""
    text = value.strip() if isinstance(value, str) else ""
    if find_link_error(text) or not text.isascii() or "@" in urlsplit(text).netloc:
        return None
    return text
