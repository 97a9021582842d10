"""Every rule of the doctor; runs them on an app, and applies the project's severities and suppressions."""

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from sentry_release.config.input_values import Levels
from sentry_release.doctor.analysis.release_source import initializes_sdk
from sentry_release.doctor.app import App, Check
from sentry_release.doctor.rules import (
    action_steps,
    build_defines,
    dropped_errors,
    platform_releases,
    release_defines,
    release_in_code,
    sdk_init,
    sentry_dart_plugin,
    sentry_tools,
    session_options,
    uploads,
    web_routes,
    web_sessions,
)
from sentry_release.errors import WorkflowError
from sentry_release.model.finding import Finding, Rule, Severity

_WORD = "sentry-release:"
_COMMENT = re.compile(
    r"(?P<before>.*?)(?:(?<!/)//++|(?<!#)#++|<!--++|/\*++|(?<!;);++)[ \t]*+sentry-release:[ \t]*+"
    r"(?P<how>ignore[\w-]*)(?P<rest>[^\n]*)"
)
_ENDS = re.compile(r"(?:-->|\*/)\s*$")
_RULE = re.compile(r"[A-Za-z]+[0-9]+")
_MAX_LENGTH = 1000  # characters of a line that are searched
_WORST_FIRST = {severity: number for number, severity in enumerate(Severity)}
_MAX_MESSAGE = 400  # characters
_GROUPS: tuple[tuple[tuple[Rule, Check], ...], ...] = (
    action_steps.CHECKS,
    build_defines.CHECKS,
    dropped_errors.CHECKS,
    platform_releases.CHECKS,
    release_defines.CHECKS,
    release_in_code.CHECKS,
    sdk_init.CHECKS,
    sentry_dart_plugin.CHECKS,
    sentry_tools.CHECKS,
    session_options.CHECKS,
    uploads.CHECKS,
    web_routes.CHECKS,
    web_sessions.CHECKS,
)
ALL_CHECKS = tuple(
    sorted((check for group in _GROUPS for check in group), key=lambda one: one[0].id)
)


@dataclass(slots=True)
class Suppressions:
    """Suppressed rules by file, and by file and line; notes on invalid comments."""

    lines: set[tuple[PurePosixPath, int, str]] = field(default_factory=set)
    files: set[tuple[PurePosixPath, str]] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)

    def covers(self, finding: Finding) -> bool:
        """Return whether a comment suppresses this finding."""
        return (finding.path, finding.rule) in self.files or (
            finding.path,
            finding.line,
            finding.rule,
        ) in self.lines


def parse_suppressions(texts: Mapping[PurePosixPath, str], known: Collection[str]) -> Suppressions:
    """
    Return the suppressions by comments like `// sentry-release: ignore FD11 because …`.

    A comment applies to its line or, if it is alone on it, to the next one; `ignore-file` applies
    to the file. Without a reason or with an unknown rule it is ignored, and a note says so.

    Args:
        texts: The files by their paths.
        known: The ids of all rules.
    """
    found = Suppressions()
    for path, text in sorted(texts.items()):
        if _WORD in text:
            for line, comment in _find_comments(text.split("\n")):
                _read_comment(found, path, line, comment, known)
    return found


def _find_comments(lines: list[str]) -> Iterator[tuple[int, re.Match[str]]]:
    """Yield each suppression comment with the line that it applies to."""
    above: list[re.Match[str]] = []
    for number, line in enumerate(lines, start=1):
        comment = _COMMENT.match(line[:_MAX_LENGTH]) if _WORD in line else None
        if comment is not None and not comment["before"].strip():
            above.append(comment)  # alone on its line, it applies to the next line
            continue
        yield from ((number, one) for one in above)
        above.clear()
        if comment is not None:
            yield number, comment
    yield from ((len(lines) + 1, one) for one in above)


def _read_comment(
    found: Suppressions,
    path: PurePosixPath,
    line: int,
    comment: re.Match[str],
    known: Collection[str],
) -> None:
    rest = _ENDS.sub("", comment["rest"])
    named, because, reason = rest.partition(" because ")
    rules = [one.upper() for one in named.replace(",", " ").split()]
    where = f"{path}: the comment `sentry-release: {comment['how']}`"
    if comment["how"] not in {"ignore", "ignore-file"}:
        found.notes.append(f"{where} is unknown; write `ignore` or `ignore-file`.")
    elif not rules or not all(_RULE.fullmatch(one) for one in rules):
        found.notes.append(f"{where} names no rule; write `ignore FD11 because …`.")
    elif not because or not reason.strip():
        found.notes.append(f"{where} for {', '.join(rules)} has no reason; add `because …`.")
    else:
        for rule in rules:
            if rule not in known:
                found.notes.append(f"{where} names {rule[:80]}, which does not exist.")
            elif comment["how"] == "ignore-file":
                found.files.add((path, rule))
            else:
                found.lines.add((path, line, rule))


@dataclass(frozen=True, slots=True, kw_only=True)
class DoctorReport:
    """
    The findings of one run.

    Attributes:
        findings: Worst first, then by location.
        ignored: The number of findings that a comment suppresses.
        notes: What could not be read, and invalid comments.
        limits: What the rules cannot check in this project.
        broken: Rules that raised an error, each with the error: a bug in the rule.
    """

    findings: tuple[Finding, ...] = ()
    ignored: int = 0
    notes: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()
    broken: tuple[tuple[str, Exception], ...] = ()

    def count(self, severity: Severity) -> int:
        """Return the number of findings with this severity."""
        return sum(one.severity is severity for one in self.findings)

    def with_notes(self, notes: Sequence[str], limits: Sequence[str]) -> "DoctorReport":
        """Return the report with more notes and limits."""
        return replace(
            self,
            notes=(*map(_make_printable, notes), *self.notes),
            limits=(*self.limits, *map(_make_printable, limits)),
        )

    @property
    def remarks(self) -> tuple[str, ...]:
        """Return notes and limits."""
        return (*self.notes, *self.limits)

    @property
    def counts_text(self) -> str:
        """Return the number of findings of each severity, as text."""
        counts = Counter(one.severity for one in self.findings)
        words = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "info"}
        parts = [
            f"{counts[one]} {word}{'s' if counts[one] > 1 else ''}"
            for one, word in words.items()
            if counts[one]
        ]
        parts += [f"{self.ignored} ignored"] if self.ignored else []
        return ", ".join(parts) or "nothing found"


def run_rules(
    app: App,
    checks: Sequence[tuple[Rule, Check]],
    texts: Mapping[PurePosixPath, str],
    *,
    levels: Levels = (),
    only_errors: bool = False,
    check_time: Callable[[], object] = lambda: None,
) -> DoctorReport:
    """
    Run every rule and return the report; a rule that raises does not stop the others.

    Args:
        app: The app.
        checks: Every rule with its check.
        texts: The files that were read, for suppression comments; the checks may add to it.
        levels: The severities that the user sets for rules.
        only_errors: Whether to run only rules that can find errors.
        check_time: Called before each rule; raises if the time is over.
    """
    found: dict[Finding, None] = {}
    broken: list[tuple[str, Exception]] = []
    own = dict(levels)
    for rule, check in checks:
        worst = own.get(rule.id, rule.worst or rule.severity)
        if worst is None or (only_errors and worst is not Severity.ERROR):
            continue
        check_time()
        try:
            found |= dict.fromkeys(check(app))
        except Exception as error:  # noqa: BLE001 - a bug in one rule must not hide the others
            broken.append((rule.id, error))
    suppressions = parse_suppressions(texts, {rule.id for rule, _ in checks})
    kept = [one for one in found if not suppressions.covers(one)]
    return DoctorReport(
        findings=tuple(sorted(_apply_levels(kept, own), key=_get_sort_key)),
        ignored=len(found) - len(kept),
        notes=tuple(map(_make_printable, suppressions.notes)),
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


def describe_limits(app: App) -> Iterator[str]:
    """Return a sentence for each missing thing that rules need."""
    name = app.pubspec.name
    if app.sdk is None:
        yield f"sentry_flutter is not a dependency of {name}: most rules have nothing to check."
    elif not initializes_sdk(app):
        yield f"Nothing in {name} or in its local packages calls SentryFlutter.init."
    if app.release is None and app.pubspec.version is None:
        yield (
            f"pubspec.yaml of {name} has no version, so there is no release name to compare with."
        )
    if app.unread_scripts:
        first, *others = sorted(app.unread_scripts)
        more = f" and {len(others)} more" if others else ""
        yield (
            f"{first}{more} may build or upload the app, but scripts in this language are not read. "
            "Call `flutter build` in a workflow or a shell script to have it checked."
        )
