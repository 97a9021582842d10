"""The action `upload`: upload source maps and debug files now, and check what ships."""

from sentry_release.commands.steps.report_upload import (
    build_request,
    show_nothing_found,
    show_report,
)
from sentry_release.commands.steps.upload_build import find_build, upload_build
from sentry_release.decisions import telling
from sentry_release.facts.choices import OnOutage
from sentry_release.facts.config import Config
from sentry_release.facts.context import Context
from sentry_release.model.event_kind import EventKind
from sentry_release.story.environment import environment_of_name, judge_token
from sentry_release.story.naming import named
from sentry_release.story.world import World
from sentry_release.upload.upload_report import UploadReport
from sentry_release.words.errors import OutageError
from sentry_release.words.told import Level, Notice, Told

_FORKS = {EventKind.FORK, EventKind.FORK_WITH_SECRETS}


def upload(config: Config, context: Context, world: World) -> None:
    """
    Upload what the job has built so far, for the release that the job has named.

    Without a token, and for a fork, it only says what would have been uploaded.

    Raises:
        WorkflowError, ProjectError, RefusedError: A mistake of the user's.
        OutageError: Only with `on-outage: fail`.
    """
    judge_token(config, context)
    environment = environment_of_name(config, context, world)
    release = named(config, context, world, environment.name if environment else None).release
    request = build_request(config, release=release.name, dist=release.dist, newer_than=None)
    found = find_build(request, world.disk)
    may_send = config.auth_token is not None and context.event_kind not in _FORKS
    report = upload_build(request, found, world.disk, world.upload_client if may_send else None)
    outputs = {"release": release.name, **report.outputs()}
    world.runner.tell(Told(outputs=telling.with_json(outputs)))
    if report.is_empty:
        show_nothing_found(world.runner, config.working_directory)
        return
    if not may_send:
        why = context.secretless or "there is no auth token"
        world.runner.say(f"Nothing was sent to Sentry: {why}. It would have been uploaded:")
    show_report(report, world.runner)
    _end(report, config, world)


def _end(report: UploadReport, config: Config, world: World) -> None:
    """Raise what went wrong with all files; an outage only if it is to fail the job."""
    for error in report.errors:
        if not isinstance(error, OutageError) or config.on_outage is OnOutage.FAIL:
            raise error
        notice = Notice(level=Level.WARNING, title=error.title, text=str(error))
        world.runner.notice(notice)
