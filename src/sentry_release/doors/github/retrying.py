"""When a request to GitHub is sent again: after a short wait that it asks for, or a failure of its own."""

from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from urllib3.exceptions import MaxRetryError, ResponseError
from urllib3.util import Retry

from sentry_release.words.clock import Deadline

if TYPE_CHECKING:
    from urllib3.connectionpool import ConnectionPool
    from urllib3.response import BaseHTTPResponse

LONGEST_WAIT_S = 30.0
_TRIES = 2  # after the first


class Patience(Retry):
    """
    Honours `Retry-After` up to 30 seconds, and half of what is left until the deadline; a
    longer wait is none of ours, so the answer stands.

    GitHub sends it with its secondary rate limits, as 403 or 429.
    Source: https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
    """

    deadline: Deadline
    RETRY_AFTER_STATUS_CODES = frozenset({403, 413, 429, 503})

    @classmethod
    def ours(cls, deadline: Deadline) -> "Patience":
        """As often as we ask, until the deadline."""
        failed = (500, 502, 503, 504)
        made = cls(total=_TRIES, backoff_factor=0.5, status_forcelist=failed, raise_on_status=False)
        made.deadline = deadline
        return made

    def new(self, **changed: Any) -> Self:  # noqa: ANN401 - urllib3's own
        """The same with some changes; urllib3 makes one for each try, of what it knows itself."""
        made = super().new(**changed)
        made.deadline = self.deadline
        return made

    def increment(
        self,
        method: str | None = None,
        url: str | None = None,
        response: "BaseHTTPResponse | None" = None,
        error: Exception | None = None,
        _pool: "ConnectionPool | None" = None,
        _stacktrace: TracebackType | None = None,
    ) -> Self:
        """The patience that is left; urllib3 asks before each repetition."""
        asked_s = (response is not None and self.get_retry_after(response)) or 0
        if asked_s > min(LONGEST_WAIT_S, self.deadline.left_s / 2):
            raise MaxRetryError(_pool, url or "", ResponseError("it asks for too long a wait"))  # type: ignore[arg-type]
        return super().increment(method, url, response, error, _pool, _stacktrace)
