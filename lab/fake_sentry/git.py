"""Commits, branches and tags of a repository, with GitHub's check runs and deployments."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha1

EPOCH = datetime(2026, 1, 1, 12, tzinfo=UTC)
DEV = "Dev <dev@example.com>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One file in a commit; `status` is GitHub's term: added, modified, removed or renamed."""

    status: str
    path: str
    before: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """One commit; `author` reads `Name <address>`, `Name` without one, or is empty."""

    sha: str
    message: str
    author: str
    date: datetime
    parents: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()

    @property
    def author_name(self) -> str:
        """The author's name."""
        return self.author.partition(" <")[0]

    @property
    def author_email(self) -> str:
        """The author's address."""
        return self.author.partition(" <")[2].rstrip(">")


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRun:
    """The check run of a job; `environment` is None when the job names none."""

    id: int
    sha: str
    environment: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """
    A deployment as GitHub keeps it.

    `statuses` are (state, log url), oldest first; `url` is the environment's own address.
    """

    id: int
    sha: str
    environment: str
    task: str = "deploy"
    statuses: tuple[tuple[str, str], ...] = ()
    url: str = ""
    is_production: bool = False
    ref: str = "main"


@dataclass(frozen=True, slots=True, kw_only=True)
class PullRequest:
    """
    A pull request into `base` (owner/name), with the shas that it brought there.

    `closes` are the issues that it closes, each as `owner/name#12`.
    """

    number: int
    shas: tuple[str, ...]
    base: str
    is_merged: bool = True
    closes: tuple[str, ...] = ()


@dataclass(slots=True, kw_only=True)
class Comment:
    """A comment on the pull request or issue `number`, by an author of this association."""

    id: int
    number: int
    body: str
    created: datetime
    updated: datetime
    author: str = "github-actions[bot]"
    association: str = "CONTRIBUTOR"


@dataclass(slots=True, kw_only=True)
class Repository:
    """
    A repository on GitHub; `linked` says whether Sentry's GitHub integration knows it.

    `max_page` is how many commits of a comparison are given at once, however many are
    asked for.
    """

    name: str = "acme/app"
    linked: bool = True
    max_page: int = 100
    commits: dict[str, Commit] = field(default_factory=dict)
    branches: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    check_runs: dict[int, CheckRun] = field(default_factory=dict)
    deployments: list[Deployment] = field(default_factory=list)
    pull_requests: dict[int, PullRequest] = field(default_factory=dict)
    issues: set[int] = field(default_factory=set)
    comments: list[Comment] = field(default_factory=list)

    def pull_request(
        self,
        number: int,
        *shas: str,
        closes: tuple[int | str, ...] = (),
        base: str = "",
        is_merged: bool = True,
    ) -> PullRequest:
        """Return a new pull request; an issue that it closes is of this repository if a number."""
        self.issues |= {one for one in closes if isinstance(one, int)}
        made = PullRequest(
            number=number,
            shas=shas,
            base=base or self.name,
            is_merged=is_merged,
            closes=tuple(one if isinstance(one, str) else f"{self.name}#{one}" for one in closes),
        )
        self.pull_requests[number] = made
        return made

    def comment(
        self, number: int, body: str, *, author: str = "", association: str = "CONTRIBUTOR"
    ) -> Comment:
        """Return a new comment on a pull request or issue, by default of the workflow's token."""
        now = datetime.now(UTC).replace(microsecond=0)
        made = Comment(
            id=1 + max((one.id for one in self.comments), default=2000),
            number=number,
            body=body,
            created=now,
            updated=now,
            author=author or "github-actions[bot]",
            association=association,
        )
        self.comments.append(made)
        return made

    def comments_on(self, number: int) -> list[str]:
        """Return the texts of the comments on a pull request or issue, the oldest first."""
        return [one.body for one in self.comments if one.number == number]

    def commit(
        self,
        message: str,
        *changes: Change,
        author: str = DEV,
        branch: str = "main",
        merges: tuple[str, ...] = (),
        sha: str = "",
        date: datetime | None = None,
    ) -> Commit:
        """Return a new commit on the branch, by default a day after its parent."""
        parents = (*([self.branches[branch]] if branch in self.branches else []), *merges)
        seed = "\0".join((self.name, str(len(self.commits)), message, *parents))
        commit = Commit(
            sha=sha or sha1(seed.encode(errors="surrogatepass")).hexdigest(),
            message=message,
            author=author,
            date=date or EPOCH + timedelta(days=len(self.commits)),
            parents=parents,
            changes=changes,
        )
        self.commits[commit.sha] = commit
        self.branches[branch] = commit.sha
        return commit

    def check_run(self, run_id: int, *, environment: str | None = None) -> None:
        """Add the check run of a job at the head of main."""
        run = CheckRun(id=run_id, sha=self.branches["main"], environment=environment)
        self.check_runs[run_id] = run

    def deployment(
        self,
        environment: str,
        *statuses: tuple[str, str],
        sha: str = "",
        url: str = "",
        ref: str = "main",
    ) -> Deployment:
        """Return a new deployment of the commit (default: main's head) with these (state, log url)."""
        made = Deployment(
            id=len(self.deployments) + 1,
            sha=sha or self.branches["main"],
            environment=environment,
            statuses=statuses,
            url=url,
            ref=ref,
        )
        self.deployments.append(made)
        return made

    def report(self, number: int, state: str, log_url: str) -> Deployment | None:
        """Add a status and return the deployment; None if it does not exist."""
        for at, made in enumerate(self.deployments):
            if made.id == number:
                self.deployments[at] = replace(made, statuses=(*made.statuses, (state, log_url)))
                return self.deployments[at]
        return None

    def resolve(self, ref: str) -> str | None:
        """Return the sha of a branch, a tag, or a sha of at least seven characters."""
        named = self.branches.get(ref) or self.tags.get(ref)
        if named or len(ref) < 7:
            return named
        return next((sha for sha in self.commits if sha.startswith(ref)), None)

    def log(self, sha: str) -> tuple[Commit, ...]:
        """Return the commit and its ancestors, newest first."""
        reached = {sha}
        # Parents always precede their children, so one reverse pass finds all of them.
        for commit in reversed(self.commits.values()):
            if commit.sha in reached:
                reached.update(commit.parents)
        return tuple(c for c in reversed(self.commits.values()) if c.sha in reached)

    def forked(self, base: str, head: str) -> Commit | None:
        """Return the merge base; None if the histories are unrelated."""
        shared = {commit.sha for commit in self.log(base)}
        return next((commit for commit in self.log(head) if commit.sha in shared), None)

    def between(self, base: str, head: str) -> tuple[Commit, ...]:
        """Return the commits of `git log base..head`, oldest first, as GitHub's compare does."""
        old = {c.sha for c in self.log(base)}
        return tuple(c for c in reversed(self.log(head)) if c.sha not in old)


def default_repository(name: str = "acme/app", *, linked: bool = True) -> Repository:
    """Return a repository with the six commits of the lab's make-repo script, with the same shas."""
    repo = Repository(name=name, linked=linked)
    a, c, d = "a.py", "c.py", "d é.py"
    rows: tuple[tuple[str, str, str, Change], ...] = (
        ("5daf463404661cc8ac5571cc373b2ac00620b8e8", "feat: first", DEV, _change("added", a)),
        ("6e20ba51e305ce7dd44b76e2e8d3e756739f8271", "feat: add b", DEV, _change("added", "b.py")),
        (
            "4761cac93865702124bce09c673610bd4bdb5a5a",
            "fix: a (#7)",
            "Stranger <x@elsewhere.test>",
            _change("modified", a),
        ),
        (
            "6867f9aa7d4a52e23b5a634f96e01b0455d05685",
            "refactor: b -> c\n\nLonger body.\n\nFixes WEB-1",
            DEV,
            Change(status="renamed", path=c, before="b.py"),
        ),
        ("38ecd9de72e563c8ca913ddc53466d8099ef6676", "chore: drop c", DEV, _change("removed", c)),
        (
            "2cdae8867056ab3761bc06cefb5a30eac78d777a",
            "feat: unicode ✓",
            "Zoë <zoe@example.com>",
            _change("added", d),
        ),
    )
    for sha, message, author, change in rows:
        repo.commit(message, change, author=author, sha=sha)
    return repo


def _change(status: str, path: str) -> Change:
    return Change(status=status, path=path)
