"""The Sentry server: claims of the token, organization, projects and URL."""

import base64
import binascii
import json
import re
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from sentry_release.config.input_reader import InputReader

SENTRY_IO = "https://sentry.io"
"""The server of a token that names none."""
_ORGANIZATION_TOKEN_PREFIX = "sntrys_"  # noqa: S105 - the shape of a token, not a token
_SEGMENTS = 3
_SERVER_CLAIMS = ("url", "region_url")
_ROOT = re.compile(r"https?://[^\s/?#@\\]+")
_SLUG = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenClaims:
    """
    The claims of an organization token; other tokens have none.

    Attributes:
        organization: The slug of its organization.
        url: The root of the server that made it.
        region_url: The root of the server that has the data of its organization.
        names_no_address: It has claims about its server, but none of them is an address.
    """

    organization: str | None = None
    url: str | None = None
    region_url: str | None = None
    names_no_address: bool = False

    def is_for(self, url: str) -> bool:
        """
        Return whether the server at `url` is the one that the token was made for.

        An organization of sentry.io has several hosts: the main one, that of its region, and that
        of its own subdomain. A token made for https is not sent without it.
        """
        known = [one for one in (self.url, self.region_url) if one]
        if url.startswith("http:") and any(one.startswith("https:") for one in known):
            return False
        host, own = _get_host(url), [name for one in known if (name := _get_host(one))]
        return not own or any(host == name or host.endswith(f".{name}") for name in own)


def parse_token(token: str | None) -> TokenClaims:
    """
    Read the claims of an organization token (`sntrys_…`); any other token has none.

    Source: https://github.com/getsentry/rfcs/blob/main/text/0091-ci-upload-tokens.md
    """
    if token is None or not token.startswith(_ORGANIZATION_TOKEN_PREFIX):
        return TokenClaims()
    parts = token.split("_")
    if len(parts) < _SEGMENTS:
        return TokenClaims()
    try:
        payload = json.loads(base64.b64decode(parts[1] + "==", validate=False))
    except (binascii.Error, ValueError, RecursionError):
        return TokenClaims()
    if not isinstance(payload, dict):
        return TokenClaims()
    url, region_url = _build_address(payload.get("url")), _build_address(payload.get("region_url"))
    return TokenClaims(
        organization=_get_text(payload.get("org")),
        url=url,
        region_url=region_url,
        names_no_address=not (url or region_url) and not payload.keys().isdisjoint(_SERVER_CLAIMS),
    )


def choose_server(user_url: str | None, claims: TokenClaims) -> str | None:
    """
    Return the root of the server that gets the token.

    The user's `url` wins, then the token's `url`, then its `region_url`, which is all that tokens
    of some self-hosted servers name (getsentry/sentry#56925). A token without claims about its
    server is one for sentry.io. Only the user may choose a connection without TLS.

    Args:
        user_url: The input, a root without a trailing slash.
        claims: Those of the token.

    Returns:
        A root without a trailing slash; None if the token is for a server without an address.
    """
    if user_url is not None:
        return user_url
    named = claims.url or claims.region_url
    if named is None:
        return None if claims.names_no_address else SENTRY_IO
    return _with_tls(named)


def choose_fallback_server(user_url: str | None, claims: TokenClaims) -> str | None:
    """
    Return the root of the server to try once after the chosen one answered 401: the token's region.

    In mid-2026 the main host refused some valid tokens that the region's host accepted
    (getsentry/sentry-cli#3342).

    Args:
        user_url: The input; if it is given, there is no other server to try.
        claims: Those of the token.

    Returns:
        A root without a trailing slash; None if there is no other server.
    """
    if user_url is not None or claims.region_url is None:
        return None
    region = _with_tls(claims.region_url)
    return region if region != choose_server(None, claims) else None


def is_unencrypted(url: str) -> bool:
    """Return whether requests to a URL cross a network without TLS; this machine is no network."""
    return url.lower().startswith("http:") and not _is_loopback(url)


def _get_text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _build_address(value: object) -> str | None:
    text = (_get_text(value) or "").rstrip("/")
    return text if _ROOT.fullmatch(text) and _get_host(text) else None


def _with_tls(root: str) -> str:
    """Return the same host by https, unless it is this machine."""
    if root.startswith("https:") or _is_loopback(root):
        return root
    return f"https:{root.partition(':')[2]}"


def _is_loopback(root: str) -> bool:
    name = _strip_port(root)
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False


def _strip_port(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _get_host(url: str) -> str:
    try:
        parts = urlsplit(url)
        name, port = parts.hostname or "", parts.port
    except ValueError:
        return ""
    return f"{name}:{port}" if port else name


def read_organization(inputs: InputReader) -> str | None:
    """Return the slug of the organization; a token that names another one is a contradiction."""
    token = parse_token(_read_token(inputs))
    named = inputs.read_text("org")
    if named and token.organization and named != token.organization:
        inputs.add_contradiction(
            f"`org` is {named!r}, but `auth-token` belongs to {token.organization!r}. "
            "Remove the input, or use a token of the other organization."
        )
    organization = named or token.organization
    if organization is None and _read_token(inputs) is not None:
        inputs.add_missing("org", "Set the organization slug from your Sentry URL.")
    elif organization and not _SLUG.fullmatch(organization):
        hint = "Use the slug from your Sentry URL, for example `acme`."
        inputs.add_invalid("org", organization, "it is not a slug", hint)
    return organization


def read_projects(inputs: InputReader) -> tuple[str, ...]:
    """Return the slugs of the projects."""
    projects = inputs.read_list("projects")
    if not projects and _read_token(inputs) is not None:
        hint = "Set at least one project slug, as in Settings > Projects."
        inputs.add_missing("projects", hint)
    for project in projects:
        if not _SLUG.fullmatch(project):
            hint = "Use slugs, as in Settings > Projects, separated by spaces, commas or newlines."
            inputs.add_invalid("projects", project, "it is not a project slug", hint)
    return projects


def read_url(inputs: InputReader) -> str:
    """Return the root of the server; a token that was made for another one is a contradiction."""
    token = parse_token(_read_token(inputs))
    url = inputs.read_url("url")
    if url is None:
        named = choose_server(None, token)
        if named is None and inputs.read_text("url") is None:
            hint = "Set it to the address of your Sentry server: `auth-token` does not name one."
            inputs.add_missing("url", hint)
        return named or SENTRY_IO
    root = url.rstrip("/")
    if not re.fullmatch(r"https?://[^/?#@]+", root):
        hint = "Use only scheme and host, for example `https://sentry.example.com`."
        inputs.add_invalid("url", url, "it is not the root URL of a server", hint)
    elif not token.is_for(root):
        inputs.add_contradiction(
            f"`url` is {url!r}, but `auth-token` was made for "
            f"{token.url or token.region_url!r}. "
            "Remove the input, or use a token of the other server."
        )
    return root


def read_fallback_url(inputs: InputReader) -> str | None:
    """Return the root of the server to try once after a 401; None if there is none."""
    url = inputs.read_url("url")
    return choose_fallback_server(url, parse_token(_read_token(inputs)))


def _read_token(inputs: InputReader) -> str | None:
    return inputs.read_text("auth-token")
