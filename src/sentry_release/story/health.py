"""The action health: judge how a release does, tell everybody, and fail where it does badly."""

import json
from dataclasses import replace

from sentry_release.decisions import links, telling
from sentry_release.decisions.health.gates import Judged, Limits, Verdict, judged
from sentry_release.decisions.health.outcomes import Outcome
from sentry_release.decisions.health.picture import picture
from sentry_release.decisions.health.report import report
from sentry_release.decisions.health.showing import health_page
from sentry_release.decisions.page import Page, Status
from sentry_release.decisions.pages import page_of
from sentry_release.facts.choices import CommitsSince, OnOutage
from sentry_release.facts.config import Config
from sentry_release.facts.context import Context
from sentry_release.facts.handover import Handover
from sentry_release.story.environment import environment_of_job, judge_token
from sentry_release.story.measuring import Measured, measured
from sentry_release.story.naming import named
from sentry_release.story.notifying import tell_people, try_out
from sentry_release.story.previous import before_us
from sentry_release.story.project import Project
from sentry_release.story.summary import summarize
from sentry_release.story.world import World
from sentry_release.words.clock import Deadline
from sentry_release.words.errors import OutageError, UnhealthyError, WorkflowError
from sentry_release.words.health import Figures
from sentry_release.words.release import Release
from sentry_release.words.told import Level, Notice, Told

_TITLE = "Sentry release: health"
_HEALTHY = {Verdict.HEALTHY: True, Verdict.UNHEALTHY: False, Verdict.UNKNOWN: None}


def health(config: Config, context: Context, world: World) -> None:
    """
    Judge the release, and tell its figures; nothing is changed in Sentry.

    Raises:
        UnhealthyError: It is not as healthy as was asked.
        WorkflowError, ProjectError, RefusedError: A mistake of the user's.
        OutageError: Only with `on-outage: fail`.
    """
    judge_token(config, context)
    try_out(config, world)
    try:
        _health(config, context, world)
    except OutageError as outage:
        if config.on_outage is OnOutage.FAIL:
            raise
        world.runner.tell(
            Told(outputs=telling.with_json(telling.of_health(None, None, healthy=None)))
        )
        _warn(world, f"{outage}\nThe health of the release is unknown.")


def _health(config: Config, context: Context, world: World) -> None:
    environment = environment_of_job(config, context, world).name
    release = _meant(config, context, world, environment)
    page = page_of(config, context, Handover(release=release.name, environment=environment))
    if config.auth_token is None:
        _say_secretless(context, world, page)
        return
    found = measured(config, context, world, release, environment)
    verdict = judged(Limits.of(config), found.health)
    if config.health_wait is not None:
        until = world.clock.seconds() + config.timeout
        world = replace(world, deadline=Deadline(clock=world.clock, at=until))
    _say(config, world, page, found, verdict)


def _meant(config: Config, context: Context, world: World, environment: str | None) -> Release:
    """The release that is named; with no project to name it after, the one that was deployed last."""
    nameless = config.release is None and Project.found(config, world) is None
    if nameless and environment is not None and config.auth_token is not None:
        by_environment = replace(config, commits_since=CommitsSince.LAST_DEPLOY)
        last = before_us(by_environment, context, world, Release(name=""), environment).seen
        if last is None:
            raise _nothing_deployed(environment)
        return Release(name=last.name)
    return named(config, context, world, environment).release


def _nothing_deployed(environment: str) -> WorkflowError:
    return WorkflowError(
        f"Sentry knows of no release of these projects that was deployed to {environment!r}.",
        why="Without a name and without a pubspec.yaml, the one that was deployed last is judged.",
        mend="Wait for the first deploy, correct `environment` or `projects`, or give `release`.",
    )


def _say(config: Config, world: World, page: Page, found: Measured, verdict: Judged) -> None:
    page = health_page(page, found.health, verdict, found.notes)
    _tell(config, world, page, found.health.now, verdict)
    world.runner.print_result(f"{page.release}: {verdict.verdict.value}")
    for gate in verdict.gates:
        world.runner.print_result(f"  {gate.name}: {gate.outcome.value}: {gate.reason}")
    summarize(world, page)
    tell_people(config, world, page)
    _report(config, world, found, verdict)
    if verdict.verdict is Verdict.UNHEALTHY:
        raise _unhealthy(page, verdict)
    if verdict.verdict is Verdict.UNKNOWN:
        _warn(world, _why_unknown(page, verdict))


def _report(config: Config, world: World, found: Measured, verdict: Judged) -> None:
    """Write the report's files for an artifact, if they are asked for."""
    if config.report_dir is None:
        return
    content = json.dumps(report(found.health, verdict), ensure_ascii=False, indent=2) + "\n"
    world.disk.write(config.report_dir / "health.json", content)
    world.disk.write(config.report_dir / "health.svg", picture(found.health))
    world.runner.say(f"The report is in {config.report_dir}.")


def _tell(config: Config, world: World, page: Page, now: Figures | None, verdict: Judged) -> None:
    healthy = _HEALTHY[verdict.verdict]
    outputs = {
        "release": page.release,
        "release-url": links.release_page(config.url, config.org or "", page.release),
        **({"environment": page.environment} if page.environment else {}),
        **telling.of_health(now, page.previous_release, healthy=healthy),
    }
    world.runner.tell(Told(outputs=telling.with_json(outputs)))


def _unhealthy(page: Page, verdict: Judged) -> UnhealthyError:
    place = f" in {page.environment}" if page.environment else ""
    return UnhealthyError(
        f"{page.release} is unhealthy{place}.",
        why="\n".join(f"{gate.name}: {gate.reason}." for gate in verdict.failed),
        mend=f"Look at {page.release_url}, and roll back or roll forward.",
    )


def _why_unknown(page: Page, verdict: Judged) -> str:
    place = f" in {page.environment}" if page.environment else ""
    head = f"Not enough is known to judge {page.release}{place}."
    unsure = [gate for gate in verdict.gates if gate.outcome is Outcome.UNKNOWN]
    silent = unsure or [gate for gate in verdict.gates if gate.outcome is Outcome.SKIPPED]
    lines = [f"{gate.name}: {gate.reason}." for gate in silent] or ["No gate is set."]
    mend = (
        "Set `health-wait`, look at a longer `health-window`, or ask later."
        if unsure
        else "Give `min-crash-free-sessions`, `min-crash-free-users` or `max-new-issues`, "
        "which compare with nothing."
    )
    return "\n".join([head, *lines, mend])


def _say_secretless(context: Context, world: World, page: Page) -> None:
    why = f"Sentry was not queried: {context.secretless or 'there is no auth token'}."
    world.runner.tell(Told(outputs=telling.with_json(telling.of_health(None, None, healthy=None))))
    world.runner.notice(Notice(level=Level.NOTICE, title=_TITLE, text=f"{page.release}: {why}"))
    page = replace(page, status=Status.HEALTH_UNKNOWN, release_url=None, notes=(why,))
    summarize(world, page)


def _warn(world: World, text: str) -> None:
    world.runner.notice(Notice(level=Level.WARNING, title=_TITLE, text=text))
