"""Requests to one server: time limits, size limits, lost connections and certificates."""

import gzip
import socket
import ssl
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from fake_sentry import Delay, Drip, FakeServers, Fault, Slow, Status
from fake_sentry.traps import Names, closed_port, trap
from sentry_release.adapters.http.connection import (
    RequestFailedError,
    Response,
    ServerConnection,
)
from sentry_release.adapters.sentry.retry import RetryBudget
from sentry_release.adapters.sentry.sentry_client import SentryClient
from sentry_release.adapters.sentry.transport import open_transport
from sentry_release.errors import ServiceUnavailableError
from sentry_release.services import create_system_clock

BUDGET_S = 0.9  # a request may take a third of it, and a second one does not fit
HOST = "sentry.example"
MEGABYTE = 1024 * 1024


def client(url: str, token: str = "any") -> SentryClient:  # noqa: S107 - not a secret
    clock = create_system_clock()
    return SentryClient(
        transport=open_transport(
            url=url,
            token=token,
            agent="test",
            environ={},
            budget=RetryBudget(clock=clock, started=clock.monotonic(), budget_s=BUDGET_S),
            log=lambda _: None,
        ),
        organization="acme",
        projects=("shop",),
    )


def connect(root: str, **environ: str) -> ServerConnection:
    return ServerConnection(root, environ, create_system_clock())


def get(connection: ServerConnection, path: str = "/api/0/", limit_s: float = 10) -> Response:
    return connection.start("GET", path, None, {}, limit_s)(None)


@contextmanager
def outage_in_time(message: str) -> Iterator[None]:
    """The block ends in an outage, after one attempt and within the time limit."""
    began = time.monotonic()
    with pytest.raises(ServiceUnavailableError, match=message):
        yield
    assert BUDGET_S / 3 - 0.05 <= time.monotonic() - began < BUDGET_S


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(Delay(seconds=30), id="silence"),
        pytest.param(Drip(part="head"), id="a head that drips"),
        pytest.param(Drip(part="body"), id="a body that drips"),
        pytest.param(Slow(seconds=30, half=True), id="half a body"),
    ],
)
@pytest.mark.parametrize("keep_alive", [True, False], ids=["kept", "closed afterwards"])
def test_a_response_that_does_not_end_is_given_up_in_time(
    fault: Fault, *, keep_alive: bool
) -> None:
    with FakeServers(keep_alive=keep_alive) as sentry:
        sentry.fail("GET", "**", fault, times=None)

        with outage_in_time("no response in time"):
            client(sentry.url, sentry.token).list_deploys("shop@1")

        assert len(sentry.ledger.entries) == 1


def test_a_tls_handshake_that_hangs_is_given_up_in_time() -> None:
    def hang(connection: socket.socket) -> None:
        while connection.recv(65536):
            """Until the client closes."""

    began = time.monotonic()
    with trap(hang) as port, pytest.raises(ServiceUnavailableError, match=r"no .*connection"):
        client(f"https://127.0.0.1:{port}").list_deploys("shop@1")

    assert time.monotonic() - began < BUDGET_S


def test_a_name_lookup_that_hangs_is_given_up_in_time() -> None:
    names = Names(host=HOST, port=1)
    names.plan = lambda _: names.hangs(lambda: None)

    with names.in_use(), outage_in_time("no connection .TimeoutError"):
        client(f"http://{HOST}:1").list_deploys("shop@1")


def test_a_request_that_was_given_up_before_it_was_sent_is_never_sent() -> None:
    """A lookup that ends late must not create a deploy that was created again meanwhile."""
    looked_up = Event()
    with FakeServers() as sentry:
        port = int(sentry.url.rpartition(":")[2])
        names = Names(host=HOST, port=port)

        def late() -> int:
            time.sleep(0.5)
            looked_up.set()
            return port

        names.plan = lambda _: late
        connection = connect(f"http://{HOST}:{port}")
        with names.in_use():
            with pytest.raises(RequestFailedError) as failed:
                get(connection, limit_s=0.2)
            looked_up.wait(5)
            time.sleep(0.2)

        assert not failed.value.sent
        assert sentry.ledger.entries == ()


def test_the_next_address_is_tried_if_the_first_does_not_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real = socket.getaddrinfo
    with closed_port() as closed, FakeServers() as sentry:

        def look_up(_host: Any, port: Any, *rest: Any, **more: Any) -> Any:  # noqa: ANN401 - socket's
            ports = (closed, port)
            return [real("127.0.0.1", one, *rest, **more)[0] for one in ports]

        monkeypatch.setattr(socket, "getaddrinfo", look_up)

        assert list(client(sentry.url, sentry.token).list_releases(None)) == [()]


@pytest.mark.parametrize("host", ["a" * 64 + ".example", "a..example", "\u017fentry.example"])
def test_a_malformed_host_name_is_an_outage_and_not_a_bug(host: str) -> None:
    with pytest.raises(ServiceUnavailableError, match="no connection"):
        client(f"http://{host}").list_deploys("shop@1")


def test_a_server_at_an_ipv6_address_is_reached() -> None:
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as server:
        heads = []

        def answer() -> None:
            accepted, _ = server.accept()
            with accepted:
                heads.append(accepted.recv(65536).decode())
                accepted.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]")

        thread = Thread(target=answer)
        thread.start()
        root = f"http://[::1]:{server.getsockname()[1]}"
        response = get(connect(root))
        thread.join()

    assert response.content == b"[]"
    assert f"Host: {root.removeprefix('http://')}\r\n" in heads[0]


def test_requests_share_a_connection(sentry: FakeServers) -> None:
    connection = connect(sentry.url)

    get(connection)
    get(connection)

    assert [entry.connection for entry in sentry.ledger.entries] == [1, 1]


def packed(megabytes: int) -> str:
    """Return what the server sends as a gzip file of so many megabytes."""
    return (gzip.compress(b" " * MEGABYTE) * megabytes).decode("ascii", "surrogateescape")


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        pytest.param(lambda: " " * 9 * MEGABYTE, {}, id="plain"),
        pytest.param(lambda: packed(200), {"Content-Encoding": "gzip"}, id="packed"),
    ],
)
def test_a_response_of_more_than_eight_megabytes_is_refused(
    sentry: FakeServers, body: Callable[[], str], headers: dict[str, str]
) -> None:
    sentry.fail("GET", "**", Status(status=200, body=body(), headers=headers))

    with pytest.raises(RequestFailedError, match="larger than 8388608 bytes") as failed:
        get(connect(sentry.url))

    assert failed.value.sent


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        pytest.param(lambda: "x" * MEGABYTE, {}, id="plain"),
        pytest.param(lambda: packed(200), {"Content-Encoding": "gzip"}, id="packed"),
    ],
)
def test_the_body_of_an_error_is_cut_off_after_64_kilobytes(
    sentry: FakeServers, body: Callable[[], str], headers: dict[str, str]
) -> None:
    sentry.fail("GET", "**", Status(status=400, body=body(), headers=headers))

    response = get(connect(sentry.url))

    assert (response.status, len(response.content)) == (400, 64 * 1024)


def test_a_packed_response_is_unpacked(sentry: FakeServers) -> None:
    body = gzip.compress(b'{"id": 1}').decode("ascii", "surrogateescape")
    sentry.fail("GET", "**", Status(status=200, body=body, headers={"Content-Encoding": "gzip"}))

    assert get(connect(sentry.url)).content == b'{"id": 1}'


def test_a_redirect_is_returned_and_not_followed(sentry: FakeServers) -> None:
    sentry.fail("GET", "**", Status(status=307, headers={"Location": f"{sentry.url}/elsewhere"}))

    assert get(connect(sentry.url)).status == 307
    assert len(sentry.ledger.entries) == 1


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def trusted(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The file of the authority."""
    path = tmp_path_factory.mktemp("authority") / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)


@contextmanager
def secured(*certificate: bytes) -> Iterator[FakeServers]:
    """A server with a certificate chain and its key."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with trustme.Blob(b"".join(certificate)).tempfile() as path:
        context.load_cert_chain(path)
    with FakeServers(tls=context) as sentry:
        yield sentry


def issued(authority: trustme.CA, *names: str) -> bytes:
    return authority.issue_cert(*names).private_key_and_cert_chain_pem.bytes()


def only_common_name(authority: trustme.CA, name: str) -> bytes:
    """Return a key and a certificate that names its host as common name alone."""
    key = ec.generate_private_key(ec.SECP256R1())
    issuer = x509.load_pem_x509_certificate(authority.cert_pem.bytes())
    signer: Any = serialization.load_pem_private_key(authority.private_key_pem.bytes(), None)
    issuer_id = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(issuer.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(issuer_id),
            critical=False,
        )
        .sign(signer, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return private + certificate.public_bytes(pem)


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"])
def test_an_authority_that_a_variable_names_is_trusted(
    authority: trustme.CA, trusted: str, variable: str
) -> None:
    with secured(issued(authority, "127.0.0.1")) as sentry:
        connection = connect(sentry.url, **{variable: trusted})

        assert [get(connection).status for _ in range(2)] == [404, 404]
        assert [entry.connection for entry in sentry.ledger.entries] == [1, 1]


def test_a_folder_of_authorities_is_trusted(authority: trustme.CA, tmp_path: Path) -> None:
    from trusting import trusted as with_authority

    folder = with_authority(tmp_path / "authorities", authority.cert_pem.bytes())
    with secured(issued(authority, "127.0.0.1")) as sentry:
        assert get(connect(sentry.url, SSL_CERT_DIR=str(folder))).status == 404


@pytest.mark.parametrize(
    "names", [("sentry.example",), ("127.0.0.2",)], ids=["a name", "an address"]
)
def test_a_certificate_for_another_host_is_refused(
    authority: trustme.CA, trusted: str, names: tuple[str, ...]
) -> None:
    with secured(issued(authority, *names)) as sentry:
        with pytest.raises(RequestFailedError, match="SSLCertVerificationError") as failed:
            get(connect(sentry.url, SSL_CERT_FILE=trusted))

        assert not failed.value.sent
        assert sentry.ledger.entries == ()


def test_a_certificate_that_names_its_host_only_as_common_name_is_refused(
    authority: trustme.CA, trusted: str
) -> None:
    with secured(only_common_name(authority, "localhost")) as sentry:
        port = sentry.url.rpartition(":")[2]
        with pytest.raises(RequestFailedError, match="SSLCertVerificationError") as failed:
            get(connect(f"https://localhost:{port}", SSL_CERT_FILE=trusted))

        assert "hostname" in str(failed.value).lower()
        assert sentry.ledger.entries == ()


def test_a_certificate_of_an_unknown_authority_is_refused(trusted: str) -> None:
    with secured(issued(trustme.CA(), "127.0.0.1")) as sentry:
        with pytest.raises(RequestFailedError, match="SSLCertVerificationError"):
            get(connect(sentry.url, SSL_CERT_FILE=trusted))

        assert sentry.ledger.entries == ()


def raw_server(response: bytes) -> str:
    """Start a server that sends these bytes to one client, and return its URL."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with listener, listener.accept()[0] as connection:
            connection.recv(65536)
            connection.sendall(response)

    threading.Thread(target=serve, daemon=True).start()
    return f"http://127.0.0.1:{listener.getsockname()[1]}"


FINAL = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


@pytest.mark.parametrize(
    "before",
    [
        pytest.param(b"HTTP/1.1 100 Continue\r\n\r\n", id="100"),
        pytest.param(b"HTTP/1.1 102 Processing\r\n\r\n", id="102"),
        pytest.param(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" * 3, id="three times 103"),
        pytest.param(
            b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n", id="103 and 100"
        ),
    ],
)
def test_informational_responses_are_skipped(before: bytes) -> None:
    response = get(connect(raw_server(before + FINAL)))

    assert (response.status, response.content) == (200, b"{}")


def test_informational_responses_without_end_are_refused() -> None:
    endless = b"HTTP/1.1 103 Early Hints\r\n\r\n" * 100

    with pytest.raises(RequestFailedError, match="too many informational responses"):
        get(connect(raw_server(endless + FINAL)))


@pytest.mark.parametrize(
    "lengths",
    [
        b"Content-Length: 2\r\nContent-Length: 30\r\n",
        b"Content-Length: 30\r\nContent-Length: 2\r\n",
        b"Content-Length: 2, 30\r\n",
    ],
)
def test_differing_content_lengths_are_refused(lengths: bytes) -> None:
    with pytest.raises(RequestFailedError, match="differing Content-Length headers"):
        get(connect(raw_server(b"HTTP/1.1 200 OK\r\n" + lengths + b"\r\n{}")))


def test_chunks_of_one_byte_take_no_more_memory_than_their_body() -> None:
    count, most = 50_000, 3 * MEGABYTE  # kept one by one, they take 5 MB
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    url = raw_server(head + b"1\r\nx\r\n" * count + b"0\r\n\r\n")
    connection = connect(url)
    tracemalloc.start()

    try:
        assert len(get(connection).content) == count
        assert tracemalloc.get_traced_memory()[1] < most
    finally:
        tracemalloc.stop()


def test_a_chunk_of_a_negative_length_is_a_broken_response() -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

    with pytest.raises(RequestFailedError, match="negative") as failed:
        get(connect(raw_server(head + b"-5\r\n{}\r\n0\r\n\r\n")))

    assert failed.value.sent
