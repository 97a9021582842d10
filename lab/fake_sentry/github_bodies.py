"""Response bodies of GitHub, with the fields that PyGithub and the action read."""

from collections.abc import Iterable
from itertools import islice

from fake_sentry.git import EPOCH, Change, CheckRun, Commit, Deployment, Repository

Body = dict[str, object]
_THEN = EPOCH.strftime("%Y-%m-%dT%H:%M:%SZ")


def repository(root: str, repo: Repository) -> Body:
    """Return a repository."""
    owner, _, name = repo.name.partition("/")
    return {
        "id": 4711,
        "name": name,
        "full_name": repo.name,
        "owner": {"login": owner, "id": 1, "type": "Organization"},
        "private": False,
        "url": root,
        "html_url": f"https://github.com/{repo.name}",
        "default_branch": "main",
    }


def commit(root: str, made: Commit) -> Body:
    """Return a commit as in lists, without its files."""
    when = made.date.strftime("%Y-%m-%dT%H:%M:%SZ")
    address = made.author_email if "<" in made.author else None
    wrote = {"name": made.author_name, "email": address, "date": when}
    person = wrote if made.author else None
    return {
        "sha": made.sha,
        "url": f"{root}/commits/{made.sha}",
        "html_url": f"{root}/commit/{made.sha}",
        "commit": {
            "message": made.message,
            "author": person,
            "committer": person,
            "url": f"{root}/git/commits/{made.sha}",
            "comment_count": 0,
        },
        "author": None,
        "committer": None,
        "parents": [{"sha": sha, "url": f"{root}/commits/{sha}"} for sha in made.parents],
    }


def files(changes: Iterable[Change]) -> list[Body]:
    """Return the files of a commit."""
    return [_file(change) for change in changes]


def _file(change: Change) -> Body:
    body: Body = {
        "sha": None if change.status == "removed" else "0" * 40,
        "filename": change.path,
        "status": change.status,
        "additions": 1,
        "deletions": 0,
        "changes": 1,
    }
    return body | ({"previous_filename": change.before} if change.before else {})


def comparison(root: str, repo: Repository, base: str, head: str) -> Body:
    """Return a comparison without its commits."""
    ahead, behind = repo.between(base, head), repo.between(head, base)
    status = {(True, True): "diverged", (True, False): "ahead", (False, True): "behind"}
    fork = repo.forked(base, head)
    changes = islice((change for made in ahead for change in made.changes), 300)
    return {
        "url": f"{root}/compare/{base}...{head}",
        "status": status.get((bool(ahead), bool(behind)), "identical"),
        "ahead_by": len(ahead),
        "behind_by": len(behind),
        "total_commits": len(ahead),
        "base_commit": commit(root, repo.commits[base]),
        "merge_base_commit": commit(root, fork) if fork else None,
        "files": files(changes),
    }


def tag(root: str, name: str, sha: str) -> Body:
    """Return a tag."""
    return {"name": name, "commit": {"sha": sha, "url": f"{root}/commits/{sha}"}}


def check_run(root: str, run: CheckRun) -> Body:
    """Return a check run; `deployment` only if its job has an environment."""
    made = run.environment and {
        "id": run.id,
        "url": f"{root}/deployments/{run.id}",
        "task": "deploy",
        "environment": run.environment,
        "original_environment": run.environment,
    }
    return {
        "id": run.id,
        "url": f"{root}/check-runs/{run.id}",
        "head_sha": run.sha,
        "name": "deploy",
        "status": "in_progress",
        "conclusion": None,
        "started_at": _THEN,
        "completed_at": None,
        "deployment": made or None,
    }


def deployment(root: str, made: Deployment) -> Body:
    """Return a deployment."""
    return {
        "id": made.id,
        "url": f"{root}/deployments/{made.id}",
        "sha": made.sha,
        "ref": made.ref,
        "task": made.task,
        "payload": {},
        "environment": made.environment,
        "original_environment": made.environment,
        "production_environment": made.is_production,
        "created_at": _THEN,
        "updated_at": _THEN,
        "statuses_url": f"{root}/deployments/{made.id}/statuses",
        "repository_url": root,
    }


def statuses(root: str, made: Deployment) -> list[Body]:
    """Return the deployment's statuses, newest first."""
    return [
        {
            "id": number,
            "url": f"{root}/deployments/{made.id}/statuses/{number}",
            "state": state,
            "environment": made.environment,
            "log_url": log_url,
            "target_url": log_url,
            "environment_url": made.url,
            "description": "",
            "created_at": _THEN,
            "updated_at": _THEN,
            "deployment_url": f"{root}/deployments/{made.id}",
        }
        for number, (state, log_url) in reversed([*enumerate(made.statuses, start=1)])
    ]
