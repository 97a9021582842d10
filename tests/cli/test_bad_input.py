"""Bad input: a clear error that names the input and the fix, before anything is written to Sentry."""

from pathlib import Path

import pytest

from fake_sentry import FakeServers
from job import Job

PUBSPEC = "name: shop\nversion: 1.4.0+27\n"


def refused(job: Job, sentry: FakeServers, *, code: int, answering: str, **inputs: str) -> None:
    """Run main; assert that it ends so, and that Sentry was not changed."""
    stage = job.main(**inputs)

    assert stage.exit_code == code
    assert answering in "\n".join(stage.annotations)
    assert [line for line in sentry.ledger.lines() if not line.startswith("GET")] == []
    assert "Traceback" not in stage.log


@pytest.mark.parametrize(
    ("text", "answering"),
    [
        pytest.param("version: 1.0.0\n", "has no `name`", id="no name"),
        pytest.param("name: shop\n", "has no `version`", id="no version"),
        pytest.param("name: shop\nversion: v1.0\n", "'v1.0'", id="a version pub refuses"),
        pytest.param("name: shop\nversion: 1.0\n", "'1.0'", id="a version of two parts"),
        pytest.param("name: 1shop\nversion: 1.0.0\n", "'1shop'", id="no package name"),
        pytest.param("- name\n- version\n", "not a mapping", id="a list"),
        pytest.param("shop", "not a mapping", id="a text"),
        pytest.param("", "not a mapping", id="an empty file"),
        pytest.param("name: [", "not valid YAML", id="broken YAML"),
        pytest.param("name: a\nname: b\n", "twice", id="a key twice"),
        pytest.param(PUBSPEC + "x: " + "[" * 5000, "levels deep", id="deep nesting"),
        pytest.param(PUBSPEC + "#" * 5_000_000, "larger than", id="five megabytes"),
    ],
)
def test_a_pubspec_that_cannot_be_used(
    job: Job, sentry: FakeServers, text: str, answering: str
) -> None:
    (job.workspace / "pubspec.yaml").write_text(text)

    refused(job, sentry, code=3, answering=answering)


def test_an_alias_bomb_is_read_like_any_other_pubspec(job: Job) -> None:
    levels = [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 40)]
    (job.workspace / "pubspec.yaml").write_text(PUBSPEC + "a0: &a0 [x]\n" + "\n".join(levels))

    assert job.main().outputs["release"] == "shop@1.4.0+27"


def test_no_pubspec(job: Job, sentry: FakeServers) -> None:
    (job.workspace / "pubspec.yaml").unlink()

    refused(job, sentry, code=3, answering="working-directory")


def test_a_pubspec_that_is_not_utf8(job: Job, sentry: FakeServers) -> None:
    (job.workspace / "pubspec.yaml").write_bytes(b"name: sh\xffop\n")

    refused(job, sentry, code=3, answering="not UTF-8")


def test_a_working_directory_behind_a_link_out_of_the_workspace(
    job: Job, sentry: FakeServers, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "pubspec.yaml").write_text(PUBSPEC)
    (job.workspace / "app").symlink_to(outside)

    refused(job, sentry, code=2, answering="leads out of the workspace", working_directory="app")


@pytest.mark.parametrize(
    ("inputs", "answering"),
    [
        pytest.param({"working_directory": "../elsewhere"}, "working-directory", id="climbing out"),
        pytest.param({"working_directory": "/etc"}, "working-directory", id="absolute"),
        pytest.param({"working_directory": "nowhere"}, "does not exist", id="missing folder"),
        pytest.param({"release": "{{ package"}, "`release`", id="template with a mistake"),
        pytest.param({"release": "{{ flavour }}@1"}, "flavour", id="unknown variable"),
        pytest.param({"release": "{{ tag }}"}, "tag", id="a variable without a value"),
        pytest.param({"release": "{{ '' }}"}, "is empty", id="a name that comes out empty"),
        pytest.param({"release": "x" * 201}, "at most 200", id="a name over 200"),
        pytest.param({"release": "é" * 150}, "300 bytes", id="a name over 200 bytes"),
        pytest.param({"release": "shop/1.0"}, "slash ('/') as character 5", id="a slash"),
        pytest.param({"release": "shop\\1"}, "backslash", id="a backslash"),
        pytest.param({"release": "Latest"}, "keeps for itself", id="latest"),
        pytest.param({"release": "a\tb"}, "tab", id="a tab"),
        pytest.param({"environment": "pro/duction"}, "`environment`", id="environment: slash"),
        pytest.param({"environment": "none"}, "`environment`", id="environment: none"),
        pytest.param({"environment": "e" * 65}, "at most 64", id="environment: too long"),
        pytest.param({"set_commits": "all"}, "auto, integration", id="unknown value"),
        pytest.param({"commits_since": "abc"}, "whole sha", id="a short sha"),
        pytest.param({"export_env": "perhaps"}, "Use `true` or `false`", id="no boolean"),
        pytest.param({"deploy_url": "shop.example"}, "it is not a URL", id="no address"),
        pytest.param({"deploy_url": "https://x.example/" + "a" * 200}, "200", id="a long address"),
        pytest.param(
            {"deploy_url": "http://intranet/shop"}, "host has a dot", id="a local address"
        ),
        pytest.param({"deploy_name": "n" * 65}, "at most 64", id="a long deploy name"),
        pytest.param({"url": "sentry.example.com"}, "`url`", id="url without a scheme"),
        pytest.param({"url": "https://sentry.example.com/x"}, "`url`", id="url with a path"),
        pytest.param({"url": "https://user@sentry.example.com"}, "`url`", id="url with a user"),
        pytest.param({"org": "Acme Inc"}, "`org`", id="no slug"),
        pytest.param({"projects": "shop, b/c"}, "'b/c'", id="no project slug"),
        pytest.param({"phase": "main"}, "Unknown input `phase`", id="unknown input"),
        pytest.param({"enviroment": "qa"}, "Did you mean `environment`?", id="a typo"),
        pytest.param({"version": "1.4.0"}, "Use `release` instead", id="a name of action-release"),
        pytest.param({"min_sessions": "9"}, "it belongs to `health`", id="of another action"),
        pytest.param({"dist": "a b"}, "`dist`", id="dist with a space"),
        pytest.param({"notify_template": "no.md"}, "notify-template", id="no template"),
        pytest.param({"env_file": "no.env"}, "env-file", id="no env file"),
        pytest.param(
            {"dart_defines_file": "../out.json"}, "dart-defines-file", id="defines outside"
        ),
    ],
)
def test_an_input_that_cannot_be_used(
    job: Job, sentry: FakeServers, inputs: dict[str, str], answering: str
) -> None:
    refused(job, sentry, code=2, answering=answering, **inputs)


def test_all_mistakes_are_reported_at_once(job: Job) -> None:
    mistakes = {"dist": "a b", "environment": "a/b", "url": "nowhere", "finalize": "later"}

    stage = job.main(**mistakes)

    assert all(f"`{name}`" in stage.annotations[0] for name in mistakes)
    assert "4 invalid inputs" in stage.annotations[0]


def test_an_organization_token_that_contradicts_the_inputs(job: Job, sentry: FakeServers) -> None:
    job.environ["SENTRY_AUTH_TOKEN"] = sentry.organization_token

    refused(job, sentry, code=2, answering="belongs to 'acme'", org="other")
    refused(job, sentry, code=2, answering="was made for", url="https://sentry.example.com")


@pytest.mark.parametrize(
    ("environ", "answering"),
    [
        pytest.param({"SENTRY_PROJECT": "shop nope"}, "'shop', 'nope'", id="unknown project"),
        pytest.param(
            {"SENTRY_ORG": "other"},
            "Organization 'other' does not exist",
            id="unknown organization",
        ),
        pytest.param({"SENTRY_AUTH_TOKEN": "f" * 64}, "does not accept the auth token", id="token"),
    ],
)
def test_what_sentry_refuses_is_named(
    job: Job, sentry: FakeServers, environ: dict[str, str], answering: str
) -> None:
    job.environ |= environ

    stage = job.main()

    assert stage.exit_code == 4
    assert answering in stage.annotations[0]
    assert sentry.releases == {}
    assert stage.outputs["release"] == "shop@1.4.0+27"


def test_the_error_for_a_token_names_the_scope_that_it_needs(job: Job, sentry: FakeServers) -> None:
    job.environ["SENTRY_AUTH_TOKEN"] = sentry.readonly_token

    stage = job.main()

    assert stage.exit_code == 4
    assert "project:releases" in stage.annotations[0]


def test_a_template_of_the_users_is_tried_before_anything_happens(
    job: Job, sentry: FakeServers
) -> None:
    (job.workspace / "notice.md").write_text("{{ releas }}")

    refused(job, sentry, code=2, answering="'releas' is undefined", notify_template="notice.md")
