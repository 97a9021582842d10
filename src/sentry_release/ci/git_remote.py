"""Parse the URL of a git remote: the server, the path of the repository, and the service."""

import re
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import unquote

from sentry_release.model.sentry_names import check_link

_WEB = re.compile(r"(?P<scheme>https?)://(?:[^/@]*@)?(?P<host>[^/@:]+(?::[0-9]+)?)/(?P<path>.+)")
_SSH = re.compile(r"ssh://(?:[^/@:]+@)?(?P<host>[^/@:]+)(?::[0-9]+)?/(?P<path>.+)")
_SCP = re.compile(r"[^/@:]+@(?P<host>[^/@:]+):(?P<path>.+)")
_ONLY_HTTPS = {"bitbucket.org", "github.com", "gitlab.com"}
_PATH = re.compile(r"[^/\x00-\x1f\x7f]+(?:/[^/\x00-\x1f\x7f]+)+")


class Forge(StrEnum):
    """Services that keep repositories, as far as their pages and names differ."""

    GITHUB = "github"
    GITLAB = "gitlab"
    BITBUCKET = "bitbucket"
    AZURE = "azure"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class GitRemote:
    """
    Where a repository lies: `https://gitlab.com` and `acme/shop`.

    `server` is None where it is no address that Sentry would take, as on a local network.
    """

    server: str | None
    path: str
    forge: Forge


def parse_remote_url(url: str | None, forge: Forge | None = None) -> GitRemote | None:
    """
    Read an address as git takes it; what was in it of users, passwords and tokens is dropped.

    Args:
        url: As in `https://host/owner/name.git`, `git@host:owner/name` or `ssh://…`.
        forge: Whose service it is, where that is known for sure.

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


_AZURE_SSH = re.compile(r"v3/([^/]+)/([^/]+)/([^/]+)")
"""Source: https://learn.microsoft.com/azure/devops/repos/git/use-ssh-keys-to-authenticate"""


def _detect_forge(host: str, path: str) -> Forge:
    if host == "bitbucket.org":
        return Forge.BITBUCKET
    if host == "dev.azure.com" or "/_git/" in path:
        return Forge.AZURE
    label = host.partition(".")[0]
    return {"github": Forge.GITHUB, "gitlab": Forge.GITLAB}.get(label, Forge.OTHER)
