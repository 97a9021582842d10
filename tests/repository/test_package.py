"""Claims about the package that pip installs: what is in it, what it says of itself, that it runs."""

import os
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message
from pathlib import Path

import pytest

from fake_sentry import FakeServers
from job import ROOT
from sentry_release import __version__

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
TEMPLATES = {path.name for path in (ROOT / "templates").iterdir()}
MODULES = {
    path.relative_to(ROOT / "src").as_posix()
    for path in (ROOT / "src/sentry_release").rglob("*.py")
}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel and the sdist, as `make dist` makes them."""
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run(  # noqa: S603 - our own tools
        [sys.executable, "-m", "hatchling", "build", "-d", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    return folder


@pytest.fixture(scope="module")
def wheel(built: Path) -> Iterator[zipfile.ZipFile]:
    """The wheel."""
    (path,) = built.glob("*.whl")
    with zipfile.ZipFile(path) as archive:
        yield archive


@pytest.fixture(scope="module")
def metadata(wheel: zipfile.ZipFile) -> Message:
    """What the wheel says of itself."""
    (name,) = (name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
    return message_from_bytes(wheel.read(name))


def packed(wheel: zipfile.ZipFile) -> set[str]:
    """The files of the program in the wheel."""
    return {name for name in wheel.namelist() if ".dist-info/" not in name}


def test_every_module_and_every_template_is_packed_and_nothing_else(wheel: zipfile.ZipFile) -> None:
    templates = {f"sentry_release/templates/{name}" for name in TEMPLATES}

    assert packed(wheel) == MODULES | templates
    assert {"release.md.j2", "deployed.md.j2", "notice.md.j2"} <= TEMPLATES


def test_a_wheel_fits_every_system(built: Path) -> None:
    (path,) = built.glob("*.whl")

    assert path.name == f"sentry_release_flutter-{__version__}-py3-none-any.whl"


def test_the_version_has_one_source(metadata: Message) -> None:
    assert "version" in PROJECT["dynamic"]
    assert metadata["Version"] == __version__


def test_the_package_metadata_has_a_summary_and_links(metadata: Message) -> None:
    assert metadata["Name"] == "sentry-release-flutter"
    assert metadata["License-Expression"] == "MIT"
    assert metadata["License-File"] == "LICENSE"
    assert metadata["Requires-Python"] == ">=3.11"
    assert metadata["Description-Content-Type"] == "text/markdown"
    assert "One release name" in str(metadata.get_payload())
    urls = dict(text.split(", ") for text in metadata.get_all("Project-URL", []))
    assert set(urls) == {"Homepage", "Documentation", "Changelog", "Issues"}
    for url in urls.values():
        page = url.partition("/blob/main/")[2]
        assert not page or (ROOT / page).is_file()


def test_what_the_package_needs_is_what_the_image_installs() -> None:
    needed = {line.partition(">=")[0].lower() for line in PROJECT["dependencies"]}
    lines = (ROOT / "requirements.in").read_text().splitlines()

    assert needed == {line for line in lines if line and not line.startswith("#")}


def test_the_command_is_called_sentry_release(wheel: zipfile.ZipFile) -> None:
    (name,) = (name for name in wheel.namelist() if name.endswith("entry_points.txt"))

    assert (
        wheel.read(name).decode()
        == "[console_scripts]\nsentry-release = sentry_release.__main__:main\n"
    )


def test_the_sdist_builds_the_same_wheel(
    built: Path, wheel: zipfile.ZipFile, tmp_path: Path
) -> None:
    (path,) = built.glob("*.tar.gz")
    with tarfile.open(path) as archive:
        archive.extractall(tmp_path, filter="data")
    (folder,) = tmp_path.iterdir()
    subprocess.run(  # noqa: S603 - our own tools
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=folder,
        check=True,
        capture_output=True,
    )

    (again,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(again) as other:
        names = wheel.namelist()
        assert other.namelist() == names
        assert [other.read(name) for name in names] == [wheel.read(name) for name in names]


def test_what_is_in_the_wheel_runs_and_finds_its_templates(
    wheel: zipfile.ZipFile, sentry: FakeServers, tmp_path: Path
) -> None:
    wheel.extractall(tmp_path / "installed")  # noqa: S202 - built by us just now
    (tmp_path / "pubspec.yaml").write_text("name: shop\nversion: 1.4.0+27\n")
    code = "import sys; sys.argv[0] = 'sentry-release'; from sentry_release.cli.main import main; main()"

    done = subprocess.run(  # noqa: S603 - our own program
        [
            sys.executable,
            "-c",
            code,
            "release",
            "--environment",
            "production",
            "--set-commits",
            "skip",
        ],
        cwd=tmp_path,
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(tmp_path / "installed"),
            "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"),
            "SENTRY_URL": sentry.url,
            "SENTRY_AUTH_TOKEN": sentry.organization_token,
            "SENTRY_PROJECT": "shop",
        },
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "shop@1.4.0+27 exists in Sentry" in done.stderr
    assert "shop@1.4.0" in (tmp_path / "summary.md").read_text()
