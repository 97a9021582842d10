"""Claims about CI hosts other than GitHub's: what their variables say, and what the commands do there."""

import json
import re
from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import given as tried_with
from hypothesis import strategies as st

from builds import FIXTURES, HOSTS, SHA, Build, checked_out, variables
from fake_sentry import FakeServers, default_repository
from properties import tried
from sentry_release.ci.context import Context
from sentry_release.ci.detect import detect_context
from sentry_release.ci.git_repository import Forge, GitCheckout, parse_remote_url
from sentry_release.ci.providers import CI_PROVIDERS as TABLE

HEAD = "ab12" * 10
GITHUB = GitCheckout(sha=SHA, branch="main", origin=parse_remote_url("https://github.com/acme/app"))


def on(host: str, **more: str) -> Context:
    """What is given by a host's fixture, with these variables besides."""
    return detect_context(variables(host) | more, {}, GITHUB)


@pytest.fixture(params=sorted(HOSTS))
def host(request: pytest.FixtureRequest) -> str:
    """Each host in turn."""
    return str(request.param)


@pytest.fixture
def build(host: str, sentry: FakeServers, tmp_path: Path) -> Build:
    """A build on each host in turn, of a checkout that came from GitHub."""
    checked_out(tmp_path, url="https://github.com/acme/app", sha=HEAD)
    return Build.on(host, sentry=sentry, folder=tmp_path)


def on_gitlab(sentry: FakeServers, folder: Path) -> Build:
    """A build on GitLab."""
    return Build.on("gitlab", sentry=sentry, folder=folder)


# --- the table ---


def test_every_host_of_the_table_has_a_fixture() -> None:
    assert [row.name for row in TABLE] == list(HOSTS.values())
    assert {path.stem for path in FIXTURES.glob("*.env")} == set(HOSTS)


def test_a_host_is_known_by_a_variable_that_no_other_sets(host: str) -> None:
    found = on(host).provider

    assert found is not None
    assert found.name == HOSTS[host]
    assert [row.name for row in TABLE if row.detect_variable in variables(host)] == [HOSTS[host]]


def test_the_table_says_where_its_variables_are_documented(host: str) -> None:
    (row,) = (row for row in TABLE if row.name == HOSTS[host])

    assert row.docs_url.startswith("https://")
    assert row.secrets_hint


def test_every_host_reports_commit_branch_and_run(host: str) -> None:
    context = on(host)

    assert context.sha == SHA
    assert (context.branch, context.tag) == ("main", None)
    assert context.run_id
    assert context.run_name in {"#128", "#20261122.3"}
    assert context.is_ci
    assert not context.is_github_actions
    assert context.no_secrets_reason is None
    assert context.job_status in {None, "success"}


@pytest.mark.parametrize(
    ("name", "page"),
    [
        ("gitlab", "https://gitlab.com/acme/app/-/jobs/8421993007"),
        (
            "codemagic",
            "https://codemagic.io/app/61f2a9d0b4c3e7a812345678/build/64b7f0a1c5d2e8f901234567",
        ),
        ("bitrise", "https://app.bitrise.io/build/0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0"),
        (
            "azure",
            "https://dev.azure.com/acme/Web%20Shop/_build/results?buildId=90417"
            "&view=logs&j=12f1170f-54f2-53f3-20dd-22fc7dff55f9",
        ),
        ("circleci", "https://circleci.com/gh/acme/app/128"),
        ("bitbucket", "https://bitbucket.org/acme/app/pipelines/results/128"),
        (
            "xcode-cloud",
            "https://appstoreconnect.apple.com/teams/4b6f/apps/1580000000/ci/builds/6c1f0b9a",
        ),
        ("jenkins", "https://jenkins.example.com/job/acme/job/app/job/main/128/"),
    ],
)
def test_the_page_of_a_run_is_the_host_s_own(name: str, page: str) -> None:
    assert on(name).run_url == page


@pytest.mark.parametrize(
    ("name", "forge", "server", "repository", "in_sentry"),
    [
        ("gitlab", Forge.GITLAB, "https://gitlab.com", "acme/app", None),
        ("codemagic", Forge.GITHUB, "https://github.com", "acme/app", "acme/app"),
        ("bitrise", Forge.GITHUB, "https://github.com", "acme/app", "acme/app"),
        ("azure", Forge.AZURE, "https://dev.azure.com", "acme/Web Shop/_git/app", "app"),
        ("circleci", Forge.GITHUB, "https://github.com", "acme/app", "acme/app"),
        ("bitbucket", Forge.BITBUCKET, "https://bitbucket.org", "acme/app", "acme/app"),
        ("xcode-cloud", Forge.GITHUB, "https://github.com", "acme/app", "acme/app"),
        ("jenkins", Forge.GITHUB, "https://github.com", "acme/app", "acme/app"),
    ],
)
def test_the_repository_is_known_with_its_name_in_sentry(
    name: str, forge: Forge, server: str, repository: str, in_sentry: str | None
) -> None:
    context = on(name)

    assert (context.forge, context.server_url, context.repository) == (forge, server, repository)
    assert context.sentry_repository == in_sentry


@pytest.mark.parametrize(
    ("name", "environment"),
    [("gitlab", "production"), ("azure", "production"), ("bitbucket", "production")]
    + [(name, None) for name in ("codemagic", "bitrise", "circleci", "xcode-cloud", "jenkins")],
)
def test_a_host_with_environments_reports_that_of_the_job(
    name: str, environment: str | None
) -> None:
    assert on(name).environment == environment


@pytest.mark.parametrize(
    ("name", "more"),
    [
        pytest.param("gitlab", {"CI_COMMIT_TAG": "v1.4.0", "CI_COMMIT_BRANCH": ""}, id="gitlab"),
        pytest.param("codemagic", {"CM_TAG": "v1.4.0", "CM_BRANCH": ""}, id="codemagic"),
        pytest.param("bitrise", {"BITRISE_GIT_TAG": "v1.4.0"}, id="bitrise"),
        pytest.param("azure", {"BUILD_SOURCEBRANCH": "refs/tags/v1.4.0"}, id="azure"),
        pytest.param("circleci", {"CIRCLE_TAG": "v1.4.0", "CIRCLE_BRANCH": ""}, id="circleci"),
        pytest.param("bitbucket", {"BITBUCKET_TAG": "v1.4.0"}, id="bitbucket"),
        pytest.param("xcode-cloud", {"CI_TAG": "v1.4.0", "CI_BRANCH": ""}, id="xcode cloud"),
        pytest.param(
            "jenkins", {"TAG_NAME": "v1.4.0", "BRANCH_NAME": "v1.4.0"}, id="jenkins, with both"
        ),
    ],
)
def test_a_tag_is_known_as_a_tag(name: str, more: dict[str, str]) -> None:
    context = on(name, **more)

    assert (context.tag, context.branch) == ("v1.4.0", None)


@pytest.mark.parametrize(
    ("name", "more", "branch"),
    [
        pytest.param(
            "gitlab",
            {
                "CI_COMMIT_BRANCH": "",
                "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA": HEAD,
                "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME": "login",
            },
            "login",
            id="gitlab, merged results",
        ),
        pytest.param(
            "azure",
            {
                "BUILD_SOURCEBRANCH": "refs/pull/17/merge",
                "SYSTEM_PULLREQUEST_SOURCEBRANCH": "refs/heads/login",
                "SYSTEM_PULLREQUEST_SOURCECOMMITID": HEAD,
            },
            "login",
            id="azure",
        ),
        pytest.param(
            "xcode-cloud",
            {
                "CI_BRANCH": "",
                "CI_PULL_REQUEST_SOURCE_BRANCH": "login",
                "CI_PULL_REQUEST_SOURCE_COMMIT": HEAD,
            },
            "login",
            id="xcode cloud",
        ),
        pytest.param(
            "jenkins",
            {"BRANCH_NAME": "PR-24", "CHANGE_BRANCH": "login", "GIT_COMMIT": HEAD},
            "login",
            id="jenkins",
        ),
    ],
)
def test_a_pull_request_is_its_own_commit_and_branch(
    name: str, more: dict[str, str], branch: str
) -> None:
    context = on(name, **more)

    assert (context.sha, context.branch, context.tag) == (HEAD, branch, None)


FORKED = {
    "gitlab": {"CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "9", "CI_MERGE_REQUEST_PROJECT_ID": "4711"},
    "bitrise": {"BITRISEIO_PULL_REQUEST_REPOSITORY_URL": "https://github.com/mallory/app.git"},
    "azure": {"SYSTEM_PULLREQUEST_ISFORK": "True"},
    "circleci": {"CIRCLE_PR_REPONAME": "app"},
    "xcode-cloud": {
        "CI_PULL_REQUEST_SOURCE_REPO": "mallory/app",
        "CI_PULL_REQUEST_TARGET_REPO": "acme/app",
    },
    "jenkins": {"CHANGE_FORK": "mallory"},
}
OWN = {
    "gitlab": {"CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "4711", "CI_MERGE_REQUEST_PROJECT_ID": "4711"},
    "bitrise": {"BITRISEIO_PULL_REQUEST_REPOSITORY_URL": "https://github.com/acme/app.git"},
    "azure": {"SYSTEM_PULLREQUEST_ISFORK": "False"},
    "circleci": {"CIRCLE_PULL_REQUEST": "https://github.com/acme/app/pull/7"},
    "xcode-cloud": {
        "CI_PULL_REQUEST_SOURCE_REPO": "acme/app",
        "CI_PULL_REQUEST_TARGET_REPO": "acme/app",
    },
    "jenkins": {"CHANGE_ID": "7"},
}


@pytest.mark.parametrize("name", sorted(FORKED))
def test_a_pull_request_from_a_fork_may_have_no_secrets(name: str) -> None:
    assert (
        on(name, **FORKED[name]).no_secrets_reason == "a pull request from a fork gets no secrets"
    )
    assert on(name, **OWN[name]).no_secrets_reason is None


@pytest.mark.parametrize(
    ("name", "more", "word"),
    [
        ("gitlab", {"CI_JOB_STATUS": "failed"}, "failed"),
        ("gitlab", {"CI_JOB_STATUS": "success"}, "success"),
        ("bitrise", {"BITRISE_BUILD_STATUS": "1"}, "1"),
        ("azure", {"AGENT_JOBSTATUS": "SucceededWithIssues"}, "success"),
        ("azure", {"AGENT_JOBSTATUS": "Canceled"}, "Canceled"),
        ("bitbucket", {"BITBUCKET_EXIT_CODE": "1"}, "1"),
        ("xcode-cloud", {"CI_XCODEBUILD_EXIT_CODE": "65"}, "65"),
        ("jenkins", {}, None),
    ],
)
def test_a_host_may_report_that_the_job_has_failed(
    name: str, more: dict[str, str], word: str | None
) -> None:
    assert on(name, **more).job_status == word


def test_github_s_own_runner_takes_precedence_over_all_others(host: str) -> None:
    both = variables(host) | {"GITHUB_ACTIONS": "true", "GITHUB_SHA": HEAD}

    context = detect_context(both, {}, GITHUB)

    assert context.provider is None
    assert (context.sha, context.repository, context.environment) == (HEAD, None, None)


def test_what_looks_like_github_s_counts_for_nothing_on_a_host(host: str) -> None:
    stray = {"GITHUB_RUN_ID": "1", "GITHUB_RUN_ATTEMPT": "9", "GITHUB_SHA": HEAD}
    event = {"pull_request": {"head": {"sha": HEAD, "repo": {"full_name": "mallory/app"}}}}

    context = detect_context(variables(host) | stray, event, GITHUB)

    assert context == on(host)


def test_an_attempt_is_another_run(host: str) -> None:
    (row,) = (row for row in TABLE if row.name == HOSTS[host])
    first = on(host)

    again = on(host, **dict.fromkeys(row.attempt or row.run_id, "2"))

    if row.attempt:
        assert (again.run_name, again.run_url) == (
            f"{first.run_name}.2",
            f"{first.run_url}#attempt-2",
        )
    else:
        assert again.run_id != first.run_id


@pytest.mark.parametrize("text", ["", "first", "9" * 10])
def test_an_attempt_that_is_not_a_number_counts_as_the_first(text: str) -> None:
    assert on("azure", SYSTEM_JOBATTEMPT=text).run_attempt == 1


def test_a_page_that_sentry_would_refuse_is_none() -> None:
    context = on("jenkins", BUILD_URL="http://jenkins:8080/job/app/128/")

    assert context.run_url is None
    assert context.run_id == "jenkins-acme-app-main-128"


def test_a_repository_on_github_enterprise_is_queried_if_its_api_is_named() -> None:
    api = "https://github.example.com/api/v3"
    context = on("jenkins", GIT_URL="git@github.example.com:acme/app.git", GITHUB_API_URL=api)

    assert (context.api_url, context.github_repository) == (api, "acme/app")


@pytest.mark.parametrize("api", [None, "https://github.example.com/api/v3"])
@pytest.mark.parametrize("scheme", ["https", "http"])
def test_a_clone_s_address_alone_gets_no_token_sent_to_its_server(
    scheme: str, api: str | None
) -> None:
    named = {"GITHUB_API_URL": api} if api else {}
    context = on("jenkins", GIT_URL=f"{scheme}://github.attacker.example/acme/app.git", **named)

    assert context.server_url == f"{scheme}://github.attacker.example"
    assert context.github_repository is None


def test_a_pull_request_that_is_cloned_by_another_protocol_is_from_no_fork() -> None:
    urls = ("git@git.example.com:acme/app.git", "http://git.example.com/acme/app")
    names = ("GIT_REPOSITORY_URL", "BITRISEIO_PULL_REQUEST_REPOSITORY_URL")

    assert on("bitrise", **dict(zip(names, urls, strict=True))).no_secrets_reason is None


def test_a_repository_of_the_same_name_on_another_server_is_a_fork() -> None:
    context = on(
        "bitrise",
        GIT_REPOSITORY_URL="https://git.example.com/acme/app",
        BITRISEIO_PULL_REQUEST_REPOSITORY_URL="https://git.example.org/acme/app",
    )

    assert context.no_secrets_reason == "a pull request from a fork gets no secrets"


@pytest.mark.parametrize("name", ["gitlab", "azure", "bitbucket"])
def test_github_is_never_queried_about_a_repository_on_another_server(name: str) -> None:
    assert on(name).github_repository is None


def test_no_secret_of_a_clone_s_address_is_kept() -> None:
    secret = "glpat-hidden"
    context = on("bitrise", GIT_REPOSITORY_URL=f"https://bot:{secret}@github.com/acme/app.git")

    assert context.repository == "acme/app"
    assert secret not in repr(context)


@tried
@tried_with(
    st.sampled_from(sorted(HOSTS)),
    st.dictionaries(
        st.sampled_from(sorted({name for host in HOSTS for name in variables(host)})),
        st.text(st.characters()),
        max_size=6,
    ),
)
def test_no_variables_can_break_anything(name: str, more: dict[str, str]) -> None:
    marker = next(row.detect_variable for row in TABLE if row.name == HOSTS[name])
    context = on(name, **(more | {marker: variables(name)[marker]}))

    assert context.run_attempt >= 0
    texts = [text for one in fields(context) if isinstance(text := getattr(context, one.name), str)]
    assert [text for text in texts if text != text.encode(errors="replace").decode()] == []
    assert context.run_url is None or re.fullmatch(r"https?://[!-~]+", context.run_url)


# --- what the commands do there ---


def test_main_opens_the_release_and_deploy_marks_it(build: Build, sentry: FakeServers) -> None:
    main = build.type("main", "--environment", "production", "--set-commits", "skip")
    deploy = build.type("deploy", "--environment", "production")

    assert (main.exit_code, deploy.exit_code) == (0, 0), main.log + deploy.log
    (release,) = sentry.releases.values()
    assert release.version == "shop@1.4.0+27"
    assert release.ref == sentry.repository.branches["main"]
    (created,) = release.deploys
    assert created.environment == "production"
    assert created.url == detect_context(build.environ, {}, GITHUB).run_url
    assert release.released is not None


def test_main_says_what_a_runner_would_have_handed_on(build: Build) -> None:
    output = build.type("main", "--environment", "production", "--release", "the shop@1.4.0+27")

    assert "export SENTRY_RELEASE='the shop@1.4.0+27'\n" in output.log
    assert "export SENTRY_DIST=27\nexport SENTRY_ENVIRONMENT=production\n" in output.log
    assert (
        "flutter build … --dart-define-from-file=.sentry-release/dart-defines.json\n" in output.log
    )
    defines = json.loads((build.folder / ".sentry-release/dart-defines.json").read_text())
    assert defines["SENTRY_RELEASE"] == "the shop@1.4.0+27"
    assert build.environ["SENTRY_AUTH_TOKEN"] not in output.log


def test_a_deploy_that_is_marked_twice_by_one_run_is_there_once(
    build: Build, sentry: FakeServers
) -> None:
    build.type("main", "--environment", "production", "--set-commits", "skip")

    build.type("deploy", "--environment", "production")
    again = build.type("deploy", "--environment", "production")

    assert again.exit_code == 0
    assert len(sentry.releases["shop@1.4.0+27"].deploys) == 1


NEXT = {
    "gitlab": {"CI_JOB_ID": "9", "CI_JOB_URL": "https://gitlab.com/acme/app/-/jobs/9"},
    "codemagic": {"CM_BUILD_ID": "64b7f0a1c5d2e8f901234568", "PROJECT_BUILD_NUMBER": "129"},
    "bitrise": {"BITRISE_BUILD_SLUG": "9", "BITRISE_BUILD_URL": "https://app.bitrise.io/build/9"},
    "azure": {"SYSTEM_JOBATTEMPT": "2"},
    "circleci": {"CIRCLE_BUILD_NUM": "9", "CIRCLE_BUILD_URL": "https://circleci.com/gh/acme/app/9"},
    "bitbucket": {"BITBUCKET_STEP_RUN_NUMBER": "2"},
    "xcode-cloud": {
        "CI_BUILD_ID": "9",
        "CI_BUILD_URL": "https://appstoreconnect.apple.com/teams/4b6f/apps/1/ci/builds/9",
    },
    "jenkins": {"BUILD_TAG": "9", "BUILD_URL": "https://jenkins.example.com/job/acme/129/"},
}
"""What is different when the same release is deployed by the host once more."""


def test_the_next_attempt_is_a_deploy_of_its_own(
    host: str, build: Build, sentry: FakeServers
) -> None:
    build.type("main", "--environment", "production", "--set-commits", "skip")

    build.type("deploy", "--environment", "production", "--deploy-name", "shop")
    build.type("deploy", "--environment", "production", "--deploy-name", "shop", **NEXT[host])

    assert len(sentry.releases["shop@1.4.0+27"].deploys) == 2


def test_the_environment_of_the_job_is_taken_where_none_is_given(
    sentry: FakeServers, tmp_path: Path
) -> None:
    build = on_gitlab(sentry, tmp_path)

    main = build.type("main", "--set-commits", "skip")
    build.type("deploy", CI_ENVIRONMENT_NAME="staging")

    assert "export SENTRY_ENVIRONMENT=production" in main.log
    (created,) = sentry.releases["shop@1.4.0+27"].deploys
    assert created.environment == "staging"


def test_an_environment_that_sentry_does_not_take_is_a_mistake_that_names_no_build(
    sentry: FakeServers, tmp_path: Path
) -> None:
    build = on_gitlab(sentry, tmp_path)
    build.environ["CI_ENVIRONMENT_NAME"] = "review/login"

    main, name = build.type("main"), build.type("name")

    assert main.exit_code == 2
    assert "The environment 'review/login' of GitLab CI" in main.log
    assert sentry.ledger.entries == ()
    assert name.exit_code == 0
    assert "shop@1.4.0+27" in name.log


def test_a_job_that_has_failed_marks_nothing(sentry: FakeServers, tmp_path: Path) -> None:
    build = on_gitlab(sentry, tmp_path)
    build.type("main", "--set-commits", "skip")

    deploy = build.type("deploy", CI_JOB_STATUS="failed")

    assert deploy.exit_code == 0
    assert "no deploy recorded" in deploy.log
    assert "failed" in deploy.log
    assert sentry.releases["shop@1.4.0+27"].deploys == []


def test_a_missing_token_is_an_error_that_names_its_place(
    host: str, build: Build, sentry: FakeServers
) -> None:
    del build.environ["SENTRY_AUTH_TOKEN"]

    output = build.type("main", "--environment", "production")

    assert output.exit_code == 2
    (row,) = (row for row in TABLE if row.name == HOSTS[host])
    assert f"Put SENTRY_AUTH_TOKEN there: {row.secrets_hint}." in output.log
    assert sentry.ledger.entries == ()


@pytest.mark.parametrize("name", sorted(FORKED))
def test_a_fork_gets_its_name_and_sentry_gets_no_request(
    name: str, sentry: FakeServers, tmp_path: Path
) -> None:
    build = Build.on(name, sentry=sentry, folder=tmp_path)
    build.environ |= FORKED[name] | {"SENTRY_AUTH_TOKEN": ""}

    output = build.type("main", "--environment", "production")

    assert output.exit_code == 0
    assert "export SENTRY_RELEASE=shop@1.4.0+27" in output.log
    assert "a pull request from a fork gets no secrets" in output.log
    assert sentry.ledger.entries == ()


@pytest.mark.parametrize("command", ["upload", "deploy", "health"])
def test_on_one_s_own_machine_a_command_that_needs_sentry_fails_without_a_token(
    sentry: FakeServers, tmp_path: Path, command: str
) -> None:
    build = Build.on(None, sentry=sentry, folder=tmp_path)
    del build.environ["SENTRY_AUTH_TOKEN"]

    output = build.type(command, "--environment", "production")

    assert output.exit_code == 2
    assert "Set SENTRY_AUTH_TOKEN, for example in a file `.env`" in output.log
    assert build.type(command, "--environment", "production", "--dry-run").exit_code == 0
    assert sentry.ledger.entries == ()


def test_on_one_s_own_machine_a_name_needs_no_token(sentry: FakeServers, tmp_path: Path) -> None:
    build = Build.on(None, sentry=sentry, folder=tmp_path)
    del build.environ["SENTRY_AUTH_TOKEN"]

    output = build.type("main")

    assert output.exit_code == 0
    assert "there is no auth token" in output.log


def test_on_one_s_own_machine_commit_and_repository_come_from_git(
    sentry: FakeServers, tmp_path: Path
) -> None:
    head = sentry.repository.branches["main"]
    checked_out(tmp_path, url="git@github.com:acme/app.git", sha=head)
    build = Build.on(None, sentry=sentry, folder=tmp_path)

    output = build.type("main", "--environment", "production")
    sentry.land_commits()

    assert output.exit_code == 0, output.log
    release = sentry.releases["shop@1.4.0+27"]
    assert release.ref == head
    assert release.url == f"https://github.com/acme/app/commit/{head}"
    assert release.commits


def test_gitlab_s_repository_has_a_name_that_only_its_user_knows(
    sentry: FakeServers, tmp_path: Path
) -> None:
    output = on_gitlab(sentry, tmp_path).type("main")

    assert output.exit_code == 0
    assert "the name of acme/app in Sentry is unknown" in output.log
    assert "Set `--repositories` to the name under Settings > Repositories in Sentry." in output.log


def test_gitlab_s_commits_come_by_the_integration_under_that_name(tmp_path: Path) -> None:
    with FakeServers(repositories=(default_repository("Acme / The App"),)) as sentry:
        build = on_gitlab(sentry, tmp_path)

        output = build.type("main", "--repositories", "Acme / The App")
        sentry.land_commits()

        release = sentry.releases["shop@1.4.0+27"]
        assert output.exit_code == 0, output.log
        assert "nobody says" not in output.log
        assert release.commits
        assert release.url == f"https://gitlab.com/acme/app/-/commit/{release.ref}"


def test_a_repository_that_sentry_does_not_know_costs_only_the_commits(
    sentry: FakeServers, tmp_path: Path
) -> None:
    output = on_gitlab(sentry, tmp_path).type("main", "--repositories", "Acme / Gone")

    assert output.exit_code == 0
    assert "is not connected in Sentry; it has no commits" in output.log
    assert "shop@1.4.0+27" in sentry.releases


def test_commits_come_from_github_with_a_token_from_the_environment(tmp_path: Path) -> None:
    with FakeServers(repositories=(default_repository(linked=False),)) as sentry:
        build = Build.on("bitrise", sentry=sentry, folder=tmp_path)

        output = build.type(
            "main",
            "--environment=production",
            GITHUB_TOKEN=sentry.github_token,
            GITHUB_API_URL=sentry.github_url,
        )

        assert output.exit_code == 0, output.log
        assert sentry.releases["shop@1.4.0+27"].commits
        assert sentry.github_token not in output.log


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("##vso[task.setvariable variable=PATH]/evil", id="azure"),
        pytest.param("##[error]evil", id="azure's formats"),
        pytest.param("##teamcity[buildStatus status='SUCCESS']", id="teamcity"),
        pytest.param("\x1b[2J\x1b]0;evil\x07\r", id="a terminal"),
        pytest.param("section_start:0:x[collapsed=true]\r\x1b[0Kevil", id="gitlab"),
    ],
)
def test_text_of_others_is_shown_and_not_obeyed(
    sentry: FakeServers, tmp_path: Path, text: str
) -> None:
    build = Build.on("azure", sentry=sentry, folder=tmp_path)
    (tmp_path / "pubspec.yaml").write_text(f"name: {json.dumps(text)}\nversion: 1.0.0\n")

    logs = [build.type(command).log for command in ("main", "name")]
    logs += [build.type(command, f"--release=a{text}b").log for command in ("main", "name")]
    logs += [build.type("name", "--json", f"--release=a{text}b").log]

    for log in logs:
        assert not re.search(r"##\w*\[|[\x00-\x08\x0b-\x1f\x7f]", log)


def test_a_mistake_says_how_an_input_is_given_outside_of_github(
    sentry: FakeServers, tmp_path: Path
) -> None:
    output = Build.on("bitrise", sentry=sentry, folder=tmp_path).type("deploy")

    assert output.exit_code == 2
    assert output.log.splitlines()[-1] == "Add the option `--environment production`."
    assert "`with:`" not in output.log


# --- where a repository lies ---


@pytest.mark.parametrize(
    ("url", "server", "path", "forge"),
    [
        ("https://github.com/acme/app.git", "https://github.com", "acme/app", Forge.GITHUB),
        ("https://x:ghp_1@github.com/acme/app", "https://github.com", "acme/app", Forge.GITHUB),
        ("git@github.com:acme/app.git", "https://github.com", "acme/app", Forge.GITHUB),
        ("ssh://git@github.com:22/acme/app.git", "https://github.com", "acme/app", Forge.GITHUB),
        ("git@gitlab.com:acme/team/app.git", "https://gitlab.com", "acme/team/app", Forge.GITLAB),
        (
            "https://gitlab.example.com:8443/acme/app.git/",
            "https://gitlab.example.com:8443",
            "acme/app",
            Forge.GITLAB,
        ),
        ("http://bitbucket.org/acme/app", "https://bitbucket.org", "acme/app", Forge.BITBUCKET),
        (
            "git@ssh.dev.azure.com:v3/acme/Web%20Shop/app",
            "https://dev.azure.com",
            "acme/Web Shop/_git/app",
            Forge.AZURE,
        ),
        ("https://git.example.com/acme/app", "https://git.example.com", "acme/app", Forge.OTHER),
        (
            "http://gitlab.example.com:8080/acme/app.git",
            "http://gitlab.example.com:8080",
            "acme/app",
            Forge.GITLAB,
        ),
        ("git@gitserver:acme/app.git", None, "acme/app", Forge.OTHER),
        ("git@github.com:2048/app.git", "https://github.com", "2048/app", Forge.GITHUB),
        ("ssh://github.com/acme/app.git", "https://github.com", "acme/app", Forge.GITHUB),
    ],
)
def test_the_url_of_a_clone_names_server_and_repository(
    url: str, server: str | None, path: str, forge: Forge
) -> None:
    origin = parse_remote_url(url)

    assert origin is not None
    assert (origin.server, origin.path, origin.forge) == (server, path, forge)


@pytest.mark.parametrize(
    "url",
    [
        None,
        "",
        "../app",
        "/srv/git/app.git",
        "file:///srv/app",
        "https://github.com/app",
        "a@b",
        "git@github.com/acme/app",
    ],
)
def test_a_url_without_an_owner_and_a_name_says_nothing(url: str | None) -> None:
    assert parse_remote_url(url) is None


@tried
@tried_with(st.text() | st.from_regex(r"(https://|git@)?[^ ]{1,9}[:/][^ ]{1,20}"))
def test_whatever_the_address_no_user_of_it_is_kept(url: str) -> None:
    origin = parse_remote_url(url)

    assert origin is None or "@" not in (origin.server or "")


def test_the_checkout_fills_in_what_no_host_says() -> None:
    alone = detect_context({}, {}, GITHUB)

    assert (alone.sha, alone.ref_name, alone.repository) == (SHA, "main", "acme/app")
    assert alone.server_url == "https://github.com"
    assert detect_context({"GITHUB_SHA": HEAD, "GITHUB_REF_NAME": "dev"}, {}, GITHUB).sha == HEAD
    assert detect_context({"GITHUB_REF_NAME": "dev"}, {}, GITHUB).ref_name == "dev"
    assert detect_context({}, {}, None).sha is None
    on_actions = detect_context({"GITHUB_ACTIONS": "true"}, {}, GITHUB)
    assert (on_actions.sha, on_actions.ref_name) == (None, None)


def test_a_host_that_names_no_branch_builds_none() -> None:
    unset = {name: "" for name in variables("gitlab") if "REF" in name or "BRANCH" in name}
    without = variables("gitlab") | unset

    assert detect_context(without, {}, GITHUB).ref_name is None


@pytest.mark.parametrize(
    ("environ", "server"),
    [
        ({"GITHUB_SERVER_URL": "https://ghe.test"}, "https://ghe.test"),
        ({"GITHUB_REPOSITORY": "acme/other"}, None),
        ({"GITHUB_REPOSITORY": "acme/app"}, "https://github.com"),
    ],
)
def test_the_remote_of_another_repository_or_server_is_not_that_of_the_run(
    environ: dict[str, str], server: str | None
) -> None:
    assert detect_context(environ, {}, GITHUB).server_url == server


def test_an_attempt_that_is_no_number_is_the_first(host: str) -> None:
    (row,) = (row for row in TABLE if row.name == HOSTS[host])

    if row.attempt:
        assert on(host, **dict.fromkeys(row.attempt, "x")).run_attempt == 1
