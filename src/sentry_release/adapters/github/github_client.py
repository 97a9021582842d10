"""PyGithub for one repository, with a session of its own: time limits, retries and TLS."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from sentry_release.adapters.github.github_session import (
    RetryWithinDeadline,
    TimeLimit,
    find_ca_bundle,
)
from sentry_release.adapters.http.connection import find_cause
from sentry_release.adapters.threads import run_with_timeout
from sentry_release.ci.context import GITHUB_SERVER
from sentry_release.clock import Deadline
from sentry_release.errors import ApiError, ServiceUnavailableError

if TYPE_CHECKING:
    from github import GithubException
    from github.Repository import Repository

T = TypeVar("T")
_MIN_S = 0.25  # that a question needs
_ANSWER_S = 15  # for connecting, and between two pieces of a response
AT_ONCE = 16  # requests
PER_PAGE = 100  # the most that GitHub documents; one for all, as PyGithub mixes them up
_SERVER_FAILED = 500
_TIMED_OUT = 408
_TOO_MANY_REQUESTS = 429
_FORBIDDEN = 403
NOT_FOUND = 404
_PERMISSIONS = "Give the job `permissions: {contents: read, checks: read, deployments: read}`."
_AGAIN = "The request was sent up to three times."
_IN_TIME = "Requests to GitHub get half of the time that is left of `timeout`."
_RATE = "All jobs of a repository share the requests that GitHub grants in an hour."
_HINTS = {
    401: "Leave `github-token` alone: it is the token of the workflow.",
    409: "Push a commit: GitHub says so of an empty repository.",
    422: "Check that the commit has been pushed to this repository.",
}


@dataclass(frozen=True, kw_only=True)
class GitHubClient:
    """
    Requests to one repository (owner/name); `environ` has proxies and certificate authorities.

    `server_url` is the root of GitHub's pages. `log_debug` takes lines that only a run with debug
    logging shows, `log_line` lines for all.
    A call takes at most half of the time that is left until the deadline, even if GitHub hangs,
    so that time is left for Sentry.
    """

    api_url: str
    token: str = field(repr=False)
    name: str
    log_debug: Callable[[str], None]
    log_line: Callable[[str], None]
    deadline: Deadline
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)
    server_url: str = GITHUB_SERVER

    def call(self, question: "Callable[[GitHubClient], T]") -> T:
        """
        Return the result of a function that may send several requests.

        Raises:
            ApiError: GitHub refused the request.
            ServiceUnavailableError: GitHub could not be reached, or not in time.
        """
        limit_s = self.deadline.remaining_s / 2
        if limit_s < _MIN_S:
            raise _build_outage_error("answer", "there is no time left", reason=_IN_TIME)
        clock = self.deadline.clock
        self.limit.deadline = Deadline(clock=clock, at=clock.monotonic() + limit_s)
        try:
            return run_with_timeout(limit_s, clock, lambda: question(self))
        except TimeoutError as error:
            # Its thread continues with its session, whose time is over: it retries nothing.
            for name in ("repository", "limit"):
                vars(self).pop(name, None)
            raise _build_outage_error(
                "answer", f"it took more than {limit_s:.2g} s", reason=_IN_TIME
            ) from error

    @cached_property
    def limit(self) -> TimeLimit:
        """Return the deadline of the current call."""
        return TimeLimit(deadline=self.deadline)

    @cached_property
    def repository(self) -> "Repository":
        """Return PyGithub's object, which all threads share; creating it sends no request."""
        from github import Auth
        from github.Consts import DEFAULT_USER_AGENT
        from github.Repository import Repository

        from sentry_release.adapters.github.github_session import SessionRequester

        requester = SessionRequester(
            auth=Auth.Token(self.token),
            base_url=self.api_url,
            timeout=_ANSWER_S,
            user_agent=DEFAULT_USER_AGENT,
            verify=find_ca_bundle(self.environ),
            retry=RetryWithinDeadline.create(self.limit),
            pool_size=AT_ONCE,
            lazy=True,  # the repository itself is never requested
            per_page=PER_PAGE,
            seconds_between_requests=None,
            seconds_between_writes=None,  # announcements are paced by the clock of the job
        )
        return Repository(requester, url=f"/repos/{self.name}")


@contextmanager
def translate_errors(doing: str) -> Iterator[None]:
    """
    Translate errors of PyGithub and its session.

    Raises:
        ApiError: GitHub refused the request.
        ServiceUnavailableError: GitHub could not be reached, or not now.
    """
    from github import BadAttributeException, GithubException

    # What PyGithub trips over when an answer is not of the shape that it expects.
    unreadable = (
        BadAttributeException, AssertionError, AttributeError, LookupError, RuntimeError, TypeError,
    )  # fmt: skip

    try:
        yield
    except GithubException as error:
        raise _to_action_error(error, doing) from error
    except OSError as error:  # as all errors of requests are
        raise _build_outage_error(doing, _describe_connection_error(error)) from error
    except (*unreadable, ValueError) as error:
        cause = f"its answer is not what it should be ({type(error).__name__})"
        raise _build_outage_error(doing, cause) from error


def _describe_connection_error(error: OSError) -> str:
    """Return what went wrong, in the system's own words where it has some."""
    cause = find_cause(error)
    if isinstance(cause, TimeoutError):
        return "it did not answer in time"
    words = cause.strerror if isinstance(cause, OSError) else None
    return words or (str(cause) or type(cause).__name__)[:200]


def _to_action_error(error: "GithubException", doing: str) -> ApiError | ServiceUnavailableError:
    status = error.status
    data = error.data if isinstance(error.data, dict) else {"message": error.data}
    message = " ".join(str(data.get("message") or data.get("errors") or "").split())[:200]
    if status >= _SERVER_FAILED or status == _TIMED_OUT:
        return _build_outage_error(doing, f"it answered {status}")
    is_limited = status == _FORBIDDEN and "rate limit" in message.lower()
    if is_limited or status == _TOO_MANY_REQUESTS:
        return _build_outage_error(doing, f"its rate limit is reached ({status})", reason=_RATE)
    return ApiError(
        f"The token of the workflow could not {doing}.",
        reason=f"GitHub answered {status}{': ' if message else ''}{message}",
        hint=_HINTS.get(status, _PERMISSIONS),
        status=status,
        answer=message,
    )


def _build_outage_error(doing: str, cause: str, *, reason: str = _AGAIN) -> ServiceUnavailableError:
    return ServiceUnavailableError(
        f"GitHub could not be reached to {doing}: {cause}.",
        reason=reason,
        hint="Look at https://www.githubstatus.com, or at your own server, its certificate and "
        "proxy; then run the job again.",
    )


def to_utc(time: datetime) -> datetime:
    """Return a time of GitHub, which is in UTC even if it names no zone."""
    return time if time.tzinfo else time.replace(tzinfo=UTC)
