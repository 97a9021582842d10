"""Integration or GitHub; how the range's ends relate."""

from sentry_release.ci.context import Context
from sentry_release.config.choices import CommitsMode
from sentry_release.config.config import Config
from sentry_release.config.inputs import Command
from sentry_release.model.commits import CommitHistory, CommitRange, RangeRelation
from sentry_release.model.release import SentryRelease


def needs_github(config: Config, context: Context) -> bool:
    """
    Whether a phase that asks Sentry is sure to ask GitHub as well.

    PyGithub is then imported while Sentry answers. To be wrong costs an import that is not used,
    or one that is waited for.
    """
    if context.post_state is not None:  # post has nearly always been told all by main
        return False
    if config.environment is None and context.is_github_actions:
        return True
    if config.command is Command.DEPLOY:
        return _needs_deployment(config, context)
    releases = config.command is Command.RELEASE and not config.dry_run
    return releases and uploads_commits(config)


def uploads_commits(config: Config) -> bool:
    """Whether we bring the commits whatever Sentry could fetch, since only we can leave some out."""
    return config.set_commits is CommitsMode.GITHUB or (
        bool(config.commit_paths) and config.set_commits is not CommitsMode.SKIP
    )


def _needs_deployment(config: Config, context: Context) -> bool:
    event = context.deployment_event
    if event is None:
        return config.check_run_id is not None
    return event.run_id is not None


def describe_range(history: CommitHistory, commits: CommitRange, before: str | None) -> str | None:
    """What the reader should know of the range; None when there is nothing remarkable."""
    if not history.commits and history.relation not in {
        RangeRelation.BEHIND,
        RangeRelation.IDENTICAL,
    }:
        return (
            "No commit of the range touches `commit-paths`."  # nothing else leaves out all of them
        )
    return _describe_relation(history, commits, before or "what was there before")


def _describe_relation(history: CommitHistory, commits: CommitRange, was: str) -> str | None:
    sent = len(history.commits)
    newest = f"Only the newest {sent} of {history.total} commits were sent."
    cut = sent < history.total
    match history.relation:
        case RangeRelation.BEHIND:
            return f"This is a rollback: {was} was ahead of it, so there are no new commits."
        case RangeRelation.DIVERGED:
            separated = f"The histories of {was} and of this release have parted"
            outputs = f"{separated}; the commits are those since then."
            return f"{outputs} {newest}" if cut else outputs
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
    Whether an older release takes the place of a newer one.

    Both are known to Sentry then, and ours was opened before the one it replaces.
    """
    return (
        own is not None
        and before is not None
        and own.created_at is not None
        and before.created_at is not None
        and own.created_at < before.created_at
    )
