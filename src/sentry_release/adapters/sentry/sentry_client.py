"""SentryClient: one method for each request about releases, commits and deploys."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, NoReturn
from urllib.parse import quote, urlencode

from sentry_release.adapters.sentry import parse
from sentry_release.adapters.sentry.responses import ApiResponse, build_api_error
from sentry_release.adapters.sentry.retry import RetryBudget
from sentry_release.adapters.sentry.transport import SentryTransport
from sentry_release.errors import ResponseLostError
from sentry_release.model.commits import Commit, CommitRange, CommitUpload
from sentry_release.model.release import Deploy, NewRelease, SentryDeploy, SentryRelease

_CREATED = 201
_NOT_FOUND = 404
_RELEASES_PER_PAGE = 20  # each has several kilobytes
_MAX_RELEASE_PAGES = 5
_COMMITS_PER_PAGE = 100
_COMMITS_QUERY = {"per_page": str(_COMMITS_PER_PAGE)}


@dataclass(frozen=True, slots=True, kw_only=True)
class SentryClient:
    """
    Sentry's release endpoints for one organization.

    Each method raises ApiError if Sentry refuses the request, and ServiceUnavailableError if it
    cannot be reached in time.
    Source: https://docs.sentry.io/api/releases/
    """

    transport: SentryTransport
    organization: str
    projects: tuple[str, ...]

    @property
    def budget(self) -> RetryBudget:
        """Return the time budget of the requests."""
        return self.transport.budget

    def with_half_budget(self) -> "SentryClient":
        """Return the same client with half of the remaining time."""
        return replace(self, transport=replace(self.transport, budget=self.budget.halve()))

    def list_releases(self, environment: str | None) -> Iterator[tuple[SentryRelease, ...]]:
        """
        Yield pages of the organization's releases, newest first, requested on demand.

        Args:
            environment: Only releases with deploys to, or events from, this environment; none
                if Sentry does not know it.
        """
        query = _build_releases_query(environment)
        for response in self._request_pages(self._root, query, max_pages=_MAX_RELEASE_PAGES):
            if response.status == _NOT_FOUND:
                return
            self._raise_for_status(response, "list releases")
            yield parse.parse_releases(response.body)

    def preload_releases(self, environment: str | None) -> None:
        """Request the first page of `list_releases` now, which then takes over the response."""
        path = f"{self._root}?{urlencode(_build_releases_query(environment))}"
        self.transport.take_over(path, self.transport.start(path))

    def create_release(self, new_release: NewRelease) -> SentryRelease:
        """
        Create a release with its projects, URL and commits in one request, which is idempotent.

        Raises:
            UnknownRepositoryError: The release was created, but without its commits.
            ApiError: Sentry refused.
            ServiceUnavailableError: Sentry could not be reached.
        """
        body: dict[str, Any] = {"version": new_release.name, "projects": list(new_release.projects)}
        body |= _build_source(new_release)
        response = self.transport.request("POST", self._root, body)
        self._raise_for_status(response, "create a release")
        return self._parse_release_response(response, created=response.status == _CREATED)

    def update(self, new_release: NewRelease) -> SentryRelease:
        """
        Update an existing release, as Sentry ignores the URL when a release is created again.

        The `ref` of the release stays unchanged.

        Raises:
            UnknownRepositoryError: A repository is not connected in Sentry.
        """
        body = _build_source(replace(new_release, ref=None))
        return self._update_release(new_release.name, body, "update the release")

    def get_release(self, name: str) -> SentryRelease | None:
        """Return the release, or None if it does not exist."""
        response = self.transport.request("GET", self._build_path(name))
        if response.status == _NOT_FOUND:
            return None
        self._raise_for_status(response, "read the release", name)
        return self._parse_release_response(response)

    def finalize(self, name: str, released: datetime) -> SentryRelease:
        """Finalize the release: set or replace its release date."""
        return self._update_release(
            name, {"dateReleased": _to_iso(released)}, "finalize the release"
        )

    def set_commits(self, name: str, payload: CommitUpload) -> SentryRelease:
        """Replace the commits of the release."""
        body = {"commits": _build_commits(payload)}
        return self._update_release(name, body, "set the commits of the release")

    def start_listing_commits(self, name: str) -> Callable[[int], tuple[Commit, ...]]:
        """
        Request the newest commits now; return a function that waits for them.

        The function takes the number of commits that the release has by now. If there are fewer
        in the response, some arrived after it, and they are requested again. It raises what
        `list_commits` raises.
        """
        path = f"{self._build_path(name)}commits/?{urlencode(_COMMITS_QUERY)}"
        pending = self.transport.start(path)

        def finish(count: int) -> tuple[Commit, ...]:
            self.transport.take_over(path, pending)
            found = self.list_commits(name)
            is_old = pending is not None and len(found) < min(count, _COMMITS_PER_PAGE)
            return self.list_commits(name) if is_old else found

        return finish

    def list_commits(self, name: str, *, pages: int = 1) -> tuple[Commit, ...]:
        """Return the first pages of a release's commits, newest first, without their files."""
        found: tuple[Commit, ...] = ()
        path = f"{self._build_path(name)}commits/"
        for response in self._request_pages(path, _COMMITS_QUERY, max_pages=pages):
            self._raise_for_status(response, "list the commits of the release", name)
            found += parse.parse_commits(response.body)
        return found

    def list_deploys(self, name: str) -> tuple[SentryDeploy, ...]:
        """Return the deploys of the release, the one that finished last first."""
        response = self.transport.request(
            "GET", f"{self._build_path(name)}deploys/?per_page=100", shape=list
        )
        self._raise_for_status(response, "list the deploys of the release", name)
        return parse.parse_deploys(response.body)

    def create_deploy(self, name: str, deploy: Deploy) -> SentryDeploy:
        """
        Create a deploy. Each request creates another one, so use create_deploy_once.

        Raises:
            ResponseLostError: The deploy may have been created.
        """
        body: dict[str, Any] = {"environment": deploy.environment}
        body |= _drop_empty(
            name=deploy.name,
            url=deploy.url,
            dateStarted=_to_iso(deploy.started),
            dateFinished=_to_iso(deploy.finished),
            projects=list(deploy.projects) or None,
        )
        response = self.transport.request(
            "POST", f"{self._build_path(name)}deploys/", body, is_idempotent=False
        )
        self._raise_for_status(response, "create a deploy", name)
        return parse.parse_deploy(response.body) or _raise_unreadable(response)

    def _update_release(self, name: str, body: Mapping[str, Any], doing: str) -> SentryRelease:
        response = self.transport.request("PUT", self._build_path(name), body)
        self._raise_for_status(response, doing, name)
        return self._parse_release_response(response)

    def _request_pages(
        self, path: str, query: Mapping[str, str], *, max_pages: int
    ) -> Iterator[ApiResponse]:
        """Yield the responses of a paginated list; an error is the last one."""
        cursor: str | None = None
        for _ in range(max_pages):
            parameters = {**query, "cursor": cursor} if cursor else query
            response = self.transport.request("GET", f"{path}?{urlencode(parameters)}", shape=list)
            yield response
            cursor = _find_next_cursor(response.headers.get("Link", ""))
            if cursor is None:
                return

    @property
    def _root(self) -> str:
        return f"/api/0/organizations/{quote(self.organization, safe='')}/releases/"

    def _build_path(self, name: str) -> str:
        return f"{self._root}{quote(name, safe='')}/"

    def _raise_for_status(
        self, response: ApiResponse, doing: str, release: str | None = None
    ) -> None:
        if not response.is_success:
            raise build_api_error(
                response,
                doing,
                organization=self.organization,
                projects=self.projects,
                release=release,
            )

    @staticmethod
    def _parse_release_response(response: ApiResponse, *, created: bool = False) -> SentryRelease:
        return parse.parse_release(response.body, created=created) or _raise_unreadable(response)


def _build_releases_query(environment: str | None) -> dict[str, str]:
    query = {"per_page": str(_RELEASES_PER_PAGE)}
    return query | ({"environment": environment} if environment else {})


def _raise_unreadable(response: ApiResponse) -> NoReturn:
    raise ResponseLostError(
        f"Sentry answered {response.status}, but with an unexpected response.",
        reason=f"It answered: {parse.find_error_detail(None, response.text)!r}",
        hint="Check `url`: a proxy or another server may have answered.",
    )


def _find_next_cursor(link: str) -> str | None:
    """Return the cursor of the next page. Source: https://docs.sentry.io/api/pagination/"""
    for part in link.split(","):
        if 'rel="next"' in part and 'results="true"' in part:
            return part.partition('cursor="')[2].partition('"')[0] or None
    return None


def _build_source(new_release: NewRelease) -> dict[str, Any]:
    """Return the URL, ref and commits of a release as JSON."""
    body = _drop_empty(url=new_release.url, ref=new_release.ref)
    if new_release.commit_upload:
        body["commits"] = _build_commits(new_release.commit_upload)
    elif new_release.refs:
        body["refs"] = [_build_ref(commits) for commits in new_release.refs]
    return body


def _build_ref(commits: CommitRange) -> dict[str, str]:
    ref = {"repository": commits.repository, "commit": commits.head}
    return ref | ({"previousCommit": commits.previous} if commits.previous else {})


def _build_commits(payload: CommitUpload) -> list[dict[str, Any]]:
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
