"""
A part of the fault table in front of a real Sentry: whatever happens, there is one deploy.

It is played with the `timeout` that users have, for Sentry may be slow while other tests use it.
"""

import time
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from e2e.between import Fault, between
from e2e.program import Program
from e2e.sentry_lab import Lab
from sentry_release.adapters.sentry.retry import DEFAULT_BUDGET_S

START_S = 10  # of a process, on a busy machine


@pytest.mark.parametrize("fault", Fault, ids=str)
def test_there_is_one_deploy_when_its_request_is(lab: Lab, tmp_path: Path, fault: Fault) -> None:
    program = Program(lab, tmp_path, SENTRY_PROJECT=lab.new_project())
    with between(lab.url, once=("POST", "/deploys/", fault)) as proxy:
        program.play("main", proxy.url)
        began = time.monotonic()
        output = program.play("post", proxy.url)

    deploying = [line for line in proxy.observed if line.endswith("/deploys/")]
    carried_out = fault in {Fault.CLOSED, Fault.HELD}
    assert len(deploying) == (1 if carried_out else 2)
    assert len(lab.deploys(program.release)) == 1
    assert lab.release(program.release)["dateReleased"] is not None
    assert "::warning" not in output
    assert time.monotonic() - began < DEFAULT_BUDGET_S + START_S


def test_sentry_hangs_up_after_an_answer_and_does_not_say_so(lab: Lab) -> None:
    """So the fake Sentry can do it too: `hangs_up`."""
    connection = HTTPConnection(urlsplit(lab.url).netloc)

    assert [is_answered_and_kept_open(connection) for _ in range(2)] == [True, False]
    connection.close()


def is_answered_and_kept_open(connection: HTTPConnection) -> bool:
    try:
        connection.request("GET", "/api/0/")
        with connection.getresponse() as answer:
            return bool(answer.read()) and answer.headers["Connection"] is None
    except ConnectionError:
        return False
