"""The fault table: whatever goes wrong with whichever request, once or for ever."""

import re
from importlib import import_module
from itertools import groupby

import pytest

from fault_kinds import KINDS
from fault_scenes import SCENES
from fault_table import Cell, table
from job import ROOT
from sentry_release.adapters.sentry.retry import UPLOAD_STALL_S

BUDGET_S = 60
REAL_S = 30  # for one cell, on a machine that does much else
TOKEN = "a1" * 32
PAGE = ROOT / "tests/e2e/faults.md"


@pytest.fixture(scope="module")
def cells() -> list[Cell]:
    return table()


def limit_s(cell: Cell) -> float:
    """What a step may take: its budget, and an upload its own, of 60 s without progress."""
    return BUDGET_S + (UPLOAD_STALL_S if "build" in cell.scene else 0)


def named(cells: list[Cell]) -> list[str]:
    return [
        f"{cell.scene}: {cell.kind}, {'for ever' if cell.duration else 'once'}" for cell in cells
    ]


def test_there_is_never_more_than_one_deploy(cells: list[Cell]) -> None:
    assert len(cells) > 800
    assert named([cell for cell in cells if max(cell.deploys, cell.fixed) > 1]) == []


def test_there_is_exactly_one_where_something_went_wrong_only_once(cells: list[Cell]) -> None:
    lasting = {name for name, kind in KINDS.items() if kind.overlong or kind.final}
    once = [cell for cell in cells if not cell.duration and cell.kind not in lasting]

    assert named([cell for cell in once if cell.deploys != 1]) == []
    assert named([cell for cell in once if cell.annotations]) == []


def test_there_is_exactly_one_when_the_phase_is_played_again(cells: list[Cell]) -> None:
    assert named([cell for cell in cells if cell.fixed != 1]) == []


def test_no_outage_fails_the_job_but_a_wrong_url_or_proxy_does(cells: list[Cell]) -> None:
    failed = [cell for cell in cells if cell.exit_code]

    assert {(cell.kind, cell.duration, cell.exit_code) for cell in failed} == {
        ("redirect", True, 4),
        ("407 of a proxy", True, 4),
        ("407 of a proxy", False, 4),
    }
    assert {cell.scene.split(":")[0] for cell in failed} == {"main", "deploy"}


def test_what_another_try_cannot_change_is_not_repeated(cells: list[Cell]) -> None:
    refused = [cell for cell in cells if KINDS[cell.kind].final]
    by_scene = groupby(refused, key=lambda cell: cell.scene)

    assert [len({cell.requests for cell in found}) for _, found in by_scene] == [1] * len(SCENES)
    assert [cell for cell in refused if cell.took_s >= 1] == []
    assert all("Correct the user name and the password" in cell.annotations[0] for cell in refused)


def test_no_deploy_is_missing_without_a_word(cells: list[Cell]) -> None:
    assert named([cell for cell in cells if not cell.deploys and not cell.annotations]) == []


def test_no_phase_outlasts_its_budget_whatever_hangs(cells: list[Cell]) -> None:
    assert named([cell for cell in cells if cell.took_s > limit_s(cell)]) == []
    assert named([cell for cell in cells if cell.real_s > REAL_S]) == []
    assert max(cell.took_s for cell in cells) > BUDGET_S / 2


def test_no_message_is_an_internal_error(cells: list[Cell]) -> None:
    assert named([cell for cell in cells if "a mistake in sentry-release" in cell.printed]) == []


def test_neither_a_token_nor_a_traceback_is_printed(cells: list[Cell]) -> None:
    for cell in cells:
        lines = [line for line in cell.printed.splitlines() if not line.startswith("::add-mask::")]
        output = "\n".join(lines)
        assert TOKEN not in output
        assert "Traceback" not in output
        assert "::add-mask::" in cell.printed


def test_the_page_says_what_happened(cells: list[Cell]) -> None:
    assert import_module("faults").page(cells) == PAGE.read_text(), "run scripts/faults.py"


def test_the_page_has_one_sentence_on_a_line() -> None:
    prose = re.sub(r"^\|.*$", "", PAGE.read_text(), flags=re.MULTILINE)

    assert [line for line in prose.splitlines() if re.search(r"[.?!] [A-Z]", line)] == []
