"""Who gets no deploy email from Sentry, and why."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from sentry_release.errors import WorkflowError
from sentry_release.model.commits import CommitSource
from sentry_release.model.release import CreatedDeploy, SentryDeploy, SentryRelease
from sentry_release.release.deploy import CommitStatus, FinalizeResult
from sentry_release.report.page import explain_missing_deploy_mail

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
DEPLOY = SentryDeploy(
    id="1", environment="production", name=None, url=None, started=None, finished=NOON
)


def finished(*authors: str, unknown: tuple[str, ...] = (), commits: int = 2) -> FinalizeResult:
    """A deploy that was just created, of a release with these authors."""
    release = replace(
        SentryRelease.unknown("shop@1"),
        commit_count=commits,
        authors=authors,
        unknown_authors=unknown,
    )
    return FinalizeResult(
        release=release,
        commits=None,
        commit_source=CommitSource.GITHUB,
        commit_status=CommitStatus.PRESENT,
        deploy=None,
        deployed=CreatedDeploy(deploy=DEPLOY, existed=False),
        duplicates=0,
    )


@pytest.mark.parametrize(
    ("done", "note"),
    [
        pytest.param(finished("Zoë"), None, id="everyone gets one"),
        pytest.param(
            finished("Zoë", commits=0), "No deploy emails: the release has no commits.", id="none"
        ),
        pytest.param(
            finished("Zoë", "Max", unknown=("Max",)),
            "No deploy email for Max: their commit addresses match no Sentry member.",
            id="one of two",
        ),
        pytest.param(
            finished("Zoë", "Max", unknown=("Zoë", "Max")),
            "No deploy emails: the commit addresses of Zoë, Max match no Sentry member.",
            id="both",
        ),
        pytest.param(
            finished(*"abcdef", unknown=tuple("abcde")),
            "No deploy email for a, b, c, d, e: their commit addresses match no Sentry member.",
            id="five names",
        ),
        pytest.param(
            finished(*"abcdefg", unknown=tuple("abcdef")),
            "No deploy email for a, b, c, d, e and others: "
            "their commit addresses match no Sentry member.",
            id="more than five",
        ),
    ],
)
def test_authors_without_a_deploy_email_are_named(done: FinalizeResult, note: str | None) -> None:
    assert explain_missing_deploy_mail(done) == note


def test_without_a_new_deploy_there_is_no_email_to_miss() -> None:
    done = finished("Zoë", unknown=("Zoë",))
    unsure = WorkflowError("Unknown.", reason="x", hint="y")

    assert explain_missing_deploy_mail(replace(done, deployed=None)) is None
    existing = CreatedDeploy(deploy=DEPLOY, existed=True)
    assert explain_missing_deploy_mail(replace(done, deployed=existing)) is None
    assert explain_missing_deploy_mail(replace(done, uncertainty=unsure)) is None


def test_commits_that_sentry_did_not_receive_are_the_first_reason() -> None:
    missing = replace(finished(commits=0), commit_status=CommitStatus.MISSING)

    assert explain_missing_deploy_mail(missing) == (
        "No deploy emails: Sentry did not receive the commits."
    )
