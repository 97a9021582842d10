"""What the image adds to its base: bytes, and time to start."""

import re
import subprocess
import time
import zlib
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[1]
_TAG = "sentry-release-bench"
_GZIP = 31  # zlib's word for the format of gzip
_LEVEL = 6


def image_figures(rounds: int) -> dict[str, float]:
    """Empty where Docker or the base image is not there."""
    base = re.findall(r"^FROM (\S+)", (ROOT / "Dockerfile").read_text(), re.MULTILINE)[-1]
    if not _works("image", "inspect", base) or not _works(
        "build", "--network=host", "--quiet", "--tag", _TAG, str(ROOT)
    ):
        return {}
    empty, ours = [], []
    for _ in range(rounds + 1):
        empty.append(_started(base, "--entrypoint", "python", then=("-c", "pass")))
        ours.append(_started(_TAG, "--entrypoint", "/action/post"))
    base_mb, with_ours_mb = _megabytes(base), _megabytes(_TAG)
    return {
        "base_mb": round(base_mb, 2),
        "added_mb": round(with_ours_mb - base_mb, 2),
        "empty_start_ms": round(median(empty[1:]), 1),
        "start_ms": round(median(ours[1:]), 1),
        "start_added_ms": round(median(a - b for a, b in zip(ours[1:], empty[1:], strict=True)), 1),
    }


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
