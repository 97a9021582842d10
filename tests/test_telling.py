"""Claims about the outputs and variables that later steps see."""

import base64
import json
from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from properties import tried
from sentry_release.decisions.defines import defines
from sentry_release.decisions.telling import (
    defines_path,
    of_finished,
    of_opened,
    of_release,
    with_json,
)
from sentry_release.facts.config import Config
from sentry_release.facts.context import Context
from sentry_release.facts.own_words import EXPORTED, exported, without_own_words
from sentry_release.words.commits import Previous
from sentry_release.words.release import Release, SeenRelease
from sentry_release.words.told import Told

SHOP = Release(name="shop@1.4.0+27", package="shop", version="1.4.0", build="27", dist="27")


def told(release: Release = SHOP, environment: str | None = "production", **inputs: str) -> Told:
    """What is told of a release by a step with these inputs."""
    config = Config.from_env(
        {f"INPUT_{name.replace('_', '-').upper()}": text for name, text in inputs.items()}
    )
    values = defines(release, environment=environment, dsn=config.dsn)
    return of_release(config, Context.from_env({}, {}), release, environment, values)


def test_a_name_is_told_in_every_form_before_the_first_request() -> None:
    assert told().outputs == {
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


def test_what_has_no_value_is_no_output() -> None:
    outputs = told(Release(name="x"), None).outputs

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
    mark = exported(None, PurePosixPath("apps/shop"), values)

    assert told(working_directory="apps/shop").variables == {**values, EXPORTED: mark}


def test_the_dsn_goes_to_the_build_and_not_to_every_later_step() -> None:
    found = told(dsn="https://key@o1.ingest.sentry.io/1")

    texts = [base64.b64decode(one) for one in found.outputs["dart-defines-base64"].split(",")]
    assert b"SENTRY_DSN=https://key@o1.ingest.sentry.io/1" in texts
    assert "SENTRY_DSN" not in found.variables


def test_nothing_is_exported_where_that_is_not_wanted() -> None:
    assert told(export_env="false").variables == {}


@tried
@given(st.text(min_size=1), *[st.none() | st.text()] * 2)
def test_no_name_that_flutter_keeps_for_itself_is_exported(
    name: str, dist: str | None, environment: str | None
) -> None:
    variables = told(Release(name=name, dist=dist), environment).variables

    assert all(key.startswith("SENTRY_") for key in variables)
    assert all(variables.values())


@pytest.mark.parametrize("folder", ["", ".", "apps/shop", "./apps/shop/", "apps\\shop"])
def test_a_later_deploy_of_the_same_app_finds_the_exported_name(folder: str) -> None:
    environ = {**told(working_directory=folder).variables, "INPUT_WORKING-DIRECTORY": folder}

    assert without_own_words(environ, naming=False)["SENTRY_RELEASE"] == "shop@1.4.0+27"


@pytest.mark.parametrize(
    ("previous", "count", "outputs"),
    [
        pytest.param(
            Previous(release="shop@1.3.0", commit="a" * 40),
            3,
            {"previous-release": "shop@1.3.0", "previous-commit": "a" * 40, "commit-count": "3"},
            id="everything",
        ),
        pytest.param(Previous(), 0, {"commit-count": "0"}, id="no commits are a number, too"),
        pytest.param(Previous(), None, {}, id="commits nobody has counted are no number"),
    ],
)
def test_an_opened_release_tells_where_it_came_from(
    previous: Previous, count: int | None, outputs: dict[str, str]
) -> None:
    assert of_opened("https://page", previous, count) == {"release-url": "https://page"} | outputs


def test_a_deploy_step_tells_what_it_did() -> None:
    seen = SeenRelease(
        name="shop@1",
        ref=None,
        url=None,
        released=None,
        opened=None,
        commit_count=3,
        head=None,
        authors=(),
        deploy_count=1,
        last_deploy=None,
        projects=("shop",),
    )

    assert of_finished(seen, "42", marked=True) == {
        "commit-count": "3",
        "deploy-id": "42",
        "deployed": "true",
    }
    assert of_finished(None, None, marked=False) == {"deployed": "false"}


@tried
@given(st.dictionaries(st.sampled_from(["release", "dist", "environment"]), st.text()))
def test_the_output_json_holds_all_the_others(outputs: dict[str, str]) -> None:
    found = with_json(outputs)

    assert json.loads(found["json"]) == outputs
    assert {key: value for key, value in found.items() if key != "json"} == outputs


def test_the_define_file_lies_in_the_folder_of_the_app() -> None:
    config = Config.from_env({"INPUT_WORKING-DIRECTORY": "apps/shop"})

    assert str(defines_path(config)) == "apps/shop/.sentry-release/dart-defines.json"
