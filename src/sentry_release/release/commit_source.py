"""Where the commits come from, Sentry's integration or GitHub, and notes on their range."""

from sentry_release.ci.context import Context
from sentry_release.config.config import Config
from sentry_release.config.inputs import Command, CommitsMode
from sentry_release.model.commits import CommitHistory, CommitRange, RangeRelation
from sentry_release.model.release import SentryRelease


def needs_github(config: Config, context: Context) -> bool:
    """
    Return whether a step that sends requests to Sentry certainly sends some to GitHub as well.

    PyGithub is then imported while Sentry answers. A wrong result only costs time: an unused
    import, or a late one.
    """
    if context.post_state is not None:  # otherwise post nearly always has all it needs from main
        return bool(config.announce)
    if config.environment is None and context.is_github_actions:
        return True
    if config.command is Command.DEPLOY:
        return _needs_deployment(config, context)
    releases = config.command is Command.RELEASE and not config.dry_run
    return releases and (config.notes_dir is not None or uploads_commits(config))


def uploads_commits(config: Config) -> bool:
    """Return whether the action must upload the commits, because Sentry cannot filter them."""
    return config.set_commits is CommitsMode.GITHUB or (
        bool(config.commit_paths) and config.set_commits is not CommitsMode.SKIP
    )


def _needs_deployment(config: Config, context: Context) -> bool:
    event = context.deployment_event
    if event is None:
        return config.check_run_id is not None
    return event.run_id is not None


def describe_range(history: CommitHistory, commits: CommitRange, before: str | None) -> str | None:
    """Return a note on an unusual range; None for an ordinary one."""
    if not history.commits and history.relation not in {
        RangeRelation.BEHIND,
        RangeRelation.IDENTICAL,
    }:
        return (
            "No commit of the range touches `commit-paths`."  # no other filter removes all of them
        )
    return _describe_relation(history, commits, before or "the previous commit")


def _describe_relation(history: CommitHistory, commits: CommitRange, was: str) -> str | None:
    sent = len(history.commits)
    newest = f"Only the newest {sent} of {history.total} commits were sent."
    cut = sent < history.total
    match history.relation:
        case RangeRelation.BEHIND:
            return f"This is a rollback: {was} was ahead of it, so there are no new commits."
        case RangeRelation.DIVERGED:
            diverged = f"The histories of {was} and of this release have diverged"
            note = f"{diverged}; the commits are those since then."
            return f"{note} {newest}" if cut else note
        case RangeRelation.GONE:
            return (
                f"The commit of {was}, {(commits.previous or '')[:7]}, is no longer in the "
                f"repository; the commits are the last {sent}."
            )
        case RangeRelation.UNRELATED:
            return f"{was} and this release share no history; the commits are the last {sent}."
        case RangeRelation.AHEAD if cut:
            return newest
        case RangeRelation.AHEAD | RangeRelation.IDENTICAL | RangeRelation.FIRST:
            return None


def is_rollback(own: SentryRelease | None, before: SentryRelease | None) -> bool:
    """
    Return whether an older release replaces a newer one.

    Sentry then has both, and this release was created before the one that it replaces.
    """
    return (
        own is not None
        and before is not None
        and own.created_at is not None
        and before.created_at is not None
        and own.created_at < before.created_at
    )
