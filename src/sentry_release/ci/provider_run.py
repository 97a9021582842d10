"""Read a run from the variables of a CI provider, by the table in providers.py."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from string import Formatter
from urllib.parse import quote

from sentry_release.ci.context import read_variable
from sentry_release.ci.git_remote import GitRemote, parse_remote_url
from sentry_release.ci.providers import CI_PROVIDERS, CIProvider, VariableNames
from sentry_release.model.sentry_names import check_link

_HEADS, _TAGS = "refs/heads/", "refs/tags/"
_NOTHING = {"", "false", "0"}
_NUMBER = re.compile(r"[0-9]{1,9}")
_IN_ADDRESSES = "/:?#&=%@+,;!$'()*~-._"
SUCCESS = "success"
_GENERAL_CI_VARIABLES = (
    "CI", "CONTINUOUS_INTEGRATION", "GITHUB_ACTIONS", "BUILD_ID", "BUILD_NUMBER", "RUN_ID",
    "CI_NAME", "CI_APP_ID", "CI_BUILD_ID", "CI_BUILD_NUMBER", "CODEBUILD_BUILD_ID",
    "TEAMCITY_VERSION", "BUILDKITE", "DRONE", "SEMAPHORE", "APPVEYOR", "FCI_BUILD_ID",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderRun:
    """
    What a host tells of the run.

    `repository` is its name where no `origin` is known. `job_status` is `success`, or the
    host's own word for something else. `no_secrets_reason` is why the run may have no secrets.
    """

    provider: CIProvider
    sha: str | None
    branch: str | None
    tag: str | None
    origin: GitRemote | None
    repository: str | None
    run_id: str | None
    run_number: str | None
    attempt: int
    url: str | None
    job: str | None
    actor: str | None
    environment: str | None
    no_secrets_reason: str | None
    job_status: str | None


def detect_provider(environ: Mapping[str, str]) -> CIProvider | None:
    """The host that this program runs on; None on GitHub Actions, and if it is unknown."""
    if environ.get("GITHUB_ACTIONS") == "true":
        return None
    return next(
        (host for host in CI_PROVIDERS if _is_set(environ.get(host.detect_variable, ""))), None
    )


def is_ci_host(environ: Mapping[str, str]) -> bool:
    """
    Whether any variable speaks of a CI service, a known one or not.

    Source of the general names: https://github.com/watson/ci-info#supported-ci-tools
    """
    names = (*_GENERAL_CI_VARIABLES, *(host.detect_variable for host in CI_PROVIDERS))
    return any(_is_set(environ.get(name, "")) for name in names)


def read_provider_run(environ: Mapping[str, str]) -> ProviderRun | None:
    """Read the variables of the host; None where there is none."""
    host = detect_provider(environ)
    if host is None:
        return None

    def read_first(names: VariableNames) -> str | None:
        return next((text for name in names if (text := read_variable(environ, name))), None)

    attempt = read_first(host.attempt) or "1"
    origin = parse_remote_url(read_first(host.origin), host.forge)
    return ProviderRun(
        provider=host,
        sha=read_first(host.sha),
        branch=_parse_branch(read_first(host.branch)),
        tag=_parse_tag(read_first(host.tag)),
        origin=origin,
        repository=origin.path if origin else _fill_template(host.repository, environ),
        run_id=read_first(host.run_id),
        run_number=read_first(host.run_number),
        attempt=int(attempt) if _NUMBER.fullmatch(attempt) else 1,
        url=_build_run_url(host, environ),
        job=read_first(host.job),
        actor=read_first(host.actor),
        environment=read_first(host.environment),
        no_secrets_reason=_explain_missing_secrets(host, environ),
        job_status=_normalize_status(host, read_first(host.status)),
    )


def _is_set(text: str) -> bool:
    return text.strip().lower() not in _NOTHING


def _parse_branch(ref: str | None) -> str | None:
    """`main` of `refs/heads/main` and of Jenkins' `origin/main`; a pull request's ref is none."""
    name = (ref or "").removeprefix(_HEADS).removeprefix("origin/")
    return None if name.startswith("refs/") else name or None


def _parse_tag(ref: str | None) -> str | None:
    """`v1` of `refs/tags/v1`; any other full ref is none."""
    name = (ref or "").removeprefix(_TAGS)
    return None if name.startswith("refs/") else name or None


def _fill_template(text: str | None, environ: Mapping[str, str]) -> str | None:
    """A text with variables in braces; None where one of them is not set."""
    names = [name for _, name, _, _ in Formatter().parse(text or "") if name]
    values = {name: read_variable(environ, name) for name in names}
    return text.format_map(values) if text and all(values.values()) else None


def _build_run_url(host: CIProvider, environ: Mapping[str, str]) -> str | None:
    """The page of the run, if Sentry takes it; a server on a local network is none to Sentry."""
    page = _fill_template(host.run_url, environ)
    return check_link(quote(page, safe=_IN_ADDRESSES)) if page else None


def _explain_missing_secrets(host: CIProvider, environ: Mapping[str, str]) -> str | None:
    values = [read_variable(environ, name) or "" for name in host.fork_variables]
    if not values or not all(_is_set(value) for value in values):
        return None
    one, *others = (_normalize_repository(value) for value in values)
    if others == [one]:
        return None
    return "a pull request from a fork gets no secrets"


def _normalize_repository(text: str) -> str:
    """A repository, the same for every protocol that it may be cloned by."""
    origin = parse_remote_url(text)
    return text if origin is None else f"{(origin.server or '').partition('://')[2]}/{origin.path}"


def _normalize_status(host: CIProvider, word: str | None) -> str | None:
    return SUCCESS if word in host.success_values else word
