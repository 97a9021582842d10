"""Entry point of the command: read the arguments, run the command, turn errors into exit codes."""

import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import replace
from functools import partial
from io import TextIOWrapper
from pathlib import Path
from threading import Timer, get_ident
from typing import TextIO

from sentry_release import __version__
from sentry_release.adapters.progress_line import ProgressLine
from sentry_release.adapters.redaction import find_notify_secrets
from sentry_release.adapters.runner import ActionsRunner
from sentry_release.adapters.workspace_paths import with_relative_directory
from sentry_release.ci.context import Context
from sentry_release.ci.detect import detect_context
from sentry_release.cli.arguments import (
    Arguments,
    apply_ci_defaults,
    collect_inputs,
    drop_invalid_late_inputs,
    get_stage_arguments,
    is_post_step,
)
from sentry_release.cli.error_report import report_errors
from sentry_release.cli.wiring import create_services, request_releases_early
from sentry_release.clock import Clock
from sentry_release.commands.steps.warnings import warn_unencrypted_server
from sentry_release.config.config import Config
from sentry_release.config.inputs import Command
from sentry_release.model.foreign_text import parse_json
from sentry_release.project.built_commit import find_built_commit, find_checkout
from sentry_release.services import Services, create_system_clock

CommandFunction = Callable[[Config, Context, Services], int | None]
"""Runs a command; returns the exit code of the process, None for 0."""

_AGAIN_S = 0.02
USER_AGENT = f"sentry-release-flutter/{__version__}"


def run(argv: Sequence[str], environ: Mapping[str, str], clock: Clock | None = None) -> int:
    """
    Run one command and return the exit code of the process.

    Args:
        argv: The program and its arguments; see parse_arguments.
        environ: The process environment.
        clock: By default the system clock.
    """
    runner = _create_runner(environ)
    arguments: Arguments | None = None
    with report_errors(runner, is_post=is_post_step(argv)) as outcome:
        arguments = get_stage_arguments(argv) or _parse(argv)
    if arguments is None:
        return outcome.exit_code
    runner = _adjust_runner(runner, arguments, environ)
    with (
        report_errors(runner, is_post=arguments.is_post) as outcome,
        ExitStack() as until_end,
    ):
        execute = _prepare_command(arguments, runner, environ, clock, until_end)
        outcome.exit_code = execute() or 0
    return outcome.exit_code


def _parse(argv: Sequence[str]) -> Arguments:
    """Parse a command line; a stage of the action has none, and is spared the parser."""
    from sentry_release.cli.command_line import parse_arguments

    return parse_arguments(argv)


def _create_runner(environ: Mapping[str, str]) -> ActionsRunner:
    """
    Return the adapter of the runner, which prints results on stdout.

    In a workflow messages go to stdout too, in one log; elsewhere they go to stderr.
    """
    runner = ActionsRunner.from_env(environ, log=sys.stdout)
    if runner.on_actions:
        return runner
    return replace(
        runner,
        write=sys.stderr,
        results=sys.stdout,
        has_color=_has_color(sys.stderr, environ),
    )


def _adjust_runner(
    runner: ActionsRunner, arguments: Arguments, environ: Mapping[str, str]
) -> ActionsRunner:
    """
    Return the runner with the streams and options of the arguments.

    GitHub's runner reads workflow commands from stderr as well. So if a program reads the
    result, messages go to stderr in a workflow too.
    Source: actions/runner, src/Runner.Worker/Handlers/ScriptHandler.cs
    """
    if arguments.is_for_programs:
        runner = replace(runner, write=sys.stderr, results=sys.stdout)
    return replace(
        runner,
        is_quiet=arguments.is_quiet,
        has_color=not runner.on_actions and _has_color(sys.stderr, environ),
    )


def _has_color(stream: TextIO, environ: Mapping[str, str]) -> bool:
    """Return whether to color text; sources: https://no-color.org and https://force-color.org."""
    if environ.get("NO_COLOR"):
        return False
    if environ.get("FORCE_COLOR"):
        return True
    return stream.isatty() and environ.get("TERM") != "dumb"


def _prepare_command(
    arguments: Arguments,
    runner: ActionsRunner,
    environ: Mapping[str, str],
    clock: Clock | None,
    until_end: ExitStack,
) -> Callable[[], int | None]:
    """
    Return the command as a function: it prints a help page, or works with inputs and context.

    Args:
        arguments: The command line.
        runner: The adapter of the runner.
        environ: The process environment.
        clock: The clock; None for the system clock.
        until_end: Where the progress line is opened.
    """
    if arguments.page is not None:
        return partial(runner.print_result, arguments.page.rstrip("\n"))
    inputs = collect_inputs(arguments, environ, runner)
    runner.mask(inputs.get("INPUT_AUTH-TOKEN"), inputs.get("SENTRY_AUTH_TOKEN"))
    runner.mask(inputs.get("INPUT_GITHUB-TOKEN"), inputs.get("GITHUB_TOKEN"))
    runner.mask(*find_notify_secrets(inputs.get("INPUT_NOTIFY-URLS", "")))
    if arguments.is_post:
        inputs = drop_invalid_late_inputs(inputs, runner)
    config = Config.from_env(with_relative_directory(inputs), arguments.command)
    checkout = find_checkout(inputs, config.working_directory)
    context = detect_context(inputs, load_event(inputs), checkout)
    config = apply_ci_defaults(config, context)
    if not arguments.is_post:
        warn_unencrypted_server(config.url, config.auth_token, runner)
    progress = until_end.enter_context(_create_progress(arguments, config, runner))
    runner = replace(runner, progress=progress)
    clock = clock or create_system_clock()
    services = create_services(config, context, runner, inputs, agent=USER_AGENT, clock=clock)
    if arguments.command is Command.RELEASE and not arguments.is_post:
        request_releases_early(config, context.event_kind, services)
    if context.is_github_actions and not arguments.is_post:
        built = find_built_commit(config, context, services.workspace, checkout)
        context = replace(context, built=built)
    return partial(_get_function(arguments, inputs), config, context, services)


def load_event(environ: Mapping[str, str]) -> Mapping[str, object]:
    """Return the event that started the workflow; `{}` if there is none or it is unreadable."""
    try:
        found = parse_json(Path(environ["GITHUB_EVENT_PATH"]).read_bytes())
    except (KeyError, OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _create_progress(
    arguments: Arguments, config: Config, runner: ActionsRunner
) -> AbstractContextManager[ProgressLine | None]:
    """Return the progress line, or none in a workflow, with `--quiet` and for `run`."""
    if runner.on_actions or runner.is_quiet or arguments.command is Command.RUN:
        return nullcontext()
    offline = arguments.command in {Command.NAME, Command.DOCTOR, Command.INIT}
    doing = "Reading the app" if offline else f"Waiting for {config.url}"
    return ProgressLine(runner.write, doing=doing)


def main() -> None:
    """
    Run the command `sentry-release`, and end the process.

    A cancelled job gets SIGINT and, if it goes on, SIGTERM; the first process of a container
    ignores signals that it does not handle.
    Source: actions/runner, src/Runner.Sdk/ProcessInvoker.cs
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_DFL:  # as __main__.py leaves it
        signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.unraisablehook = _repeat_ignored_cancellation
    _replace_closed_streams()
    _write_utf8(sys.stdout)
    _write_utf8(sys.stderr)
    raise SystemExit(run(sys.argv, os.environ))


def _repeat_ignored_cancellation(ignored: "sys.UnraisableHookArgs") -> None:
    """
    Cancel again if Python ignored it, as it does in callbacks, for example when an import ends.

    Source: https://docs.python.org/3/library/sys.html#sys.unraisablehook
    """
    if issubclass(ignored.exc_type, KeyboardInterrupt) and hasattr(signal, "pthread_kill"):
        again = Timer(_AGAIN_S, signal.pthread_kill, (get_ident(), signal.SIGTERM))
        again.daemon = True
        again.start()
    else:
        sys.__unraisablehook__(ignored)


def _replace_closed_streams() -> None:
    """Discard what is printed to a stream that the caller has closed, as in `2>&-`."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_WRONLY), "w"))


def _write_utf8(stream: TextIO) -> None:
    """
    Write UTF-8 to other programs; a terminal keeps its own encoding.

    A pipe on Windows has the code page of the system, which lacks most of Unicode.
    """
    if isinstance(stream, TextIOWrapper):
        encoding = None if stream.isatty() else "utf-8"
        stream.reconfigure(encoding=encoding, errors="backslashreplace")


def _get_function(arguments: Arguments, environ: Mapping[str, str]) -> CommandFunction:
    """Return the function of the command; only its own module is imported."""
    match arguments.command:
        case Command.RELEASE | Command.UPLOAD | Command.DEPLOY | Command.HEALTH:
            return _get_online_function(arguments)
        case Command.DOCTOR:
            from sentry_release.commands.doctor_command import run_doctor

            return partial(run_doctor, options=arguments.options)
        case Command.NAME:
            from sentry_release.commands.name_command import print_names

            return lambda config, context, services: print_names(
                config, context, services.workspace, services.runner, arguments.options
            )
        case Command.RUN:
            from sentry_release.commands.run_command import run_command

            return lambda config, context, services: run_command(
                config,
                context,
                services.workspace,
                services.runner,
                command=arguments.build_command,
                environ=environ,
            )
        case Command.INIT:
            from sentry_release.commands.init_command import create_workflow

            return partial(create_workflow, options=arguments.options)


def _get_online_function(arguments: Arguments) -> CommandFunction:
    """Return the function of a command that sends requests to Sentry."""
    if arguments.is_post:
        from sentry_release.commands.post_command import finish_job

        return finish_job
    match arguments.command:
        case Command.UPLOAD:
            from sentry_release.commands.upload_command import upload

            return upload
        case Command.DEPLOY:
            from sentry_release.commands.deploy_command import deploy_now

            return deploy_now
        case Command.HEALTH:
            from sentry_release.commands.health_command import evaluate_health

            return evaluate_health
        case _:
            from sentry_release.commands.release_command import release_app as release

            return release
