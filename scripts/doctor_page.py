#!/usr/bin/env python3
"""Write the rules of the doctor into docs/doctor.md, between its markers."""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "src"))

from sentry_release.doctor.fixes.fixers import FIXERS  # noqa: E402 - the same
from sentry_release.doctor.rules.registry import ALL_CHECKS  # noqa: E402 - src is on the path only now
from sentry_release.model.finding import Rule  # noqa: E402 - the same

PAGE = ROOT / "docs/doctor.md"
_LANGUAGES = (  # by the start of a snippet
    (r"(?:- )?[\w-]+:(?:\s|$)", "yaml"),
    (r"<", "html"),
    (r"(?:flutter|dart|sentry-release|shorebird) ", "sh"),
    (r"#(?:if|define)", "c"),
    (r"version(?:Code|Name) ", "kotlin"),
    (r"[\w-]+ '", "text"),
)


def replace_rules(page: str) -> str:
    """Return the page with the current rules."""
    return re.sub(
        r"(<!-- rules -->\n).*?(<!-- /rules -->)",
        lambda found: found[1] + render_rules() + found[2],
        page,
        flags=re.DOTALL,
    )


def render_rules() -> str:
    """Return a table of all rules, followed by a section for each."""
    every = [rule for rule, _ in ALL_CHECKS]
    rows = ["| rule | level | `--fix` | what is wrong |", "|---|---|---|---|"]
    rows += [
        f"| [{rule.id}](#{_build_anchor(rule)}) | {_render_level(rule)} | {'yes' * (rule.id in FIXERS)} | {rule.title} |"
        for rule in every
    ]
    return "\n".join((*rows, "", *(_render_section(rule) for rule in every)))


def _render_section(rule: Rule) -> str:
    return (
        f"### {rule.id} {rule.name}\n\n{rule.title}\n{_split_sentences(rule.reason)}\n[More]({rule.link}).\n\n"
        f"{_split_sentences(rule.fix)}\n\n```{_find_language(rule.snippet)}\n{rule.snippet}\n```\n"
    )


def _split_sentences(text: str) -> str:
    """Return the text with one sentence per line."""
    return re.sub(r"(?<=[a-z`)][.?!]) (?=[A-Z])", "\n", text)


def _render_level(rule: Rule) -> str:
    return f"{rule.severity} or {rule.worst}" if rule.worst else f"{rule.severity}"


def _build_anchor(rule: Rule) -> str:
    return f"{rule.id.lower()}-{rule.name}"


def _find_language(snippet: str) -> str:
    return next((name for words, name in _LANGUAGES if re.match(words, snippet)), "dart")


def main() -> None:
    """Write the rules; with `--check`, fail if they differ."""
    before = PAGE.read_text()
    after = replace_rules(before)
    if "--check" in sys.argv:
        sys.exit(before != after and "docs/doctor.md is outdated: run make tables")
    PAGE.write_text(after)


if __name__ == "__main__":
    main()
