#!/usr/bin/env python3
"""The rules of the doctor -> their part of docs/doctor.md, between its marks."""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "src"))

from sentry_release.doctor.fixes.fixers import FIXERS  # noqa: E402 - the same
from sentry_release.doctor.rules.registry import ALL_CHECKS  # noqa: E402 - it is found only now
from sentry_release.model.finding import Rule  # noqa: E402 - the same

PAGE = ROOT / "docs/doctor.md"
_LANGUAGES = (  # by the beginning of a snippet
    (r"(?:- )?[\w-]+:(?:\s|$)", "yaml"),
    (r"<", "html"),
    (r"(?:flutter|dart|sentry-release|shorebird) ", "sh"),
    (r"#(?:if|define)", "c"),
    (r"version(?:Code|Name) ", "kotlin"),
    (r"[\w-]+ '", "text"),
)


def with_rules(page: str) -> str:
    """The text of the page with the rules as the program has them."""
    return re.sub(
        r"(<!-- rules -->\n).*?(<!-- /rules -->)",
        lambda found: found[1] + rules() + found[2],
        page,
        flags=re.DOTALL,
    )


def rules() -> str:
    """A table of all rules, and then each of them."""
    every = [rule for rule, _ in ALL_CHECKS]
    rows = ["| rule | level | `--fix` | what is wrong |", "|---|---|---|---|"]
    rows += [
        f"| [{rule.id}](#{_anchor(rule)}) | {_level(rule)} | {'yes' * (rule.id in FIXERS)} | {rule.title} |"
        for rule in every
    ]
    return "\n".join((*rows, "", *(_section(rule) for rule in every)))


def _section(rule: Rule) -> str:
    return (
        f"### {rule.id} {rule.name}\n\n{rule.title}\n{_lines(rule.reason)}\n[More]({rule.link}).\n\n"
        f"{_lines(rule.fix)}\n\n```{_language(rule.snippet)}\n{rule.snippet}\n```\n"
    )


def _lines(text: str) -> str:
    """One sentence on each line."""
    return re.sub(r"(?<=[a-z`)][.?!]) (?=[A-Z])", "\n", text)


def _level(rule: Rule) -> str:
    return f"{rule.severity} or {rule.worst}" if rule.worst else f"{rule.severity}"


def _anchor(rule: Rule) -> str:
    return f"{rule.id.lower()}-{rule.name}"


def _language(snippet: str) -> str:
    return next((name for words, name in _LANGUAGES if re.match(words, snippet)), "dart")


def main() -> None:
    """Write the rules; with `--check`, fail where they differ."""
    before = PAGE.read_text()
    after = with_rules(before)
    if "--check" in sys.argv:
        sys.exit(before != after and "docs/doctor.md is not in step: run make tables")
    PAGE.write_text(after)


if __name__ == "__main__":
    main()
