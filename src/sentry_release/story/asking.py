"""Command line, environment and .env file -> the one environment that all is read from."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from sentry_release.config.input_table import INPUTS
from sentry_release.config.inputs import ACTIONS, Command
from sentry_release.doors.disk import Disk
from sentry_release.doors.runner import Runner
from sentry_release.facts.config import Config
from sentry_release.facts.own_words import without_own_words
from sentry_release.facts.reading import did_you_mean
from sentry_release.story.opened import workspace
from sentry_release.words.errors import WorkflowError
from sentry_release.words.told import Level, Notice

PHASES = ("main", "post", *Command)
OPTIONS = {
    "name": {"--json", "--all", "--from-artifacts"},
    "doctor": {"--json", "--sarif", "--fix", "--write", "--all"},
}
_NAMING = {"main", "release", "doctor", "name", "run"}
_OF_LATER_STEPS = tuple(name for name, one in INPUTS.items() if one.is_read_late)
_ENV_FILE_LIMIT = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The phase, the environment with everything in it, and what else the command line held."""

    phase: str
    environ: Mapping[str, str] = field(repr=False)
    options: frozenset[str] = frozenset()
    command: tuple[str, ...] = ()

    @property
    def is_post(self) -> bool:
        """Whether this is the post step of the release action."""
        return self.phase == "post"

    @property
    def name(self) -> Command:
        """The command whose inputs count."""
        return Command.RELEASE if self.phase in {"main", "post"} else Command(self.phase)


def started_as_post(argv: Sequence[str]) -> bool:
    """Whether the runner started the post stage: by the program's name, or, on a host, by a word."""
    return Path(argv[0]).stem == "post" or list(argv[1:2]) == ["post"]


def asked(argv: Sequence[str], environ: Mapping[str, str]) -> Asked:
    """
    Read the command line.

    Args:
        argv: argv[1] names the command; without it, the name of the program does. What follows are inputs, as in `--release NAME`, options
            such as `--json`, and for `run` the command, after `--` if need be.
        environ: The process environment.

    Raises:
        WorkflowError: There is no such phase, or a word of the command line is no input.
    """
    words = list(argv[1:])
    phase = words.pop(0) if words and not words[0].startswith("-") else None
    phase = phase or _stage(argv)
    if phase not in PHASES:
        raise WorkflowError(
            f"Unknown command {phase[:80]!r}.",
            why="The first argument names the command.",
            mend=did_you_mean(phase, tuple(Command)),
        )
    words, command = _parted(words) if phase == "run" else (words, ())
    options = frozenset(OPTIONS.get(phase, ())) & frozenset(words)
    inputs = {**environ, **_inputs([word for word in words if word not in options])}
    full = _with_env_file(without_own_words(inputs, naming=phase in _NAMING))
    return Asked(phase=phase, environ=full, options=options, command=command)


def _stage(argv: Sequence[str]) -> str:
    """The stage or action under whose name the program was started; without one, the main step."""
    name = Path(argv[0]).stem
    return name if name in {"post", *ACTIONS} else "main"


def fit_after_job(inputs: Mapping[str, str], runner: Runner) -> Mapping[str, str]:
    """
    The inputs of post, without those of later steps that cannot be used; of these it warns.

    main could not judge them, and no deploy is to be lost over its link or its name.
    """
    unfit = set()
    for name in _OF_LATER_STEPS:
        key = f"INPUT_{name.upper()}"
        try:
            if inputs.get(key):
                Config.from_env({key: inputs[key]})
        except WorkflowError as error:
            unfit.add(key)
            text = f"{error.what}\nIt is ignored.\n{error.mend}"
            runner.notice(Notice(level=Level.WARNING, title=error.title, text=text))
    return {key: value for key, value in inputs.items() if key not in unfit}


def _parted(words: list[str]) -> tuple[list[str], tuple[str, ...]]:
    """Our own words, and the command: after `--`, or from the first word that is no input."""
    ours: list[str] = []
    rest = list(words)
    while rest and rest[0].startswith("--"):
        word = rest.pop(0)
        if word == "--":
            break
        ours.append(word)
        if "=" not in word and rest:
            ours.append(rest.pop(0))
    return ours, tuple(rest)


def payload(environ: Mapping[str, str]) -> Mapping[str, object]:
    """The event that started the workflow; outside Actions, or unreadable, it tells nothing."""
    try:
        found = json.loads(Path(environ["GITHUB_EVENT_PATH"]).read_text("utf-8"))
    except (KeyError, OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


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
        if key[2:] not in INPUTS:
            raise WorkflowError(
                f"{key[:80]!r} is not an input.",
                why="An option that nobody reads would be believed to work.",
                mend=f"Use one of: {', '.join(INPUTS)}.",
            )
        inputs[f"INPUT_{key[2:].upper()}"] = value if equals else words.pop(0)
    return inputs


def _with_env_file(environ: Mapping[str, str]) -> Mapping[str, str]:
    """
    Add what the input `env-file` holds; variables that are really set win.

    Outside Actions a file `.env` is read without being asked for, as developers expect;
    in a workflow it never is, since it lies in the repository.
    """
    path = environ.get("INPUT_ENV-FILE", "").strip()
    if not path and environ.get("GITHUB_ACTIONS") == "true":
        return environ
    disk = Disk(root=workspace(environ))
    if not path and disk.is_folder(PurePosixPath(".env")):
        return environ
    text = disk.read(PurePosixPath(path or ".env"), limit=_ENV_FILE_LIMIT)
    if text is None and not path:
        return environ
    if text is None:
        raise WorkflowError(
            f"`env-file` is {path[:80]!r}, and there is no such file.",
            why="It is looked for in the workspace.",
            mend="Correct the path, or put `uses: actions/checkout` before this step.",
        )
    from io import StringIO  # noqa: PLC0415

    from dotenv import dotenv_values  # noqa: PLC0415 - rarely needed

    found = dotenv_values(stream=StringIO(text), interpolate=False)
    ours = {key: value for key, value in found.items() if value and key.startswith("SENTRY_")}
    return {**environ, **{key: ours[key] for key in ours if not environ.get(key)}}
