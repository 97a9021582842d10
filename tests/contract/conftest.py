"""Every contract test runs once against each server."""

from collections.abc import Iterator
from uuid import uuid4

import pytest
import urllib3

from contract.servers import SERVERS, Server


@pytest.fixture(scope="session", params=SERVERS)
def contract_server(request: pytest.FixtureRequest) -> Iterator[Server]:
    with SERVERS[request.param]() as server:
        yield server


@pytest.fixture
def contract_name() -> str:
    """A release name that no other test uses."""
    return f"contract-{uuid4().hex[:10]}"


@pytest.fixture(scope="session")
def contract_history(contract_server: Server) -> tuple[str, ...]:
    """The shas of acme/app, oldest first."""
    with urllib3.PoolManager(retries=False) as pool:
        url = f"{contract_server.github_url}/repos/acme/app/commits?sha=main"
        return tuple(commit["sha"] for commit in reversed(pool.request("GET", url).json()))
