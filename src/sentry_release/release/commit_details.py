"""
What a deploy reports of its commits: authors, resolved issues, lead time; and Sentry's limits.

Source: getsentry/sentry, src/sentry/utils/groupreference.py, parse_short_id in models/group.py
"""

import re
import string
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from sentry_release.model.commits import (
    Commit,
    CommitHistory,
    CommitSource,
    CommitTimes,
    RangeRelation,
)
from sentry_release.release.deploy import FinalizeResult

# Possessive, so that a message of any length is read once.
_PHRASE = re.compile(
    r"\b(?:fix|fixes|fixed|close|closes|closed|resolve|resolves|resolved):?"
    r"\s(?P<names>[A-Z0-9_\-\s,]++)(?P<grown_on>\w?)",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"[A-Z0-9]+", re.IGNORECASE)
_NO_DIGIT = "U"  # the letter that Sentry's numbers, which have the base 32, do without
_MAX_LENGTH = 64  # characters: a project's slug has at most 50
_LETTERS = string.ascii_letters + string.digits + "_ıİſ\N{KELVIN SIGN}"  # of _PHRASE's names
_MAX_AUTHOR_NAME = 128  # characters
_MAX_AUTHOR_EMAIL = 75
_MAX_PATH = 510
_MAX_MESSAGE = 16_000
_MAX_FILES = 3_000  # files of one commit, which is GitHub's limit as well
_HALVES = re.compile(r"[\ud800-\udfff]")  # JSON can name them, UTF-8 cannot
_MAX_AUTHORS = 30
_MAX_ISSUES = 50
_UNKNOWN_AUTHOR = "unknown author"


def find_referenced_issues(message: str) -> tuple[str, ...]:
    """
    Return the short ids of the issues as Sentry writes them, each once.

    Sentry reads any word with a hyphen as an id and then finds no such issue. So that
    `fixed by-design` is no issue here, an id in small letters must have a digit in its number.

    >>> find_referenced_issues("feat: pay. Fixes SHOP-12, SHOP-1A and shop-7")
    ('SHOP-12', 'SHOP-1A', 'SHOP-7')
    """
    found = []
    for phrase in _PHRASE.finditer(message):
        names = phrase["names"]
        if phrase["grown_on"]:
            names = names.rstrip(_LETTERS)  # `SHOP-1é` is another word
        found += [issue for word in re.split(r"[\s,]+", names) if (issue := _parse_issue(word))]
    return tuple(dict.fromkeys(found))


def _parse_issue(word: str) -> str | None:
    """Return the longest beginning of the word that ends in a hyphen and a number."""
    parts = word.lstrip("-").split("-")
    ends = [n for n, part in enumerate(parts) if n and _NUMBER.fullmatch(part)]
    if not ends:
        return None
    issue, number = "-".join(parts[: ends[-1] + 1]), parts[ends[-1]].upper()
    if _NO_DIGIT in number or len(issue) > _MAX_LENGTH:
        return None
    shouted = issue == issue.upper()
    return issue.upper() if shouted or not number.isalpha() else None


def truncate_to_sentry_limits(commits: Iterable[Commit]) -> tuple[Commit, ...]:
    """Return the commits with long texts truncated; too long addresses and paths are removed."""
    return tuple(_truncate_commit(commit) for commit in commits)


def _truncate_commit(commit: Commit) -> Commit:
    email = commit.author_email
    return replace(
        commit,
        message=_remove_unstorable(commit.message)[:_MAX_MESSAGE],
        author_name=(_remove_unstorable(commit.author_name)[:_MAX_AUTHOR_NAME] or None)
        if commit.author_name
        else None,
        author_email=(_remove_unstorable(email) or None)
        if email and len(email) <= _MAX_AUTHOR_EMAIL
        else None,
        files=tuple(file for file in commit.files if _is_storable_path(file.path))[:_MAX_FILES],
    )


def _is_storable_path(path: str) -> bool:
    # Blank paths count as absent.
    return bool(path.strip()) and len(path) <= _MAX_PATH and path == _remove_unstorable(path)


def _remove_unstorable(text: str) -> str:
    """Replace what PostgreSQL cannot store: null characters and lone surrogates."""
    return _HALVES.sub("\N{REPLACEMENT CHARACTER}", text.replace("\0", ""))


def count_commits_by_author(commits: Iterable[Commit]) -> tuple[tuple[str, int], ...]:
    """Return authors with their number of commits, the highest first; after 30, the rest as one."""
    counts = Counter(_get_author_name(one) for one in commits)
    first, rest = counts.most_common()[:_MAX_AUTHORS], counts.most_common()[_MAX_AUTHORS:]
    others = ((f"{len(rest)} others", sum(count for _, count in rest)),) if rest else ()
    return (*first, *others)


def find_resolved_issues(commits: Iterable[Commit]) -> tuple[str, ...]:
    """Return the issues that Sentry resolves by the messages, each once, at most 50."""
    found = dict.fromkeys(issue for one in commits for issue in find_referenced_issues(one.message))
    return tuple(found)[:_MAX_ISSUES]


def _get_author_name(commit: Commit) -> str:
    names = (commit.author_name or "", commit.author_email or "", _UNKNOWN_AUTHOR)
    name = next(name for name in names if name.strip())
    return name.encode(errors="replace").decode()  # JSON can contain lone surrogates


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadTime:
    """Seconds from the oldest and from the median commit of a range to its deploy."""

    oldest_s: int
    median_s: int


def find_commit_times(history: CommitHistory) -> CommitTimes | None:
    """Return the times of the commits since the last deploy; None if not all are known."""
    is_range = history.relation in {RangeRelation.AHEAD, RangeRelation.DIVERGED}
    is_complete = len(history.commits) == history.total
    return (
        _compute_times(one.created_at for one in history.commits)
        if is_range and is_complete
        else None
    )


def find_lead_time(done: FinalizeResult, known: CommitTimes | None) -> LeadTime | None:
    """
    Return the lead time of a deploy; None if its commits are not all known, or have no start.

    A release that is promoted has the commits of its first environment in Sentry, which need not
    be those since the last deploy to this one; so they count only if GitHub listed them.

    Args:
        done: The deploy, with the commits as far as Sentry listed them.
        known: The times of the commits, if GitHub listed them.
    """
    finished = done.deployed.deploy.finished if done.deployed else None
    if finished is None or done.commits is None or done.commits.previous is None:
        return None
    times = known or _find_listed_times(done)
    return compute_lead_time(times, finished) if times else None


def _find_listed_times(done: FinalizeResult) -> CommitTimes | None:
    is_own = done.commit_source in {CommitSource.INTEGRATION, CommitSource.GITHUB}
    if not is_own or len(done.listed) != done.release.commit_count:
        return None
    return _compute_times(one.created_at for one in done.listed)


def _compute_times(created: Iterable[datetime]) -> CommitTimes | None:
    seconds = sorted(one.timestamp() for one in created)
    if not seconds:
        return None
    middle = len(seconds) // 2
    median = (seconds[middle] + seconds[-1 - middle]) / 2
    return CommitTimes(
        oldest=datetime.fromtimestamp(seconds[0], UTC), median=datetime.fromtimestamp(median, UTC)
    )


def compute_lead_time(times: CommitTimes, deployed: datetime) -> LeadTime:
    """Return the lead time; a commit of a clock that is fast counts as made at the deploy."""
    oldest_s, median_s = (
        max(0, int((deployed - one).total_seconds())) for one in (times.oldest, times.median)
    )
    return LeadTime(oldest_s=oldest_s, median_s=median_s)
