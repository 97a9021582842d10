"""Jobs: what is reported when a deploy is created: duplicates, and missing emails."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from fake_sentry import FakeServers, Status
from fake_sentry.ledger import Entry
from fake_sentry.state import Deploy
from job import Job

NAME = "shop@1.4.0+27"
RUN = "https://github.com/acme/app/actions/runs/16544301843"
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def second_matrix_job(job: Job, sentry: FakeServers) -> None:
    """Two legs of a matrix have run main; what follows is played by the second."""
    job.main()
    sentry.land_commits()
    job.main()
    sentry.ledger.clear()


def deploys_as_well(sentry: FakeServers, after: str) -> None:
    """Have another leg mark the same deploy just after this request was answered."""

    def watch(entry: Entry) -> None:
        if entry.method == after and not sentry.store.releases[NAME].deploys:
            deploy = Deploy(
                id=900, environment="production", name="#128", url=RUN, started=NOON, finished=NOON
            )
            sentry.store.releases[NAME].deploys.append(deploy)

    sentry.ledger.watch = watch


def test_two_matrix_jobs_that_deploy_at_once_report_it_with_a_hint(
    job: Job, sentry: FakeServers
) -> None:
    second_matrix_job(job, sentry)
    deploys_as_well(sentry, "PUT")

    post = job.post()

    assert post.exit_code == 0
    assert len(sentry.releases[NAME].deploys) == 2
    [warning] = post.annotations
    assert "Sentry has this deploy 2 times" in warning
    assert "`needs:` all of them and uses the action `deploy`" in warning


def test_the_matrix_job_that_created_the_release_gets_the_warning_as_well(
    job: Job, sentry: FakeServers
) -> None:
    job.main(job_total="2")
    sentry.land_commits()
    deploys_as_well(sentry, "PUT")

    post = job.post(job_total="2")

    assert len(sentry.releases[NAME].deploys) == 2
    assert "Sentry has this deploy 2 times" in post.annotations[0]


@pytest.mark.parametrize(("total", "expected_s"), [("", 1), ("1", 1), ("12", 1.5)])
def test_a_leg_lets_the_one_that_opened_the_release_go_first(
    job: Job, sentry: FakeServers, total: str, expected_s: float
) -> None:
    second_matrix_job(job, sentry)
    began = job.time.passed_s

    job.post(job_total=total)

    assert job.time.passed_s - began == expected_s  # chance says one half here
    assert len(sentry.releases[NAME].deploys) == 1


def test_a_parallel_job_without_a_matrix_waits_for_the_deploy_of_the_job_that_created_the_release(
    job: Job, sentry: FakeServers
) -> None:
    second_matrix_job(job, sentry)

    def watch(entry: Entry) -> None:
        if entry.method == "POST":
            sentry.ledger.watch = lambda _: None
            own = sentry.store.releases[NAME].deploys
            job.time.after(0.8, lambda: own.append(replace(own[0], id=900)))

    sentry.ledger.watch = watch

    post = job.post()

    assert len(sentry.releases[NAME].deploys) == 2
    assert "Sentry has this deploy 2 times" in post.annotations[0]


def test_a_later_job_of_an_old_release_does_not_wait(job: Job, sentry: FakeServers) -> None:
    job.main()
    sentry.land_commits()
    sentry.store.releases[NAME].created = NOON
    job.time.pass_(3600)
    job.main()
    began = job.time.passed_s

    job.post()

    assert job.time.passed_s == began
    assert len(sentry.releases[NAME].deploys) == 1


def test_two_jobs_that_both_use_the_deploy_action_are_warned(job: Job, sentry: FakeServers) -> None:
    job.main(deploy="false")
    sentry.land_commits()
    deploys_as_well(sentry, "PUT")

    deploy = job.play("deploy")

    assert len(sentry.releases[NAME].deploys) == 2
    assert "Sentry has this deploy 2 times" in deploy.annotations[0]


def test_a_matrix_job_without_a_parallel_one_gets_no_warning(job: Job, sentry: FakeServers) -> None:
    second_matrix_job(job, sentry)

    post = job.post()

    assert post.annotations == []
    assert [line.split(" ")[0] for line in sentry.ledger.lines()] == [
        "GET",
        "PUT",
        "POST",
        "GET",
        "GET",
    ]


def test_a_repeated_run_reports_the_duplicate_once_more(job: Job, sentry: FakeServers) -> None:
    second_matrix_job(job, sentry)
    deploys_as_well(sentry, "PUT")
    job.post()

    post = job.post()

    assert len(sentry.releases[NAME].deploys) == 2
    assert "Sentry has this deploy 2 times" in post.annotations[0]


def test_a_failed_search_for_duplicates_costs_nothing(job: Job, sentry: FakeServers) -> None:
    second_matrix_job(job, sentry)
    sentry.fail("GET", "*/deploys/*", Status(status=403), times=None)

    post = job.post()

    assert (post.exit_code, post.annotations) == (0, [])
    assert "is deployed to `production`" in post.summary
    assert "Could not check for duplicate deploys" in post.log


def test_an_outage_that_hides_duplicate_deploys_is_a_warning(job: Job, sentry: FakeServers) -> None:
    second_matrix_job(job, sentry)
    sentry.fail("GET", "*/deploys/*", Status(status=500), times=None)

    post = job.post()

    (warning,) = post.annotations
    assert warning.startswith(f"warning: {NAME}: the deploy was recorded, but perhaps by several")
    assert "Could not check for duplicate deploys: Sentry at" in warning
    assert "is deployed to `production`" in post.summary


def test_the_summary_names_the_people_whom_sentry_cannot_mail(
    job: Job, sentry: FakeServers
) -> None:
    job.main()
    sentry.land_commits()

    summary = job.post().summary.replace("\\", "")

    assert "No deploy email for " in summary
    assert "Zoë" in summary
    assert "Dev belong" not in summary


def test_the_summary_says_that_no_author_is_a_member(job: Job, sentry: FakeServers) -> None:
    sentry.store.members = ()
    job.main()
    sentry.land_commits()

    summary = job.post().summary.replace("\\", "")

    assert "No deploy emails: the commit addresses of " in summary
    assert sentry.mails == []


def test_the_summary_says_nothing_of_mails_when_all_is_well(job: Job, sentry: FakeServers) -> None:
    sentry.store.members = ("dev@example.com", "x@elsewhere.test", "zoe@example.com")
    job.main()
    sentry.land_commits()

    post = job.post()

    assert "is deployed to `production`" in post.summary
    assert "mail" not in post.summary
    assert len(sentry.mails) == 3


def test_a_release_without_commits_sends_no_mail(job: Job) -> None:
    job.main(set_commits="skip")

    post = job.post(set_commits="skip")

    assert "No deploy emails: the release has no commits" in post.summary.replace("\\", "")
