"""Requests that are sent early: the first of each step, which only reads."""

import time
from collections.abc import Callable

import pytest

from fake_sentry import FakeServers, Reset, Slow, Status
from job import Job

NAME = "shop@1.4.0+27"
RELEASES = "/api/0/organizations/acme/releases/"
LIST = f"GET {RELEASES}?per_page=20&environment=production"

COMMITS = f"{RELEASES}shop%401.4.0%2B27/commits/"


def wait_until(is_true: Callable[[], object]) -> bool:
    """Whether it is true within five seconds."""
    end = time.monotonic() + 5
    while time.monotonic() < end:
        if is_true():
            return True
        time.sleep(0.01)
    return False


def requests_of_post(sentry: FakeServers) -> list[str]:
    """The requests about the release, after its creation."""
    release = COMMITS.removesuffix("commits/")
    return [
        f"{one.method} {one.path.partition('?')[0].removeprefix(release)}"
        for one in sentry.ledger.entries
        if one.path.startswith(release)
    ]


def test_the_build_gets_its_name_while_sentry_has_not_answered(
    job: Job, sentry: FakeServers
) -> None:
    named = []
    output = job.folder / "OUTPUT"

    def answer_late() -> None:
        named.append(wait_until(lambda: f"\n{NAME}\n" in output.read_text()))

    sentry.fail("GET", RELEASES, Slow(seconds=0, begins=answer_late))

    assert job.main().exit_code == 0
    assert named == [True]


def test_without_an_app_nothing_is_sent(job: Job, sentry: FakeServers) -> None:
    (job.workspace / "pubspec.yaml").unlink()

    assert job.main().exit_code == 3
    assert job.main(working_directory="apps/none").exit_code == 2
    assert sentry.ledger.entries == ()


def test_of_a_malformed_app_only_the_first_request_is_sent_which_changes_nothing(
    job: Job, sentry: FakeServers
) -> None:
    (job.workspace / "pubspec.yaml").write_text("name: [shop")

    main = job.main()

    assert main.exit_code == 3
    assert wait_until(lambda: sentry.ledger.lines("sentry") == [LIST])
    assert NAME not in sentry.releases


@pytest.mark.parametrize("fault", [Reset(), Status(status=503)], ids=["reset", "503"])
def test_an_early_request_that_fails_is_repeated_like_any_other(
    job: Job, sentry: FakeServers, fault: Reset | Status
) -> None:
    sentry.fail("GET", RELEASES, fault)

    main = job.main()

    assert main.annotations == []
    assert main.log.count("Retrying in") == 1
    assert [line.split()[0] for line in sentry.ledger.lines("sentry")] == ["GET", "GET", "POST"]


def test_an_early_request_that_is_refused_is_reported_once_the_build_has_its_name(
    job: Job, sentry: FakeServers
) -> None:
    sentry.fail("GET", RELEASES, Status(status=403, body={"detail": "No."}), times=None)

    main = job.main()

    assert main.exit_code == 4
    assert main.outputs["release"] == NAME
    assert sentry.ledger.lines("sentry") == [LIST]


@pytest.mark.parametrize(
    ("name", "value"),
    [("HTTPS_PROXY", "socks5://proxy:1080"), ("SSL_CERT_FILE", "/there/is/none.pem")],
)
def test_an_unusable_connection_is_reported_once_the_build_has_its_name(
    job: Job, name: str, value: str
) -> None:
    job.environ |= {name: value, "SENTRY_URL": "https://sentry.example.com"}

    main = job.main()

    assert main.exit_code == 2
    assert main.outputs["release"] == NAME
    assert sum(line.startswith("error") for line in main.annotations) == 1


@pytest.mark.parametrize(
    "inputs",
    [
        {"release": "no/name"},
        {"notify_urls": "wrong://"},
        {"notify_template": "there-is-none.j2"},
        {"timeout": "1m"},
        {"auth_token": ""},
    ],
    ids=lambda inputs: next(iter(inputs)),
)
def test_nothing_is_sent_with_an_invalid_input(
    job: Job, sentry: FakeServers, inputs: dict[str, str]
) -> None:
    del job.environ["SENTRY_AUTH_TOKEN"]

    main = job.main(**{"auth_token": sentry.token, **inputs})

    assert main.exit_code == 2
    assert sentry.ledger.entries == ()


def test_a_list_from_before_the_commits_arrived_is_requested_again(
    job: Job, sentry: FakeServers
) -> None:
    job.main()
    sentry.land_commits()
    sentry.fail("GET", COMMITS, Status(status=200, body=[]))

    post = job.post()

    assert "| Authors |" in post.summary
    assert requests_of_post(sentry) == ["GET commits/", "PUT ", "POST deploys/", "GET commits/"]


def test_a_list_that_takes_long_delays_neither_the_release_nor_its_deploy(
    job: Job, sentry: FakeServers
) -> None:
    job.main()
    sentry.land_commits()
    deployed = []
    sentry.fail(
        "GET",
        COMMITS,
        Slow(
            seconds=0,
            begins=lambda: deployed.append(wait_until(lambda: sentry.releases[NAME].deploys)),
        ),
    )

    post = job.post()

    assert deployed == [True]
    assert "| Authors |" in post.summary
    assert requests_of_post(sentry) == ["GET commits/", "PUT ", "POST deploys/"]


@pytest.mark.parametrize("inputs", [{"set_commits": "skip"}, {"deploy": "false"}], ids=str)
def test_no_commits_are_listed_of_a_release_that_gets_none_or_is_not_deployed(
    job: Job, sentry: FakeServers, inputs: dict[str, str]
) -> None:
    job.main(**inputs)
    sentry.land_commits()

    job.post(**inputs)

    assert "GET commits/" not in requests_of_post(sentry)
