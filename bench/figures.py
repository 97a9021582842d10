"""Measured rounds -> medians, ratios and goals: pure arithmetic, so that it can be tested."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

KEYS = (
    "wall_ms", "cpu_ms", "peak_mb", "requests", "sentry_requests", "connections", "kilobytes",
    "deploys", "failed", "first_byte_ms",
)  # fmt: skip
Round = Mapping[str, float]
Figures = Mapping[str, float]


def summed(steps: Sequence[Round]) -> Round:
    """The steps of one job together: times add up, the peak is the highest."""
    highest = max(step["peak_mb"] for step in steps)
    return {
        "wall_ms": sum(step["wall_ms"] for step in steps),
        "cpu_ms": sum(step["cpu_ms"] for step in steps),
        "peak_mb": highest,
        "failed": float(any(step["code"] for step in steps)),
    }


def medians(rounds: Sequence[Round]) -> Figures:
    """The median of each figure, to one decimal."""
    return {key: round(median(one[key] for one in rounds), 1) for key in rounds[0]}


def ratio(ours: Sequence[Round], theirs: Sequence[Round]) -> float:
    """
    How many times theirs ours takes: the median of the ratios of rounds that were played together.

    What slows the machine down for a while slows both of a pair, and so falls out.
    """
    pairs = zip(ours, theirs, strict=True)
    return round(median(one["wall_ms"] / other["wall_ms"] for one, other in pairs), 3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """What was to be reached, and what was: at most `limit` of `unit`."""

    what: str
    limit: float
    reached: float | None
    unit: str

    @property
    def is_met(self) -> bool | None:
        """Whether it is; None where it was not measured."""
        return None if self.reached is None else self.reached <= self.limit

    @property
    def sentence(self) -> str:
        """It in words."""
        at_most = f"{self.what}: at most {_number(self.limit)}{self.unit}"
        if self.reached is None:
            return f"{at_most}; not measured."
        how = "met" if self.is_met else f"missed by {_number(self.reached - self.limit)}{self.unit}"
        return f"{at_most}; it is {_number(self.reached)}{self.unit}: **{how}**."


def _number(value: float) -> str:
    return f"{value:.3f}".rstrip("0").rstrip(".") if abs(value) < 10 else f"{value:.0f}"  # noqa: PLR2004 - a ratio


# facts of another measurement, of 2026-11-22, on the same kind of machine; see bench/README.md
ACTION_RELEASE_MS = {0: 331.0, 80: 1198.0}
ACTION_RELEASE_PER_CLI = 1198 / 879
"""action-release against sentry-cli 3.8.2, both at 80 ms, as they were measured together."""


def goals(
    medians_of: Mapping[str, Figures], ratios: Mapping[str, float], image: Mapping[str, float]
) -> tuple[Goal, ...]:
    """
    What was asked for, at 80 ms with the integration.

    Args:
        medians_of: By player.
        ratios: Ours to each other player.
        image: Of the image: `added_mb`, `start_added_ms`; empty where it was not measured.
    """
    ours = medians_of["ours"]
    to_cli = ratios["sentry-cli 3"]
    return (
        Goal(what="Against sentry-cli 3.x", limit=1, reached=to_cli, unit=" times"),
        Goal(
            what="Against action-release, by way of sentry-cli measured with both",
            limit=0.5,
            reached=round(to_cli / ACTION_RELEASE_PER_CLI, 3),
            unit=" times",
        ),
        Goal(
            what="Against half of the milliseconds that action-release took on its day",
            limit=ACTION_RELEASE_MS[80] / 2,
            reached=ours["wall_ms"],
            unit=" ms",
        ),
        Goal(what="Against the floor", limit=1.3, reached=ratios["floor"], unit=" times"),
        Goal(what="Requests to Sentry", limit=4, reached=ours["sentry_requests"], unit=""),
        Goal(what="First byte on the wire", limit=150, reached=ours["first_byte_ms"], unit=" ms"),
        Goal(what="Peak memory", limit=60, reached=ours["peak_mb"], unit=" MB"),
        Goal(
            what="What the image adds to its base, compressed",
            limit=13,
            reached=image.get("added_mb"),
            unit=" MB",
        ),
        Goal(
            what="What a start of the container adds to one of an empty Python",
            limit=60,
            reached=image.get("start_added_ms"),
            unit=" ms",
        ),
    )
