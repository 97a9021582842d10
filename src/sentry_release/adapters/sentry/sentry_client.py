"""SentryClient: one method per request."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, NoReturn
from urllib.parse import quote, urlencode

from sentry_release.adapters.http.connection import ServerConnection
from sentry_release.adapters.sentry import parse
from sentry_release.adapters.sentry.region_fallback import with_fallback
from sentry_release.adapters.sentry.responses import ApiResponse
from sentry_release.adapters.sentry.retry import DEFAULT_BUDGET_S, RetryBudget
from sentry_release.adapters.sentry.sentry_errors import build_api_error
from sentry_release.adapters.sentry.transport import SentryTransport
from sentry_release.clock import Clock
from sentry_release.errors import ResponseLostError
from sentry_release.model.commits import Commit, CommitRange, CommitUpload
from sentry_release.model.release import Deploy, NewRelease, SentryDeploy, SentryRelease

_OK, _CREATED = 200, 201
_NOT_FOUND = 404
_PAGE = 20  # releases a page; each is several kilobytes
_PAGES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class SentryClient:
    """
    Sentry's release endpoints for one organization.

    Whatever is asked, RefusedError is raised where Sentry understood and would not, and
    OutageError where it could not be reached in time.
    Source: https://docs.sentry.io/api/releases/
    """

    transport: SentryTransport
    organization: str
    projects: tuple[str, ...]

    @property
    def budget(self) -> RetryBudget:
        """How long it may still be asked."""
        return self.transport.budget

    def with_half_budget(self) -> "SentryClient":
        """The same, but for half of the time that is left."""
        return replace(self, transport=replace(self.transport, budget=self.budget.halved()))

    def list_releases(self, environment: str | None) -> Iterator[tuple[SentryRelease, ...]]:
        """
        Releases of the whole organization, newest first, each page asked for when it is needed.

        Args:
            environment: Only those that were deployed to, or heard of from, this environment;
                one that Sentry does not know yet has none.
        """
        query = {"per_page": str(_PAGE)} | ({"environment": environment} if environment else {})
        for _ in range(_PAGES):
            answer = self.transport.request(
                "GET", f"{self._get_root}?{urlencode(query)}", shape=list
            )
            if answer.status == _NOT_FOUND:
                return
            self._raise_for_status(answer, "list releases")
            yield parse.parse_releases(answer.body)
            cursor = _find_next_cursor(answer.headers.get("Link", ""))
            if cursor is None:
                return
            query["cursor"] = cursor

    def create_release(self, new_release: NewRelease) -> SentryRelease:
        """
        Open a release with all that belongs to it, in one request; doing it twice is harmless.

        Raises:
            UnknownRepositoryError: The release has been opened, but without its commits.
            RefusedError: Sentry understood and would not; OutageError: it could not be reached.
        """
        body: dict[str, Any] = {"version": new_release.name, "projects": list(new_release.projects)}
        body |= _source(new_release)
        answer = self.transport.request("POST", self._get_root, body)
        self._raise_for_status(answer, "open a release")
        return self._parse_release_response(answer, created=answer.status == _CREATED)

    def update(self, new_release: NewRelease) -> SentryRelease:
        """
        Change a release that exists; Sentry ignores the url of a second creation.

        Its `ref` stays that of the first commit it was created from.

        Raises:
            UnknownRepositoryError: Sentry knows none of that name.
        """
        body = _source(replace(new_release, ref=None))
        return self._update_release(new_release.name, body, "update the release")

    def get_release(self, name: str) -> SentryRelease | None:
        """The release as it is now; None when Sentry has none of that name."""
        answer = self.transport.request("GET", self._build_path(name))
        if answer.status == _NOT_FOUND:
            return None
        self._raise_for_status(answer, "read the release", name)
        return self._parse_release_response(answer)

    def finalize(self, name: str, released: datetime) -> SentryRelease:
        """Set the date on which the release was released, whatever it was before."""
        return self._update_release(
            name, {"dateReleased": _to_iso(released)}, "finalize the release"
        )

    def set_commits(self, name: str, payload: CommitUpload) -> SentryRelease:
        """Replace the commits of the release by these."""
        body = {"commits": _commits_to_json(payload)}
        return self._update_release(name, body, "set the commits of the release")

    def list_commits(self, name: str, *, pages: int = 1) -> tuple[Commit, ...]:
        """The first pages of a release's commits, the newest first; Sentry tells no files here."""
        found: tuple[Commit, ...] = ()
        query = {"per_page": "100"}
        for _ in range(pages):
            path = f"{self._build_path(name)}commits/?{urlencode(query)}"
            answer = self.transport.request("GET", path, shape=list)
            self._raise_for_status(answer, "list the commits of the release", name)
            found += parse.parse_commits(answer.body)
            cursor = _find_next_cursor(answer.headers.get("Link", ""))
            if cursor is None:
                break
            query["cursor"] = cursor
        return found

    def list_deploys(self, name: str) -> tuple[SentryDeploy, ...]:
        """The release's deploys, the one that finished last first."""
        answer = self.transport.request(
            "GET", f"{self._build_path(name)}deploys/?per_page=100", shape=list
        )
        self._raise_for_status(answer, "list the deploys of the release", name)
        return parse.parse_deploys(answer.body)

    def create_deploy(self, name: str, deploy: Deploy) -> SentryDeploy:
        """
        Create a deploy. Sentry makes another one for every request, so see once.marked_once.

        Raises:
            LostAnswerError: It may have been created.
        """
        body: dict[str, Any] = {"environment": deploy.environment}
        body |= _drop_empty(
            name=deploy.name,
            url=deploy.url,
            dateStarted=_to_iso(deploy.started),
            dateFinished=_to_iso(deploy.finished),
            projects=list(deploy.projects) or None,
        )
        answer = self.transport.request(
            "POST", f"{self._build_path(name)}deploys/", body, again=False
        )
        self._raise_for_status(answer, "mark a deploy", name)
        return parse.parse_deploy(answer.body) or _raise_unreadable(answer)

    def _update_release(self, name: str, body: Mapping[str, Any], doing: str) -> SentryRelease:
        answer = self.transport.request("PUT", self._build_path(name), body)
        self._raise_for_status(answer, doing, name)
        return self._parse_release_response(answer)

    @property
    def _get_root(self) -> str:
        return f"/api/0/organizations/{quote(self.organization, safe='')}/releases/"

    def _build_path(self, name: str) -> str:
        return f"{self._get_root}{quote(name, safe='')}/"

    def _raise_for_status(
        self, answer: ApiResponse, doing: str, release: str | None = None
    ) -> None:
        if not _OK <= answer.status < 300:  # noqa: PLR2004 - the end of HTTP's successes
            raise build_api_error(
                answer,
                doing,
                organization=self.organization,
                projects=self.projects,
                release=release,
            )

    @staticmethod
    def _parse_release_response(answer: ApiResponse, *, created: bool = False) -> SentryRelease:
        return parse.parse_release(answer.body, created=created) or _raise_unreadable(answer)


def _raise_unreadable(answer: ApiResponse) -> NoReturn:
    raise ResponseLostError(
        f"Sentry answered {answer.status}, but not with what was asked for.",
        reason=f"It said: {parse.find_error_detail(None, answer.text)!r}",
        hint="Check `url`: is that a Sentry server, and nothing in between?",
    )


def _find_next_cursor(link: str) -> str | None:
    """The cursor of the next page. Source: https://docs.sentry.io/api/pagination/"""
    for part in link.split(","):
        if 'rel="next"' in part and 'results="true"' in part:
            return part.partition('cursor="')[2].partition('"')[0] or None
    return None


def _source(new_release: NewRelease) -> dict[str, Any]:
    """Where a release comes from, and its commits."""
    body = _drop_empty(url=new_release.url, ref=new_release.ref)
    if new_release.commit_upload:
        body["commits"] = _commits_to_json(new_release.commit_upload)
    elif new_release.refs:
        body["refs"] = [_ref_to_json(commits) for commits in new_release.refs]
    return body


def _ref_to_json(commits: CommitRange) -> dict[str, str]:
    ref = {"repository": commits.repository, "commit": commits.head}
    return ref | ({"previousCommit": commits.previous} if commits.previous else {})


def _commits_to_json(payload: CommitUpload) -> list[dict[str, Any]]:
    return [
        {"id": one.sha, "repository": one.repository or payload.repository, "message": one.message}
        | {"timestamp": _to_iso(one.created_at)}
        | _drop_empty(author_name=one.author_name, author_email=one.author_email)
        | {"patch_set": [{"path": file.path, "type": file.status.value} for file in one.files]}
        for one in payload.commits
    ]


def _drop_empty(**values: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    return {key: value for key, value in values.items() if value is not None}


def _to_iso(time: datetime | None) -> str | None:
    return time.astimezone(UTC).isoformat().replace("+00:00", "Z") if time else None


def build_sentry_client(  # noqa: PLR0913 - all that a connection takes
    *,
    url: str,
    token: str,
    organization: str,
    projects: tuple[str, ...],
    agent: str,
    environ: Mapping[str, str],
    clock: Clock,
    log: Callable[[str], None],
    began: float | None = None,
    budget_s: float = DEFAULT_BUDGET_S,
    fallback_url: str | None = None,
    meanwhile: Callable[[], object] | None = None,
) -> SentryClient:
    """
    Make the door; nothing is sent yet.

    Args:
        url: The root of the server.
        token: The auth token.
        organization: Its slug.
        projects: Their slugs.
        agent: Who we say we are.
        environ: For proxies and certificate authorities.
        clock: Time and chance.
        log: Takes a line for each request, and for each wait.
        began: When the phase began, in the seconds of the clock; by default now.
        budget_s: Seconds that the phase may take.
        fallback_url: The root of the server to try once after a 401.
        meanwhile: Called while an answer is awaited.
    """
    start = clock.monotonic() if began is None else began
    transport = SentryTransport(
        connection=ServerConnection(url, environ, clock),
        root=url,
        headers=_build_headers(token, agent),
        budget=RetryBudget(clock=clock, started=start, budget_s=budget_s),
        log=log,
        meanwhile=meanwhile,
    )
    if fallback_url is not None:
        connection = ServerConnection(fallback_url, environ, clock)
        transport = with_fallback(
            transport, replace(transport, connection=connection, root=fallback_url)
        )
    return SentryClient(transport=transport, organization=organization, projects=projects)


def _build_headers(token: str, agent: str) -> Mapping[str, str]:
    return {
        "Authorization": f"Bearer {token}",
        "Accept": "application/json",
        "Content-Type": "application/json",
        "User-Agent": agent,
    }
