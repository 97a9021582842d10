"""The variables of a CI host -> the run, by way of the table in hosts.py."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from string import Formatter
from urllib.parse import quote

from sentry_release.facts.hosts import HOSTS, Host, Names
from sentry_release.facts.origin import Origin, origin_of
from sentry_release.facts.sentry_links import address
from sentry_release.facts.variables import variable

_HEADS, _TAGS = "refs/heads/", "refs/tags/"
_NOTHING = {"", "false", "0"}
_NUMBER = re.compile(r"[0-9]{1,9}")
_IN_ADDRESSES = "/:?#&=%@+,;!$'()*~-._"
SUCCESS = "success"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """
    What a host tells of the run.

    `repository` is its name where no `origin` is known. `job_status` is `success`, or the
    host's own word for something else. `secretless` is why the run may have no secrets.
    """

    host: Host
    sha: str | None
    branch: str | None
    tag: str | None
    origin: Origin | None
    repository: str | None
    run_id: str | None
    run_number: str | None
    attempt: int
    page: str | None
    job: str | None
    actor: str | None
    environment: str | None
    secretless: str | None
    job_status: str | None


def host_of(environ: Mapping[str, str]) -> Host | None:
    """The host that this program runs on; None on GitHub Actions, and where nobody says so."""
    if environ.get("GITHUB_ACTIONS") == "true":
        return None
    return next((host for host in HOSTS if _is_set(environ.get(host.marker, ""))), None)


def run_of(environ: Mapping[str, str]) -> Run | None:
    """Read the variables of the host; None where there is none."""
    host = host_of(environ)
    if host is None:
        return None

    def first(names: Names) -> str | None:
        return next((text for name in names if (text := variable(environ, name))), None)

    attempt = first(host.attempt) or "1"
    origin = origin_of(first(host.origin), host.forge)
    return Run(
        host=host,
        sha=first(host.sha),
        branch=_branch(first(host.branch)),
        tag=_tag(first(host.tag)),
        origin=origin,
        repository=origin.path if origin else _filled(host.repository, environ),
        run_id=first(host.run_id),
        run_number=first(host.run_number),
        attempt=int(attempt) if _NUMBER.fullmatch(attempt) else 1,
        page=_page(host, environ),
        job=first(host.job),
        actor=first(host.actor),
        environment=first(host.environment),
        secretless=_secretless(host, environ),
        job_status=_status(host, first(host.status)),
    )


def _is_set(text: str) -> bool:
    return text.strip().lower() not in _NOTHING


def _branch(ref: str | None) -> str | None:
    """`main` of `refs/heads/main` and of Jenkins' `origin/main`; a pull request's ref is none."""
    name = (ref or "").removeprefix(_HEADS).removeprefix("origin/")
    return None if name.startswith("refs/") else name or None


def _tag(ref: str | None) -> str | None:
    """`v1` of `refs/tags/v1`; any other full ref is none."""
    name = (ref or "").removeprefix(_TAGS)
    return None if name.startswith("refs/") else name or None


def _filled(text: str | None, environ: Mapping[str, str]) -> str | None:
    """A text with variables in braces; None where one of them is not set."""
    names = [name for _, name, _, _ in Formatter().parse(text or "") if name]
    values = {name: variable(environ, name) for name in names}
    return text.format_map(values) if text and all(values.values()) else None


def _page(host: Host, environ: Mapping[str, str]) -> str | None:
    """The page of the run, if Sentry takes it; a server on a local network is none to Sentry."""
    page = _filled(host.page, environ)
    return address(quote(page, safe=_IN_ADDRESSES)) if page else None


def _secretless(host: Host, environ: Mapping[str, str]) -> str | None:
    values = [variable(environ, name) or "" for name in host.fork]
    if not values or not all(_is_set(value) for value in values):
        return None
    one, *others = (_repository(value) for value in values)
    if others == [one]:
        return None
    return "a pull request from a fork gets no secrets"


def _repository(text: str) -> str:
    """A repository, the same for every protocol that it may be cloned by."""
    origin = origin_of(text)
    return text if origin is None else f"{(origin.server or '').partition('://')[2]}/{origin.path}"


def _status(host: Host, word: str | None) -> str | None:
    return SUCCESS if word in host.well else word
