"""
Everything this program can fail with, and how each failure speaks.

    ActionError            never raised itself
      WorkflowError        the workflow file must change                exit 2
      ProjectError         the Flutter project must change              exit 3
      RefusedError         Sentry or GitHub understood, and said no     exit 4
        UnknownRepositoryError … since Sentry has no such repository
      OutageError          Sentry or GitHub cannot be reached           exit 5
        LostAnswerError    … and it may have done what we asked
      UnhealthyError       the release is not healthy enough            exit 6

Anything else that is raised is a bug of ours: exit 1.
"""

from typing import ClassVar

BUG_EXIT_CODE = 1


class ActionError(Exception):
    """A failure in three sentences: *what* happened, *why*, and how to *mend* it."""

    exit_code: ClassVar[int]
    title: ClassVar[str]

    def __init__(self, message: str, *, reason: str, hint: str) -> None:
        super().__init__(message, reason, hint)
        self.message = message
        self.reason = reason
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n{self.reason}\n{self.hint}"


class WorkflowError(ActionError):
    """The workflow file must change: an input cannot be used."""

    exit_code = 2
    title = "Sentry release: the workflow"


class ProjectError(ActionError):
    """The Flutter project must change: it cannot be read or named."""

    exit_code = 3
    title = "Sentry release: the Flutter project"


class ApiError(ActionError):
    """
    Sentry or GitHub understood the request and refused it.

    `status` is the HTTP status, `answer` the text that came with it.
    """

    exit_code = 4
    title = "Sentry release: refused"

    def __init__(
        self, message: str, *, reason: str, hint: str, status: int | None = None, answer: str = ""
    ) -> None:
        super().__init__(message, reason=reason, hint=hint)
        self.status = status
        self.answer = answer


class UnknownRepositoryError(ApiError):
    """Sentry has no repository of that name, so it cannot fetch commits from it."""


class ServiceUnavailableError(ActionError):
    """Sentry or GitHub could not be reached, after all retries."""

    exit_code = 5
    title = "Sentry release: out of reach"


class ResponseLostError(ServiceUnavailableError):
    """
    The request may have been carried out: its answer was lost on the way.

    `wait_s` is how many seconds to wait before asking again, where the server has said so.
    """

    def __init__(self, message: str, *, reason: str, hint: str, wait_s: float = 0.0) -> None:
        super().__init__(message, reason=reason, hint=hint)
        self.wait_s = wait_s


class UnhealthyReleaseError(ActionError):
    """The release is there and can be judged, and it is not as healthy as was asked."""

    exit_code = 6
    title = "Sentry release: unhealthy"
