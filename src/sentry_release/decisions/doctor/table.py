"""What the doctor found -> lines for a terminal: every place, then each rule and how to mend it."""

from collections.abc import Iterator, Sequence

from sentry_release.decisions.doctor.judging import DoctorReport
from sentry_release.decisions.names_table import align_columns
from sentry_release.facts.doctor.subject import App
from sentry_release.words.finding import Rule

_MAX_ROWS = 200


def render_table(report: DoctorReport, app: App, rules: Sequence[Rule]) -> tuple[str, ...]:
    """All of it, worst first, with what could not be looked at."""
    return tuple(_render_lines(report, app, rules))


def _render_lines(report: DoctorReport, app: App, rules: Sequence[Rule]) -> Iterator[str]:
    rows = [
        (one.severity.value, one.rule, _format_location(f"{one.path}:{one.line}"), one.message)
        for one in report.findings[:_MAX_ROWS]
    ]
    if rows:
        yield from align_columns(rows)
        if (more := len(report.findings) - len(rows)) > 0:
            yield f"… and {more} more"
        yield ""
    encountered = {one.rule for one in report.findings}
    for rule in rules:
        if rule.id in encountered:
            yield from _render_rule(rule)
    yield from (f"! {note}" for note in report.notes)
    yield f"{app.pubspec.name}: {_verdict(report, app)}, of {len(rules)} rules."


def _verdict(report: DoctorReport, app: App) -> str:
    """How much was found; without the SDK nothing found means nothing."""
    if app.sdk is None and not report.findings:
        return "not checked without sentry_flutter"
    return report.describe_counts


def _render_rule(rule: Rule) -> Iterator[str]:
    yield f"{rule.id} {rule.name}: {rule.title}"
    yield f"  {rule.reason}"
    yield f"  {rule.fix}"
    yield from (f"      {line}".rstrip() for line in rule.snippet.split("\n"))
    yield f"  {rule.link}"
    yield ""


def _format_location(text: str) -> str:
    """A path that a terminal can show: nothing in it is obeyed."""
    return "".join(one if one.isprintable() else "?" for one in text)
