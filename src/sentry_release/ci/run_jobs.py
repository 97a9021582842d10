"""The jobs of a run: links to them, and the running job in its workflow file."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import SplitResult, urlsplit

from sentry_release.flutter.yaml_node import YamlNode

_LINK_PATH = re.compile(
    r"/(?P<repository>[^/]+/[^/]+)/actions/runs/(?P<run>[0-9]+)"
    r"(?:/attempts/[0-9]+)?(?:/job/(?P<job>[0-9]+))?/?"
)
_MAX_LENGTH = 2000  # characters
_PATH = re.compile(r"\.github/workflows/[^/@\s]+\.ya?ml")


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
    if parts is None or server is None or _get_root(parts) != _get_root(server):
        return None
    found = _LINK_PATH.fullmatch(parts.path)
    if found is None or found["repository"].casefold() != repository.casefold():
        return None
    return JobLink(run_id=found["run"], job_id=found["job"])


def _split(link: str) -> SplitResult | None:
    try:
        return urlsplit(link[:_MAX_LENGTH])
    except ValueError:
        return None


def _get_root(parts: SplitResult) -> tuple[str, str]:
    return parts.scheme, parts.netloc.casefold()


def find_workflow_path(workflow_ref: str | None, repository: str | None) -> PurePosixPath | None:
    """
    Return the path of a run's workflow in its repository; None for another repository's workflow.

    >>> find_workflow_path("acme/app/.github/workflows/ci.yml@refs/heads/main", "acme/app")
    PurePosixPath('.github/workflows/ci.yml')

    Args:
        workflow_ref: The variable GITHUB_WORKFLOW_REF.
        repository: The repository of the run, as `owner/name`.
    """
    path = (workflow_ref or "").partition("@")[0].removeprefix(f"{repository}/")
    return PurePosixPath(path) if _PATH.fullmatch(path) else None


def list_called_workflows(workflow: YamlNode, repository: str | None) -> tuple[PurePosixPath, ...]:
    """Return the paths of the workflows of the same repository that the jobs call."""
    called = (job.at("uses").text or "" for job in workflow.at("jobs").mapping.values())
    own = (text.removeprefix("./").removeprefix(f"{repository}/") for text in called)
    paths = dict.fromkeys(text.partition("@")[0] for text in own)
    return tuple(PurePosixPath(path) for path in paths if _PATH.fullmatch(path))


def has_no_deployment(workflows: Iterable[YamlNode], job: str) -> bool:
    """
    Return whether the job has an environment of which GitHub makes no deployment.

    The key `deployment` may also be an expression, which is then false: GitHub has been asked
    for the deployment before. If several workflows have a job of that name, it is unknown which
    one runs, and the answer is False.

    Args:
        workflows: The workflow of the run and those that it calls.
        job: The key of the job, the variable GITHUB_JOB.

    Source: GitHub's documentation, workflow syntax, `jobs.<job_id>.environment`
    """
    jobs = [one.at("jobs", job) for one in workflows]
    running = [one for one in jobs if one.at("steps").sequence]
    if len(running) != 1:
        return False
    deployment = running[0].at("environment", "deployment").text
    return deployment is not None and deployment.lower() != "true"
