"""Detect the context of a run: the variables of a CI provider, the event and the checkout."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from string import Formatter
from typing import Protocol
from urllib.parse import quote

from sentry_release.ci.context import GITHUB_SERVER, Context, read_variable
from sentry_release.ci.git_repository import Forge, GitRemote, parse_remote_url
from sentry_release.ci.providers import CI_PROVIDERS, CIProvider, VariableNames
from sentry_release.model.foreign_text import check_link, get_url_host
from sentry_release.model.job import EventKind
from sentry_release.model.release import SUCCESS

_HEADS, _TAGS = "refs/heads/", "refs/tags/"
_NOTHING = {"", "false", "0"}
_NUMBER = re.compile(r"[0-9]{1,9}")
_IN_ADDRESSES = "/:?#&=%@+,;!$'()*~-._"
_GENERAL_CI_VARIABLES = (
    "CI", "CONTINUOUS_INTEGRATION", "GITHUB_ACTIONS", "BUILD_ID", "BUILD_NUMBER", "RUN_ID",
    "CI_NAME", "CI_APP_ID", "CI_BUILD_ID", "CI_BUILD_NUMBER", "CODEBUILD_BUILD_ID",
    "TEAMCITY_VERSION", "BUILDKITE", "DRONE", "SEMAPHORE", "APPVEYOR", "FCI_BUILD_ID",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderRun:
    """
    The run, as a CI host describes it.

    `repository` is its name if no `origin` is known. `job_status` is `success`, or the
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
    """Return the CI host; None on GitHub Actions, or if it is unknown."""
    if environ.get("GITHUB_ACTIONS") == "true":
        return None
    return next(
        (host for host in CI_PROVIDERS if _is_set(environ.get(host.detect_variable, ""))), None
    )


def is_ci_host(environ: Mapping[str, str]) -> bool:
    """
    Return whether any variable names a CI service, a known one or not.

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
    """Return `main` for `refs/heads/main` and Jenkins' `origin/main`; None for other full refs."""
    name = (ref or "").removeprefix(_HEADS).removeprefix("origin/")
    return None if name.startswith("refs/") else name or None


def _parse_tag(ref: str | None) -> str | None:
    """Return `v1` for `refs/tags/v1`; None for any other full ref."""
    name = (ref or "").removeprefix(_TAGS)
    return None if name.startswith("refs/") else name or None


def _fill_template(text: str | None, environ: Mapping[str, str]) -> str | None:
    """Return the text with its variables filled in; None if one of them is not set."""
    names = [name for _, name, _, _ in Formatter().parse(text or "") if name]
    values = {name: read_variable(environ, name) for name in names}
    return text.format_map(values) if text and all(values.values()) else None


def _build_run_url(host: CIProvider, environ: Mapping[str, str]) -> str | None:
    """Return the URL of the run, if Sentry accepts it; it refuses hosts of local networks."""
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
    """Return the repository in one form, whatever the protocol of its URL."""
    origin = parse_remote_url(text)
    return text if origin is None else f"{(origin.server or '').partition('://')[2]}/{origin.path}"


def _normalize_status(host: CIProvider, word: str | None) -> str | None:
    return SUCCESS if word in host.success_values else word


class Checkout(Protocol):
    """The git checkout, as far as it can be read."""

    @property
    def sha(self) -> str | None:
        """Return the commit."""

    @property
    def branch(self) -> str | None:
        """Return the branch; None if a commit is checked out by itself."""

    @property
    def origin(self) -> GitRemote | None:
        """Return the remote that the repository was cloned from."""


def detect_context(
    environ: Mapping[str, str], payload: Mapping[str, object], checkout: Checkout | None = None
) -> Context:
    """
    Return the context of the run.

    Args:
        environ: The process environment.
        payload: The event that started the workflow, `{}` outside GitHub Actions.
        checkout: What is checked out; it fills in what the environment does not have.

    Raises:
        WorkflowError: GITHUB_API_URL is not a URL.
    """
    context = Context.from_env(environ, payload)
    if context.is_github_actions:
        return context
    run = read_provider_run(environ)
    context = _apply_provider_run(context, run) if run else context
    return _apply_checkout(context, checkout) if checkout else context


def _apply_provider_run(context: Context, run: ProviderRun) -> Context:
    """Return the context with the values of the CI host instead of any of GitHub's."""
    context = replace(
        context,
        provider=run.provider,
        repository=run.repository,
        forge=run.provider.forge,
        server_url=None,
        sha=run.sha,
        ref_name=run.tag or run.branch,
        is_tag=run.tag is not None,
        run_id=run.run_id,
        run_number=run.run_number,
        run_attempt=run.attempt,
        build_url=run.url,
        job=run.job,
        actor=run.actor,
        environment=run.environment,
        job_status=run.job_status,
        no_secrets_reason=run.no_secrets_reason,
        event_name=None,
        deployment_event=None,
        event_kind=EventKind.FORK if run.no_secrets_reason else EventKind.OWN,
    )
    return _apply_remote(context, run.origin)


def _apply_checkout(context: Context, checkout: Checkout) -> Context:
    """
    Return the context with what is missing taken from the checkout.

    The branch is not: a CI host that names none runs for a tag or a pull request.
    """
    context = replace(context, sha=context.sha or checkout.sha)
    if context.provider is None and context.ref_name is None:
        context = replace(context, ref_name=checkout.branch)
    origin = checkout.origin
    if origin is None or context.server_url or context.repository not in {None, origin.path}:
        return context
    return _apply_remote(context, origin)


def _apply_remote(context: Context, origin: GitRemote | None) -> Context:
    """
    Return the context with the repository of the remote.

    The API of a GitHub server must be named by a variable: the URL of a clone must not decide
    where a token is sent.
    """
    if origin is None:
        return context
    host = (origin.server or "").partition("://")[2]
    of_its_own = origin.forge is Forge.GITHUB and origin.server not in {None, GITHUB_SERVER}
    is_named = context.api_url is not None and get_url_host(context.api_url) == get_url_host(
        f"https://{host}"
    )
    return replace(
        context,
        repository=origin.path,
        server_url=origin.server,
        api_url=None if of_its_own and not is_named else context.api_url,
        forge=origin.forge,
    )
