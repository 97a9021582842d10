"""Which phase to play, with real doors, and the one place errors end."""

import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from io import TextIOWrapper
from pathlib import Path
from typing import TextIO

from sentry_release import __version__
from sentry_release.doors.real_clock import real_clock
from sentry_release.doors.runner import Runner
from sentry_release.facts.config import Config
from sentry_release.facts.context import Context
from sentry_release.facts.given import given
from sentry_release.facts.notify import secrets_in
from sentry_release.project.built_commit import find_built_commit, find_checkout
from sentry_release.project.working_directory import with_relative_directory
from sentry_release.story.asking import (
    PHASES,
    Asked,
    asked,
    fit_after_job,
    payload,
    started_as_post,
)
from sentry_release.story.hosting import as_hosted
from sentry_release.story.opened import opened_world
from sentry_release.story.world import World
from sentry_release.words.clock import Clock
from sentry_release.words.errors import BUG_EXIT_CODE, ActionError, ProjectError, WorkflowError
from sentry_release.words.told import Level, Notice

Phase = Callable[[Config, Context, World], int | None]

CANCELLED_EXIT_CODE = 130
_HELP = {"help", "-h", "--help"}
AGENT = f"sentry-release-flutter/{__version__}"


def run(
    argv: Sequence[str],
    environ: Mapping[str, str],
    clock: Clock | None = None,
) -> int:
    """
    Play one phase and return the process's exit code.

    Args:
        argv: The program and its words, as asking.asked reads them.
        environ: The process environment.
        clock: Time and chance; the real ones when absent.
    """
    runner = Runner.from_env(environ, log=sys.stdout)
    if help_text := _help(argv, environ):
        runner.say(help_text)
        return 0

    def play() -> int:
        words = asked(argv, environ)
        after_job = words.phase == "post"
        return _ended(runner, lambda: _played(words, runner, clock), after_job=after_job)

    return _ended(runner, play, after_job=started_as_post(argv))


def _played(words: Asked, runner: Runner, clock: Clock | None) -> int:
    """Ask, look at what is given, open the world, and play."""
    environ = words.environ
    runner.hide(environ.get("INPUT_AUTH-TOKEN"), environ.get("SENTRY_AUTH_TOKEN"))
    runner.hide(environ.get("INPUT_GITHUB-TOKEN"), environ.get("GITHUB_TOKEN"))
    runner.hide(*secrets_in(environ.get("INPUT_NOTIFY-URLS", "")))
    inputs = fit_after_job(environ, runner) if words.is_post else environ
    config = Config.from_env(with_relative_directory(inputs), words.name)
    checkout = find_checkout(environ, config.working_directory)
    context = given(environ, payload(environ), checkout)
    config = as_hosted(config, context)
    clock = clock or real_clock()
    world = opened_world(config, context, runner, environ, agent=AGENT, clock=clock)
    if context.on_actions and words.phase != "post":
        built = find_built_commit(config, context, world, checkout)
        context = replace(context, built=built)
    return _play(words)(config, context, world) or 0


def _ended(runner: Runner, play: Callable[[], int], *, after_job: bool) -> int:
    """The exit code of what is played, and what has to be said of how it ended."""
    try:
        return play()
    except ActionError as error:
        # What post raises it was asked to raise; that inputs cannot be read was said by main.
        mild = after_job and isinstance(error, WorkflowError | ProjectError)
        runner.fail(error, level=Level.WARNING if mild else Level.ERROR)
        return 0 if mild else error.exit_code
    except BrokenPipeError:
        # Who read our output has gone away; Python must not complain of it once more at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BUG_EXIT_CODE
    except KeyboardInterrupt:
        runner.say("Cancelled.")
        return CANCELLED_EXIT_CODE
    except Exception as error:  # noqa: BLE001 - whatever it is, a job must not end in a traceback
        runner.notice(_bug(error, Level.WARNING if after_job else Level.ERROR))
        from traceback import format_exception  # noqa: PLC0415 - never needed, one hopes

        runner.whisper("".join(format_exception(error)))
        return 0 if after_job else BUG_EXIT_CODE


def main() -> None:
    """
    The command `sentry-release`.

    A cancelled job gets SIGINT and, if that does not help, SIGTERM; the first process of a
    container ignores whatever it does not handle.
    Source: actions/runner, src/Runner.Sdk/ProcessInvoker.cs
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    _speak_utf8(sys.stdout)
    raise SystemExit(run(sys.argv, os.environ))


def _help(argv: Sequence[str], environ: Mapping[str, str]) -> str | None:
    """The text that is asked for instead of a phase; also by the bare command of a developer."""
    first, second = (*argv[1:3], "", "")[:2]
    bare = not first and Path(argv[0]).stem == "sentry-release"
    if first == "--version":
        return f"sentry-release {__version__}"
    asks_for_help = first in _HELP or (first in PHASES and second in _HELP)
    if not asks_for_help and (not bare or environ.get("GITHUB_ACTIONS") == "true"):
        return None
    from sentry_release.facts.usage import usage  # noqa: PLC0415 - for people only

    return usage(__version__, PHASES)


def _speak_utf8(stream: TextIO) -> None:
    """
    Write what other programs read in UTF-8; a terminal keeps its own encoding.

    A pipe of Windows has the code page of the system, and most of Unicode is not in it.
    """
    if isinstance(stream, TextIOWrapper):
        encoding = None if stream.isatty() else "utf-8"
        stream.reconfigure(encoding=encoding, errors="backslashreplace")


def _play(words: Asked) -> Phase:
    """The phase, ready to be played; only its own module is imported."""
    match words.phase:
        case "post" | "upload" | "deploy":
            return _marking(words.phase)
        case "health":
            from sentry_release.story.health import health  # noqa: PLC0415

            return health
        case "doctor":
            from sentry_release.story.doctor import doctor  # noqa: PLC0415

            return partial(doctor, options=words.options)
        case "name":
            from sentry_release.story.name import name  # noqa: PLC0415

            return partial(name, options=words.options)
        case "run":
            from sentry_release.story.build import build  # noqa: PLC0415

            return partial(build, command=words.command, environ=words.environ)
        case _:
            from sentry_release.story.main import main  # noqa: PLC0415

            return main


def _marking(phase: str) -> Phase:
    if phase == "post":
        from sentry_release.story.post import post  # noqa: PLC0415

        return post
    if phase == "upload":
        from sentry_release.commands.upload_command import upload  # noqa: PLC0415

        return upload
    from sentry_release.story.deploying import deploy  # noqa: PLC0415

    return deploy


def _bug(error: Exception, level: Level) -> Notice:
    text = (
        f"{type(error).__name__}: {str(error)[:300]}\n"
        "This is a mistake in sentry-release-flutter itself.\n"
        "Please report it, with the log of a run with debug logging."
    )
    return Notice(level=level, title="Sentry release: a bug", text=text)
