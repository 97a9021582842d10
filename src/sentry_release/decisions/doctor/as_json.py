"""What the doctor found -> an object for programs, whose keys keep their meaning."""

from collections.abc import Mapping, Sequence

from sentry_release.decisions.doctor.judging import Judged
from sentry_release.facts.doctor.subject import Resolved, Subject
from sentry_release.words.finding import Finding, Rule, Severity

FORMAT = 1
"""Raised when a key changes its meaning or goes away; new keys do not raise it."""

Json = str | int | bool | None | list["Json"] | dict[str, "Json"]


def as_json(judged: Judged, subject: Subject, rules: Sequence[Rule]) -> dict[str, Json]:
    """The object of `--json` and of doctor.json."""
    by_id = {rule.id: rule for rule in rules}
    counts: dict[str, Json] = {one.value: judged.count(one) for one in Severity}
    return {
        "format": FORMAT,
        "app": str(subject.folder),
        "package": subject.pubspec.name,
        "release": subject.release.name if subject.release else None,
        "sentry_flutter": _version(subject.sdk),
        "counts": counts | {"ignored": judged.ignored},
        "findings": [_finding(one, by_id) for one in judged.findings],
        "remarks": list(judged.remarks),
    }


def _version(resolved: Resolved | None) -> Json:
    if resolved is None:
        return None
    return {"version": resolved.version, "exact": resolved.exact}


def _finding(finding: Finding, rules: Mapping[str, Rule]) -> Json:
    rule = rules[finding.rule]
    return {
        "rule": rule.id,
        "name": rule.name,
        "level": finding.severity.value,
        "path": str(finding.path),
        "line": finding.line,
        "what": finding.what,
        "title": rule.title,
        "why": rule.why,
        "mend": rule.mend,
        "snippet": rule.snippet,
        "link": rule.link,
    }
