"""Claims about the inputs of action.yml."""

import base64
import json
from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from properties import tried
from sentry_release.config.config import Config
from sentry_release.config.input_table import INPUTS as TABLE
from sentry_release.config.inputs import Command, CommitsMode, CommitsSince, OnOutage
from sentry_release.errors import WorkflowError
from sentry_release.model.platform import Platform


def organization_token(payload: object) -> str:
    """A token in the shape of Sentry's RFC 91."""
    return f"sntrys_{base64.b64encode(json.dumps(payload).encode()).decode()}_c2VjcmV0"


USER_TOKEN = "a1" * 32
ACME_TOKEN = organization_token({"url": "https://sentry.example.com", "org": "acme"})
INPUTS = [
    "working-directory",
    "release",
    "build-name",
    "build-number",
    "dist",
    "environment",
    "define-environment",
    "dsn",
    "dart-defines-file",
    "export-env",
    "auth-token",
    "org",
    "projects",
    "url",
    "set-commits",
    "repositories",
    "commits-since",
    "finalize",
    "deploy",
    "deploy-name",
    "deploy-url",
    "on-outage",
    "timeout",
    "dry-run",
    "env-file",
    "github-token",
    "job-status",
    "check-run-id",
    "job-total",
    "create-missing-release",
    "notify-template",
]


def config_of(**inputs: str) -> Config:
    """The config of a step with these inputs, as `deploy_name="x"`."""
    return Config.from_env(
        {f"INPUT_{name.replace('_', '-').upper()}": text for name, text in inputs.items()}
    )


def complaint(**inputs: str) -> str:
    """The errors of these inputs."""
    with pytest.raises(WorkflowError) as failure:
        config_of(**inputs)
    return failure.value.message


def test_a_step_without_inputs_has_the_documented_defaults() -> None:
    config = config_of()

    assert config.working_directory == PurePosixPath()
    assert config.dart_defines_file == PurePosixPath(".sentry-release/dart-defines.json")
    assert config.export_env
    assert config.url == "https://sentry.io"
    assert config.set_commits is CommitsMode.AUTO
    assert config.commits_since is CommitsSince.LAST_DEPLOY
    assert config.finalize is config.deploy is True
    assert config.on_outage is OnOutage.WARN
    assert not config.dry_run
    assert config.release is config.dist is config.environment is config.dsn is None
    assert config.auth_token is config.org is None
    assert config.projects == ()


@pytest.mark.parametrize(
    ("variable", "field", "text"),
    [
        pytest.param("SENTRY_RELEASE", "release", "shop@1", id="the release"),
        pytest.param("SENTRY_DIST", "dist", "27", id="the dist"),
        pytest.param("SENTRY_ENVIRONMENT", "environment", "staging", id="the environment"),
        pytest.param("SENTRY_DSN", "dsn", "https://key@o1.ingest.sentry.io/1", id="the dsn"),
        pytest.param("SENTRY_ORG", "org", "acme", id="the organization"),
        pytest.param("SENTRY_URL", "url", "https://sentry.example.com", id="the server"),
    ],
)
def test_a_variable_of_sentrys_own_stands_in_for_an_empty_input(
    variable: str, field: str, text: str
) -> None:
    config = Config.from_env({variable: text, f"INPUT_{field.upper()}": ""})

    assert getattr(config, field) == text


def test_the_token_and_the_projects_may_come_from_variables() -> None:
    config = Config.from_env(
        {"SENTRY_AUTH_TOKEN": USER_TOKEN, "SENTRY_ORG": "acme", "SENTRY_PROJECT": "shop web"}
    )

    assert config.auth_token == USER_TOKEN
    assert config.projects == ("shop", "web")


def test_a_token_needs_an_organization_and_a_project() -> None:
    output = complaint(auth_token=USER_TOKEN)

    assert "`org` (or the variable `SENTRY_ORG`) is empty." in output
    assert "`projects` (or the variable `SENTRY_PROJECT`) is empty." in output


def test_an_organization_token_brings_its_organization_and_its_server() -> None:
    config = config_of(auth_token=ACME_TOKEN, projects="shop")

    assert config.org == "acme"
    assert config.url == "https://sentry.example.com"


def test_an_organization_token_of_old_is_for_sentry_io() -> None:
    token = organization_token({"org": "acme"})

    assert config_of(auth_token=token, projects="shop").url == "https://sentry.io"


def test_a_token_whose_url_is_null_is_for_its_region() -> None:
    payload = {"org": "acme", "url": None, "region_url": "https://sentry.local"}

    config = config_of(auth_token=organization_token(payload), projects="shop")

    assert config.url == "https://sentry.local"


def test_a_token_that_names_no_address_needs_a_url() -> None:
    token = organization_token({"org": "acme", "url": None, "region_url": None})

    output = complaint(auth_token=token, projects="shop")

    assert "`url` (or the variable `SENTRY_URL`) is empty. Set it to the address" in output
    assert (
        config_of(auth_token=token, projects="shop", url="https://a.test").url == "https://a.test"
    )


def test_a_token_of_another_organization_is_a_contradiction() -> None:
    output = complaint(auth_token=ACME_TOKEN, org="globex", projects="shop")

    assert "`org` is 'globex', but `auth-token` belongs to 'acme'." in output


def test_a_token_of_another_server_is_never_sent_there() -> None:
    output = complaint(auth_token=ACME_TOKEN, url="https://sentry.evil.test", projects="shop")

    assert "`auth-token` was made for 'https://sentry.example.com'" in output


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        pytest.param("set-commits", "git", "one of: auto, integration, github, skip.", id="way"),
        pytest.param("finalize", "later", "Use `true` or `false`.", id="finalize"),
        pytest.param("deploy", "now", "Use `true` or `false`.", id="deploy"),
        pytest.param("on-outage", "ignore", "Use one of: warn, fail.", id="outage"),
        pytest.param("dist", "1.0 (27)", "has a space (' ') as character 4", id="dist"),
        pytest.param("environment", "pr/12", "has a slash", id="environment"),
        pytest.param("environment", "e" * 65, "has 65 characters", id="long environment"),
        pytest.param("org", "Acme Inc.", "is not a slug", id="organization"),
        pytest.param(
            "projects", "shop, web shop!", "'shop!' for `projects`: it is not a project", id="slug"
        ),
        pytest.param("projects", "\u212ashop", "is not a project slug", id="a sign for kelvin"),
        pytest.param("url", "sentry.example.com", "it is not a URL", id="server"),
        pytest.param("url", "https://sentry.io/acme", "it is not the root URL", id="path"),
        pytest.param("url", "https://sentry.io?a=b", "it is not the root URL", id="query"),
        pytest.param("url", "https://me:pw@sentry.io", "it is not the root URL", id="password"),
        pytest.param("dsn", "o1.ingest.sentry.io/1", "it is not a URL", id="dsn"),
        pytest.param("repositories", "a" * 65, "at most 64", id="repository"),
        pytest.param("commits-since", "v1.3.0", "A whole sha", id="tag"),
        pytest.param("commits-since", "6f9c6f9", "A whole sha", id="short sha"),
        pytest.param("deploy-name", "a" * 65, "at most 64", id="deploy name"),
        pytest.param("deploy-url", "https://a.bc/" + "d" * 188, "at most 200", id="deploy url"),
        pytest.param("deploy-url", "http://intranet/a", "a host name that Sentry", id="no dot"),
        pytest.param(
            "deploy-url", "https://my_shop.test", "a host name that Sentry", id="underscore"
        ),
        pytest.param("timeout", "4", "Use seconds, 5 to 600", id="too short a time"),
        pytest.param("timeout", "601", "Use seconds, 5 to 600", id="too long a time"),
        pytest.param("timeout", "1m", "Use seconds, 5 to 600", id="no number of seconds"),
        pytest.param("dry-run", "maybe", "Use `true` or `false`", id="dry run"),
        pytest.param("working-directory", "..", "leads out of the workspace", id="folder"),
        pytest.param("dart-defines-file", "/tmp/x", "leads out of the workspace", id="file"),
        pytest.param("env-file", "../.env", "leads out of the workspace", id="env file"),
        pytest.param("notify-template", "/x", "leads out of the workspace", id="template"),
    ],
)
def test_an_input_that_cannot_be_used_is_named_with_what_would_do(
    name: str, text: str, message: str
) -> None:
    output = complaint(**{name: text})

    assert output.startswith("1 invalid input:\n- Invalid value ")
    assert f"for `{name}`" in output
    assert message in output


def test_a_token_that_no_header_can_carry_is_one_mistake() -> None:
    assert complaint(auth_token="a\udcff").startswith("1 invalid input:")


def test_every_mistake_is_listed_before_anything_happens() -> None:
    output = complaint(url="nowhere", dist="a b", finalize="later", dry_run="maybe")

    assert output.startswith("4 invalid inputs:")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        pytest.param("deploy_name", "a" * 64, id="64 characters of a deploy's name"),
        pytest.param("deploy_url", "https://a.bc/" + "d" * 187, id="200 characters of a link"),
        pytest.param("deploy_url", "http://localhost:3000/", id="a link to one's own machine"),
        pytest.param("deploy_url", "https://shöp.test/ä", id="a link that is not all ASCII"),
        pytest.param("deploy_url", "https://[::1]:8443/", id="a link to an address of IPv6"),
        pytest.param("dist", "a" * 64, id="64 characters of a dist"),
        pytest.param("environment", "é" * 32, id="64 bytes of an environment"),
    ],
)
def test_what_sentry_just_takes_is_taken(name: str, text: str) -> None:
    assert getattr(config_of(**{name: text}), name) == text


@pytest.mark.parametrize(
    "url", ["https://sentry.example.com/", "https://sentry.example.com//", "http://localhost:9000"]
)
def test_a_server_may_end_in_slashes(url: str) -> None:
    assert config_of(url=url).url == url.rstrip("/")


@pytest.mark.parametrize(
    ("text", "since"),
    [
        pytest.param("last-tag", CommitsSince.LAST_TAG, id="a word"),
        pytest.param("Sentry-Default", CommitsSince.SENTRY_DEFAULT, id="a word in any case"),
        pytest.param("6F9C" * 10, "6f9c" * 10, id="a sha in capitals"),
        pytest.param("6f9c" * 16, "6f9c" * 16, id="a sha of the newer kind"),
    ],
)
def test_commits_start_at_a_word_or_a_sha(text: str, since: str) -> None:
    assert config_of(commits_since=text).commits_since == since


def test_no_password_is_shown_with_a_server_that_cannot_be_used() -> None:
    assert "hidden" not in complaint(url="https://me:hidden@sentry.example.com")


def test_no_token_is_shown_when_the_config_is() -> None:
    config = config_of(
        auth_token=USER_TOKEN,
        github_token="ghs_secret",
        notify_urls="json://user:hidden@example.com",
        org="acme",
        projects="shop",
    )

    assert len(config.notify_urls) == 1
    for secret in (USER_TOKEN, "ghs_secret", "hidden"):
        assert secret not in repr(config)
    assert "org='acme'" in repr(config)


@pytest.mark.parametrize(
    ("text", "platforms"),
    [
        ("auto", set(Platform)),
        ("none", set()),
        ("", set(Platform)),
        ("Web ios", {Platform.WEB, Platform.IOS}),
    ],
)
def test_builds_are_uploaded_for_the_given_platforms(text: str, platforms: set[Platform]) -> None:
    assert config_of(uploads=text).uploads == platforms


@pytest.mark.parametrize("text", ["fuchsia", "none web", "web auto"])
def test_none_and_auto_stand_alone_and_other_platforms_are_unknown(text: str) -> None:
    assert "for `uploads`. " in complaint(uploads=text)


def test_every_command_for_one_release_has_its_name_as_an_input() -> None:
    assert set(TABLE["release"].commands) == set(Command) - {Command.INIT}


def test_later_steps_of_the_job_may_set_the_name_and_the_url_of_the_deploy() -> None:
    assert {name for name, one in TABLE.items() if one.is_read_late} == {
        "deploy-name",
        "deploy-url",
    }


@tried
@given(
    st.dictionaries(
        st.sampled_from([f"INPUT_{name.upper()}" for name in INPUTS] + ["SENTRY_DSN"]),
        st.text()
        | st.sampled_from(["true", "now", "https://[", "https://a:b", "..", "\udcff", ACME_TOKEN]),
    )
)
def test_any_inputs_are_a_config_or_a_mistake_in_the_workflow(environ: dict[str, str]) -> None:
    try:
        config = Config.from_env(environ)
    except WorkflowError as error:
        assert "invalid input" in error.message  # noqa: PT017 - either outcome is fine, no third is
    else:
        assert config.working_directory.is_absolute() is False
