"""A .env file of the repository sets inputs, and never the server of a token from elsewhere."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from fake_sentry import FakeServers
from job import Job
from sentry_release.ci.providers import CI_PROVIDERS
from sentry_release.cli.arguments import select_env_file_variables
from sentry_release.cli.main import run
from sentry_release.config.inputs import Command
from sentry_release.errors import WorkflowError
from sentry_release.services import create_system_clock

URL, TOKEN, ENVIRONMENT = "SENTRY_URL", "SENTRY_AUTH_TOKEN", "SENTRY_ENVIRONMENT"
ELSEWHERE = "https://sentry.example.test"
NAME = "shop@1.4.0+27"


@pytest.fixture
def other_server() -> Iterator[FakeServers]:
    """A Sentry server that the user has not named."""
    with FakeServers() as server:
        yield server


def write_env_file(job: Job, text: str) -> None:
    """Write the .env file of the workspace, and name it as input."""
    (job.workspace / ".env").write_text(text)
    job.environ["INPUT_ENV-FILE"] = ".env"


def move_token(job: Job, source: str) -> str:
    """Set the token of the job in another way, and return it."""
    token = job.environ.pop("SENTRY_AUTH_TOKEN")
    job.environ[source] = token
    return token


@pytest.mark.parametrize("stage", ["main", "upload", "deploy", "health"])
@pytest.mark.parametrize("source", ["SENTRY_AUTH_TOKEN", "INPUT_AUTH-TOKEN"])
@pytest.mark.parametrize("own_token", ["", "SENTRY_AUTH_TOKEN=sntryu_other\n"])
def test_a_file_cannot_choose_the_server_of_a_token_from_elsewhere(
    job: Job,
    sentry: FakeServers,
    other_server: FakeServers,
    source: str,
    stage: str,
    own_token: str,
) -> None:
    move_token(job, source)
    del job.environ["SENTRY_URL"]
    write_env_file(job, f"{own_token}SENTRY_URL={other_server.url}\n")

    done = job.play(stage)

    assert done.exit_code == 2
    assert "does not contain the token" in done.log
    assert other_server.ledger.lines("sentry") == sentry.ledger.lines("sentry") == []


def test_the_user_s_own_server_wins_over_the_file(
    job: Job, sentry: FakeServers, other_server: FakeServers
) -> None:
    write_env_file(job, f"SENTRY_AUTH_TOKEN=x\nSENTRY_URL={other_server.url}\n")

    job.release()

    assert other_server.ledger.lines("sentry") == []
    assert list(sentry.releases) == [NAME]


def test_a_file_may_contain_a_token_and_its_server(job: Job, sentry: FakeServers) -> None:
    token = job.environ.pop("SENTRY_AUTH_TOKEN")
    url = job.environ.pop("SENTRY_URL")
    write_env_file(job, f"SENTRY_AUTH_TOKEN={token}\nSENTRY_URL={url}\n")

    job.release()

    assert list(sentry.releases) == [NAME]


def test_a_file_may_name_the_server_that_the_token_is_for_anyway(job: Job) -> None:
    del job.environ["SENTRY_URL"]
    write_env_file(job, "SENTRY_URL=https://sentry.io/\n")

    assert job.main(dry_run="true").exit_code != 2


def test_a_blank_token_in_the_file_is_not_a_token(job: Job, other_server: FakeServers) -> None:
    del job.environ["SENTRY_URL"]
    write_env_file(job, f"SENTRY_AUTH_TOKEN='  '\nSENTRY_URL={other_server.url}\n")

    assert job.main().exit_code == 2
    assert other_server.ledger.lines("sentry") == []


def test_a_file_cannot_name_a_server_without_tls(job: Job) -> None:
    del job.environ["SENTRY_URL"]
    token = job.environ.pop("SENTRY_AUTH_TOKEN")
    write_env_file(job, f"SENTRY_AUTH_TOKEN={token}\nSENTRY_URL=http://user:pw@sentry.example\n")

    done = job.main()

    assert done.exit_code == 2
    assert "'http://…@sentry.example', a server without TLS" in done.log
    assert "user:pw" not in done.log


@pytest.mark.parametrize(
    "line",
    [
        "HTTPS_PROXY={url}", "https_proxy={url}", "ALL_PROXY={url}", "HTTP_PROXY={url}",
        "http_proxy={url}", "NO_PROXY=", "SSL_CERT_FILE=ca.pem", "SSL_CERT_DIR=ca",
        "REQUESTS_CA_BUNDLE=ca.pem", "GITHUB_API_URL={url}", "GITHUB_TOKEN=x",
        "INPUT_URL={url}", "INPUT_AUTH-TOKEN=x", "SENTRY_PROPERTIES=x.properties",
        "SENTRY_RELEASE_EXPORTED={{}}", "GITHUB_REPOSITORY=evil/app",
    ],
)  # fmt: skip
def test_other_variables_of_a_file_have_no_effect(
    job: Job, sentry: FakeServers, other_server: FakeServers, line: str
) -> None:
    write_env_file(job, line.format(url=other_server.url) + "\n")

    job.release()

    assert other_server.ledger.lines() == []
    assert [one.environment for one in sentry.releases[NAME].deploys] == ["production"]


def test_a_token_without_tls_is_sent_only_with_a_warning(job: Job) -> None:
    job.environ |= {"SENTRY_URL": "http://sentry.example", "http_proxy": "http://127.0.0.1:9"}

    main = job.main(timeout="5")

    assert main.annotations[0].startswith(
        "warning: The token is sent unencrypted to http://sentry.example"
    )


def test_no_warning_for_a_server_on_this_machine(job: Job) -> None:
    assert not [one for one in job.release().annotations if "unencrypted" in one]


@pytest.mark.parametrize(
    "variable",
    [*(one.detect_variable for one in CI_PROVIDERS), "CI", "TEAMCITY_VERSION", "BUILD_ID"],
)
def test_on_a_ci_host_no_file_is_read_that_no_input_names(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    variable: str,
) -> None:
    environ = prepare_app(tmp_path, monkeypatch)

    assert run(["sentry-release", "name", "--short"], environ | {variable: "1"}) == 0
    assert capsys.readouterr().out == f"{NAME}\n"


def test_on_a_developer_s_machine_the_file_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    environ = prepare_app(tmp_path, monkeypatch)

    assert run(["sentry-release", "name", "--short"], environ, create_system_clock()) == 0
    assert capsys.readouterr().out == "of-the-file@1\n"


def test_a_line_of_the_file_that_cannot_be_read_is_a_warning_with_its_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    environ = prepare_app(tmp_path, monkeypatch)
    (tmp_path / ".env").write_text('SENTRY_DIST=9\nSENTRY_AUTH_TOKEN="abc\nSENTRY_RELEASE=a@1\n')

    assert run(["sentry-release", "name", "--short"], environ, create_system_clock()) == 0

    printed = capsys.readouterr()
    assert printed.out == "a@1\n"
    assert printed.err.startswith("warning: Lines of '.env' that cannot be read are ignored: 2.\n")
    assert "abc" not in printed.err


def test_many_broken_lines_of_the_file_are_one_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    environ = prepare_app(tmp_path, monkeypatch)
    (tmp_path / ".env").write_text('A="x\n' * 40)

    assert run(["sentry-release", "name", "--short"], environ, create_system_clock()) == 0

    printed = capsys.readouterr().err
    assert printed.count("warning:") == 1
    assert "are ignored: 1, 3, 5, 7, 9, …." in printed


def prepare_app(folder: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Enter a folder with an app and a .env file, and return an environment without CI."""
    (folder / "pubspec.yaml").write_text("name: shop\nversion: 1.4.0+27\n")
    (folder / ".env").write_text("SENTRY_RELEASE=of-the-file@1\n")
    monkeypatch.chdir(folder)
    return {"GITHUB_WORKSPACE": str(folder)}


@pytest.mark.parametrize(
    ("environ", "file", "used"),
    [
        pytest.param({}, {"SENTRY_ORG": " acme "}, {"SENTRY_ORG": "acme"}, id="trimmed"),
        pytest.param({}, {"SENTRY_ORG": "", "HOME": "/x"}, {}, id="empty, and of others"),
        pytest.param({"SENTRY_ORG": "own"}, {"SENTRY_ORG": "acme"}, {}, id="set as a variable"),
        pytest.param({"INPUT_ORG": "own"}, {"SENTRY_ORG": "acme"}, {}, id="set as an input"),
        pytest.param({}, {URL: ELSEWHERE}, {}, id="a server without any token"),
        pytest.param({TOKEN: "t"}, {URL: "https://sentry.io/"}, {}, id="the server it is for"),
        pytest.param(
            {}, {URL: ELSEWHERE, TOKEN: "t"}, {URL: ELSEWHERE, TOKEN: "t"}, id="with its token"
        ),
        pytest.param({URL: "https://own.test"}, {URL: ELSEWHERE, TOKEN: "t"}, {TOKEN: "t"},
                     id="the user's own server"),
    ],
)  # fmt: skip
def test_a_file_sets_what_is_not_set_and_a_server_only_with_its_token(
    environ: Mapping[str, str], file: Mapping[str, str], used: Mapping[str, str]
) -> None:
    assert select_env_file_variables(environ, file, Command.RELEASE) == used


@pytest.mark.parametrize(
    ("environ", "file", "message"),
    [
        pytest.param({TOKEN: "t"}, {URL: ELSEWHERE}, "does not contain the token", id="foreign"),
        pytest.param({TOKEN: "t"}, {URL: ELSEWHERE, TOKEN: "u"}, "does not contain the token",
                     id="with a token that is not used"),
        pytest.param({}, {URL: "http://x.test", TOKEN: "t"}, "a server without TLS", id="no TLS"),
        pytest.param({}, {ENVIRONMENT: "Preview=production"}, "which maps an environment",
                     id="a preview that counts as production"),
    ],
)  # fmt: skip
def test_a_file_cannot_choose_where_a_token_or_a_preview_counts(
    environ: Mapping[str, str], file: Mapping[str, str], message: str
) -> None:
    with pytest.raises(WorkflowError, match=message):
        select_env_file_variables(environ, file, Command.RELEASE)


def test_a_command_that_sends_nothing_ignores_a_server_without_its_token() -> None:
    file = {URL: ELSEWHERE, "SENTRY_ORG": "acme"}

    assert select_env_file_variables({TOKEN: "t"}, file, Command.NAME) == {"SENTRY_ORG": "acme"}
    both = {**file, TOKEN: "t"}
    assert select_env_file_variables({}, both, Command.NAME) == both
