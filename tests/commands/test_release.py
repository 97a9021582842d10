"""Whole jobs: the requests to Sentry and GitHub, in order, and what users see."""

import json

import pytest

from fake_sentry import FakeServers, Reset, Status, default_repository
from job import Job

RELEASES = "/api/0/organizations/acme/releases/"
RELEASE = f"{RELEASES}shop%401.4.0%2B27/"
RUN = "https://github.com/acme/app/actions/runs/16544301843"
LIST = f"GET {RELEASES}?per_page=20&environment=production"
NAME = "shop@1.4.0+27"


def opening(head: str, **more: object) -> str:
    """The request that opens the release, with `more` in its body."""
    body = {
        "projects": ["shop"],
        "ref": head,
        "url": f"https://github.com/acme/app/commit/{head}",
        "version": NAME,
    } | more
    return f"POST {RELEASES} {json.dumps(body, sort_keys=True)}"


def deploying(finished: str, **more: object) -> str:
    """The request that marks the deploy."""
    body = {
        "dateFinished": finished,
        "dateStarted": "2026-03-01T12:00:00Z",
        "environment": "production",
        "name": "#128",
        "projects": ["shop"],
        "url": RUN,
    } | more
    return f"POST {RELEASE}deploys/ {json.dumps(body, sort_keys=True)}"


def finalizing(released: str) -> str:
    """The request that finalizes the release."""
    return f'PUT {RELEASE} {{"dateReleased": "{released}"}}'


def writes(sentry: FakeServers) -> list[str]:
    """The requests that change something in Sentry."""
    return [line for line in sentry.ledger.lines("sentry") if not line.startswith("GET")]


@pytest.fixture
def head(sentry: FakeServers) -> str:
    return sentry.repository.branches["main"]


def test_a_push_opens_its_release_and_marks_its_deploy_in_five_requests(
    job: Job, sentry: FakeServers, head: str
) -> None:
    main = job.main()
    job.time.pass_(600)
    sentry.land_commits()
    post = job.post()

    assert (main.exit_code, post.exit_code) == (0, 0)
    assert sentry.ledger.lines() == [
        LIST,
        opening(head, refs=[{"commit": head, "repository": "acme/app"}]),
        f"GET {RELEASE}commits/?per_page=100",  # is answered while the release is finalized
        finalizing("2026-03-01T12:10:00Z"),
        deploying("2026-03-01T12:10:00Z"),
    ]
    assert [mail.recipient for mail in sentry.mails] == ["dev@example.com"]
    assert main.annotations == post.annotations == []


def test_both_stages_keep_a_connection_and_the_list_for_the_summary_has_its_own(
    job: Job, sentry: FakeServers
) -> None:
    job.main()
    sentry.land_commits()
    job.post()

    assert [entry.connection for entry in sentry.ledger.entries] == [1, 1, 2, 3, 3]


def test_the_next_release_begins_where_the_environment_stood(
    job: Job, sentry: FakeServers, head: str
) -> None:
    job.main()
    sentry.land_commits()
    job.post()
    after = sentry.repository.commit("feat: more").sha
    job.environ |= {"GITHUB_SHA": after, "GITHUB_RUN_ID": "2", "GITHUB_RUN_NUMBER": "129"}
    (job.workspace / "pubspec.yaml").write_text("name: shop\nversion: 1.5.0+28\n")
    sentry.ledger.clear()

    stage = job.main()

    assert stage.outputs["previous-release"] == NAME
    assert stage.outputs["previous-commit"] == head
    ref = {"commit": after, "previousCommit": head, "repository": "acme/app"}
    assert sentry.ledger.entries[1].body["refs"] == [ref]  # type: ignore[index]


@pytest.mark.parametrize("status", ["failure", "cancelled", "skipped", ""])
def test_a_job_that_did_not_succeed_marks_nothing_and_says_so(
    job: Job, sentry: FakeServers, status: str
) -> None:
    job.main()
    sentry.ledger.clear()

    post = job.post(status=status)

    assert post.exit_code == 0
    assert sentry.ledger.lines() == []
    assert "no deploy to `production` recorded" in post.summary
    assert sentry.releases[NAME].released is None


def test_post_played_twice_leaves_one_deploy_and_the_same_date(
    job: Job, sentry: FakeServers
) -> None:
    job.main()
    sentry.land_commits()
    job.post()
    released = sentry.releases[NAME].released
    job.time.pass_(3600)

    again = job.post()

    assert again.exit_code == 0
    assert len(sentry.releases[NAME].deploys) == 1
    assert sentry.releases[NAME].released == released
    assert "was already deployed to" in again.summary


def test_post_played_twice_keeps_the_date_if_the_clock_was_set_back(
    job: Job, sentry: FakeServers
) -> None:
    job.main()
    sentry.land_commits()
    job.time.pass_(60)
    job.post()
    released = sentry.releases[NAME].released
    job.time.passed_s -= 30

    again = job.post()

    assert again.exit_code == 0
    assert sentry.releases[NAME].released == released


def test_post_played_twice_keeps_the_date_if_its_deploys_cannot_be_listed_at_first(
    job: Job, sentry: FakeServers
) -> None:
    job.main()
    sentry.land_commits()
    job.post()
    released = sentry.releases[NAME].released
    job.time.pass_(3600)
    sentry.fail("GET", "*/deploys/", Status(status=429, headers={"Retry-After": "40"}))

    again = job.post()

    assert (again.exit_code, again.annotations) == (0, [])
    assert sentry.releases[NAME].released == released


def test_a_date_that_another_job_without_a_deploy_has_set_is_kept(
    job: Job, sentry: FakeServers
) -> None:
    job.main(deploy="false")
    sentry.land_commits()
    own = dict(job.state)
    job.environ["GITHUB_RUN_ID"] = "2"
    job.main(deploy="false")
    job.post(deploy="false")
    released = sentry.releases[NAME].released
    assert released is not None
    job.environ["GITHUB_RUN_ID"] = "16544301843"
    job.state = own
    job.time.pass_(1800)

    job.post(deploy="false")

    assert sentry.releases[NAME].released == released


def test_a_second_attempt_of_the_run_keeps_the_date_and_marks_its_own_deploy(
    job: Job, sentry: FakeServers
) -> None:
    job.main()
    sentry.land_commits()
    job.post()
    released = sentry.releases[NAME].released
    job.environ["GITHUB_RUN_ATTEMPT"] = "2"
    job.time.pass_(3600)

    job.main()
    job.post()

    deploys = sentry.releases[NAME].deploys
    assert [(one.name, one.url) for one in deploys] == [
        ("#128", RUN),
        ("#128.2", f"{RUN}/attempts/2"),
    ]
    assert sentry.releases[NAME].released == released


def test_a_date_that_another_job_set_meanwhile_is_given_back(job: Job, sentry: FakeServers) -> None:
    job.main()
    sentry.land_commits()
    own = dict(job.state)
    job.environ |= {"GITHUB_RUN_ID": "2", "GITHUB_RUN_NUMBER": "7"}
    job.main()
    job.time.pass_(60)
    job.post()
    other_values = sentry.releases[NAME].released
    job.environ |= {"GITHUB_RUN_ID": "16544301843", "GITHUB_RUN_NUMBER": "128"}
    job.state = own
    job.time.pass_(1800)

    job.post()

    assert sentry.releases[NAME].released == other_values
    assert [one.name for one in sentry.releases[NAME].deploys] == ["#7", "#128"]


def test_the_same_commit_deployed_once_more_keeps_its_commits(
    job: Job, sentry: FakeServers
) -> None:
    job.main()
    sentry.land_commits()
    job.post()
    before = sentry.releases[NAME].commits
    sentry.ledger.clear()

    job.main()

    assert "refs" not in writes(sentry)[0]
    assert sentry.releases[NAME].commits == before


def test_an_organization_token_is_enough(job: Job, sentry: FakeServers) -> None:
    job.environ |= {"SENTRY_AUTH_TOKEN": sentry.organization_token}
    del job.environ["SENTRY_ORG"], job.environ["SENTRY_URL"]

    job.main()
    sentry.land_commits()
    post = job.post()

    assert post.annotations == []
    assert len(sentry.releases[NAME].deploys) == 1


def test_a_repository_sentry_does_not_know_gets_its_commits_from_github(
    job: Job, sentry: FakeServers, head: str
) -> None:
    sentry.store.known_repositories.clear()

    main = job.main()
    job.post()

    release = sentry.releases[NAME]
    assert main.exit_code == 0
    assert len(release.commits) == 6
    assert len(release.deploys) == 1
    assert [mail.recipient for mail in sentry.mails] == ["dev@example.com"]
    entry = [one for one in sentry.ledger.entries if one.method == "POST"][1]
    sent = entry.body["commits"]  # type: ignore[index]
    assert sent[0]["id"] == head
    assert {commit["repository"] for commit in sent} == {"acme/app"}
    renamed = next(commit for commit in sent if "refactor" in commit["message"])
    assert {(file["type"], file["path"]) for file in renamed["patch_set"]} == {
        ("A", "c.py"),
        ("D", "b.py"),
    }


def test_commits_that_never_land_are_brought_before_the_deploy_is_marked(
    job: Job, sentry: FakeServers
) -> None:
    sentry.store.fetch_delay = 1e9
    job.main()
    sentry.ledger.clear()

    post = job.post()

    methods = [line.split(" ")[0] for line in writes(sentry)]
    assert methods == ["PUT", "PUT", "POST"]
    assert "commits" in writes(sentry)[1]
    assert [mail.recipient for mail in sentry.mails] == ["dev@example.com"]
    assert "read from GitHub" in post.summary


def test_a_token_that_may_not_read_commits_costs_the_mail_but_not_the_deploy(
    job: Job, sentry: FakeServers
) -> None:
    sentry.store.known_repositories.clear()
    sentry.fail("GET", "/github/**", Status(status=403), times=None)

    main, post = job.main(), job.post()

    assert (main.exit_code, post.exit_code) == (0, 0)
    assert len(sentry.releases[NAME].deploys) == 1
    assert any("contents: read" in text for text in main.annotations)
    assert "No deploy emails: " in post.summary.replace("\\", "")


def test_a_dry_run_reports_everything_and_changes_nothing(job: Job, sentry: FakeServers) -> None:
    main, post = job.main(dry_run="true"), job.post(dry_run="true")

    assert (main.exit_code, post.exit_code) == (0, 0)
    assert writes(sentry) == []
    assert main.outputs["release"] == NAME
    assert "would be created" in main.summary


@pytest.mark.parametrize("environment", ["production", ""], ids=["named", "the job's own"])
def test_a_dry_run_changes_nothing_either_when_sentry_is_back_after_the_job(
    job: Job, sentry: FakeServers, environment: str
) -> None:
    sentry.fail("*", "**", Status(status=503), times=None)
    main = job.main(environment=environment, dry_run="true")
    sentry.hint()
    sentry.ledger.clear()

    post = job.post(environment=environment, dry_run="true")

    assert (main.exit_code, post.exit_code) == (0, 0)
    assert sentry.ledger.lines() == []
    assert main.annotations[-1].endswith("The dry run ends here.")
    assert "again" not in main.annotations[-1] + main.summary


def test_a_dead_sentry_costs_the_build_nothing_but_a_warning(job: Job, sentry: FakeServers) -> None:
    sentry.fail("*", "**", Reset(), times=None)

    main = job.main()

    assert main.exit_code == 0
    assert main.outputs["release"] == NAME
    assert main.variables["SENTRY_RELEASE"] == NAME
    assert json.loads((job.workspace / main.outputs["dart-defines-file"]).read_text()) == {
        "SENTRY_RELEASE": NAME,
        "SENTRY_DIST": "27",
        "SENTRY_ENVIRONMENT": "production",
    }
    assert len(main.annotations) == 1
    assert main.annotations[0].startswith("warning: Sentry at")
    assert main.annotations[0].endswith("The action retries after the job.")
    assert job.time.passed_s <= 60


def test_without_a_stage_after_the_job_an_outage_names_the_command_that_makes_up_for_it(
    job: Job, sentry: FakeServers
) -> None:
    del job.environ["GITHUB_ACTIONS"]
    sentry.fail("*", "**", Status(status=503), times=None)

    main = job.main()
    sentry.hint()
    deploy = job.play("deploy", create_missing_release="true")

    assert (main.exit_code, deploy.exit_code) == (0, 0)
    assert "Run `sentry-release deploy --create-missing-release` to do the rest." in main.log
    assert len(sentry.releases[NAME].deploys) == 1


def test_a_release_that_main_could_not_open_is_opened_after_the_job(
    job: Job, sentry: FakeServers
) -> None:
    sentry.fail("*", "**", Status(status=503), times=None)
    job.main()
    sentry.hint()

    post = job.post()

    release = sentry.releases[NAME]
    assert post.exit_code == 0
    assert len(release.deploys) == 1
    assert len(release.commits) == 6
    assert release.released is not None


def test_the_tag_before_is_found_after_the_job_as_well(job: Job, sentry: FakeServers) -> None:
    shas = list(sentry.repository.commits)
    sentry.repository.tags |= {"v1.3.0": shas[0], "v1.4.0": shas[-1]}
    sentry.fail("*", "**", Status(status=503), times=None)
    job.main(commits_since="last-tag")
    sentry.hint()

    job.post(commits_since="last-tag")

    assert len(sentry.releases[NAME].commits) == len(shas) - 1


def test_the_jobs_own_environment_outlasts_an_outage_of_sentry(
    job: Job, sentry: FakeServers
) -> None:
    sentry.repository.check_run(4711, environment="staging")
    sentry.fail("*", f"{RELEASES}**", Status(status=503), times=None)
    main = job.main(environment="")
    sentry.hint()

    job.post(environment="")

    assert "| Environment | `staging` |" in main.summary
    assert [one.environment for one in sentry.releases[NAME].deploys] == ["staging"]


def test_an_outage_fails_the_job_only_if_requested(job: Job, sentry: FakeServers) -> None:
    sentry.fail("*", "**", Status(status=502), times=None)

    main = job.main(on_outage="fail")

    assert main.exit_code == 5
    assert main.outputs["release"] == NAME
    assert main.annotations[0].startswith("error: Sentry at")


def test_a_name_that_needs_a_response_of_github_is_reported_with_a_hint(
    job: Job, sentry: FakeServers
) -> None:
    sentry.fail("GET", "/github/**", Status(status=502), times=None)

    main = job.main(environment="", release="{{ package }}-{{ environment }}@{{ version }}")

    assert main.exit_code == 5
    assert main.annotations[0].startswith("error: The release cannot be named.")
    assert "Set `environment` in this step's `with:`" in main.annotations[0]
    assert sentry.ledger.lines("sentry") == []


def test_a_finished_name_needs_no_answer_of_githubs_whatever_words_it_has(
    job: Job, sentry: FakeServers
) -> None:
    sentry.fail("GET", "/github/**", Status(status=502), times=None)

    main = job.main(environment="", release="environment@1.4.0")

    assert (main.exit_code, main.outputs["release"]) == (0, "environment@1.4.0")


def test_an_outage_after_the_job_is_a_warning(job: Job, sentry: FakeServers) -> None:
    job.main()
    sentry.fail("*", "**", Status(status=502), times=None)

    assert job.post().exit_code == 0
    assert job.post(on_outage="fail").exit_code == 5


@pytest.mark.parametrize(
    "event",
    [
        pytest.param(
            {"pull_request": {"head": {"sha": "1" * 40, "repo": {"full_name": "fork/app"}}}},
            id="from a fork",
        ),
        pytest.param(
            {"pull_request": {"head": {"sha": "1" * 40, "repo": None}}},
            id="from a fork that has been deleted",
        ),
    ],
)
def test_a_pull_request_from_a_fork_gets_its_name_and_one_notice(
    job: Job, sentry: FakeServers, event: dict[str, object]
) -> None:
    job.environ["SENTRY_AUTH_TOKEN"] = ""
    del job.environ["SENTRY_ORG"]  # an organization token would contain it
    job.event(event)

    main, post = job.main(), job.post()

    assert (main.exit_code, post.exit_code) == (0, 0)
    assert main.outputs["release"] == NAME
    assert [text.split(":")[0] for text in main.annotations] == ["notice"]
    assert "None" not in main.summary
    assert post.annotations == []
    assert sentry.ledger.lines() == []


def test_a_push_without_a_token_is_a_mistake_that_is_named(job: Job, sentry: FakeServers) -> None:
    job.environ["SENTRY_AUTH_TOKEN"] = ""

    main = job.main()

    assert main.exit_code == 2
    assert "SENTRY_AUTH_TOKEN" in main.annotations[0]
    assert sentry.ledger.lines() == []


def test_the_environment_is_the_jobs_own_when_none_is_named(job: Job, sentry: FakeServers) -> None:
    sentry.repository.check_run(4711, environment="staging")

    main = job.main(environment="")
    sentry.land_commits()
    job.post(environment="")

    assert main.outputs["environment"] == "staging"
    assert main.variables["SENTRY_ENVIRONMENT"] == "staging"
    assert [one.environment for one in sentry.releases[NAME].deploys] == ["staging"]
    assert sentry.ledger.lines("github") == ["GET /github/repos/acme/app/check-runs/4711"]


def test_an_environment_that_sentry_refuses_is_reported_before_any_request(
    job: Job, sentry: FakeServers
) -> None:
    sentry.repository.check_run(4711, environment="review/login")

    main = job.main(environment="")

    assert main.exit_code == 2
    assert main.annotations[0].startswith("error: GitHub's environment 'review/login' has a slash")
    assert "SENTRY_ENVIRONMENT" not in main.variables
    assert sentry.ledger.lines("sentry") == []


def test_without_checks_read_the_deployments_name_the_environment(
    job: Job, sentry: FakeServers
) -> None:
    sentry.fail("GET", "check-runs/*", Status(status=403), times=None)
    page = f"{RUN}/job/4711"
    sentry.repository.deployment("qa", ("in_progress", page))

    main = job.main(environment="")

    assert main.outputs["environment"] == "qa"
    assert "::debug::GitHub: The token of the workflow could not read" in main.log


def test_a_job_without_an_environment_finalizes_and_marks_no_deploy(
    job: Job, sentry: FakeServers
) -> None:
    sentry.repository.check_run(4711)

    job.main(environment="")
    sentry.land_commits()
    post = job.post(environment="")

    assert sentry.releases[NAME].deploys == []
    assert sentry.releases[NAME].released is not None
    assert "No deploy recorded: the job has no environment." in post.summary.replace("\\", "")


def test_a_job_whose_environment_github_does_not_reveal_finalizes_nothing_and_is_warned(
    job: Job, sentry: FakeServers
) -> None:
    sentry.fail("GET", "/github/**", Status(status=403), times=None)

    main = job.main(environment="")
    sentry.land_commits()
    post = job.post(environment="")

    assert (main.exit_code, post.exit_code) == (0, 0)
    assert sentry.releases[NAME].deploys == []
    assert sentry.releases[NAME].released is None
    [warning] = main.annotations
    assert "the job's environment is unknown (GitHub answered 403" in warning
    assert "`permissions: checks: read`" in warning
    summary = post.summary.replace("\\", "")
    assert "No deploy recorded: the job's environment is unknown (GitHub answered 403" in summary
    assert "Not finalized: the job's environment is unknown" in summary


OWN_BRANCH = {"pull_request": {"head": {"sha": "1" * 40, "repo": {"full_name": "acme/app"}}}}


@pytest.mark.parametrize("status", [200, 403], ids=["no environment", "unknown environment"])
def test_a_pull_request_without_an_environment_changes_nothing_and_gets_one_notice(
    job: Job, sentry: FakeServers, status: int
) -> None:
    job.event(OWN_BRANCH)
    job.environ["GITHUB_EVENT_NAME"] = "pull_request"
    if status == 200:
        sentry.repository.check_run(4711)
    else:
        sentry.fail("GET", "/github/**", Status(status=status), times=None)

    main, post = job.main(environment=""), job.post(environment="")

    assert (main.exit_code, post.exit_code) == (0, 0)
    assert main.outputs["release"] == NAME
    assert sentry.ledger.lines("sentry") == []
    [notice] = main.annotations
    assert notice.startswith("notice: ")
    assert "pull request or merge queue without an environment" in notice


def test_a_preview_of_a_pull_request_gets_a_deploy_and_neither_commits_nor_a_date(
    job: Job, sentry: FakeServers
) -> None:
    job.event(OWN_BRANCH)
    job.environ["GITHUB_EVENT_NAME"] = "pull_request"

    main, post = job.main(environment="preview"), job.post(environment="preview")

    assert (main.exit_code, post.exit_code) == (0, 0)
    [deploy] = sentry.releases[NAME].deploys
    assert deploy.environment == "preview"
    assert sentry.releases[NAME].commits == []
    assert sentry.releases[NAME].released is None


@pytest.mark.parametrize("applied", [True, False], ids=["carried out", "not carried out"])
@pytest.mark.parametrize(
    "fault",
    [Reset(), Status(status=500), Status(status=502), Status(status=504)],
    ids=["reset", "500", "502", "504"],
)
def test_a_lost_answer_still_makes_exactly_one_deploy(
    job: Job, sentry: FakeServers, fault: Reset | Status, *, applied: bool
) -> None:
    job.main()
    sentry.land_commits()
    sentry.fail("POST", "*/deploys/", fault, applied=applied)

    post = job.post()

    assert len(sentry.releases[NAME].deploys) == 1
    assert len(sentry.mails) == 1
    assert "is deployed to `production`" in post.summary


@pytest.mark.parametrize("content", [b"x" * 100_000, b"{{ nope }}", b"\xe9"])
def test_a_template_that_was_spoilt_meanwhile_costs_neither_the_summary_nor_a_notice(
    job: Job, sentry: FakeServers, content: bytes
) -> None:
    template = job.workspace / "mine.md"
    template.write_text("{{ release }}")
    inputs = {"notify_template": "mine.md", "notify_urls": "json://127.0.0.1:9/"}
    job.main(**inputs)
    sentry.land_commits()
    template.write_bytes(content)

    post = job.post(**inputs)

    assert post.exit_code == 0
    assert "is deployed to `production`" in post.summary
    assert len(post.annotations) == 1


@pytest.mark.parametrize(
    ("late", "output"),
    [
        pytest.param({"deploy_url": "https://a.test/" + "x" * 300}, "315 characters", id="long"),
        pytest.param({"deploy_url": "preview-7"}, "it is not a URL", id="no address"),
        pytest.param({"deploy_name": "n" * 65}, "65 characters", id="a long name"),
    ],
)
def test_what_a_later_step_gives_wrongly_costs_itself_and_not_the_deploy(
    job: Job, sentry: FakeServers, late: dict[str, str], output: str
) -> None:
    job.main()
    sentry.land_commits()

    post = job.post(**late)

    [deploy] = sentry.releases[NAME].deploys
    assert (deploy.name, deploy.url) == ("#128", RUN)
    [warning] = post.annotations
    assert output in warning
    assert "The input is ignored." in warning
    assert job.main(**late).exit_code == 2


def test_two_legs_of_a_matrix_mark_one_deploy(job: Job, sentry: FakeServers) -> None:
    job.main()
    first = dict(job.state)
    job.main()
    sentry.land_commits()
    job.post()
    job.state = first

    job.post()

    assert len(sentry.releases[NAME].deploys) == 1


def test_phase_deploy_marks_what_another_job_opened(job: Job, sentry: FakeServers) -> None:
    job.main()
    sentry.land_commits()
    job.state.clear()

    deploy = job.play("deploy", release=NAME)
    post = job.play("deploy")

    assert (deploy.exit_code, post.exit_code) == (0, 0)
    assert deploy.outputs["deployed"] == "true"
    assert deploy.outputs["deploy-id"] == str(sentry.releases[NAME].deploys[0].id)
    assert deploy.outputs["commit-count"] == "6"
    assert len(sentry.releases[NAME].deploys) == 1


def test_phase_deploy_needs_no_checkout_when_the_name_is_given(
    job: Job, sentry: FakeServers
) -> None:
    job.main()
    sentry.land_commits()
    (job.workspace / "pubspec.yaml").unlink()

    assert job.play("deploy", release=NAME).exit_code == 0


def test_phase_deploy_of_an_unknown_release_is_a_mistake(job: Job, sentry: FakeServers) -> None:
    deploy = job.play("deploy")

    assert deploy.exit_code == 4
    assert f"no release '{NAME}'" in deploy.annotations[0]
    assert f"| Release | `{NAME}` |" in deploy.summary
    assert writes(sentry) == []


def test_phase_deploy_marks_each_run_also_under_a_name_and_a_link_of_the_users(
    job: Job, sentry: FakeServers
) -> None:
    job.main(deploy="false")
    sentry.land_commits()
    for run in ("16544301843", "16544301900"):
        job.environ["GITHUB_RUN_ID"] = run
        job.time.pass_(60)
        job.play("deploy", deploy_name="web", deploy_url="https://shop.example.com")

    assert [one.name for one in sentry.releases[NAME].deploys] == ["web", "web"]


@pytest.mark.parametrize(
    ("matrix_jobs", "looks"),
    [
        pytest.param("1", 1, id="it is alone"),
        pytest.param("2", 2, id="another leg may have been faster"),
    ],
)
def test_the_deploy_action_reads_the_release_again_in_a_matrix_and_always_looks_for_duplicates(
    job: Job, sentry: FakeServers, matrix_jobs: str, looks: int
) -> None:
    job.main(deploy="false")
    sentry.land_commits()
    sentry.ledger.clear()

    job.play("deploy", job_total=matrix_jobs)

    requests = [line.partition(" ")[0] for line in sentry.ledger.lines("sentry")]
    assert requests == [*["GET"] * looks, "PUT", "POST", "GET", "GET"]


def test_phase_deploy_after_a_failed_step_marks_nothing(job: Job, sentry: FakeServers) -> None:
    job.main()
    sentry.ledger.clear()

    deploy = job.play("deploy", job_status="failure")

    assert deploy.exit_code == 0
    assert deploy.outputs["deployed"] == "false"
    assert sentry.ledger.lines() == []


def test_never_means_never(job: Job, sentry: FakeServers) -> None:
    job.main(finalize="false", deploy="false")
    sentry.land_commits()
    post = job.post(finalize="false", deploy="false")

    assert sentry.releases[NAME].released is None
    assert sentry.releases[NAME].deploys == []
    assert "`deploy` is `false`" in post.summary.replace("\\", "")


@pytest.mark.parametrize(
    ("since", "expected"),
    [
        pytest.param("sentry-default", None, id="Sentry's own default"),
        pytest.param("1" * 40, "1" * 40, id="a sha is taken as it is"),
    ],
)
def test_commits_since_says_where_the_commits_begin(
    job: Job, sentry: FakeServers, since: str, expected: str | None
) -> None:
    job.main(commits_since=since)

    [entry] = sentry.ledger.entries
    [ref] = entry.body["refs"]  # type: ignore[index]
    assert ref.get("previousCommit") == expected


def test_previous_tag_is_the_newest_lower_version(job: Job, sentry: FakeServers) -> None:
    shas = list(sentry.repository.commits)
    sentry.repository.tags |= {
        "v1.3.0": shas[0],
        "v1.4.0-rc.1": shas[2],
        "v1.3.9": shas[1],
        "v2.0.0": shas[3],
        "nightly": shas[4],
    }

    stage = job.main(commits_since="last-tag")

    assert stage.outputs["previous-commit"] == shas[1]


def test_previous_release_does_not_request_the_environment(job: Job, sentry: FakeServers) -> None:
    job.main(commits_since="last-release")

    assert sentry.ledger.lines()[0] == f"GET {RELEASES}?per_page=20"


def test_no_commits_means_none_are_named(job: Job, sentry: FakeServers) -> None:
    job.main(set_commits="skip")

    assert "refs" not in writes(sentry)[0]


def test_commits_only_by_integration_fail_when_sentry_does_not_know_the_repository(
    job: Job, sentry: FakeServers
) -> None:
    sentry.store.known_repositories.clear()

    main = job.main(set_commits="integration")

    assert main.exit_code == 4
    assert "Settings > Integrations" in main.annotations[0]


def test_commits_by_github_come_with_the_opening(job: Job, sentry: FakeServers) -> None:
    job.main(set_commits="github")

    assert len(sentry.releases[NAME].commits) == 6
    assert len(writes(sentry)) == 1


def test_sentry_busy_with_commits_is_waited_for(job: Job, sentry: FakeServers) -> None:
    job.main()
    sentry.store.fetch_delay = 1e9
    sentry.refuse_commits(NAME, times=2)

    job.post()

    assert len(sentry.releases[NAME].deploys) == 1


def test_a_rate_limit_is_waited_out(job: Job, sentry: FakeServers) -> None:
    sentry.fail("POST", "*/releases/", Status(status=429, headers={"Retry-After": "7"}), times=1)

    main = job.main()

    assert main.annotations == []
    assert job.time.passed_s >= 7


def test_a_github_on_a_local_network_costs_the_links_and_nothing_else(
    job: Job, sentry: FakeServers
) -> None:
    job.environ["GITHUB_SERVER_URL"] = "https://ghes"  # Sentry takes no host without a dot

    main = job.main()
    sentry.land_commits()
    post = job.post()

    release = sentry.releases[NAME]
    assert (main.annotations, post.annotations) == ([], [])
    assert release.url is None
    assert [(one.name, one.url) for one in release.deploys] == [("#128 (16544301843.1)", None)]


def test_every_request_names_the_program(job: Job, sentry: FakeServers) -> None:
    job.main()

    agents = {entry.headers["user-agent"] for entry in sentry.ledger.entries}
    assert len(agents) == 1
    assert agents.pop().startswith("sentry-release-flutter/")


def test_a_token_that_may_not_name_projects_still_marks_the_deploy(
    job: Job, sentry: FakeServers
) -> None:
    job.main()
    sentry.land_commits()
    refusal = Status(status=400, body='{"projects": ["Insufficient access to project"]}')
    sentry.fail("POST", "*/deploys/", refusal)

    post = job.post()

    assert post.annotations == []
    assert "projects" not in writes(sentry)[-1]
    assert len(sentry.releases[NAME].deploys) == 1


def test_a_redirect_is_not_followed_with_the_token(job: Job, sentry: FakeServers) -> None:
    away = Status(status=302, headers={"Location": "https://elsewhere.example/"})
    sentry.fail("*", "**", away, times=None)

    main = job.main()

    assert main.exit_code == 4
    assert "https://elsewhere.example/" in main.annotations[0]
    assert sentry.store.known_repositories == [default_repository().name]
