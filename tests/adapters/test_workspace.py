"""Claims about the workspace: files are read and written inside it, and nowhere else."""

import os
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from properties import tried
from sentry_release.adapters.workspace import Workspace
from sentry_release.errors import ActionError, ProjectError, WorkflowError
from sentry_release.flutter.pubspec import MAX_BYTES

DEFINES = PurePosixPath(".sentry-release/dart-defines.json")
FILE = PurePosixPath("file")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A workspace, and beside it a folder `outside` with a secret."""
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/secret").write_text("secret")
    (tmp_path / "workspace").mkdir()
    return tmp_path / "workspace"


@pytest.fixture
def disk(root: Path) -> Workspace:
    return Workspace(root=root)


@contextmanager
def umask(mask: int) -> Iterator[None]:
    """A process that makes its files this private."""
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


def git(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """The real git, without the settings of the user who runs the tests."""
    environ = {"PATH": os.environ["PATH"], "HOME": str(root), "GIT_CONFIG_NOSYSTEM": "1"}
    command = ["git", "-C", str(root), *words]
    return subprocess.run(command, env=environ, capture_output=True, text=True, check=False)  # noqa: S603 - fixed words


# --- reading ---


def test_a_file_is_read_as_it_is(disk: Workspace, root: Path) -> None:
    (root / "apps").mkdir()
    (root / "apps/pubspec.yaml").write_bytes("name: ✓\r\n".encode())

    assert disk.read_text(PurePosixPath("apps/pubspec.yaml"), limit=100) == "name: ✓\r\n"


def test_the_byte_order_mark_is_not_part_of_the_text(disk: Workspace, root: Path) -> None:
    (root / "file").write_bytes(b"\xef\xbb\xbfname: shop")

    assert disk.read_text(FILE, limit=100) == "name: shop"


@pytest.mark.parametrize("path", ["file", "folder/file", "."])
def test_a_missing_file_is_absent(disk: Workspace, path: str) -> None:
    disk.root.rmdir()

    assert disk.read_text(PurePosixPath(path), limit=100) is None


def test_a_file_may_be_as_large_as_the_limit(disk: Workspace, root: Path) -> None:
    (root / "file").write_bytes(b"a" * 100)

    assert disk.read_text(FILE, limit=100) == "a" * 100


@pytest.mark.parametrize(
    "size",
    [
        pytest.param(MAX_BYTES + 1, id="one byte more than the limit"),
        pytest.param(5 * 1024**2, id="five megabytes"),
        pytest.param(1024**4, id="a terabyte, which could not be read"),
    ],
)
def test_a_file_larger_than_the_limit_is_refused(disk: Workspace, root: Path, size: int) -> None:
    (root / "file").touch()
    os.truncate(root / "file", size)

    with pytest.raises(ProjectError, match=f"'file' cannot be read: it is larger than {MAX_BYTES}"):
        disk.read_text(FILE, limit=MAX_BYTES)


def test_bytes_that_are_no_text_are_named(disk: Workspace, root: Path) -> None:
    (root / "file").write_bytes(b"name: \xff")

    with pytest.raises(ProjectError, match="byte 7 is not UTF-8"):
        disk.read_text(FILE, limit=100)


def test_a_folder_in_the_place_of_a_file_is_refused(disk: Workspace, root: Path) -> None:
    (root / "file").mkdir()

    with pytest.raises(ProjectError, match="'file' cannot be read: it is not a regular file"):
        disk.read_text(FILE, limit=100)


def test_a_pipe_in_the_place_of_a_file_is_refused_rather_than_waited_for(
    disk: Workspace, root: Path
) -> None:
    os.mkfifo(root / "file")

    with pytest.raises(ProjectError, match="it is not a regular file"):
        disk.read_text(FILE, limit=100)


def test_nothing_lies_in_a_file(disk: Workspace, root: Path) -> None:
    (root / "file").touch()

    assert disk.read_text(FILE / "pubspec.yaml", limit=100) is None


def test_a_link_inside_of_the_workspace_is_followed(disk: Workspace, root: Path) -> None:
    (root / "real").mkdir()
    (root / "real/file").write_text("text")
    (root / "app").symlink_to("real")
    (root / "link").symlink_to("real/file")

    assert disk.read_text(PurePosixPath("app/file"), limit=100) == "text"
    assert disk.read_text(PurePosixPath("link"), limit=100) == "text"
    assert disk.is_folder(PurePosixPath("app"))


def test_a_workspace_that_is_itself_a_link_is_one(root: Path) -> None:
    (root / "file").write_text("text")
    (root.parent / "link").symlink_to(root)

    assert Workspace(root=root.parent / "link").read_text(FILE, limit=100) == "text"


# --- staying inside ---


LEADING_OUT = [
    pytest.param("../outside/secret", id="the folder above"),
    pytest.param("..", id="the folder above itself"),
    pytest.param("folder/../../outside/secret", id="a detour"),
    pytest.param("/etc/hostname", id="another root"),
    pytest.param("link/secret", id="a link to a folder outside"),
    pytest.param("folder/deep/secret", id="a link further down"),
    pytest.param("secret", id="a link to a file outside"),
    pytest.param("absolute", id="a link with a whole path"),
    pytest.param("dangling", id="a link to nothing outside"),
    pytest.param("chain/secret", id="a link to a link"),
    pytest.param("chain/new/file", id="a folder yet to be made behind a link"),
    pytest.param("a\0b", id="a null character"),
]


@pytest.fixture
def traps(root: Path) -> Path:
    """Links in the workspace that lead out of it."""
    (root / "folder").mkdir()
    (root / "link").symlink_to("../outside")
    (root / "folder/deep").symlink_to("../../outside")
    (root / "secret").symlink_to("../outside/secret")
    (root / "absolute").symlink_to(root.parent / "outside/secret")
    (root / "dangling").symlink_to("../outside/nothing")
    (root / "chain").symlink_to("link")
    return root.parent / "outside"


@pytest.mark.usefixtures("traps")
@pytest.mark.parametrize("path", LEADING_OUT)
def test_nothing_outside_is_read(disk: Workspace, path: str) -> None:
    with pytest.raises(WorkflowError, match="leads out of the workspace"):
        disk.read_text(PurePosixPath(path), limit=100)


@pytest.mark.usefixtures("traps")
@pytest.mark.parametrize("path", LEADING_OUT)
def test_nothing_outside_is_looked_at(disk: Workspace, path: str) -> None:
    with pytest.raises(WorkflowError, match="leads out of the workspace"):
        disk.is_folder(PurePosixPath(path))


@pytest.mark.parametrize("path", LEADING_OUT)
def test_nothing_outside_is_written(disk: Workspace, traps: Path, path: str) -> None:
    with pytest.raises(WorkflowError, match=r"leads out of the workspace|something else is in"):
        disk.write(PurePosixPath(path), "evil")

    assert [(file.name, file.read_text()) for file in traps.iterdir()] == [("secret", "secret")]


@pytest.mark.parametrize("path", ["a", "a/file", "self/self/file", "a/new/file"])
def test_a_loop_of_links_ends_in_words(disk: Workspace, root: Path, path: str) -> None:
    (root / "a").symlink_to("b")
    (root / "b").symlink_to("a")
    (root / "self").symlink_to("self")

    with pytest.raises(ActionError):
        disk.read_text(PurePosixPath(path), limit=100)
    with pytest.raises(ActionError):
        disk.write(PurePosixPath(path), "text")


def test_a_path_may_go_up_as_long_as_it_stays_inside(disk: Workspace, root: Path) -> None:
    (root / "apps").mkdir()
    (root / "file").write_text("text")

    assert disk.read_text(PurePosixPath("apps/../file"), limit=100) == "text"


PARTS = ["..", ".", "/", "out", "up", "loop", "in", "a", "file", "\0", "x" * 300, "é", "\ud800"]


@contextmanager
def trapped() -> Iterator[Path]:
    """A workspace whose links lead out of it, up, in, and round in a circle."""
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder).resolve()
        (base / "outside").mkdir()
        (base / "workspace/a").mkdir(parents=True)
        for name, target in {"out": "../outside", "up": "..", "loop": "loop", "in": "a"}.items():
            (base / "workspace" / name).symlink_to(target)
        yield base / "workspace"


ANY_PATH = st.lists(st.sampled_from(PARTS) | st.text(max_size=3), max_size=6).map("/".join)


@tried
@given(ANY_PATH)
def test_a_path_lies_where_the_system_says_or_nowhere(path: str) -> None:
    with trapped() as workspace:
        try:
            real = Path(os.path.realpath(workspace / path))
        except ValueError:  # no path for the system at all
            real = Path("/")
        try:
            place: Path | None = Workspace(root=workspace).resolve(PurePosixPath(path))
        except WorkflowError:
            place = None

        around = {"..", "up", "out", "loop"} & set(path.split("/"))
        assert place or around or not real.is_relative_to(workspace)
        if place:
            assert real.is_relative_to(workspace)
            assert os.path.realpath(place) == str(real) or "loop" in around


@tried
@given(ANY_PATH)
def test_no_path_leads_out_or_breaks_anything(path: str) -> None:
    with trapped() as workspace:
        disk = Workspace(root=workspace)

        with suppress(ActionError):
            disk.read_text(PurePosixPath(path), limit=10)
        with suppress(ActionError):
            disk.write(PurePosixPath(path), "text")

        assert {entry.name for entry in workspace.parent.iterdir()} == {"outside", "workspace"}
        assert not list((workspace.parent / "outside").iterdir())


# --- writing ---


def test_a_file_is_written_and_rewritten(disk: Workspace, root: Path) -> None:
    disk.write(DEFINES, "ä\n")
    disk.write(DEFINES, "b\n")

    assert (root / DEFINES).read_bytes() == b"b\n"
    assert sorted(entry.name for entry in (root / DEFINES).parent.iterdir()) == [
        ".gitignore",
        "dart-defines.json",
    ]


def test_everyone_may_read_the_file_however_private_the_process_is(
    disk: Workspace, root: Path
) -> None:
    with umask(0o077):
        disk.write(DEFINES, "text")

    place = root / DEFINES
    assert stat.S_IMODE(place.stat().st_mode) == 0o644
    assert stat.S_IMODE(place.parent.stat().st_mode) == 0o755


def test_all_that_is_written_belongs_to_whom_the_workspace_belongs(
    disk: Workspace, root: Path
) -> None:
    if os.geteuid() == 0:  # in the container we are root, and later steps are not
        os.chown(root, 4711, 4712)
    owner = (root.stat().st_uid, root.stat().st_gid)

    disk.write(PurePosixPath("apps/shop") / DEFINES, "text")

    written = [root / "apps", *(root / "apps").rglob("*")]
    assert len(written) == 5
    assert {(entry.stat().st_uid, entry.stat().st_gid) for entry in written} == {owner}


def test_a_file_whose_owner_cannot_be_set_is_still_written(
    disk: Workspace, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As one over a network whose server maps root to an anonymous user."""

    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setattr("os.chown", refuse)

    disk.write(DEFINES, "text")

    assert (root / DEFINES).read_text() == "text"


def test_git_sees_nothing_of_a_folder_that_was_made(disk: Workspace, root: Path) -> None:
    git(root, "init", "--quiet")

    disk.write(DEFINES, "text")

    assert git(root, "status", "--porcelain", "--untracked-files=all").stdout == ""
    assert git(root, "check-ignore", "--quiet", str(DEFINES)).returncode == 0
    git(root, "add", "--all")
    assert git(root, "ls-files").stdout == ""


def test_a_folder_of_the_users_own_is_left_as_it_is(disk: Workspace, root: Path) -> None:
    git(root, "init", "--quiet")
    (root / "build").mkdir()
    (root / "build/theirs").touch()

    disk.write(PurePosixPath("build/defines.json"), "text")

    assert sorted(entry.name for entry in (root / "build").iterdir()) == ["defines.json", "theirs"]
    assert "build/theirs" in git(root, "status", "--porcelain", "--untracked-files=all").stdout


def test_a_file_in_the_workspace_itself_makes_git_ignore_nothing(
    disk: Workspace, root: Path
) -> None:
    disk.write(PurePosixPath("defines.json"), "text")

    assert [entry.name for entry in root.iterdir()] == ["defines.json"]


def test_a_link_in_the_place_of_the_file_is_neither_followed_nor_replaced(
    disk: Workspace, root: Path
) -> None:
    (root / "theirs").write_text("theirs")
    (root / "file").symlink_to("theirs")

    with pytest.raises(WorkflowError, match="'file' cannot be written") as failure:
        disk.write(FILE, "ours")

    assert "something else is in its place" in failure.value.reason
    assert (root / "theirs").read_text() == "theirs"
    assert (root / "file").is_symlink()


def test_a_folder_in_the_place_of_the_file_stays(disk: Workspace, root: Path) -> None:
    (root / "file").mkdir()

    with pytest.raises(WorkflowError, match="'file' cannot be written"):
        disk.write(FILE, "ours")

    assert [entry.name for entry in root.rglob("*")] == ["file"]


def test_the_workspace_itself_is_not_a_file(disk: Workspace, root: Path) -> None:
    with pytest.raises(WorkflowError, match=r"'\.' cannot be written"):
        disk.write(PurePosixPath(), "ours")

    assert not list(root.iterdir())


def test_a_file_in_the_place_of_the_folder_stays(disk: Workspace, root: Path) -> None:
    (root / "file").write_text("theirs")

    with pytest.raises(WorkflowError, match="'file/x' cannot be written"):
        disk.write(FILE / "x", "ours")

    assert (root / "file").read_text() == "theirs"


def test_a_name_too_long_is_refused_without_a_trace(disk: Workspace, root: Path) -> None:
    with pytest.raises(WorkflowError, match="cannot be written"):
        disk.write(PurePosixPath("x" * 300), "ours")

    assert not list(root.iterdir())


def test_another_name_of_the_old_file_keeps_the_old_text(disk: Workspace, root: Path) -> None:
    (root / "file").write_text("theirs")
    (root / "other").hardlink_to(root / "file")

    disk.write(FILE, "ours")

    assert (root / "file").read_text() == "ours"
    assert (root / "other").read_text() == "theirs"


def test_a_workspace_that_is_not_there_is_made(tmp_path: Path) -> None:
    Workspace(root=tmp_path / "new").write(DEFINES, "text")

    assert (tmp_path / "new" / DEFINES).read_text() == "text"


def test_a_file_of_another_program_is_not_overwritten(disk: Workspace, root: Path) -> None:
    (root / "file").write_text("theirs")

    with pytest.raises(WorkflowError, match="'file' is not overwritten") as error:
        disk.write(FILE, "ours", is_own_content=lambda content: content == b"ours before")

    assert "this action did not write it" in error.value.reason
    assert (root / "file").read_text() == "theirs"
    (root / "file").write_text("ours before")
    disk.write(FILE, "ours", is_own_content=lambda content: content == b"ours before")
    assert (root / "file").read_text() == "ours"


@pytest.mark.parametrize(
    "path", [".git/config", ".git/hooks/pre-commit", "app/.GIT/HEAD", "app/.git. /x", "git~1/x"]
)
def test_nothing_is_written_into_git_itself(disk: Workspace, root: Path, path: str) -> None:
    with pytest.raises(WorkflowError, match="is not overwritten"):
        disk.write(PurePosixPath(path), "ours")

    assert not list(root.iterdir())


@pytest.mark.parametrize("has_handles", [True, False])
@pytest.mark.parametrize("target", [".git", ".git/hooks", "app/../.git", "other"])
def test_nothing_is_written_into_git_through_a_link(
    disk: Workspace, root: Path, monkeypatch: pytest.MonkeyPatch, target: str, *, has_handles: bool
) -> None:
    monkeypatch.setattr("sentry_release.adapters.workspace.HAS_HANDLES", has_handles)
    for folder in (".git/hooks", "app"):
        (root / folder).mkdir(parents=True)
    (root / "other").symlink_to(root / ".git")
    (root / "reports").symlink_to(target)

    with pytest.raises(WorkflowError, match="is not overwritten"):
        disk.write(PurePosixPath("reports/x"), "ours")

    assert not [one for one in root.rglob("*") if one.is_file()]
