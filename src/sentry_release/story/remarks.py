"""Remark on a name, or a project, that works and yet may not be what its user wants."""

from functools import partial

from sentry_release.decisions.tag_check import contradiction
from sentry_release.facts.choices import Doctor, TagMismatch
from sentry_release.facts.config import Config
from sentry_release.facts.context import Context
from sentry_release.facts.sentry_version import reading_of
from sentry_release.story.naming import Named
from sentry_release.story.world import World
from sentry_release.words.errors import WorkflowError
from sentry_release.words.release import Release
from sentry_release.words.told import Level, Notice


def judge_name(config: Config, context: Context, world: World, release: Release) -> None:
    """
    Compare the name with the run's tag, and with what Sentry can order.

    Raises:
        WorkflowError: The tag contradicts the app, with `tag-mismatch: fail`.
    """
    if context.tag and config.tag_mismatch is not TagMismatch.OFF:
        _judge_tag(config, context, world, release)
    reading = reading_of(release.name)
    if not reading.is_ordered:
        text = (
            f"{release.name}: Sentry will not order it: {reading.in_words()}.\n"
            "So it cannot tell which release is the newest, or in which one an issue came back.\n"
            "A name such as `shop@1.4.0+27` would be ordered."
        )
        world.runner.notice(Notice(level=Level.NOTICE, title="Sentry release: name", text=text))


def judge_project(config: Config, context: Context, world: World, found: Named) -> None:
    """
    Have the doctor look at the project, unless nobody wants it to.

    He looks while Sentry is waited for, except where his word decides over the job.

    Raises:
        ProjectError: It finds errors, with `doctor: fail`.
    """
    look = partial(_look, config, context, world, found)
    match config.doctor:
        case Doctor.FAIL:
            look()
        case Doctor.WARN:
            world.spare.add(look)
        case Doctor.OFF:
            return


def say_passed_over(context: Context, world: World) -> None:
    """Say which commit the release belongs to, if it is not HEAD of the checkout."""
    if context.built is None or context.built.notice is None:
        return
    text = f"{context.built.notice}\nSee docs/commits.md: which commit a release belongs to."
    notice = Notice(level=Level.NOTICE, title="Sentry release: commit", text=text)
    world.runner.notice(notice)


def _look(config: Config, context: Context, world: World, found: Named) -> None:
    if found.project is None:
        return
    from sentry_release.story.doctor import doctor_in_main  # noqa: PLC0415 - slow to import

    doctor_in_main(config, context, world, found)


def _judge_tag(config: Config, context: Context, world: World, release: Release) -> None:
    wrong = contradiction(context.tag, release.package, release.version)
    if wrong is None:
        return
    why = "The tag and pubspec.yaml should speak of the same version."
    mend = "Raise the version in pubspec.yaml before tagging, or set `build-name` from the tag."
    if config.tag_mismatch is TagMismatch.FAIL:
        raise WorkflowError(wrong, why=why, mend=mend)
    text = f"{wrong}\n{why}\n{mend}"
    world.runner.notice(Notice(level=Level.WARNING, title="Sentry release: tag", text=text))
