"""Fuzz every target for a while, and tell what came of it: fuzz/every.py [--seconds N] [TARGET…]."""

import argparse
import hashlib
import json
import re
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from fuzzed import NAMES
from seeds import CORPUS, ROOT, seeds

FINDS = ROOT / "fuzz/finds"
REPORT = ROOT / "fuzz/report.json"
_MOST_BYTES = 6000  # of an input; longer ones are slower and find no more
_SLOW_S = 10
_MOST_MB = 200
_KEPT_BYTES = 1500  # of a file of the corpus
_KEPT_FILES = 40
_UNTIMED = {"template"}  # it has an alarm of its own, which is the one that is tried


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What came of fuzzing one target."""

    target: str
    cpu_s: int
    runs: int
    coverage: int
    peak_mb: int
    finds: int


def main() -> int:
    """The number of targets in which something was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=60, help="for all targets together")
    parser.add_argument("--keep", action="store_true", help="keep what widens the coverage")
    parser.add_argument("targets", nargs="*", default=NAMES)
    asked = parser.parse_args()
    each = max(1, asked.seconds // len(asked.targets))
    done = [_fuzzed(target, each, keep=asked.keep) for target in asked.targets]
    if asked.keep:
        _report(done)
    print("| target | CPU seconds | runs | edges | peak MB | finds |\n|---|--:|--:|--:|--:|--:|")
    for run in done:
        print(f"| {' | '.join(str(value) for value in asdict(run).values())} |")
    return sum(run.finds > 0 for run in done)


def _fuzzed(target: str, seconds: int, *, keep: bool) -> Run:
    FINDS.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        corpus = Path(folder)
        begun = {_put(corpus, seed) for seed in seeds(target)}
        before, start = set(FINDS.iterdir()), _cpu_s()
        said = subprocess.run(  # noqa: S603 - a list, no shell
            [
                sys.executable, str(ROOT / "fuzz/run.py"), target, folder,
                f"-max_total_time={seconds}", f"-max_len={_MOST_BYTES}", "-print_final_stats=1",
                f"-timeout={0 if target in _UNTIMED else _SLOW_S}",
                f"-rss_limit_mb={_MOST_MB + 100}", f"-artifact_prefix={FINDS}/{target}-",
            ],
            capture_output=True, text=True, errors="replace", check=False,
        ).stderr  # fmt: skip
        found = set(FINDS.iterdir()) - before
        if found:
            print(said[-3000:], file=sys.stderr)
        if keep:
            _keep(target, corpus, begun)
    return Run(
        target=target,
        cpu_s=round(_cpu_s() - start),
        runs=_number(r"stat::number_of_executed_units:\s*(\d+)", said),
        coverage=max(map(int, re.findall(r"cov: (\d+)", said)), default=0),
        peak_mb=_number(r"stat::peak_rss_mb:\s*(\d+)", said),
        finds=len(found),
    )


def _put(folder: Path, content: bytes) -> str:
    name = hashlib.sha256(content).hexdigest()[:16]
    (folder / name).write_bytes(content[:_MOST_BYTES])
    return name


def _keep(target: str, corpus: Path, begun: set[str]) -> None:
    """Of the new inputs a few small ones, spread over the time in which they were found."""
    fresh = [
        path
        for path in sorted(corpus.iterdir(), key=lambda path: path.stat().st_mtime)
        if path.name not in begun and path.stat().st_size <= _KEPT_BYTES
    ]
    kept = CORPUS / target
    kept.mkdir(parents=True, exist_ok=True)
    for path in fresh[:: -(-len(fresh) // _KEPT_FILES) or 1]:
        _put(kept, path.read_bytes())


def _report(done: list[Run]) -> None:
    """Add what was done to what was done before, so that CPU seconds add up."""
    known = json.loads(REPORT.read_text()) if REPORT.exists() else []
    when = datetime.fromtimestamp(time.time(), UTC).isoformat(timespec="minutes")
    known += [{"when": when, **asdict(run)} for run in done]
    REPORT.write_text(json.dumps(known, indent=1) + "\n")


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _number(pattern: str, text: str) -> int:
    found = re.search(pattern, text)
    return int(found[1]) if found else 0


if __name__ == "__main__":
    sys.exit(main())
