"""Explains rules: what is wrong, why, how to fix it, before and after, how to suppress it."""

import re
from collections.abc import Iterator, Sequence
from difflib import get_close_matches

from sentry_release.doctor.fixes.fixers import FIXERS
from sentry_release.doctor.run_rules import ALL_CHECKS
from sentry_release.errors import WorkflowError
from sentry_release.model.finding import Rule

_LANGUAGES = (  # by the start of an example
    (r"# \.sentryclirc", "ini"),
    (r"(?:- )?[\w-]+:(?:\s|$)|# ", "yaml"),
    (r"<", "html"),
    (r"(?:flutter|dart|sentry-release|shorebird) ", "sh"),
    (r"#(?:if|define)", "c"),
    (r"version(?:Code|Name) ", "kotlin"),
    (r"[\w-]+ '", "text"),
)
_COMMENTS = {
    "yaml": "# {}",
    "ini": "# {}",
    "sh": "# {}",
    "html": "<!-- {} -->",
    "text": "<!-- {} -->",
}
_NUMBER = re.compile(r"(?:fd)?(?P<digits>[0-9]{1,3})")
_MAX_SHOWN = 80  # characters of an unknown word


def find_language(code: str) -> str:
    """
    Return the language of an example, as Markdown names it.

    >>> find_language("sentry: {}"), find_language("options.dist = '1';")
    ('yaml', 'dart')
    """
    return next((name for words, name in _LANGUAGES if re.match(words, code)), "dart")


def build_suppression(rule: Rule) -> str:
    """
    Return the comment that suppresses a finding of the rule, in the language of its files.

    >>> rule, _ = ALL_CHECKS[0]
    >>> build_suppression(rule)
    '// sentry-release: ignore FD01 because …'
    """
    comment = _COMMENTS.get(find_language(rule.before), "// {}")
    return comment.format(f"sentry-release: ignore {rule.id} because …")


def format_level(rule: Rule) -> str:
    """Return the level of a rule; two if findings differ."""
    return f"{rule.severity} or {rule.worst}" if rule.worst else f"{rule.severity}"


def find_rules(words: Sequence[str]) -> tuple[Rule, ...]:
    """
    Return the rules that words name by id or name, in any case; `FD7` and `7` are FD07.

    Raises:
        WorkflowError: A word names no rule; the error names the nearest one.
    """
    return tuple(map(_find_rule, words))


def render_rules(rules: Sequence[Rule]) -> str:
    """Return the explanation of these rules as plain text; without rules, a list of all of them."""
    if rules:
        return "\n\n".join("\n".join(_list_lines(rule)) for rule in rules)
    rows = [(rule.id, format_level(rule), rule.title) for rule, _ in ALL_CHECKS]
    width = max(len(level) for _, level, _ in rows)
    return "\n".join(f"{id_}  {level:{width}}  {title}" for id_, level, title in rows)


def _find_rule(word: str) -> Rule:
    known = {key: rule for rule, _ in ALL_CHECKS for key in (rule.id.lower(), rule.name)}
    number = _NUMBER.fullmatch(word.lower())
    found = known.get(f"fd{int(number['digits']):02}" if number else word.lower())
    if found is not None:
        return found
    nearest = get_close_matches(word.lower(), known, n=1, cutoff=0.6)
    suggestion = f" Did you mean '{_write(nearest[0])}'?" if nearest else ""
    first, last = ALL_CHECKS[0][0].id, ALL_CHECKS[-1][0].id
    raise WorkflowError(
        f"Unknown rule {word[:_MAX_SHOWN]!r}.{suggestion}",
        reason=f"Rules have the ids {first} to {last}, and names such as `{known['fd07'].name}`.",
        hint="List all of them with `sentry-release doctor explain`.",
    )


def _write(key: str) -> str:
    return key.upper() if re.fullmatch(r"fd\d+", key) else key


def _list_lines(rule: Rule) -> Iterator[str]:
    fixed = "; `doctor --fix` fixes it where that is unambiguous" if rule.id in FIXERS else ""
    yield f"{rule.id} {rule.name} ({format_level(rule)}{fixed})"
    yield ""
    yield f"{rule.title} {rule.reason}"
    yield ""
    yield f"Fix: {rule.fix}"
    for title, code in (("Before", rule.before), ("After", rule.snippet)):
        yield ""
        yield f"{title}:"
        yield from (f"    {line}".rstrip() for line in code.split("\n"))
    yield ""
    yield f"Suppress: {build_suppression(rule)}"
    yield f"Or set the level: --doctor-levels {rule.id}=off"
    yield f"More: {rule.link}"
