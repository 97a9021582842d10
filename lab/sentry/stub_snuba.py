"""Sentry's SnQL queries -> what Snuba would answer if it held only the given session counts."""

import json
import re
from pathlib import Path
from typing import Any

_QUERY = re.compile(r" SELECT (.*?)(?: BY (.*?))? (?:WHERE|ORDER BY|LIMIT|HAVING)\b")
_START = re.compile(r"timestamp >= toDateTime\('([^'.]*)")
_NAMES_RELEASES = re.compile(r"tags\[\d+\] (=|IN) ")
_COUNTED = ("sessions", "crashed", "users", "crashed_users")


def answer(dataset: str, query: str, *, health: Path) -> dict[str, Any]:
    """
    Rows for sessions, none for anything else.

    Args:
        dataset: Of Snuba; only `metrics` knows sessions.
        query: SnQL text, as sentry 23.7.1 writes it; of its filters only the release counts.
        health: The JSON list that set_health.py writes; it may be missing.
    """
    found = _QUERY.search(query)
    if not found:
        raise ValueError(f"a query without SELECT: {query}")
    selected, by = (list(dict.fromkeys(_columns(part or ""))) for part in found.groups())
    rows = _sessions(query, selected, by, health) if dataset == "metrics" else []
    meta = [{"name": name, "type": ""} for name in dict.fromkeys(by + selected)]
    return {"data": rows, "meta": meta, "totals": {}}


def _columns(text: str) -> list[str]:
    """The names a column list results in: "a, f(b, c) AS `d`" gives a and d."""
    parts, depth = [""], 0
    for character in text:
        depth += (character == "(") - (character == ")")
        if character == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    return [part.rsplit(" AS ", maxsplit=1)[-1].strip(" `") for part in parts if part.strip()]


def _sessions(query: str, selected: list[str], by: list[str], health: Path) -> list[dict[str, Any]]:
    """One row for each requested group, all of it in the query's first time bucket."""
    where = query.partition(" WHERE ")[2]
    start = _START.search(where)
    releases = json.loads(health.read_text()) if health.exists() else []
    if _NAMES_RELEASES.search(where):
        releases = [row for row in releases if re.search(rf"\b{row['id']}\b", where)]
    groups = [[row] for row in releases] if "release" in by else [releases]
    rows = []
    for group in filter(None, groups):
        values = _values(group) | {"bucketed_time": f"{start[1]}+00:00" if start else ""}
        # the suffix __0 and the like distinguishes two uses of one metric
        if any(name.split("__")[0] in values for name in selected):
            rows.append({name: values.get(name.split("__")[0], 0) for name in by + selected})
    return rows


def _values(group: list[dict[str, int]]) -> dict[str, Any]:
    """All that Sentry may want to know of these releases together, under the names in its queries."""
    sessions, crashed, users, crashed_users = (sum(row[key] for row in group) for key in _COUNTED)
    return {
        "release": group[0]["id"],
        "session.all": sessions,
        "session.crashed": crashed,
        "session.crash_rate": crashed / sessions,
        "session.crash_free_rate": 1 - crashed / sessions,
        "session.all_user": users,
        "session.crash_user_rate": crashed_users / users,
        "session.crash_free_user_rate": 1 - crashed_users / users,
        "e:sessions/all@none": sessions,
        "e:sessions/error.preaggr@none": crashed,
        "e:sessions/crashed_abnormal@none": crashed,
    }
