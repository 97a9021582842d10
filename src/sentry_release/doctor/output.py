"""Formats of findings: annotations, summary values, JSON, a terminal table and SARIF 2.1.0."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import PurePosixPath
from urllib.parse import quote

from sentry_release.doctor.app import App
from sentry_release.doctor.run_rules import DoctorReport
from sentry_release.flutter.pubspec import ResolvedVersion
from sentry_release.model.finding import Finding, Rule, Severity
from sentry_release.model.job import Annotation, AnnotationLevel
from sentry_release.release.sdk_default import align_columns

MAX_ANNOTATIONS = 9
"""Annotations per level: the runner shows ten per step, and one is reserved for the step."""
_MAX_ROWS = 200
_LEVELS = {
    Severity.ERROR: AnnotationLevel.ERROR,
    Severity.WARNING: AnnotationLevel.WARNING,
    Severity.INFO: AnnotationLevel.NOTICE,
}
SCHEMA_VERSION = 1
"""Incremented if a key changes its meaning or is removed; new keys do not increment it."""
Json = str | int | bool | None | list["Json"] | dict[str, "Json"]
SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_ROOT = "%SRCROOT%"
_SARIF_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_HOW_TO_SILENCE = (
    "In this step, `doctor: off` skips the check, and `doctor: fail` makes errors fail the job."
)


def build_annotations(
    report: DoctorReport,
    rules: Sequence[Rule],
    levels: Sequence[Severity] = tuple(Severity),
    *,
    only_warns: bool = False,
) -> Iterator[Annotation]:
    """
    Return an annotation for the first findings of each level, worst first, with file and line.

    Args:
        report: The findings.
        rules: Every rule.
        levels: The severities to annotate.
        only_warns: Whether the job goes on despite errors, so that they are shown as warnings.

    Source: actions/runner, src/Runner.Worker/ExecutionContext.cs
    """
    by_id = {rule.id: rule for rule in rules}
    for level in levels:
        found = [one for one in report.findings if one.severity is level]
        for one in found[:MAX_ANNOTATIONS]:
            yield _build_annotation(one, by_id[one.rule], only_warns=only_warns)


def _build_annotation(finding: Finding, rule: Rule, *, only_warns: bool) -> Annotation:
    lines = [finding.message, rule.reason, rule.fix, rule.snippet, rule.link]
    level = _LEVELS[finding.severity]
    if only_warns and level is AnnotationLevel.ERROR:
        level, lines = AnnotationLevel.WARNING, [*lines, _HOW_TO_SILENCE]
    return Annotation(
        level=level,
        title=f"{rule.id} {rule.name}",
        text="\n".join(lines),
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
    broken_rules = {one.rule for one in visible}
    return {
        "app": app.pubspec.name,
        "in_words": report.counts_text,
        "rows": [_build_row(one, url) for one in visible],
        "more": len(found) - len(visible),
        "rules": [rule for rule in rules if rule.id in broken_rules],
        "notes": report.remarks,
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
        "notes": list(report.remarks),
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
    broken_rules = {one.rule for one in report.findings}
    for rule in rules:
        if rule.id in broken_rules:
            yield from _render_rule(rule)
    yield from (f"! {note}" for note in report.remarks)
    yield f"{app.pubspec.name}: {_describe_result(report, app)}, of {len(rules)} rules."


def _describe_result(report: DoctorReport, app: App) -> str:
    """Return the counts; without the SDK an empty result is no pass."""
    if app.sdk is None and not report.findings:
        return "not checked without sentry_flutter"
    return report.counts_text


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


def to_sarif(
    report: DoctorReport,
    rules: Sequence[Rule],
    texts: Mapping[PurePosixPath, str],
    *,
    version: str,
) -> dict[str, Json]:
    """
    Return one SARIF run with all rules and findings.

    Args:
        report: The findings.
        rules: Every rule, with or without findings.
        texts: The files of the findings: a fingerprint hashes the line's text, not its number.
        version: The version of this program.

    Source: https://docs.oasis-open.org/sarif/sarif/v2.1.0/ ·
        https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning
    """
    driver: dict[str, Json] = {
        "name": "sentry-release doctor",
        "semanticVersion": version,
        "rules": [_rule_to_sarif(rule) for rule in rules],
    }
    run: dict[str, Json] = {
        "tool": {"driver": driver},
        "columnKind": "utf16CodeUnits",
        "originalUriBaseIds": {_ROOT: {"description": {"text": "The root of the repository."}}},
        "results": list(_findings_to_results(report.findings, rules, texts)),
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule_to_sarif(rule: Rule) -> Json:
    markdown = f"{rule.reason}\n\n{rule.fix}\n\n```\n{rule.snippet}\n```\n\n<{rule.link}>"
    return {
        "id": rule.id,
        "name": rule.name.title().replace("-", ""),
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.reason},
        "help": {"text": f"{rule.reason}\n{rule.fix}\n{rule.snippet}", "markdown": markdown},
        "helpUri": rule.link,
        "defaultConfiguration": {"level": _SARIF_LEVELS[rule.severity]},
    }


def _findings_to_results(
    findings: Sequence[Finding], rules: Sequence[Rule], texts: Mapping[PurePosixPath, str]
) -> Iterator[Json]:
    numbers = {rule.id: number for number, rule in enumerate(rules)}
    occurrences: Counter[str] = Counter()
    lines = {path: texts.get(path, "").split("\n") for path in {one.path for one in findings}}
    for one in sorted(findings, key=lambda one: (str(one.path), one.line, one.rule)):
        fingerprint = _compute_fingerprint(one, lines[one.path])
        occurrences[fingerprint] += 1
        location: Json = {
            "physicalLocation": {
                "artifactLocation": {"uri": quote(str(one.path)), "uriBaseId": _ROOT},
                "region": {"startLine": one.line},
            }
        }
        yield {
            "ruleId": one.rule,
            "ruleIndex": numbers[one.rule],
            "level": _SARIF_LEVELS[one.severity],
            "message": {"text": one.message},
            "locations": [location],
            "partialFingerprints": {
                "primaryLocationLineHash": f"{fingerprint}:{occurrences[fingerprint]}"
            },
        }


def _compute_fingerprint(finding: Finding, lines: Sequence[str]) -> str:
    """Return the fingerprint of a finding, which stays if the line only moves in its file."""
    line = lines[finding.line - 1].strip() if finding.line <= len(lines) else ""
    text = "\0".join((finding.rule, str(finding.path), line))
    return sha256(text.encode("utf-8", "replace")).hexdigest()[:16]
