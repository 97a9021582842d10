"""The input `environment`: a name, or for the action `deploy` pairs of GitHub's and Sentry's name."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass

from sentry_release.config.input_reader import InputReader
from sentry_release.model.sentry_names import find_environment_name_error

_NAME = "environment"


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvironmentPair:
    """An environment of GitHub or another CI host, and its name in Sentry."""

    deployed: str
    recorded: str


def map_environment(pairs: Collection[EnvironmentPair], deployed: str | None) -> str | None:
    """Return the name in Sentry of a deployed environment, in any case; None if no pair has it."""
    names = {pair.deployed.casefold(): pair.recorded for pair in pairs}
    return names.get((deployed or "").casefold())


def read_environment(inputs: InputReader) -> str | None:
    """Return the name of the environment in Sentry; None if there is none, or if there are pairs."""
    text = inputs.read_text(_NAME)
    if text is None or "=" in text:
        return None
    _check_name(inputs, text)
    return text


def read_environment_pairs(inputs: InputReader) -> tuple[EnvironmentPair, ...]:
    """Return the pairs, one per line as `Preview=staging`; none if the input is a plain name."""
    if "=" not in (inputs.read_text(_NAME) or ""):
        return ()
    pairs = tuple(_parse_pair(inputs, line) for line in inputs.read_lines(_NAME))
    for name, count in Counter(pair.deployed.casefold() for pair in pairs).items():
        if count > 1:
            inputs.add_invalid(_NAME, name, "it is mapped twice", "Map each environment once.")
    return pairs


def _parse_pair(inputs: InputReader, line: str) -> EnvironmentPair:
    deployed, _, recorded = (part.strip() for part in line.partition("="))
    if not deployed or not recorded or "=" in recorded:
        hint = "Write one pair per line, GitHub's name first: `Preview=staging`."
        inputs.add_invalid(_NAME, line, "it is not a pair of names", hint)
    else:
        _check_name(inputs, recorded)
    return EnvironmentPair(deployed=deployed, recorded=recorded)


def _check_name(inputs: InputReader, name: str) -> None:
    if problem := find_environment_name_error(name):
        hint = "Use the environment's name in Sentry, for example `production`."
        inputs.add_invalid(_NAME, name, f"it {problem}", hint)
