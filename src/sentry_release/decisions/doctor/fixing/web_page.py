"""The mend of FD33: a policy that lets the browser's part of the SDK in."""

import re
from collections.abc import Iterator

from sentry_release.decisions.doctor.fixing.case import FixContext, find_line_end, find_line_start
from sentry_release.facts.dart.brackets import Span
from sentry_release.words.edit import TextEdit

_HOST = "https://browser.sentry-cdn.com"
_TAG = re.compile(
    r"<meta(?:\s+[\w:-]+(?:\s*=\s*(?:\"[^\"]*\"|'[^']*'|[^\s\"'<>=`]+))?)*\s*/?>", re.IGNORECASE
)
_CONTENT = re.compile(r"(?<=\s)content\s*=\s*(?P<quote>[\"'])(?P<policy>.*?)(?P=quote)", re.DOTALL)
_IS_POLICY = re.compile(r"(?<=\s)http-equiv\s*=\s*[\"']?content-security-policy\b", re.IGNORECASE)
_DIRECTIVE = re.compile(r"[^;]+")
_FALLBACK_ORDER = ("script-src-elem", "script-src")  # as a browser asks them, before default-src


def fix_content_security_policy(context: FixContext) -> tuple[TextEdit, ...] | None:
    """
    Add the script's host to the sources of scripts.

    A policy that speaks of scripts only by `default-src` gets a `script-src` with the same sources
    and the host, so that nothing else is let in.
    Source: https://www.w3.org/TR/CSP3/#directive-fallback-list
    """
    policy = _find_policy(context)
    if policy is None or "&" in context.get_text[policy.start("policy") : policy.end("policy")]:
        return None
    directives: dict[str, Span] = {}
    for name, place in _find_directives(context.get_text, *policy.span("policy")):
        directives.setdefault(name, place)
    found = next((directives[name] for name in _FALLBACK_ORDER if name in directives), None)
    span = found or directives.get("default-src")
    if span is None or not (sources := context.get_text[span.start : span.end].split()[1:]):
        return None
    if "'none'" in map(str.lower, sources):
        return None
    if found:
        return (context.build_edit(span.end, span.end, f" {_HOST}"),)
    text = f"script-src {' '.join(sources)} {_HOST}; "
    return (context.build_edit(span.start, span.start, text),)


def _find_directives(text: str, start: int, end: int) -> Iterator[tuple[str, Span]]:
    """The directives of a policy by their names, each without the blanks around it."""
    for part in _DIRECTIVE.finditer(text, start, end):
        words = part[0].strip()
        if words:
            first = part.start() + part[0].index(words)
            yield words.split()[0].lower(), Span(start=first, end=first + len(words))


def _find_policy(context: FixContext) -> re.Match[str] | None:
    """The content of the one policy that begins on the line of the finding."""
    start = find_line_start(context.get_text, context.finding.line)
    end = find_line_end(context.get_text, start)
    found = [
        content
        for tag in _TAG.finditer(context.get_text, start)
        if tag.start() < end and _IS_POLICY.search(tag[0])
        for content in _CONTENT.finditer(context.get_text, *tag.span())
    ]
    return found[0] if len(found) == 1 else None
