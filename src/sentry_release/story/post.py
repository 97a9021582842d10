"""The phase post: when the job has succeeded, finish what main began."""

from dataclasses import replace

from sentry_release.decisions.unmarked import SUCCESS, job_ended, unmarked_page
from sentry_release.facts.choices import OnOutage
from sentry_release.facts.config import Config
from sentry_release.facts.context import Context
from sentry_release.facts.handover import Handover
from sentry_release.story.ending import say_failed, say_finished, say_unmarked, warn
from sentry_release.story.world import World
from sentry_release.words.errors import ActionError
from sentry_release.words.told import Level

_FAILURE = "failure"
_CLOCK_STEP_S = 2.0  # by which file systems may round the time of a file


def post(config: Config, context: Context, world: World) -> None:
    """
    After the last step of the job: finish what main began, if the job has succeeded.

    Raises:
        ActionError: Only with `on-outage: fail`; otherwise a failure is a warning, since the
            job has done its own work.
    """
    left = Handover.from_state(context.handover) if context.handover else None
    context = replace(context, built=left.built) if left else context
    if left is None or left.quiet:
        world.runner.say(
            f"Nothing to do: {left.quiet if left else 'the main step did not finish'}."
        )
        if left and config.dry_run:
            _upload(config, world, left)
        return
    if config.job_status in {SUCCESS, _FAILURE} and _upload(config, world, left):
        world = world.reopen()  # an upload has a time limit of its own
    if config.job_status != SUCCESS:
        _say_job_ended(config, context, world, left)
    else:
        _finish(config, context, world, left)


def _upload(config: Config, world: World, left: Handover) -> bool:
    """
    Upload what the job has built; return whether there was anything.

    A later step may fail after a store or users have the app, so a job that failed uploads too.
    Whatever goes wrong here is a warning: the deploy is created all the same.
    """
    if not config.uploads or config.auth_token is None or left.started is None:
        return False
    from sentry_release.commands.steps.report_upload import (  # noqa: PLC0415 - only after a build
        build_request,
        show_report,
    )
    from sentry_release.commands.steps.upload_build import find_build, upload_build  # noqa: PLC0415

    request = build_request(
        config,
        release=left.release,
        dist=left.dist,
        newer_than=left.started.timestamp() - _CLOCK_STEP_S,
    )
    try:
        found = find_build(request, world.disk)
        report = upload_build(request, found, world.disk, world.upload_client)
        show_report(report, world.runner)
    except ActionError as error:
        warn(world, error)
        return True
    for problem in report.errors:
        world.runner.fail(problem, level=Level.WARNING)
    return not report.is_empty


def _finish(config: Config, context: Context, world: World, left: Handover) -> None:
    from sentry_release.story.environment import environment_of_job  # noqa: PLC0415 - see the next
    from sentry_release.story.finishing import finish  # noqa: PLC0415 - not for a job that failed

    try:
        if left.environment_problem is not None:
            left = left.in_environment(environment_of_job(config, context, world))
        done = finish(config, context, world, left)
    except ActionError as error:
        say_failed(config, context, world, left, error)
        if config.on_outage is OnOutage.FAIL:
            raise
        warn(world, error)
    else:
        say_finished(config, context, world, left, done)


def _say_job_ended(config: Config, context: Context, world: World, left: Handover) -> None:
    page = unmarked_page(config, context, left, job_ended(config), failed=True)
    say_unmarked(config, world, page)
