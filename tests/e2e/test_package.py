"""The wheel and the sdist, installed by pip in environments that hold nothing else."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from fake_sentry import FakeServers
from job import ROOT

BIN = "Scripts" if os.name == "nt" else "bin"


def done(*command: str, environ: Mapping[str, str] | None = None, folder: Path = ROOT) -> str:
    """What a command says; it has to succeed."""
    finished = subprocess.run(  # noqa: S603 - commands of this file
        command,
        cwd=folder,
        env=None if environ is None else {"PATH": os.environ["PATH"], **environ},
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr
    return finished.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel and the sdist, built as `make dist` builds them."""
    folder = tmp_path_factory.mktemp("dist")
    done(sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder))
    return folder


@pytest.fixture(scope="module", params=["*.whl", "*.tar.gz"], ids=["wheel", "sdist"])
def installed(
    request: pytest.FixtureRequest, built: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The command, in a fresh environment."""
    (package,) = built.glob(request.param)
    folder = tmp_path_factory.mktemp("installed")
    done(sys.executable, "-m", "venv", str(folder))
    pip = str(folder / BIN / "pip")
    done(pip, "install", "--quiet", "--disable-pip-version-check", str(package))
    done(pip, "check", "--disable-pip-version-check")
    return folder / BIN / "sentry-release"


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """A folder with an app in it."""
    (tmp_path / "pubspec.yaml").write_text("name: shop\nversion: 1.4.0+27\n")
    return tmp_path


def test_it_says_its_version_and_how_it_is_used(installed: Path) -> None:
    assert done(str(installed), "--version").startswith("sentry-release ")
    assert "usage: sentry-release COMMAND" in done(str(installed), "--help")


def test_it_names_an_app_without_a_checkout_of_this_repository(installed: Path, app: Path) -> None:
    found = json.loads(done(str(installed), "name", "--json", environ={}, folder=app))

    assert found["release"] == "shop@1.4.0+27"


def test_it_fills_templates_and_marks_one_deploy(installed: Path, app: Path) -> None:
    with FakeServers() as sentry:
        environ = {
            "SENTRY_URL": sentry.url,
            "SENTRY_AUTH_TOKEN": sentry.organization_token,
            "SENTRY_PROJECT": "shop",
            "SENTRY_ENVIRONMENT": "production",
            "GITHUB_STEP_SUMMARY": str(app / "summary.md"),
        }
        template = "--release={{ package }}@{{ version }}+{{ build }}"

        done(str(installed), "main", template, environ=environ, folder=app)
        done(str(installed), "deploy", template, environ=environ, folder=app)

        (release,) = sentry.releases.values()
        assert release.version == "shop@1.4.0+27"
        assert [deploy.environment for deploy in release.deploys] == ["production"]
        assert "shop@1.4.0" in (app / "summary.md").read_text()


def test_it_builds_with_the_name_in_it(installed: Path, app: Path) -> None:
    command = [sys.executable, "-c", "import os; print(os.environ['SENTRY_RELEASE'])"]

    output = done(str(installed), "run", "--", *command, environ={}, folder=app)

    assert output.splitlines()[-1] == "shop@1.4.0+27"
