"""Whatever a build has left, its upload never costs the deploy."""

import os
import struct
from pathlib import Path

import pytest

from fake_sentry import FakeServers
from job import Job
from objects import object_bytes

NAME = "shop@1.4.0+27"
ELF = object_bytes()["elf-aarch64"]


def changed(at: int, value: bytes) -> bytes:
    """The object file with other bytes in its header."""
    return ELF[:at] + value + ELF[at + len(value) :]


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(changed(40, struct.pack("<Q", 2**63)), id="sections beyond all files"),
        pytest.param(changed(40, struct.pack("<Q", 0)), id="sections in the header"),
        pytest.param(changed(32, struct.pack("<Q", 2**64 - 1)), id="segments beyond all files"),
        pytest.param(changed(60, b"\xff\xff"), id="more sections than the file has bytes"),
        pytest.param(changed(58, b"\0\0"), id="sections of no size"),
        pytest.param(ELF[:100], id="cut off"),
    ],
)
def test_an_object_file_that_contradicts_itself_is_no_internal_error(
    job: Job, sentry: FakeServers, content: bytes
) -> None:
    job.main()
    symbols = job.workspace / "build/symbols/app.android-arm64.symbols"
    symbols.parent.mkdir(parents=True)
    symbols.write_bytes(content)
    sentry.land_commits()

    post = job.post()

    assert "internal error" not in post.log
    assert len(sentry.releases[NAME].deploys) == 1


def test_an_internal_error_of_an_upload_costs_no_deploy(
    job: Job, sentry: FakeServers, monkeypatch: pytest.MonkeyPatch
) -> None:
    job.main()
    (job.workspace / "build/web").mkdir(parents=True)
    (job.workspace / "build/web/main.dart.js").write_text("")
    sentry.land_commits()
    # No input is known that causes one, so it is put where an upload begins.
    monkeypatch.setattr("sentry_release.commands.steps.upload_build.find_build", None)

    post = job.post()

    assert "The upload failed: TypeError: " in post.annotations[0]
    assert len(sentry.releases[NAME].deploys) == 1


def test_a_pipe_in_the_place_of_a_file_does_not_block_its_reader(tmp_path: Path) -> None:
    from sentry_release.adapters.file_search import BuildFile

    os.mkfifo(tmp_path / "app.symbols")
    file = BuildFile(path="app.symbols", place=tmp_path / "app.symbols", size=4, modified=0)

    with pytest.raises(OSError, match="Illegal seek"):
        file.read_at(0, 4)
