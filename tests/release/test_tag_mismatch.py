"""Claims about a tag that contradicts the version of the app, which is reported before it ships."""

import pytest

from fake_sentry import FakeServers
from job import Job
from sentry_release.release.release_name import explain_tag_mismatch

WRONG = "The tag 'v1.5.0' is for version 1.5.0, but the app has version 1.4.0."


@pytest.mark.parametrize(
    ("tag", "version"),
    [
        pytest.param("v1.4.0", "1.4.0", id="the same"),
        pytest.param("1.4.0", "1.4.0", id="without the v"),
        pytest.param("shop-v1.4.0", "1.4.0", id="behind the name of the app"),
        pytest.param("shop@1.4.0+27", "1.4.0", id="a whole release for a tag"),
        pytest.param("v1.4.0+99", "1.4.0", id="another build number"),
        pytest.param("v1.4.0-beta.1", "1.4.0-beta.1", id="the same prerelease"),
        pytest.param("v1.4.0-ios", "1.4.0", id="with the platform behind"),
        pytest.param("1.4.0-Android", "1.4.0", id="with another one, in any case"),
        pytest.param("ios/1.4.0+5", "1.4.0", id="with the platform before"),
        pytest.param("release/1.4.0", "1.4.0", id="behind a word"),
        pytest.param("v1.4.0-shop", "1.4.0", id="with the app behind"),
        pytest.param("v1.4.0-beta.1-web", "1.4.0-beta.1", id="a prerelease of a platform"),
    ],
)
def test_a_tag_of_the_same_version_agrees(tag: str, version: str) -> None:
    assert explain_tag_mismatch(tag, "shop", version) is None


@pytest.mark.parametrize(
    ("tag", "version"),
    [
        pytest.param("v1.4.1", "1.4.0", id="another patch"),
        pytest.param("v1.5.0-ios", "1.4.0", id="another version of a platform"),
        pytest.param("1.3.0", "1.4.0", id="an older one"),
        pytest.param("shop-v2.0.0", "1.4.0", id="behind the name of the app"),
        pytest.param("shop/v2.0.0", "1.4.0", id="behind it and a slash"),
        pytest.param("shop_2.0.0", "1.4.0", id="behind it and an underscore"),
        pytest.param("release/2.0.0", "1.4.0", id="behind a word"),
        pytest.param("release-v2.0.0", "1.4.0", id="behind a word and a dash"),
        pytest.param("Hotfix/2.0.1", "1.4.0", id="behind a word in capitals"),
        pytest.param("ios/2.0.0+5", "1.4.0", id="behind a platform"),
        pytest.param("release/android/v2.0.0", "1.4.0", id="behind a word and a platform"),
        pytest.param("shop/ios-2.0.0", "1.4.0", id="behind the app and a platform"),
        pytest.param("v1.4.0-beta.1", "1.4.0", id="a prerelease of it"),
        pytest.param("v1.4.0", "1.4.0-beta.1", id="the final one of a prerelease"),
    ],
)
def test_a_tag_of_another_version_contradicts_and_both_are_named(tag: str, version: str) -> None:
    output = explain_tag_mismatch(tag, "shop", version)

    assert output is not None
    assert repr(tag) in output
    assert f"the app has version {version}." in output


@pytest.mark.parametrize(
    ("tag", "package", "version"),
    [
        pytest.param(None, "shop", "1.4.0", id="no tag"),
        pytest.param("", "shop", "1.4.0", id="an empty tag"),
        pytest.param("nightly", "shop", "1.4.0", id="a word"),
        pytest.param("v2", "shop", "1.4.0", id="a tag that moves"),
        pytest.param("kitchen-v2.0.0", "shop", "1.4.0", id="another app"),
        pytest.param("release/kitchen-2.0.0", "shop", "1.4.0", id="another app behind a word"),
        pytest.param(
            "workshop-v2.0.0", "shop", "1.4.0", id="another app whose name ends like this one's"
        ),
        pytest.param(
            "shop-admin-v2.0.0", "shop", "1.4.0", id="another app whose name begins like this one's"
        ),
        pytest.param("v2.0.0", "shop", None, id="an app without a version"),
        pytest.param("v2.0.0", "shop", "01.4.0", id="a version that is none to semver"),
        pytest.param("v2.0.0.1", "shop", "1.4.0", id="four numbers"),
        pytest.param("kitchen-v2.0.0", None, "1.4.0", id="an app that has no name"),
        pytest.param("xyz-2.0.0", "...", "1.4.0", id="a name that would mean any name"),
    ],
)
def test_a_tag_of_something_else_says_nothing(
    tag: str | None, package: str | None, version: str | None
) -> None:
    assert explain_tag_mismatch(tag, package, version) is None


@pytest.fixture
def tagged(job: Job) -> Job:
    """A job of the tag v1.5.0, while the app is at 1.4.0+27."""
    job.environ |= {
        "GITHUB_REF": "refs/tags/v1.5.0",
        "GITHUB_REF_NAME": "v1.5.0",
        "GITHUB_REF_TYPE": "tag",
    }
    return job


def test_by_default_the_job_is_warned_and_goes_on(tagged: Job) -> None:
    main = tagged.main()

    assert main.exit_code == 0
    (warning,) = main.annotations
    assert warning.startswith(f"warning: {WRONG}\n")
    assert main.outputs["release"] == "shop@1.4.0+27"


def test_fail_ends_the_job_before_a_name_is_set(tagged: Job, sentry: FakeServers) -> None:
    main = tagged.main(tag_mismatch="fail")

    assert main.exit_code == 2
    (error,) = main.annotations
    assert error.startswith(f"error: {WRONG}\n")
    assert main.outputs == {}
    assert {one.method for one in sentry.ledger.entries} <= {"GET"}  # nothing is changed in Sentry


def test_ignore_says_nothing(tagged: Job) -> None:
    main = tagged.main(tag_mismatch="off")

    assert main.exit_code == 0
    assert main.annotations == []


def test_the_version_of_the_build_is_the_one_that_counts(tagged: Job) -> None:
    main = tagged.main(tag_mismatch="fail", build_name="1.5.0")

    assert main.exit_code == 0
    assert main.annotations == []
    assert main.outputs["release"] == "shop@1.5.0+27"


def test_a_tag_with_dashes_is_about_the_app_whose_package_has_underscores() -> None:
    assert explain_tag_mismatch("corner-shop-v1.4.0", "corner_shop", "1.4.0") is None
    assert explain_tag_mismatch("corner-shop-v2.0.0", "corner_shop", "1.4.0") is not None
