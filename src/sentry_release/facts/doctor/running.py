"""A job of a workflow -> the events that it runs for, and the values of its matrix."""

import re
from collections.abc import Mapping

from sentry_release.facts.marked_yaml import Marked

_EVENT = re.compile(r"\(*github\.event_name\s*(?P<sign>[!=]=)\s*['\"](?P<name>\w+)['\"]\)*")


def events_left(events: frozenset[str], condition: str | None) -> frozenset[str]:
    """
    The events that the `if` of a job or a step lets through.

    Only comparisons of `github.event_name` that `&&` joins are understood; others let all through.

    >>> sorted(events_left(frozenset({"push", "pull_request"}), "github.event_name == 'push'"))
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


def matrix_of(job: Marked) -> Mapping[str, tuple[str, ...]]:
    """
    The texts that each variable of a job's matrix may be, those of `include` among them.

    Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax
    """
    found: dict[str, tuple[str, ...]] = {}
    matrix = job.at("strategy", "matrix")
    for key, node in matrix.items.items():
        if key not in {"include", "exclude"}:
            found[key] = tuple(one.text for one in node.entries if one.text)
    for row in matrix.at("include").entries:
        for key, one in row.items.items():
            found[key] = (*found.get(key, ()), *((one.text,) if one.text else ()))
    return {key: tuple(dict.fromkeys(texts)) for key, texts in found.items()}
