"""Claims about the one name of a release."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from properties import tried
from sentry_release.adapters.templates import render
from sentry_release.ci.context import Context
from sentry_release.config.config import Config
from sentry_release.errors import ProjectError, WorkflowError
from sentry_release.flutter.pubspec import Pubspec
from sentry_release.release.release_name import (
    DEFAULT_TEMPLATE,
    NameParts,
    NameSource,
    build_default_name,
    build_template_variables,
    find_name_parts,
    find_name_source,
    validate_release,
)

SHOP = Pubspec(name="shop", build_name="1.4.0", build_number="27")


def config_of(**inputs: str) -> Config:
    """The config of a step with these inputs."""
    return Config.from_env(
        {f"INPUT_{name.replace('_', '-').upper()}": text for name, text in inputs.items()}
    )


@pytest.mark.parametrize(
    ("inputs", "version", "build"),
    [
        pytest.param({}, "1.4.0", "27", id="the pubspec says both"),
        pytest.param({"build_name": "2.0.0"}, "2.0.0", "27", id="the name is overridden alone"),
        pytest.param({"build_number": "99"}, "1.4.0", "99", id="the number is overridden alone"),
        pytest.param({"build_name": "2.0.0", "build_number": "9"}, "2.0.0", "9", id="both are"),
    ],
)
def test_each_input_overrides_its_own_half_as_flutter_build_does(
    inputs: dict[str, str], version: str, build: str
) -> None:
    assert find_name_parts(config_of(**inputs), SHOP) == NameParts(
        package="shop", version=version, build=build
    )


def test_without_a_project_the_inputs_are_all_there_is() -> None:
    parts = find_name_parts(config_of(build_number="99"), None)

    assert parts == NameParts(package=None, version=None, build="99")


@pytest.mark.parametrize(
    ("parts", "name"),
    [
        pytest.param(
            NameParts(package="shop", version="1.4.0", build="27"), "shop@1.4.0+27", id="all"
        ),
        pytest.param(
            NameParts(package="shop", version="1.4.0"), "shop@1.4.0", id="no build number"
        ),
        pytest.param(
            NameParts(package="shop", version="1.4.0-rc.1", build="7"),
            "shop@1.4.0-rc.1+7",
            id="an rc",
        ),
    ],
)
def test_a_release_is_named_package_version_build(parts: NameParts, name: str) -> None:
    assert build_default_name(parts) == name


@pytest.mark.parametrize("build", ["27", None])
def test_the_documented_template_gives_the_default_name(build: str | None) -> None:
    expect_default_name(NameParts(package="shop", version="1.4.0", build=build))


@pytest.mark.large
@settings(parent=tried, max_examples=8)  # each example starts a process
@given(
    st.builds(
        NameParts,
        package=st.text(min_size=1),
        version=st.text(min_size=1),
        build=st.none() | st.text(min_size=1),
    )
)
def test_the_documented_template_gives_every_default_name(parts: NameParts) -> None:
    expect_default_name(parts)


def expect_default_name(parts: NameParts) -> None:
    """The documented template, with these parts, gives the same name as no template."""
    context = Context.from_env({}, {})

    name = render.render_release_name(
        DEFAULT_TEMPLATE, build_template_variables(parts, context, None)
    )

    assert name == build_default_name(parts)


def test_a_project_without_a_version_has_no_default_name() -> None:
    with pytest.raises(ProjectError, match="has no `version`") as failure:
        build_default_name(NameParts(package="shop"))

    assert "`build-name`" in failure.value.hint


@pytest.mark.parametrize(
    ("release", "source"),
    [
        pytest.param("", NameSource.PUBSPEC, id="nothing, so from the project"),
        pytest.param("shop@1.4.0+27", NameSource.INPUT, id="a finished name"),
        pytest.param("shop@{1}", NameSource.INPUT, id="one brace is a name"),
        pytest.param("{{ package }}@{{ sha }}", NameSource.TEMPLATE, id="a template"),
        pytest.param("{% if tag %}{% endif %}", NameSource.TEMPLATE, id="one of statements only"),
        pytest.param(
            "sdk-default", NameSource.SDK_DEFAULT, id="the word for what the SDK would say"
        ),
    ],
)
def test_the_input_release_is_a_name_a_template_or_a_word(release: str, source: NameSource) -> None:
    assert find_name_source(config_of(release=release)) is source


def test_a_template_may_use_the_run_and_the_commit() -> None:
    context = Context.from_env(
        {
            "GITHUB_SHA": "6f9c0a1b" * 5,
            "GITHUB_REF_NAME": "v1.4.0",
            "GITHUB_REF_TYPE": "tag",
            "GITHUB_RUN_NUMBER": "128",
            "GITHUB_RUN_ATTEMPT": "2",
        },
        {},
    )

    found = build_template_variables(
        NameParts(package="shop", version="1.4.0"), context, "production"
    )

    assert found == {
        "package": "shop",
        "version": "1.4.0",
        "build": None,
        "environment": "production",
        "sha": "6f9c0a1b" * 5,
        "short_sha": "6f9c0a1",
        "tag": "v1.4.0",
        "branch": None,
        "run_number": "128",
        "run_attempt": "2",
    }


@pytest.mark.parametrize(
    ("dist", "build", "found"),
    [
        pytest.param("ios-27", "27", "ios-27", id="the input"),
        pytest.param("", "27", "27", id="else the build number"),
        pytest.param("", None, None, id="else none"),
    ],
)
def test_the_dist_is_the_input_or_the_build_number(
    dist: str, build: str | None, found: str | None
) -> None:
    release = validate_release("shop@1", NameParts(build=build), config_of(dist=dist))

    assert release.dist == found


def test_a_build_number_that_is_not_a_dist_asks_for_one() -> None:
    with pytest.raises(WorkflowError, match="The dist '1 2' has a space") as failure:
        validate_release("shop@1", NameParts(build="1 2"), config_of(build_number="1 2"))

    assert "Set the input `dist`" in failure.value.hint


@pytest.mark.parametrize(
    ("inputs", "kind", "blamed"),
    [
        pytest.param({"release": "a/b"}, WorkflowError, "input `release`: 'a/b'", id="the input"),
        pytest.param({"build_name": "1/2"}, WorkflowError, "`build-name`", id="another input"),
        pytest.param({}, ProjectError, "`name` and `version` of pubspec.yaml", id="the project"),
    ],
)
def test_a_name_sentry_would_refuse_is_blamed_on_what_made_it(
    inputs: dict[str, str], kind: type[Exception], blamed: str
) -> None:
    with pytest.raises(kind, match="The release name 'a/b' has a slash") as failure:
        validate_release("a/b", NameParts(), config_of(**inputs))

    assert blamed in str(failure.value)


def test_a_name_that_never_ends_is_shown_as_far_as_it_helps() -> None:
    with pytest.raises(WorkflowError) as failure:
        validate_release("a" * 5000, NameParts(), config_of(release="a" * 5000))

    assert len(str(failure.value)) < 1000
