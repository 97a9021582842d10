"""What a command line asks for: the command, its options, and its inputs as variables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sentry_release.config.inputs import ACTIONS, Command

STAGES = ("main", "post")
"""The stages of the root action; the runner's names for the command `release`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arguments:
    """
    A parsed command line.

    Attributes:
        command: The command to run.
        inputs: Inputs of the command, by the variable that the runner would set: `INPUT_NAME`.
        options: Options that are not inputs, such as `--json` or `--format=env`.
        build_command: The program and arguments that `run` starts.
        is_post: Whether this is the post step of the root action.
        page: A help page or the version, printed instead of running the command.
    """

    command: Command
    inputs: Mapping[str, str] = field(default_factory=dict, repr=False)
    options: frozenset[str] = frozenset()
    build_command: tuple[str, ...] = ()
    is_post: bool = False
    page: str | None = None

    @property
    def is_quiet(self) -> bool:
        """Return whether only results, warnings and errors are printed."""
        return "--quiet" in self.options

    @property
    def is_for_programs(self) -> bool:
        """Return whether a program or a shell reads the result."""
        return bool(
            self.options & {"--json", "--sarif", "--short", "--format=json", "--format=env"}
        )


def is_post_step(argv: Sequence[str]) -> bool:
    """Return whether the runner started the post step: by the program's name or the first argument."""
    return Path(argv[0]).stem == "post" or list(argv[1:2]) == ["post"]


def get_stage_arguments(argv: Sequence[str]) -> Arguments | None:
    """Return the arguments of a stage that the runner started, which has none; else None."""
    stage = name_of_start(argv)
    if stage not in STAGES or len(argv) > 1:
        return None
    return Arguments(command=Command.RELEASE, is_post=is_post_step(argv))


def name_of_start(argv: Sequence[str]) -> str | None:
    """Return the stage or action that the program was started as, or None."""
    name = Path(argv[0]).stem
    return name if name in {*STAGES, *ACTIONS} else None
