"""Certificate authorities of one's own, proxies, and servers without a trusted certificate."""

import select
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import pytest
import trustme

from fake_sentry import FakeServers
from fake_sentry.traps import trap
from job import Job

NAME = "shop@1.4.0+27"


@pytest.fixture
def authority(tmp_path: Path) -> Path:
    """A certificate authority that the system does not know; gives the folder of its files."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    authority.issue_cert(
        "127.0.0.1", "sentry.internal"
    ).private_key_and_cert_chain_pem.write_to_path(str(tmp_path / "server.pem"))
    return tmp_path


@pytest.fixture
def secure(authority: Path) -> Iterator[FakeServers]:
    """A Sentry behind TLS with a certificate of that authority."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority / "server.pem")
    with FakeServers(tls=context) as sentry:
        yield sentry


@pytest.fixture
def secure_job(secure: FakeServers, tmp_path: Path) -> Job:
    folder = tmp_path / "job"
    folder.mkdir()
    return Job.recorded("push", sentry=secure, folder=folder)


class Proxy:
    """A proxy that connects clients to the server of the test, and keeps the requests."""

    def __init__(self, target: tuple[str, int], tls: ssl.SSLContext | None = None) -> None:
        self.target = target
        self.tls = tls
        self.requests: list[str] = []
        self._server = socket.create_server(("127.0.0.1", 0))
        scheme = "https" if tls else "http"
        self.url = f"{scheme}://user:p%40ss@127.0.0.1:{self._server.getsockname()[1]}"
        self._thread = Thread(target=self._serve)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self._thread.join()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._server.accept()
            except OSError:
                return
            client = self.tls.wrap_socket(client, server_side=True) if self.tls else client
            with client, socket.create_connection(self.target) as server:
                self.requests.append(self._head(client))
                client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                self._pass_on(client, server)

    @staticmethod
    def _head(client: socket.socket) -> str:
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += client.recv(1)
        return head.decode()

    @staticmethod
    def _pass_on(client: socket.socket, server: socket.socket) -> None:
        ends = {client: server, server: client}
        while True:
            for end in select.select(list(ends), [], [])[0]:
                data = end.recv(65536)
                if not data:
                    return
                ends[end].sendall(data)


@pytest.fixture
def proxy(secure: FakeServers) -> Iterator[Proxy]:
    proxy = Proxy(("127.0.0.1", int(secure.url.rpartition(":")[2])))
    yield proxy
    proxy.close()


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"])
def test_a_custom_certificate_authority_is_trusted_when_it_is_named(
    secure_job: Job, secure: FakeServers, authority: Path, variable: str
) -> None:
    secure_job.environ[variable] = str(authority / "ca.pem")

    main = secure_job.main()

    assert main.annotations == []
    assert NAME in secure.releases


def test_a_server_without_a_trusted_certificate_gets_no_token(
    secure_job: Job, secure: FakeServers
) -> None:
    main = secure_job.main()

    assert main.exit_code == 0
    assert "no safe connection" in main.annotations[0]
    assert "certificate" in main.annotations[0]
    assert secure.ledger.entries == ()
    assert secure_job.time.passed_s < 2


def test_a_file_of_authorities_that_is_not_there_is_named(secure_job: Job) -> None:
    secure_job.environ["SSL_CERT_FILE"] = "/nowhere/ca.pem"

    main = secure_job.main()

    assert main.exit_code == 2
    assert "SSL_CERT_FILE='/nowhere/ca.pem'" in main.annotations[0]


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
def test_a_proxy_is_taken_with_its_credentials(
    secure_job: Job, secure: FakeServers, authority: Path, proxy: Proxy, variable: str
) -> None:
    secure_job.environ |= {
        variable: proxy.url,
        "SSL_CERT_FILE": str(authority / "ca.pem"),
        "SENTRY_URL": "https://sentry.internal",
    }

    main = secure_job.main()

    assert main.annotations == []
    assert NAME in secure.releases
    [head] = proxy.requests
    assert head.startswith("CONNECT sentry.internal:443 ")
    assert "proxy-authorization: Basic dXNlcjpwQHNz" in head.replace("P", "p").replace("-A", "-a")


def test_no_proxy_is_taken_where_none_is_wanted(
    secure_job: Job, secure: FakeServers, authority: Path, proxy: Proxy
) -> None:
    secure_job.environ |= {
        "HTTPS_PROXY": proxy.url,
        "NO_PROXY": "example.com,127.0.0.1",
        "SSL_CERT_FILE": str(authority / "ca.pem"),
    }

    secure_job.main()

    assert proxy.requests == []
    assert NAME in secure.releases


def test_a_proxy_with_tls_is_used_too(
    secure_job: Job, secure: FakeServers, authority: Path
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority / "server.pem")
    proxy = Proxy(("127.0.0.1", int(secure.url.rpartition(":")[2])), tls=context)
    secure_job.environ |= {
        "HTTPS_PROXY": proxy.url,
        "SSL_CERT_FILE": str(authority / "ca.pem"),
        "SENTRY_URL": "https://sentry.internal",
    }

    main = secure_job.main()
    proxy.close()

    assert main.annotations == []
    assert NAME in secure.releases
    assert len(proxy.requests) == 1


def test_a_proxy_gets_the_whole_url_of_a_server_without_tls(tmp_path: Path) -> None:
    with FakeServers() as sentry, socket.create_server(("127.0.0.1", 0)) as server:
        heads = []

        def answer() -> None:
            client, _ = server.accept()
            with client, server:  # who comes again is refused at once
                heads.append(client.recv(65536).decode())
                client.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}")

        thread = Thread(target=answer)
        thread.start()
        job = Job.recorded("push", sentry=sentry, folder=tmp_path)
        job.environ |= {
            "SENTRY_URL": "http://sentry.internal",
            "HTTP_PROXY": f"http://user:secret@127.0.0.1:{server.getsockname()[1]}",
        }

        job.main(timeout="5")
        thread.join()

    assert heads[0].startswith("GET http://sentry.internal/api/0/organizations/acme/releases/")
    assert "proxy-authorization: Basic dXNlcjpzZWNyZXQ=" in heads[0]
    assert sentry.ledger.entries == ()


@pytest.mark.parametrize(
    "address",
    [
        pytest.param("http://user:secret@proxy:port", id="a port that is none"),
        pytest.param("user:secret@proxy:99999", id="a port too high"),
        pytest.param("http://user:secret@[::1", id="half an address"),
        pytest.param("http://user:secret@", id="no host"),
        pytest.param("socks5://user:secret@proxy:1080", id="another kind of proxy"),
    ],
)
def test_a_proxy_that_cannot_be_used_is_a_mistake_whose_password_is_not_shown(
    job: Job, address: str
) -> None:
    job.environ["HTTP_PROXY"] = address

    main = job.main()

    assert main.exit_code == 2
    assert "The proxy in HTTP_PROXY cannot be used" in main.annotations[0]
    assert main.outputs["release"] == NAME
    assert "secret" not in main.log
    assert job.post().exit_code == 0


@contextmanager
def answering(*lines: str) -> Iterator[tuple[str, list[str]]]:
    """A proxy that answers every request so; its URL, and its requests."""
    requests: list[str] = []

    def answer(client: socket.socket) -> None:
        requests.append(client.recv(65536).decode().partition("\r\n")[0])
        client.sendall("\r\n".join((*lines, "Content-Length: 0", "", "")).encode())

    with trap(answer) as port:
        yield f"http://user:secret@127.0.0.1:{port}", requests


WANTS_CREDENTIALS = ("HTTP/1.1 407 Proxy Authentication Required", "Proxy-Authenticate: Basic")


@pytest.mark.parametrize(
    ("url", "first"),
    [
        pytest.param("https://sentry.internal", "CONNECT sentry.internal:443 ", id="TLS"),
        pytest.param("http://sentry.internal", "GET http://sentry.internal/api/", id="no TLS"),
    ],
)
def test_a_proxy_that_refuses_the_credentials_gets_one_request_and_is_named(
    job: Job, url: str, first: str
) -> None:
    with answering(*WANTS_CREDENTIALS) as (proxy, requests):
        job.environ |= {"ALL_PROXY": proxy, "SENTRY_URL": url}
        job.environ["NO_PROXY"] = "127.0.0.1"  # GitHub
        main = job.main()

    assert [line.startswith(first) for line in requests] == [True]
    assert main.exit_code == 4
    assert f"error: The proxy on the way to {url} requires other credentials" in "".join(
        main.annotations
    )
    assert main.outputs["release"] == NAME
    assert "secret" not in main.log
    assert job.time.passed_s == 0


def test_a_proxy_that_does_not_connect_is_an_outage(job: Job) -> None:
    with answering("HTTP/1.1 503 Service Unavailable") as (proxy, requests):
        job.environ |= {"HTTPS_PROXY": proxy, "SENTRY_URL": "https://sentry.internal"}
        main = job.main(timeout="5")

    assert len(requests) > 1
    assert main.exit_code == 0
    assert f"through the proxy http://{proxy.partition('@')[2]}: " in main.annotations[0]
    assert "Tunnel connection failed: 503 Service Unavailable" in main.annotations[0]


def test_a_proxy_that_hangs_is_given_up_in_time(job: Job, sentry: FakeServers) -> None:
    def hang(client: socket.socket) -> None:
        client.recv(65536)
        job.time.hang()

    with trap(hang) as port:
        job.environ |= {
            "HTTPS_PROXY": f"http://127.0.0.1:{port}",
            "SENTRY_URL": "https://sentry.internal",
        }
        main = job.main(timeout="20")

    assert main.exit_code == 0
    assert "TimeoutError: not finished after" in main.annotations[0]
    assert job.time.passed_s <= 20
    assert sentry.ledger.entries == ()
