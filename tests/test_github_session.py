"""How GitHub is asked: over how many connections, how often, and what a response may be."""

import gzip
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import trustme
from trusting import trusted

from sentry_release.adapters.github.session_options import find_ca_bundle
from sentry_release.doors.github.api import GithubApi
from sentry_release.doors.github.client import Client
from sentry_release.doors.real_clock import real_clock
from sentry_release.words.clock import Deadline
from sentry_release.words.commits import CommitRange, History
from sentry_release.words.errors import OutageError, RefusedError, WorkflowError
from stage import Job
from standin import Change, Repository, StandIn, Status
from standin.traps import trap

PAGE = "https://sentry.io/organizations/acme/releases/shop/"
HERE = "https://github.com/acme/app/actions/runs/7/job/4711"
MOST_AT_ONCE = 16
Ask = Callable[[str], History]


def github_at(url: str, token: str = "none", limit_s: float = 60, **environ: str) -> GithubApi:  # noqa: S107 - not a secret
    return GithubApi(
        client=Client(
            api_url=url,
            token=token,
            name="acme/app",
            log=lambda _: None,
            say=lambda _: None,
            deadline=Deadline(clock=real_clock(), at=time.monotonic() + limit_s),
            environ=environ,
        )
    )


def door(stand_in: StandIn, **environ: str) -> GithubApi:
    return github_at(stand_in.github_url, stand_in.github_token, 60, **environ)


@pytest.fixture
def repository() -> Repository:
    """A first commit on main."""
    made = Repository()
    made.commit("feat: first")
    return made


@pytest.fixture
def github(repository: Repository) -> Iterator[StandIn]:
    with StandIn(repositories=(repository,)) as stand_in:
        yield stand_in


@pytest.fixture
def ask(github: StandIn, repository: Repository) -> Ask:
    def asked(previous: str) -> History:
        head = repository.branches["main"]
        commits = CommitRange(
            repository="acme/app", source="acme/app", head=head, previous=previous
        )
        return door(github).history(commits)

    return asked


def grown(repository: Repository, count: int) -> str:
    """So many more commits, each with a file of its own; gives where they begin."""
    base = repository.branches["main"]
    for number in range(count):
        repository.commit(f"feat: {number}", Change(status="added", path=f"{number}.dart"))
    return base


def packed(text: bytes) -> str:
    """What the stand-in sends as these bytes, gzipped."""
    return gzip.compress(text).decode("ascii", "surrogateescape")


def test_a_body_that_does_not_end_costs_no_more_than_the_time_limit() -> None:
    def begin(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n[")
        with suppress(OSError):
            for _ in range(40):  # two seconds
                time.sleep(0.05)
                connection.sendall(b"1,")

    began = time.monotonic()
    with trap(begin) as port:
        api = github_at(f"http://127.0.0.1:{port}", limit_s=1)
        with pytest.raises(OutageError, match=r"it took more than 0\.5 s"):
            api.tags()
        assert time.monotonic() - began < 1.5


def test_files_are_read_over_at_most_sixteen_connections(
    ask: Ask, repository: Repository, github: StandIn
) -> None:
    found = ask(grown(repository, 60))

    connections = {entry.connection for entry in github.ledger.entries}
    assert [len(commit.files) for commit in found.commits] == [1] * 60
    assert 1 < len(connections) <= MOST_AT_ONCE


def test_the_only_commit_of_a_range_costs_one_request(
    ask: Ask, repository: Repository, github: StandIn
) -> None:
    (commit,) = ask(grown(repository, 1)).commits

    assert [file.path for file in commit.files] == ["0.dart"]
    assert len(github.ledger.entries) == 1


@pytest.mark.parametrize(("files", "asked"), [(299, 1), (300, 2)])
def test_a_comparison_that_may_not_tell_all_files_does_not_stand_for_them(
    ask: Ask, repository: Repository, github: StandIn, files: int, asked: int
) -> None:
    base = repository.branches["main"]
    repository.commit("chore", *(Change(status="added", path=f"{n}") for n in range(files)))

    (commit,) = ask(base).commits

    assert (len(commit.files), len(github.ledger.entries)) == (files, asked)


def test_the_files_of_a_merge_are_asked_of_the_merge(
    ask: Ask, repository: Repository, github: StandIn
) -> None:
    base = repository.branches["main"]
    repository.branches["topic"] = base
    topic = repository.commit("feat: topic", branch="topic").sha
    repository.commit("Merge topic", Change(status="added", path="a"), merges=(topic,))

    (commit,) = ask(topic).commits

    assert [file.path for file in commit.files] == ["a"]
    assert len(github.ledger.entries) == 2


def test_a_packed_answer_is_unpacked(ask: Ask, github: StandIn) -> None:
    body = b'{"status": "identical", "total_commits": 0, "commits": []}'
    headers = {"Content-Encoding": "gzip"}
    github.fail("GET", "compare/*", Status(status=200, body=packed(body), headers=headers))

    assert ask("f" * 40).commits == ()
    assert "gzip" in github.ledger.entries[0].headers["accept-encoding"]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(lambda: packed(b'{"status": "identical"}')[:-9], id="cut short"),
        pytest.param(lambda: "not packed at all", id="not packed"),
    ],
)
def test_a_response_that_cannot_be_unpacked_is_an_outage(
    ask: Ask, github: StandIn, body: Callable[[], str]
) -> None:
    fault = Status(status=200, body=body(), headers={"Content-Encoding": "gzip"})
    github.fail("GET", "compare/*", fault, times=None)

    with pytest.raises(OutageError, match="compare the commits"):
        ask("f" * 40)


def test_a_redirect_to_another_server_is_an_outage(ask: Ask, github: StandIn) -> None:
    elsewhere = {"Location": "https://api.github.example/repos/acme/app"}
    github.fail("GET", "compare/*", Status(status=301, body="{}", headers=elsewhere), times=None)

    with pytest.raises(OutageError):
        ask("f" * 40)


@pytest.mark.parametrize(
    "elsewhere", ["https://api.github.example/tags?page=2", "http://127.0.0.1:9/tags?page=2"]
)
def test_the_next_page_of_another_server_is_not_read(github: StandIn, elsewhere: str) -> None:
    tag = {"name": "v1", "commit": {"sha": "a" * 40, "url": ""}, "zipball_url": ""}
    link = {"Link": f'<{elsewhere}>; rel="next"'}
    github.fail("GET", "**tags*", Status(status=200, body=[tag], headers=link))

    with pytest.raises(OutageError, match="AssertionError"):
        door(github).tags()

    assert len(github.ledger.entries) == 1


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_read_that_fails_is_repeated_twice(github: StandIn, status: int) -> None:
    github.fail("GET", "**tags*", Status(status=status), times=None)

    with pytest.raises(OutageError, match=f"it answered {status}"):
        door(github).tags()

    assert len(github.ledger.entries) == 3


@pytest.mark.parametrize("status", [401, 403, 404, 422])
def test_a_refusal_is_not_repeated(github: StandIn, status: int) -> None:
    github.fail("GET", "**tags*", Status(status=status, body={"message": "no"}), times=None)

    with pytest.raises(RefusedError):
        door(github).tags()

    assert len(github.ledger.entries) == 1


@pytest.mark.parametrize("after", ["3600", "31"])
def test_a_longer_wait_than_the_limit_is_not_waited(github: StandIn, after: str) -> None:
    later = Status(
        status=403,
        body={"message": "You have exceeded a secondary rate limit"},
        headers={"Retry-After": after},
    )
    github.fail("GET", "**tags*", later, times=None)
    began = time.monotonic()

    with pytest.raises(OutageError, match="its rate limit is reached"):
        door(github).tags()

    assert len(github.ledger.entries) == 1
    assert time.monotonic() - began < 5


def test_a_proxy_that_refuses_the_credentials_is_asked_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = []

    def refuse(connection: socket.socket) -> None:
        asked.append(connection.recv(65536))
        connection.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")

    with trap(refuse) as port:
        monkeypatch.setenv("HTTPS_PROXY", f"http://user:secret@127.0.0.1:{port}")
        with pytest.raises(OutageError, match="407 Proxy Authentication Required") as failed:
            github_at("https://api.github.example").tags()

    assert len(asked) == 1
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
def secure(authority: Path) -> Iterator[StandIn]:
    """GitHub behind TLS with a certificate of that authority."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority.with_name("server.pem"))
    with StandIn(tls=context) as stand_in:
        yield stand_in


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"])
def test_an_authority_of_ones_own_is_believed_of_github_too(
    secure: StandIn, authority: Path, variable: str
) -> None:
    base = grown(secure.repository, 40)
    head = secure.repository.branches["main"]
    commits = CommitRange(repository="acme/app", source="acme/app", head=head, previous=base)

    found = door(secure, **{variable: str(authority)}).history(commits)

    assert [len(commit.files) for commit in found.commits] == [1] * 40


def test_a_folder_of_authorities_is_trusted_for_github(
    secure: StandIn, authority: Path, tmp_path: Path
) -> None:
    folder = trusted(tmp_path / "authorities", authority.read_bytes())

    assert door(secure, SSL_CERT_DIR=str(folder)).tags() == ()


def test_files_of_authorities_are_trusted_beside_those_of_the_system(
    secure: StandIn, authority: Path
) -> None:
    bundle = find_ca_bundle({"SSL_CERT_FILE": str(authority)})

    context = ssl.create_default_context(cafile=str(bundle))
    assert context.cert_store_stats()["x509_ca"] > 50
    assert door(secure, SSL_CERT_FILE=str(authority)).tags() == ()


def test_a_file_of_authorities_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(WorkflowError, match=r"missing\.pem"):
        find_ca_bundle({"SSL_CERT_FILE": str(tmp_path / "missing.pem")})


def test_a_github_that_nobody_vouches_for_gets_no_token(secure: StandIn) -> None:
    with pytest.raises(OutageError, match="CERTIFICATE_VERIFY_FAILED"):
        door(secure).tags()

    assert secure.ledger.entries == ()


def test_a_job_that_brings_its_commits_believes_whom_the_workflow_names(
    secure: StandIn, authority: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "job"
    folder.mkdir()
    job = Job.recorded("push", sentry=secure, folder=folder)
    job.environ["SSL_CERT_FILE"] = str(authority)

    main = job.main(set_commits="github")

    assert main.annotations == []
    assert secure.releases["shop@1.4.0+27"].commits != []
