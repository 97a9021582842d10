"""Claims about sentry_dart_plugin: what it names a release when it is left alone."""

from pathlib import Path

import pytest

from apps import app, output
from sentry_release.flutter.pubspec import parse_pubspec
from sentry_release.release.sdk_default import build_plugin_config_lines, build_plugin_release

PLUGIN = "dev_dependencies:\n  sentry_dart_plugin: ^3.0.0\n"


def alone(version: str, section: str = "", *, name: str = "shop") -> str | None:
    """The name that the plugin makes of a pubspec."""
    keys = "".join(f"  {line}\n" for line in section.splitlines())
    printed_version = f"version: {version}\n" * bool(version)
    return build_plugin_release(
        parse_pubspec(
            f"name: {name}\n{printed_version}{PLUGIN}" + (f"sentry:\n{keys}" if keys else "")
        )
    )


@pytest.mark.parametrize(
    ("version", "release"),
    [
        pytest.param("1.2.3", "shop@1.2.3", id="no build number"),
        pytest.param("1.2.3+45", "shop@1.2.3+45", id="a build number"),
        pytest.param("1.2.3-beta.4+5", "shop@1.2.3-beta.4+5", id="a prerelease"),
        pytest.param("1.2.3+abc", "shop@1.2.3+abc", id="letters for a build number"),
        pytest.param("", "shop@null", id="no version at all"),
    ],
)
def test_it_knows_the_pubspec_alone(version: str, release: str) -> None:
    assert alone(version) == release


@pytest.mark.parametrize(
    ("section", "release"),
    [
        pytest.param("release: mine@1", "mine@1", id="a release is used as it is"),
        pytest.param(
            "release: mine@1\ndist: '9'", "mine@1", id="… and whatever other settings there are"
        ),
        pytest.param("name: other", "other@1.4.0+27", id="another name"),
        pytest.param("version: 2.0.0+3", "shop@2.0.0+3", id="another version"),
        pytest.param("version: 2.0.0", "shop@2.0.0", id="another version without a number"),
        pytest.param("dist: '99'", "shop@1.4.0+99", id="a dist takes the place of the number"),
        pytest.param("version: 2.0.0\ndist: '99'", "shop@2.0.0+99", id="… or is added as one"),
        pytest.param("version: 2+3+4", "shop@2+3+4", id="two plus signs are left alone"),
        pytest.param("name: a@b", "a@b+27", id="a name with an @ gets no version, but a number"),
        pytest.param("name: a@b+1", "a@b+27", id="… in the place of its own"),
        pytest.param("release:", "null", id="a blank release"),
        pytest.param("dist:", "shop@1.4.0+null", id="a blank dist"),
        pytest.param("version:", "shop@null", id="a blank version, which has no number"),
        pytest.param("name:", "null@1.4.0+27", id="a blank name"),
        pytest.param("release: ''", "shop@1.4.0+27", id="a release between quotes that is empty"),
        pytest.param("project: shop", "shop@1.4.0+27", id="keys that name nothing"),
    ],
)
def test_its_section_in_the_pubspec_is_read_as_it_reads_it(section: str, release: str) -> None:
    assert alone("1.4.0+27", section) == release


def test_a_store_for_a_dist_takes_the_build_number_out_of_the_name() -> None:
    assert alone("4.1.2+40102", "dist: google-play", name="hiddify") == "hiddify@4.1.2+google-play"


@pytest.mark.parametrize("text", ["name: shop\n", "name: shop\nsentry:\n  name: x\n"])
def test_a_project_that_does_not_use_it_gets_no_finding(text: str) -> None:
    assert build_plugin_release(parse_pubspec(text)) is None
    assert build_plugin_config_lines(parse_pubspec(text)) == ()


def test_name_shows_what_it_would_do_and_the_variables_that_make_it_agree(tmp_path: Path) -> None:
    visible = output(app(tmp_path, more=PLUGIN), "--build-number", "99")

    assert "sentry_dart_plugin alone would name it shop@1.4.0+27." in visible
    assert "SENTRY_RELEASE and SENTRY_DIST" in visible
    assert "commits: false" in visible


def test_name_is_silent_of_it_elsewhere(tmp_path: Path) -> None:
    assert "plugin" not in output(app(tmp_path))
