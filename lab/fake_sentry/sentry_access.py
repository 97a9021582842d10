"""Access control of Sentry: tokens, scopes, and error responses."""

from collections.abc import Mapping
from typing import NoReturn

from fake_sentry.state import Release, Store, Token
from fake_sentry.wire import Query, Refused

RELEASES = frozenset({"project:write", "project:admin", "project:releases"})
SCOPES = {
    "GET": RELEASES | {"project:read", "org:ci"},
    "POST": RELEASES | {"org:ci"},
    "PUT": RELEASES | {"org:ci"},
}

SESSION_SCOPES = {"GET": frozenset({"org:read", "org:write", "org:admin"})}


def _unauthorized(detail: str) -> NoReturn:
    raise Refused(401, {"detail": detail}, **{"WWW-Authenticate": 'xBasic realm="api"'})


def not_found() -> NoReturn:
    """Raise the 404 of an unknown organization, release or environment."""
    raise Refused(404, {"detail": "The requested resource does not exist"})


def token_of(
    store: Store, query: Query, scopes: Mapping[str, frozenset[str]] | None = None
) -> Token:
    """
    Return the token that the request carries; `scopes` are those that may, by method.

    Raises:
        Refused: 401 without a good token, 403 when its scopes do not allow the method
    """
    kind, *words = query.headers.get("authorization", "").split() or [""]
    if kind.lower() != "bearer":
        _unauthorized("Authentication credentials were not provided.")
    if not words:
        _unauthorized("Invalid token header. No credentials provided.")
    if len(words) > 1:
        _unauthorized("Invalid token header. Token string should not contain spaces.")
    token = next((token for token in store.tokens if token.text == words[0]), None)
    if token is None:
        _unauthorized("Invalid org token" if words[0].startswith("sntrys_") else "Invalid token")
    if not token.scopes & (SCOPES if scopes is None else scopes).get(query.method, frozenset()):
        raise Refused(403, {"detail": "You do not have permission to perform this action."})
    return token


def release_of(store: Store, version: str) -> Release:
    """
    Return the release of that name.

    Raises:
        Refused: 404 when there is none, or when it belongs to no project
    """
    found = store.releases.get(version)
    return found if found and found.projects else not_found()
