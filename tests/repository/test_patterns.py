"""No regular expression of the source takes more than linear time, whatever it is given."""

import pytest

from pattern_growth import FoundPattern, find_patterns

# What is timed has the machine to itself.
pytestmark = pytest.mark.large
_PARTS = 8


def test_every_module_is_searched_for_patterns() -> None:
    assert len(find_patterns()) > 300


@pytest.mark.parametrize("part", range(_PARTS))
def test_every_pattern_takes_linear_time_on_crafted_input(part: int) -> None:
    slow = {
        one.where: growth
        for one in find_patterns()[part::_PARTS]
        if (growth := one.find_growth()) is not None
    }

    assert slow == {}


@pytest.mark.parametrize("text", [r"\s+$", r"(a*)*b", r"(?P<x>\w+)\s*:", r"<!--.*?-->"])
def test_a_slow_pattern_is_found(text: str) -> None:
    import re

    slow = FoundPattern(where="here", pattern=re.compile(text), is_anchored=False)

    assert slow.find_growth() is not None
