"""Inputs -> which Sentry is spoken to: server, organization, projects."""

import re

from sentry_release.config.sentry_server import (
    SENTRY_IO,
    choose_fallback_server,
    choose_server,
    parse_token,
)
from sentry_release.facts.reading import InputReader

_SLUG = re.compile(r"[A-Za-z0-9_-]+")


def read_organization(inputs: InputReader) -> str | None:
    """The slug of the organization; a token that names another one is a contradiction."""
    token = parse_token(_read_token(inputs))
    values = inputs.read_text("org")
    if values and token.organization and values != token.organization:
        inputs.add_contradiction(
            f"`org` is {values!r}, but `auth-token` belongs to {token.organization!r}. "
            "Remove the input, or use a token of the other organization."
        )
    organization = values or token.organization
    if organization is None and _read_token(inputs) is not None:
        inputs.add_missing("org", "Set the organization slug from your Sentry URL.")
    elif organization and not _SLUG.fullmatch(organization):
        hint = "Use the slug from your Sentry URL, for example `acme`."
        inputs.add_invalid("org", organization, "it is not a slug", hint)
    return organization


def read_projects(inputs: InputReader) -> tuple[str, ...]:
    """The slugs of the projects."""
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
    """The root of the server; a token that was made for another one is a contradiction."""
    token = parse_token(_read_token(inputs))
    values = inputs.read_url("url")
    root = choose_server(values.rstrip("/") if values else None, token)
    if root is None and inputs.read_text("url") is None:
        hint = "Set it to the address of your Sentry server: `auth-token` does not name one."
        inputs.add_missing("url", hint)
    if root is None or values is None:
        return root or SENTRY_IO
    if not re.fullmatch(r"https?://[^/?#@]+", root):
        hint = "Use only scheme and host, for example `https://sentry.example.com`."
        inputs.add_invalid("url", values, "it is not the root URL of a server", hint)
    elif not token.is_for(root):
        inputs.add_contradiction(
            f"`url` is {values!r}, but `auth-token` was made for "
            f"{token.url or token.region_url!r}. "
            "Remove the input, or use a token of the other server."
        )
    return root


def fallback_url_of(inputs: InputReader) -> str | None:
    """The root of the server to try once after a 401; None if there is none."""
    values = inputs.read_url("url")
    return choose_fallback_server(values, parse_token(_read_token(inputs)))


def _read_token(inputs: InputReader) -> str | None:
    return inputs.read_text("auth-token")
