"""The main step of the action: name the release, pass the name to the build, create the release."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import PurePosixPath

from sentry_release.ci.context import STATE_KEY, Context, build_tree_url
from sentry_release.commands.steps.create_release import create_release, find_plan
from sentry_release.commands.steps.deploy_report import write_summary
from sentry_release.commands.steps.job_setup import (
    find_environment_for_template,
    find_job_environment,
    require_token,
)
from sentry_release.commands.steps.notify import check_notify_config
from sentry_release.commands.steps.warnings import (
    check_name,
    check_project,
    report_environment,
    report_skipped_checkout,
    warn_unknown_repository,
)
from sentry_release.commands.steps.write_notes import (
    report_missing_notes,
    request_notes,
    write_requested_notes,
)
from sentry_release.config.config import Config
from sentry_release.config.inputs import CommitsMode, OnOutage
from sentry_release.errors import ServiceUnavailableError
from sentry_release.model.commits import Commit, PreviousRelease
from sentry_release.model.job import (
    Annotation,
    AnnotationLevel,
    EventKind,
    JobEnvironment,
    StepOutputs,
)
from sentry_release.model.release import Release, SentryRelease, build_release_url
from sentry_release.project.resolve_name import resolve_release_name
from sentry_release.release import dart_defines
from sentry_release.release.event_policy import AllowedEffects, decide_allowed_effects
from sentry_release.release.plan import ReleasePlan
from sentry_release.release.post_state import PostState
from sentry_release.report import release_outputs
from sentry_release.report.page import Status
from sentry_release.report.pages import (
    add_authors,
    build_created_page,
    build_named_page,
    explain_pending_work,
)
from sentry_release.services import Services


@dataclass(frozen=True, slots=True, kw_only=True)
class _ReleaseStep:
    """The values that every part of the main step needs."""

    config: Config
    context: Context
    services: Services
    release: Release


class _StateSaver:
    """Saves each new state for the post step, and keeps it, as an outage may come at any time."""

    def __init__(self, state: PostState, *, timeout: int, services: Services) -> None:
        self.state = state
        self._timeout, self._services = timeout, services

    def save(self, state: PostState) -> None:
        """Save what the post step needs, with the seconds used so far."""
        self.state = state
        used_s = round(self._timeout - self._services.deadline.remaining_s, 1)
        text = replace(state, used_s=used_s).to_state()
        self._services.runner.set_outputs(StepOutputs(state={STATE_KEY: text}))


def release_app(config: Config, context: Context, services: Services) -> None:
    """
    Name the release for the build, then create it in Sentry.

    The name is written before Sentry has answered, so an outage never blocks a build.

    Raises:
        WorkflowError, ProjectError, ApiError: The inputs, the project or Sentry do not allow it.
        ServiceUnavailableError: Only with `on-outage: fail`, or if the name depends on GitHub.
    """
    require_token(config, context)
    check_notify_config(config, services)
    environment = find_environment_for_template(
        config, partial(find_job_environment, config, context, services)
    )
    found = resolve_release_name(
        config, context, services.workspace, environment.name if environment else None
    )
    release = found.release
    check_name(release, context.tag, config.tag_mismatch, services.runner)
    warn_unknown_repository(config, context, services.runner)
    step = _ReleaseStep(config=config, context=context, services=services, release=release)
    quiet = "a dry run changes nothing in Sentry" if config.dry_run else None
    state = PostState(
        release=release.name, dist=release.dist, started=services.clock.now(), skip_reason=quiet
    )
    state = state.in_environment(environment or JobEnvironment()).with_commit(context.built)
    report_skipped_checkout(context.built, services.runner)
    _set_name_outputs(step, state.environment)
    check_project(config, services, found, build_tree_url(context))
    saver = _StateSaver(state, timeout=config.timeout, services=services)
    try:
        allowed = _find_allowed_effects(step, saver, environment)
        if allowed.may_create:
            _create_release(step, saver, may_set_commits=allowed.may_set_commits)
        else:
            _report_only_named(step, saver.state, allowed.reason or "")
    except ServiceUnavailableError as outage:
        saver.save(saver.state)  # with the seconds that the outage took
        _report_outage(step, saver.state, outage)
    finally:
        services.idle_tasks.run_all()


def _find_allowed_effects(
    step: _ReleaseStep, saver: _StateSaver, environment: JobEnvironment | None
) -> AllowedEffects:
    """Return what the run may change; the environment is looked up, unless it is known."""
    if reason := _explain_only_named(step.config, step.context):
        saver.save(replace(saver.state, skip_reason=reason))
        return AllowedEffects(reason=reason)
    state = saver.state
    saver.save(state)
    if environment:
        _report_environment(step, environment)
    else:
        state = _add_environment(step, state)
    allowed = decide_allowed_effects(
        step.context.event_kind, state.job_environment, step.config.finalize_environments
    )
    saver.save(state if allowed.may_create else replace(state, skip_reason=allowed.reason))
    return allowed


def _create_release(step: _ReleaseStep, saver: _StateSaver, *, may_set_commits: bool) -> None:
    """Plan the release, create it unless this is a dry run, write its notes, and report it."""
    config, context, services = step.config, step.context, step.services
    if not may_set_commits:
        config = replace(config, set_commits=CommitsMode.SKIP)
    plan = find_plan(config, context, step.release, saver.state.environment, services)
    saver.save(plan.update_state(saver.state))
    if saver.state.skip_reason:
        notes = request_notes(config, context, saver.state, plan.commits)
        notes_dir, _ = write_requested_notes(notes, services, saver.state)
        _report_release(step, saver.state, plan, None, (), notes_dir)
        return
    created = create_release(plan, plan.build_new_release(config, context), config, services)
    saver.save(created.update_state(saver.state))
    notes = request_notes(config, context, saver.state, plan.commits)
    notes_dir, state = write_requested_notes(notes, services, saver.state, created.history)
    saver.save(state)
    commits = created.history.commits if created.history else ()
    _report_release(step, state, created.plan, created.release, commits, notes_dir)


def _explain_only_named(config: Config, context: Context) -> str | None:
    """Return why nothing may be sent to Sentry, if that is known without a request; else None."""
    if config.auth_token is None:
        return context.no_secrets_reason or "there is no auth token"
    if context.event_kind.is_fork:
        return decide_allowed_effects(context.event_kind, JobEnvironment(), ()).reason
    return None


def _add_environment(step: _ReleaseStep, state: PostState) -> PostState:
    """Read the job's environment from GitHub, and add it to outputs and dart-defines."""
    try:
        environment = find_job_environment(step.config, step.context, step.services)
    except ServiceUnavailableError as outage:
        _handle_outage(step, state, outage)
        return replace(state, environment_problem=outage.message)
    if environment.name is not None:
        _set_name_outputs(step, environment.name)
    _report_environment(step, environment)
    return state.in_environment(environment)


def _report_environment(step: _ReleaseStep, environment: JobEnvironment) -> None:
    """Report an environment that cannot be deployed to, unless no deploy is expected."""
    deploys = step.context.event_kind in {EventKind.OWN, EventKind.COMMENT}
    if step.config.deploy and deploys:
        report_environment(environment, step.release.name, step.services.runner)


def _set_name_outputs(step: _ReleaseStep, environment: str | None) -> None:
    """Write the dart-defines file, and set the name as outputs and variables."""
    config, release = step.config, step.release
    defines = _build_dart_defines(config, release, environment)
    step.services.workspace.write(
        release_outputs.get_dart_defines_path(config),
        dart_defines.to_json_file(defines),
        is_own_content=dart_defines.is_own_file,
    )
    outputs = release_outputs.build_release_outputs(
        config, step.context, release, environment, defines
    )
    step.services.runner.set_outputs(
        replace(outputs, outputs=release_outputs.add_json_output(outputs.outputs))
    )
    if not step.context.is_github_actions:
        if outputs.variables:
            step.services.runner.print_result(
                release_outputs.build_shell_exports(outputs.variables)
            )
        step.services.runner.log_line(release_outputs.as_argument(config))


def _build_dart_defines(
    config: Config, release: Release, environment: str | None
) -> Mapping[str, str]:
    return dart_defines.build_dart_defines(
        release, environment=environment if config.define_environment else None, dsn=config.dsn
    )


def _set_release_outputs(
    step: _ReleaseStep, state: PostState, count: int | None, notes_dir: PurePosixPath | None
) -> None:
    """Set the outputs that depend on answers of Sentry."""
    config, release = step.config, step.release
    defines = _build_dart_defines(config, release, state.environment)
    earlier = release_outputs.build_release_outputs(
        config, step.context, release, state.environment, defines
    ).outputs
    url = build_release_url(config.url, config.org or "", release.name)
    previous = PreviousRelease(release=state.previous_release, commit=state.previous_commit)
    added = release_outputs.build_created_outputs(url, previous, count, notes_dir)
    complete = release_outputs.add_json_output({**earlier, **added})
    step.services.runner.set_outputs(StepOutputs(outputs={**added, "json": complete["json"]}))


def _report_release(
    step: _ReleaseStep,
    state: PostState,
    plan: ReleasePlan,
    existing: SentryRelease | None,
    commits: tuple[Commit, ...],
    notes_dir: PurePosixPath | None,
) -> None:
    """Report that the release was created (`existing`) with these commits, or would be."""
    named = build_named_page(step.config, step.context, state, step.release)
    page = build_created_page(
        add_authors(named, step.config, commits), step.context, plan, existing
    )
    _set_release_outputs(step, state, page.commit_count, notes_dir)
    how = "exists in Sentry" if existing else "would be created in Sentry"
    step.services.runner.log_line(f"{state.release} {how}: {page.release_url}")
    write_summary(step.services, page)


def _report_only_named(step: _ReleaseStep, state: PostState, reason: str) -> None:
    text = f"{state.release}: release name set for the build; nothing sent to Sentry: {reason}."
    notice = Annotation(level=AnnotationLevel.NOTICE, title="Sentry release: name only", text=text)
    step.services.runner.annotate(notice)
    _write_page(step, state, Status.NAMED, f"Nothing was sent to Sentry: {reason}.")
    report_missing_notes(step.config.notes_dir, step.services.runner, reason)


def _report_outage(step: _ReleaseStep, state: PostState, outage: ServiceUnavailableError) -> None:
    _handle_outage(step, state, outage)
    pending = explain_pending_work(step.context, state)
    _write_page(step, state, Status.UNREACHED, outage.message, pending)
    reason = "the commits are unknown during an outage"
    report_missing_notes(step.config.notes_dir, step.services.runner, reason)


def _write_page(step: _ReleaseStep, state: PostState, status: Status, *notes: str) -> None:
    """Write the summary of a release that may not exist, and so gets no link."""
    page = build_named_page(step.config, step.context, state, step.release)
    write_summary(step.services, replace(page, status=status, release_url=None, notes=notes))


def _handle_outage(step: _ReleaseStep, state: PostState, outage: ServiceUnavailableError) -> None:
    """Warn of an outage; with `on-outage: fail`, raise it."""
    if step.config.on_outage is OnOutage.FAIL:
        raise outage
    text = f"{outage}\nThe build still gets its release name. {explain_pending_work(step.context, state)}"
    step.services.runner.annotate(
        Annotation(level=AnnotationLevel.WARNING, title=outage.title, text=text)
    )
