"""Auth token -> the organization and the server it was made for."""

import base64
import binascii
import json
from dataclasses import dataclass
from urllib.parse import urlsplit

_ORGANIZATION_TOKEN_PREFIX = "sntrys_"  # noqa: S105 - the shape of a token, not a token
_SEGMENTS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenFacts:
    """What an organization token says of itself; a user token says nothing."""

    organization: str | None = None
    url: str | None = None
    region_url: str | None = None

    def speaks_for(self, url: str) -> bool:
        """
        Whether a server at `url` is the one this token was made for.

        An organization of sentry.io is reached under several hosts: the main one, that of its
        region, and that of its own subdomain. A token made for https is not sent without it.
        """
        known = [one for one in (self.url, self.region_url) if one]
        if url.startswith("http:") and any(one.startswith("https:") for one in known):
            return False
        host, ours = _host(url), [name for one in known if (name := _host(one))]
        return not ours or any(host == name or host.endswith(f".{name}") for name in ours)


def token_facts(token: str | None) -> TokenFacts:
    """
    Read what an organization token (`sntrys_…`) carries; any other token gives no facts.

    Source: https://github.com/getsentry/rfcs/blob/main/text/0091-ci-upload-tokens.md
    """
    if token is None or not token.startswith(_ORGANIZATION_TOKEN_PREFIX):
        return TokenFacts()
    parts = token.split("_")
    if len(parts) < _SEGMENTS:
        return TokenFacts()
    try:
        payload = json.loads(base64.b64decode(parts[1] + "==", validate=False))
    except (binascii.Error, ValueError, RecursionError):
        return TokenFacts()
    if not isinstance(payload, dict):
        return TokenFacts()
    return TokenFacts(
        organization=_text(payload.get("org")),
        url=_address(payload.get("url")),
        region_url=_address(payload.get("region_url")),
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _address(value: object) -> str | None:
    text = _text(value)
    return text.rstrip("/") if text and text.startswith(("https://", "http://")) else None


def _host(url: str) -> str:
    try:
        parts = urlsplit(url)
        name, port = parts.hostname or "", parts.port
    except ValueError:
        return ""
    return f"{name}:{port}" if port else name
