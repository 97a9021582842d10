"""Annotations within the runner's limits, and the values of the job summary."""

from collections.abc import Iterator, Mapping, Sequence

from sentry_release.doctor.app import App
from sentry_release.doctor.run_rules import DoctorReport
from sentry_release.model.finding import Finding, Rule, Severity
from sentry_release.model.outputs import Annotation, AnnotationLevel

MAX_ANNOTATIONS = 9
"""Annotations per level: the runner shows ten per step, and one is reserved for the step."""

_MAX_ROWS = 200
_LEVELS = {
    Severity.ERROR: AnnotationLevel.ERROR,
    Severity.WARNING: AnnotationLevel.WARNING,
    Severity.INFO: AnnotationLevel.NOTICE,
}


def build_annotations(
    report: DoctorReport, rules: Sequence[Rule], levels: Sequence[Severity] = tuple(Severity)
) -> Iterator[Annotation]:
    """
    Return an annotation for the first findings of each level, worst first, with file and line.

    Source: actions/runner, src/Runner.Worker/ExecutionContext.cs
    """
    by_id = {rule.id: rule for rule in rules}
    for level in levels:
        found = [one for one in report.findings if one.severity is level]
        for one in found[:MAX_ANNOTATIONS]:
            yield _build_annotation(one, by_id[one.rule])


def _build_annotation(finding: Finding, rule: Rule) -> Annotation:
    text = f"{finding.message}\n{rule.reason}\n{rule.fix}\n{rule.snippet}\n{rule.link}"
    return Annotation(
        level=_LEVELS[finding.severity],
        title=f"{rule.id} {rule.name}",
        text=text,
        path=finding.path,
        line=finding.line,
    )


def build_summary_values(
    report: DoctorReport,
    app: App,
    rules: Sequence[Rule],
    *,
    url: str | None,
    levels: Sequence[Severity] = tuple(Severity),
) -> Mapping[str, object]:
    """
    Return the values of templates/doctor.md.j2.

    Args:
        report: The findings.
        app: The app.
        rules: Every rule.
        url: The URL of the commit's files, to which path and line are appended; None for no links.
        levels: The severities to list.
    """
    found = [one for one in report.findings if one.severity in levels]
    visible = found[:_MAX_ROWS]
    encountered = {one.rule for one in visible}
    return {
        "app": app.pubspec.name,
        "in_words": report.describe_counts,
        "rows": [_build_row(one, url) for one in visible],
        "more": len(found) - len(visible),
        "rules": [rule for rule in rules if rule.id in encountered],
        "notes": report.notes,
    }


def _build_row(finding: Finding, url: str | None) -> Mapping[str, object]:
    from urllib.parse import quote

    link = f"{url}/{quote(str(finding.path))}#L{finding.line}" if url else None
    return {
        "level": finding.severity.value,
        "rule": finding.rule,
        "place": f"{finding.path}:{finding.line}",
        "link": link,
        "what": finding.message,
    }
