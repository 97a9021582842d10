"""Facts of git -> the JSON shapes and the pages in which GitHub lists them."""

from typing import Any, TypeVar
from urllib.parse import urlencode

from stub_git import Commit, File, Person

Item = TypeVar("Item")


def page_of(
    items: tuple[Item, ...], query: dict[str, str], *, url: str, size: int, max_count: int
) -> tuple[tuple[Item, ...], str]:
    """
    The page of `items` that the query requests, and its Link header ("" if there is but one page).

    Args:
        items: All there are.
        query: Of the request; `per_page` and `page` (from 1) count, the rest is kept in the links.
        url: What the links start with.
        size: Items on a page when the query does not say.
        max_count: Items on a page, however many are requested.

    Source: https://docs.github.com/en/rest/using-the-rest-api/using-pagination-in-the-rest-api
    """
    size = max(1, min(int(query.get("per_page", size)), max_count))
    page, last = max(1, int(query.get("page", 1))), max(1, -(-len(items) // size))
    targets = {"prev": page - 1, "next": page + 1, "last": last, "first": 1}
    if page <= 1:
        del targets["prev"], targets["first"]
    if page >= last:
        del targets["next"], targets["last"]
    links = (
        f'<{url}?{urlencode({**query, "page": number})}>; rel="{name}"'
        for name, number in targets.items()
    )
    return items[(page - 1) * size : page * size], ", ".join(links)


def commit_shape(commit: Commit, *, url: str) -> dict[str, Any]:
    """A commit as every endpoint lists it; `url` is the repository's address in the API."""
    return {
        "sha": commit.sha,
        "url": f"{url}/commits/{commit.sha}",
        "commit": {
            "message": commit.message,
            "author": _person(commit.author),
            "committer": _person(commit.committer),
        },
        # null is what GitHub says of addresses that belong to no account
        "author": None,
        "committer": None,
        "parents": [{"sha": sha, "url": f"{url}/commits/{sha}"} for sha in commit.parents],
    }


def file_shape(file: File) -> dict[str, str]:
    """A changed file of a commit or of a comparison."""
    renamed = {"previous_filename": file.previous} if file.previous else {}
    return {"filename": file.path, "status": file.status, **renamed}


def _person(person: Person) -> dict[str, str]:
    return {"name": person.name, "email": person.email, "date": person.date}
