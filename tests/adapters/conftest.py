"""The fixture of tests that read one repository on a fake GitHub."""

from collections.abc import Iterator

import pytest

from fake_sentry import FakeServers, Repository


@pytest.fixture
def github(repository: Repository) -> Iterator[FakeServers]:
    """The server with the repository of the test module."""
    with FakeServers(repositories=(repository,)) as fake_server:
        yield fake_server
