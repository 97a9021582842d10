"""JSON and terminal table."""

from collections.abc import Iterator, Mapping, Sequence

from sentry_release.doctor.app import App, ResolvedVersion
from sentry_release.doctor.run_rules import DoctorReport
from sentry_release.model.finding import Finding, Rule, Severity
from sentry_release.release.sdk_default import align_columns

SCHEMA_VERSION = 1
"""Incremented if a key changes its meaning or is removed; new keys do not increment it."""

Json = str | int | bool | None | list["Json"] | dict[str, "Json"]


def to_json(report: DoctorReport, app: App, rules: Sequence[Rule]) -> dict[str, Json]:
    """Return the object of `--json` and of doctor.json."""
    by_id = {rule.id: rule for rule in rules}
    counts: dict[str, Json] = {one.value: report.count(one) for one in Severity}
    return {
        "format": SCHEMA_VERSION,
        "app": str(app.folder),
        "package": app.pubspec.name,
        "release": app.release.name if app.release else None,
        "sentry_flutter": _version_to_json(app.sdk),
        "counts": counts | {"ignored": report.ignored},
        "findings": [_finding_to_json(one, by_id) for one in report.findings],
        "notes": list(report.notes),
    }


def _version_to_json(resolved: ResolvedVersion | None) -> Json:
    if resolved is None:
        return None
    return {"version": resolved.version, "exact": resolved.exact}


def _finding_to_json(finding: Finding, rules: Mapping[str, Rule]) -> Json:
    rule = rules[finding.rule]
    return {
        "rule": rule.id,
        "name": rule.name,
        "level": finding.severity.value,
        "path": str(finding.path),
        "line": finding.line,
        "what": finding.message,
        "title": rule.title,
        "why": rule.reason,
        "hint": rule.fix,
        "snippet": rule.snippet,
        "link": rule.link,
    }


_MAX_ROWS = 200


def render_table(report: DoctorReport, app: App, rules: Sequence[Rule]) -> tuple[str, ...]:
    """Return the lines of the table: findings worst first, their rules, and notes."""
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
    yield f"{app.pubspec.name}: {_describe_result(report, app)}, of {len(rules)} rules."


def _describe_result(report: DoctorReport, app: App) -> str:
    """Return the counts; without the SDK an empty result is no pass."""
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
    """Return the location without control characters, safe for a terminal."""
    return "".join(one if one.isprintable() else "?" for one in text)
