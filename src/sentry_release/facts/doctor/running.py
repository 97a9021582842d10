"""A job of a workflow -> the events that it runs for, and the values of its matrix."""

import re
from collections.abc import Mapping

from sentry_release.flutter.yaml_node import YamlNode

_EVENT = re.compile(r"\(*github\.event_name\s*(?P<sign>[!=]=)\s*['\"](?P<name>\w+)['\"]\)*")


def filter_events(events: frozenset[str], condition: str | None) -> frozenset[str]:
    """
    The events that the `if` of a job or a step lets through.

    Only comparisons of `github.event_name` that `&&` joins are understood; others let all through.

    >>> sorted(filter_events(frozenset({"push", "pull_request"}), "github.event_name == 'push'"))
    ['push']

    Source: https://docs.github.com/en/actions/reference/workflows-and-actions/expressions
    """
    text = (condition or "").strip().removeprefix("${{").removesuffix("}}")
    if "||" in text:
        return events
    for part in text.split("&&"):
        found = _EVENT.fullmatch(part.strip())
        if found and found["sign"] == "==":
            events = frozenset({found["name"]})
        elif found:
            events = events - {found["name"]} or events
    return events


def parse_matrix(job: YamlNode) -> Mapping[str, tuple[str, ...]]:
    """
    The texts that each variable of a job's matrix may be, those of `include` among them.

    What an object of it holds is called as expressions call it, as `app.target`.

    Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax
    """
    found: dict[str, dict[str, None]] = {}
    matrix = job.at("strategy", "matrix")
    for key, node in matrix.mapping.items():
        if key not in {"include", "exclude"}:
            found[key] = {}
            for one in node.sequence:
                _add_matrix_value(found, key, one)
    for row in matrix.at("include").sequence:
        for key, one in row.mapping.items():
            _add_matrix_value(found, key, one)
    return {key: tuple(texts) for key, texts in found.items()}


def _add_matrix_value(found: dict[str, dict[str, None]], key: str, node: YamlNode) -> None:
    """Keep a text, or those that an object holds."""
    if node.text:
        found.setdefault(key, {})[node.text] = None
    for name, one in node.mapping.items():
        if one.text:
            found.setdefault(f"{key}.{name}", {})[one.text] = None
