"""Announce a deploy on the pull requests and issues whose changes it contains."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from sentry_release.adapters.github.pull_requests import GitHubComments
from sentry_release.adapters.runner import ActionsRunner
from sentry_release.ci.context import Context
from sentry_release.clock import Deadline
from sentry_release.commands.steps.verify_commits import read_range, require_github
from sentry_release.config.config import Config
from sentry_release.config.inputs import Announce
from sentry_release.errors import ActionError, ApiError
from sentry_release.model.commits import (
    CommentPlan,
    CommitRange,
    DeployedRelease,
    Discussion,
    IssueComment,
)
from sentry_release.model.job import Annotation, AnnotationLevel, EventKind
from sentry_release.model.release import build_release_url
from sentry_release.release.announcement_policy import (
    MAX_DISCUSSIONS,
    build_account,
    build_marker,
    find_own_comments,
    find_reason_in_history,
    find_reason_not_to_announce,
    plan_comment,
)
from sentry_release.release.deploy import FinalizeResult
from sentry_release.services import Services

_WRITE_INTERVAL_S = 1.0
"""Seconds between writes: https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api"""
_MIN_S = 2.0  # that reading and writing a comment may need
_FORBIDDEN = 403
_OVERLAP = timedelta(minutes=2)  # another job may have written before this one

Render = Callable[[tuple[DeployedRelease, ...]], str]
_TITLE = "Sentry release: announcement"
_PERMISSIONS = "Give the job `permissions: {contents: read, pull-requests: write, issues: write}`."
_OUT_OF_TIME = "The time limit `timeout` has passed; there is at most one comment per second."
_RAISE_TIMEOUT = "Raise `timeout`; running the job again writes only what is missing."


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


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnouncementTarget:
    """
    Where deploys are announced: `kinds` of the input `announce`, and the account in Sentry.

    `repository` is that of the workflow, as owner/name; `event_kind` is that of its event.
    """

    kinds: tuple[Announce, ...]
    commit_paths: tuple[str, ...]
    url: str
    organization: str
    repository: str | None
    event_kind: EventKind


def build_target(config: Config, context: Context) -> AnnouncementTarget:
    """Return the target that the inputs and the run name."""
    return AnnouncementTarget(
        kinds=config.announce,
        commit_paths=config.commit_paths,
        url=config.url,
        organization=config.org or "",
        repository=context.github_repository,
        event_kind=context.event_kind,
    )


def announce_deploy(target: AnnouncementTarget, services: Services, done: FinalizeResult) -> None:
    """Write the comments of a deploy that was created now; a failure is one warning."""
    if not target.kinds or done.deployed is None or done.deployed.existed or done.deploy is None:
        return
    reason = find_reason_not_to_announce(done.commits, target.event_kind, target.repository)
    if reason is not None or done.commits is None:
        services.runner.log_line(f"The deploy is not announced: {reason}.")
        return
    row = DeployedRelease(
        release=done.release.name,
        environment=done.deploy.environment,
        deployed_at=done.deploy.finished,
    )
    try:
        _announce(target, services, done.commits, row)
    except ActionError as error:
        text = f"The deploy of {row.release} was not announced."
        _annotate_warning(services.runner, text, error)
    except Exception as error:  # noqa: BLE001 - the deploy is done, whatever an announcement raises
        text = f"The deploy of {row.release} was not announced: {type(error).__name__} was raised."
        services.runner.annotate(Annotation(level=AnnotationLevel.WARNING, title=_TITLE, text=text))


def _announce(
    target: AnnouncementTarget, services: Services, commits: CommitRange, row: DeployedRelease
) -> None:
    github = require_github(services.github())
    history = read_range(github, commits, target.commit_paths)
    if reason := find_reason_in_history(history):
        services.runner.log_line(f"The deploy is not announced: {reason}.")
        return
    from sentry_release.adapters.github.pull_requests import GitHubComments

    comments = GitHubComments(client=github.client)
    found = comments.find_discussions(
        tuple(one.sha for one in history.commits),
        pull_requests=Announce.PULL_REQUESTS in target.kinds,
        issues=Announce.ISSUES in target.kinds,
        enough=MAX_DISCUSSIONS,
    )
    writer = _create_writer(target, services.deadline, comments, row)
    _write_comments(writer, found[:MAX_DISCUSSIONS])
    _report(services.runner, writer, len(found))


def _create_writer(
    target: AnnouncementTarget, deadline: Deadline, comments: "GitHubComments", row: DeployedRelease
) -> CommentWriter:
    from sentry_release.adapters.templates.render import render_template

    account = build_account(target.url, target.organization)

    def render(rows: tuple[DeployedRelease, ...]) -> str:
        template_rows = [
            {
                "release": one.release,
                "environment": one.environment,
                "deployed_at": one.deployed_at,
                "url": build_release_url(target.url, target.organization, one.release),
            }
            for one in rows
        ]
        return render_template(
            "announcement", marker=build_marker(account, rows), rows=template_rows
        )

    return CommentWriter(
        comments=comments, account=account, new=row, render=render, deadline=deadline
    )


def _write_comments(writer: CommentWriter, discussions: Sequence[Discussion]) -> None:
    for discussion in discussions:
        writer.write(discussion)
        if writer.is_stopped:
            break
    try:
        writer.remove_duplicates()
    except ActionError as error:
        writer.problem = writer.problem or error


def _report(runner: ActionsRunner, writer: CommentWriter, total: int) -> None:
    """Log what was written, and warn if that is less than it should be."""
    release = writer.new.release
    capped = min(total, MAX_DISCUSSIONS)
    newest = "the newest " if total > MAX_DISCUSSIONS else ""
    runner.log_line(
        f"Announced {release} on {writer.done} of {newest}{capped} pull requests and issues "
        f"(new comments: {len(writer.created)}, edited: {len(writer.edited)})."
    )
    if writer.problem is not None or writer.done < capped:
        text = f"{release} was announced on {writer.done} of {capped} pull requests and issues."
        _annotate_warning(runner, text, writer.problem)


def _annotate_warning(runner: ActionsRunner, text: str, problem: ActionError | None) -> None:
    """Warn with the reason of `problem`, or else that the time limit has passed."""
    reason, hint = _OUT_OF_TIME, _RAISE_TIMEOUT
    if problem is not None:
        reason = f"{problem.message} {problem.reason}"
        hint = _PERMISSIONS if isinstance(problem, ApiError) else problem.hint
    runner.annotate(
        Annotation(level=AnnotationLevel.WARNING, title=_TITLE, text=f"{text}\n{reason}\n{hint}")
    )
