"""What was measured -> a page of Markdown with a picture; nothing on it is written by hand."""

from collections.abc import Mapping
from typing import Any

from figures import ACTION_RELEASE_MB, Goal
from picture import bars

_COLUMNS = (
    ("wall", "wall_ms", " ms"),
    ("CPU", "cpu_ms", " ms"),
    ("peak memory", "peak_mb", " MB"),
    ("first byte", "first_byte_ms", " ms"),
    ("requests", "requests", ""),
    ("connections", "connections", ""),
    ("bytes", "kilobytes", " KB"),
    ("deploys", "deploys", ""),
)


def page(outputs: Mapping[str, Any]) -> str:
    """The page."""
    about = outputs["about"]
    lines = [
        "# What one job costs",
        "",
        "`make bench` has written this page; [README.md](README.md) says how it is measured.",
        f"{about['date']}, commit {about['commit']}, Python {about['python']}, {about['machine']}, "
        f"load {about['load']}, median of {about['rounds']} rounds.",
        "",
        "![Milliseconds of one job, by player and latency](jobs.svg)",
        "",
        "## What was to be reached",
        "",
        "At 80 ms for each request and each new connection:",
        "",
        *(f"- {sentence}" for sentence in conclusion(outputs)),
    ]
    for one in outputs["runs"].values():
        lines += ["", *_table(one)]
    return "\n".join([*lines, *_image(outputs["image"]), ""])


def conclusion(outputs: Mapping[str, Any]) -> list[str]:
    """What follows from the figures, in sentences."""
    goals = (Goal(**{k: v for k, v in one.items() if k != "met"}) for one in outputs["goals"])
    return [goal.sentence for goal in goals] + [_all_others(outputs)]


def _all_others(outputs: Mapping[str, Any]) -> str:
    own = [one["medians"]["action"]["deploys"] for one in outputs["runs"].values()]
    failed = [
        f"{player} ({one['scenario']}, {one['latency_ms']} ms)"
        for one in outputs["runs"].values()
        for player, stats in one["medians"].items()
        if stats["failed"]
    ]
    created = (
        "Every job of this action recorded one deploy"
        if set(own) == {1.0}
        else "This action did NOT always record one deploy"
    )
    return f"{created}; jobs that failed: {', '.join(failed) or 'none'}."


def _table(one: Mapping[str, Any]) -> list[str]:
    heads = [name for name, _, _ in _COLUMNS]
    lines = [
        f"## {one['scenario'][0].upper()}{one['scenario'][1:]}, {one['latency_ms']} ms",
        "",
        f"| | {' | '.join(heads)} | action : other |",
        "|---|" + "--:|" * (len(heads) + 1),
    ]
    for player, stats in one["medians"].items():
        cells = [f"{stats[key]:.0f}{unit}" for _, key, unit in _COLUMNS]
        end = "fails" if stats["failed"] else f"{one['ratios'][player]:.2f}"
        lines.append(f"| {player} | {' | '.join(cells)} | {end} |")
    return lines


def _image(image: Mapping[str, float]) -> list[str]:
    if not image:
        return ["", "The image was not measured: there is no Docker, or no base image."]
    return [
        "",
        "## The image",
        "",
        f"It adds {image['added_mb']:.1f} MB to a base of {image['base_mb']:.1f} MB, compressed.",
        f"A container of it that finds nothing to do takes {image['start_ms']:.0f} ms, one of the "
        f"base that runs an empty Python {image['empty_start_ms']:.0f} ms.",
        *(_cold_start(image) if "cold_mb" in image else []),
    ]


def _cold_start(image: Mapping[str, float]) -> list[str]:
    return [
        "",
        "### Cold start",
        "",
        "What a job on a fresh runner waits for: the whole compressed image, with its base, is "
        "loaded (the download is not measured), and a container of it is started twice.",
        "",
        "| | compressed | load | two starts | together |",
        "|---|--:|--:|--:|--:|",
        _cold("action, measured", image["cold_mb"], image["cold_load_ms"], image["cold_starts_ms"]),
        _cold(
            "action-release 3.7, **estimated** from its size: the load in proportion, the starts as for the action",
            ACTION_RELEASE_MB,
            image["cold_load_ms"] * ACTION_RELEASE_MB / image["cold_mb"],
            image["cold_starts_ms"],
        ),
    ]


def _cold(who: str, size_mb: float, load_ms: float, starts_ms: float) -> str:
    return (
        f"| {who} | {size_mb:.1f} MB | {load_ms:.0f} ms | {starts_ms:.0f} ms "
        f"| {load_ms + starts_ms:.0f} ms |"
    )


def chart(outputs: Mapping[str, Any]) -> str:
    """The picture: by latency, how long the job takes each player."""
    runs = [one for key, one in outputs["runs"].items() if key.startswith("integration ")]
    groups = {
        f"{one['latency_ms']} ms": {p: f["wall_ms"] for p, f in one["medians"].items()}
        for one in runs
    }
    return bars("One job, in milliseconds, by latency of the server", groups)
