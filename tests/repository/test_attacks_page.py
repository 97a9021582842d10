"""The page of attacks: each row is a test, and each attack that is tested is a row."""

import re

from job import ROOT

PAGE = (ROOT / "tests/e2e/attacks.md").read_text()
TESTED = {
    name
    for module in ("test_attacks", "test_hostile")
    for name in re.findall(
        r"^def (test_\w+)", (ROOT / f"tests/e2e/{module}.py").read_text(), re.MULTILINE
    )
}


def test_the_page_and_the_tests_name_the_same_attacks() -> None:
    assert set(re.findall(r"`(test_\w+)`", PAGE)) == TESTED
