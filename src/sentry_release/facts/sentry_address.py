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
    given = read.text("organization", env="SENTRY_ORG")
    if given and token.organization and given != token.organization:
        read.contradiction(
            f"`organization` is {given!r}, but `auth-token` belongs to {token.organization!r}. "
            "Remove the input, or use a token of the other organization."
        )
    organization = given or token.organization
    if organization is None and _token(read) is not None:
        read.missing("organization", "SENTRY_ORG", "Give the slug from your Sentry address.")
    elif organization and not _SLUG.fullmatch(organization):
        mend = "Give the slug from your Sentry address, for example `acme`."
        read.wrong("organization", organization, "is not a slug", mend)
    return organization


def projects_of(read: Reader) -> tuple[str, ...]:
    """The slugs of the projects."""
    projects = read.words("projects", env="SENTRY_PROJECT")
    if not projects and _token(read) is not None:
        mend = "Give at least one project slug, as in Settings > Projects."
        read.missing("projects", "SENTRY_PROJECT", mend)
    for project in projects:
        if not _SLUG.fullmatch(project):
            mend = "Give slugs, as in Settings > Projects, parted by spaces, commas or lines."
            read.wrong("projects", project, "is not a project slug", mend)
    return projects


def url_of(read: Reader) -> str:
    """The root of the server; a token that was made for another one is a contradiction."""
    token = parse_token(_token(read))
    given = read.address("url", env="SENTRY_URL")
    root = choose_server(given.rstrip("/") if given else None, token)
    if root is None and read.text("url", env="SENTRY_URL") is None:
        hint = "Set it to the address of your Sentry server: `auth-token` does not name one."
        read.missing("url", "SENTRY_URL", hint)
    if root is None or given is None:
        return root or SENTRY_IO
    if not re.fullmatch(r"https?://[^/?#@]+", root):
        mend = "Give only scheme and host, for example `https://sentry.example.com`."
        read.wrong("url", given, "is more than the root of a Sentry server", mend)
    elif not token.is_for(root):
        read.contradiction(
            f"`url` is {given!r}, but `auth-token` was made for "
            f"{token.url or token.region_url!r}. "
            "Remove the input, or use a token of the other server."
        )
    return root


def fallback_url_of(read: Reader) -> str | None:
    """The root of the server to try once after a 401; None if there is none."""
    given = read.address("url", env="SENTRY_URL")
    return choose_fallback_server(given, parse_token(_token(read)))


def _token(read: Reader) -> str | None:
    return read.text("auth-token", env="SENTRY_AUTH_TOKEN")
