"""Inputs of a workflow that an action does not have, and what their users may have meant."""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches

from sentry_release.config.input_table import INPUTS, inputs_of
from sentry_release.config.inputs import Command

_PREFIX = "INPUT_"
_OF_THE_RUNNER = {"args", "entrypoint"}
"""Inputs that GitHub's runner reads itself for container actions."""

_NAMES_OF_ACTION_RELEASE = {
    "version": "release",
    "started-at": None,
    "inject": None,
    "ignore-missing": None,
    "ignore-empty": None,
    "strip-common-prefix": None,
    "disable-telemetry": None,
    "disable-safe-directory": None,
    "sourcemaps": None,
    "url-prefix": None,
    "release-prefix": "release",
    "version-prefix": "release",
}
"""Inputs of getsentry/action-release, with dashes -> the input here; None if none is needed."""


def unknown_inputs(environ: Mapping[str, str], command: Command) -> Iterator[str]:
    """
    Yield a sentence for each input that the step sets and its action does not have.

    The runner only warns of these, and a typo would go unnoticed.
    Source: actions/runner, src/Runner.Worker/ActionRunner.cs
    """
    known = inputs_of(command)
    for key in environ:
        name = key.removeprefix(_PREFIX).lower()
        if key.startswith(_PREFIX) and name not in known and name not in _OF_THE_RUNNER:
            yield f"Unknown input `{name[:80]}`. {_hint(name, command)}"


def _hint(name: str, command: Command) -> str:
    dashed = name.replace("_", "-")
    if dashed in _NAMES_OF_ACTION_RELEASE:
        here = _NAMES_OF_ACTION_RELEASE[dashed]
        return f"Use `{here}` instead." if here else "Remove it: this action does not need it."
    known = tuple(inputs_of(command))
    if dashed in INPUTS and dashed not in known:
        actions = ", ".join(f"`{one}`" for one in INPUTS[dashed].commands)
        return f"Remove it: it belongs to {actions}."
    nearest = get_close_matches(dashed, known, n=1, cutoff=0.6)
    return f"Did you mean `{nearest[0]}`?" if nearest else "Remove it."
