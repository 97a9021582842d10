"""Commits -> who wrote how many, and which issues they resolve."""

from collections import Counter
from collections.abc import Iterable

from sentry_release.facts.resolving import find_referenced_issues
from sentry_release.words.commits import Commit

_MAX_AUTHORS = 30
_MAX_ISSUES = 50
_UNKNOWN_AUTHOR = "somebody"


def count_commits_by_author(commits: Iterable[Commit]) -> tuple[tuple[str, int], ...]:
    """The authors and how many commits each has, who has most first; after 30 come the others."""
    counts = Counter(_get_author_name(one) for one in commits)
    first, rest = counts.most_common()[:_MAX_AUTHORS], counts.most_common()[_MAX_AUTHORS:]
    others = ((f"{len(rest)} others", sum(count for _, count in rest)),) if rest else ()
    return (*first, *others)


def find_resolved_issues(commits: Iterable[Commit]) -> tuple[str, ...]:
    """The issues that the messages name for Sentry to resolve, each once, at most 50."""
    found = dict.fromkeys(issue for one in commits for issue in find_referenced_issues(one.message))
    return tuple(found)[:_MAX_ISSUES]


def _get_author_name(commit: Commit) -> str:
    names = (commit.author_name or "", commit.author_email or "", _UNKNOWN_AUTHOR)
    name = next(name for name in names if name.strip())
    return name.encode(errors="replace").decode()  # JSON can name half a character
