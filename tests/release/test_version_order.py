"""Claims about versions in tags, and which of them came before."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from properties import tried
from sentry_release.release.release_name import list_older_tags, parse_tag_version


@pytest.mark.parametrize(
    ("tag", "version"),
    [
        pytest.param("1.4.0", "1.4.0", id="a version"),
        pytest.param("v1.4.0", "1.4.0", id="a v before it"),
        pytest.param("shop-v1.4.0", "1.4.0", id="an app of a monorepo"),
        pytest.param("shop@1.4.0+27", "1.4.0+27", id="a release name"),
        pytest.param("apps/shop/v1.4.0-rc.1", "1.4.0-rc.1", id="a path"),
        pytest.param("shop_1.4.0", "1.4.0", id="a line below"),
        pytest.param("release-2-1.4.0", "1.4.0", id="another number before it"),
        pytest.param("nightly", None, id="no version"),
        pytest.param("v1.4", None, id="two numbers"),
        pytest.param("1.4.0.1", None, id="four numbers"),
        pytest.param("dev1.4.0", None, id="a word grown together with it"),
        pytest.param("v01.4.0", None, id="a zero in front"),
        pytest.param("v" + "9" * 5000 + ".0.0", None, id="more digits than anything has"),
        pytest.param("", None, id="nothing"),
    ],
)
def test_the_version_is_found_in_the_ways_people_tag(tag: str, version: str | None) -> None:
    found = parse_tag_version(tag)

    assert (str(found) if found else None) == version


@pytest.mark.parametrize(
    ("current", "newest"),
    [
        pytest.param("1.10.0", "v1.9.0", id="numbers are numbers, not texts"),
        pytest.param("1.9.0", "v1.3.0", id="the version itself is not before it"),
        pytest.param("1.4.0", "v1.3.0", id="prereleases of a final version are passed over"),
        pytest.param("1.4.0-rc.2", "v1.4.0-rc.1", id="a prerelease comes after a prerelease"),
        pytest.param("1.4.0-rc.1", "v1.3.0", id="the first prerelease comes after a final version"),
        pytest.param("1.3.0", None, id="nothing is before the first"),
        pytest.param("1.9.0+99", "v1.3.0", id="a build number makes no later version"),
        pytest.param(None, "v1.9.0", id="without a version the newest of all"),
    ],
)
def test_the_newest_lower_version_is_what_was_before(
    current: str | None, newest: str | None
) -> None:
    tags = ["nightly", "v1.9.0", "v1.3.0", "v1.4.0-rc.1"]

    assert next(iter(list_older_tags(tags, current)), None) == newest


def test_older_ones_follow_for_where_the_newest_does_not_lead_to_us() -> None:
    tags = ["v1.2.0", "v1.10.0", "v1.9.0", "v2.0.0"]

    assert list_older_tags(tags, "1.11.0") == ("v1.10.0", "v1.9.0", "v1.2.0")


@tried
@given(
    st.lists(st.tuples(*[st.integers(0, 12)] * 3), max_size=8),
    st.tuples(*[st.integers(0, 12)] * 3),
)
def test_the_lower_versions_are_found_wherever_they_stand(
    versions: list[tuple[int, int, int]], current: tuple[int, int, int]
) -> None:
    before = sorted((one for one in versions if one < current), reverse=True)

    found = list_older_tags([f"v{a}.{b}.{c}" for a, b, c in versions], "{}.{}.{}".format(*current))

    assert found == tuple("v{}.{}.{}".format(*one) for one in before)


@tried
@given(st.lists(st.text(st.sampled_from("v1.0-+/@ a\n")) | st.text()), st.none() | st.text())
def test_no_tag_can_break_anything(tags: list[str], current: str | None) -> None:
    assert set(list_older_tags(tags, current)) <= set(tags)
