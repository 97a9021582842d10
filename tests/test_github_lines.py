"""Claims about how GitHub is spoken to: over which lines, how often, and what an answer may be."""

import gzip
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import trustme

from sentry_release.doors.github.api import GithubApi
from sentry_release.doors.github.carrier import Carrier
from sentry_release.doors.github.client import Client
from sentry_release.doors.github.lines import Lines
from sentry_release.doors.real_clock import real_clock
from sentry_release.words.clock import Deadline
from sentry_release.words.commits import CommitRange, History
from sentry_release.words.errors import OutageError
from stage import Job
from standin import Change, Repository, Reset, StandIn, Status
from standin.traps import trap

PAGE = "https://sentry.io/organizations/acme/releases/shop/"
HERE = "https://github.com/acme/app/actions/runs/7/job/4711"
MOST_AT_ONCE = 16
Ask = Callable[[str], History]


def deadline() -> Deadline:
    """A minute from now."""
    return Deadline(clock=real_clock(), at=time.monotonic() + 60)


def door(stand_in: StandIn, **environ: str) -> GithubApi:
    return GithubApi(
        client=Client(
            api_url=stand_in.github_url,
            token=stand_in.github_token,
            name="acme/app",
            log=lambda _: None,
            say=lambda _: None,
            deadline=deadline(),
            environ=environ,
        )
    )


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


def test_a_body_that_was_cut_off_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sentry_release.doors.github.lines.ANSWER_S", 0.2)

    def begin(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n[1")
        connection.recv(1)  # until the other side has had enough

    with trap(begin) as port:
        lines = Lines(f"http://127.0.0.1:{port}", {}, deadline())
        with pytest.raises(TimeoutError):
            lines.ask("POST", "/", None, {})


def test_files_are_asked_for_on_as_many_lines_as_are_worth_it_and_on_no_more(
    ask: Ask, repository: Repository, github: StandIn
) -> None:
    found = ask(grown(repository, 60))

    lines = {entry.connection for entry in github.ledger.entries}
    assert [len(commit.files) for commit in found.commits] == [1] * 60
    assert 1 < len(lines) <= MOST_AT_ONCE


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
    assert github.ledger.entries[0].headers["accept-encoding"] == "gzip"


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(
            lambda: packed(b" " * 70_000_000), id="a few bytes that unpack to 70 megabytes"
        ),
        pytest.param(lambda: packed(b'{"status": "identical"}')[:-9], id="cut short"),
        pytest.param(lambda: "nothing that was packed", id="not packed at all"),
    ],
)
def test_an_answer_that_cannot_be_unpacked_is_an_outage(
    ask: Ask, github: StandIn, body: Callable[[], str]
) -> None:
    fault = Status(status=200, body=body(), headers={"Content-Encoding": "gzip"})
    github.fail("GET", "compare/*", fault, times=None)

    with pytest.raises(OutageError, match="compare the commits"):
        ask("f" * 40)


def test_an_answer_without_end_is_an_outage(ask: Ask, github: StandIn) -> None:
    endless = Status(status=200, body=" " * 40_000_000)
    github.fail("GET", "compare/*", endless, times=None)

    with pytest.raises(OutageError, match="HTTPException"):
        ask("f" * 40)


def test_a_redirect_to_another_server_is_an_outage(ask: Ask, github: StandIn) -> None:
    elsewhere = {"Location": "https://api.github.example/repos/acme/app"}
    github.fail("GET", "compare/*", Status(status=301, body="{}", headers=elsewhere), times=None)

    with pytest.raises(OutageError):
        ask("f" * 40)


@pytest.mark.parametrize("place", [("uploads.github.com", None), ("api.github.com", 8080)])
def test_the_token_goes_to_no_server_but_that_of_the_api(place: tuple[str, int | None]) -> None:
    lines = Lines("https://api.github.com", {}, deadline())

    with pytest.raises(OSError, match="another server"):
        Carrier(lines, *place)


@pytest.mark.parametrize("fault", [Status(status=502), Reset()], ids=str)
def test_a_status_that_may_have_been_written_is_not_written_again(
    github: StandIn, repository: Repository, fault: Status | Reset
) -> None:
    made = repository.deployment("production", ("success", HERE))
    github.fail("POST", "statuses", fault, times=None)

    with pytest.raises(OutageError):
        door(github).link_deployment(made.id, PAGE)

    assert [entry.method for entry in github.ledger.entries].count("POST") == 1


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

    main = job.main(commits="github")

    assert main.annotations == []
    assert secure.releases["shop@1.4.0+27"].commits != []
