"""Response bodies of Sentry: releases, commits, deploys."""

from datetime import datetime

from fake_sentry.git import EPOCH
from fake_sentry.state import Deploy, Project, Release, Store, StoredCommit
from fake_sentry.versions import version_info

Body = dict[str, object]


def stamp(time: datetime | None) -> str | None:
    """Return a time in Sentry's format, with microseconds only if not zero."""
    return time.isoformat().replace("+00:00", "Z") if time else None


def release_body(store: Store, release: Release) -> Body:
    """Return the body of a release."""
    commits, deploys = release.commits, release.deploys
    return {
        "id": release.id,
        **_brief(release),
        "status": release.status,
        "versionInfo": version_info(release.version),
        "data": {},
        "newGroups": release.new_groups,
        "owner": None,
        "commitCount": release.commit_count,
        "lastCommit": commit_body(store, commits[0]) if commits else None,
        "deployCount": len(deploys),
        "lastDeploy": deploy_body(deploys[-1]) if deploys else None,
        "authors": _authors(store, commits),
        "projects": [_project(project, release.new_groups) for project in release.projects],
        "firstEvent": None,
        "lastEvent": None,
        "currentProjectMeta": {},
        "userAgent": release.user_agent,
    }


def _brief(release: Release) -> Body:
    return {
        "version": release.version,
        "shortVersion": release.version,
        "ref": release.ref,
        "url": release.url,
        "dateReleased": stamp(release.released),
        "dateCreated": stamp(release.created),
    }


def _project(project: Project, new_groups: int) -> Body:
    return {
        "id": project.id,
        "slug": project.slug,
        "name": project.slug,
        "newGroups": new_groups,
        "platform": "python",
        "platforms": [],
        "hasHealthData": False,
    }


def deploy_body(deploy: Deploy) -> Body:
    """Return the body of a deploy."""
    return {
        "id": str(deploy.id),
        "environment": deploy.environment,
        "dateStarted": stamp(deploy.started),
        "dateFinished": stamp(deploy.finished),
        "name": deploy.name,
        "url": deploy.url,
    }


def commit_body(store: Store, commit: StoredCommit) -> Body:
    """Return the body of a commit, with its repository, author and releases."""
    having = [release for release in store.releases.values() if commit in release.commits]
    return {
        "id": commit.id,
        "message": commit.message,
        "dateCreated": stamp(commit.date),
        "pullRequest": None,
        "suspectCommitType": "",
        "repository": _repository(store, commit.repository),
        "author": _author(store, commit),
        "releases": [_brief(release) for release in having],
    }


def _repository(store: Store, name: str) -> Body:
    linked = name in store.repositories and store.repositories[name].linked
    provider = ("integrations:github", "GitHub") if linked else ("unknown", "Unknown Provider")
    return {
        "id": str(store.known_repositories.index(name) + 1),
        "name": name,
        "url": f"https://github.com/{name}" if linked else None,
        "provider": dict(zip(("id", "name"), provider, strict=True)),
        "status": "active",
        "dateCreated": stamp(EPOCH),
        "integrationId": "1" if linked else None,
        "externalSlug": name if linked else None,
    }


def _authors(store: Store, commits: list[StoredCommit]) -> list[Body]:
    return list({c.author_email: _author(store, c) for c in commits if c.author_email}.values())


def _author(store: Store, commit: StoredCommit) -> Body:
    address = commit.author_email
    if not address:
        return {}
    if address not in store.members:
        return {"name": commit.author_name, "email": address}
    return {
        "id": str(store.members.index(address) + 2),
        "name": commit.author_name,
        "username": address,
        "email": address,
        "isActive": True,
        "emails": [{"id": "2", "email": address, "is_verified": True}],
    }
