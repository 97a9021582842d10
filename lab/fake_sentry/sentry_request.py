"""A request to one of Sentry's endpoints: token, release and body."""

import json
from dataclasses import dataclass
from typing import Any

from fake_sentry.fields import Reader
from fake_sentry.sentry_access import release_of
from fake_sentry.state import Release, Store, Token
from fake_sentry.wire import Query, Refused


@dataclass(frozen=True, slots=True, kw_only=True)
class SentryRequest:
    """An authorized request; `version` is empty if the path has no release."""

    store: Store
    query: Query
    token: Token
    version: str

    @property
    def release(self) -> Release:
        """The release that the path names; 404 if there is none."""
        return release_of(self.store, self.version)

    def read(self, form: Reader) -> dict[str, Any]:
        """
        Return the body, read by the form.

        Raises:
            Refused: 400, it is no JSON
            Invalid: the form refuses it
        """
        try:
            sent = json.loads(self.query.body) if self.query.body else {}
        except ValueError as error:
            raise Refused(400, {"detail": f"JSON parse error - {error}"}) from None
        clean: dict[str, Any] = form(sent)
        return clean
