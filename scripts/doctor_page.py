#!/usr/bin/env python3
"""Write the rules of the doctor into docs/doctor.md, between its markers."""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "src"))

from sentry_release.doctor.explain import (  # noqa: E402 - src is on the path only now
    build_suppression,
    find_language,
    format_level,
)
from sentry_release.doctor.fixes.fixers import FIXERS  # noqa: E402 - the same
from sentry_release.doctor.run_rules import ALL_CHECKS  # noqa: E402 - the same
from sentry_release.model.finding import Rule  # noqa: E402 - the same

PAGE = ROOT / "docs/doctor.md"


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
        f"| [{rule.id}](#{_build_anchor(rule)}) | {format_level(rule)} | {'yes' * (rule.id in FIXERS)} | {rule.title} |"
        for rule in every
    ]
    return "\n".join((*rows, "", *(_render_section(rule) for rule in every)))


def _render_section(rule: Rule) -> str:
    return (
        f"### {rule.id} {rule.name}\n\n{rule.title}\n{_split_sentences(rule.reason)}\n[More]({rule.link}).\n\n"
        f"{_split_sentences(rule.fix)}\n\nBefore:\n\n{_render_code(rule.before)}\nAfter:\n\n{_render_code(rule.snippet)}\n"
        f"Suppress: `{build_suppression(rule)}`\n"
    )


def _render_code(code: str) -> str:
    return f"```{find_language(code)}\n{code}\n```\n"


def _split_sentences(text: str) -> str:
    """Return the text with one sentence per line."""
    return re.sub(r"(?<=[a-z`)][.?!]) (?=[A-Z])", "\n", text)


def _build_anchor(rule: Rule) -> str:
    return f"{rule.id.lower()}-{rule.name}"


def main() -> None:
    """Write the rules; with `--check`, fail if they differ."""
    before = PAGE.read_text()
    after = replace_rules(before)
    if "--check" in sys.argv:
        sys.exit(before != after and "docs/doctor.md is outdated: run make tables")
    PAGE.write_text(after)


if __name__ == "__main__":
    main()
