"""The context of a run: repository, commit, run and event."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from sentry_release.ci.event import DeploymentEvent, Event
from sentry_release.ci.git_repository import Forge
from sentry_release.ci.providers import CIProvider
from sentry_release.config.outputs import EXPORT_MARKER
from sentry_release.errors import WorkflowError
from sentry_release.model.commits import BuiltCommit
from sentry_release.model.foreign_text import get_url_host
from sentry_release.model.job import EventKind

GITHUB_SERVER = "https://github.com"
GITHUB_API = "https://api.github.com"
_UNSET = {"", "0", "false"}
_NUMBER = re.compile(r"[0-9]{1,9}")
STATE_KEY = "HANDOVER"
"""
The name under which the runner keeps the state of the main step for the post step.

In capitals, since Windows has all names of variables in capitals, as in `STATE_HANDOVER`.
"""


def read_variable(environ: Mapping[str, str], name: str) -> str | None:
    """
    Return the trimmed value of a variable; None if it is empty or absent.

    Bytes that are no UTF-8, as in a branch that was named in Latin-1, come as halves of
    characters; a question mark stands for each.

    Source: PEP 383
    """
    return environ.get(name, "").strip().encode(errors="replace").decode() or None


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """
    The run, read once from the environment and the event.

    Attributes:
        repository: The repository of the run, as owner/name.
        sha: The commit of the run, or the head of the pull request that started it.
        ref_name: The branch or the tag.
        server_url: The root of the pages of the repository's service.
        api_url: The root of GitHub's API.
        no_secrets_reason: Why the run may have no secrets, as a part of a sentence; else None.
        post_state: The state that the main step saved for the post step.
        exported_env: What earlier steps of the job have exported, the variable EXPORT_MARKER.
        deployment_event: The deployment that the event reports.
        deployment_id: Its id, if the action `deploy` records it.
        provider: The CI host, if it is another one than GitHub; `build_url`, `environment` and
            `job_status` are what it reports.
        forge: The service of the repository; None if it is unknown.
        event_kind: What started the run, which decides what it may change.
        deploy_started: When the deploy that the event reports began.
        is_pull_request_head: Whether `sha` is the head of an open pull request.
        built: The commit that is built, if it was determined.
        has_ci_variable: Whether the variable `CI` is set, as nearly every CI service sets it.
        workflow_ref: The workflow of the run, as `owner/name/path@ref`.
        has_empty_token: Whether SENTRY_AUTH_TOKEN is set, and empty.
    """

    is_github_actions: bool
    repository: str | None
    sha: str | None
    ref_name: str | None
    is_tag: bool
    server_url: str | None
    api_url: str | None
    run_id: str | None
    run_number: str | None
    run_attempt: int
    job: str | None
    actor: str | None
    event_name: str | None
    no_secrets_reason: str | None
    post_state: str | None
    exported_env: str | None
    deployment_event: DeploymentEvent | None = None
    deployment_id: int | None = None
    provider: CIProvider | None = None
    forge: Forge | None = Forge.GITHUB
    build_url: str | None = None
    environment: str | None = None
    job_status: str | None = None
    event_kind: EventKind = EventKind.OWN
    deploy_started: datetime | None = None
    is_pull_request_head: bool
    built: BuiltCommit | None = None
    has_ci_variable: bool
    workflow_ref: str | None = None
    has_empty_token: bool

    @classmethod
    def from_env(cls, environ: Mapping[str, str], payload: Mapping[str, object]) -> Self:
        """
        Return what the variables of GitHub's runner say; ci/detect.py adds those of other hosts.

        `payload` is the event that started the workflow, `{}` outside Actions. Raises
        WorkflowError if GITHUB_API_URL, which users may set outside of Actions, is not a URL.
        Source: https://docs.github.com/en/actions/reference/workflows-and-actions/variables
        """

        def read_value(name: str) -> str | None:
            return read_variable(environ, f"GITHUB_{name}")

        event = _read_event(payload, read_value)
        return cls(
            is_github_actions=environ.get("GITHUB_ACTIONS") == "true",
            repository=read_value("REPOSITORY"),
            sha=event.head or read_value("SHA"),
            ref_name=read_value("REF_NAME"),
            is_tag=read_value("REF_TYPE") == "tag",
            server_url=read_value("SERVER_URL"),
            api_url=_check_api_url(read_value("API_URL")),
            run_id=read_value("RUN_ID"),
            run_number=read_value("RUN_NUMBER"),
            run_attempt=_parse_attempt(read_value("RUN_ATTEMPT")),
            job=read_value("JOB"),
            actor=read_value("ACTOR"),
            event_name=read_value("EVENT_NAME"),
            no_secrets_reason=event.no_secrets_reason,
            post_state=environ.get(f"STATE_{STATE_KEY}") or None,
            exported_env=environ.get(EXPORT_MARKER) or None,
            is_pull_request_head=event.head is not None,
            deployment_event=event.deployment,
            event_kind=event.kind,
            has_empty_token=environ.get("SENTRY_AUTH_TOKEN", "x").strip() == "",
            workflow_ref=read_value("WORKFLOW_REF"),
            has_ci_variable=environ.get("CI", "").strip().lower() not in _UNSET,
        )

    @property
    def commit(self) -> str | None:
        """Return the commit that is built; it need not be the one of the run."""
        return self.built_commit.sha

    @property
    def built_commit(self) -> BuiltCommit:
        """Return the commit that is built, with its repository."""
        return self.built or BuiltCommit(sha=self.sha, repository=self.repository)

    @property
    def commit_repository(self) -> str | None:
        """Return the repository of the commit that is built."""
        return self.built_commit.repository

    @property
    def untrusted_head(self) -> str | None:
        """Return why HEAD of the checkout may be of a fork, while secrets are there; else None."""
        if self.event_name == "pull_request_target":
            return "on pull_request_target it may come from a fork"
        if self.deployment_event is not None and self.deployment_event.fork is not None:
            return f"the run that started this one is of the fork {self.deployment_event.fork}"
        return None

    @property
    def is_ci(self) -> bool:
        """Return whether a CI service runs this program, a known one or not."""
        return self.is_github_actions or self.provider is not None or self.has_ci_variable

    @property
    def github_repository(self) -> str | None:
        """Return the repository, if it is on a GitHub server whose API is known; else None."""
        may_lie_there = self.api_url is not None and self.forge in {Forge.GITHUB, None}
        return self.repository if may_lie_there else None

    @property
    def sentry_repository(self) -> str | None:
        """
        Return the repository's name in Sentry; None if it cannot be derived.

        Sentry uses display names for GitLab, as in `Acme / Shop`, and the last part for Azure.
        Source: getsentry/sentry, src/sentry/integrations/*/repository.py
        """
        if self.forge is Forge.GITLAB or self.commit_repository is None:
            return None
        return (
            self.commit_repository.rpartition("/")[2]
            if self.forge is Forge.AZURE
            else self.commit_repository
        )

    @property
    def run_url(self) -> str | None:
        """Return the URL of this run, with the attempt if it is not the first."""
        if self.build_url is not None:
            return (
                self.build_url
                if self.run_attempt == 1
                else f"{self.build_url}#attempt-{self.run_attempt}"
            )
        if self.provider is not None or not (self.server_url and self.repository and self.run_id):
            return None
        page = f"{self.server_url}/{self.repository}/actions/runs/{self.run_id}"
        return page if self.run_attempt == 1 else f"{page}/attempts/{self.run_attempt}"

    @property
    def run_name(self) -> str | None:
        """Return the name of the run or deployment: `#128`, `#128.2`, `deployment 9`."""
        if self.deployment_id is not None:
            return f"deployment {self.deployment_id}"
        if not self.run_number:
            return None
        return f"#{self.run_number}" + (f".{self.run_attempt}" if self.run_attempt > 1 else "")

    @property
    def tag(self) -> str | None:
        """Return the tag that started the run."""
        return self.ref_name if self.is_tag else None

    @property
    def branch(self) -> str | None:
        """Return the branch that started the run."""
        return None if self.is_tag else self.ref_name


def _parse_attempt(text: str | None) -> int:
    """Return the number of the attempt; 1 if it is not given."""
    return int(text) if text and _NUMBER.fullmatch(text) else 1


def _read_event(payload: Mapping[str, object], read_value: Callable[[str], str | None]) -> Event:
    """Return the event that started the run; `read_value` reads a variable of the runner."""
    return Event.from_payload(
        payload,
        name=read_value("EVENT_NAME"),
        repository=read_value("REPOSITORY"),
        actor=read_value("ACTOR"),
        ref=read_value("REF"),
    )


def _check_api_url(text: str | None) -> str:
    if text is not None and get_url_host(text) is None:
        raise WorkflowError(
            f"The variable GITHUB_API_URL is {text[:80]!r}, which is not a web address.",
            reason="The action reads commits there; on its own runners GitHub sets the variable.",
            hint=f"Remove it, or write the whole address, as in `{GITHUB_API}`.",
        )
    return text or GITHUB_API


def build_tree_url(context: Context) -> str | None:
    """Return the URL of the commit's files on GitHub; None elsewhere."""
    server, repository, commit = context.server_url, context.commit_repository, context.commit
    if not (context.is_github_actions and server and repository and commit):
        return None
    return f"{server}/{repository}/blob/{commit}"
