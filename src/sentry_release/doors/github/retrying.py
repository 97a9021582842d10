"""When a request to GitHub is sent again: after a short wait that it asks for, or a failure of its own."""

from dataclasses import dataclass

from sentry_release.words.clock import Deadline

LONGEST_WAIT_S = 30.0
_PAUSES_S = (0.0, 1.0)  # before the second and the third try
_FAILED = {500, 502, 503, 504}
_MAY_ASK_TO_WAIT = {403, 413, 429, 503}
_REPEATABLE = {"GET", "HEAD"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """
    Honours `Retry-After` up to 30 seconds, and to the deadline of the question; a longer wait
    is none of ours, so the answer stands.

    GitHub sends it, in seconds, with its secondary rate limits, as 403 or 429.
    Source: https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
    """

    deadline: Deadline

    def after_answer(
        self, tries: int, method: str, status: int, retry_after: str | None
    ) -> float | None:
        """Seconds to wait before it is asked once more; None where the answer stands."""
        if method not in _REPEATABLE or tries > len(_PAUSES_S):
            return None
        if status in _MAY_ASK_TO_WAIT and (asked_s := _seconds(retry_after)):
            return asked_s if asked_s < self._longest_s else None
        return self._pause_s(tries) if status in _FAILED else None

    def after_failure(self, tries: int, method: str, *, sent: bool) -> float | None:
        """
        The same where no answer came.

        What is not repeatable is only asked again where it cannot have been `sent`.
        """
        if tries > len(_PAUSES_S) or (sent and method not in _REPEATABLE):
            return None
        return self._pause_s(tries)

    def _pause_s(self, tries: int) -> float | None:
        pause_s = _PAUSES_S[tries - 1]
        return pause_s if pause_s < self._longest_s else None

    @property
    def _longest_s(self) -> float:
        return min(LONGEST_WAIT_S, self.deadline.left_s)


def _seconds(text: str | None) -> int:
    told = (text or "").strip()
    return int(told) if told.isascii() and told.isdecimal() and len(told) < 10 else 0  # noqa: PLR2004 - decades
