"""An app with flavors, in the container: its name is what the SDK would report, or is made from it."""

import json
import shutil
from pathlib import Path

import pytest

from e2e.app import App
from e2e.runner import Job

FLAVORED = Path(__file__).resolve().parents[1] / "fixtures/flutter/android/kotlin-flavors"
PROD = "com.example.bakery.store@1.4.0+27"


@pytest.fixture
def flavored(app: App) -> Job:
    """A job whose checkout is an Android app with flavors."""
    job = app.job()
    shutil.copytree(FLAVORED, job.workspace, dirs_exist_ok=True)
    return job


@pytest.mark.parametrize(
    ("flavor", "release"),
    [
        pytest.param("prod", PROD, id="the flavor that is sold"),
        pytest.param("dev", "org.example.bakery.dev@1.4.0-dev+7", id="the one that is tried out"),
    ],
)
def test_the_default_of_the_sdk_names_the_flavor_that_is_built(
    app: App, flavored: Job, flavor: str, release: str
) -> None:
    report = app.play(
        flavored, release="sdk-default", platform="android", flavor=flavor, dry_run="true"
    )

    assert report.outputs["release"] == release
    defines = flavored.workspace / report.outputs["dart-defines-file"]
    assert json.loads(defines.read_text())["SENTRY_RELEASE"] == release


def test_a_template_may_name_the_id_and_the_flavor(app: App, flavored: Job) -> None:
    report = app.play(
        flavored,
        release="{{ app_id }}.{{ flavor }}@{{ version }}+{{ build }}",
        platform="android",
        flavor="prod",
        dry_run="true",
    )

    assert report.outputs["release"] == f"{PROD.partition('@')[0]}.prod@1.4.0+27"


def test_a_flavor_that_is_not_there_is_named_with_those_that_are(app: App, flavored: Job) -> None:
    report = app.play(flavored, release="sdk-default", platform="android", flavor="gold")

    assert report.main.exit_code == 3
    assert "gold" in report.reported("error")[0]
