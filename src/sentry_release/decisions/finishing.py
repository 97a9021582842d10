"""What Sentry has + what we wish -> what is still to be done when the job has succeeded."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from fnmatch import fnmatchcase

from sentry_release.facts.choices import When
from sentry_release.facts.config import Config
from sentry_release.words.commits import Commit, CommitRange, Way
from sentry_release.words.errors import ActionError
from sentry_release.words.release import Deploy, Marked, SeenDeploy, SeenRelease


class Landed(StrEnum):
    """Whether the commits we named are with the release."""

    YES = "yes"
    NO = "no"
    UNSURE = "unsure"
    UNASKED = "unasked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """
    The release as Sentry has it now, and what was done to it.

    `doubles` is how often the deploy is there besides the one that is known. `unsure` is why
    the deploy is all that is known, if so: then nothing of `seen` counts but its name.
    """

    seen: SeenRelease
    commits: CommitRange | None
    way: Way
    landed: Landed
    deploy: Deploy | None
    marked: Marked | None
    doubles: int = 0
    unsure: ActionError | None = None
    listed: tuple[Commit, ...] = ()
    """The commits, as far as they were asked for or brought by us."""


def landed(seen: SeenRelease, commits: CommitRange | None, way: Way) -> Landed:
    """
    Judge by the release alone; when its newest commit is another one, only the list tells.

    Sentry accepts a range and fetches it later, and where that fails it leaves no trace.
    Commits that we brought it has stored by the time it answers.
    """
    if commits is None or commits.is_empty or way in {Way.NONE, Way.KEPT}:
        return Landed.UNASKED
    if not seen.commit_count:
        return Landed.NO
    # Of ours the newest may be missing: `paths` may have left it out.
    sure = way is Way.GITHUB or seen.head == commits.head
    return Landed.YES if sure else Landed.UNSURE


def finalizes(config: Config, environment: str | None) -> bool:
    """
    Whether the success of a job in this environment finalizes the release.

    What went to staging may still be mended; it is final when it first goes to production, or
    where the user wants it `now`: main has done so then, and `phase: deploy` does it here.
    """
    if config.finalize is When.ON_SUCCESS:
        return _is_final(config, environment)
    return config.finalize is When.NOW


def _is_final(config: Config, environment: str | None) -> bool:
    # GitHub does not tell the case of environments apart, and neither do we.
    return environment is None or any(
        fnmatchcase(environment.casefold(), glob.casefold())
        for glob in config.production_environments
    )


def may_finalize_unseen(config: Config, environment: str | None, *, fresh: bool) -> bool:
    """
    Whether finalizing may stand in for the first look at the release.

    It may for the job that made the release and is to finalize it: then the answer to the one
    request tells what a look would have told. See docs/adr/0004-four-requests.md.
    """
    on_success = config.finalize is When.ON_SUCCESS and _is_final(config, environment)
    return fresh and on_success and not config.dry_run


def date_to_restore(
    config: Config, deploys: tuple[SeenDeploy, ...], ours: datetime
) -> datetime | None:
    """
    The date that another job had set before we finalized unseen; None when there is none.

    Each job of ours finalizes with the very moment in which its deploy finished, so the first
    deploy to production tells the date.
    """
    final = [one.finished for one in deploys if _is_final(config, one.environment)]
    earlier = [finished for finished in final if finished and finished < ours]
    return min(earlier, default=None)
