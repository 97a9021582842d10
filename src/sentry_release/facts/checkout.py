"""The files in .git -> the commit and branch that are checked out, and where they came from."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sentry_release.facts.origin import Origin, origin_of

Read = Callable[[str], str | None]
"""Gives the text of a file below .git, or None."""

_SHA = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")
_BRANCH = "refs/heads/"
_SAFE_REF = re.compile(r"refs/heads/(?!\.|.*(?:\.\.|//|/\.))[^\s\x00-\x1f\x7f~^:?*\[\\]+")
_SECTION = re.compile(r'\[\s*remote\s+"origin"\s*\]', re.IGNORECASE)
_URL = re.compile(r"\s*url\s*=\s*(?P<url>\S+)\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkout:
    """What is checked out; whatever cannot be read is absent."""

    sha: str | None = None
    branch: str | None = None
    origin: Origin | None = None


def checkout_of(read: Read) -> Checkout:
    """
    Look it up as git does: HEAD names a branch or is a commit, and a branch lies in a file of
    its own or among the packed ones. Where branches lie in tables instead, HEAD names `.invalid`,
    as no branch can be called, and nothing is told.

    Sources: https://git-scm.com/docs/gitrepository-layout · https://git-scm.com/docs/git-pack-refs
    · https://git-scm.com/docs/reftable
    """
    head = (read("HEAD") or "").strip()
    ref = head.removeprefix("ref:").strip() if head.startswith("ref:") else None
    ref = ref if ref and _SAFE_REF.fullmatch(ref) else None
    sha = _tip(ref, read) if ref else head
    return Checkout(
        sha=sha if sha and _SHA.fullmatch(sha) else None,
        branch=ref.removeprefix(_BRANCH) if ref else None,
        origin=origin_of(_url(read("config") or "")),
    )


def _tip(ref: str, read: Read) -> str | None:
    loose = read(ref)
    if loose is not None:
        return loose.strip()
    return dict(_packed(read("packed-refs") or "")).get(ref)


def _packed(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        sha, _, ref = line.partition(" ")
        yield ref, sha


def _url(config: str) -> str | None:
    """The address of the remote `origin`."""
    inside = False
    for line in config.splitlines():
        if line.lstrip().startswith("["):
            inside = _SECTION.fullmatch(line.strip()) is not None
        elif inside and (match := _URL.fullmatch(line)):
            return match["url"]
    return None
