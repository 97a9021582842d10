"""Which deploy in Sentry is the one of a job, and what is known of a release by its name alone."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from sentry_release.model.job import Recipient
from sentry_release.model.release import Deploy, SentryDeploy, SentryRelease

NOON, LATER = datetime(2026, 3, 1, 12, tzinfo=UTC), datetime(2026, 3, 1, 13, tzinfo=UTC)
RUN = "https://github.com/acme/app/actions/runs/42"
DEPLOY = Deploy(environment="production", name="#5", url=RUN, started=NOON, finished=LATER)
LISTED = SentryDeploy(
    id="1", environment="production", name="#5", url=RUN, started=NOON, finished=LATER
)


def test_a_deploy_is_recognized_by_environment_name_and_url() -> None:
    assert LISTED.matches(DEPLOY)
    for other in (
        replace(LISTED, environment="staging"),
        replace(LISTED, name="#6"),
        replace(LISTED, url=None),
    ):
        assert not other.matches(DEPLOY)


@pytest.mark.parametrize(("is_run_known", "matches"), [(True, True), (False, False)])
def test_the_start_counts_only_if_nothing_else_names_the_run(
    *, is_run_known: bool, matches: bool
) -> None:
    later = replace(LISTED, started=LATER)

    assert later.matches(replace(DEPLOY, is_run_known=is_run_known)) is matches
    assert LISTED.matches(replace(DEPLOY, is_run_known=is_run_known))


def test_of_a_release_whose_name_alone_is_known_nothing_is_counted() -> None:
    found = SentryRelease.unknown("shop@1.4.0+27")

    assert (found.name, found.commit_count, found.deploy_count) == ("shop@1.4.0+27", 0, 0)
    assert (found.head, found.released_at, found.last_deploy) == (None, None, None)
    assert not found.is_new


def test_the_address_of_a_service_is_not_shown() -> None:
    assert "secret" not in repr(Recipient(line=1, address="slack://secret"))
