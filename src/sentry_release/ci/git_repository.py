"""A git repository: its remote, the URLs of its commits, and the commit that is checked out."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol
from urllib.parse import quote, unquote

from sentry_release.model.commits import CommitRange, is_sha
from sentry_release.model.foreign_text import check_link

_WEB = re.compile(r"(?P<scheme>https?)://(?:[^/@]*@)?(?P<host>[^/@:]+(?::[0-9]+)?)/(?P<path>.+)")
_SSH = re.compile(r"ssh://(?:[^/@:]+@)?(?P<host>[^/@:]+)(?::[0-9]+)?/(?P<path>.+)")
_SCP = re.compile(r"[^/@:]+@(?P<host>[^/@:]+):(?P<path>.+)")
_ONLY_HTTPS = {"bitbucket.org", "github.com", "gitlab.com"}
_PATH = re.compile(r"[^/\x00-\x1f\x7f]+(?:/[^/\x00-\x1f\x7f]+)+")
_BRANCH = "refs/heads/"
_REFTABLE = "refs/heads/.invalid"
_SAFE_REF = re.compile(r"refs/heads/(?!\.|.*(?:\.\.|//|/\.))[^\s\x00-\x1f\x7f~^:?*\[\\]+")
_SECTION = re.compile(r'\[\s*remote\s+"(?P<name>[^"]+)"\s*\]', re.IGNORECASE)
_URL = re.compile(r"\s*url\s*=\s*(?P<url>\S+)\s*", re.IGNORECASE)
_FOLDER = re.compile(r"(?:file://)?/(?:[^/\s]+/)*(?P<name>[^/\s]+/[^/\s]+?)(?:\.git)?/?")
_REFLOG = re.compile(r"(?P<old>[0-9a-f]{40,64}) (?P<new>[0-9a-f]{40,64}) [^\t]*(?:\t(?P<why>.*))?")
_MOVES = ("branch:", "checkout:", "clone:", "rebase (start)", "reset:")
_FAST_FORWARD = "fast-forward"
_AZURE_SSH = re.compile(r"v3/([^/]+)/([^/]+)/([^/]+)")
"""Source: https://learn.microsoft.com/azure/devops/repos/git/use-ssh-keys-to-authenticate"""


class Forge(StrEnum):
    """Services for repositories, whose pages and names differ."""

    GITHUB = "github"
    GITLAB = "gitlab"
    BITBUCKET = "bitbucket"
    AZURE = "azure"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class GitRemote:
    """
    The server and the path of a repository: `https://gitlab.com` and `acme/shop`.

    `server` is None if Sentry would not accept its URL, as on a local network.
    """

    server: str | None
    path: str
    forge: Forge


def parse_remote_url(url: str | None, forge: Forge | None = None) -> GitRemote | None:
    """
    Parse a URL in the forms of git; users, passwords and tokens in it are dropped.

    Args:
        url: As in `https://host/owner/name.git`, `git@host:owner/name` or `ssh://…`.
        forge: The service, if it is known for sure.

    >>> parse_remote_url("git@github.com:acme/shop.git")
    GitRemote(server='https://github.com', path='acme/shop', forge=<Forge.GITHUB: 'github'>)
    """
    text = url or ""
    match = _WEB.fullmatch(text) or _SSH.fullmatch(text) or _SCP.fullmatch(text)
    if match is None:
        return None
    host = match["host"].lower()
    path = unquote(match["path"]).strip("/").removesuffix(".git")
    if host == "ssh.dev.azure.com":
        host, path = "dev.azure.com", _AZURE_SSH.sub(r"\1/\2/_git/\3", path)
    if not _PATH.fullmatch(path):
        return None
    scheme = "https" if host in _ONLY_HTTPS else match.groupdict().get("scheme", "https")
    server = check_link(f"{scheme}://{host}")
    return GitRemote(server=server, path=path, forge=forge or _detect_forge(host, path))


def _detect_forge(host: str, path: str) -> Forge:
    if host == "bitbucket.org":
        return Forge.BITBUCKET
    if host == "dev.azure.com" or "/_git/" in path:
        return Forge.AZURE
    label = host.partition(".")[0]
    return {"github": Forge.GITHUB, "gitlab": Forge.GITLAB}.get(label, Forge.OTHER)


class GitFiles(Protocol):
    """The files of a `.git`, as far as they can be read."""

    def read(self, name: str) -> str | None:
        """Return the text of a file, or None."""

    def read_all(self, folder: str) -> Iterable[str]:
        """Return the texts of all files below a folder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GitCheckout:
    """
    What is checked out; what cannot be read is absent.

    `mirror` is the `owner/name` at the end of a remote that is a folder, as of a cache on a runner.
    `pushed` is the newest commit at or before `sha` that the remote has, as far as the files say:
    another one than `sha` if commits were made here since. `problem` is why `sha` is absent.
    """

    sha: str | None = None
    branch: str | None = None
    origin: GitRemote | None = None
    mirror: str | None = None
    pushed: str | None = None
    problem: str | None = None


def read_git_checkout(files: GitFiles, *, known: str | None = None) -> GitCheckout:
    """
    Return what is checked out, looked up as git does.

    HEAD names a branch or is a commit, and a branch is a file of its own or among the packed
    ones. With reftables HEAD names `.invalid`, as no branch can be called.

    Args:
        files: The files of `.git`.
        known: A commit that the remote has for sure; without it nothing is looked up to learn
            whether HEAD was pushed.

    Sources: https://git-scm.com/docs/gitrepository-layout · https://git-scm.com/docs/git-pack-refs
    · https://git-scm.com/docs/reftable
    """
    head = (files.read("HEAD") or "").strip()
    named = head.removeprefix("ref:").strip() if head.startswith("ref:") else None
    ref = named if named and _SAFE_REF.fullmatch(named) else None
    text = _find_tip(ref, files) if ref else head
    sha = text if text and is_sha(text) else None
    url = _find_remote_url(files.read("config") or "") or ""
    folder = _FOLDER.fullmatch(url)
    return GitCheckout(
        sha=sha,
        branch=ref.removeprefix(_BRANCH) if ref else None,
        origin=parse_remote_url(url),
        mirror=folder["name"] if folder else None,
        pushed=_find_pushed_commit(sha, files, known) if sha and known else None,
        problem=None if sha else _describe_problem(named, ref),
    )


def _describe_problem(named: str | None, ref: str | None) -> str:
    if named == _REFTABLE:
        return "its branches are kept in a reftable"
    return (
        f"its branch has no commit: {ref}" if ref else "its `.git` holds no HEAD that can be read"
    )


def _find_tip(ref: str, files: GitFiles) -> str | None:
    loose = files.read(ref)
    if loose is not None:
        return loose.strip()
    return dict(_parse_packed_refs(files.read("packed-refs") or "")).get(ref)


def _parse_packed_refs(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        sha, _, ref = line.partition(" ")
        yield ref, sha


def _find_pushed_commit(sha: str, files: GitFiles, known: str) -> str | None:
    """
    Return the commit, or the one below it on which commits were made here.

    What was fetched or pushed stands in FETCH_HEAD, in `shallow`, or below refs/remotes. An older
    commit of a fetched branch does not; but then the reflog says that HEAD was moved to it, and
    not that it was made.

    Source: https://git-scm.com/docs/git-reflog
    """
    if sha == known:
        return sha
    fetched = {known, *_list_fetched_commits(files)}
    made, moved_to = _parse_reflog(files.read("logs/HEAD") or "")
    passed: set[str] = set()
    while sha not in fetched and sha in made and sha not in passed:
        passed.add(sha)
        sha = made[sha]
    return sha if sha in fetched or (sha in moved_to and sha not in made) else None


def _list_fetched_commits(files: GitFiles) -> Iterator[str]:
    for name in ("FETCH_HEAD", "shallow"):
        for line in (files.read(name) or "").splitlines():
            yield line.partition("\t")[0].strip()
    for ref, sha in _parse_packed_refs(files.read("packed-refs") or ""):
        if ref.startswith("refs/remotes/"):
            yield sha
    for text in files.read_all("refs/remotes"):
        yield text.strip()


def _parse_reflog(text: str) -> tuple[dict[str, str], set[str]]:
    """Return the commits that were made here with those before them, and those HEAD moved to."""
    made: dict[str, str] = {}
    moved_to: set[str] = set()
    for line in text.splitlines():
        entry = _REFLOG.fullmatch(line)
        if entry is None:
            continue
        reason = entry["why"] or ""
        if reason.startswith(_MOVES) or reason.lower().endswith(_FAST_FORWARD):
            moved_to.add(entry["new"])
        elif entry["new"] not in moved_to and entry["new"] != entry["old"]:
            made[entry["new"]] = entry["old"]
    return made, moved_to


def _find_remote_url(config: str) -> str | None:
    """Return the address of the remote `origin`, or of the only remote."""
    urls: dict[str, str] = {}
    remote = None
    for line in config.splitlines():
        if line.lstrip().startswith("["):
            section = _SECTION.fullmatch(line.strip())
            remote = section["name"] if section else None
        elif remote is not None and (match := _URL.fullmatch(line)):
            urls.setdefault(remote, match["url"])
    return urls.get("origin") or (next(iter(urls.values())) if len(urls) == 1 else None)


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
