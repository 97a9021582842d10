"""One request to the fake GitHub about one repository, pages of lists, and refusals."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NoReturn

from fake_sentry.git import Repository
from fake_sentry.wire import Answer, Query, Refused


@dataclass(frozen=True, slots=True, kw_only=True)
class GitHubRequest:
    """One request about one repository; `key` is the id, sha or range in its path, `root` the URL of the repository."""

    query: Query
    repo: Repository
    root: str
    key: str

    def sha(self, ref: str, status: int, reason: str) -> str:
        """
        Return the sha that the ref names.

        Raises:
            Refused: The repository has no such ref.
        """
        return self.repo.resolve(ref) or refuse(status, reason)


def refuse(status: int, reason: str) -> NoReturn:
    """End the request with an error in GitHub's form."""
    docs = "https://docs.github.com/rest"
    raise Refused(status, {"message": reason, "documentation_url": docs, "status": str(status)})


def select_page(
    request: GitHubRequest, items: Sequence[object], size: int = 30, max_count: int = 100
) -> tuple[list[object], Answer]:
    """Return the requested page of a list, and the response with links to the next and last."""
    query = request.query
    wanted_size = query.one("per_page")
    size = min(int(wanted_size), max_count) if wanted_size.isdecimal() else size
    number, last = max(1, int(query.one("page", "1"))), max(1, -(-len(items) // size))
    headers = {}
    if number < last:
        kept = query.query_without("page")
        url = f"{request.root.partition('/repos/')[0]}{query.target.partition('?')[0].removeprefix('/github')}"
        headers["Link"] = ", ".join(
            f'<{url}?{kept}{"&" if kept else ""}page={page}>; rel="{rel}"'
            for page, rel in ((number + 1, "next"), (last, "last"))
        )
    part = list(items[(number - 1) * size : number * size])
    return part, Answer(body=part, headers=headers)
