"""Commits -> who wrote how many, and which issues they resolve."""

from collections import Counter
from collections.abc import Iterable

from sentry_release.facts.resolving import issues_in
from sentry_release.words.commits import Commit

_MOST_AUTHORS = 30
_MOST_ISSUES = 50
_NOBODY = "somebody"


def by_author(commits: Iterable[Commit]) -> tuple[tuple[str, int], ...]:
    """The authors and how many commits each has, who has most first; after 30 come the others."""
    counted = Counter(_name(one) for one in commits)
    first, rest = counted.most_common()[:_MOST_AUTHORS], counted.most_common()[_MOST_AUTHORS:]
    others = ((f"{len(rest)} others", sum(count for _, count in rest)),) if rest else ()
    return (*first, *others)


def resolved(commits: Iterable[Commit]) -> tuple[str, ...]:
    """The issues that the messages name for Sentry to resolve, each once, at most 50."""
    found = dict.fromkeys(issue for one in commits for issue in issues_in(one.message))
    return tuple(found)[:_MOST_ISSUES]


def _name(commit: Commit) -> str:
    names = (commit.author_name or "", commit.author_email or "", _NOBODY)
    name = next(name for name in names if name.strip())
    return name.encode(errors="replace").decode()  # JSON can name half a character
