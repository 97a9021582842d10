"""Merge options, environment and .env file into the one mapping that inputs are read from."""

from collections.abc import Mapping

from sentry_release.adapters.runner import ActionsRunner
from sentry_release.cli.arguments import Arguments
from sentry_release.cli.env_file import add_env_file
from sentry_release.config.config import Config
from sentry_release.config.exported_env import ignore_own_exports
from sentry_release.config.input_table import INPUTS
from sentry_release.config.inputs import Command
from sentry_release.errors import WorkflowError
from sentry_release.model.outputs import Annotation, AnnotationLevel

_NAMING = {Command.RELEASE, Command.DOCTOR, Command.NAME, Command.RUN}
_LATE_INPUTS = tuple(name for name, row in INPUTS.items() if row.is_read_late)


def collect_inputs(arguments: Arguments, environ: Mapping[str, str]) -> Mapping[str, str]:
    """
    Return the environment with the inputs of the command line and of the .env file.

    Raises:
        WorkflowError, ProjectError: The .env file cannot be read or chooses a token's server.
    """
    naming = arguments.command in _NAMING and not arguments.is_post
    merged = ignore_own_exports({**environ, **arguments.inputs}, naming=naming)
    return add_env_file(merged, arguments.command)


def drop_invalid_late_inputs(inputs: Mapping[str, str], runner: ActionsRunner) -> Mapping[str, str]:
    """
    Return the inputs of the post step without those that are invalid, and warn about each.

    Only inputs that take the outputs of later steps are dropped: the main step could not check
    them, and a deploy must not be lost because of its link or its name.
    """
    invalid = set()
    for name in _LATE_INPUTS:
        key = f"INPUT_{name.upper()}"
        try:
            if inputs.get(key):
                Config.from_env({key: inputs[key]})
        except WorkflowError as error:
            invalid.add(key)
            text = f"{error.message}\nThe input is ignored.\n{error.hint}"
            runner.annotate(Annotation(level=AnnotationLevel.WARNING, title=error.title, text=text))
    return {key: value for key, value in inputs.items() if key not in invalid}
