"""Every rule asked of an app -> what it found, worst first, as its people want it judged."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from sentry_release.decisions.doctor.ignoring import ignored_in
from sentry_release.facts.doctor.asked import Levels
from sentry_release.facts.doctor.subject import Check, Subject
from sentry_release.words.errors import WorkflowError
from sentry_release.words.finding import Finding, Rule, Severity

_WORST_FIRST = {severity: number for number, severity in enumerate(Severity)}
_LONGEST_WHAT = 400  # characters


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """
    What was found.

    Attributes:
        findings: Worst first, then by place.
        ignored: How many were left out because of a comment or of `doctor-levels`.
        remarks: What could not be looked at, or is wrong with a comment.
        broken: Rules that failed, each with the error: a mistake of ours.
    """

    findings: tuple[Finding, ...] = ()
    ignored: int = 0
    remarks: tuple[str, ...] = ()
    broken: tuple[tuple[str, Exception], ...] = ()

    def count(self, severity: Severity) -> int:
        """How many findings have this level."""
        return sum(one.severity is severity for one in self.findings)

    def with_remarks(self, remarks: Sequence[str]) -> "Judged":
        """The same, with what else could not be looked at."""
        return replace(self, remarks=(*map(_printable, remarks), *self.remarks))

    @property
    def in_words(self) -> str:
        """How many there are of each level, as people say it."""
        counts = Counter(one.severity for one in self.findings)
        words = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "hint"}
        said = [
            f"{counts[one]} {word}{'s' if counts[one] > 1 else ''}"
            for one, word in words.items()
            if counts[one]
        ]
        said += [f"{self.ignored} ignored"] if self.ignored else []
        return ", ".join(said) or "nothing found"


def judge(
    subject: Subject,
    checks: Sequence[tuple[Rule, Check]],
    texts: Mapping[PurePosixPath, str],
    *,
    levels: Levels = (),
    only_errors: bool = False,
) -> Judged:
    """
    Ask every rule; one that fails keeps no other from being asked.

    Args:
        subject: The app.
        checks: Every rule with its check.
        texts: The files that were read, for the comments in them; the checks may read more.
        levels: The levels that the user gives to rules.
        only_errors: Whether to ask only those that may find errors.
    """
    found: dict[Finding, None] = {}
    broken: list[tuple[str, Exception]] = []
    own = dict(levels)
    for rule, check in checks:
        worst = own.get(rule.id, rule.worst or rule.severity)
        if worst is None or (only_errors and worst is not Severity.ERROR):
            continue
        try:
            found |= dict.fromkeys(check(subject))
        except Exception as error:  # noqa: BLE001 - a mistake in one rule must not hide the others
            broken.append((rule.id, error))
    ours = ignored_in(texts, {rule.id for rule, _ in checks})
    silenced = {rule for rule, level in levels if level is None}
    kept = [one for one in found if one.rule not in silenced and not ours.covers(one)]
    return Judged(
        findings=tuple(sorted(_leveled(kept, own), key=_order)),
        ignored=len(found) - len(kept),
        remarks=tuple(map(_printable, ours.remarks)),
        broken=tuple(broken),
    )


def judge_asked(levels: Levels, known: Collection[str]) -> None:
    """
    Compare the input `doctor-levels` with the rules that exist.

    Raises:
        WorkflowError: It names a rule that does not exist.
    """
    for rule, _ in levels:
        if rule not in known:
            raise WorkflowError(
                f"`doctor-levels` names the rule {rule}, which does not exist.",
                why="Unknown rule ids are rejected so that typos do not go unnoticed.",
                mend=f"Use {min(known, default='none')} to {max(known, default='none')}.",
            )


def _leveled(found: Iterable[Finding], levels: Mapping[str, Severity | None]) -> Iterator[Finding]:
    for one in found:
        severity = levels.get(one.rule) or one.severity
        yield replace(one, severity=severity, what=_printable(one.what)[:_LONGEST_WHAT])


def _order(finding: Finding) -> tuple[int, str, int, str, str]:
    severity = _WORST_FIRST[finding.severity]
    return severity, str(finding.path), finding.line, finding.rule, finding.what


def _printable(text: str) -> str:
    """On one line, without what a terminal would obey: it quotes files that anybody may write."""
    return "".join(one if one.isprintable() else " " for one in text).strip()
