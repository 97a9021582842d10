"""The table of inputs: action.yml files, README, `--help` and the reusable workflow come from it."""

from collections.abc import Mapping

from sentry_release.config.check_inputs import CHECK_INPUTS
from sentry_release.config.connection_inputs import CONNECTION_INPUTS
from sentry_release.config.inputs import Command, Group, Input
from sentry_release.config.release_inputs import RELEASE_INPUTS
from sentry_release.config.upload_inputs import UPLOAD_INPUTS

_BY_GROUP = {**CONNECTION_INPUTS, **RELEASE_INPUTS, **UPLOAD_INPUTS, **CHECK_INPUTS}

INPUTS: Mapping[str, Input] = {
    name: one for group in Group for name, one in _BY_GROUP[group].items()
}
"""Every input by its name, in the order of action.yml."""


def group_of(name: str) -> Group:
    """The heading under which an input is listed."""
    return next(group for group, rows in _BY_GROUP.items() if name in rows)


def inputs_of(command: Command) -> Mapping[str, Input]:
    """The inputs that a command has by their names, in the order of action.yml."""
    return {name: one for name, one in INPUTS.items() if command in one.commands}
