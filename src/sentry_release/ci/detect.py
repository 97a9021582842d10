"""Detect the context of a run from environment, event and checkout, with or without CI."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Protocol

from sentry_release.ci.context import Context
from sentry_release.ci.git_remote import Forge, GitRemote
from sentry_release.ci.provider_run import ProviderRun, read_provider_run
from sentry_release.config.config import Config
from sentry_release.config.environment_names import map_environment
from sentry_release.config.inputs import Command
from sentry_release.errors import WorkflowError
from sentry_release.model.event_kind import EventKind
from sentry_release.model.sentry_names import find_environment_name_error, get_url_host

_ONLY_NAMING = {Command.DOCTOR, Command.NAME, Command.RUN, Command.INIT}
_GITHUB = "https://github.com"


class Checkout(Protocol):
    """The git checkout, as far as it can be read."""

    @property
    def sha(self) -> str | None:
        """The commit."""

    @property
    def branch(self) -> str | None:
        """The branch; None if a commit is checked out by itself."""

    @property
    def origin(self) -> GitRemote | None:
        """Where the repository was cloned from."""


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
        WorkflowError: GITHUB_API_URL is no address.
    """
    context = Context.from_env(environ, payload)
    if context.is_github_actions:
        return context
    run = read_provider_run(environ)
    context = _apply_provider_run(context, run) if run else context
    return _apply_checkout(context, checkout) if checkout else context


def _apply_provider_run(context: Context, run: ProviderRun) -> Context:
    """What the host says counts, and nothing that looks like GitHub's."""
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
    """The checkout fills gaps; a host that names no branch is on a tag or a pull request."""
    context = replace(context, sha=context.sha or checkout.sha)
    if context.provider is None and context.ref_name is None:
        context = replace(context, ref_name=checkout.branch)
    origin = checkout.origin
    if origin is None or context.server_url or context.repository not in {None, origin.path}:
        return context
    return _apply_remote(context, origin)


def _apply_remote(context: Context, origin: GitRemote | None) -> Context:
    """
    Where the repository lies; of a server of its own GitHub's API has to be named by a variable.

    The address of a clone must not decide where a token is sent.
    """
    if origin is None:
        return context
    host = (origin.server or "").partition("://")[2]
    of_its_own = origin.forge is Forge.GITHUB and origin.server not in {None, _GITHUB}
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


def apply_ci_defaults(config: Config, context: Context) -> Config:
    """
    Return the inputs, with the environment and the job status of the CI provider as defaults.

    A provider may have environments whose names Sentry does not accept, such as GitLab's
    `review/login`. Naming a build ignores them; all other commands require a valid name.

    Raises:
        WorkflowError: Sentry does not accept the environment's name.
    """
    config = replace(config, job_status=config.job_status or context.job_status)
    if config.environment_pairs and not context.is_github_actions:
        return _map_environment(config, context)
    if config.environment or context.environment is None or context.provider is None:
        return config
    problem = find_environment_name_error(context.environment)
    if problem is None:
        return replace(config, environment=context.environment)
    if config.command in _ONLY_NAMING:
        return config
    raise WorkflowError(
        f"The environment {context.environment[:80]!r} of {context.provider.name} {problem}.",
        reason="Sentry does not accept this environment name.",
        hint="Set `--environment` or SENTRY_ENVIRONMENT to the name in Sentry.",
    )


def _map_environment(config: Config, context: Context) -> Config:
    """Replace the pairs of `environment` by the one for the environment of the host."""
    name = map_environment(config.environment_pairs, context.environment)
    if name is not None:
        return replace(config, environment=name, environment_pairs=())
    listed = ", ".join(repr(one.deployed) for one in config.environment_pairs)
    found = repr(context.environment[:80]) if context.environment else "unknown"
    raise WorkflowError(
        f"`environment` maps {listed}, and the environment of this job is {found}.",
        reason="A deploy belongs to an environment.",
        hint="Set `--environment` or SENTRY_ENVIRONMENT to the name in Sentry.",
    )
