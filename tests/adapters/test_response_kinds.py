"""Claims about the meaning of a response from any server: a result or an outage, never a bug."""

import json

import pytest

from fake_sentry import FakeServers, Status, redirect
from job import Job

NAME = "shop@1.4.0+27"
HALF = "\ud800"
RELEASE = {"version": NAME, "projects": [{"slug": "shop"}], "commitCount": 1, "deployCount": 0}


@pytest.mark.parametrize(
    "outputs",
    [
        pytest.param({"version": f"shop@{HALF}"}, id="the name"),
        pytest.param(
            {"authors": [{"name": f"Zo{HALF}", "email": "z@example.com"}]}, id="an author"
        ),
        pytest.param({"url": f"https://example.com/{HALF}"}, id="an address"),
        pytest.param({"dateReleased": "0001-01-01T00:00:00+14:00"}, id="a date before all dates"),
        pytest.param({"dateReleased": "9999-12-31T23:59:59-14:00"}, id="a date after all dates"),
    ],
)
@pytest.mark.parametrize("request_", ["GET releases/", "POST releases/", "PUT releases/*/"])
def test_an_unwritable_name_is_not_an_internal_error(
    job: Job, sentry: FakeServers, request_: str, outputs: dict[str, object]
) -> None:
    method, path = request_.split()
    body: object = RELEASE | {"deployCount": 1} | outputs
    body = [body] if method == "GET" else body
    sentry.fail(method, path, Status(status=200, body=json.dumps(body)), times=None)

    main, post = job.main(), job.post()

    assert (main.exit_code, post.exit_code) == (0, 0)
    assert "a mistake in sentry-release" not in main.log + post.log
    assert "ud800" not in main.log + post.log


def test_a_pair_of_halves_is_one_whole_character(job: Job, sentry: FakeServers) -> None:
    """As most of Sentry's emoji come."""
    body = RELEASE | {"authors": [{"name": "Zoë \N{GRINNING FACE}"}], "ref": HALF}
    sentry.fail("PUT", "releases/*/", Status(status=200, body=json.dumps(body)), times=None)
    job.main()

    assert "Zoë \N{GRINNING FACE}" in job.post().summary


@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
def test_a_connection_that_was_called_too_slow_costs_no_build(
    job: Job, sentry: FakeServers, method: str
) -> None:
    sentry.fail(method, "**", Status(status=408, body="Request Time-out"))

    main, post = job.main(), job.post()

    assert (main.exit_code, main.annotations) == (0, [])
    assert (post.exit_code, post.annotations) == (0, [])
    assert len(sentry.releases[NAME].deploys) == 1


def test_a_token_that_comes_back_in_a_header_is_not_printed(job: Job, sentry: FakeServers) -> None:
    job.environ["RUNNER_DEBUG"] = "1"
    cursor = f'<x>; rel="next"; results="true"; cursor="{sentry.token}"'
    page = Status(status=200, body="[]", headers={"Link": cursor})
    sentry.fail("GET", "releases/", page, times=None)
    sentry.fail("POST", "releases/", redirect(f"https://example.com/?t={sentry.token}"), times=None)

    main = job.main(commits_since="last-release")

    assert main.exit_code == 4
    assert "example.com/?t=(the auth token)" in main.log
    assert sentry.token not in main.log.replace(f"::add-mask::{sentry.token}", "")
