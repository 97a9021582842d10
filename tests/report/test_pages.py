"""The summary pages of a release: what was done, and why something was not."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from sentry_release.ci.context import Context
from sentry_release.config.config import Config
from sentry_release.errors import WorkflowError
from sentry_release.model.commits import Commit, CommitRange, CommitSource, PreviousRelease
from sentry_release.model.release import CreatedDeploy, Release, SentryDeploy, SentryRelease
from sentry_release.release.deploy import CommitStatus, FinalizeResult
from sentry_release.release.event_policy import SkipReason
from sentry_release.release.plan import ReleasePlan
from sentry_release.release.post_state import PostState
from sentry_release.report.page import Status
from sentry_release.report.pages import (
    add_authors,
    build_created_page,
    build_external_deploy_page,
    build_failed_page,
    build_finished_page,
    build_not_deployed_page,
    build_page,
    explain_job_failure,
    explain_pending_work,
)

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
NAME = "shop@1.4.0+27"
RANGE = CommitRange(repository="acme/app", source="acme/app", head="b" * 40, previous="a" * 40)
RUN = Context.from_env(
    {
        "GITHUB_ACTIONS": "true",
        "GITHUB_REPOSITORY": "acme/app",
        "GITHUB_SERVER_URL": "https://github.com",
        "GITHUB_SHA": "b" * 40,
    },
    {},
)
STATE = PostState(release=NAME, environment="production", is_created=True)
DEPLOY = SentryDeploy(
    id="1",
    environment="production",
    name=None,
    url=None,
    started=NOON - timedelta(minutes=3),
    finished=NOON,
)
KNOWN = replace(SentryRelease.unknown(NAME), commit_count=4, released_at=NOON)
DONE = FinalizeResult(
    release=KNOWN,
    commits=RANGE,
    commit_source=CommitSource.GITHUB,
    commit_status=CommitStatus.PRESENT,
    deploy=None,
    deployed=CreatedDeploy(deploy=DEPLOY, existed=False),
    duplicates=0,
)


def config(**inputs: str) -> Config:
    environ = {f"INPUT_{name.upper().replace('_', '-')}": text for name, text in inputs.items()}
    return Config.from_env({"INPUT_ORG": "acme", "INPUT_PROJECTS": "shop", **environ})


def notes(done: FinalizeResult, state: PostState = STATE, **inputs: str) -> tuple[str, ...]:
    return build_finished_page(config(**inputs), RUN, state, done).notes


@pytest.mark.parametrize(
    ("deployed", "status"),
    [
        (CreatedDeploy(deploy=DEPLOY, existed=False), Status.DEPLOYED),
        (CreatedDeploy(deploy=DEPLOY, existed=True), Status.ALREADY_DEPLOYED),
        (None, Status.FINISHED),
    ],
)
def test_a_finished_page_says_whether_a_deploy_was_created(
    deployed: CreatedDeploy | None, status: Status
) -> None:
    page = build_finished_page(config(), RUN, STATE, replace(DONE, deployed=deployed))

    assert page.status is status
    assert (page.finished, page.took_s) == ((NOON, 180) if deployed else (None, None))
    assert not page.failed


def test_a_finished_page_has_the_range_of_its_commits_unless_it_is_empty() -> None:
    page = build_finished_page(config(), RUN, STATE, DONE)
    empty = replace(DONE, commits=replace(RANGE, previous=RANGE.head))
    nothing_new = build_finished_page(config(), RUN, STATE, empty)

    assert (page.head, page.commit_count) == (RANGE.head, 4)
    assert page.range_url is not None
    assert f"{'a' * 40}...{'b' * 40}" in page.range_url
    assert (nothing_new.head, nothing_new.range_url) == (None, None)
    assert build_finished_page(config(), RUN, STATE, replace(DONE, commits=None)).head is None


@pytest.mark.parametrize(
    ("state", "inputs", "reason"),
    [
        (STATE, {"deploy": "false"}, "`deploy` is `false`"),
        (replace(STATE, no_deployment=True), {}, "the workflow sets `deployment: false`"),
        (STATE, {}, "the job has no environment"),
        (
            replace(STATE, environment_problem="GitHub: 403"),
            {},
            "the job's environment is unknown (GitHub: 403). Set `environment`",
        ),
    ],
)
def test_a_page_without_a_deploy_says_why(
    state: PostState, inputs: dict[str, str], reason: str
) -> None:
    found = notes(replace(DONE, deployed=None), state, **inputs)

    assert found[0].startswith(f"No deploy recorded: {reason}")
    assert not any("No deploy recorded" in note for note in notes(DONE, state, **inputs))


def test_a_release_that_is_not_final_says_why() -> None:
    open_release = replace(DONE, release=replace(KNOWN, released_at=None))
    unsure = WorkflowError("Sentry: 503.", reason="x", hint="y")
    staging = replace(STATE, environment="staging")

    assert notes(DONE) == ()
    assert notes(open_release, finalize="false") == ("Not finalized: `finalize` is `false`.",)
    assert notes(open_release, staging) == (
        "Not finalized: `staging` is not in `finalize-environments`.",
    )
    assert notes(replace(open_release, uncertainty=unsure)) == (
        "The release may not be finalized: Sentry: 503.",
    )
    assert notes(DONE, replace(STATE, note="A note.")) == ("A note.",)


def plan(**changes: object) -> ReleasePlan:
    base = ReleasePlan(
        release=Release(name=NAME),
        environment="production",
        previous=PreviousRelease(),
        commits=RANGE,
        pinned_ranges=(),
        commit_source=CommitSource.GITHUB,
    )
    return replace(base, **changes)  # type: ignore[arg-type]  # fields of the plan


def test_a_created_page_has_the_commits_and_a_dry_run_is_planned() -> None:
    base = build_page(config(), RUN, STATE)

    created = build_created_page(base, RUN, plan(note="A note."), KNOWN)
    planned = build_created_page(base, RUN, plan(), None)
    without = build_created_page(base, RUN, plan(commits=None), KNOWN)
    ignored = build_created_page(base, RUN, plan(commit_source=CommitSource.NONE), KNOWN)

    assert (created.status, created.commit_count, created.released) == (Status.CREATED, 4, NOON)
    assert (created.notes, created.head) == (("A note.",), RANGE.head)
    assert (planned.status, planned.commit_count, planned.notes) == (Status.PLANNED, None, ())
    assert (without.head, ignored.head) == (None, None)
    assert created.range_url == f"https://github.com/acme/app/compare/{'a' * 40}...{'b' * 40}"
    elsewhere = build_created_page(base, replace(RUN, server_url=None), plan(), KNOWN)
    assert elsewhere.range_url is None
    empty = replace(KNOWN, commit_count=0)
    assert build_created_page(base, RUN, plan(), empty).commit_count is None


def test_a_page_links_each_issue_that_its_commits_resolve() -> None:
    fix = Commit(
        sha="b" * 40,
        message="fix: total\n\nFixes SHOP-1",
        author_name="Dev",
        author_email=None,
        created_at=NOON,
        files=(),
    )

    page = add_authors(build_page(config(), RUN, STATE), config(), (fix, fix))

    ((issue, url),) = page.resolves
    assert issue == "SHOP-1"
    assert url.startswith("https://sentry.io/organizations/acme/issues/")
    assert page.commits_of == (("Dev", 2),)


def test_a_page_of_a_failure_is_failed_and_links_only_to_a_release_that_exists() -> None:
    error = WorkflowError("What.", reason="Why.", hint="How.")

    failed = build_failed_page(config(), RUN, STATE, error)
    missing = build_not_deployed_page(
        config(), RUN, replace(STATE, is_created=False), "A note.", failed=False
    )

    assert (failed.failed, failed.notes) == (True, ("What.", "Why.", "How."))
    assert failed.release_url is not None
    named = build_failed_page(config(), RUN, PostState(release=NAME, environment=None), error)
    assert (missing.failed, missing.status) == (False, Status.NOT_DEPLOYED)
    assert (missing.release_url, named.release_url) == (None, None)


def test_what_is_done_later_and_what_was_skipped_are_sentences() -> None:
    skipped = replace(STATE, skip_reason="dry run")
    elsewhere = replace(RUN, is_github_actions=False)

    assert explain_pending_work(RUN, skipped) == "The dry run ends here."
    assert explain_pending_work(RUN, STATE) == "The action retries after the job."
    assert "deploy --create-missing-release" in explain_pending_work(elsewhere, STATE)
    assert "the status `failure`" in explain_job_failure(config(job_status="failure"))
    assert "status `unknown`" in explain_job_failure(config())


def test_a_deploy_whose_release_is_unknown_is_called_by_its_commit() -> None:
    reason = SkipReason(text="A reason.", failed=True)

    named = build_external_deploy_page(config(), RUN, None, reason, NAME)
    unnamed = build_external_deploy_page(config(), RUN, None, reason, None)
    unknown = build_external_deploy_page(config(), replace(RUN, sha=None), None, reason, None)

    assert (named.release, named.notes, named.failed) == (NAME, ("A reason.",), True)
    assert (unnamed.release, unknown.release) == ("commit bbbbbbb", "commit unknown")
