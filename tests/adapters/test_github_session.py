"""Requests to GitHub: over how many connections, how often, and which responses are accepted."""

import gzip
import socket
import ssl
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from types import FrameType

import pytest
import trustme
from trusting import trusted

from fake_sentry import Change, FakeServers, Repository, Status
from fake_sentry.traps import trap
from job import Job
from sentry_release.adapters.github.github_client import GitHubClient
from sentry_release.adapters.github.github_session import find_ca_bundle
from sentry_release.adapters.github.repository import GitHubRepository
from sentry_release.clock import Deadline
from sentry_release.errors import ApiError, ServiceUnavailableError, WorkflowError
from sentry_release.model.commits import CommitHistory, CommitRange
from sentry_release.services import create_system_clock

PAGE = "https://sentry.io/organizations/acme/releases/shop/"
HERE = "https://github.com/acme/app/actions/runs/7/job/4711"
MAX_AT_ONCE = 16
Query = Callable[[str], CommitHistory]


def wait_no_time(_seconds: float) -> None:
    """What a client does before the next try."""


def github_at(
    url: str,
    token: str = "none",  # noqa: S107 - not a secret
    limit_s: float = 60,
    sleep: Callable[[float], None] = wait_no_time,
    **environ: str,
) -> GitHubRepository:
    """A client whose waits before the next try are calls of `sleep`; other times are real."""
    clock = replace(create_system_clock(), sleep=sleep)
    return GitHubRepository(
        client=GitHubClient(
            api_url=url,
            token=token,
            name="acme/app",
            log_debug=lambda _: None,
            log_line=lambda _: None,
            deadline=Deadline(clock=clock, at=clock.monotonic() + limit_s),
            environ=environ,
        )
    )


def client(fake_server: FakeServers, **environ: str) -> GitHubRepository:
    return github_at(fake_server.github_url, fake_server.github_token, 60, wait_no_time, **environ)


@pytest.fixture
def repository() -> Repository:
    """A first commit on main."""
    made = Repository()
    made.commit("feat: first")
    return made


@pytest.fixture
def query(github: FakeServers, repository: Repository) -> Query:
    def requests(previous: str) -> CommitHistory:
        head = repository.branches["main"]
        commits = CommitRange(
            repository="acme/app", source="acme/app", head=head, previous=previous
        )
        return client(github).fetch_commits(commits)

    return requests


def grown(repository: Repository, count: int) -> str:
    """So many more commits, each with a file of its own; gives where they begin."""
    base = repository.branches["main"]
    for number in range(count):
        repository.commit(f"feat: {number}", Change(status="added", path=f"{number}.dart"))
    return base


def packed(text: bytes) -> str:
    """What the fake server sends as these bytes, gzipped."""
    return gzip.compress(text).decode("ascii", "surrogateescape")


def test_a_body_that_does_not_end_costs_no_more_than_the_time_limit() -> None:
    given_up = threading.Event()

    def begin(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n[")
        with suppress(OSError):
            for _ in range(40):  # two seconds at most
                if given_up.wait(0.05):
                    return
                connection.sendall(b"1,")

    began = time.monotonic()
    with trap(begin) as port:
        api = github_at(f"http://127.0.0.1:{port}", limit_s=1)
        with pytest.raises(ServiceUnavailableError, match=r"it took more than 0\.5 s"):
            api.list_tags()
        assert time.monotonic() - began < 1.5
        given_up.set()


def test_files_are_read_over_at_most_sixteen_connections(
    query: Query, repository: Repository, github: FakeServers
) -> None:
    found = query(grown(repository, 60))

    connections = {entry.connection for entry in github.ledger.entries}
    assert [len(commit.files) for commit in found.commits] == [1] * 60
    assert 1 < len(connections) <= MAX_AT_ONCE


def test_the_only_commit_of_a_range_costs_one_request(
    query: Query, repository: Repository, github: FakeServers
) -> None:
    (commit,) = query(grown(repository, 1)).commits

    assert [file.path for file in commit.files] == ["0.dart"]
    assert len(github.ledger.entries) == 1


@pytest.mark.parametrize(("files", "requests"), [(299, 1), (300, 2)])
def test_a_comparison_that_may_lack_files_is_not_used_for_them(
    query: Query, repository: Repository, github: FakeServers, files: int, requests: int
) -> None:
    base = repository.branches["main"]
    repository.commit("chore", *(Change(status="added", path=f"{n}") for n in range(files)))

    (commit,) = query(base).commits

    assert (len(commit.files), len(github.ledger.entries)) == (files, requests)


def test_the_files_of_a_merge_are_requested_from_the_merge(
    query: Query, repository: Repository, github: FakeServers
) -> None:
    base = repository.branches["main"]
    repository.branches["topic"] = base
    topic = repository.commit("feat: topic", branch="topic").sha
    repository.commit("Merge topic", Change(status="added", path="a"), merges=(topic,))

    (commit,) = query(topic).commits

    assert [file.path for file in commit.files] == ["a"]
    assert len(github.ledger.entries) == 2


def test_a_packed_answer_is_unpacked(query: Query, github: FakeServers) -> None:
    body = b'{"status": "identical", "total_commits": 0, "commits": []}'
    headers = {"Content-Encoding": "gzip"}
    github.fail("GET", "compare/*", Status(status=200, body=packed(body), headers=headers))

    assert query("f" * 40).commits == ()
    assert "gzip" in github.ledger.entries[0].headers["accept-encoding"]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(lambda: packed(b'{"status": "identical"}')[:-9], id="cut short"),
        pytest.param(lambda: "not packed at all", id="not packed"),
    ],
)
def test_a_response_that_cannot_be_unpacked_is_an_outage(
    query: Query, github: FakeServers, body: Callable[[], str]
) -> None:
    fault = Status(status=200, body=body(), headers={"Content-Encoding": "gzip"})
    github.fail("GET", "compare/*", fault, times=None)

    with pytest.raises(ServiceUnavailableError, match="compare the commits"):
        query("f" * 40)


def test_a_redirect_to_another_server_is_an_outage(query: Query, github: FakeServers) -> None:
    elsewhere = {"Location": "https://api.github.example/repos/acme/app"}
    github.fail("GET", "compare/*", Status(status=301, body="{}", headers=elsewhere), times=None)

    with pytest.raises(ServiceUnavailableError):
        query("f" * 40)


@pytest.mark.parametrize(
    "elsewhere", ["https://api.github.example/tags?page=2", "http://127.0.0.1:9/tags?page=2"]
)
def test_the_next_page_of_another_server_is_not_read(github: FakeServers, elsewhere: str) -> None:
    tag = {"name": "v1", "commit": {"sha": "a" * 40, "url": ""}, "zipball_url": ""}
    link = {"Link": f'<{elsewhere}>; rel="next"'}
    github.fail("GET", "**tags*", Status(status=200, body=[tag], headers=link))

    with pytest.raises(ServiceUnavailableError, match="AssertionError"):
        client(github).list_tags()

    assert len(github.ledger.entries) == 1


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_read_that_fails_is_repeated_twice(github: FakeServers, status: int) -> None:
    github.fail("GET", "**tags*", Status(status=status), times=None)
    waits: list[float] = []
    api = github_at(github.github_url, github.github_token, sleep=waits.append)

    with pytest.raises(ServiceUnavailableError, match=f"it answered {status}"):
        api.list_tags()

    assert len(github.ledger.entries) == 3
    assert waits == [0, 1]


@pytest.mark.parametrize("status", [401, 403, 404, 422])
def test_a_refusal_is_not_repeated(github: FakeServers, status: int) -> None:
    github.fail("GET", "**tags*", Status(status=status, body={"message": "no"}), times=None)

    with pytest.raises(ApiError):
        client(github).list_tags()

    assert len(github.ledger.entries) == 1


@pytest.mark.parametrize("after", ["3600", "31"])
def test_a_longer_wait_than_the_limit_is_not_waited(github: FakeServers, after: str) -> None:
    later = Status(
        status=403,
        body={"message": "You have exceeded a secondary rate limit"},
        headers={"Retry-After": after},
    )
    github.fail("GET", "**tags*", later, times=None)
    waits: list[float] = []
    api = github_at(github.github_url, github.github_token, sleep=waits.append)

    with pytest.raises(ServiceUnavailableError, match="its rate limit is reached"):
        api.list_tags()

    assert len(github.ledger.entries) == 1
    assert waits == []


def test_a_proxy_that_refuses_the_credentials_gets_one_request(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    requests = []

    def refuse(connection: socket.socket) -> None:
        requests.append(connection.recv(65536))
        connection.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")

    with trap(refuse) as port:
        monkeypatch.setenv("HTTPS_PROXY", f"http://user:secret@127.0.0.1:{port}")
        with pytest.raises(
            ServiceUnavailableError, match="407 Proxy Authentication Required"
        ) as failed:
            github_at("https://api.github.example").list_tags()

    assert len(requests) == 1
    assert "secret" not in str(failed.value)


@pytest.fixture
def authority(tmp_path: Path) -> Path:
    """The file of an authority that no system knows."""
    made = trustme.CA()
    made.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    made.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(
        str(tmp_path / "server.pem")
    )
    return tmp_path / "ca.pem"


@pytest.fixture
def secure(authority: Path) -> Iterator[FakeServers]:
    """GitHub behind TLS with a certificate of that authority."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority.with_name("server.pem"))
    with FakeServers(tls=context) as fake_server:
        yield fake_server


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"])
def test_a_custom_certificate_authority_is_trusted_for_github_too(
    secure: FakeServers, authority: Path, variable: str
) -> None:
    base = grown(secure.repository, 4)  # each is requested over a connection of its own
    head = secure.repository.branches["main"]
    commits = CommitRange(repository="acme/app", source="acme/app", head=head, previous=base)

    found = client(secure, **{variable: str(authority)}).fetch_commits(commits)

    assert [len(commit.files) for commit in found.commits] == [1] * 4


def test_a_folder_of_authorities_is_trusted_for_github(
    secure: FakeServers, authority: Path, tmp_path: Path
) -> None:
    folder = trusted(tmp_path / "authorities", authority.read_bytes())

    assert client(secure, SSL_CERT_DIR=str(folder)).list_tags() == ()


def test_files_of_authorities_are_trusted_beside_those_of_the_system(
    secure: FakeServers, authority: Path
) -> None:
    bundle = find_ca_bundle({"SSL_CERT_FILE": str(authority)})

    context = ssl.create_default_context(cafile=str(bundle))
    assert context.cert_store_stats()["x509_ca"] > 50
    assert client(secure, SSL_CERT_FILE=str(authority)).list_tags() == ()


def test_a_file_of_authorities_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(WorkflowError, match=r"missing\.pem"):
        find_ca_bundle({"SSL_CERT_FILE": str(tmp_path / "missing.pem")})


def test_a_github_without_a_trusted_certificate_gets_no_token(secure: FakeServers) -> None:
    with pytest.raises(ServiceUnavailableError, match="CERTIFICATE_VERIFY_FAILED"):
        client(secure).list_tags()

    assert secure.ledger.entries == ()


def test_a_job_that_brings_its_commits_believes_whom_the_workflow_names(
    secure: FakeServers, authority: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "job"
    folder.mkdir()
    job = Job.recorded("push", sentry=secure, folder=folder)
    job.environ["SSL_CERT_FILE"] = str(authority)

    main = job.main(set_commits="github")

    assert main.annotations == []
    assert secure.releases["shop@1.4.0+27"].commits != []


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        pytest.param(lambda: " " * 17 * 1024 * 1024, {}, id="plain"),
        pytest.param(
            lambda: packed(b" " * 1024 * 1024) * 200, {"Content-Encoding": "gzip"}, id="packed"
        ),
    ],
)
def test_a_response_of_more_than_sixteen_megabytes_is_refused(
    github: FakeServers, query: Query, body: Callable[[], str], headers: dict[str, str]
) -> None:
    github.fail("GET", "/github/**", Status(status=200, body=body(), headers=headers), times=None)
    tracemalloc.start()
    try:
        with pytest.raises(ServiceUnavailableError, match="larger than 16777216 bytes"):
            query("HEAD~1")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert peak < 150 * 1024 * 1024


def test_a_large_error_is_read_in_part(github: FakeServers, query: Query) -> None:
    body = packed(b"x" * 1024 * 1024) * 50
    error = Status(status=422, body=body, headers={"Content-Encoding": "gzip"})
    github.fail("GET", "/github/**", error, times=None)

    with pytest.raises(ApiError, match="422"):
        query("HEAD~1")


def responding(content: bytes) -> Callable[[socket.socket], None]:
    """What a server does that answers the first request of each connection with these bytes."""

    def respond(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(content)

    return respond


TAGS = b'[{"name": "v1", "commit": {"sha": "%s", "url": ""}, "zipball_url": ""}]' % (b"a" * 40)
FINAL = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(TAGS), TAGS)
EARLY = b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"


@pytest.mark.parametrize(
    "before",
    [
        pytest.param(b"HTTP/1.1 100 Continue\r\n\r\n", id="100"),
        pytest.param(b"HTTP/1.1 102 Processing\r\n\r\n", id="102"),
        pytest.param(EARLY * 3, id="three times 103"),
        pytest.param(EARLY + b"HTTP/1.1 100 Continue\r\n\r\n", id="103 and 100"),
    ],
)
def test_informational_responses_of_github_are_skipped(before: bytes) -> None:
    with trap(responding(before + FINAL)) as port:
        tags = github_at(f"http://127.0.0.1:{port}").list_tags()

    assert tags == (("v1", "a" * 40),)


@pytest.mark.parametrize(
    "head",
    [
        pytest.param(EARLY * 100, id="informational responses without end"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 30\r\n", id="two lengths"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n", id="a shorter length"),
    ],
)
def test_a_malformed_response_of_github_is_an_outage(head: bytes) -> None:
    content = head + FINAL.removeprefix(b"HTTP/1.1 200 OK\r\n") if b" 200 " in head else head
    with trap(responding(content)) as port:
        github = github_at(f"http://127.0.0.1:{port}", limit_s=5)
        with pytest.raises(
            ServiceUnavailableError, match=r"informational responses|differing Content-Length"
        ):
            github.list_tags()


def test_a_request_is_not_replaced_by_that_of_another_thread(
    query: Query, repository: Repository
) -> None:
    """PyGithub stores a request in its connection before it sends it."""
    both = threading.Barrier(2)

    def pause(frame: FrameType, *_: object) -> None:
        request = frame.f_locals.get("self")
        if frame.f_code.co_name == "getresponse" and "/commits/" in getattr(request, "url", ""):
            with suppress(threading.BrokenBarrierError):
                both.wait(5)

    base = grown(repository, 2)
    threading.settrace(pause)
    try:
        found = query(base)
    finally:
        threading.settrace(None)

    assert [file.path for commit in found.commits for file in commit.files] == ["1.dart", "0.dart"]
    assert not both.broken


def test_half_a_pair_of_surrogates_in_a_commit_is_replaced(
    query: Query, repository: Repository
) -> None:
    base = repository.branches["main"]
    repository.commit("feat: \ud83d half", Change(status="added", path="a"))

    (commit,) = query(base).commits

    assert commit.message == "feat: \ufffd half"
