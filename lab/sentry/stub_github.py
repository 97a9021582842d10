"""GET requests to api.github.com -> answers from bare repositories and one JSON file."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from stub_git import MissingError
from stub_question import Answer, Question
from stub_shapes import commit_shape, file_shape, page_of

# docs.github.com/en/rest/commits/commits: more are never listed
_COMPARISON_FILES = 300
_COMPARED = 10_000
_UNPAGED = 250  # commits of a comparison without pages: the newest


def answer(target: str, *, folder: Path, api: str) -> Answer:
    """
    What GitHub would say to `GET target`.

    Args:
        target: Path and query below the API's root, such as `/repos/acme/app/tags?page=2`.
        folder: Holds `OWNER/NAME.git` (bare) and perhaps `check-runs.json`.
        api: The root's own address, without a slash at its end: clients follow links built from it.
    """
    parts = urlsplit(target)
    match = re.fullmatch(r"/repos/([\w.-]+/[\w.-]+)(?:/(.*))?", parts.path)
    if not match:
        return _not_found(f"no route for {parts.path}")
    query = {key: values[0] for key, values in parse_qs(parts.query).items()}
    rest = unquote(match[2] or "")
    question = Question(folder=folder, api=api, name=match[1], rest=rest, query=query)
    try:
        return _limited(question) or _routed(question)
    except MissingError as missing:
        return _not_found(str(missing))


def _limited(question: Question) -> Answer | None:
    """A secondary rate limit, once, if `OWNER/NAME.git/rate-limit` holds the seconds to wait."""
    path = question.repository.path / "rate-limit"
    if not path.exists():
        return None
    seconds = path.read_text().strip()
    path.unlink()
    reason = (
        "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
    )
    return Answer(status=403, body={"message": reason}, retry_after=seconds)


def _not_found(reason: str) -> Answer:
    return Answer(status=404, body={"message": "Not Found", "status": "404", "why": reason})


def _routed(question: Question) -> Answer:
    for pattern, route in _ROUTES:
        if match := re.fullmatch(pattern, question.rest):
            return route(question, *match.groups())
    raise MissingError(f"no route for {question.rest}")


def _about(question: Question) -> Answer:
    question.repository.check()
    owner, name = question.name.split("/")
    return Answer(
        body={
            "id": 4711,
            "name": name,
            "full_name": question.name,
            "owner": {"login": owner, "url": f"{question.api}/users/{owner}"},
            "private": False,
            "default_branch": "main",
            "url": question.url,
            "html_url": f"https://github.com/{question.name}",
        }
    )


def _none(question: Question) -> Answer:
    question.repository.check()
    return Answer(body=[])


def _commits(question: Question) -> Answer:
    if question.repository.is_empty():
        return Answer(status=409, body={"message": "Git Repository is empty.", "status": "409"})
    shas = question.repository.shas(question.repository.sha(question.query.get("sha", "HEAD")))
    page, link = page_of(shas, question.query, url=question.address, size=30, max_count=100)
    return Answer(body=_commit_list(question, page), link=link)


def _one_commit(question: Question, ref: str) -> Answer:
    repository = question.repository
    repository.check()
    try:
        sha = repository.sha(ref)
    except MissingError:
        return Answer(status=422, body={"message": f"No commit found for SHA: {ref}"})
    files, link = page_of(
        repository.files(sha), question.query, url=question.address, size=300, max_count=300
    )
    (commit,) = _commit_list(question, (sha,))
    return Answer(body=commit | {"files": [file_shape(file) for file in files]}, link=link)


def _comparison(question: Question, base_ref: str, head_ref: str) -> Answer:
    repository = question.repository
    base, head = repository.sha(base_ref), repository.sha(head_ref)
    try:
        merge_base = repository.merge_base(base, head)
    except MissingError:
        reason = f"No common ancestor between {base_ref} and {head_ref}."
        return Answer(status=404, body={"message": reason, "status": "404"})
    ahead = repository.shas(f"{base}..{head}")[::-1]
    behind = repository.shas(f"{head}..{base}")
    page, link = ahead[-_UNPAGED:], ""
    if question.query.keys() & {"page", "per_page"}:
        listed = ahead[:_COMPARED]
        page, link = page_of(
            listed, question.query, url=question.address, size=_UNPAGED, max_count=100
        )
    body = {
        "url": f"{question.url}/{question.rest}",
        "html_url": f"https://github.com/{question.name}/{question.rest}",
        "base_commit": _commit_list(question, (base,))[0],
        "merge_base_commit": _commit_list(question, (merge_base,))[0],
        "status": _STATUS[bool(ahead), bool(behind)],
        "ahead_by": len(ahead),
        "behind_by": len(behind),
        "total_commits": len(ahead),
        "commits": _commit_list(question, page),
    }
    if question.query.get("page", "1") == "1":  # later pages have commits only
        files = repository.changes(merge_base, head)[:_COMPARISON_FILES]
        body["files"] = [file_shape(file) for file in files]
    return Answer(body=body, link=link)


def _tags(question: Question) -> Answer:
    page, link = page_of(
        question.repository.tags(), question.query, url=question.address, size=30, max_count=100
    )
    url = question.url
    return Answer(
        body=[
            {"name": name, "commit": {"sha": sha, "url": f"{url}/commits/{sha}"}}
            for name, sha in page
        ],
        link=link,
    )


def _check_run(question: Question, number: str) -> Answer:
    path = question.folder / "check-runs.json"
    known = json.loads(path.read_text()) if path.exists() else {}
    if number not in known:
        raise MissingError(f"no check run {number} in {path}")
    deployment = (known[number] or {}).get("deployment")
    if deployment is not None:
        deployment = {
            "id": 1,
            "url": f"{question.url}/deployments/1",
            "task": "deploy",
        } | deployment
    return Answer(
        body={
            "id": int(number),
            "name": "deploy",
            "status": "in_progress",
            "conclusion": None,
            "url": f"{question.url}/check-runs/{number}",
            "deployment": deployment,
        }
    )


_STATUS = {
    (False, False): "identical",
    (True, False): "ahead",
    (False, True): "behind",
    (True, True): "diverged",
}
_ROUTES: tuple[tuple[str, Callable[..., Answer]], ...] = (
    ("", _about),
    ("hooks|deployments", _none),
    ("commits", _commits),
    ("commits/(.+)", _one_commit),
    (r"compare/(.+)\.\.\.(.+)", _comparison),
    ("tags", _tags),
    (r"check-runs/(\d+)", _check_run),
)


def _commit_list(question: Question, shas: tuple[str, ...]) -> list[dict[str, Any]]:
    return [commit_shape(commit, url=question.url) for commit in question.repository.commits(shas)]
