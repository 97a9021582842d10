"""Set the commits of a release, sent by the client or fetched from GitHub, and send the mails."""

import re
import time
from typing import Any

from fake_sentry.fields import Invalid
from fake_sentry.git import Commit, Repository
from fake_sentry.state import (
    CommitsBusy,
    Deploy,
    Fetch,
    Mail,
    Ref,
    Release,
    ServerError,
    Store,
    StoredCommit,
    now,
)
from fake_sentry.versions import description

GUESSED = 20
COMPARED = 250


def set_commits(store: Store, release: Release, rows: list[dict[str, Any]]) -> None:
    """
    Replace the release's commits, newest first.

    Raises:
        ServerError: a message or a timestamp is null, or only some commits have a timestamp
        CommitsBusy: another request is at it
    """
    dated = [row.get("timestamp") for row in rows if "timestamp" in row]
    if None in dated or len(dated) not in {0, len(rows)}:
        raise ServerError
    if any(row.get("message", "") is None for row in rows):
        raise ServerError
    if release.refuse_commits:
        release.refuse_commits -= 1
        raise CommitsBusy
    newest_first = sorted(rows, key=lambda row: row.get("timestamp", 0), reverse=True)
    kept = [row for row in newest_first if "#skipsentry" not in row.get("message", "")]
    arrived = [_land(store, row) for row in kept]
    release.commits = list({(c.repository, c.id): c for c in arrived}.values())
    release.commit_count = len(arrived)
    for commit in arrived:
        release.heads.setdefault(commit.repository, commit.id)


def _land(store: Store, row: dict[str, Any]) -> StoredCommit:
    repository = row.get("repository") or "organization-1"
    if repository not in store.known_repositories:
        store.known_repositories.append(repository)
    commit = _row(store, repository, row["id"])
    name, email = row.get("author_name"), row.get("author_email")
    if email is None and name:
        email = re.sub(r"[^a-zA-Z0-9\-_.]*", "", name).lower() + "@localhost"
    if email:
        commit.author_name, commit.author_email = name, email
    commit.message = row.get("message", commit.message)
    commit.date = row.get("timestamp", commit.date)
    commit.files.update({p["path"]: p["type"] for p in row.get("patch_set") or ()})
    return commit


def _row(store: Store, repository: str, sha: str) -> StoredCommit:
    fresh = StoredCommit(id=sha, repository=repository, date=now())
    return store.commits.setdefault((repository, sha), fresh)


def set_refs(
    store: Store, release: Release, rows: list[dict[str, Any]], *, user: str | None, fetch: bool
) -> None:
    """
    Note the heads of the release, and have the commits fetched after `store.fetch_delay` seconds.

    Raises:
        Invalid: Sentry knows no repository of that name
    """
    unknown = {row["repository"] for row in rows} - set(store.known_repositories)
    if unknown:
        raise Invalid({"refs": [f"Invalid repository names: {','.join(sorted(unknown))}"]})
    refs = tuple(_ref(row) for row in rows)
    for ref in refs:
        _row(store, ref.repository, ref.commit)
        release.heads[ref.repository] = ref.commit
    if fetch:
        due = time.monotonic() + store.fetch_delay
        before = _newest_other(store, release)
        store.pending.append(Fetch(due=due, release=release, refs=refs, previous=before, user=user))


def _ref(row: dict[str, Any]) -> Ref:
    start, found, end = row["commit"].partition("..")
    previous = start if found else row.get("previousCommit")
    return Ref(repository=row["repository"], commit=end if found else start, previous=previous)


def _newest_other(store: Store, release: Release) -> Release | None:
    others = [
        other
        for other in store.releases.values()
        if other is not release and set(other.slugs) & set(release.slugs)
    ]
    return max(others, key=lambda other: other.released or other.created, default=None)


def land_due(store: Store, *, all_of_them: bool = False) -> None:
    """Run the fetches that are due, or all pending ones."""
    late = time.monotonic() if not all_of_them else float("inf")
    due = [fetch for fetch in store.pending if fetch.due <= late]
    store.pending = [fetch for fetch in store.pending if fetch.due > late]
    for fetch in due:
        _carry_out(store, fetch)


def _carry_out(store: Store, fetch: Fetch) -> None:
    rows: list[dict[str, Any]] = []
    for ref in fetch.refs:
        repo = store.repositories.get(ref.repository)
        if repo is None or not repo.linked:
            continue
        found = _fetched(repo, ref, fetch.previous)
        if found is not None:
            rows += [_as_row(repo, commit) for commit in found]
        elif fetch.user:
            store.mails.append(Mail(recipient=fetch.user, app="Unable to Fetch Commits"))
    if not rows:
        return
    try:
        set_commits(store, fetch.release, rows)
    except CommitsBusy:
        return
    for deploy in fetch.release.deploys:
        _notify(store, fetch.release, deploy)


def _fetched(repo: Repository, ref: Ref, before: Release | None) -> tuple[Commit, ...] | None:
    start = ref.previous or (before.heads.get(repo.name) if before else None)
    head = repo.resolve(ref.commit)
    if head is None:
        return None
    if start is None:
        return repo.log(head)[:GUESSED]
    base = repo.resolve(start)
    if base is None or repo.forked(base, head) is None:
        return None
    return repo.between(base, head)[-COMPARED:]


def _as_row(repo: Repository, commit: Commit) -> dict[str, Any]:
    words = {"added": "A", "modified": "M", "removed": "D", "renamed": "A"}
    patch = [{"path": c.path, "type": words[c.status]} for c in commit.changes]
    patch += [{"path": c.before, "type": "D"} for c in commit.changes if c.before]
    return {
        "id": commit.sha,
        "repository": repo.name,
        "message": commit.message,
        "author_name": commit.author_name,
        "author_email": commit.author_email,
        "timestamp": commit.date,
        "patch_set": patch,
    }


def notify_if_ready(store: Store, release: Release, deploy: Deploy) -> None:
    """Send the deploy's mails unless commits are still pending, as Sentry 23.7 does."""
    if release.commits or not release.heads:
        _notify(store, release, deploy)


def _notify(store: Store, release: Release, deploy: Deploy) -> None:
    if deploy.notified:
        return
    deploy.notified = True
    app = f"Re: [Sentry] Deployed version {description(release.version)} to {deploy.environment}"
    authors = {commit.author_email for commit in release.commits}
    for member in store.members:
        if member in authors:
            store.mails.append(Mail(recipient=member, app=app))
