"""Read links to jobs of workflow runs, as statuses of deployments have them."""

import re
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

_PATH = re.compile(
    r"/(?P<repository>[^/]+/[^/]+)/actions/runs/(?P<run>[0-9]+)"
    r"(?:/attempts/[0-9]+)?(?:/job/(?P<job>[0-9]+))?/?"
)
_MAX_LENGTH = 2000  # characters


@dataclass(frozen=True, slots=True, kw_only=True)
class JobLink:
    """The run that a link leads to, and its job, if the link names one."""

    run_id: str
    job_id: str | None = None


def parse_job_link(link: str | None, *, server_url: str, repository: str) -> JobLink | None:
    """
    Return what a link leads to; None if that is no run of this repository on this server.

    Whoever may create a deployment writes any link into its statuses, so one of another server or
    repository says nothing about the runs of this one. GitHub ignores the case of names.
    """
    parts, server = _split(link or ""), _split(server_url)
    if parts is None or server is None or _root_of(parts) != _root_of(server):
        return None
    found = _PATH.fullmatch(parts.path)
    if found is None or found["repository"].casefold() != repository.casefold():
        return None
    return JobLink(run_id=found["run"], job_id=found["job"])


def _split(link: str) -> SplitResult | None:
    try:
        return urlsplit(link[:_MAX_LENGTH])
    except ValueError:
        return None


def _root_of(parts: SplitResult) -> tuple[str, str]:
    return parts.scheme, parts.netloc.casefold()
