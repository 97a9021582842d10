"""One method for each thing we say to Sentry."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, NoReturn
from urllib.parse import quote, urlencode

from sentry_release.doors.sentry import answers
from sentry_release.doors.sentry.mistakes import refusal
from sentry_release.doors.sentry.outcome import Answer
from sentry_release.doors.sentry.patience import Patience
from sentry_release.doors.sentry.wire import Wire
from sentry_release.words.commits import Commit, CommitRange, Payload
from sentry_release.words.errors import LostAnswerError
from sentry_release.words.release import Deploy, Opening, SeenDeploy, SeenRelease

_OK, _CREATED = 200, 201
_NOT_FOUND = 404
_PAGE = 20  # releases a page; each is several kilobytes
_PAGES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class SentryApi:
    """
    Sentry's release endpoints for one organization.

    Whatever is asked, RefusedError is raised where Sentry understood and would not, and
    OutageError where it could not be reached in time.
    Source: https://docs.sentry.io/api/releases/
    """

    wire: Wire
    organization: str
    projects: tuple[str, ...]

    @property
    def patience(self) -> Patience:
        """How long it may still be asked."""
        return self.wire.patience

    def hurried(self) -> "SentryApi":
        """The same, but for half of the time that is left."""
        return replace(self, wire=replace(self.wire, patience=self.patience.hurried()))

    def pages(self, environment: str | None) -> Iterator[tuple[SeenRelease, ...]]:
        """
        Releases of the whole organization, newest first, each page asked for when it is needed.

        Args:
            environment: Only those that were deployed to, or heard of from, this environment;
                one that Sentry does not know yet has none.
        """
        query = {"per_page": str(_PAGE)} | ({"environment": environment} if environment else {})
        for _ in range(_PAGES):
            answer = self.wire.send("GET", f"{self._root}?{urlencode(query)}", shape=list)
            if answer.status == _NOT_FOUND:
                return
            self._check(answer, "list releases")
            yield answers.releases(answer.body)
            cursor = _next_cursor(answer.headers.get("Link", ""))
            if cursor is None:
                return
            query["cursor"] = cursor

    def open(self, opening: Opening) -> SeenRelease:
        """
        Open a release with all that belongs to it, in one request; doing it twice is harmless.

        Raises:
            UnknownRepositoryError: The release has been opened, but without its commits.
            RefusedError: Sentry understood and would not; OutageError: it could not be reached.
        """
        body: dict[str, Any] = {"version": opening.name, "projects": list(opening.projects)}
        body |= _source(opening)
        answer = self.wire.send("POST", self._root, body)
        self._check(answer, "open a release")
        return self._release(answer, created=answer.status == _CREATED)

    def update(self, opening: Opening) -> SeenRelease:
        """
        Change a release that exists; Sentry ignores the url of a second creation.

        Its `ref` stays that of the first commit it was created from.

        Raises:
            UnknownRepositoryError: Sentry knows none of that name.
        """
        body = _source(replace(opening, ref=None))
        return self._change(opening.name, body, "update the release")

    def look(self, name: str) -> SeenRelease | None:
        """The release as it is now; None when Sentry has none of that name."""
        answer = self.wire.send("GET", self._path(name))
        if answer.status == _NOT_FOUND:
            return None
        self._check(answer, "read the release", name)
        return self._release(answer)

    def finalize(self, name: str, released: datetime) -> SeenRelease:
        """Set the date on which the release was released, whatever it was before."""
        return self._change(name, {"dateReleased": _iso(released)}, "finalize the release")

    def give_commits(self, name: str, payload: Payload) -> SeenRelease:
        """Replace the commits of the release by these."""
        body = {"commits": _payload(payload)}
        return self._change(name, body, "set the commits of the release")

    def commits(self, name: str, *, pages: int = 1) -> tuple[Commit, ...]:
        """The first pages of a release's commits, the newest first; Sentry tells no files here."""
        found: tuple[Commit, ...] = ()
        query = {"per_page": "100"}
        for _ in range(pages):
            path = f"{self._path(name)}commits/?{urlencode(query)}"
            answer = self.wire.send("GET", path, shape=list)
            self._check(answer, "list the commits of the release", name)
            found += answers.commits(answer.body)
            cursor = _next_cursor(answer.headers.get("Link", ""))
            if cursor is None:
                break
            query["cursor"] = cursor
        return found

    def deploys(self, name: str) -> tuple[SeenDeploy, ...]:
        """The release's deploys, the one that finished last first."""
        answer = self.wire.send("GET", f"{self._path(name)}deploys/?per_page=100", shape=list)
        self._check(answer, "list the deploys of the release", name)
        return answers.deploys(answer.body)

    def mark(self, name: str, deploy: Deploy) -> SeenDeploy:
        """
        Create a deploy. Sentry makes another one for every request, so see once.marked_once.

        Raises:
            LostAnswerError: It may have been created.
        """
        body: dict[str, Any] = {"environment": deploy.environment}
        body |= _present(
            name=deploy.name,
            url=deploy.url,
            dateStarted=_iso(deploy.started),
            dateFinished=_iso(deploy.finished),
            projects=list(deploy.projects) or None,
        )
        answer = self.wire.send("POST", f"{self._path(name)}deploys/", body, again=False)
        self._check(answer, "mark a deploy", name)
        return answers.deploy(answer.body) or _unreadable(answer)

    def _change(self, name: str, body: Mapping[str, Any], doing: str) -> SeenRelease:
        answer = self.wire.send("PUT", self._path(name), body)
        self._check(answer, doing, name)
        return self._release(answer)

    @property
    def _root(self) -> str:
        return f"/api/0/organizations/{quote(self.organization, safe='')}/releases/"

    def _path(self, name: str) -> str:
        return f"{self._root}{quote(name, safe='')}/"

    def _check(self, answer: Answer, doing: str, release: str | None = None) -> None:
        if not _OK <= answer.status < 300:  # noqa: PLR2004 - the end of HTTP's successes
            raise refusal(
                answer,
                doing,
                organization=self.organization,
                projects=self.projects,
                release=release,
            )

    @staticmethod
    def _release(answer: Answer, *, created: bool = False) -> SeenRelease:
        return answers.release(answer.body, created=created) or _unreadable(answer)


def _unreadable(answer: Answer) -> NoReturn:
    raise LostAnswerError(
        f"Sentry answered {answer.status}, but not with what was asked for.",
        why=f"It said: {answers.reason(None, answer.text)!r}",
        mend="Check `url`: is that a Sentry server, and nothing in between?",
    )


def _next_cursor(link: str) -> str | None:
    """The cursor of the next page. Source: https://docs.sentry.io/api/pagination/"""
    for part in link.split(","):
        if 'rel="next"' in part and 'results="true"' in part:
            return part.partition('cursor="')[2].partition('"')[0] or None
    return None


def _source(opening: Opening) -> dict[str, Any]:
    """Where a release comes from, and its commits."""
    body = _present(url=opening.url, ref=opening.ref)
    if opening.payload:
        body["commits"] = _payload(opening.payload)
    elif opening.refs:
        body["refs"] = [_ref(commits) for commits in opening.refs]
    return body


def _ref(commits: CommitRange) -> dict[str, str]:
    ref = {"repository": commits.repository, "commit": commits.head}
    return ref | ({"previousCommit": commits.previous} if commits.previous else {})


def _payload(payload: Payload) -> list[dict[str, Any]]:
    return [
        {"id": one.sha, "repository": one.repository or payload.repository, "message": one.message}
        | {"timestamp": _iso(one.written)}
        | _present(author_name=one.author_name, author_email=one.author_email)
        | {"patch_set": [{"path": file.path, "type": file.change.value} for file in one.files]}
        for one in payload.commits
    ]


def _present(**values: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    return {key: value for key, value in values.items() if value is not None}


def _iso(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z") if moment else None
