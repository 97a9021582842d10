"""Claims about the first connection: whom it believes, and who is reached another way."""

import ssl
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
import trustme
from trusting import trusted

from sentry_release.doors.http.reaching import CONNECT_S, Errand, reached
from sentry_release.doors.http.straight import Straight, straight_way
from sentry_release.doors.real_clock import real_clock
from sentry_release.doors.sentry.knocking import Knock, knocked
from sentry_release.doors.sentry.opened import opened
from standin import StandIn

AUTHORITY = trustme.CA()


@pytest.fixture(scope="module")
def secure() -> Iterator[StandIn]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    AUTHORITY.issue_cert("127.0.0.1").configure_cert(context)
    with StandIn(tls=context) as sentry:
        yield sentry


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The system's authorities, and ours among them."""
    return trusted(tmp_path_factory.mktemp("system") / "authorities", AUTHORITY.cert_pem.bytes())


def test_an_authority_in_the_folder_of_the_system_is_believed(
    secure: StandIn, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_DIR", str(folder))
    way = straight_way(secure.url, {"SSL_CERT_DIR": str(folder)})
    assert way is not None

    connection = reached(way, CONNECT_S)

    assert isinstance(connection, ssl.SSLSocket)
    assert connection.getpeercert()
    connection.close()


def test_the_straight_way_is_as_strict_as_the_other(
    secure: StandIn, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_DIR", str(folder))
    way = straight_way(secure.url, {"SSL_CERT_DIR": str(folder)})
    assert way is not None

    connection = reached(way, CONNECT_S)

    assert isinstance(connection, ssl.SSLSocket)
    usual = ssl.create_default_context()
    ours = connection.context
    assert (ours.verify_flags, ours.options) == (usual.verify_flags, usual.options)
    assert (ours.verify_mode, ours.check_hostname) == (usual.verify_mode, usual.check_hostname)
    assert ours.minimum_version == usual.minimum_version
    connection.close()


def test_a_server_that_no_authority_of_the_folder_has_signed_for_is_not_believed(
    secure: StandIn, tmp_path: Path
) -> None:
    host, port = "127.0.0.1", int(secure.url.rpartition(":")[2])

    with pytest.raises(ssl.SSLCertVerificationError):
        reached(Straight(host, port, str(tmp_path)), CONNECT_S)


def test_a_server_of_another_name_is_not_believed(secure: StandIn, folder: Path) -> None:
    port = int(secure.url.rpartition(":")[2])

    with pytest.raises(ssl.SSLCertVerificationError):
        reached(Straight("localhost", port, str(folder)), CONNECT_S)


def test_what_the_folder_has_not_is_looked_for_in_the_bundle_without_a_wait(
    secure: StandIn, tmp_path: Path
) -> None:
    """As on a machine whose owner has added an authority to the bundle alone."""
    AUTHORITY.cert_pem.write_to_path(str(tmp_path / "bundle.pem"))
    way = Straight("127.0.0.1", int(secure.url.rpartition(":")[2]), str(tmp_path))
    said: list[str] = []
    sentry = opened(
        url=secure.url,
        token=secure.token,
        organization="acme",
        projects=("shop",),
        agent="test",
        environ={"SSL_CERT_FILE": str(tmp_path / "bundle.pem")},
        clock=real_clock(),
        log=said.append,
        knock=Knock(secure.url, Errand(partial(reached, way, CONNECT_S))),
    )

    assert list(sentry.pages(None)) == [()]
    assert [line for line in said if "again" in line] == []


@pytest.mark.parametrize(
    ("root", "stop"),
    [
        ("http://127.0.0.1:9000", (b"127.0.0.1", 9000)),
        ("http://sentry.example", (b"sentry.example", 80)),
        ("https://sentry.example", (b"sentry.example", 443)),
        ("https://sentry.example:8443", (b"sentry.example", 8443)),
        ("https://sentry.example:", None),
        ("https://sentry.example:0", None),
        ("https://sentry.example:99999", None),
        ("https://sentry.example:٤٤٣", None),
        ("https://sentry.example/below", None),
        ("https://user@sentry.example", None),
        ("https://[::1]:9000", None),
        ("https://bücher.example", None),
        ("https://", None),
        ("ftp://sentry.example", None),
    ],
)
def test_only_a_plain_address_is_gone_to_straight(
    root: str, stop: tuple[bytes, int] | None, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_DIR", str(folder))

    way = straight_way(root, {})

    assert (way and way.first_stop) == stop


@pytest.mark.parametrize(
    "name", ["HTTPS_PROXY", "all_proxy", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"]
)
def test_a_proxy_and_authorities_of_ones_own_take_the_other_way(name: str) -> None:
    assert straight_way("https://sentry.example", {name: "/somewhere"}) is None


def test_without_a_folder_of_authorities_the_bundle_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))

    assert straight_way("https://sentry.example", {}) is None


def test_who_has_a_bundle_of_ones_own_is_knocked_for_all_the_same(
    secure: StandIn, tmp_path: Path
) -> None:
    AUTHORITY.cert_pem.write_to_path(str(tmp_path / "bundle.pem"))
    environ = {
        "SENTRY_AUTH_TOKEN": secure.token,
        "SENTRY_URL": secure.url,
        "SSL_CERT_FILE": str(tmp_path / "bundle.pem"),
    }

    knock = knocked(["/action/main"], environ)

    assert knock is not None
    knock.errand.result(CONNECT_S, real_clock().alarm).close()
