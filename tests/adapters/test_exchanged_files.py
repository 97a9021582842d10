"""Files and folders that are exchanged between a check and their use lead nowhere."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath

import pytest

from sentry_release.adapters.file_search import walk_files
from sentry_release.adapters.workspace import Workspace
from sentry_release.errors import ActionError

SECRET = b"TOP-SECRET-4711"
LONG_S, MOST_S = 0.1, 30.0
FOLDER, FILE = PurePosixPath("app/lib"), PurePosixPath("app/lib/main.dart")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A workspace, and outside of it a folder with a file of the same name, and a secret in it."""
    (tmp_path / "workspace" / FOLDER).mkdir(parents=True)
    (tmp_path / "workspace" / FILE).write_bytes(b"ours")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/main.dart").write_bytes(SECRET)
    return tmp_path / "workspace"


PROGRAM = """
import os, sys
from contextlib import suppress
from itertools import count
numbers = count()
os.chdir(sys.argv[1])
file, folder = "app/lib/main.dart", "app/lib"

def back():
    with open("new", "wb") as new:
        new.write(b"ours")
    os.replace("new", file)

def link():
    os.symlink("../../../outside/main.dart", "link")
    os.replace("link", file)
    back()

def pipe():
    os.mkfifo("pipe")
    os.replace("pipe", file)
    back()

def folder_link():
    os.rename(folder, "kept")
    with suppress(FileExistsError):  # the writer has made it anew
        os.symlink("../../outside", folder)
    while os.path.lexists("kept"):
        with suppress(OSError):
            os.rename(folder, f"gone-{next(numbers)}")
        with suppress(OSError):
            os.rename("kept", folder)

globals()[sys.argv[2]]()
print("exchanged", flush=True)
while True:
    globals()[sys.argv[2]]()
"""
KINDS = {
    "a link in the place of a file": "link",
    "a pipe in the place of a file": "pipe",
    "a link in the place of a folder": "folder_link",
}


@contextmanager
def exchanging(root: Path, kind: str) -> Iterator[None]:
    """Another process exchanges it all the time."""
    command = [sys.executable, "-I", "-c", PROGRAM, str(root), KINDS[kind]]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:  # noqa: S603 - a list, no shell
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == b"exchanged\n"
            yield
            assert process.poll() is None
        finally:
            process.kill()


def tries() -> Iterator[bool]:
    """
    For each try, whether it has taken long enough for every moment of an exchange.

    On a busy machine the next exchange may come later, so that the test decides.
    """
    start = time.monotonic()
    while time.monotonic() < start + MOST_S:
        yield time.monotonic() > start + LONG_S


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_read_was_in_the_workspace(kind: str, root: Path) -> None:
    workspace, found, refused = Workspace(root=root), set[bytes | None](), 0
    with exchanging(root, kind):
        for is_long in tries():
            if is_long and refused and b"ours" in found:
                break
            try:
                found.add(workspace.read_bytes(FILE, limit=100))
            except ActionError:
                refused += 1

    assert found <= {b"ours", None}
    assert b"ours" in found
    assert refused > 0


@pytest.mark.parametrize("kind", KINDS)
def test_a_walk_reads_what_was_in_the_workspace(kind: str, root: Path) -> None:
    workspace, found = Workspace(root=root), set[bytes | None]()
    with exchanging(root, kind):
        for is_long in tries():
            if is_long and b"ours" in found:
                break
            observed = walk_files(workspace, PurePosixPath(), ends=(".dart",), skip=(), limit=100)
            found |= {one.content for one in observed}

    assert found <= {b"ours", None}
    assert b"ours" in found


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_outside_is_written(kind: str, root: Path) -> None:
    workspace, written = Workspace(root=root), 0
    with exchanging(root, kind):
        for is_long in tries():
            if is_long and written:
                break
            with suppress(ActionError):
                workspace.write(FILE, "ours")
                written += 1
            with suppress(ActionError):
                workspace.replace(FILE, b"ours", observed=b"ours")

    assert written > 0
    assert {one.name: one.read_bytes() for one in (root.parent / "outside").iterdir()} == {
        "main.dart": SECRET
    }


DEPTH = 1200


def make_deep(root: Path) -> None:
    """A file in so many folders that no system opens its path as a whole."""
    handle = os.open(root, os.O_RDONLY)
    for _ in range(DEPTH):
        os.mkdir("deep", dir_fd=handle)
        below = os.open("deep", os.O_RDONLY, dir_fd=handle)
        os.close(handle)
        handle = below
    os.close(os.open("main.dart", os.O_CREAT, dir_fd=handle))
    os.close(handle)


@pytest.fixture
def deep() -> Iterator[Path]:
    """A workspace that Python's own functions, and so pytest's, could not remove."""
    root = Path(tempfile.mkdtemp())
    try:
        make_deep(root)
        yield root
    finally:
        subprocess.run(["rm", "-rf", str(root)], check=True)  # noqa: S603, S607 - a fixed word


def test_a_walk_needs_no_whole_path_and_no_recursion(deep: Path) -> None:
    workspace, start = Workspace(root=deep), time.process_time()

    observed = list(walk_files(workspace, PurePosixPath(), ends=(".dart",), skip=(), limit=10))
    listed = list(workspace.find_files("main.dart", below=PurePosixPath(), skip=()))

    assert [one.path.count("/") for one in observed] == [DEPTH]
    assert [len(one.parts) for one in listed] == [DEPTH + 1]
    assert time.process_time() - start < 3
