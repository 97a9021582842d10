"""Warnings and notices about the release name, the tag, the repository and the project."""

from functools import partial
from typing import TYPE_CHECKING

from sentry_release.adapters.runner import ActionsRunner
from sentry_release.ci.context import Context
from sentry_release.ci.git_repository import Forge
from sentry_release.config.config import Config
from sentry_release.config.inputs import CommitsMode, DoctorMode, TagMismatch
from sentry_release.config.sentry_server import is_unencrypted
from sentry_release.errors import WorkflowError
from sentry_release.model.commits import BuiltCommit
from sentry_release.model.job import Annotation, AnnotationLevel, JobEnvironment
from sentry_release.model.release import Release
from sentry_release.services import Services

if TYPE_CHECKING:
    from sentry_release.project.resolve_name import ResolvedName


def warn_unencrypted_server(url: str, token: str | None, runner: ActionsRunner) -> None:
    """Warn that a token crosses a network without TLS, which only the user's own `url` can cause."""
    if token is None or not is_unencrypted(url):
        return
    text = (
        f"The token is sent unencrypted to {url[:80]}: `url` begins with http.\n"
        "Everyone on the network between can read it.\n"
        "Use https, with REQUESTS_CA_BUNDLE or SSL_CERT_FILE for a certificate authority of your own."
    )
    runner.annotate(
        Annotation(level=AnnotationLevel.WARNING, title="Sentry release: no TLS", text=text)
    )


def warn_unknown_repository(config: Config, context: Context, runner: ActionsRunner) -> None:
    """Notify that `repositories` is required: GitLab's variables lack the name used in Sentry."""
    wants_integration = (
        config.set_commits in {CommitsMode.AUTO, CommitsMode.INTEGRATION}
        and not config.repositories
    )
    if not wants_integration or context.forge is not Forge.GITLAB or config.auth_token is None:
        return
    text = (
        f"Commits skipped: the name of {context.repository} in Sentry is unknown.\n"
        "Sentry lists GitLab repositories by their display names, such as `Acme / Shop`.\n"
        "Set `--repositories` to the name under Settings > Repositories in Sentry."
    )
    runner.annotate(
        Annotation(level=AnnotationLevel.NOTICE, title="Sentry release: commits", text=text)
    )


def check_name(
    release: Release, tag: str | None, tag_mismatch: TagMismatch, runner: ActionsRunner
) -> None:
    """
    Compare the name with the tag of the run, and check that Sentry can sort it by version.

    Raises:
        WorkflowError: The tag contradicts the app, with `tag-mismatch: fail`.
    """
    if tag and tag_mismatch is not TagMismatch.OFF:
        _check_tag(release, tag, tag_mismatch, runner)
    from sentry_release.release.release_name import parse_release_name

    reading = parse_release_name(release.name)
    if not reading.is_ordered:
        text = (
            f"Sentry cannot sort {release.name!r} by version: use `package@version`.\n"
            "Without an order it cannot determine the latest release or regressions of issues.\n"
            f"It reads the name as: {reading.describe()}."
        )
        runner.annotate(
            Annotation(level=AnnotationLevel.NOTICE, title="Sentry release: name", text=text)
        )


def check_project(
    config: Config, services: Services, found: "ResolvedName", tree_url: str | None
) -> None:
    """
    Run the doctor on the project, unless `doctor` is `off`.

    With `warn` it runs while the action waits for Sentry; with `fail` it runs immediately.

    Raises:
        ProjectError: It finds errors, with `doctor: fail`.
    """
    check = partial(_run_doctor_check, config, services, found, tree_url)
    match config.doctor:
        case DoctorMode.FAIL:
            check()
        case DoctorMode.WARN:
            services.idle_tasks.add(check)
        case DoctorMode.OFF:
            return


def report_skipped_checkout(built: BuiltCommit | None, runner: ActionsRunner) -> None:
    """Notify which commit the release belongs to, if it is not HEAD of the checkout."""
    if built is None or built.notice is None:
        return
    text = f"{built.notice}\nSee docs/commits.md: which commit a release belongs to."
    notice = Annotation(level=AnnotationLevel.NOTICE, title="Sentry release: commit", text=text)
    runner.annotate(notice)


def report_environment(environment: JobEnvironment, release: str, runner: ActionsRunner) -> None:
    """Warn that the environment of the job is unknown, or notify that the job does not deploy to it."""
    if environment.unknown_reason is not None:
        level = AnnotationLevel.WARNING
        reason = (
            f"the job's environment is unknown ({environment.unknown_reason}).\n"
            "Set `environment`, or add `permissions: checks: read`. "
            "In a job that deploys nothing, set `deploy: false`."
        )
    elif environment.no_deployment:
        level = AnnotationLevel.NOTICE
        reason = (
            "the workflow sets `deployment: false` for the job's environment.\n"
            "If the job deploys, set `environment` in this step; otherwise set `deploy: false`."
        )
    else:
        return
    text = f"{release} will not be finalized, and no deploy will be recorded: {reason}"
    runner.annotate(Annotation(level=level, title="Sentry release: environment", text=text))


def warn_other_environment(
    runner: ActionsRunner, release: str, defined: str | None, environment: str | None
) -> None:
    """
    Warn that a build is deployed to another environment than its dart-defines contain.

    Args:
        runner: Where to write the warning.
        release: The name of the release.
        defined: The environment among the dart-defines of this job; None if there is none.
        environment: The environment of the deploy.
    """
    if defined is None or defined == environment:
        return
    text = (
        f"{release} is deployed to `{environment}`, but its dart-defines contain "
        f"SENTRY_ENVIRONMENT={defined}.\n"
        f"The app reports its errors and sessions in `{defined}`.\n"
        f"Build it again with `environment: {environment}`, or set `define-environment: false` "
        "and let the app set `options.environment`."
    )
    runner.annotate(
        Annotation(level=AnnotationLevel.WARNING, title="Sentry release: environment", text=text)
    )


def _run_doctor_check(
    config: Config, services: Services, found: "ResolvedName", tree_url: str | None
) -> None:
    if found.project is None:
        return
    from sentry_release.commands.steps.doctor_check import check_project_quickly

    check_project_quickly(config, services, found, tree_url)


def _check_tag(
    release: Release, tag: str, tag_mismatch: TagMismatch, runner: ActionsRunner
) -> None:
    from sentry_release.release.release_name import explain_tag_mismatch

    wrong = explain_tag_mismatch(tag, release.package, release.version)
    if wrong is None:
        return
    reason = "The tag and pubspec.yaml must have the same version."
    hint = "Raise the version in pubspec.yaml before tagging, or set `build-name` from the tag."
    if tag_mismatch is TagMismatch.FAIL:
        raise WorkflowError(wrong, reason=reason, hint=hint)
    text = f"{wrong}\n{reason}\n{hint}"
    runner.annotate(
        Annotation(level=AnnotationLevel.WARNING, title="Sentry release: tag", text=text)
    )
