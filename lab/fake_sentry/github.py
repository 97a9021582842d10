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
                GitHubRequest(query=query, repo=repo, root=root, key="".join(match.groups()))
            )
    return refuse(404, "Not Found")


def _repository(request: GitHubRequest) -> Answer:
    return Answer(body=bodies.repository(request.root, request.repo))


def _check_run(request: GitHubRequest) -> Answer:
    run = request.repo.check_runs.get(int(request.key))
    return Answer(body=bodies.check_run(request.root, run)) if run else refuse(404, "Not Found")


def _compare(request: GitHubRequest) -> Answer:
    ends = request.key.split("...")
    if len(ends) != 2:
        refuse(404, "Not Found")
    base, head = (request.sha(end, 404, "Not Found") for end in ends)
    repo, query = request.repo, request.query.query
    if repo.forked(base, head) is None:
        refuse(404, f"No common ancestor between {ends[0]} and {ends[1]}.")
    body = bodies.comparison(request.root, repo, base, head)
    commits = repo.between(base, head)
    if not {"page", "per_page"} & query.keys():
        newest = [bodies.commit(request.root, c) for c in commits[-COMPARED:]]
        return Answer(body=body | {"commits": newest})
    visible, answered = select_page(request, commits[:LISTED], COMPARED, repo.max_page)
    if request.query.one("page", "1") != "1":
        body["files"] = []
    made = [bodies.commit(request.root, c) for c in visible if isinstance(c, Commit)]
    return Answer(body=body | {"commits": made}, headers=answered.headers)


def _commit(request: GitHubRequest) -> Answer:
    sha = request.sha(request.key, 422, f"No commit found for SHA: {request.key}")
    found = request.repo.commits[sha]
    visible, answered = select_page(request, found.changes[:FILES], FILES_AT_ONCE, FILES_AT_ONCE)
    files = bodies.files(change for change in visible if isinstance(change, Change))
    body = bodies.commit(request.root, found) | {"files": files, "stats": {}}
    return Answer(body=body, headers=answered.headers)


def _commits(request: GitHubRequest) -> Answer:
    if not request.repo.commits:
        refuse(409, "Git Repository is empty.")
    sha = request.sha(request.query.one("sha", "main"), 404, "Not Found")
    visible, answered = select_page(request, request.repo.log(sha))
    made = [bodies.commit(request.root, c) for c in visible if isinstance(c, Commit)]
    return Answer(body=made, headers=answered.headers)


def _tags(request: GitHubRequest) -> Answer:
    named = sorted(request.repo.tags.items(), reverse=True)
    return select_page(request, [bodies.tag(request.root, name, sha) for name, sha in named])[1]


def _deployments(request: GitHubRequest) -> Answer:
    expected = {name: request.query.one(name) for name in ("sha", "environment", "task")}
    found = [
        made
        for made in reversed(request.repo.deployments)
        if all(value in {"", getattr(made, name)} for name, value in expected.items())
    ]
    return select_page(request, [bodies.deployment(request.root, made) for made in found])[1]


def _statuses(request: GitHubRequest) -> Answer:
    made = next((d for d in request.repo.deployments if str(d.id) == request.key), None)
    return select_page(request, bodies.statuses(request.root, made or refuse(404, "Not Found")))[1]


def _report(request: GitHubRequest) -> Answer:
    status = json.loads(request.query.body)
    made = request.repo.report(int(request.key), status["state"], status.get("target_url", ""))
    body = bodies.statuses(request.root, made or refuse(404, "Not Found"))[0]
    return Answer(status=201, body=body | {"environment_url": status.get("environment_url", "")})


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
