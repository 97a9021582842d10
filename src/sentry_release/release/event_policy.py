"""Decide what a run may change in Sentry, by its event and its environment."""

from collections.abc import Collection
from dataclasses import dataclass
from fnmatch import fnmatchcase

from sentry_release.model.job import EventKind, JobEnvironment


@dataclass(frozen=True, slots=True, kw_only=True)
class AllowedEffects:
    """
    What a run may change in Sentry.

    `reason` is why it may not do everything, as the end of a sentence; None if it may.
    """

    may_create: bool = False
    may_set_commits: bool = False
    may_finalize: bool = False
    may_deploy: bool = False
    reason: str | None = None


def decide_allowed_effects(
    kind: EventKind, environment: JobEnvironment, final_environments: Collection[str]
) -> AllowedEffects:
    """
    Return what a run may change.

    A deploy needs an environment; a release is final only if the environment is known, since a
    deploy to staging must not finalize it. A pull request never reaches an environment in which
    releases are finalized: a workflow that also runs on pushes often names one for both. A
    comment on one does, if the job has an environment: it then asks for exactly this deploy.

    Args:
        kind: What started the run.
        environment: That of the job.
        final_environments: Names or globs, the input `finalize-environments`.
    """
    match kind:
        case EventKind.FORK:
            return AllowedEffects(
                reason="pull requests from forks and of Dependabot change nothing in Sentry"
            )
        case EventKind.FORK_WITH_SECRETS:
            return AllowedEffects(reason="runs that a fork started change nothing in Sentry")
        case EventKind.TRIAL:
            return _decide_effects_of_trial(
                environment, is_final=is_final_environment(environment, final_environments)
            )
        case EventKind.COMMENT if environment.name is None and not environment.unknown_reason:
            reason = "a comment on a pull request without an environment changes nothing in Sentry"
            return AllowedEffects(reason=reason)
        case EventKind.COMMENT | EventKind.OWN:
            return _decide_effects_of_own_run(environment)


def is_final_environment(environment: JobEnvironment, final_environments: Collection[str]) -> bool:
    """Return whether the environment is one of these, in any case, as GitHub ignores it."""
    if environment.is_production:
        return True
    name = (environment.name or "").casefold()
    return any(fnmatchcase(name, glob.casefold()) for glob in final_environments)


def _decide_effects_of_trial(environment: JobEnvironment, *, is_final: bool) -> AllowedEffects:
    if environment.name is None:
        reason = "a pull request or merge queue without an environment changes nothing in Sentry"
        return AllowedEffects(reason=reason)
    if is_final:
        return AllowedEffects(
            reason="a pull request or merge queue changes nothing in an environment of "
            f"`finalize-environments`, here `{environment.name}`"
        )
    reason = "the release of a pull request or merge queue gets no commits and is not finalized"
    return AllowedEffects(may_create=True, may_deploy=True, reason=reason)


def _decide_effects_of_own_run(environment: JobEnvironment) -> AllowedEffects:
    if environment.unknown_reason is not None:
        reason = f"the job's environment is unknown ({environment.unknown_reason})"
        return AllowedEffects(may_create=True, may_set_commits=True, reason=reason)
    if environment.no_deployment:
        reason = "the workflow sets `deployment: false` for the job's environment"
        return AllowedEffects(may_create=True, may_set_commits=True, reason=reason)
    has_environment = environment.name is not None
    return AllowedEffects(
        may_create=True, may_set_commits=True, may_finalize=True, may_deploy=has_environment
    )
