"""The endpoints of GitHub's REST API that the action uses, under the prefix /github."""

import json
import re
from collections.abc import Callable

from fake_sentry import github_bodies as bodies
from fake_sentry import github_comments as comments
from fake_sentry.git import Change, Commit
from fake_sentry.github_graphql import execute_query
from fake_sentry.github_request import GitHubRequest, refuse, select_page
from fake_sentry.state import Store
from fake_sentry.wire import Answer, Query, Refused

COMPARED = 250  # commits of a comparison without pagination: the newest
LISTED = 10_000  # commits of a comparison in all its pages: the oldest
FILES, FILES_AT_ONCE = 3000, 300  # of a commit
_ROUTE = re.compile(r"/github/repos/(?P<repo>[^/]+/[^/]+)(?:/(?P<rest>.+))?")


def answer(store: Store, query: Query, token: str) -> Answer:
    """Return GitHub's response about the store's repositories; a token, if sent, must be valid."""
    try:
        with store.lock:
            return _route(store, query, token)
    except Refused as refused:
        return refused.answer


def _route(store: Store, query: Query, token: str) -> Answer:
    sent = query.headers.get("authorization", "").split()
    if sent and sent[-1] != token:
        refuse(401, "Bad credentials")
    if query.path == "/github/graphql":
        return execute_query(store.repositories, query)
    found = _ROUTE.fullmatch(query.path)
    repo = store.repositories.get(found["repo"]) if found else None
    if found is None or repo is None:
        refuse(404, "Not Found")
    root = f"{store.url}/github/repos/{repo.name}"
    endpoints = _BY_METHOD.get(query.method, {})
    for pattern, endpoint in endpoints.items():
        match = re.fullmatch(pattern, found["rest"] or "")
        if match:
            return endpoint(
                GitHubRequest(query=query, repo=repo, root=root, message="".join(match.groups()))
            )
    return refuse(404, "Not Found")


def _repository(request_info: GitHubRequest) -> Answer:
    return Answer(body=bodies.repository(request_info.root, request_info.repo))


def _check_run(request_info: GitHubRequest) -> Answer:
    run = request_info.repo.check_runs.get(int(request_info.message))
    return (
        Answer(body=bodies.check_run(request_info.root, run)) if run else refuse(404, "Not Found")
    )


def _compare(request_info: GitHubRequest) -> Answer:
    ends = request_info.message.split("...")
    if len(ends) != 2:
        refuse(404, "Not Found")
    base, head = (request_info.sha(end, 404, "Not Found") for end in ends)
    repo, query = request_info.repo, request_info.query.query
    if repo.forked(base, head) is None:
        refuse(404, f"No common ancestor between {ends[0]} and {ends[1]}.")
    body = bodies.comparison(request_info.root, repo, base, head)
    commits = repo.between(base, head)
    if not {"page", "per_page"} & query.keys():
        newest = [bodies.commit(request_info.root, c) for c in commits[-COMPARED:]]
        return Answer(body=body | {"commits": newest})
    visible, answered = select_page(request_info, commits[:LISTED], COMPARED, repo.max_page)
    if request_info.query.one("page", "1") != "1":
        body["files"] = []
    made = [bodies.commit(request_info.root, c) for c in visible if isinstance(c, Commit)]
    return Answer(body=body | {"commits": made}, headers=answered.headers)


def _commit(request_info: GitHubRequest) -> Answer:
    sha = request_info.sha(
        request_info.message, 422, f"No commit found for SHA: {request_info.message}"
    )
    found = request_info.repo.commits[sha]
    visible, answered = select_page(
        request_info, found.changes[:FILES], FILES_AT_ONCE, FILES_AT_ONCE
    )
    files = bodies.files(change for change in visible if isinstance(change, Change))
    body = bodies.commit(request_info.root, found) | {"files": files, "stats": {}}
    return Answer(body=body, headers=answered.headers)


def _commits(request_info: GitHubRequest) -> Answer:
    if not request_info.repo.commits:
        refuse(409, "Git Repository is empty.")
    sha = request_info.sha(request_info.query.one("sha", "main"), 404, "Not Found")
    visible, answered = select_page(request_info, request_info.repo.log(sha))
    made = [bodies.commit(request_info.root, c) for c in visible if isinstance(c, Commit)]
    return Answer(body=made, headers=answered.headers)


def _tags(request_info: GitHubRequest) -> Answer:
    named = sorted(request_info.repo.tags.items(), reverse=True)
    return select_page(
        request_info, [bodies.tag(request_info.root, name, sha) for name, sha in named]
    )[1]


def _deployments(request_info: GitHubRequest) -> Answer:
    expected = {name: request_info.query.one(name) for name in ("sha", "environment", "task")}
    found = [
        made
        for made in reversed(request_info.repo.deployments)
        if all(value in {"", getattr(made, name)} for name, value in expected.items())
    ]
    return select_page(
        request_info, [bodies.deployment(request_info.root, made) for made in found]
    )[1]


def _statuses(request_info: GitHubRequest) -> Answer:
    made = next(
        (d for d in request_info.repo.deployments if str(d.id) == request_info.message), None
    )
    return select_page(
        request_info, bodies.statuses(request_info.root, made or refuse(404, "Not Found"))
    )[1]


def _report(request_info: GitHubRequest) -> Answer:
    requests = json.loads(request_info.query.body)
    made = request_info.repo.report(
        int(request_info.message), requests["state"], requests.get("target_url", "")
    )
    body = bodies.statuses(request_info.root, made or refuse(404, "Not Found"))[0]
    return Answer(status=201, body=body | {"environment_url": requests.get("environment_url", "")})


_POSTED: dict[str, Callable[[GitHubRequest], Answer]] = {
    r"deployments/(\d+)/statuses": _report,
    r"issues/(\d+)/comments": comments.create,
}
_ENDPOINTS: dict[str, Callable[[GitHubRequest], Answer]] = {
    "": _repository,
    r"check-runs/(\d+)": _check_run,
    "compare/(.+)": _compare,
    "commits/(.+)": _commit,
    "commits": _commits,
    "tags": _tags,
    "deployments": _deployments,
    r"deployments/(\d+)/statuses": _statuses,
    "issues/comments": comments.list_all,
    r"issues/comments/(\d+)": comments.get,
    r"issues/(\d+)/comments": comments.list_of,
}
_BY_METHOD: dict[str, dict[str, Callable[[GitHubRequest], Answer]]] = {
    "GET": _ENDPOINTS,
    "POST": _POSTED,
    "PATCH": {r"issues/comments/(\d+)": comments.edit},
    "DELETE": {r"issues/comments/(\d+)": comments.delete},
}
