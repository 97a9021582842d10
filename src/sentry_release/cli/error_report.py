"""Report the error that ends a command, and choose the exit code of the process."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from sentry_release.adapters.runner import ActionsRunner, OutputError
from sentry_release.errors import BUG_EXIT_CODE, ActionError, ProjectError, WorkflowError
from sentry_release.model.job import Annotation, AnnotationLevel

CANCELLED_EXIT_CODE = 130
BROKEN_PIPE_EXIT_CODE = 141
"""The exit code of a program whose output pipe was closed: 128 + SIGPIPE."""


@dataclass(slots=True)
class Outcome:
    """The exit code of the process: of the command, or of its error."""

    exit_code: int = 0


@contextmanager
def report_errors(runner: ActionsRunner, *, is_post: bool) -> Iterator[Outcome]:
    """
    Report an error instead of raising it, and set its exit code.

    Args:
        runner: Where to report it.
        is_post: Whether this is the post step, in which errors of inputs and of the project are
            warnings, since the main step has reported them.
    """
    outcome = Outcome()
    try:
        yield outcome
    except ActionError as error:
        # These are about inputs and the project, which the main step has reported already.
        is_warning = is_post and isinstance(error, WorkflowError | ProjectError)
        outcome.exit_code = 0 if is_warning else error.exit_code
        level = AnnotationLevel.WARNING if is_warning else AnnotationLevel.ERROR
        _report_if_possible(runner, error, level)
    except OutputError as error:
        _close_broken_streams()
        unprintable = _build_unprintable_error(error)
        outcome.exit_code = unprintable.exit_code
        _report_if_possible(runner, unprintable, AnnotationLevel.ERROR)
    except BrokenPipeError:
        _close_broken_streams()
        outcome.exit_code = BROKEN_PIPE_EXIT_CODE
    except KeyboardInterrupt:
        outcome.exit_code = CANCELLED_EXIT_CODE
        with _discard_unprintable():
            runner.log_line("Cancelled.")
    except Exception as error:  # noqa: BLE001 - no exception may end a job in a traceback
        runner.annotate(
            _build_bug_annotation(
                error, AnnotationLevel.WARNING if is_post else AnnotationLevel.ERROR
            )
        )
        from traceback import format_exception

        runner.log_debug("".join(format_exception(error)))
        outcome.exit_code = 0 if is_post else BUG_EXIT_CODE


def _report_if_possible(runner: ActionsRunner, error: ActionError, level: AnnotationLevel) -> None:
    """Report an error; if not even that can be printed, the exit code alone shows it."""
    with _discard_unprintable():
        runner.report_error(error, level=level)


@contextmanager
def _discard_unprintable() -> Iterator[None]:
    """Discard what cannot be printed, also from the buffers of the streams."""
    try:
        yield
    except OutputError:
        _close_broken_streams()


def _build_unprintable_error(error: OutputError) -> WorkflowError:
    return WorkflowError(
        "The output cannot be written.",
        reason=f"The system reports: {error}.",
        hint="Free disk space, or write the output to another file.",
    )


def _close_broken_streams() -> None:
    """Redirect what cannot be written to the null device, as Python flushes both at exit."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            with suppress(OSError, ValueError):  # a stream of a test has no file
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _build_bug_annotation(error: Exception, level: AnnotationLevel) -> Annotation:
    text = (
        f"{type(error).__name__}: {str(error)[:300]}\n"
        "This is an internal error of sentry-release-flutter.\n"
        "Report it with the log of a run with debug logging."
    )
    return Annotation(level=level, title="Sentry release: internal error", text=text)
