"""Inputs -> which Sentry is spoken to: server, organization, projects."""

import re

from sentry_release.config.sentry_server import (
    SENTRY_IO,
    choose_fallback_server,
    choose_server,
    parse_token,
)
from sentry_release.facts.reading import Reader

_SLUG = re.compile(r"[A-Za-z0-9_-]+")


def organization_of(read: Reader) -> str | None:
    """The slug of the organization; a token that names another one is a contradiction."""
    token = parse_token(_token(read))
    given = read.text("org")
    if given and token.organization and given != token.organization:
        read.contradiction(
            f"`org` is {given!r}, but `auth-token` belongs to {token.organization!r}. "
            "Remove the input, or use a token of the other organization."
        )
    organization = given or token.organization
    if organization is None and _token(read) is not None:
        read.missing("org", "Set the organization slug from your Sentry URL.")
    elif organization and not _SLUG.fullmatch(organization):
        hint = "Use the slug from your Sentry URL, for example `acme`."
        read.wrong("org", organization, "it is not a slug", hint)
    return organization


def projects_of(read: Reader) -> tuple[str, ...]:
    """The slugs of the projects."""
    projects = read.words("projects")
    if not projects and _token(read) is not None:
        hint = "Set at least one project slug, as in Settings > Projects."
        read.missing("projects", hint)
    for project in projects:
        if not _SLUG.fullmatch(project):
            hint = "Use slugs, as in Settings > Projects, separated by spaces, commas or newlines."
            read.wrong("projects", project, "it is not a project slug", hint)
    return projects


def url_of(read: Reader) -> str:
    """The root of the server; a token that was made for another one is a contradiction."""
    token = parse_token(_token(read))
    given = read.address("url")
    root = choose_server(given.rstrip("/") if given else None, token)
    if root is None and read.text("url") is None:
        hint = "Set it to the address of your Sentry server: `auth-token` does not name one."
        read.missing("url", hint)
    if root is None or given is None:
        return root or SENTRY_IO
    if not re.fullmatch(r"https?://[^/?#@]+", root):
        hint = "Use only scheme and host, for example `https://sentry.example.com`."
        read.wrong("url", given, "it is not the root URL of a server", hint)
    elif not token.is_for(root):
        read.contradiction(
            f"`url` is {given!r}, but `auth-token` was made for "
            f"{token.url or token.region_url!r}. "
            "Remove the input, or use a token of the other server."
        )
    return root


def fallback_url_of(read: Reader) -> str | None:
    """The root of the server to try once after a 401; None if there is none."""
    given = read.address("url")
    return choose_fallback_server(given, parse_token(_token(read)))


def _token(read: Reader) -> str | None:
    return read.text("auth-token")
