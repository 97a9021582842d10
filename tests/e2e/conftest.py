"""The container of the action, built once, and apps that are released with it in a real Sentry."""

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from e2e.app import DOCKER, ROOT, App
from e2e.finished_job import FinishedJob
from e2e.runner import Job
from e2e.sentry_lab import Lab

LINKED = "acme/app"  # the repository that the laboratory's Sentry knows
AppMaker = Callable[..., App]


@pytest.fixture(scope="session")
def lab() -> Lab:
    try:
        return Lab.from_env(os.environ)
    except KeyError as missing:
        text = f'{missing} is not set: run scripts/e2e, or eval "$(lab/sentry/start)" first'
        pytest.fail(text, pytrace=False)


@pytest.fixture(scope="session")
def action_image(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    image = Job(tmp_path_factory.mktemp("build"), docker=DOCKER).build(ROOT)
    yield image
    command = ["docker", "rmi", "--force", image]
    subprocess.run(command, capture_output=True, check=True)  # noqa: S603 - a list, no shell


@pytest.fixture(scope="session")
def checkout(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone of the repository that Sentry knows, as lab/sentry/make-repo makes it."""
    return make_repository(lab, tmp_path_factory.mktemp("repository"), LINKED)


@pytest.fixture(scope="session")
def new_app(
    lab: Lab, action_image: str, checkout: Path, tmp_path_factory: pytest.TempPathFactory
) -> AppMaker:
    """Makes apps; `unlinked=True` puts one into a repository that Sentry does not know."""

    def make(*, projects: int = 1, unlinked: bool = False) -> App:
        folder = tmp_path_factory.mktemp("app")
        repository, clone = LINKED, checkout
        if unlinked:
            repository = f"acme/unlinked-{uuid4().hex[:10]}"
            clone = make_repository(lab, folder / "repository", repository)
        return App.new(
            lab,
            folder=folder,
            image=action_image,
            repository=repository,
            checkout=clone,
            projects=projects,
        )

    return make


@pytest.fixture(scope="session")
def finished_job(new_app: AppMaker) -> FinishedJob:
    """A job that has succeeded, of an app with two projects."""
    return FinishedJob.of_success(new_app(projects=2))


@pytest.fixture
def app(new_app: AppMaker) -> App:
    return new_app()


def make_repository(lab: Lab, folder: Path, name: str) -> Path:
    """Six commits under this name, on the laboratory's GitHub and in `folder`."""
    command = [str(ROOT / "lab/sentry/make-repo"), str(folder), name]
    env = os.environ | {"SENTRY_LAB": str(lab.folder)}
    subprocess.run(command, check=True, env=env)  # noqa: S603 - a list, no shell
    return folder
