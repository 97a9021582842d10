"""Build URLs of releases, issues and commits; every part is encoded, none is trusted."""

from collections.abc import Mapping
from urllib.parse import quote

from sentry_release.ci.context import Context
from sentry_release.ci.git_repository import Forge
from sentry_release.model.commits import CommitRange

_COMMIT = {
    Forge.GITHUB: "commit/{head}",
    Forge.GITLAB: "-/commit/{head}",
    Forge.BITBUCKET: "commits/{head}",
    Forge.AZURE: "commit/{head}",
}
_RANGE = {
    Forge.GITHUB: "compare/{previous}...{head}",
    Forge.GITLAB: "-/compare/{previous}...{head}",
    Forge.BITBUCKET: "branches/compare/{head}%0D{previous}",
    Forge.AZURE: "branchCompare?baseVersion=GC{previous}&targetVersion=GC{head}",
}
_HISTORY = {
    Forge.GITHUB: "commits/{head}",
    Forge.GITLAB: "-/commits/{head}",
    Forge.BITBUCKET: "commits/{head}",
    Forge.AZURE: "commits?itemVersion=GC{head}",
}


def build_release_url(url: str, organization: str, release: str) -> str:
    """Return the URL of the release in Sentry."""
    return f"{url}/organizations/{quote(organization, safe='')}/releases/{quote(release, safe='')}/"


def build_issue_url(url: str, organization: str, issue: str) -> str:
    """Return the URL of an issue in Sentry by its short id."""
    return (
        f"{url}/organizations/{quote(organization, safe='')}/issues/?query={quote(issue, safe='')}"
    )


def build_commit_url(server: str, repository: str, sha: str, forge: Forge | None) -> str | None:
    """Return the URL of a commit; None if the URLs of the service are unknown."""
    return _build_url(_COMMIT, forge, server, repository, head=sha)


def build_compare_url(
    server: str, commits: CommitRange, forge: Forge | None = Forge.GITHUB
) -> str | None:
    """Return the URL that compares the range; without a start, of the commits up to its end."""
    if commits.previous is None:
        return _build_url(_HISTORY, forge, server, commits.source, head=commits.head)
    ends = {"head": commits.head, "previous": commits.previous}
    return _build_url(_RANGE, forge, server, commits.source, **ends)


def _build_url(
    forms: Mapping[Forge, str], forge: Forge | None, server: str, repository: str, **shas: str
) -> str | None:
    form = forms.get(forge) if forge else None
    if form is None:
        return None
    parts = {key: quote(sha, safe="") for key, sha in shas.items()}
    return f"{server}/{quote(repository)}/{form.format_map(parts)}"


def build_tree_url(context: Context) -> str | None:
    """Return the URL of the commit's files on GitHub; None elsewhere."""
    server, repository, commit = context.server_url, context.commit_repository, context.commit
    if not (context.is_github_actions and server and repository and commit):
        return None
    return f"{server}/{repository}/blob/{commit}"
