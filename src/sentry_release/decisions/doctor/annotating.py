"""What the doctor found -> annotations within the limits of the runner, and the page with all of it."""

from collections.abc import Iterator, Mapping, Sequence

from sentry_release.decisions.doctor.judging import Judged
from sentry_release.facts.doctor.subject import Subject
from sentry_release.words.finding import Finding, Rule, Severity
from sentry_release.words.told import Level, Notice

MOST = 9
"""Annotations of a level: the runner shows ten a step, and one is left for the step itself."""

_MOST_ROWS = 200
_LEVELS = {
    Severity.ERROR: Level.ERROR,
    Severity.WARNING: Level.WARNING,
    Severity.INFO: Level.NOTICE,
}


def annotations(
    judged: Judged, rules: Sequence[Rule], levels: Sequence[Severity] = tuple(Severity)
) -> Iterator[Notice]:
    """
    The first places of each level, the worst first, each at its file and line.

    Source: actions/runner, src/Runner.Worker/ExecutionContext.cs
    """
    by_id = {rule.id: rule for rule in rules}
    for level in levels:
        found = [one for one in judged.findings if one.severity is level]
        for one in found[:MOST]:
            yield _notice(one, by_id[one.rule])


def _notice(finding: Finding, rule: Rule) -> Notice:
    text = f"{finding.what}\n{rule.why}\n{rule.mend}\n{rule.snippet}\n{rule.link}"
    return Notice(
        level=_LEVELS[finding.severity],
        title=f"{rule.id} {rule.name}",
        text=text,
        path=finding.path,
        line=finding.line,
    )


def page(
    judged: Judged,
    subject: Subject,
    rules: Sequence[Rule],
    *,
    url: str | None,
    levels: Sequence[Severity] = tuple(Severity),
) -> Mapping[str, object]:
    """
    The values of templates/doctor.md.j2.

    Args:
        judged: What was found.
        subject: The app.
        rules: Every rule.
        url: The page of the commit, to which paths and lines are added; None where there is none.
        levels: Those that are listed.
    """
    found = [one for one in judged.findings if one.severity in levels]
    shown = found[:_MOST_ROWS]
    met = {one.rule for one in shown}
    return {
        "app": subject.pubspec.name,
        "in_words": judged.in_words,
        "rows": [_row(one, url) for one in shown],
        "more": len(found) - len(shown),
        "rules": [rule for rule in rules if rule.id in met],
        "remarks": judged.remarks,
    }


def _row(finding: Finding, url: str | None) -> Mapping[str, object]:
    from urllib.parse import quote  # noqa: PLC0415 - only a summary needs it

    link = f"{url}/{quote(str(finding.path))}#L{finding.line}" if url else None
    return {
        "level": finding.severity.value,
        "rule": finding.rule,
        "place": f"{finding.path}:{finding.line}",
        "link": link,
        "what": finding.what,
    }
