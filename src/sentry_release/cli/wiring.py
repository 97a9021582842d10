"""The composition root: builds Services, with clients on first use, and lets Sentry answer early."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache, partial
from typing import TYPE_CHECKING

from sentry_release.adapters.runner import ActionsRunner
from sentry_release.adapters.workspace import Workspace
from sentry_release.adapters.workspace_paths import find_workspace_root
from sentry_release.ci.context import GITHUB_SERVER, Context
from sentry_release.clock import Clock, Deadline
from sentry_release.config.config import Config
from sentry_release.config.input_reader import InputReader
from sentry_release.config.inputs import Command, CommitsSince, DoctorMode
from sentry_release.config.sentry_server import read_fallback_url
from sentry_release.errors import WorkflowError
from sentry_release.model.job import EventKind, JobEnvironment
from sentry_release.release.commit_source import needs_github
from sentry_release.release.event_policy import decide_allowed_effects
from sentry_release.release.post_state import PostState
from sentry_release.services import IdleTasks, Services

if TYPE_CHECKING:
    from sentry_release.adapters.github.repository import GitHubRepository
    from sentry_release.adapters.sentry.sentry_client import SentryClient
    from sentry_release.adapters.sentry.upload_client import UploadClient

_POST_S = 5.0
"""Seconds that the post step has at least."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _SentryConnector:
    """Creates clients of Sentry; their modules are imported with the first one."""

    config: Config
    runner: ActionsRunner
    environ: Mapping[str, str] = field(repr=False)
    agent: str
    clock: Clock

    def create_client(self, began: float, idle_tasks: IdleTasks) -> "SentryClient":
        """Return a client whose time limit began at `began`, in the seconds of the clock."""
        from sentry_release.adapters.sentry.retry import RetryBudget
        from sentry_release.adapters.sentry.sentry_client import SentryClient
        from sentry_release.adapters.sentry.transport import open_transport

        config = self.config
        return SentryClient(
            transport=open_transport(
                url=config.url,
                token=config.auth_token or "",
                agent=self.agent,
                environ=self.environ,
                budget=RetryBudget(clock=self.clock, started=began, budget_s=config.timeout),
                fallback_url=read_fallback_url(InputReader(self.environ)),
                log=self.runner.log_debug,
                meanwhile=idle_tasks.run_next,
            ),
            organization=config.org or "",
            projects=config.projects,
        )

    def create_upload_client(self) -> "UploadClient":
        """Return a client for uploads, which have a time limit of their own."""
        from sentry_release.adapters.sentry.retry import UploadTime
        from sentry_release.adapters.sentry.upload_client import UploadClient

        return UploadClient(
            connect=lambda: (
                self.create_client(self.clock.monotonic(), idle_tasks=IdleTasks()).transport
            ),
            organization=self.config.org or "",
            projects=self.config.projects,
            time=UploadTime(self.clock),
        )


def create_services(
    config: Config,
    context: Context,
    runner: ActionsRunner,
    environ: Mapping[str, str],
    *,
    agent: str,
    clock: Clock,
) -> Services:
    """
    Return the services of a command; clients are imported and created on first use.

    Args:
        config: The inputs.
        context: The workflow run.
        runner: The adapter of the runner.
        environ: Names the workspace, proxies and certificate authorities.
        agent: The User-Agent header for Sentry.
        clock: Time, timers and randomness.
    """
    began = clock.monotonic() - _get_used_s(config, context)
    deadline = Deadline(clock=clock, at=began + config.timeout)
    github = cache(partial(_create_github_repository, config, context, runner, environ, deadline))
    repository = github() if needs_github(config, context) else None
    deploys = context.post_state or config.command is Command.DEPLOY
    preload = partial(_preload_report, deploys=bool(deploys))
    idle_tasks = IdleTasks(repository.preload, preload) if repository else IdleTasks(preload)
    connector = _SentryConnector(
        config=config, runner=runner, environ=environ, agent=agent, clock=clock
    )
    return Services(
        runner=runner,
        workspace=Workspace(root=find_workspace_root(environ)),
        sentry=cache(partial(connector.create_client, began, idle_tasks)),
        github=github,
        clock=clock,
        deadline=deadline,
        upload_client=connector.create_upload_client,
        reopen=partial(create_services, config, context, runner, environ, agent=agent, clock=clock),
        idle_tasks=idle_tasks,
        is_workspace_given=bool(environ.get("GITHUB_WORKSPACE")),
    )


def request_releases_early(config: Config, event_kind: EventKind, services: Services) -> None:
    """
    Request the releases of the environment, if find_previous certainly needs them.

    The request changes nothing. find_previous takes over its response, and reports its errors.
    """
    if not _is_certain(config, event_kind):
        return
    with suppress(WorkflowError):  # a folder, a proxy or an authority: raised again where needed
        if _has_app(config, services):
            services.sentry().preload_releases(config.environment)


def _is_certain(config: Config, event_kind: EventKind) -> bool:
    """Return whether inputs and event are valid and decide, with a project, that it is sent."""
    if config.auth_token is None or config.environment is None:
        return False
    if config.release or config.notify_urls or config.notify_template:  # not validated yet
        return False
    if config.doctor is DoctorMode.FAIL:  # it may end the step before Sentry gets a request
        return False
    environment = JobEnvironment(name=config.environment)
    finals = config.finalize_environments
    allowed = decide_allowed_effects(event_kind, environment, finals)
    return allowed.may_create and config.commits_since is CommitsSince.LAST_DEPLOY


def _has_app(config: Config, services: Services) -> bool:
    """Return whether there is a pubspec.yaml: a wrong folder is a mistake in the inputs."""
    return bool(services.workspace.glob("pubspec.yaml", below=config.working_directory))


def _preload_report(*, deploys: bool) -> None:
    """Import what writes the job summary, and load its templates."""
    from sentry_release.commands.steps.deploy_report import preload_summary
    from sentry_release.report.page import Status

    preload_summary(Status.DEPLOYED if deploys else Status.CREATED)


def _get_used_s(config: Config, context: Context) -> float:
    """
    Return the seconds of `timeout` that the main step has used; _POST_S seconds always remain.

    So a total outage costs a job one `timeout` and these seconds, and if Sentry is available
    again, the post step can still create the deploy.
    """
    state = PostState.from_state(context.post_state) if context.post_state else None
    return max(0.0, min(state.used_s, config.timeout - _POST_S)) if state else 0.0


def _create_github_repository(
    config: Config,
    context: Context,
    runner: ActionsRunner,
    environ: Mapping[str, str],
    deadline: Deadline,
) -> "GitHubRepository | None":
    if not (config.github_token and context.github_repository and context.api_url):
        return None
    from sentry_release.adapters.github.github_client import GitHubClient
    from sentry_release.adapters.github.repository import GitHubRepository

    client = GitHubClient(
        api_url=context.api_url,
        token=config.github_token,
        name=context.github_repository,
        log_debug=runner.log_debug,
        log_line=runner.log_line,
        deadline=deadline,
        environ=environ,
        server_url=context.server_url or GITHUB_SERVER,
    )
    return GitHubRepository(client=client)
