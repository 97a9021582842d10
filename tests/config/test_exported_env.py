"""Claims about the variables that an earlier step of this action has exported."""

from pathlib import PurePosixPath

import pytest

from sentry_release.config.outputs import EXPORT_MARKER as MARK
from sentry_release.config.outputs import build_export_marker, ignore_own_exports

EXPORTED = {
    "SENTRY_RELEASE": "shop@1",
    "SENTRY_DIST": "1",
    "SENTRY_ENVIRONMENT": "production",
    "SENTRY_RELEASE_EXPORTED": build_export_marker(
        None,
        PurePosixPath("apps/shop"),
        {"SENTRY_RELEASE": "shop@1", "SENTRY_DIST": "1", "SENTRY_ENVIRONMENT": "production"},
    ),
    "SENTRY_ORG": "acme",
}


@pytest.mark.parametrize(
    ("directory", "naming", "read"),
    [
        pytest.param("apps/admin", True, False, id="a second app is not named after the first"),
        pytest.param("apps/shop", True, False, id="the same app is named anew, not by its echo"),
        pytest.param("apps/admin", False, False, id="the deploy of another app is another one"),
        pytest.param("", False, False, id="the deploy of the app at the root is another one"),
        pytest.param("apps/shop", False, True, id="the deploy of the same app takes the name over"),
        pytest.param(" ./apps/shop/ ", False, True, id="however its folder is written"),
        pytest.param("apps\\shop", False, True, id="even in the way of Windows"),
    ],
)
def test_an_exported_name_is_read_only_by_the_deploy_of_its_own_app(
    directory: str, *, naming: bool, read: bool
) -> None:
    environ = EXPORTED | {"INPUT_WORKING-DIRECTORY": directory}

    found = ignore_own_exports(environ, naming=naming)

    assert ("SENTRY_RELEASE" in found) is read
    assert ("SENTRY_DIST" in found) is read
    assert ("SENTRY_ENVIRONMENT" in found) is read
    assert found["SENTRY_ORG"] == "acme"


@pytest.mark.parametrize("naming", [True, False])
def test_what_the_user_has_set_is_read_by_every_phase(*, naming: bool) -> None:
    environ = {"SENTRY_RELEASE": "mine@1", "SENTRY_DIST": "2"}

    assert ignore_own_exports(environ, naming=naming) == environ


def test_the_app_at_the_root_is_known_without_its_folder_being_named() -> None:
    mark = build_export_marker(None, PurePosixPath(), {"SENTRY_RELEASE": "shop@1"})

    assert ignore_own_exports({"SENTRY_RELEASE": "shop@1", MARK: mark}, naming=False) == {
        "SENTRY_RELEASE": "shop@1",
        MARK: mark,
    }


def test_what_the_user_set_after_us_counts() -> None:
    environ = EXPORTED | {"SENTRY_RELEASE": "mine@2", "INPUT_WORKING-DIRECTORY": "apps/admin"}

    found = ignore_own_exports(environ, naming=True)

    assert found["SENTRY_RELEASE"] == "mine@2"
    assert "SENTRY_DIST" not in found


def test_an_environment_that_the_first_app_exported_does_not_reach_the_second() -> None:
    mark = build_export_marker(
        EXPORTED[MARK], PurePosixPath("apps/admin"), {"SENTRY_RELEASE": "admin@3"}
    )
    environ = EXPORTED | {
        MARK: mark,
        "SENTRY_RELEASE": "admin@3",
        "INPUT_WORKING-DIRECTORY": "apps/admin",
    }

    found = ignore_own_exports(environ, naming=False)

    assert found["SENTRY_RELEASE"] == "admin@3"
    assert "SENTRY_ENVIRONMENT" not in found


@pytest.mark.parametrize("mark", ["", "x", "[]", "[1]", '{"SENTRY_RELEASE": 1}', "[" * 100_000])
def test_a_marker_of_another_program_changes_nothing(mark: str) -> None:
    environ = {"SENTRY_RELEASE": "mine@1", MARK: mark}

    assert ignore_own_exports(environ, naming=True) == environ
