"""Claims about `release` as a template: what an app may be named by, in a whole job."""

import shutil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps import app
from fake_sentry import FakeServers
from job import Job
from properties import tried
from sentry_release.adapters.templates import render
from sentry_release.adapters.templates.render import replace_unsafe, strip_v
from sentry_release.model.release import find_release_name_error

ID = "com.example.shop"


@pytest.fixture
def shop(job: Job) -> Job:
    """A job with the app shop on all its platforms in its workspace."""
    shutil.rmtree(job.workspace)
    app(job.workspace)
    return job


@pytest.mark.parametrize(
    ("inputs", "release"),
    [
        pytest.param({"release": "sdk-default", "platform": "android"}, f"{ID}@1.4.0+27", id="sdk"),
        pytest.param(
            {"release": "sdk-default", "platform": "windows"},
            "Shop@1.4.0+27",
            id="of another platform",
        ),
        pytest.param(
            {"release": "sdk-default", "platform": "ios", "build_name": "2.0.0-rc.1"},
            f"{ID}@2.0.0.1+27",
            id="… as that platform cleans it",
        ),
        pytest.param(
            {"release": "{{ app_id }}@{{ version }}+{{ build }}", "platform": "macos"},
            f"{ID}@1.4.0+27",
            id="the id of the app",
        ),
        pytest.param(
            {"release": "{{ package }}-{{ platform }}@{{ version }}", "platform": "web"},
            "shop-web@1.4.0",
            id="the platform",
            marks=pytest.mark.large,  # like the others, each starts a process
        ),
        pytest.param(
            {"release": "{{ package }}-{{ flavor }}@{{ version }}", "flavor": "prod"},
            "shop-prod@1.4.0",
            id="the flavor",
            marks=pytest.mark.large,
        ),
        pytest.param(
            {"release": "{{ package }}@{{ version }}{{ '-' ~ flavor if flavor is defined }}"},
            "shop@1.4.0",
            id="a flavor if there is one",
        ),
        pytest.param(
            {"release": "{{ package }}@{{ version }}+{{ run_number }}.{{ run_attempt }}"},
            "shop@1.4.0+128.1",
            id="the run",
        ),
        pytest.param({"release": "{{ package }}@{{ branch }}"}, "shop@main", id="the branch"),
        pytest.param(
            {"release": "{{ package }}-{{ environment }}@{{ version }}"},
            "shop-production@1.4.0",
            id="the environment",
            marks=pytest.mark.large,
        ),
    ],
)
def test_a_name_is_made_from_whatever_its_user_names_releases_by(
    shop: Job, sentry: FakeServers, inputs: dict[str, str], release: str
) -> None:
    main = shop.main(**inputs)

    assert main.exit_code == 0, main.log
    assert main.outputs["release"] == release
    assert main.variables["SENTRY_RELEASE"] == release
    assert list(sentry.releases) == [release]


def test_the_commit_may_be_part_of_the_name(shop: Job) -> None:
    sha = shop.environ["GITHUB_SHA"]

    assert (
        shop.main(release="{{ package }}@{{ short_sha }}").outputs["release"] == f"shop@{sha[:7]}"
    )
    assert shop.main(release="{{ sha }}").outputs["release"] == sha


def test_the_default_flavor_of_the_pubspec_is_the_flavor(shop: Job) -> None:
    pubspec = shop.workspace / "pubspec.yaml"
    pubspec.write_text(pubspec.read_text() + "flutter:\n  default-flavor: dev\n")

    assert shop.main(release="{{ package }}-{{ flavor }}").outputs["release"] == "shop-dev"


def test_where_there_is_one_platform_it_need_not_be_named(shop: Job) -> None:
    for other in ("android", "ios", "macos", "linux", "web"):
        shutil.rmtree(shop.workspace / other)

    assert shop.main(release="sdk-default").outputs["release"] == "Shop@1.4.0+27"


@pytest.mark.parametrize("release", ["sdk-default", "{{ app_id }}@{{ version }}"])
def test_with_many_environments_the_names_are_reported(
    shop: Job, sentry: FakeServers, release: str
) -> None:
    main = shop.main(release=release)

    assert main.exit_code == 2
    (error,) = main.annotations
    assert error == (
        "error: `platform` is empty.\n"
        "The id of an app differs between platforms; this project has: "
        "android, ios, macos, windows, linux, web.\n"
        "Set `platform` to one of them."
    )
    assert sentry.ledger.entries == ()


def test_an_id_that_cannot_be_known_fails_with_where_it_was_looked_for(shop: Job) -> None:
    gradle = shop.workspace / "android/app/build.gradle.kts"
    gradle.write_text(gradle.read_text().replace(f'applicationId = "{ID}"', "applicationId = id()"))

    main = shop.main(release="sdk-default", platform="android")

    assert main.exit_code == 3
    (error,) = main.annotations
    assert error.startswith("error: The default name of the SDK ")
    assert "It is read from android/app/build.gradle.kts" in error


@pytest.mark.parametrize(
    ("release", "variable"), [("{{ flavor }}", "flavor"), ("{{ platform }}", "platform")]
)
def test_what_was_not_given_cannot_be_part_of_a_name(
    shop: Job, release: str, variable: str
) -> None:
    main = shop.main(release=release)

    assert main.exit_code == 2
    assert f"'{variable}' is undefined" in main.log


# --- the filters for the usual wishes ---


@pytest.mark.parametrize(
    ("tag", "version"),
    [
        ("v1.4.0", "1.4.0"),
        ("V1.4.0", "1.4.0"),
        ("1.4.0", "1.4.0"),
        ("v1.4.0-v2", "1.4.0-v2"),
        ("vanilla", "vanilla"),
    ],
)
def test_a_tag_loses_the_v_before_its_version(tag: str, version: str) -> None:
    assert strip_v(tag) == version


def test_a_name_is_made_from_the_version_of_a_tag(shop: Job) -> None:
    shop.environ |= {
        "GITHUB_REF": "refs/tags/v1.4.0",
        "GITHUB_REF_NAME": "v1.4.0",
        "GITHUB_REF_TYPE": "tag",
    }

    main = shop.main(release="{{ package }}@{{ tag | strip_v }}", tag_mismatch="off")

    assert main.outputs["release"] == "shop@1.4.0"


def test_a_branch_with_slashes_is_made_safe(shop: Job) -> None:
    shop.environ |= {"GITHUB_REF": "refs/heads/feat/a b", "GITHUB_REF_NAME": "feat/a b"}

    main = shop.main(release="{{ package }}@{{ branch | safe }}")

    assert main.outputs["release"] == "shop@feat-a b"


TEXTS = st.text(st.sampled_from("aZ1@.+-_ /\\\t\r\n\0\x7fé✓😀\ud800"), max_size=300)


@tried
@given(TEXTS | st.sampled_from(["latest", "Latest", ".", "..", "", " ", "é" * 150, "\u2028"]))
def test_whatever_is_made_safe_sentry_takes(text: str) -> None:
    assert find_release_name_error(replace_unsafe(text)) is None


@tried
@given(st.text(st.sampled_from("aZ1@.+-_é✓ "), max_size=60))
def test_what_is_safe_already_stays_as_it_is(text: str) -> None:
    made = replace_unsafe(text)

    assert made == text or find_release_name_error(text) is not None


def test_what_has_no_value_stays_a_mistake_behind_a_filter(shop: Job) -> None:
    main = shop.main(release="{{ tag | strip_v | safe }}")

    assert main.exit_code == 2
    assert "'tag' is undefined" in main.log


def test_to_a_page_in_markdown_safe_means_what_it_always_meant() -> None:
    assert render.render_texts("{{ 'a/b' | safe }}", "mine.j2", [{}]) == ("a/b",)
