"""The fake Sentry, and a repository on disk with the same history, for all players."""

import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote

from fake_sentry import Change, FakeServers, Repository
from fake_sentry.wire import Answer, Query

RELEASE = "shop@1.4.0+27"
EARLIER = "shop@1.3.0+26"


@dataclass(slots=True, kw_only=True)
class BenchSentry(FakeServers):
    """It has also what only the other tools request: the repositories, and the previous release."""

    def answer(self, query: Query) -> Answer:
        """→ the true answer."""
        root = f"/api/0/organizations/{self.organization}"
        if query.method == "GET" and query.path == f"{root}/repos/":
            return Answer(body=[_listed(one, n) for n, one in self._linked()])
        target = query.target.replace(
            f"/projects/{self.organization}/shop/", root.removeprefix("/api/0") + "/"
        )
        if query.method == "GET" and query.path.endswith("/previous-with-commits/"):
            target = f"{root}/releases/{quote(EARLIER, safe='')}/"
        return FakeServers.answer(self, replace(query, target=target))

    def _linked(self) -> list[tuple[int, Repository]]:
        known = enumerate(self.store.repositories.values(), start=1)
        return [(number, one) for number, one in known if one.linked]


def _listed(repository: Repository, number: int) -> dict[str, object]:
    return {
        "id": str(number),
        "name": repository.name,
        "url": f"https://github.com/{repository.name}",
        "provider": {"id": "integrations:github", "name": "GitHub"},
        "status": "active",
        "dateCreated": "2026-01-01T12:00:00Z",
    }


def history(folder: Path, count: int) -> Repository:
    """A git repository of so many commits of three files each, on disk and in the fake Sentry."""
    folder.mkdir(parents=True)
    _git(folder, "init", "--quiet", "--initial-branch=main")
    _git(folder, "remote", "add", "origin", "https://github.com/acme/app.git")
    stream = "".join(_commit(number) for number in range(1, count + 1))
    _git(folder, "fast-import", "--quiet", text=stream)
    _git(folder, "reset", "--quiet", "--hard", "main")
    made = Repository()
    for number, sha in enumerate(_git(folder, "rev-list", "--reverse", "main").split(), start=1):
        changes = (Change(status="modified", path=path) for path in _paths(number))
        made.commit(f"feat: number {number}", *changes, sha=sha)
    return made


def shallow(folder: Path, clone: Path) -> None:
    """A clone of depth 1."""
    _git(folder, "clone", "--quiet", "--depth=1", f"file://{folder}", str(clone))
    _git(clone, "remote", "set-url", "origin", "https://github.com/acme/app.git")


def seed(sentry: BenchSentry, sha: str) -> None:
    """A release that was deployed to production before, and ended at this commit."""
    commit = {"id": sha, "repository": sentry.repository.name, "message": "feat: before"}
    body = {"version": EARLIER, "projects": ["shop"], "ref": sha, "commits": [commit]}
    _post(sentry, "", body)
    _post(sentry, f"{EARLIER}/deploys/", {"environment": "production"})
    sentry.ledger.clear()


def _post(sentry: BenchSentry, path: str, body: Mapping[str, object]) -> None:
    query = Query(
        method="POST",
        target=f"/api/0/organizations/{sentry.organization}/releases/{path}",
        headers={"authorization": f"Bearer {sentry.token}", "content-type": "application/json"},
        body=json.dumps(body).encode(),
    )
    answer = sentry.answer(query)
    if answer.status >= 300:  # noqa: PLR2004 - the end of HTTP's successes
        raise RuntimeError(f"{path}: {answer}")


def _commit(number: int) -> str:
    message = f"feat: number {number}"
    who = f"Dev {number % 7} <dev{number % 7}@example.com> {1_767_000_000 + number * 3600} +0000"
    files = "".join(
        f"M 100644 inline {p}\ndata {len(str(number))}\n{number}\n" for p in _paths(number)
    )
    return f"commit refs/heads/main\ncommitter {who}\ndata {len(message)}\n{message}\n{files}\n"


def _paths(number: int) -> list[str]:
    return [f"lib/{number % 97}/{n}.dart" for n in range(3)]


def _git(folder: Path, *words: str, text: str | None = None) -> str:
    env = os.environ | {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    done = subprocess.run(  # noqa: S603 - a list, no shell
        ["git", "-C", str(folder), *words],  # noqa: S607 - the git of the machine
        input=text, capture_output=True, text=True, check=True, env=env,
    )  # fmt: skip
    return done.stdout
