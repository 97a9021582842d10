"""SARIF 2.1.0 for GitHub code scanning."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import PurePosixPath
from urllib.parse import quote

from sentry_release.doctor.output.json_and_table import Json
from sentry_release.doctor.run_rules import DoctorReport
from sentry_release.model.finding import Finding, Rule, Severity

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_ROOT = "%SRCROOT%"
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}


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
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
    }


def _findings_to_results(
    findings: Sequence[Finding], rules: Sequence[Rule], texts: Mapping[PurePosixPath, str]
) -> Iterator[Json]:
    numbers = {rule.id: number for number, rule in enumerate(rules)}
    observed: Counter[str] = Counter()
    lines = {path: texts.get(path, "").split("\n") for path in {one.path for one in findings}}
    for one in sorted(findings, key=lambda one: (str(one.path), one.line, one.rule)):
        fingerprint = _compute_fingerprint(one, lines[one.path])
        observed[fingerprint] += 1
        location: Json = {
            "physicalLocation": {
                "artifactLocation": {"uri": quote(str(one.path)), "uriBaseId": _ROOT},
                "region": {"startLine": one.line},
            }
        }
        yield {
            "ruleId": one.rule,
            "ruleIndex": numbers[one.rule],
            "level": _LEVELS[one.severity],
            "message": {"text": one.message},
            "locations": [location],
            "partialFingerprints": {
                "primaryLocationLineHash": f"{fingerprint}:{observed[fingerprint]}"
            },
        }


def _compute_fingerprint(finding: Finding, lines: Sequence[str]) -> str:
    """Return the fingerprint of a finding, which stays if the line only moves in its file."""
    line = lines[finding.line - 1].strip() if finding.line <= len(lines) else ""
    text = "\0".join((finding.rule, str(finding.path), line))
    return sha256(text.encode("utf-8", "replace")).hexdigest()[:16]
