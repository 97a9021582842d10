"""Claim: what an example in a docstring shows is what happens."""

import doctest
from importlib import import_module

import pytest

from job import ROOT

PLACES = {ROOT / "src": "sentry_release", ROOT / "scripts": "shipping", ROOT / "tests": "e2e"}
SHOWING = sorted(
    ".".join(path.relative_to(place).with_suffix("").parts)
    for place, package in PLACES.items()
    for path in (place / package).rglob("*.py")
    if ">>> " in path.read_text()
)


@pytest.mark.parametrize("module", SHOWING)
def test_every_example_is_true_in(module: str) -> None:
    failed, tried = doctest.testmod(import_module(module))

    assert failed == 0  # what is wrong has been printed
    assert tried
