"""One request to the fake GitHub about one repository, pages of lists, and refusals."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NoReturn

from fake_sentry.git import Repository
from fake_sentry.wire import Answer, Query, Refused


@dataclass(frozen=True, slots=True, kw_only=True)
class GitHubRequest:
    """One request about one repository; `message` names the resource, `root` is its URL."""

    query: Query
    repo: Repository
    root: str
    message: str

    def sha(self, ref: str, status: int, reason: str) -> str:
        """
        → the sha behind the ref.

        Raises:
            Refused: the repository has no such thing
        """
        return self.repo.resolve(ref) or refuse(status, reason)


def refuse(status: int, reason: str) -> NoReturn:
    """End the request with an error in GitHub's form."""
    docs = "https://docs.github.com/rest"
    raise Refused(status, {"message": reason, "documentation_url": docs, "status": str(status)})


def select_page(
    request_info: GitHubRequest, items: Sequence[object], size: int = 30, max_count: int = 100
) -> tuple[list[object], Answer]:
    """Return the requested page of a list, and the response with links to the next and last."""
    query = request_info.query
    requests = query.one("per_page")
    size = min(int(requests), max_count) if requests.isdecimal() else size
    number, last = max(1, int(query.one("page", "1"))), max(1, -(-len(items) // size))
    headers = {}
    if number < last:
        kept = query.query_without("page")
        url = f"{request_info.root.partition('/repos/')[0]}{query.target.partition('?')[0].removeprefix('/github')}"
        headers["Link"] = ", ".join(
            f'<{url}?{kept}{"&" if kept else ""}page={page}>; rel="{rel}"'
            for page, rel in ((number + 1, "next"), (last, "last"))
        )
    part = list(items[(number - 1) * size : number * size])
    return part, Answer(body=part, headers=headers)
