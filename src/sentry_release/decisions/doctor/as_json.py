"""What the doctor found -> an object for programs, whose keys keep their meaning."""

from collections.abc import Mapping, Sequence

from sentry_release.decisions.doctor.judging import DoctorReport
from sentry_release.facts.doctor.subject import App, ResolvedVersion
from sentry_release.words.finding import Finding, Rule, Severity

SCHEMA_VERSION = 1
"""Raised when a key changes its meaning or goes away; new keys do not raise it."""

Json = str | int | bool | None | list["Json"] | dict[str, "Json"]


def to_json(report: DoctorReport, app: App, rules: Sequence[Rule]) -> dict[str, Json]:
    """The object of `--json` and of doctor.json."""
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
        "remarks": list(report.notes),
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
        "mend": rule.fix,
        "snippet": rule.snippet,
        "link": rule.link,
    }
