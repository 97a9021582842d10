"""Remark on a name, or a project, that works and yet may not be what its user wants."""

from functools import partial

from sentry_release.decisions.tag_check import explain_tag_mismatch
from sentry_release.facts.choices import DoctorMode, TagMismatch
from sentry_release.facts.config import Config
from sentry_release.facts.context import Context
from sentry_release.facts.sentry_version import parse_release_name
from sentry_release.story.naming import ResolvedName
from sentry_release.story.world import Services
from sentry_release.words.errors import WorkflowError
from sentry_release.words.release import Release
from sentry_release.words.told import Annotation, AnnotationLevel


def check_name(config: Config, context: Context, services: Services, release: Release) -> None:
    """
    Compare the name with the run's tag, and with what Sentry can order.

    Raises:
        WorkflowError: The tag contradicts the app, with `tag-mismatch: fail`.
    """
    if context.tag and config.tag_mismatch is not TagMismatch.OFF:
        _check_tag(config, context, services, release)
    reading = parse_release_name(release.name)
    if not reading.is_ordered:
        text = (
            f"{release.name}: Sentry will not order it: {reading.describe()}.\n"
            "So it cannot tell which release is the newest, or in which one an issue came back.\n"
            "A name such as `shop@1.4.0+27` would be ordered."
        )
        services.runner.annotate(
            Annotation(level=AnnotationLevel.NOTICE, title="Sentry release: name", text=text)
        )


def check_project(
    config: Config, context: Context, services: Services, found: ResolvedName
) -> None:
    """
    Have the doctor look at the project, unless nobody wants it to.

    He looks while Sentry is waited for, except where his word decides over the job.

    Raises:
        ProjectError: It finds errors, with `doctor: fail`.
    """
    look = partial(_run_doctor_check, config, context, services, found)
    match config.doctor:
        case DoctorMode.FAIL:
            look()
        case DoctorMode.WARN:
            services.idle_tasks.add(look)
        case DoctorMode.OFF:
            return


def report_skipped_checkout(context: Context, services: Services) -> None:
    """Say which commit the release belongs to, if it is not HEAD of the checkout."""
    if context.built is None or context.built.notice is None:
        return
    text = f"{context.built.notice}\nSee docs/commits.md: which commit a release belongs to."
    notice = Annotation(level=AnnotationLevel.NOTICE, title="Sentry release: commit", text=text)
    services.runner.annotate(notice)


def _run_doctor_check(
    config: Config, context: Context, services: Services, found: ResolvedName
) -> None:
    if found.project is None:
        return
    from sentry_release.story.doctor import check_project_quickly  # noqa: PLC0415 - slow to import

    check_project_quickly(config, context, services, found)


def _check_tag(config: Config, context: Context, services: Services, release: Release) -> None:
    wrong = explain_tag_mismatch(context.tag, release.package, release.version)
    if wrong is None:
        return
    reason = "The tag and pubspec.yaml should speak of the same version."
    hint = "Raise the version in pubspec.yaml before tagging, or set `build-name` from the tag."
    if config.tag_mismatch is TagMismatch.FAIL:
        raise WorkflowError(wrong, reason=reason, hint=hint)
    text = f"{wrong}\n{reason}\n{hint}"
    services.runner.annotate(
        Annotation(level=AnnotationLevel.WARNING, title="Sentry release: tag", text=text)
    )
