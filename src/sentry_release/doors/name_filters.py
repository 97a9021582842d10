"""Filters for the usual wishes of a `release` template."""

import re

_LIMIT = 200  # bytes
_REFUSED = re.compile(r"[\x00-\x1f\x7f/\\\ud800-\udfff]+")
_KEPT_BY_SENTRY = {".", "..", "latest"}


def strip_v(text: object) -> str:
    """
    A tag without the v before its version.

    >>> strip_v("v1.4.0"), strip_v("V2"), strip_v("shop-v1.4.0"), strip_v("vanilla")
    ('1.4.0', '2', 'shop-1.4.0', 'vanilla')
    """
    return re.sub(r"(?<![0-9A-Za-z])[vV](?=[0-9])", "", str(text), count=1)


def replace_unsafe(text: object) -> str:
    r"""
    Any text as one that Sentry takes as a release: what it refuses becomes a dash.

    The rules are those of facts/sentry_names.py.

    >>> replace_unsafe("feature/login"), replace_unsafe("  a\n\tb "), replace_unsafe("latest")
    ('feature-login', 'a-b', 'latest-')
    """
    found = _REFUSED.sub("-", str(text).strip()).encode()[:_LIMIT].decode(errors="ignore").strip()
    if not found:
        return "-"
    return f"{found}-" if found.lower() in _KEPT_BY_SENTRY else found
