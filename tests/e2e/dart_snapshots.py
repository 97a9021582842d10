"""Real Dart AOT snapshots with their debug information, as published for each platform."""

import hashlib
import shutil
import subprocess
import tarfile
from base64 import b64encode
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

VERSION = "1.105.0"
CHECKSUMS = {  # SHA-512 of the packages sass-embedded-* of npm
    "android-arm64": "lJzSYBBkl27KCAglQ2J2kYj6q0cxZP6n90XXH2SwAX6eFfYPhZTSbjcOf940pfEmxVq3W9HmyvhdU9FDz+lSBQ==",
    "android-arm": "U64yUn0Gq/iHc9l0MBkrNtHgw7dLBEWGYTOvaD3OhQQv/2GG2Xj/63F5QN8VDPKZZQL43RRiHVX7AbAW3atsLQ==",
    "android-x64": "5+IO3LTvYLV06QX8CMCGkhby9uMzV3rcR6WPSW4H7ueGqJGQ2VUNuQG44q9GIs6+Ss06Zz5wgiohyYICdI6Cpw==",
    "darwin-arm64": "pdBHxweZVa10ACFOGbrcejHhHDXxuJOu31HAc5/Hcw0cZGm4H2J/gF+6mTttjZqhjCIAQFiGR9Y6cQHt39NtGA==",
    "win32-x64": "nY9vFO9eM03o00I6bAGE/NkSDfBuIdB3tRuRyzw9jC5syYQunnCZ1GduBNDTOQlYncoNz0JQQNTe79DyjqeChg==",
}


@cache
def snapshot(platform: str) -> bytes:
    """The compiled Dart program of a platform, not stripped."""
    return _package(platform)["sass.snapshot"]


@cache
def runtime(platform: str) -> bytes:
    """The runtime of Dart for a platform, which ships stripped."""
    return _package(platform)["dart.exe" if platform.startswith("win32") else "dart"]


@cache
def stripped(platform: str) -> bytes:
    """The snapshot as it ships: without debug information, with the same id."""
    folder = Path(mkdtemp())
    try:
        (folder / "whole").write_bytes(snapshot(platform))
        command = [_strip(), str(folder / "whole"), "-o", str(folder / "stripped")]
        subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - a list, no shell
        return (folder / "stripped").read_bytes()
    finally:
        shutil.rmtree(folder)


@cache
def _package(platform: str) -> dict[str, bytes]:
    folder = Path(mkdtemp())
    try:
        command = ["npm", "pack", "--silent", f"sass-embedded-{platform}@{VERSION}"]
        subprocess.run(command, cwd=folder, check=True, capture_output=True)  # noqa: S603 - a list, no shell
        (archive,) = folder.iterdir()
        found = b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
        assert found == CHECKSUMS[platform]
        with tarfile.open(archive) as opened:
            return {
                Path(one.name).name: content.read()
                for one in opened
                if "/dart-sass/src/" in one.name and (content := opened.extractfile(one))
            }
    finally:
        shutil.rmtree(folder)


@cache
def _strip() -> str:
    """LLVM's strip, which knows every architecture; Debian's, if there is none."""
    for name in ("llvm-strip", "llvm-strip-14"):
        if found := shutil.which(name):
            return found
    for command in (["apt-get", "update", "-q"], ["apt-get", "install", "-y", "-q", "llvm-14"]):
        subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - a list, no shell
    return "llvm-strip-14"
