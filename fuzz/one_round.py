"""One target fuzzed for a while -> what came of it."""

import hashlib
import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from seeds import CORPUS, ROOT, seeds

FINDS = ROOT / "fuzz/finds"
WORKING = ROOT / "fuzz/working"  # the fuzzer's own corpus, which the next round goes on from
_MAX_BYTES = 6000  # of an input; longer ones are slower and find no more
_MAX_MB = 200
_NEVER_S = 100_000  # run.py counts the CPU instead
_ALARMED = {"template"}  # it has an alarm of its own, which libFuzzer's would take the place of
_KEPT_BYTES = 1500  # of a file of the corpus
_KEPT_FILES = 40  # of a target


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What came of it; `coverage` counts edges, `peak_mb` has atheris and its counters in it."""

    cpu_s: float
    runs: int
    coverage: int
    peak_mb: int
    finds: int


def fuzzed(target: str, seconds: int, *, keep: bool) -> Round:
    """
    Fuzz a target for so many seconds; what breaks it lands in `finds/`.

    Args:
        target: One of `fuzzed.NAMES`.
        seconds: Of the clock on the wall.
        keep: Whether a few of the inputs that widened the coverage go into the corpus.

    Raises:
        RuntimeError: The fuzzer did not run at all, which would otherwise pass for a clean run.
    """
    corpus = WORKING / target
    for folder in (FINDS, corpus):
        folder.mkdir(parents=True, exist_ok=True)
    begun = {_put(corpus, seed) for seed in seeds(target)}
    begun |= {path.name for path in corpus.iterdir()}
    before = _finds(target)
    cpu_s, output = _ran(_command(target, seconds, corpus))
    finds = _finds(target) - before
    runs = _number(r"stat::number_of_executed_units:\s*(\d+)", output)
    if finds or not runs:
        print(output[-3000:], file=sys.stderr)
    if not runs and not finds:
        message = f"The fuzzer has not tried a single input on {target}."
        raise RuntimeError(message)
    if keep:
        _keep(target, corpus, begun)
    return Round(
        cpu_s=cpu_s,
        runs=runs,
        coverage=max(map(int, re.findall(r"cov: (\d+)", output)), default=0),
        peak_mb=_number(r"stat::peak_rss_mb:\s*(\d+)", output),
        finds=len(finds),
    )


def _ran(command: list[str]) -> tuple[float, str]:
    """Return the CPU seconds and the output."""
    with tempfile.TemporaryFile("w+", errors="replace") as log:
        process = subprocess.Popen(command, stderr=log)  # noqa: S603 - a list, no shell
        _, _, used = os.wait4(process.pid, 0)
        process.returncode = 0  # it has been waited for
        log.seek(0)
        return used.ru_utime + used.ru_stime, log.read()


def _command(target: str, seconds: int, corpus: Path) -> list[str]:
    return [
        sys.executable, str(ROOT / "fuzz/run.py"), target, str(corpus),
        f"-max_total_time={seconds}", f"-max_len={_MAX_BYTES}", "-print_final_stats=1",
        f"-timeout={0 if target in _ALARMED else _NEVER_S}", f"-report_slow_units={_NEVER_S}",
        f"-rss_limit_mb={_MAX_MB}", f"-artifact_prefix={FINDS}/{target}-",
    ]  # fmt: skip


def _finds(target: str) -> set[Path]:
    return set(FINDS.glob(f"{target}-*"))


def _put(folder: Path, content: bytes) -> str:
    name = hashlib.sha256(content).hexdigest()[:16]
    (folder / name).write_bytes(content[:_MAX_BYTES])
    return name


def _keep(target: str, corpus: Path, begun: set[str]) -> None:
    """Of the new inputs a few small ones, spread over the time in which they were found."""
    kept = CORPUS / target
    kept.mkdir(parents=True, exist_ok=True)
    fresh = [
        path
        for path in sorted(corpus.iterdir(), key=lambda path: path.stat().st_mtime)
        if path.name not in begun and path.stat().st_size <= _KEPT_BYTES
    ]
    free = _KEPT_FILES - len(list(kept.iterdir()))
    for path in fresh[:: -(-len(fresh) // free) or 1] if free > 0 else ():
        _put(kept, path.read_bytes())


def _number(pattern: str, text: str) -> int:
    found = re.search(pattern, text)
    return int(found[1]) if found else 0
