"""Claims about what fuzzing has found: whatever a parser is given, it ends, and in words."""

import time
from collections.abc import Callable, Iterator

import pytest

from fuzzed import NAMES
from seeds import kept_seeds, seeds
from targets import TARGETS

MAX_S = 2


def test_every_parser_that_is_fuzzed_is_named() -> None:
    assert set(NAMES) == set(TARGETS)


@pytest.mark.parametrize(
    "inputs",
    [
        pytest.param(kept_seeds, id="kept"),
        pytest.param(seeds, id="and files of apps", marks=pytest.mark.large),
    ],
)
@pytest.mark.parametrize("target", NAMES)
def test_every_input_that_was_kept_is_read_without_a_traceback(
    target: str, inputs: Callable[[str], Iterator[bytes]]
) -> None:
    tried = 0
    for seed in inputs(target):
        start = time.process_time()
        TARGETS[target](seed)
        assert time.process_time() - start < MAX_S, f"{seed[:200]!r} takes too long"
        tried += 1

    assert tried > 0
