"""Claims about a token that the main server refuses and the server of its region accepts."""

import base64
import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from fake_sentry import FakeServers
from job import Job

RELEASES = "/api/0/organizations/acme/releases/"
NAME = "shop@1.4.0+27"


@pytest.fixture
def main_server() -> Iterator[FakeServers]:
    """A server that knows none of the tokens of the region."""
    with FakeServers() as server:
        yield server


def make_token(*, url: str | None, region_url: str | None) -> str:
    claims = {"iat": 1700000000.0, "url": url, "region_url": region_url, "org": "acme"}
    return f"sntrys_{base64.b64encode(json.dumps(claims).encode()).decode()}_c2VjcmV0"


def use_token(job: Job, token: str, *, known_to: FakeServers | None) -> None:
    """Give the job this token alone, without `url` and organization."""
    job.environ["SENTRY_AUTH_TOKEN"] = token
    for name in ("SENTRY_ORG", "SENTRY_URL"):
        job.environ.pop(name, None)
    if known_to:
        organization_token = known_to.store.tokens[-1]
        known_to.store.tokens = (replace(organization_token, text=token),)


def requests_to(server: FakeServers) -> list[str]:
    return [line.partition(" {")[0].partition("?")[0] for line in server.ledger.lines("sentry")]


def test_the_region_is_tried_once_after_a_401_and_then_kept(
    job: Job, sentry: FakeServers, main_server: FakeServers
) -> None:
    token = make_token(url=main_server.url, region_url=sentry.url)
    use_token(job, token, known_to=sentry)

    main = job.main()
    sentry.land_commits()
    post = job.post()

    assert (main.exit_code, main.annotations, post.annotations) == (0, [], [])
    assert requests_to(main_server) == [
        f"GET {RELEASES}",
        f"GET {RELEASES}shop%401.4.0%2B27/commits/",  # before the answer to the next one
        f"PUT {RELEASES}shop%401.4.0%2B27/",
    ]
    assert requests_to(sentry) == [
        f"GET {RELEASES}",
        f"POST {RELEASES}",
        f"PUT {RELEASES}shop%401.4.0%2B27/",
        f"POST {RELEASES}shop%401.4.0%2B27/deploys/",
        f"GET {RELEASES}shop%401.4.0%2B27/commits/",
    ]
    assert len(sentry.releases[NAME].deploys) == 1
    assert main_server.releases == {}


def test_a_token_that_both_servers_refuse_is_an_error(
    job: Job, sentry: FakeServers, main_server: FakeServers
) -> None:
    use_token(job, make_token(url=main_server.url, region_url=sentry.url), known_to=None)

    main = job.main()

    assert main.exit_code == 4
    assert "Invalid org token" in main.annotations[0]
    assert requests_to(main_server)[0] == f"GET {RELEASES}"
    assert requests_to(sentry) == [f"GET {RELEASES}"]


def test_the_region_is_not_tried_if_the_user_gave_a_url(
    job: Job, sentry: FakeServers, main_server: FakeServers
) -> None:
    token = make_token(url=main_server.url, region_url=sentry.url)
    use_token(job, token, known_to=sentry)

    main = job.main(url=main_server.url)

    assert main.exit_code == 4
    assert requests_to(sentry) == []


def test_a_token_whose_url_is_null_is_sent_to_its_region_alone(
    job: Job, sentry: FakeServers
) -> None:
    use_token(job, make_token(url=None, region_url=sentry.url), known_to=sentry)

    job.main()
    sentry.land_commits()
    post = job.post()

    assert post.annotations == []
    assert len(sentry.releases[NAME].deploys) == 1
