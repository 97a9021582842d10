"""
A small Sentry and a small GitHub in memory, on one port, for fast tests and experiments.

    with FakeServers(organization="acme", projects=("shop",)) as sentry:
        sentry.fail("POST", "releases/*/deploys/", Reset(), applied=True)
        ...                                   # talk to sentry.url with sentry.token
        assert len(sentry.releases["shop@1.4.0+27"].deploys) == 1
        assert sentry.ledger.lines("sentry") == [...]

More history: `sentry.repository.commit("feat: c", Change(status="added", path="c.py"))`,
`.tags["v1"] = sha`, `.check_run(42, environment="production")`, `.deployment("production", ...)`,
`.pull_request(7, sha, closes=(3,))`, `.comment(7, "text")`;
other repositories: `FakeServers(repositories=(default_repository(linked=False), Repository(...)))`.

Modules: `git` (history) · `state` (stored data) · `versions`, `fields`, `sentry_rules`
(accepted bodies) · `commits` (setting and fetching, mails) · `bodies` (response bodies) ·
`sentry_access`, `sentry_request`, `sentry_lists`, `sentry_deploys`, `sentry_sessions`,
`sentry_health`, `sentry_uploads`, `sentry` (endpoints) · `github`, `github_bodies`,
`github_comments`, `github_graphql`, `github_request` · `faults`, `traps` · `ledger` · `wire`, `server` (HTTP) · `servers` (everything together).
`tests/contract` compares it with a real Sentry.
"""

from fake_sentry.faults import (
    HTML,
    NOT_ACCESSIBLE,
    TRUNCATED_JSON,
    Closed,
    CutShort,
    Delay,
    Drip,
    Fault,
    Late,
    Reset,
    Slow,
    Status,
    rate_limited,
    redirect,
)
from fake_sentry.git import Change, Commit, Repository, default_repository
from fake_sentry.ledger import Entry, Ledger
from fake_sentry.servers import FakeServers
from fake_sentry.state import Deploy, Mail, Release, StoredCommit

__all__ = [
    "HTML",
    "NOT_ACCESSIBLE",
    "TRUNCATED_JSON",
    "Change",
    "Closed",
    "Commit",
    "CutShort",
    "Delay",
    "Deploy",
    "Drip",
    "Entry",
    "FakeServers",
    "Fault",
    "Late",
    "Ledger",
    "Mail",
    "Release",
    "Repository",
    "Reset",
    "Slow",
    "Status",
    "StoredCommit",
    "default_repository",
    "rate_limited",
    "redirect",
]
