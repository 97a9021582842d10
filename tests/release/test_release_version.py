"""How Sentry reads a name: our reading is that of Relay, which does it for Sentry."""

import os

import pytest
from hypothesis import HealthCheck, example, given, settings
from sentry_relay.exceptions import RelayError
from sentry_relay.processing import parse_release

from names import NAMES
from sentry_release.model.release import find_release_name_error
from sentry_release.release.release_name import ParsedRelease, parse_release_name

EXAMPLES = int(os.environ.get("ORACLE_EXAMPLES", "90"))
BIGGEST_IN_RELAY = 2**64 - 1


def relays_reading(name: str) -> ParsedRelease:
    found = parse_release(name)
    version = found["version_parsed"]
    return ParsedRelease(
        package=found["package"] or None,
        version=found["version_raw"],
        numbers=tuple(version[part] for part in ("major", "minor", "patch", "revision"))
        if version
        else None,
        prerelease=version["pre"] if version else None,
        build=version["build_code"] if version else None,
        is_hash=bool(found["build_hash"]),
    )


def as_relay_counts(reading: ParsedRelease) -> ParsedRelease:
    """Relay reads a number that is too large for it as nought."""
    if reading.numbers is None:
        return reading
    numbers = tuple(n if n <= BIGGEST_IN_RELAY else 0 for n in reading.numbers)
    return ParsedRelease(
        package=reading.package,
        version=reading.version,
        numbers=numbers,  # type: ignore[arg-type]
        prerelease=reading.prerelease,
        build=reading.build,
        is_hash=reading.is_hash,
    )


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(NAMES)
@example("shop@1.4.0+27")
@example("shop@202401011200")
@example("a@b@1.0")
def test_what_we_accept_relay_accepts_and_reads_alike(name: str) -> None:
    if find_release_name_error(name) is None:
        assert as_relay_counts(parse_release_name(name)) == relays_reading(name)


@settings(max_examples=EXAMPLES // 3, deadline=None, suppress_health_check=list(HealthCheck))
@given(NAMES)
def test_what_relay_refuses_we_refuse(name: str) -> None:
    try:
        parse_release(name)
    except RelayError:
        assert find_release_name_error(name) is not None


@pytest.mark.parametrize(
    ("name", "ordered", "answering"),
    [
        pytest.param("shop@1.4.0+27", True, "final, build 27", id="the default"),
        pytest.param("shop@1.4.0-beta.2+27", True, "prerelease beta.2", id="a prerelease"),
        pytest.param("com.example.shop@1.4", True, "version 1.4", id="two numbers"),
        pytest.param("1.4.0+27", False, "no package", id="without a package"),
        pytest.param("shop@v1.4.0", False, "'v1.4.0'", id="a leading v"),
        pytest.param("shop@1.4.0 (27)", False, "not like", id="a build in brackets"),
        pytest.param("shop@202401011200", False, "commit", id="a date that looks like a hash"),
        pytest.param("0" * 40, False, "commit", id="a sha"),
        pytest.param(f"shop@1.4.0+{'a' * 189}", True, "final", id="as long as Sentry accepts"),
        pytest.param(f"shop@1.4.0+{'a' * 190}", False, "not like", id="longer"),
        pytest.param("shop@9223372036854775807", True, "final", id="the largest number"),
        pytest.param("shop@9223372036854775808", False, "not like", id="a number too large"),
        pytest.param("shop@" + "9" * 5000, False, "not like", id="more digits than can be read"),
    ],
)
def test_whether_sentry_can_sort_it_is_reported(
    name: str, answering: str, *, ordered: bool
) -> None:
    reading = parse_release_name(name)

    assert reading.is_ordered is ordered
    assert answering in reading.describe()


def test_a_version_may_have_four_numbers() -> None:
    assert parse_release_name("shop@1.2.3.4").numbers == (1, 2, 3, 4)
    assert parse_release_name("shop@1").numbers == (1, 0, 0, 0)


@pytest.mark.parametrize("length", [11, 12, 16, 20, 31, 32, 33, 40, 41, 64, 65])
def test_a_name_of_hexadecimal_digits_is_a_commit_if_it_is_as_long_as_one(length: int) -> None:
    name = ("abcdef0123456789" * 5)[:length]

    assert parse_release_name(name).is_hash is (length in {12, 16, 20, 32, 40, 64})
