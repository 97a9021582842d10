"""Claims about real time: nothing that hangs outlasts what it is given."""

import select
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import trustme

from sentry_release.doors.http.reaching import Errand
from sentry_release.doors.real_clock import real_clock
from sentry_release.doors.sentry.api import SentryApi
from sentry_release.doors.sentry.knocking import Knock, knocked
from sentry_release.doors.sentry.opened import opened
from sentry_release.words.errors import OutageError
from standin import Drip, Fault, Hang, Slow, StandIn
from standin.traps import Names, closed_port, trap

BUDGET_S = 0.9  # a request may take a third of it, and no second one fits in
HOST = "sentry.example"


def door(url: str, token: str = "any", knock: Knock | None = None) -> SentryApi:  # noqa: S107 - there is no secret here
    return opened(
        url=url,
        token=token,
        organization="acme",
        projects=("shop",),
        agent="test",
        environ={},
        clock=real_clock(),
        log=lambda _: None,
        budget_s=BUDGET_S,
        knock=knock,
    )


@contextmanager
def given_up(saying: str) -> Iterator[None]:
    """The block ends in an outage, and in time."""
    began = time.monotonic()
    with pytest.raises(OutageError, match=saying):
        yield
    assert BUDGET_S / 3 - 0.05 <= time.monotonic() - began < BUDGET_S


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(Hang(seconds=30), id="says nothing"),
        pytest.param(Drip(part="head"), id="drips its head"),
        pytest.param(Drip(part="body"), id="drips its body"),
        pytest.param(Slow(seconds=30, half=True), id="stops in the middle"),
    ],
)
@pytest.mark.parametrize("keep_alive", [True, False], ids=["kept", "closed afterwards"])
def test_an_answer_is_given_up_in_time(fault: Fault, *, keep_alive: bool) -> None:
    with StandIn(keep_alive=keep_alive) as sentry:
        sentry.fail("GET", "**", fault, times=None)

        with given_up("no answer in time"):
            door(sentry.url, sentry.token).deploys("shop@1")

        assert len(sentry.ledger.entries) == 1


def test_a_tls_greeting_that_hangs_is_given_up_in_time() -> None:
    def hang(connection: socket.socket) -> None:
        while connection.recv(65536):
            """Until the other side has had enough."""

    with trap(hang) as port, given_up("could not be reached"):
        door(f"https://127.0.0.1:{port}").deploys("shop@1")


def test_a_look_up_that_hangs_is_given_up_in_time() -> None:
    names = Names(host=HOST, port=1)
    names.plan = lambda _: names.hangs(lambda: None)

    with names.in_use(), given_up("no connection .TimeoutError: looking up"):
        door(f"http://{HOST}:1").deploys("shop@1")


def test_the_next_address_is_tried_where_the_first_does_not_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real = socket.getaddrinfo
    with closed_port() as closed, StandIn() as sentry:

        def look_up(_host: Any, port: Any, *rest: Any, **more: Any) -> Any:  # noqa: ANN401 - socket's
            ports = (closed, port)
            return [real("127.0.0.1", one, *rest, **more)[0] for one in ports]

        monkeypatch.setattr(socket, "getaddrinfo", look_up)
        api = door(sentry.url, sentry.token)

        assert list(api.pages(None)) == [()]


def test_a_name_that_is_none_is_an_outage_and_no_bug() -> None:
    with pytest.raises(OutageError, match="no connection"):
        door(f"http://{'a' * 64}.example").deploys("shop@1")


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(b"", id="without a word"),
        pytest.param(b"HTTP/1.1 408 Request Time-out\r\nContent-Length: 0\r\n\r\n", id="in words"),
    ],
)
def test_a_connection_that_waited_too_long_for_its_first_request_is_made_anew(said: bytes) -> None:
    early, server = socket.socketpair()
    server.sendall(said)
    server.close()

    with StandIn() as sentry:
        knock = Knock(sentry.url, Errand(lambda: early))

        assert list(door(sentry.url, sentry.token, knock).pages(None)) == [()]
        assert len(sentry.ledger.entries) == 1
    assert early.fileno() == -1


def test_a_connection_that_leads_elsewhere_is_let_go() -> None:
    early, server = socket.socketpair()
    knock = Knock("https://sentry.io", Errand(lambda: early))
    knock.errand.result(5, real_clock().alarm)

    with server, StandIn() as sentry:
        assert list(door(sentry.url, sentry.token, knock).pages(None)) == [()]
        assert early.fileno() == -1


def test_the_tickets_of_tls_are_not_taken_for_a_word_of_the_server(tmp_path: Path) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    environ = {"SSL_CERT_FILE": str(tmp_path / "ca.pem")}

    with StandIn(tls=context) as sentry:
        knock = knocked(["main"], {"SENTRY_AUTH_TOKEN": "t", "SENTRY_URL": sentry.url, **environ})
        assert knock
        early = knock.errand.result(5, real_clock().alarm)
        select.select([early], [], [], 5)  # until the tickets have come

        assert list(door(sentry.url, sentry.token, knock).pages(None)) == [()]
        assert [entry.connection for entry in sentry.ledger.entries] == [1]
