"""Which phase to play, with real doors, and the one place errors end."""

import os
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from sentry_release import __version__
from sentry_release.doors.disk import Disk
from sentry_release.doors.runner import Runner
from sentry_release.facts.config import Config
from sentry_release.facts.context import Context
from sentry_release.facts.own_words import without_own_words
from sentry_release.story.world import World
from sentry_release.words.errors import BUG_EXIT_CODE, ActionError, WorkflowError
from sentry_release.words.told import Level, Notice

if TYPE_CHECKING:
    from sentry_release.doors.github_api import GithubApi
    from sentry_release.doors.sentry.api import SentryApi

Phase = Callable[[Config, Context, World], None]

PHASES = ("main", "post", "deploy", "plan", "name")
_NAMING = {"main", "plan", "name"}
_PAYLOAD_LIMIT = 32 * 1024 * 1024


def run(argv: Sequence[str], environ: Mapping[str, str]) -> int:
    """
    Play one phase and return the process's exit code.

    Args:
        argv: argv[1] names the phase; else the name of the program does, as far as it is
            `post`; else the input `phase`. What follows are inputs, as in `--release NAME`.
        environ: The process environment.
    """
    runner = Runner.from_env(environ, log=sys.stdout)
    after_job = _started_as(argv) == "post"
    try:
        phase, environ = _asked(argv, environ)
        after_job = phase == "post"
        environ = _with_env_file(without_own_words(environ, naming=phase in _NAMING))
        runner.hide(environ.get("INPUT_AUTH-TOKEN"), environ.get("SENTRY_AUTH_TOKEN"))
        runner.hide(environ.get("INPUT_GITHUB-TOKEN"))
        config = Config.from_env(environ)
        context = Context.from_env(environ, _payload(environ))
        _play(phase)(config, context, _world(config, context, runner, environ))
    except ActionError as error:
        # What post raises it was asked to raise; that inputs cannot be read was said by main.
        mild = after_job and isinstance(error, WorkflowError)
        runner.fail(error, level=Level.WARNING if mild else Level.ERROR)
        return 0 if mild else error.exit_code
    except Exception as error:  # noqa: BLE001 - whatever it is, a job must not end in a traceback
        runner.notice(_bug(error, Level.WARNING if after_job else Level.ERROR))
        runner.whisper("".join(traceback.format_exception(error)))
        return 0 if after_job else BUG_EXIT_CODE
    return 0


def main() -> None:
    """The command `sentry-release`."""
    raise SystemExit(run(sys.argv, os.environ))


def _asked(argv: Sequence[str], environ: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    words = list(argv[1:])
    phase = words.pop(0) if words and not words[0].startswith("-") else None
    inputs = _inputs(words)
    given = environ.get("INPUT_PHASE", "").strip() or "main"
    phase = phase or ("post" if _started_as(argv) == "post" else given)
    if phase not in PHASES:
        raise WorkflowError(
            f"There is no phase {phase[:80]!r}.",
            why="The first word after the program, or the input `phase`, names it.",
            mend=f"Use one of: {', '.join(PHASES)}.",
        )
    asked = {**environ, **inputs}
    if phase in {"main", "deploy", "plan"}:
        asked["INPUT_PHASE"] = phase
    elif phase == "name":
        asked["INPUT_PHASE"] = "plan"
    return phase, asked


def _started_as(argv: Sequence[str]) -> str:
    return Path(argv[0]).stem


def _inputs(words: list[str]) -> dict[str, str]:
    """`--release NAME` or `--release=NAME` -> INPUT_RELEASE."""
    inputs = {}
    while words:
        key, equals, value = words.pop(0).partition("=")
        if not key.startswith("--") or not (equals or words):
            raise WorkflowError(
                f"{key[:80]!r} is no input with a value.",
                why="After the phase come inputs as in action.yml.",
                mend="Write `--working-directory apps/shop`, for example.",
            )
        inputs[f"INPUT_{key[2:].upper()}"] = value if equals else words.pop(0)
    return inputs


def _workspace(environ: Mapping[str, str]) -> Path:
    return Path(environ.get("GITHUB_WORKSPACE") or Path.cwd())


def _with_env_file(environ: Mapping[str, str]) -> Mapping[str, str]:
    """Add what the input `env-file` holds; variables that are really set win."""
    path = environ.get("INPUT_ENV-FILE", "").strip()
    if not path:
        return environ
    from io import StringIO  # noqa: PLC0415

    from dotenv import dotenv_values  # noqa: PLC0415 - rarely needed

    text = Disk(root=_workspace(environ)).read(PurePosixPath(path), limit=_PAYLOAD_LIMIT)
    if text is None:
        raise WorkflowError(
            f"`env-file` is {path[:80]!r}, and there is no such file.",
            why="It is looked for in the workspace.",
            mend="Correct the path, or put `uses: actions/checkout` before this step.",
        )
    found = dotenv_values(stream=StringIO(text), interpolate=False)
    ours = {key: value for key, value in found.items() if value and key.startswith("SENTRY_")}
    return {**ours, **{key: value for key, value in environ.items() if value or key not in ours}}


def _payload(environ: Mapping[str, str]) -> Mapping[str, object]:
    import json  # noqa: PLC0415

    try:
        payload = json.loads(Path(environ["GITHUB_EVENT_PATH"]).read_text("utf-8"))
    except (KeyError, OSError, ValueError):
        return {}  # outside Actions there is none; and nothing that matters hangs on it alone
    return payload if isinstance(payload, dict) else {}


def _play(phase: str) -> Phase:
    """Only the module of the phase that is played is imported."""
    match phase:
        case "post":
            from sentry_release.story.deploying import post as play  # noqa: PLC0415
        case "deploy":
            from sentry_release.story.deploying import deploy as play  # noqa: PLC0415
        case "name":
            from sentry_release.story.name import name as play  # noqa: PLC0415
        case _:
            from sentry_release.story.main import main as play  # noqa: PLC0415
    return play


def _world(config: Config, context: Context, runner: Runner, environ: Mapping[str, str]) -> World:
    import time  # noqa: PLC0415

    began = time.monotonic()

    @cache
    def sentry() -> "SentryApi":
        from sentry_release.doors.sentry.opened import opened  # noqa: PLC0415 - slow to import

        return opened(
            url=config.url,
            token=config.auth_token or "",
            organization=config.organization or "",
            projects=config.projects,
            agent=f"sentry-release-flutter/{__version__}",
            environ=environ,
            began=began,
            log=runner.whisper,
        )

    @cache
    def github() -> "GithubApi | None":
        if not (config.github_token and context.repository):
            return None
        from sentry_release.doors.github_api import GithubApi  # noqa: PLC0415

        return GithubApi(
            api_url=context.api_url,
            token=config.github_token,
            repository=context.repository,
            log=runner.whisper,
        )

    return World(
        runner=runner,
        disk=Disk(root=_workspace(environ)),
        sentry=sentry,
        github=github,
        now=lambda: datetime.now(UTC),
        sleep=time.sleep,
    )


def _bug(error: Exception, level: Level) -> Notice:
    text = (
        f"{type(error).__name__}: {str(error)[:300]}\n"
        "This is a mistake in sentry-release-flutter itself.\n"
        "Please report it, with the log of a run with debug logging."
    )
    return Notice(level=level, title="Sentry release: a bug", text=text)
