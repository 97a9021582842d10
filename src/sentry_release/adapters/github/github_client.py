"""PyGithub for one repository, imported when it is first needed; its waits end with the phase."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from sentry_release.adapters.github.session_options import (
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
_RATE_LIMITED = {403, 429}
NOT_FOUND = 404
_PERMISSIONS = "Give the job `permissions: {contents: read, checks: read, deployments: read}`."
_AGAIN = "It is asked up to three times where that may help."
_IN_TIME = "Questions to GitHub get half of what is left of `timeout`."
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

    `server_url` is the root of GitHub's pages, to which statuses of deployments link.

    `log_debug` takes lines that only a run with debug logging shows, `log_line` lines for all.

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
        The answer to a question that may take several requests.

        Raises:
            RefusedError: GitHub understood, and said no.
            OutageError: It could not be reached, or not in time.
        """
        limit_s = self.deadline.remaining_s / 2
        if limit_s < _MIN_S:
            raise _build_outage_error("answer", "there is no time left", reason=_IN_TIME)
        clock = self.deadline.clock
        self.limit.deadline = Deadline(clock=clock, at=clock.monotonic() + limit_s)
        try:
            return run_with_timeout(limit_s, clock, lambda: question(self))
        except TimeoutError as error:
            # Its thread goes on, and keeps its session, whose limit is over: it retries nothing.
            for name in ("get_repository", "limit"):
                vars(self).pop(name, None)
            raise _build_outage_error(
                "answer", f"it took more than {limit_s:.2g} s", reason=_IN_TIME
            ) from error

    @cached_property
    def limit(self) -> TimeLimit:
        """The end of the question that is being asked."""
        return TimeLimit(deadline=self.deadline)

    @cached_property
    def get_repository(self) -> "Repository":
        """PyGithub's object, which all threads share; nothing is requested to create it."""
        from github import Auth, Github

        client = Github(
            auth=Auth.Token(self.token),
            base_url=self.api_url,
            timeout=_ANSWER_S,
            verify=find_ca_bundle(self.environ),
            retry=RetryWithinDeadline.create(self.limit),
            pool_size=AT_ONCE,
            lazy=True,  # never the repository itself, only what hangs below it
            per_page=PER_PAGE,
            seconds_between_requests=None,
            seconds_between_writes=None,  # who writes waits by the clock of the job
        )
        return client.get_repo(self.name)


@contextmanager
def translate_errors(doing: str) -> Iterator[None]:
    """
    Turn what PyGithub and its session raise into our own errors.

    Raises:
        RefusedError: GitHub understood, and said no.
        OutageError: GitHub could not be reached, or not now.
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
        raise _build_outage_error(
            doing, f"its answer is not what it should be ({type(error).__name__})"
        ) from error


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
    message = " ".join(_read_message(data).split())[:200]
    if status >= _SERVER_FAILED:
        return _build_outage_error(doing, f"it answered {status}")
    if status in _RATE_LIMITED and "rate limit" in message.lower():
        return _build_outage_error(doing, f"its rate limit is reached ({status})", reason=_RATE)
    return ApiError(
        f"The token of the workflow could not {doing}.",
        reason=f"GitHub answered {status}{': ' if message else ''}{message}",
        hint=_HINTS.get(status, _PERMISSIONS),
        status=status,
        answer=message,
    )


def _read_message(data: Mapping[str, Any]) -> str:
    """Return the message of an answer, or that of the first error of a GraphQL query."""
    match data:
        case {"errors": [{"message": str(message)}, *_]} if not data.get("message"):
            return message
    return str(data.get("message") or "")


def _build_outage_error(doing: str, cause: str, *, reason: str = _AGAIN) -> ServiceUnavailableError:
    return ServiceUnavailableError(
        f"GitHub could not be reached to {doing}: {cause}.",
        reason=reason,
        hint="Look at https://www.githubstatus.com, or at your own server, its certificate and "
        "proxy; then run the job again.",
    )
