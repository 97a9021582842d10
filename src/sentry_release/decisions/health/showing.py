"""The verdict and its figures -> the page that the summary shows, and the lines of the log."""

from dataclasses import replace

from sentry_release.decisions.health.chart import charts
from sentry_release.decisions.health.gates import Judged, Verdict
from sentry_release.decisions.health.outcomes import percent
from sentry_release.decisions.page import Page, Status
from sentry_release.words.health import Figures, Health, Teller

_STATUS = {
    Verdict.HEALTHY: Status.HEALTHY,
    Verdict.UNHEALTHY: Status.UNHEALTHY,
    Verdict.UNKNOWN: Status.HEALTH_UNKNOWN,
}


def health_page(page: Page, health: Health, judged: Judged, notes: tuple[str, ...] = ()) -> Page:
    """The page with the verdict, its gates, and the figures beside those of the release before."""
    return replace(
        page,
        status=_STATUS[judged.verdict],
        previous_release=health.before.release if health.before else None,
        figures=_rows(health.now, health.before),
        gates=tuple((gate.name, gate.outcome.value, gate.reason) for gate in judged.gates),
        window_start=health.window_start,
        window_end=health.window_end,
        chart=charts(health),
        notes=(*_remarks(health, page.environment), *notes),
    )


def _rows(now: Figures, before: Figures | None) -> tuple[tuple[str, str, str], ...]:
    rows = (
        ("Sessions", now.sessions, before.sessions if before else None),
        ("Crash-free sessions", _rate(now.crash_free_sessions), _of(before, "crash_free_sessions")),
        ("Users", now.users, before.users if before else None),
        ("Crash-free users", _rate(now.crash_free_users), _of(before, "crash_free_users")),
        ("Share of all sessions", _rate(now.adoption), _of(before, "adoption")),
        ("New issues", now.new_issues, before.new_issues if before else None),
    )
    return tuple((name, _text(value), _text(other)) for name, value, other in rows)


def _of(figures: Figures | None, name: str) -> str | None:
    return _rate(getattr(figures, name)) if figures else None


def _rate(rate: float | None) -> str | None:
    return f"{percent(rate)} %" if rate is not None else None


def _text(value: int | str | None) -> str:
    return "" if value is None else str(value)


def _remarks(health: Health, environment: str | None) -> tuple[str, ...]:
    remarks = []
    if health.told_by is Teller.RELEASE and environment is not None:
        remarks.append(
            f"These figures are of all environments, not of {environment} alone: to count its "
            "sessions the auth token needs the scope org:read, which an organization token lacks."
        )
    if health.opened is not None and health.opened > health.window_end:
        remarks.append("The release was opened after these figures end: clocks differ.")
    elif health.opened is not None and health.opened > health.window_start:
        remarks.append("The window begins before the release was opened.")
    return tuple(remarks)
