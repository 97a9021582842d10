"""The doctor of an app as large as there are any: what it takes, and how that grows."""

import resource
import subprocess
import sys
import time
from pathlib import Path

import pytest

from broken_app import doctor
from job import ROOT
from large_app import large_app


@pytest.mark.parametrize("names_release", [20, 1])
def test_20_000_files_take_less_than_five_seconds_and_150_megabytes(
    tmp_path: Path, names_release: int
) -> None:
    large_app(tmp_path, files=20_000, rows=10, names_release=names_release)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    program = (
        "import sys, resource; sys.path.insert(0, sys.argv[1]);"
        "from sentry_release.cli.main import run; code = run(['x', 'doctor'], {'GITHUB_WORKSPACE': sys.argv[2]});"
        "print(code, open('/proc/self/status').read().split('VmHWM:')[1].split()[0])"
    )

    done = subprocess.run(  # noqa: S603 - a list, no shell
        [sys.executable, "-c", program, str(ROOT / "src"), str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
    )

    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    code, peak_kb = map(int, done.stdout.split()[-2:])
    assert code == 0
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 5
    assert peak_kb < 150 * 1024


def cost(root: Path, files: int, names_release: int = 20) -> float:
    """Processor seconds for an app with so many files, the best of three."""
    root.mkdir()
    large_app(root, files=files, rows=10, names_release=names_release)
    doctor(root)
    best = []
    for _ in range(3):
        began = time.process_time()
        doctor(root)
        best.append(time.process_time() - began)
    return min(best)


def test_ten_times_the_files_take_at_most_about_ten_times_as_long(tmp_path: Path) -> None:
    few = cost(tmp_path / "few", 300)
    many = cost(tmp_path / "many", 3_000)

    assert many < 13 * few


def test_an_irrelevant_file_takes_less_than_a_fifth_of_a_millisecond(
    tmp_path: Path,
) -> None:
    none = cost(tmp_path / "none", 1)
    many = cost(tmp_path / "many", 2_000, names_release=2_001)

    assert (many - none) / 2_000 < 0.0002
