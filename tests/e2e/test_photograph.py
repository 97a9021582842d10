"""The photographs of the README, taken in Chromium."""

import struct
from pathlib import Path

import pytest

from e2e.app import ROOT
from photograph import inscription, of_summary


def test_a_summary_with_charts_is_photographed_whole(tmp_path: Path) -> None:
    text = (ROOT / "docs/pictures/health.md").read_text()

    picture = of_summary(text, tmp_path, ROOT).read_bytes()

    width, height = struct.unpack(">II", picture[16:24])
    assert (picture[:4], width) == (b"\x89PNG", 1025)
    assert height > width  # two charts are higher than any table
    assert inscription(text) in picture


def test_a_chart_that_mermaid_rejects_is_not_a_picture(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="No diagram type"):
        of_summary("```mermaid\nnonsense\n```", tmp_path, ROOT)
