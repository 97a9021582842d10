"""What the doctor found -> lines for a terminal: every place, then each rule and how to mend it."""

from collections.abc import Iterator, Sequence

from sentry_release.decisions.doctor.judging import Judged
from sentry_release.decisions.names_table import aligned
from sentry_release.facts.doctor.subject import Subject
from sentry_release.words.finding import Rule

_MOST_ROWS = 200


def table(judged: Judged, subject: Subject, rules: Sequence[Rule]) -> tuple[str, ...]:
    """All of it, worst first, with what could not be looked at."""
    return tuple(_lines(judged, subject, rules))


def _lines(judged: Judged, subject: Subject, rules: Sequence[Rule]) -> Iterator[str]:
    rows = [
        (one.severity.value, one.rule, _place(f"{one.path}:{one.line}"), one.what)
        for one in judged.findings[:_MOST_ROWS]
    ]
    if rows:
        yield from aligned(rows)
        if (more := len(judged.findings) - len(rows)) > 0:
            yield f"… and {more} more"
        yield ""
    met = {one.rule for one in judged.findings}
    for rule in rules:
        if rule.id in met:
            yield from _rule(rule)
    yield from (f"! {remark}" for remark in judged.remarks)
    yield f"{subject.pubspec.name}: {_verdict(judged, subject)}, of {len(rules)} rules."


def _verdict(judged: Judged, subject: Subject) -> str:
    """How much was found; without the SDK nothing found means nothing."""
    if subject.sdk is None and not judged.findings:
        return "not checked without sentry_flutter"
    return judged.in_words


def _rule(rule: Rule) -> Iterator[str]:
    yield f"{rule.id} {rule.name}: {rule.title}"
    yield f"  {rule.why}"
    yield f"  {rule.mend}"
    yield from (f"      {line}".rstrip() for line in rule.snippet.split("\n"))
    yield f"  {rule.link}"
    yield ""


def _place(text: str) -> str:
    """A path that a terminal can show: nothing in it is obeyed."""
    return "".join(one if one.isprintable() else "?" for one in text)
