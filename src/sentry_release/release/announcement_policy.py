"""Announcements on pull requests and issues: whether to make them, and the data in a comment."""

import json
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from urllib.parse import urlsplit

from sentry_release.model.commits import (
    CommentPlan,
    CommitHistory,
    CommitRange,
    DeployedRelease,
    IssueComment,
    RangeRelation,
)
from sentry_release.model.foreign_text import parse_json
from sentry_release.model.job import EventKind

MAX_DISCUSSIONS = 100
"""Pull requests and issues of one deploy that get a comment."""
_MAX_ROWS = 50  # of one comment; GitHub accepts 65,536 characters
_MAX_NAME = 250  # characters of a release or an environment
_MARKER = re.compile(r"<!-- sentry-release (?P<data>\{[^\n]*\}) -->(?:\r?\n|\Z)")
_ESCAPED = {ord(char): f"\\u{ord(char):04x}" for char in "<>&@-#"}  # nothing ends the marker


def find_reason_not_to_announce(
    commits: CommitRange | None, kind: EventKind, repository: str | None
) -> str | None:
    """
    Return why a deploy is not announced, as the end of a sentence; None if it may be.

    Args:
        commits: The commits of the deploy.
        kind: The kind of the event that started the run.
        repository: The repository of the workflow, as owner/name.
    """
    if kind is not EventKind.OWN:
        return "only runs of the repository itself announce, after the changes are merged"
    if commits is None:
        return "the commits of the release are unknown"
    if commits.previous is None:
        return "no earlier deploy to the environment has a known commit"
    if repository is None or commits.source.casefold() != repository.casefold():
        return f"the commits are of {commits.source}, which is not the repository of the workflow"
    return "there are no new commits" if commits.is_empty else None


def find_reason_in_history(history: CommitHistory) -> str | None:
    """Return why the commits that GitHub listed are not announced; None if they are."""
    match history.relation:
        case RangeRelation.BEHIND:
            return "this is a rollback"
        case RangeRelation.GONE | RangeRelation.UNRELATED | RangeRelation.FIRST:
            return "the commit that was deployed before is not in the history of this one"
        case RangeRelation.IDENTICAL | RangeRelation.AHEAD | RangeRelation.DIVERGED:
            return None if history.commits else "there are no new commits"


def build_account(url: str, organization: str) -> str:
    """Return what tells the comments of one organization in Sentry from those of another."""
    return f"{urlsplit(url).netloc.rpartition('@')[2]}/{organization}"


def build_marker(account: str, rows: Iterable[DeployedRelease]) -> str:
    """
    Return the first line of a comment: an HTML comment with its data, which GitHub does not show.

    Args:
        account: See `build_account`.
        rows: The rows of the comment.
    """
    data = {
        "account": account,
        "rows": [
            [
                one.release,
                one.environment,
                one.deployed_at.astimezone(UTC).isoformat("T", "minutes"),
            ]
            for one in rows
        ],
    }
    return f"<!-- sentry-release {json.dumps(data).translate(_ESCAPED)} -->"


def parse_rows(body: str, account: str) -> tuple[DeployedRelease, ...] | None:
    """Return the rows of a comment of this action; None if it is another one, or damaged."""
    marker = _MARKER.match(body)
    try:
        data = parse_json(marker["data"]) if marker else None
        if not isinstance(data, dict) or data.get("account") != account:
            return None
        return tuple(_parse_row(row) for row in data["rows"])
    except (ValueError, TypeError, KeyError):
        return None


def _parse_row(row: Sequence[str]) -> DeployedRelease:
    release, environment, deployed_at = row
    if not (0 < len(release) <= _MAX_NAME and 0 < len(environment) <= _MAX_NAME):
        raise ValueError(row)
    time = datetime.fromisoformat(deployed_at)
    return DeployedRelease(
        release=release,
        environment=environment,
        deployed_at=time if time.tzinfo else time.replace(tzinfo=UTC),
    )


def find_own_comments(
    comments: Iterable[IssueComment], account: str
) -> tuple[tuple[IssueComment, tuple[DeployedRelease, ...]], ...]:
    """Return the comments of this action with their rows, the oldest first: that one stays."""
    own = [
        (one, rows)
        for one in comments
        if one.is_trusted and (rows := parse_rows(one.body, account)) is not None
    ]
    return tuple(sorted(own, key=lambda pair: pair[0].id))


def plan_comment(
    comments: Iterable[IssueComment], account: str, new: DeployedRelease
) -> CommentPlan | None:
    """
    Return the comment to write; None if the oldest of this action has the row already.

    A change reaches an environment with one release of a package: the first one stays.
    """
    own = find_own_comments(comments, account)
    if not own:
        return CommentPlan(rows=(new,))
    comment, rows = own[0]
    if any(row.key == new.key for row in rows) or len(rows) >= _MAX_ROWS:
        return None
    return CommentPlan(rows=(*rows, new), comment=comment)
