"""Find out how a release does: how many sessions it has, and what was there before it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from sentry_release.decisions.health.superseded import deployed_since
from sentry_release.facts.config import Config
from sentry_release.facts.context import Context
from sentry_release.facts.health import in_minutes
from sentry_release.story.previous import before_us
from sentry_release.story.world import World
from sentry_release.words.errors import OutageError, RefusedError
from sentry_release.words.health import Counted, Detail, Figures, Health, Teller, Threshold
from sentry_release.words.release import Release

if TYPE_CHECKING:  # slow to import
    from sentry_release.doors.sentry.health import HealthApi

POLL_S = 60.0
"""Between two looks: Sentry counts sessions some minutes late, so more would tell no more."""

_MARGIN = timedelta(days=1)
_LONGEST = timedelta(days=90)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """The health of a release, and what else its reader should know."""

    health: Health
    notes: tuple[str, ...] = ()


def measured(
    config: Config, context: Context, world: World, release: Release, environment: str | None
) -> Measured:
    """
    Ask Sentry how the release does, and wait for sessions if the user wants to.

    Raises:
        RefusedError: Sentry has no such release, or the token may not read it.
        OutageError: Sentry could not be reached.
    """
    from sentry_release.doors.sentry.health import HealthApi  # noqa: PLC0415 - slow to import

    window_min = in_minutes(config.health_window)
    door = HealthApi(sentry=world.sentry(), environment=environment, window_min=window_min)
    detail = door.detail(release.name)
    previous, notes = _previous(config, context, world, release, environment)
    names = (release.name, previous) if previous else (release.name,)
    if config.health_wait is None:
        counted = _counted(door, names, detail, world, Teller.SESSIONS)
    else:
        counted = _waited(
            config, world, lambda told: _counted(door.afresh(), names, detail, world, told)
        )
        door = door.afresh()
        detail = door.detail(release.name)
    return Measured(health=_health(door, world, names, detail, counted), notes=notes)


def _previous(
    config: Config, context: Context, world: World, release: Release, environment: str | None
) -> tuple[str | None, tuple[str, ...]]:
    before = before_us(config, context, world, release, environment)
    if before.seen is not None and environment is not None:
        ours = next((one for one in before.listed if one.name == release.name), None)
        if deployed_since(ours, before.seen, environment):
            note = f"{before.seen.name} has been deployed since, so it is not compared with."
            return None, (note,)
    return before.previous.release, ()


def _waited(config: Config, world: World, ask: Callable[[Teller], Counted]) -> Counted:
    """What Sentry has counted, as soon as it is enough; at the latest when the time is over."""
    clock, wait = world.clock, config.health_wait or timedelta()
    until = clock.seconds() + wait.total_seconds()
    told_by = Teller.SESSIONS
    while True:
        left_s = until - clock.seconds()
        try:
            counted = ask(told_by)
        except OutageError as outage:
            if left_s < POLL_S:
                raise
            seen = outage.what.rstrip(".")
        else:
            told_by = counted.told_by
            sessions = counted.figures[0].sessions if counted.figures else 0
            if sessions >= config.min_sessions or left_s < POLL_S:
                return counted
            seen = f"{sessions} of {config.min_sessions} sessions"
        minutes = int(left_s // POLL_S)
        world.runner.say(f"{seen}. Asking again in {POLL_S:.0f} s, for {minutes} min at most.")
        clock.sleep(POLL_S)


def _counted(
    door: "HealthApi", names: tuple[str, ...], detail: Detail, world: World, told_by: Teller
) -> Counted:
    now = world.clock.now()
    if told_by is Teller.SESSIONS:
        found = door.counted(names, detail.project_ids, now)
        if found is not None:
            return replace(found, figures=tuple(found.of(name) for name in names))
        world.runner.say("The auth token lacks org:read, so the release itself is asked.")
    own = door.of_release(names[0], now)
    others = [_of_other(door, name, world) for name in names[1:]]
    figures = [one for other in others if other for one in other.figures]
    return replace(own, figures=(*own.figures, *figures))


def _of_other(door: "HealthApi", name: str, world: World) -> Counted | None:
    try:
        return door.of_release(name, world.clock.now())
    except RefusedError as refused:
        world.runner.whisper(f"{refused.what} {refused.why}")
        return None


def _health(
    door: "HealthApi", world: World, names: tuple[str, ...], detail: Detail, counted: Counted
) -> Health:
    everyone = _everyone(door, world, detail, counted)
    now, *before = (_adopted(counted.of(name), everyone) for name in names)
    return Health(
        environment=None if counted.told_by is Teller.RELEASE else door.environment,
        window_start=counted.window_start,
        window_end=counted.window_end,
        now=replace(now, new_issues=detail.new_issues),
        before=next(iter(before), None),
        trend=counted.trend,
        known=counted.known,
        everyone=everyone,
        opened=detail.opened,
        told_by=counted.told_by,
        thresholds=_thresholds(door, world, detail, counted),
    )


def _everyone(door: "HealthApi", world: World, detail: Detail, counted: Counted) -> int | None:
    """The sessions of all releases, a figure on the side; no verdict is lost for want of it."""
    if counted.told_by is not Teller.SESSIONS or not counted.known:
        return None
    try:
        return door.everyone(detail.project_ids)
    except OutageError as outage:
        world.runner.say(f"The share of all sessions is left out: {outage.what}")
        return None


def _adopted(figures: Figures, everyone: int | None) -> Figures:
    if not everyone or figures.sessions > everyone:
        return figures
    return replace(figures, adoption=figures.sessions / everyone)


def _thresholds(
    door: "HealthApi", world: World, detail: Detail, counted: Counted
) -> tuple[Threshold, ...]:
    opened = detail.opened or counted.window_end - _LONGEST
    until = max(counted.window_end, opened) + _MARGIN
    found, why = door.thresholds(detail.release, since=opened - _MARGIN, until=until)
    if why:
        world.runner.say(f"Sentry's own thresholds are left out: {why}")
    return found
