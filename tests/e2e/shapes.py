"""The shapes that a history may have between two releases, and what must become of each."""

from collections.abc import Callable
from dataclasses import dataclass

from e2e import histories as made
from e2e.git_history import GitHistory
from e2e.histories import Ends

SINCE_BEFORE = "since before"
NOTHING = "nothing"
LAST_20 = "the last 20"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """
    A history, and which of its commits the release must hold.

    `mailed` are the members of the organization who get the deploy mail; `outputs` is what the
    user reads of it. `commits` is the input, `by_cli` how many commits sentry-cli leaves where
    it is not the same ones: there those of the action are right.
    """

    make: Callable[[GitHistory], Ends]
    holds: str = SINCE_BEFORE
    mailed: tuple[str, ...] = ("dev@example.com",)
    outputs: str = ""
    commits: str = "auto"
    by_cli: int | None = None


BOTH = ("admin@example.com", "dev@example.com")
SHAPES = {
    "linear": Shape(make=made.linear),
    "squash": Shape(make=made.squash),
    "rebase": Shape(make=made.rebase, mailed=("admin@example.com",)),
    "force push": Shape(make=made.force_push, mailed=("admin@example.com",)),
    "merge commit": Shape(make=made.merge_commit, mailed=BOTH),
    "merge of older work": Shape(make=made.merge_of_old_work, mailed=BOTH),
    "octopus": Shape(make=made.octopus, mailed=BOTH),
    "revert": Shape(make=made.revert),
    "empty commit, after one without a message": Shape(make=made.empty_commit),
    "rename": Shape(make=made.renamed),
    "deletion": Shape(make=made.deleted),
    "unicode": Shape(make=made.unicode_names),
    "first release": Shape(make=made.first_release, holds=LAST_20, mailed=BOTH),
    "first release of a long history": Shape(make=made.first_of_many, holds=LAST_20),
    "orphan branch": Shape(make=made.orphan, holds=LAST_20, outputs="share no history", by_cli=0),
    "deleted base": Shape(
        make=made.deleted_base, holds=LAST_20, outputs="is no longer in the repository", by_cli=0
    ),
    "behind": Shape(make=made.behind, holds=NOTHING, mailed=(), outputs="This is a rollback"),
    "identical": Shape(make=made.identical, holds=NOTHING, mailed=()),
    "hotfix branch": Shape(make=made.hotfix, mailed=("admin@example.com",)),
    "cherry-pick": Shape(make=made.cherry_pick, mailed=("admin@example.com",)),
    "backdated commits": Shape(make=made.backdated, mailed=BOTH),
    "tag on a merge": Shape(make=made.tag_on_merge, mailed=("admin@example.com",)),
    "several authors": Shape(make=made.two_authors, mailed=BOTH),
    "co-author": Shape(make=made.co_author),
    "no address": Shape(make=made.no_address),
    "only strangers": Shape(make=made.commits_by_unknown_authors, mailed=()),
    "hostile message": Shape(make=made.hostile),
    "long range": Shape(make=made.long_range, commits="github", by_cli=250),
}
