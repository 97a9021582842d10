"""What the image adds to its base: bytes, and time to start."""

import gzip
import re
import shutil
import subprocess
import time
import zlib
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import IO, cast

ROOT = Path(__file__).resolve().parents[1]
_TAG = "sentry-release-bench"
_COLD_TAG = f"{_TAG}-cold"
_COLD_ROUNDS = 3
_GZIP = 31  # zlib's word for the format of gzip
_LEVEL = 6


def image_figures(rounds: int) -> dict[str, float]:
    """Empty where Docker or the base image is not there."""
    base = re.findall(r"^FROM (\S+)", (ROOT / "Dockerfile").read_text(), re.MULTILINE)[-1]
    if not _works("image", "inspect", base) or not _works(
        "build", "--network=host", "--quiet", "--tag", _TAG, str(ROOT)
    ):
        return {}
    empty, own = [], []
    for _ in range(rounds + 1):
        empty.append(_started(base, "--entrypoint", "python", then=("-c", "pass")))
        own.append(_started(_TAG, "--entrypoint", "/action/post"))
    base_mb, with_ours_mb = _megabytes(base), _megabytes(_TAG)
    return {
        "base_mb": round(base_mb, 2),
        "added_mb": round(with_ours_mb - base_mb, 2),
        "empty_start_ms": round(median(empty[1:]), 1),
        "start_ms": round(median(own[1:]), 1),
        "start_added_ms": round(median(a - b for a, b in zip(own[1:], empty[1:], strict=True)), 1),
        **_cold_figures(),
    }


def _cold_figures() -> dict[str, float]:
    """
    Return what a fresh runner waits for: loading the compressed image, and two starts.

    The image is made flat first: of one with layers, Docker would not load those of the base,
    which is there already.
    """
    loads, starts = [], []
    with TemporaryDirectory() as folder:
        packed = Path(folder) / "image.tar.gz"
        _pack(packed)
        for _ in range(_COLD_ROUNDS):
            began = time.perf_counter()
            _docker("import", "--change", 'ENTRYPOINT ["/action/post"]', str(packed), _COLD_TAG)
            loads.append(1000 * (time.perf_counter() - began))
            starts.append(sum(_started(_COLD_TAG) for _ in range(2)))
            _docker("image", "rm", "--force", _COLD_TAG)
        size_mb = packed.stat().st_size / 1e6
    return {
        "cold_mb": round(size_mb, 1),
        "cold_load_ms": round(median(loads), 1),
        "cold_starts_ms": round(median(starts), 1),
    }


def _pack(place: Path) -> None:
    container = _docker("create", _TAG).strip()
    command = ["docker", "export", container]
    with (
        gzip.open(place, "wb", compresslevel=_LEVEL) as file,
        subprocess.Popen(command, stdout=subprocess.PIPE) as process,  # noqa: S603 - a list, no shell
    ):
        shutil.copyfileobj(cast("IO[bytes]", process.stdout), file, 1 << 20)
    _docker("rm", container)


def _docker(*words: str) -> str:
    command = ["docker", *words]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout  # noqa: S603 - a list, no shell


def _started(image: str, *words: str, then: tuple[str, ...] = ()) -> float:
    began = time.perf_counter()
    command = ["docker", "run", "--rm", "--network=none", *words, image, *then]
    subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - a list, no shell
    return 1000 * (time.perf_counter() - began)


def _megabytes(image: str) -> float:
    """Compressed, as a registry keeps it; a megabyte is a million bytes."""
    squeezed, packer = 0, zlib.compressobj(_LEVEL, wbits=_GZIP)
    command = ["docker", "save", image]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:  # noqa: S603 - a list, no shell
        for chunk in iter(lambda: process.stdout.read(1 << 20) if process.stdout else b"", b""):
            squeezed += len(packer.compress(chunk))
    return (squeezed + len(packer.flush())) / 1e6


def _works(*words: str) -> bool:
    try:
        done = subprocess.run(["docker", *words], check=False, capture_output=True)  # noqa: S603, S607 - a list, no shell
    except FileNotFoundError:
        return False
    return done.returncode == 0
