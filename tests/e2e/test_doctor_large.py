"""The doctor of an app as large as there are any; that it grows with its length alone is a unit test."""

import resource
import subprocess
import sys
from pathlib import Path

import pytest

from large_app import large_app
from stage import ROOT


@pytest.mark.parametrize("speaking", [20, 1])
def test_20_000_files_take_less_than_five_seconds_and_150_megabytes(
    tmp_path: Path, speaking: int
) -> None:
    large_app(tmp_path, files=20_000, rows=10, speaking=speaking)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    program = (
        "import sys, resource; sys.path.insert(0, sys.argv[1]);"
        "from sentry_release.cli import run; code = run(['x', 'doctor'], {'GITHUB_WORKSPACE': sys.argv[2]});"
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
