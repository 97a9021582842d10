"""Seeds whose schedules have found a defect, and what it was; the tests replay them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Find:
    """
    A seed that has found a defect.

    Attributes:
        seed: The seed.
        defect: What went wrong.
        kinds_since: The faults that were added later, which its schedule has to be drawn without.
    """

    seed: int
    defect: str
    kinds_since: frozenset[str] = frozenset()


_PROXY = frozenset({"407 of a proxy"})
FINDS = (
    Find(
        seed=347,
        defect="a redirect of GitHub instead of the deployments meant that the job has no environment",
    ),
    Find(
        seed=116,
        defect="post, run again after the clock was set back, replaced the release date",
        kinds_since=_PROXY,
    ),
    Find(
        seed=950,
        defect="the page of a proxy instead of a check run meant that the job has no environment",
        kinds_since=_PROXY,
    ),
    Find(
        seed=1781,
        defect="post, run again, took the date of a later deploy whose job had a slower clock",
        kinds_since=_PROXY,
    ),
)
