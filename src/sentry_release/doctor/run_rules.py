"""Runs every rule on an app, and applies the severities and suppressions of the project."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from sentry_release.config.list_inputs import Levels
from sentry_release.doctor.app import App, Check
from sentry_release.doctor.suppressions import parse_suppressions
from sentry_release.errors import WorkflowError
from sentry_release.model.finding import Finding, Rule, Severity

_WORST_FIRST = {severity: number for number, severity in enumerate(Severity)}
_MAX_MESSAGE = 400  # characters


@dataclass(frozen=True, slots=True, kw_only=True)
class DoctorReport:
    """
    The findings of one run.

    Attributes:
        findings: Worst first, then by location.
        ignored: The number of findings that a comment or `doctor-levels` suppresses.
        notes: What could not be read, and invalid comments.
        broken: Rules that raised an error, each with the error: a bug in the rule.
    """

    findings: tuple[Finding, ...] = ()
    ignored: int = 0
    notes: tuple[str, ...] = ()
    broken: tuple[tuple[str, Exception], ...] = ()

    def count(self, severity: Severity) -> int:
        """Return the number of findings with this severity."""
        return sum(one.severity is severity for one in self.findings)

    def with_notes(self, notes: Sequence[str]) -> "DoctorReport":
        """Return the report with more notes."""
        return replace(self, notes=(*map(_make_printable, notes), *self.notes))

    @property
    def describe_counts(self) -> str:
        """Return the number of findings of each severity, as text."""
        counts = Counter(one.severity for one in self.findings)
        words = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "hint"}
        output = [
            f"{counts[one]} {word}{'s' if counts[one] > 1 else ''}"
            for one, word in words.items()
            if counts[one]
        ]
        output += [f"{self.ignored} ignored"] if self.ignored else []
        return ", ".join(output) or "nothing found"


def run_rules(
    app: App,
    checks: Sequence[tuple[Rule, Check]],
    texts: Mapping[PurePosixPath, str],
    *,
    levels: Levels = (),
    only_errors: bool = False,
) -> DoctorReport:
    """
    Run every rule and return the report; a rule that raises does not stop the others.

    Args:
        app: The app.
        checks: Every rule with its check.
        texts: The files that were read, for suppression comments; the checks may add to it.
        levels: The severities that the user sets for rules.
        only_errors: Whether to run only rules that can find errors.
    """
    found: dict[Finding, None] = {}
    broken: list[tuple[str, Exception]] = []
    own = dict(levels)
    for rule, check in checks:
        worst = own.get(rule.id, rule.worst or rule.severity)
        if worst is None or (only_errors and worst is not Severity.ERROR):
            continue
        try:
            found |= dict.fromkeys(check(app))
        except Exception as error:  # noqa: BLE001 - a bug in one rule must not hide the others
            broken.append((rule.id, error))
    own_values = parse_suppressions(texts, {rule.id for rule, _ in checks})
    silenced = {rule for rule, level in levels if level is None}
    kept = [one for one in found if one.rule not in silenced and not own_values.covers(one)]
    return DoctorReport(
        findings=tuple(sorted(_apply_levels(kept, own), key=_get_sort_key)),
        ignored=len(found) - len(kept),
        notes=tuple(map(_make_printable, own_values.notes)),
        broken=tuple(broken),
    )


def validate_rule_ids(levels: Levels, known: Collection[str]) -> None:
    """
    Check that the input `doctor-levels` names existing rules only.

    Raises:
        WorkflowError: It names a rule that does not exist.
    """
    for rule, _ in levels:
        if rule not in known:
            raise WorkflowError(
                f"`doctor-levels` names the rule {rule}, which does not exist.",
                reason="Unknown rule ids are rejected so that typos do not go unnoticed.",
                hint=f"Use {min(known, default='none')} to {max(known, default='none')}.",
            )


def _apply_levels(
    found: Iterable[Finding], levels: Mapping[str, Severity | None]
) -> Iterator[Finding]:
    for one in found:
        severity = levels.get(one.rule) or one.severity
        yield replace(one, severity=severity, message=_make_printable(one.message)[:_MAX_MESSAGE])


def _get_sort_key(finding: Finding) -> tuple[int, str, int, str, str]:
    severity = _WORST_FIRST[finding.severity]
    return severity, str(finding.path), finding.line, finding.rule, finding.message


def _make_printable(text: str) -> str:
    """Return the text on one line without control characters: it quotes untrusted files."""
    return "".join(one if one.isprintable() else " " for one in text).strip()
