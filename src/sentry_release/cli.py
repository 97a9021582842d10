"""Which phase to play, with real doors, and the one place errors end."""

import os
import random
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial

from sentry_release import __version__
from sentry_release.doors.runner import Runner
from sentry_release.facts.config import Config
from sentry_release.facts.context import Context
from sentry_release.facts.notify import secrets_in
from sentry_release.story.asking import Asked, asked, payload, started_as_post
from sentry_release.story.opened import opened_world
from sentry_release.story.world import World
from sentry_release.words.clock import Clock
from sentry_release.words.errors import BUG_EXIT_CODE, ActionError, ProjectError, WorkflowError
from sentry_release.words.told import Level, Notice

Phase = Callable[[Config, Context, World], int | None]

CANCELLED_EXIT_CODE = 130
AGENT = f"sentry-release-flutter/{__version__}"


def run(argv: Sequence[str], environ: Mapping[str, str], clock: Clock | None = None) -> int:
    """
    Play one phase and return the process's exit code.

    Args:
        argv: The program and its words, as asking.asked reads them.
        environ: The process environment.
        clock: Time and chance; the real ones when absent.
    """
    runner = Runner.from_env(environ, log=sys.stdout)
    after_job = started_as_post(argv)
    try:
        words = asked(argv, environ)
        environ = words.environ
        after_job = words.phase == "post"
        runner.hide(environ.get("INPUT_AUTH-TOKEN"), environ.get("SENTRY_AUTH_TOKEN"))
        runner.hide(environ.get("INPUT_GITHUB-TOKEN"), *secrets_in(environ.get("INPUT_NOTIFY", "")))
        config = Config.from_env(words.inputs)
        context = Context.from_env(environ, payload(environ))
        clock = clock or real_clock()
        world = opened_world(config, context, runner, environ, agent=AGENT, clock=clock)
        return _play(words)(config, context, world) or 0
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
    raise SystemExit(run(sys.argv, os.environ))


def _play(words: Asked) -> Phase:
    """The phase, ready to be played; only its own module is imported."""
    match words.phase:
        case "post":
            from sentry_release.story.deploying import post  # noqa: PLC0415

            return post
        case "deploy":
            from sentry_release.story.deploying import deploy  # noqa: PLC0415

            return deploy
        case "name":
            from sentry_release.story.name import name  # noqa: PLC0415

            return partial(name, options=words.options)
        case "run":
            from sentry_release.story.build import build  # noqa: PLC0415

            return partial(build, command=words.command, environ=words.environ)
        case _:
            from sentry_release.story.main import main  # noqa: PLC0415

            return main


def real_clock() -> Clock:
    """Time as it passes for everybody."""
    return Clock(
        now=lambda: datetime.now(UTC),
        seconds=time.monotonic,
        sleep=time.sleep,
        chance=random.random,  # it spreads retries, it guards nothing
        alarm=_alarm,
    )


def _alarm(seconds: float, ring: Callable[[], object]) -> Callable[[], object]:
    from threading import Timer  # noqa: PLC0415 - only who asks Sentry needs it

    timer = Timer(seconds, ring)
    timer.daemon = True
    timer.start()
    return timer.cancel


def _bug(error: Exception, level: Level) -> Notice:
    text = (
        f"{type(error).__name__}: {str(error)[:300]}\n"
        "This is a mistake in sentry-release-flutter itself.\n"
        "Please report it, with the log of a run with debug logging."
    )
    return Notice(level=level, title="Sentry release: a bug", text=text)
