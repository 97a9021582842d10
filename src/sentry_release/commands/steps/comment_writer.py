"""Write the comments of an announcement: one for each pull request and issue, never two."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from sentry_release.adapters.github.pull_requests import GitHubComments
from sentry_release.clock import Deadline
from sentry_release.errors import ActionError, ApiError
from sentry_release.model.announcement import (
    CommentPlan,
    DeployedRelease,
    Discussion,
    IssueComment,
)
from sentry_release.release.announcement_policy import find_own_comments, plan_comment

_WRITE_INTERVAL_S = 1.0
"""Seconds between writes: https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api"""
_MIN_S = 2.0  # that reading and writing a comment may need
_FORBIDDEN = 403
_OVERLAP = timedelta(minutes=2)  # another job may have written before this one

Render = Callable[[tuple[DeployedRelease, ...]], str]


@dataclass(slots=True, kw_only=True)
class CommentWriter:
    """
    Writes the row `new` into the comment of each discussion, at most one write per second.

    `account` tells whose comments they are, and `render` returns the text of a comment.
    `problem` is the first error, and `is_stopped` whether it ends the work, as an outage does.
    """

    comments: GitHubComments
    account: str
    new: DeployedRelease
    render: Render
    deadline: Deadline
    created: dict[int, IssueComment] = field(default_factory=dict)
    edited: dict[int, IssueComment] = field(default_factory=dict)
    done: int = 0
    problem: ActionError | None = None
    is_stopped: bool = False
    _refused_kinds: set[bool] = field(default_factory=set)
    _next_write_at: float = 0.0

    def write(self, discussion: Discussion) -> None:
        """Create or edit the comment, unless it has the row; a problem is remembered."""
        if discussion.is_pull_request in self._refused_kinds:
            return
        if self.deadline.remaining_s < _MIN_S:
            self.is_stopped = True
            return
        try:
            plan = plan_comment(self.comments.list_of(discussion.number), self.account, self.new)
            if plan is not None:
                self._apply(discussion.number, plan)
            self.done += 1
        except ApiError as refused:
            self.problem = self.problem or refused
            if refused.status == _FORBIDDEN:
                self._refused_kinds.add(discussion.is_pull_request)
        except ActionError as error:
            self.problem = self.problem or error
            self.is_stopped = True

    def remove_duplicates(self) -> None:
        """
        Look again at what was written, as another job may have written at the same time.

        The oldest comment stays and gets the row of this deploy; of the others, each job deletes
        the one that it created itself. An edit that another job has overwritten is repeated once.

        Raises:
            ApiError, ServiceUnavailableError: GitHub refused a request, or is unreachable.
        """
        written = {**self.edited, **self.created}
        if not written:
            return
        since = min(one.updated_at for one in written.values()) - _OVERLAP
        recent = self.comments.list_since(since)
        for number in written:
            own = find_own_comments([one for one in recent if one.number == number], self.account)
            if not own:
                continue
            oldest, rows = own[0]
            if all(row.key != self.new.key for row in rows):
                self._edit(oldest, (*rows, self.new))
            mine = self.created.get(number)
            if mine is not None and mine.id != oldest.id:
                self._pace()
                self.comments.delete(mine)

    def _apply(self, number: int, plan: CommentPlan) -> None:
        if plan.comment is None:
            self._pace()
            self.created[number] = self.comments.create(number, self.render(plan.rows))
        else:
            self.edited[number] = self._edit(plan.comment, plan.rows)

    def _edit(self, comment: IssueComment, rows: tuple[DeployedRelease, ...]) -> IssueComment:
        self._pace()
        return self.comments.edit(comment, self.render(rows))

    def _pace(self) -> None:
        """Wait until the last write is a second ago."""
        clock = self.deadline.clock
        clock.sleep(max(0.0, self._next_write_at - clock.monotonic()))
        self._next_write_at = clock.monotonic() + _WRITE_INTERVAL_S
