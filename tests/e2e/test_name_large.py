"""`name --all` in a monorepo as large as there are any."""

import json
import os
import time
from pathlib import Path

from apps import app, output


def test_twenty_thousand_files_and_fifty_apps_are_named_within_three_seconds(
    tmp_path: Path,
) -> None:
    for number in range(50):
        folder = app(tmp_path / f"apps/app{number:02}")
        for inner in range(8):
            (folder / f"lib/feature{inner}").mkdir(parents=True)
            for file in range(50):
                os.mknod(folder / f"lib/feature{inner}/file{file}.dart")
        (folder / "build/inner").mkdir(parents=True)
        os.mknod(folder / "build/inner/pubspec.yaml")
    assert sum(len(files) for _, _, files in os.walk(tmp_path)) >= 20_000
    began = time.process_time()

    listed = json.loads(output(tmp_path, "--all", "--json"))

    assert time.process_time() - began < 3
    assert len(listed) == 50
    assert all(len(one["sdk_defaults"]) == 6 for one in listed)
