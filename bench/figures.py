"""Measured rounds -> medians, ratios and goals: pure arithmetic, so that it can be tested."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

KEYS = (
    "wall_ms", "cpu_ms", "peak_mb", "requests", "sentry_requests", "connections", "kilobytes",
    "deploys", "failed", "first_byte_ms",
)  # fmt: skip
Round = Mapping[str, float]
Measurements = Mapping[str, float]


def summed(steps: Sequence[Round]) -> Round:
    """The steps of one job together: times add up, the peak is the highest."""
    highest = max(step["peak_mb"] for step in steps)
    return {
        "wall_ms": sum(step["wall_ms"] for step in steps),
        "cpu_ms": sum(step["cpu_ms"] for step in steps),
        "peak_mb": highest,
        "failed": float(any(step["code"] for step in steps)),
    }


def medians(rounds: Sequence[Round]) -> Measurements:
    """The median of each figure, to one decimal."""
    return {key: round(median(one[key] for one in rounds), 1) for key in rounds[0]}


def ratio(own: Sequence[Round], other_values: Sequence[Round]) -> float:
    """
    How many times as long the action takes: the median of the ratios of rounds that were played together.

    What slows the machine down for a while slows both of a pair, and so falls out.
    """
    pairs = zip(own, other_values, strict=True)
    return round(median(one["wall_ms"] / other["wall_ms"] for one, other in pairs), 3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """What was to be reached, and what was: at most `limit` of `unit`."""

    what: str
    limit: float
    reached: float | None
    unit: str

    @property
    def matches(self) -> bool | None:
        """Whether it is; None where it was not measured."""
        return None if self.reached is None else self.reached <= self.limit

    @property
    def sentence(self) -> str:
        """It in words."""
        at_most = f"{self.what}: at most {_number(self.limit)}{self.unit}"
        if self.reached is None:
            return f"{at_most}; not measured."
        how = (
            "met" if self.matches else f"missed by {_number(self.reached - self.limit)}{self.unit}"
        )
        return f"{at_most}; it is {_number(self.reached)}{self.unit}: **{how}**."


def _number(value: float) -> str:
    return f"{value:.3f}".rstrip("0").rstrip(".") if abs(value) < 10 else f"{value:.0f}"  # noqa: PLR2004 - a ratio


# facts of another measurement, of 2026-11-22, on the same kind of machine; see bench/README.md
ACTION_RELEASE_PER_CLI = 1198 / 879
"""action-release against sentry-cli 3.8.2, both at 80 ms, as they were measured together."""


ACTION_RELEASE_MB = 63.5
"""Its image, compressed; estimated from the sizes of its layers, 62 to 65 MB."""


def goals(
    medians_of: Mapping[str, Measurements],
    ratios: Mapping[str, float],
    own_ratios: Mapping[str, float],
    image: Mapping[str, float],
) -> tuple[Goal, ...]:
    """
    Return the requests, at 80 ms.

    Args:
        medians_of: By player, with the integration.
        ratios: The action to each other player, with the integration.
        own_ratios: The same for 30 commits of one's own.
        image: Of the image: `added_mb`; empty where it was not measured.
    """
    own = medians_of["action"]
    to_cli = ratios["sentry-cli 3"]
    return (
        Goal(what="Against sentry-cli 3.x", limit=0.95, reached=to_cli, unit=" times"),
        Goal(
            what="Against action-release, by way of sentry-cli measured with both",
            limit=0.7,
            reached=round(to_cli / ACTION_RELEASE_PER_CLI, 3),
            unit=" times",
        ),
        Goal(
            what="Against sentry-cli 3.x, with 30 commits of one's own",
            limit=1.6,
            reached=own_ratios["sentry-cli 3"],
            unit=" times",
        ),
        Goal(what="Requests to Sentry", limit=5, reached=own["sentry_requests"], unit=""),
        Goal(what="Peak memory", limit=64, reached=own["peak_mb"], unit=" MB"),
        Goal(
            what="What the image adds to its base, compressed",
            limit=13,
            reached=image.get("added_mb"),
            unit=" MB",
        ),
    )
