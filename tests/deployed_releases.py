"""Releases that earlier jobs have deployed, for tests that need them only as a beginning."""

import json
from datetime import datetime
from urllib.parse import quote

from fake_sentry import FakeServers
from fake_sentry.wire import Query


def deploy_release(
    sentry: FakeServers, version: str, *, at: datetime, environment: str = "production"
) -> None:
    """
    Have Sentry record the release of the branch main, finalized and deployed at that time.

    The requests are those of a job, without the job.
    """
    sha = sentry.repository.branches["main"]
    refs = [{"commit": sha, "repository": sentry.repository.name}]
    release, time = f"releases/{quote(version, safe='')}/", at.isoformat()
    _send(sentry, "POST", "releases/", version=version, projects=["shop"], ref=sha, refs=refs)
    sentry.land_commits()
    _send(sentry, "PUT", release, dateReleased=time)
    _send(
        sentry,
        "POST",
        f"{release}deploys/",
        environment=environment,
        name="#127",
        projects=["shop"],
        dateStarted=time,
        dateFinished=time,
    )


def _send(sentry: FakeServers, method: str, path: str, **values: object) -> None:
    answer = sentry.answer(
        Query(
            method=method,
            target=f"/api/0/organizations/{sentry.organization}/{path}",
            headers={
                "authorization": f"Bearer {sentry.token}",
                "content-type": "application/json",
            },
            body=json.dumps(values).encode(),
        )
    )
    assert answer.status < 300, answer
