"""Names -> the pages where people read on; every part is encoded, none is trusted."""

from urllib.parse import quote

from sentry_release.words.commits import CommitRange


def release_page(url: str, organization: str, release: str) -> str:
    """The release's own page in Sentry."""
    return f"{url}/organizations/{quote(organization, safe='')}/releases/{quote(release, safe='')}/"


def issue_page(url: str, organization: str, issue: str) -> str:
    """The page that leads to an issue by its short id."""
    return (
        f"{url}/organizations/{quote(organization, safe='')}/issues/?query={quote(issue, safe='')}"
    )


def range_page(server: str, commits: CommitRange) -> str:
    """The range's comparison on GitHub; without a beginning, the commits up to its end."""
    repository = f"{server}/{quote(commits.source)}"
    head = quote(commits.head, safe="")
    if commits.previous is None:
        return f"{repository}/commits/{head}"
    return f"{repository}/compare/{quote(commits.previous, safe='')}...{head}"
