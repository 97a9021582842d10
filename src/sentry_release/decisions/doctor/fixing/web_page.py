"""The mend of FD33: a policy that lets the browser's part of the SDK in."""

import re

from sentry_release.decisions.doctor.fixing.case import Case, line_end, line_start
from sentry_release.words.edit import Edit

_HOST = "https://browser.sentry-cdn.com"
_TAG = re.compile(
    r"<meta(?:\s+[\w:-]+(?:\s*=\s*(?:\"[^\"]*\"|'[^']*'|[^\s\"'<>=`]+))?)*\s*/?>", re.IGNORECASE
)
_CONTENT = re.compile(r"(?<=\s)content\s*=\s*(?P<quote>[\"'])(?P<policy>.*?)(?P=quote)", re.DOTALL)
_IS_POLICY = re.compile(r"(?<=\s)http-equiv\s*=\s*[\"']?content-security-policy\b", re.IGNORECASE)
_PART = re.compile(r"\s*(?P<name>[\w-]+)(?P<sources>[^;]*?)\s*(?:;|\Z)")
_IN_TURN = ("script-src-elem", "script-src")  # as a browser asks them, before default-src


def allowed(case: Case) -> tuple[Edit, ...] | None:
    """
    Add the script's host to the sources of scripts.

    A policy that speaks of scripts only by `default-src` gets a `script-src` with the same sources
    and the host, so that nothing else is let in.
    Source: https://www.w3.org/TR/CSP3/#directive-fallback-list
    """
    policy = _policy(case)
    if policy is None or "&" in case.text[policy.start("policy") : policy.end("policy")]:
        return None
    parts: dict[str, re.Match[str]] = {}
    for one in _PART.finditer(case.text, *policy.span("policy")):
        parts.setdefault(one["name"].lower(), one)
    found = next((parts[name] for name in _IN_TURN if name in parts), None)
    part = found or parts.get("default-src")
    if part is None or "'none'" in part["sources"].lower() or not part["sources"].strip():
        return None
    if found:
        at = found.end("sources")
        return (case.edit(at, at, f" {_HOST}"),)
    at = part.start("name")
    return (case.edit(at, at, f"script-src {' '.join(part['sources'].split())} {_HOST}; "),)


def _policy(case: Case) -> re.Match[str] | None:
    """The content of the one policy that begins on the line of the finding."""
    start = line_start(case.text, case.finding.line)
    end = line_end(case.text, start)
    found = [
        content
        for tag in _TAG.finditer(case.text, start)
        if tag.start() < end and _IS_POLICY.search(tag[0])
        for content in _CONTENT.finditer(case.text, *tag.span())
    ]
    return found[0] if len(found) == 1 else None
