"""Histories of every shape: each function makes one, and gives the commits of two releases."""

from e2e.git_history import ADMIN, DEV, UNKNOWN_HOST, GitHistory

Ends = tuple[str | None, str]
"""The commit of the release before, if there was one, and that of the new one."""


def linear(git: GitHistory) -> Ends:
    return git.begin("linear"), git.commit("feat: a", "a")


def squash(git: GitHistory) -> Ends:
    base = git.begin("squash")
    git.branch("squash-topic")
    git.commit("wip 1", "a", author=ADMIN)
    git.commit("wip 2", "b", author=ADMIN)
    git.switch("squash")
    return base, git.merge("feat: squashed (#7)", "squash-topic", squash=True)


def rebase(git: GitHistory) -> Ends:
    git.begin("rebase")
    git.branch("rebase-topic")
    git.commit("feat: on top", "a", author=ADMIN)
    git.switch("rebase")
    base = git.commit("feat: meanwhile", "b")
    git.git("rebase", "-q", "rebase", "rebase-topic", author=ADMIN)
    return base, git.head


def force_push(git: GitHistory) -> Ends:
    begin = git.begin("force")
    base = git.commit("feat: released, then rewritten", "a")
    git.git("branch", "force-before")  # GitHub keeps what a push has thrown away
    git.git("reset", "-q", "--hard", begin)
    return base, git.commit("feat: rewritten", "a", author=ADMIN)


def merge_commit(git: GitHistory) -> Ends:
    base = git.begin("merge")
    git.branch("merge-topic")
    git.commit("feat: topic", "a", author=ADMIN)
    git.switch("merge")
    git.commit("feat: main goes on", "b")
    return base, git.merge("Merge topic", "merge-topic")


def merge_of_old_work(git: GitHistory) -> Ends:
    git.begin("late")
    git.branch("late-topic")
    git.commit("feat: long before the release", "a", author=ADMIN)
    git.switch("late")
    base = git.commit("feat: released", "b")
    return base, git.merge("Merge late", "late-topic")


def octopus(git: GitHistory) -> Ends:
    base = git.begin("octopus")
    for arm in "abc":
        git.branch(f"octopus-{arm}", "octopus")
        git.commit(f"feat: {arm}", arm, author=ADMIN if arm == "b" else DEV)
    git.switch("octopus")
    git.commit("feat: trunk", "d")
    return base, git.merge("Merge all", "octopus-a", "octopus-b", "octopus-c")


def revert(git: GitHistory) -> Ends:
    git.begin("revert")
    base = git.commit("feat: mistaken", "a")
    return base, git.pick("revert", base)


def empty_commit(git: GitHistory) -> Ends:
    git.begin("empty-commit")
    return git.commit("", "a"), git.commit("ci: run again")


def renamed(git: GitHistory) -> Ends:
    base = git.begin("renamed")
    git.git("mv", "renamed.txt", "moved.txt")
    return base, git.commit("refactor: move")


def deleted(git: GitHistory) -> Ends:
    base = git.begin("deleted")
    git.git("rm", "-q", "deleted.txt")
    return base, git.commit("chore: drop")


def unicode_names(git: GitHistory) -> Ends:
    base = git.begin("unicode")
    git.commit("feat: ✓ 漢字 👩‍🚀", "ordner/größe 漢字.dart", author="Zoë Ω <zoe@example.com>")
    return base, git.commit("feat: a", "a")


def first_release(git: GitHistory) -> Ends:
    git.begin("first")
    return None, git.commit("feat: b", "b", author=ADMIN)


def first_of_many(git: GitHistory) -> Ends:
    git.begin("first-of-many")
    for number in range(24):
        git.commit(f"feat: {number}")
    return None, git.head


def orphan(git: GitHistory) -> Ends:
    base = git.begin("orphan-before")
    git.begin("orphan")
    return base, git.commit("feat: another beginning", "a")


def deleted_base(git: GitHistory) -> Ends:
    git.begin("deleted-base")
    git.commit("feat: kept", "a")
    git.branch("never-pushed")
    base = git.commit("feat: gone", "b")
    git.unpushed.append("never-pushed")
    git.switch("deleted-base")
    return base, git.commit("feat: new", "c")


def behind(git: GitHistory) -> Ends:
    head = git.begin("behind")
    return git.commit("feat: newer", "a"), head


def identical(git: GitHistory) -> Ends:
    base = git.begin("identical")
    return base, base


def hotfix(git: GitHistory) -> Ends:
    begin = git.begin("hotfix-main")
    base = git.commit("feat: on main", "a")
    git.branch("hotfix", begin)
    return base, git.commit("fix: only the fix", "b", author=ADMIN)


def cherry_pick(git: GitHistory) -> Ends:
    begin = git.begin("cherry-main")
    fix = git.commit("fix: on main", "a", author=ADMIN)
    git.branch("cherry", begin)
    base = git.commit("feat: on the branch", "b")
    return base, git.pick("cherry-pick", fix)


def backdated(git: GitHistory) -> Ends:
    base = git.begin("backdated")
    git.commit("feat: from 1970", "a", when="1970-01-02T00:00:00Z")
    git.commit("feat: from 2098", "b", when="2098-01-01T00:00:00Z", author=ADMIN)
    return base, git.commit("feat: from 2001", "c", when="2001-01-01T00:00:00Z")


def tag_on_merge(git: GitHistory) -> Ends:
    git.begin("tagged")
    git.branch("tagged-topic")
    git.commit("feat: topic", "a")
    git.switch("tagged")
    git.commit("feat: trunk", "b")
    base = git.merge("Merge for v1", "tagged-topic")
    git.git("tag", "-a", "-m", "v1", "shapes-v1.0.0")
    return base, git.commit("feat: after the tag", "c", author=ADMIN)


def two_authors(git: GitHistory) -> Ends:
    base = git.begin("two")
    git.commit("feat: by a", "a", author=ADMIN)
    git.commit("feat: by a stranger", "b", author=UNKNOWN_HOST)
    return base, git.commit("feat: by d", "c")


def co_author(git: GitHistory) -> Ends:
    base = git.begin("co")
    return base, git.commit(f"feat: together\n\nCo-authored-by: {ADMIN}", "a")


def no_address(git: GitHistory) -> Ends:
    base = git.begin("no-address")
    git.commit("feat: by nobody", "a", author="Nobody <>")
    return base, git.commit("feat: by d", "b")


def commits_by_unknown_authors(git: GitHistory) -> Ends:
    return git.begin("strangers"), git.commit("feat: a", "a", author=UNKNOWN_HOST)


def hostile(git: GitHistory) -> Ends:
    text = "::error::a\r\n##[error]b\n| <b> | `c` [d](e)\x01\x1b[31m\nEOF\n" + "m" * 100_000
    return git.begin("hostile"), git.commit(text, "a")


def long_range(git: GitHistory) -> Ends:
    base = git.begin("long")
    for number in range(255):
        git.commit(f"feat: {number}")
    return base, git.head
