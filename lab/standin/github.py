"""The few endpoints of GitHub's REST API that are asked, under the prefix /github."""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NoReturn

from standin import github_bodies as bodies
from standin.git import Change, Commit, Repository
from standin.state import Store
from standin.wire import Answer, Ask, Refused

COMPARED = 250  # of a comparison that is not asked for in pages: the newest
LISTED = 10_000  # commits of a comparison in all its pages: the oldest
FILES, FILES_AT_ONCE = 3000, 300  # of a commit
_ROUTE = re.compile(r"/github/repos/(?P<repo>[^/]+/[^/]+)(?:/(?P<rest>.+))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One request about one repository; `what` names the thing asked for, `root` is its URL."""

    ask: Ask
    repo: Repository
    root: str
    what: str

    def sha(self, ref: str, status: int, why: str) -> str:
        """
        → the sha behind the ref.

        Raises:
            Refused: the repository has no such thing
        """
        return self.repo.resolve(ref) or _refuse(status, why)


def answer(store: Store, ask: Ask, token: str) -> Answer:
    """→ what GitHub answers about the store's repositories; a token that is sent must be right."""
    try:
        with store.lock:
            return _route(store, ask, token)
    except Refused as refused:
        return refused.answer


def _route(store: Store, ask: Ask, token: str) -> Answer:
    sent = ask.headers.get("authorization", "").split()
    if sent and sent[-1] != token:
        _refuse(401, "Bad credentials")
    found = _ROUTE.fullmatch(ask.path)
    repo = store.repositories.get(found["repo"]) if found else None
    if found is None or repo is None:
        _refuse(404, "Not Found")
    root = f"{store.url}/github/repos/{repo.name}"
    endpoints = {"GET": _ENDPOINTS, "POST": _POSTED}.get(ask.method, {})
    for pattern, endpoint in endpoints.items():
        match = re.fullmatch(pattern, found["rest"] or "")
        if match:
            return endpoint(Visit(ask=ask, repo=repo, root=root, what="".join(match.groups())))
    return _refuse(404, "Not Found")


def _refuse(status: int, why: str) -> NoReturn:
    docs = "https://docs.github.com/rest"
    raise Refused(status, {"message": why, "documentation_url": docs, "status": str(status)})


def _part(
    visit: Visit, items: Sequence[object], size: int = 30, most: int = 100
) -> tuple[list[object], Answer]:
    ask = visit.ask
    asked = ask.one("per_page")
    size = min(int(asked), most) if asked.isdecimal() else size
    number, last = max(1, int(ask.one("page", "1"))), max(1, -(-len(items) // size))
    headers = {}
    if number < last:
        kept = ask.query_without("page")
        url = f"{visit.root.partition('/repos/')[0]}{ask.target.partition('?')[0].removeprefix('/github')}"
        headers["Link"] = ", ".join(
            f'<{url}?{kept}{"&" if kept else ""}page={page}>; rel="{rel}"'
            for page, rel in ((number + 1, "next"), (last, "last"))
        )
    part = list(items[(number - 1) * size : number * size])
    return part, Answer(body=part, headers=headers)


def _repository(visit: Visit) -> Answer:
    return Answer(body=bodies.repository(visit.root, visit.repo))


def _check_run(visit: Visit) -> Answer:
    run = visit.repo.check_runs.get(int(visit.what))
    return Answer(body=bodies.check_run(visit.root, run)) if run else _refuse(404, "Not Found")


def _compare(visit: Visit) -> Answer:
    ends = visit.what.split("...")
    if len(ends) != 2:
        _refuse(404, "Not Found")
    base, head = (visit.sha(end, 404, "Not Found") for end in ends)
    repo, query = visit.repo, visit.ask.query
    if repo.forked(base, head) is None:
        _refuse(404, f"No common ancestor between {ends[0]} and {ends[1]}.")
    body = bodies.comparison(visit.root, repo, base, head)
    commits = repo.between(base, head)
    if not {"page", "per_page"} & query.keys():
        newest = [bodies.commit(visit.root, c) for c in commits[-COMPARED:]]
        return Answer(body=body | {"commits": newest})
    shown, answered = _part(visit, commits[:LISTED], COMPARED, repo.longest_page)
    if visit.ask.one("page", "1") != "1":
        body["files"] = []
    made = [bodies.commit(visit.root, c) for c in shown if isinstance(c, Commit)]
    return Answer(body=body | {"commits": made}, headers=answered.headers)


def _commit(visit: Visit) -> Answer:
    sha = visit.sha(visit.what, 422, f"No commit found for SHA: {visit.what}")
    found = visit.repo.commits[sha]
    shown, answered = _part(visit, found.changes[:FILES], FILES_AT_ONCE, FILES_AT_ONCE)
    files = bodies.files(change for change in shown if isinstance(change, Change))
    body = bodies.commit(visit.root, found) | {"files": files, "stats": {}}
    return Answer(body=body, headers=answered.headers)


def _commits(visit: Visit) -> Answer:
    if not visit.repo.commits:
        _refuse(409, "Git Repository is empty.")
    sha = visit.sha(visit.ask.one("sha", "main"), 404, "Not Found")
    shown, answered = _part(visit, visit.repo.log(sha))
    made = [bodies.commit(visit.root, c) for c in shown if isinstance(c, Commit)]
    return Answer(body=made, headers=answered.headers)


def _tags(visit: Visit) -> Answer:
    named = sorted(visit.repo.tags.items(), reverse=True)
    return _part(visit, [bodies.tag(visit.root, name, sha) for name, sha in named])[1]


def _deployments(visit: Visit) -> Answer:
    wanted = {name: visit.ask.one(name) for name in ("sha", "environment", "task")}
    found = [
        made
        for made in reversed(visit.repo.deployments)
        if all(value in {"", getattr(made, name)} for name, value in wanted.items())
    ]
    return _part(visit, [bodies.deployment(visit.root, made) for made in found])[1]


def _statuses(visit: Visit) -> Answer:
    made = next((d for d in visit.repo.deployments if str(d.id) == visit.what), None)
    return _part(visit, bodies.statuses(visit.root, made or _refuse(404, "Not Found")))[1]


def _report(visit: Visit) -> Answer:
    asked = json.loads(visit.ask.body)
    made = visit.repo.report(int(visit.what), asked["state"], asked.get("target_url", ""))
    body = bodies.statuses(visit.root, made or _refuse(404, "Not Found"))[0]
    return Answer(status=201, body=body | {"environment_url": asked.get("environment_url", "")})


_POSTED: dict[str, Callable[[Visit], Answer]] = {r"deployments/(\d+)/statuses": _report}
_ENDPOINTS: dict[str, Callable[[Visit], Answer]] = {
    "": _repository,
    r"check-runs/(\d+)": _check_run,
    "compare/(.+)": _compare,
    "commits/(.+)": _commit,
    "commits": _commits,
    "tags": _tags,
    "deployments": _deployments,
    r"deployments/(\d+)/statuses": _statuses,
}
