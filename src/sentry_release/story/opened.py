"""The real world: every door, opened when it is first knocked at."""

from collections.abc import Mapping
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from sentry_release.config.inputs import Command
from sentry_release.decisions.foreseeing import asks_github
from sentry_release.decisions.page import Status
from sentry_release.doors.disk import Disk
from sentry_release.doors.runner import Runner
from sentry_release.facts.config import Config
from sentry_release.facts.context import Context
from sentry_release.facts.handover import Handover
from sentry_release.facts.reading import Reader
from sentry_release.facts.sentry_address import fallback_url_of
from sentry_release.story.summary import prepare
from sentry_release.story.world import Spare, World
from sentry_release.words.clock import Clock, Deadline

_POST_S = 5.0
"""Seconds that the post step has in any case."""

if TYPE_CHECKING:
    from sentry_release.adapters.sentry.upload_client import UploadClient
    from sentry_release.doors.github.api import GithubApi
    from sentry_release.doors.sentry.api import SentryApi


def opened_world(
    config: Config,
    context: Context,
    runner: Runner,
    environ: Mapping[str, str],
    *,
    agent: str,
    clock: Clock,
) -> World:
    """
    Put the doors together; nothing is imported or asked before it is needed or foreseen.

    Args:
        config: What is asked.
        context: What is given.
        runner: The door that is open already.
        environ: For the workspace, proxies and certificate authorities.
        agent: Who we say we are, to Sentry.
        clock: Time and chance.
    """
    began = clock.seconds() - _used_s(config, context)
    deadline = Deadline(clock=clock, at=began + config.timeout)
    github = cache(partial(_github, config, context, runner, environ, deadline))
    asked = github() if asks_github(config, context) else None
    marks = context.handover or config.command is Command.DEPLOY
    later = partial(prepare, Status.DEPLOYED if marks else Status.OPENED)
    spare = Spare(asked.load, later) if asked else Spare(later)
    return World(
        runner=runner,
        disk=Disk(root=workspace(environ)),
        sentry=cache(partial(_sentry, config, runner, environ, agent, clock, began, spare)),
        github=github,
        clock=clock,
        deadline=deadline,
        upload_client=partial(_upload_client, config, runner, environ, agent, clock),
        reopen=partial(opened_world, config, context, runner, environ, agent=agent, clock=clock),
        spare=spare,
        is_workspace_given=bool(environ.get("GITHUB_WORKSPACE")),
    )


def _upload_client(
    config: Config, runner: Runner, environ: Mapping[str, str], agent: str, clock: Clock
) -> "UploadClient":
    from sentry_release.adapters.sentry.upload_client import UploadClient  # noqa: PLC0415
    from sentry_release.adapters.sentry.upload_time import UploadTime  # noqa: PLC0415

    return UploadClient(
        connect=lambda: (
            _sentry(config, runner, environ, agent, clock, clock.seconds(), Spare()).wire
        ),
        organization=config.org or "",
        projects=config.projects,
        time=UploadTime(clock),
    )


def _used_s(config: Config, context: Context) -> float:
    """
    Return the seconds of `timeout` that the main step has used, but leave the post step a few.

    A total outage costs a job one `timeout` and these few seconds, and a Sentry that is back by
    now still gets the deploy.
    """
    left = Handover.from_state(context.handover) if context.handover else None
    return max(0.0, min(left.used_s, config.timeout - _POST_S)) if left else 0.0


def _sentry(  # noqa: PLR0913, PLR0917 - all that a connection takes
    config: Config,
    runner: Runner,
    environ: Mapping[str, str],
    agent: str,
    clock: Clock,
    began: float,
    spare: Spare,
) -> "SentryApi":
    from sentry_release.doors.sentry.opened import opened  # noqa: PLC0415 - slow to import

    return opened(
        url=config.url,
        token=config.auth_token or "",
        organization=config.org or "",
        projects=config.projects,
        agent=agent,
        environ=environ,
        clock=clock,
        began=began,
        budget_s=config.timeout,
        fallback_url=fallback_url_of(Reader(environ)),
        log=runner.whisper,
        meanwhile=spare.do_one,
    )


def _github(
    config: Config,
    context: Context,
    runner: Runner,
    environ: Mapping[str, str],
    deadline: Deadline,
) -> "GithubApi | None":
    if not (config.github_token and context.on_github and context.api_url):
        return None
    from sentry_release.doors.github.api import GithubApi  # noqa: PLC0415 - rarely needed
    from sentry_release.doors.github.client import Client  # noqa: PLC0415

    client = Client(
        api_url=context.api_url,
        token=config.github_token,
        name=context.on_github,
        log=runner.whisper,
        say=runner.say,
        deadline=deadline,
        environ=environ,
    )
    return GithubApi(client=client)


def workspace(environ: Mapping[str, str]) -> Path:
    """Where the repository lies: what the runner says, else here."""
    return Path(environ.get("GITHUB_WORKSPACE") or Path.cwd())
