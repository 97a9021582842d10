"""What a run may change in Sentry, and which deployments of others it records, by its event."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from sentry_release.ci.context import Context
from sentry_release.ci.event import DeploymentEvent, is_pull_request_ref
from sentry_release.config.config import Config
from sentry_release.config.input_values import map_environment
from sentry_release.errors import WorkflowError
from sentry_release.model.foreign_text import check_link
from sentry_release.model.job import EventKind, JobEnvironment
from sentry_release.model.release import FAILED_STATES, SUCCESS, SUCCESS_STATES, Deployment


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


@dataclass(frozen=True, slots=True, kw_only=True)
class SkipReason:
    """Why no deploy is recorded, as a sentence; `failed` is whether the deployment failed."""

    text: str
    failed: bool = False


def find_skip_reason(event: DeploymentEvent) -> SkipReason | None:
    """
    Return why the deployment of the event is not recorded; None if it is.

    Raises:
        WorkflowError: The event is about no deployment.
    """
    if event.state is None or event.sha is None:
        raise WorkflowError(
            f"The event `{event.event}` contains no deployment.",
            reason="Its payload has no state or no commit.",
            hint="Use the action `deploy` on the event `deployment_status` or `workflow_run`, or in a "
            "job with `needs:`.",
        )
    if event.fork:
        fork = event.fork[:80]
        return SkipReason(
            text=f"The run is of the fork {fork}, whose deployments are not recorded."
        )
    if event.state == SUCCESS:
        return None
    message = f"deployment to {(event.environment or '')[:80]!r}" if event.deployment_id else "run"
    text = f"The state of the {message} is `{event.state[:80]}`."
    return SkipReason(text=text, failed=event.state in FAILED_STATES)


def find_recorded_name(config: Config, deployed: str | None) -> str | None:
    """
    Return the name in Sentry of a deployed environment; None if the inputs are about others.

    Without the input it is GitHub's name. GitHub ignores the case of names.
    """
    if config.environment_pairs:
        return map_environment(config.environment_pairs, deployed)
    if config.environment is None:
        return deployed
    is_same = config.environment.casefold() == (deployed or "").casefold()
    return config.environment if is_same else None


def find_environment_mismatch(config: Config, deployed: Collection[str]) -> SkipReason | None:
    """
    Return why no deploy is recorded although environments were deployed; None if one is.

    The input alone must not decide: it may stand in a workflow that runs for every deployment.
    """
    if any(find_recorded_name(config, name) is not None for name in deployed):
        return None
    expected = [one.deployed for one in config.environment_pairs] or [config.environment or ""]
    listed, wanted = (", ".join(repr(one[:80]) for one in names) for names in (deployed, expected))
    text = (
        f"The deployment is to {listed or 'no environment'}, not to {wanted}. "
        "`environment` can map names: `GitHub's name=name in Sentry`."
    )
    return SkipReason(text=text)


def match_run_deployment(
    config: Config, event: DeploymentEvent, deployments: tuple[Deployment, ...]
) -> tuple[Deployment | None, SkipReason | None]:
    """
    Return the matching deployment of the run, or why no deploy is recorded.

    A run can succeed although its deploying job was skipped, so a run without a deployment has
    deployed nothing.

    Raises:
        WorkflowError: Several match.
    """
    run = f"The run #{event.run_number}" if event.run_number else f"The run {event.run_id}"
    if not deployments:
        return None, SkipReason(text=f"{run} made no deployment.")
    if mismatch := find_environment_mismatch(config, [one.environment for one in deployments]):
        return None, mismatch
    intended, *others = (one for one in deployments if find_recorded_name(config, one.environment))
    if others:
        names = ", ".join(repr(one.environment[:80]) for one in (intended, *others))
        raise WorkflowError(
            f"{run} deployed to several environments: {names}.",
            reason="A step records one deploy.",
            hint="Add one step for each, with `environment` in its `with:`.",
        )
    if intended.state not in SUCCESS_STATES:
        text = f"Its deployment to {intended.environment[:80]!r} is `{intended.state}`."
        return None, SkipReason(text=text, failed=intended.state in FAILED_STATES)
    return intended, None


def apply_external_deploy(
    config: Config, context: Context, event: DeploymentEvent, deployment: Deployment | None
) -> tuple[Config, Context]:
    """
    Return inputs and run with the values of the deployment.

    The deploy then identifies the run or the deployment that made it, so it is recognized
    whichever run records it.
    """
    url = event.url or check_link(deployment.url if deployment else None) or event.log_url
    deployed = deployment.environment if deployment else event.environment
    config = replace(
        config,
        environment=find_recorded_name(config, deployed) or deployed or config.environment,
        environment_pairs=(),
        deploy_url=config.deploy_url or url,
    )
    context = replace(
        context,
        sha=event.sha,
        built=None,
        actor=event.creator or context.actor,
        deployment_id=event.deployment_id,
        deploy_started=(deployment.started if deployment else None) or event.started,
        event_kind=apply_deployed_ref(context.event_kind, deployment),
    )
    if event.run_id is None:
        return config, context
    run = replace(context, run_id=event.run_id, run_number=event.run_number)
    return config, replace(run, run_attempt=event.run_attempt)


def apply_deployed_ref(kind: EventKind, deployment: Deployment | None) -> EventKind:
    """Return the kind of a run whose deployment may be of a pull request, whoever started it."""
    is_trial = (
        kind is EventKind.OWN and deployment is not None and is_pull_request_ref(deployment.ref)
    )
    return EventKind.TRIAL if is_trial else kind
