"""
The expected errors of the program, with their exit codes.

    ActionError                  base class, never raised itself
      WorkflowError              the workflow file must change                 exit 2
      ProjectError               the Flutter project must change               exit 3
      ApiError                   Sentry or GitHub refused the request          exit 4
        UnknownRepositoryError   the repository is not connected in Sentry
      ServiceUnavailableError    Sentry or GitHub cannot be reached            exit 5
        ResponseLostError        the request may have taken effect
      UnhealthyReleaseError      the release does not meet the thresholds      exit 6

Any other exception is a bug in the program: exit 1.
"""

from typing import ClassVar

BUG_EXIT_CODE = 1


class ActionError(Exception):
    """
    An error in three parts: `message` (what happened), `reason` (why), and `hint` (the fix).

    `shell_hint` replaces the hint outside GitHub Actions, where no workflow file can be changed.
    """

    exit_code: ClassVar[int]
    title: ClassVar[str]

    def __init__(
        self, message: str, *, reason: str, hint: str, shell_hint: str | None = None
    ) -> None:
        super().__init__(message, reason, hint)
        self.message = message
        self.reason = reason
        self.hint = hint
        self.shell_hint = shell_hint or hint

    def __str__(self) -> str:
        return f"{self.message}\n{self.reason}\n{self.hint}"

    def describe_for_shell(self) -> str:
        """Return the error with the hint that applies outside GitHub Actions."""
        return f"{self.message}\n{self.reason}\n{self.shell_hint}"


class WorkflowError(ActionError):
    """The workflow file must change: an input is invalid or a path cannot be used."""

    exit_code = 2
    title = "Sentry release: workflow error"


class ProjectError(ActionError):
    """The Flutter project must change: it cannot be read, or its release cannot be named."""

    exit_code = 3
    title = "Sentry release: project error"


class ApiError(ActionError):
    """
    Sentry or GitHub refused the request.

    `status` is the HTTP status, `answer` the text of the response.
    """

    exit_code = 4
    title = "Sentry release: request refused"

    def __init__(
        self,
        message: str,
        *,
        reason: str,
        hint: str,
        shell_hint: str | None = None,
        status: int | None = None,
        answer: str = "",
    ) -> None:
        super().__init__(message, reason=reason, hint=hint, shell_hint=shell_hint)
        self.status = status
        self.answer = answer


class UnknownRepositoryError(ApiError):
    """The repository is not connected in Sentry, which so cannot read its commits."""


class ServiceUnavailableError(ActionError):
    """Sentry or GitHub could not be reached within the time limit, after all retries."""

    exit_code = 5
    title = "Sentry release: service unavailable"


class ResponseLostError(ServiceUnavailableError):
    """
    The request may have taken effect, but its response was lost.

    `wait_s` are the seconds to wait before the next request, if the server named them.
    """

    def __init__(self, message: str, *, reason: str, hint: str, wait_s: float = 0.0) -> None:
        super().__init__(message, reason=reason, hint=hint)
        self.wait_s = wait_s


class UnhealthyReleaseError(ActionError):
    """The release has enough sessions, and does not meet the thresholds."""

    exit_code = 6
    title = "Sentry release: unhealthy release"
