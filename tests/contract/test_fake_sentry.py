"""What the fake Sentry has beyond Sentry's API: faults, mails, latency, TLS, a ledger, a GitHub."""

import ssl
import time
from collections.abc import Iterator

import github
import pytest
import trustme
import urllib3

from fake_sentry import (
    HTML,
    NOT_ACCESSIBLE,
    TRUNCATED_JSON,
    Change,
    Closed,
    CutShort,
    Delay,
    FakeServers,
    Fault,
    Mail,
    Repository,
    Reset,
    Slow,
    Status,
    default_repository,
    rate_limited,
    redirect,
)

RELEASES = "/api/0/organizations/acme/releases/"
DEPLOYS = f"{RELEASES}shop@1/deploys/"
OPEN = {"version": "shop@1", "projects": ["shop"]}


@pytest.fixture
def contract_fake() -> Iterator[FakeServers]:
    with FakeServers() as sentry:
        yield sentry


@pytest.fixture
def contract_pool(contract_fake: FakeServers) -> Iterator[urllib3.HTTPConnectionPool]:
    headers = {"Authorization": f"Bearer {contract_fake.token}"}
    with urllib3.connection_from_url(
        contract_fake.url, retries=False, headers=headers, timeout=5
    ) as pool:
        assert isinstance(pool, urllib3.HTTPConnectionPool)
        pool.request("POST", RELEASES, json=OPEN)
        contract_fake.ledger.clear()
        yield pool


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Reset(), "ConnectionResetError"),
        (Closed(), "RemoteDisconnected"),
        (CutShort(), "IncompleteRead"),
        (Delay(seconds=0.05), "RemoteDisconnected"),
    ],
)
@pytest.mark.parametrize("applied", [True, False])
def test_lost_answer_leaves_a_deploy_only_when_it_was_applied(
    contract_fake: FakeServers,
    contract_pool: urllib3.HTTPConnectionPool,
    fault: Fault,
    error: str,
    applied: bool,  # noqa: FBT001 - a parameter of the table
) -> None:
    contract_fake.fail("POST", "releases/*/deploys/", fault, applied=applied)

    with pytest.raises(urllib3.exceptions.HTTPError, match=error):
        contract_pool.request("POST", DEPLOYS, json={"environment": "qa"})

    assert len(contract_fake.releases["shop@1"].deploys) == applied
    assert contract_pool.request("POST", DEPLOYS, json={"environment": "qa"}).status == 201


@pytest.mark.parametrize(
    ("fault", "status", "beginning"),
    [
        (Status(status=503, body={"detail": "down"}), 503, b'{"detail": "down"}'),
        (rate_limited(1700000000), 429, b'"You are attempting to use this endpoint too'),
        (HTML, 200, b"<!doctype html>"),
        (TRUNCATED_JSON, 200, b'{"id": 1, "version": "sh'),
        (redirect("https://elsewhere.test/"), 302, b""),
    ],
)
def test_a_fault_replaces_the_regular_response(
    contract_fake: FakeServers,
    contract_pool: urllib3.HTTPConnectionPool,
    fault: Status,
    status: int,
    beginning: bytes,
) -> None:
    contract_fake.fail("POST", "releases/*/deploys/", fault)

    actual = contract_pool.request("POST", DEPLOYS, json={"environment": "qa"}, redirect=False)

    assert (actual.status, actual.data[: len(beginning)]) == (status, beginning)
    assert {name: actual.headers[name] for name in fault.headers} == fault.headers
    assert contract_fake.releases["shop@1"].deploys == []


def test_slow_answer_is_true_and_late(
    contract_fake: FakeServers, contract_pool: urllib3.HTTPConnectionPool
) -> None:
    contract_fake.fail("GET", "releases/", Slow(seconds=0.1))
    start = time.monotonic()

    assert contract_pool.request("GET", RELEASES).status == 200
    assert time.monotonic() - start >= 0.1


def test_faults_apply_in_order_to_matching_requests_as_often_as_requested(
    contract_fake: FakeServers, contract_pool: urllib3.HTTPConnectionPool
) -> None:
    contract_fake.fail("GET", "releases/", Status(status=500), times=2)
    contract_fake.fail("*", "releases/?per_page=*", Status(status=502))
    contract_fake.fail("*", "/api/**", Status(status=503), times=None)
    paths = [f"{RELEASES}?per_page=1"] * 4 + [DEPLOYS] * 2

    statuses = [contract_pool.request("GET", path).status for path in paths]
    contract_fake.hint()

    assert statuses == [500, 500, 502, 503, 503, 503]
    assert contract_pool.request("GET", DEPLOYS).status == 200


def test_the_ledger_has_one_line_per_request(
    contract_fake: FakeServers, contract_pool: urllib3.HTTPConnectionPool
) -> None:
    contract_pool.request("GET", "/github/repos/acme/app/tags?per_page=5", headers={})
    contract_fake.fail("POST", "releases/*/deploys/", Reset())
    with pytest.raises(urllib3.exceptions.ProtocolError):
        contract_pool.request("POST", DEPLOYS, json={"name": "run é", "environment": "qa"})
    contract_pool.request("GET", RELEASES)

    assert contract_fake.ledger.lines() == [
        "GET /github/repos/acme/app/tags?per_page=5",
        f'POST {DEPLOYS} {{"environment": "qa", "name": "run é"}}',
        f"GET {RELEASES}",
    ]
    assert len(contract_fake.ledger.lines("sentry")) == 2
    entries = contract_fake.ledger.entries
    assert [entry.service for entry in entries] == ["github", "sentry", "sentry"]
    assert [entry.status for entry in entries] == [200, None, 200]
    assert [entry.connection for entry in entries] == [1, 1, 2]
    assert entries[1].headers["authorization"] == f"Bearer {contract_fake.token}"
    assert entries[1].body == {"environment": "qa", "name": "run é"}


def test_commits_being_processed_are_a_409(
    contract_fake: FakeServers, contract_pool: urllib3.HTTPConnectionPool
) -> None:
    contract_fake.refuse_commits("shop@1")
    path, body = f"{RELEASES}shop@1/", {"commits": [{"id": "a"}]}

    refused, taken = (contract_pool.request("PUT", path, json=body) for _ in range(2))

    assert refused.status == 409
    assert refused.json() == {"detail": "Release commits are currently being processed"}
    assert (taken.status, taken.json()["commitCount"]) == (200, 1)


def _refs(fake_server: FakeServers, head: str) -> dict[str, object]:
    base = next(iter(fake_server.repository.commits))
    return {"refs": [{"repository": "acme/app", "commit": head, "previousCommit": base}]}


def test_deploy_mail_waits_for_the_commits_and_is_sent_for_each_deploy(
    contract_fake: FakeServers, contract_pool: urllib3.HTTPConnectionPool
) -> None:
    contract_fake.store.fetch_delay = 60
    refs = _refs(contract_fake, "main")
    contract_pool.request("POST", RELEASES, json={**OPEN, **refs, "version": "shop@1.4.0+27"})
    path = f"{RELEASES}shop@1.4.0+27/deploys/"

    contract_pool.request("POST", path, json={"environment": "production"})
    assert contract_fake.mails == []
    contract_fake.land_commits()
    contract_pool.request("POST", path, json={"environment": "qa"})

    app = "Re: [Sentry] Deployed version 1.4.0 (27) to"
    assert contract_fake.mails == [
        Mail(recipient="dev@example.com", app=f"{app} production"),
        Mail(recipient="dev@example.com", app=f"{app} qa"),
    ]


def test_deploy_before_any_commits_is_never_mailed(
    contract_fake: FakeServers, contract_pool: urllib3.HTTPConnectionPool
) -> None:
    contract_pool.request("POST", DEPLOYS, json={"environment": "qa"})
    contract_pool.request("PUT", f"{RELEASES}shop@1/", json=_refs(contract_fake, "main"))
    contract_fake.land_commits()

    assert contract_fake.releases["shop@1"].commits
    assert contract_fake.mails == []


def test_a_failed_fetch_is_mailed_to_the_tokens_user_and_its_deploy_is_not_mailed(
    contract_fake: FakeServers, contract_pool: urllib3.HTTPConnectionPool
) -> None:
    bad = _refs(contract_fake, "f" * 40)
    organization = {"Authorization": f"Bearer {contract_fake.organization_token}"}
    for headers in (contract_pool.headers, organization):
        contract_pool.request("PUT", f"{RELEASES}shop@1/", json=bad, headers=headers)
    contract_pool.request("POST", DEPLOYS, json={"environment": "qa"})
    contract_fake.land_commits()

    mail = Mail(recipient="admin@example.com", app="Unable to Fetch Commits")
    assert contract_fake.mails == [mail]


def test_without_another_release_at_most_twenty_commits_are_fetched() -> None:
    repository = default_repository()
    for number in range(30):
        repository.commit(f"feat: {number}", Change(status="modified", path="a.py"))
    body = {**OPEN, "refs": [{"repository": "acme/app", "commit": "main"}]}

    with FakeServers(repositories=(repository,), fetch_delay=0) as sentry:
        headers = {"Authorization": f"Bearer {sentry.token}"}
        urllib3.request("POST", sentry.url + RELEASES, json=body, headers=headers)

        commits = sentry.releases["shop@1"].commits

    assert [commit.message for commit in commits] == [f"feat: {n}" for n in range(29, 9, -1)]


def test_renamed_file_is_one_gone_and_one_new_in_sentry(
    contract_fake: FakeServers, contract_pool: urllib3.HTTPConnectionPool
) -> None:
    contract_pool.request("PUT", f"{RELEASES}shop@1/", json=_refs(contract_fake, "main"))
    contract_fake.land_commits()

    commits = contract_fake.releases["shop@1"].commits
    files = {commit.message: commit.files for commit in commits}
    assert files["refactor: b -> c\n\nLonger body.\n\nFixes WEB-1"] == {"b.py": "D", "c.py": "A"}
    assert files["feat: unicode ✓"] == {"d é.py": "A"}


def test_repository_that_is_not_linked_is_known_to_github_only() -> None:
    body = {**OPEN, "refs": [{"repository": "acme/app", "commit": "main"}]}
    with FakeServers(repositories=(default_repository(linked=False),)) as sentry:
        headers = {"Authorization": f"Bearer {sentry.token}"}
        actual = urllib3.request("POST", sentry.url + RELEASES, json=body, headers=headers)
        listed = urllib3.request("GET", f"{sentry.github_url}/repos/acme/app/commits")

    assert actual.json() == {"refs": ["Invalid repository names: acme/app"]}
    assert len(listed.json()) == 6


def test_latency_is_added_to_each_request_and_each_connection(
    contract_fake: FakeServers, contract_pool: urllib3.HTTPConnectionPool
) -> None:
    contract_fake.latency = 0.05
    start = time.monotonic()
    contract_pool.request("GET", RELEASES)
    kept = time.monotonic()
    urllib3.request("GET", contract_fake.url + RELEASES)
    end = time.monotonic()

    assert 0.05 <= kept - start < end - kept
    assert end - kept >= 0.1


@pytest.mark.parametrize("fault", [None, Reset(), Closed()])
def test_tls_carries_true_answers_and_faults(fault: Fault | None) -> None:
    authority, server = trustme.CA(), ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(server)
    client = ssl.create_default_context()
    authority.configure_trust(client)

    with FakeServers(tls=server) as sentry, urllib3.PoolManager(ssl_context=client) as pool:
        if fault:
            sentry.fail("GET", "releases/", fault)
        headers = {"Authorization": f"Bearer {sentry.token}"}
        actual = pool.request("GET", sentry.url + RELEASES, headers=headers, retries=1)
        with pytest.raises(urllib3.exceptions.MaxRetryError, match="CERTIFICATE_VERIFY_FAILED"):
            urllib3.request("GET", sentry.url + RELEASES, retries=0)

    assert (actual.status, len(sentry.ledger.entries)) == (200, 2 if fault else 1)


def test_stopping_does_not_wait_for_kept_connections_or_hanging_answers() -> None:
    start = time.monotonic()
    with FakeServers() as sentry, urllib3.PoolManager(retries=False) as pool:
        pool.request("GET", sentry.url + RELEASES)
        sentry.fail("GET", "releases/", Delay(seconds=60))
        with pytest.raises(urllib3.exceptions.TimeoutError):
            pool.request("GET", sentry.url + RELEASES, timeout=0.1)

    assert time.monotonic() - start < 5


@pytest.fixture
def contract_github(contract_fake: FakeServers) -> Iterator[github.Github]:
    client = github.Github(
        base_url=contract_fake.github_url,
        auth=github.Auth.Token(contract_fake.github_token),
        retry=None,
        seconds_between_requests=0,
        lazy=True,
    )
    with client:
        yield client


def test_pygithub_reads_commits_and_comparisons(
    contract_fake: FakeServers, contract_github: github.Github
) -> None:
    first, *_, last = contract_fake.repository.commits
    for number in range(60):
        contract_fake.repository.commit(f"fix: {number}", Change(status="modified", path="a.py"))
    repository = contract_github.get_repo("acme/app")

    compared = repository.compare(first, "main", comparison_commits_per_page=25)

    assert (compared.status, compared.total_commits) == ("ahead", 65)
    assert [c.commit.message for c in compared.commits][-1] == "fix: 59"
    assert len(contract_fake.ledger.lines("github")) == 3
    commit = repository.get_commit(last)
    assert (commit.commit.author.name, commit.commit.author.email) == ("Zoë", "zoe@example.com")
    assert [(file.filename, file.status) for file in commit.files] == [("d é.py", "added")]
    assert len(list(repository.get_commits(sha="main"))) == 66
    assert repository.compare("main", first).status == "behind"


def test_pygithub_reads_tags_check_runs_and_deployments(
    contract_fake: FakeServers, contract_github: github.Github
) -> None:
    head = contract_fake.repository.branches["main"]
    contract_fake.repository.tags["v1"] = head
    contract_fake.repository.check_run(42, environment="production")
    contract_fake.repository.check_run(43)
    contract_fake.repository.deployment(
        "production", ("in_progress", "https://github.test/job/42"), ("success", "")
    )
    contract_fake.repository.deployment("qa")
    repository = contract_github.get_repo("acme/app")

    assert [(tag.name, tag.commit.sha) for tag in repository.get_tags()] == [("v1", head)]
    assert repository.get_check_run(42).deployment.environment == "production"
    without: object = repository.get_check_run(43).deployment
    assert without is None
    (deployed,) = repository.get_deployments(environment="production")
    states = [(status.state, status.log_url) for status in deployed.get_statuses()]
    assert states == [("success", ""), ("in_progress", "https://github.test/job/42")]
    assert [d.environment for d in repository.get_deployments(sha=head)] == ["qa", "production"]


def test_github_responds_401_403_404_and_422(
    contract_fake: FakeServers, contract_github: github.Github
) -> None:
    repository = contract_github.get_repo("acme/app")
    contract_fake.fail("GET", "check-runs/*", NOT_ACCESSIBLE)
    unknown_host = github.Auth.Token("wrong")
    lost = github.Github(base_url=contract_fake.github_url, auth=unknown_host, retry=None)
    with lost, pytest.raises(github.BadCredentialsException):
        lost.get_repo("acme/app")

    for status in (403, 404):
        with pytest.raises(github.GithubException) as raised:
            repository.get_check_run(42).name  # noqa: B018 - sends a request
        assert raised.value.status == status
    with pytest.raises(github.GithubException, match="No commit found for SHA"):
        repository.get_commit("f" * 40).commit  # noqa: B018 - sends a request
    with pytest.raises(github.UnknownObjectException):
        repository.compare("f" * 40, "main").status  # noqa: B018 - sends a request


def test_branches_that_went_apart_are_diverged() -> None:
    repository = Repository()
    root = repository.commit("root")
    repository.branches["side"] = root.sha
    repository.commit("on main")
    side = repository.commit("on side", branch="side")
    repository.commit("merge", merges=(side.sha,))
    repository.commit("on side again", branch="side")

    log = [commit.message for commit in repository.log(repository.branches["main"])]
    between = repository.between("", repository.branches["side"])

    assert log == ["merge", "on side", "on main", "root"]
    assert [commit.message for commit in between] == ["root", "on side", "on side again"]
    with FakeServers(repositories=(repository,)) as sentry:
        url = f"{sentry.github_url}/repos/acme/app/compare/main...side"
        compared = urllib3.request("GET", url).json()
    assert (compared["status"], compared["ahead_by"], compared["behind_by"]) == ("diverged", 1, 2)
    assert compared["merge_base_commit"]["commit"]["message"] == "on side"
