"""Claims about the outputs and variables that later steps see."""

import base64
import json
from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from properties import tried
from sentry_release.ci.context import Context
from sentry_release.config.config import Config
from sentry_release.config.outputs import (
    EXPORT_MARKER,
    build_export_marker,
    ignore_own_exports,
)
from sentry_release.model.commits import PreviousRelease
from sentry_release.model.job import StepOutputs
from sentry_release.model.release import Release, SentryRelease
from sentry_release.release.dart_defines import build_dart_defines
from sentry_release.report.release_outputs import (
    add_json_output,
    build_created_outputs,
    build_deploy_outputs,
    build_release_outputs,
    get_dart_defines_path,
)

SHOP = Release(name="shop@1.4.0+27", package="shop", version="1.4.0", build="27", dist="27")


def reported(
    release: Release = SHOP, environment: str | None = "production", **inputs: str
) -> StepOutputs:
    """Return the outputs and variables of a step with these inputs."""
    config = Config.from_env(
        {f"INPUT_{name.replace('_', '-').upper()}": text for name, text in inputs.items()}
    )
    values = build_dart_defines(release, environment=environment, dsn=config.dsn)
    return build_release_outputs(config, Context.from_env({}, {}), release, environment, values)


def test_a_name_is_output_in_every_form_before_the_first_request() -> None:
    assert reported().outputs == {
        "release": "shop@1.4.0+27",
        "version": "1.4.0",
        "build-number": "27",
        "package": "shop",
        "dist": "27",
        "environment": "production",
        "dart-defines-file": ".sentry-release/dart-defines.json",
        "dart-defines-base64": "U0VOVFJZX1JFTEVBU0U9c2hvcEAxLjQuMCsyNw==,"
        "U0VOVFJZX0RJU1Q9Mjc=,U0VOVFJZX0VOVklST05NRU5UPXByb2R1Y3Rpb24=",
    }


def test_a_missing_value_is_not_an_output() -> None:
    outputs = reported(Release(name="x"), None).outputs

    assert set(outputs) == {
        "release",
        "dart-defines-file",
        "dart-defines-base64",
    }


def test_later_steps_get_sentrys_own_variables() -> None:
    values = {
        "SENTRY_RELEASE": "shop@1.4.0+27",
        "SENTRY_DIST": "27",
        "SENTRY_ENVIRONMENT": "production",
    }
    mark = build_export_marker(None, PurePosixPath("apps/shop"), values)

    assert reported(working_directory="apps/shop").variables == {**values, EXPORT_MARKER: mark}


def test_the_dsn_goes_to_the_build_and_not_to_every_later_step() -> None:
    found = reported(dsn="https://key@o1.ingest.sentry.io/1")

    texts = [base64.b64decode(one) for one in found.outputs["dart-defines-base64"].split(",")]
    assert b"SENTRY_DSN=https://key@o1.ingest.sentry.io/1" in texts
    assert "SENTRY_DSN" not in found.variables


def test_nothing_is_exported_where_that_is_not_wanted() -> None:
    assert reported(export_env="false").variables == {}


@tried
@given(st.text(min_size=1), *[st.none() | st.text()] * 2)
def test_no_name_that_flutter_keeps_for_itself_is_exported(
    name: str, dist: str | None, environment: str | None
) -> None:
    variables = reported(Release(name=name, dist=dist), environment).variables

    assert all(key.startswith("SENTRY_") for key in variables)
    assert all(variables.values())


def test_the_exported_dist_of_one_app_is_not_that_of_the_next_app() -> None:
    first = reported(working_directory="apps/shop").variables
    config = Config.from_env({"INPUT_WORKING-DIRECTORY": "apps/admin"})
    admin = Release(name="admin@2.0.0")
    second = build_release_outputs(config, Context.from_env(first, {}), admin, "production", {})

    environ = {**first, **second.variables, "INPUT_WORKING-DIRECTORY": "apps/admin"}

    assert "SENTRY_DIST" not in ignore_own_exports(environ, naming=False)


@pytest.mark.parametrize("folder", ["", ".", "apps/shop", "./apps/shop/", "apps\\shop"])
def test_a_later_deploy_of_the_same_app_finds_the_exported_name(folder: str) -> None:
    environ = {**reported(working_directory=folder).variables, "INPUT_WORKING-DIRECTORY": folder}

    assert ignore_own_exports(environ, naming=False)["SENTRY_RELEASE"] == "shop@1.4.0+27"


@pytest.mark.parametrize(
    ("previous", "count", "outputs"),
    [
        pytest.param(
            PreviousRelease(release="shop@1.3.0", commit="a" * 40),
            3,
            {"previous-release": "shop@1.3.0", "previous-commit": "a" * 40, "commit-count": "3"},
            id="everything",
        ),
        pytest.param(
            PreviousRelease(), 0, {"commit-count": "0"}, id="no commits are a number, too"
        ),
        pytest.param(PreviousRelease(), None, {}, id="commits that were not counted are no number"),
    ],
)
def test_a_created_release_says_where_it_came_from(
    previous: PreviousRelease, count: int | None, outputs: dict[str, str]
) -> None:
    assert (
        build_created_outputs("https://page", previous, count)
        == {"release-url": "https://page"} | outputs
    )


def test_a_deploy_step_reports_what_it_did() -> None:
    existing = SentryRelease(
        name="shop@1",
        ref=None,
        url=None,
        released_at=None,
        created_at=None,
        commit_count=3,
        head=None,
        authors=(),
        deploy_count=1,
        last_deploy=None,
        projects=("shop",),
    )

    assert build_deploy_outputs(existing, "42", created=True) == {
        "commit-count": "3",
        "deploy-id": "42",
        "deployed": "true",
    }
    assert build_deploy_outputs(None, None, created=False) == {"deployed": "false"}


@tried
@given(st.dictionaries(st.sampled_from(["release", "dist", "environment"]), st.text()))
def test_the_output_json_holds_all_the_others(outputs: dict[str, str]) -> None:
    found = add_json_output(outputs)

    assert json.loads(found["json"]) == outputs
    assert {key: value for key, value in found.items() if key != "json"} == outputs


def test_the_define_file_lies_in_the_folder_of_the_app() -> None:
    config = Config.from_env({"INPUT_WORKING-DIRECTORY": "apps/shop"})

    assert str(get_dart_defines_path(config)) == "apps/shop/.sentry-release/dart-defines.json"
