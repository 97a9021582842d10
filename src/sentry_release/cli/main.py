"""Entry point of the command: read the arguments, run the command, turn errors into exit codes."""

import json
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import replace
from functools import partial
from io import TextIOWrapper
from pathlib import Path
from typing import TextIO

from sentry_release import __version__
from sentry_release.adapters.progress_line import ProgressLine
from sentry_release.cli.arguments import Arguments, is_post_step, parse_arguments
from sentry_release.cli.collect_inputs import collect_inputs, drop_invalid_late_inputs
from sentry_release.config.inputs import Command
from sentry_release.doors.real_clock import real_clock
from sentry_release.doors.runner import Runner
from sentry_release.facts.config import Config
from sentry_release.facts.context import Context
from sentry_release.facts.given import given
from sentry_release.facts.notify import secrets_in
from sentry_release.project.built_commit import find_built_commit, find_checkout
from sentry_release.project.working_directory import with_relative_directory
from sentry_release.story.hosting import as_hosted
from sentry_release.story.opened import opened_world
from sentry_release.story.world import World
from sentry_release.words.clock import Clock
from sentry_release.words.errors import BUG_EXIT_CODE, ActionError, ProjectError, WorkflowError
from sentry_release.words.told import Level, Notice

CommandFunction = Callable[[Config, Context, World], int | None]

CANCELLED_EXIT_CODE = 130
BROKEN_PIPE_EXIT_CODE = 141
"""As a program ends whose reader is gone: 128 and the number of SIGPIPE."""
USER_AGENT = f"sentry-release-flutter/{__version__}"


def run(argv: Sequence[str], environ: Mapping[str, str], clock: Clock | None = None) -> int:
    """
    Run one command and return the exit code of the process.

    Args:
        argv: The program and its words, as parse_arguments reads them.
        environ: The process environment.
        clock: Time and chance; the real ones when absent.
    """
    runner = _create_runner(environ)
    arguments: Arguments | None = None

    def parse() -> int:
        nonlocal arguments
        arguments = parse_arguments(argv)
        return 0

    code = _exit_code_of(runner, parse, is_post=is_post_step(argv))
    if arguments is None:
        return code
    runner = _adjust_runner(runner, arguments, environ)
    play = partial(_run_command, arguments, runner, environ, clock)
    return _exit_code_of(runner, play, is_post=arguments.is_post)


def _create_runner(environ: Mapping[str, str]) -> Runner:
    """
    Return the adapter of the runner; results are printed on stdout.

    Messages go to stdout in a workflow, where they are one log, and to stderr elsewhere.
    """
    runner = Runner.from_env(environ, log=sys.stdout)
    if runner.on_actions:
        return runner
    return replace(
        runner,
        log=sys.stderr,
        results=sys.stdout,
        has_color=_has_color(sys.stderr, environ),
    )


def _adjust_runner(runner: Runner, arguments: Arguments, environ: Mapping[str, str]) -> Runner:
    """
    Return the runner as the arguments want it.

    GitHub's runner reads workflow commands from stderr as well, so a result that a program reads
    has stdout for itself in a workflow, too.
    Source: actions/runner, src/Runner.Worker/Handlers/ScriptHandler.cs
    """
    if arguments.is_for_programs:
        runner = replace(runner, log=sys.stderr, results=sys.stdout)
    return replace(
        runner,
        is_quiet=arguments.is_quiet,
        has_color=not runner.on_actions and _has_color(sys.stderr, environ),
    )


def _has_color(stream: TextIO, environ: Mapping[str, str]) -> bool:
    """Whether to color text; sources: https://no-color.org and https://force-color.org."""
    if environ.get("NO_COLOR"):
        return False
    if environ.get("FORCE_COLOR"):
        return True
    return stream.isatty() and environ.get("TERM") != "dumb"


def _run_command(
    arguments: Arguments, runner: Runner, environ: Mapping[str, str], clock: Clock | None
) -> int:
    """Print the page that is asked for, or read inputs and context and run the command."""
    if arguments.page is not None:
        runner.print_result(arguments.page.rstrip("\n"))
        return 0
    inputs = collect_inputs(arguments, environ)
    runner.hide(inputs.get("INPUT_AUTH-TOKEN"), inputs.get("SENTRY_AUTH_TOKEN"))
    runner.hide(inputs.get("INPUT_GITHUB-TOKEN"), inputs.get("GITHUB_TOKEN"))
    runner.hide(*secrets_in(inputs.get("INPUT_NOTIFY-URLS", "")))
    if arguments.is_post:
        inputs = drop_invalid_late_inputs(inputs, runner)
    config = Config.from_env(with_relative_directory(inputs), arguments.command)
    checkout = find_checkout(inputs, config.working_directory)
    context = given(inputs, load_event(inputs), checkout)
    config = as_hosted(config, context)
    with _progress_of(arguments, config, runner) as progress:
        runner = replace(runner, progress=progress)
        clock = clock or real_clock()
        world = opened_world(config, context, runner, inputs, agent=USER_AGENT, clock=clock)
        if context.on_actions and not arguments.is_post:
            built = find_built_commit(config, context, world, checkout)
            context = replace(context, built=built)
        return _function_of(arguments, inputs)(config, context, world) or 0


def load_event(environ: Mapping[str, str]) -> Mapping[str, object]:
    """Return the event that started the workflow; `{}` if there is none or it is unreadable."""
    try:
        found = json.loads(Path(environ["GITHUB_EVENT_PATH"]).read_text("utf-8"))
    except (KeyError, OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _progress_of(
    arguments: Arguments, config: Config, runner: Runner
) -> AbstractContextManager[ProgressLine | None]:
    """Return the progress line; there is none in a workflow, and before another program starts."""
    if runner.on_actions or runner.is_quiet or arguments.command is Command.RUN:
        return nullcontext()
    offline = arguments.command in {Command.NAME, Command.DOCTOR}
    doing = "Reading the app" if offline else f"Waiting for {config.url}"
    return ProgressLine(runner.log, doing=doing)


def _exit_code_of(runner: Runner, play: Callable[[], int], *, is_post: bool) -> int:
    """Return the exit code of what is run, and report how it ended."""
    try:
        return play()
    except ActionError as error:
        # In the post step only these are about inputs, and the main step has reported them.
        is_mild = is_post and isinstance(error, WorkflowError | ProjectError)
        runner.fail(error, level=Level.WARNING if is_mild else Level.ERROR)
        return 0 if is_mild else error.exit_code
    except BrokenPipeError:
        _close_broken_streams()
        return BROKEN_PIPE_EXIT_CODE
    except KeyboardInterrupt:
        runner.say("Cancelled.")
        return CANCELLED_EXIT_CODE
    except Exception as error:  # noqa: BLE001 - whatever it is, a job must not end in a traceback
        runner.notice(_bug(error, Level.WARNING if is_post else Level.ERROR))
        from traceback import format_exception  # noqa: PLC0415 - never needed, one hopes

        runner.whisper("".join(format_exception(error)))
        return 0 if is_post else BUG_EXIT_CODE


def _close_broken_streams() -> None:
    """Let nothing more be written to a pipe without a reader: Python would complain at its exit."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except BrokenPipeError:
            with suppress(OSError, ValueError):  # a stream of a test has no file
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def main() -> None:
    """
    Run the command `sentry-release`, and end the process.

    A cancelled job gets SIGINT and, if that does not help, SIGTERM; the first process of a
    container ignores whatever it does not handle.
    Source: actions/runner, src/Runner.Sdk/ProcessInvoker.cs
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    _write_utf8(sys.stdout)
    _write_utf8(sys.stderr)
    raise SystemExit(run(sys.argv, os.environ))


def _write_utf8(stream: TextIO) -> None:
    """
    Write UTF-8 to other programs; a terminal keeps its own encoding.

    A pipe of Windows has the code page of the system, and most of Unicode is not in it.
    """
    if isinstance(stream, TextIOWrapper):
        encoding = None if stream.isatty() else "utf-8"
        stream.reconfigure(encoding=encoding, errors="backslashreplace")


def _function_of(arguments: Arguments, environ: Mapping[str, str]) -> CommandFunction:
    """Return the function of the command; only its own module is imported."""
    match arguments.command:
        case Command.RELEASE | Command.UPLOAD | Command.DEPLOY | Command.HEALTH:
            return _online_function_of(arguments)
        case Command.DOCTOR:
            from sentry_release.story.doctor import doctor  # noqa: PLC0415

            return partial(doctor, options=arguments.options)
        case Command.NAME:
            from sentry_release.story.name import name  # noqa: PLC0415

            return partial(name, options=arguments.options)
        case Command.RUN:
            from sentry_release.story.build import build  # noqa: PLC0415

            return partial(build, command=arguments.build_command, environ=environ)


def _online_function_of(arguments: Arguments) -> CommandFunction:
    """Return the function of a command that sends requests to Sentry."""
    if arguments.is_post:
        from sentry_release.story.post import post  # noqa: PLC0415

        return post
    match arguments.command:
        case Command.UPLOAD:
            from sentry_release.commands.upload_command import upload  # noqa: PLC0415

            return upload
        case Command.DEPLOY:
            from sentry_release.story.deploying import deploy  # noqa: PLC0415

            return deploy
        case Command.HEALTH:
            from sentry_release.story.health import health  # noqa: PLC0415

            return health
        case _:
            from sentry_release.story.main import main as release  # noqa: PLC0415

            return release


def _bug(error: Exception, level: Level) -> Notice:
    text = (
        f"{type(error).__name__}: {str(error)[:300]}\n"
        "This is a bug in sentry-release-flutter itself.\n"
        "Please report it, with the log of a run with debug logging."
    )
    return Notice(level=level, title="Sentry release: a bug", text=text)
