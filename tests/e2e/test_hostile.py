"""Text that came from elsewhere stays text: it forges no output, no variable, no annotation."""

import json
import time
import zipfile
from uuid import uuid4

import pytest
from markdown_it import MarkdownIt

from e2e.app import App
from e2e.conftest import AppMaker
from e2e.runner import Report
from objects import object_bytes

HOSTILE_TEXT = """feat: harmless
::set-output name=release::evil
::error::forged
##[set-output name=dist]evil
##[warning]forged
::add-mask::27
::stop-commands::evil
release<<EOF
evil
EOF
SENTRY_RELEASE=evil
</details><img src=x onerror=alert(1)> @octocat"""
EVE = "eve@example.com"
ONE_LINE = "##[set-output name=dist]evil <<EOF"


def forged(report: Report) -> list[str]:
    """What of the hostile text has come to mean something."""
    values = {**report.outputs, **report.env}
    found = [name for name, value in values.items() if value == "evil"]
    found += [note.message for note in report.annotations if note.message == "forged"]
    return found + [name for name in report.state if name != "HANDOVER"]


def test_a_commit_cannot_send_commands_to_the_runner(new_app: AppMaker) -> None:
    app = new_app(unlinked=True).commit(HOSTILE_TEXT, name=f"Eve {ONE_LINE} **bold**", address=EVE)

    report = app.play()

    newest = app.lab.commits(app.release)[0]
    assert newest["message"] == HOSTILE_TEXT
    assert newest["author"]["name"].startswith("Eve ##[set-output")
    assert r"Eve ##\[set-output" in report.post.summary
    assert forged(report) == []
    assert report.annotations == ()
    assert report.outputs["dist"] == "27"
    assert "<img" not in report.post.summary
    assert "**bold**" not in report.post.summary


@pytest.mark.parametrize(
    "branch",
    [
        pytest.param("$(id)`id`;${IFS}'\"<<EOF", id="shell"),
        pytest.param(f"x{ONE_LINE}", id="command"),
    ],
)
def test_a_branch_in_the_name_is_only_a_name(app: App, branch: str) -> None:
    job = app.job(github={"ref_name": branch})

    report = app.play(job, release="{{ package }}-{{ branch }}@{{ version }}")

    name = f"{app.package}-{branch}@1.4.0"
    assert report.outputs["release"] == report.env["SENTRY_RELEASE"] == name
    defines = (job.workspace / report.outputs["dart-defines-file"]).read_text()
    assert json.loads(defines)["SENTRY_RELEASE"] == name
    assert forged(report) == []
    assert report.annotations == ()
    assert len(app.lab.deploys(name)) == 1


def test_a_branch_of_many_lines_is_refused_before_it_is_set(app: App) -> None:
    job = app.job(github={"ref_name": HOSTILE_TEXT})

    report = app.play(job, release="{{ package }}-{{ branch }}@{{ version }}")

    assert report.main.exit_code == 2
    assert (report.outputs, report.env) == ({}, {})
    assert [note.kind for note in report.annotations] == ["error"]
    assert forged(report) == []


def test_an_environment_that_looks_like_a_command_is_only_a_name(app: App) -> None:
    environment = f"##[warning]forged <<EOF {uuid4().hex[:6]}"

    report = app.play(environment=environment)

    assert report.outputs["environment"] == report.env["SENTRY_ENVIRONMENT"] == environment
    assert [one["environment"] for one in app.lab.deploys(app.release)] == [environment]
    assert forged(report) == []
    assert report.annotations == ()


@pytest.mark.parametrize(
    "pubspec",
    [
        pytest.param(f"name: {json.dumps(HOSTILE_TEXT)}\nversion: 1.0.0\n", id="name"),
        pytest.param(
            "name: shop\nversion: " + json.dumps(f"1.0.0+1\n{HOSTILE_TEXT}"), id="version"
        ),
        pytest.param(f'name: shop\nversion: 1.0.0\n? "\n{HOSTILE_TEXT}', id="syntax"),
        pytest.param(
            f"name: shop\n{json.dumps(HOSTILE_TEXT)}: 1\n{json.dumps(HOSTILE_TEXT)}: 2\n", id="key"
        ),
    ],
)
def test_a_pubspec_cannot_send_commands_to_the_runner(app: App, pubspec: str) -> None:
    report = app.play(app.job(pubspec=pubspec))

    assert report.main.exit_code == 3
    assert (report.outputs, report.env) == ({}, {})
    assert [(note.kind, note.stage) for note in report.annotations] == [("error", "main")]
    assert "pubspec.yaml" in report.annotations[0].message
    assert forged(report) == []


@pytest.mark.parametrize("end", ["", "\n", "\r\n  "], ids=["as it is", "a line", "lines"])
def test_a_wrong_token_is_named_as_such_and_never_shown(app: App, end: str) -> None:
    token = f"sntryu_{uuid4().hex}{uuid4().hex}"

    report = app.play(env={"SENTRY_AUTH_TOKEN": token + end})

    assert report.main.exit_code == 4
    assert "does not accept the auth token" in report.reported("error")[0]
    assert report.outputs["release"] == app.release


def test_names_of_files_of_a_build_are_only_names(app: App) -> None:
    job = app.job()
    symbols = job.workspace / "build/::error::forged `|` @octocat <img src=x>"
    symbols.mkdir(parents=True)
    content = object_bytes()["elf-aarch64"] + uuid4().bytes
    (symbols / "app.android-::set-output name=dist::evil.symbols").write_bytes(content)

    report = app.play(job, sub_action="upload")

    assert forged(report) == []
    assert report.annotations == ()
    assert json.loads(report.outputs["uploaded"])[0]["state"] == "new"
    parsed = MarkdownIt("commonmark").enable("table").parse(report.main.summary)
    inside = [part.type for token in parsed for part in token.children or ()]
    assert {"html_inline", "link_open", "image"} & set(inside) == set()


def test_an_archive_that_unpacks_without_end_costs_a_moment(app: App) -> None:
    job = app.job()
    app_bundle = job.workspace / "build/app/outputs/bundle/release/app-release.aab"
    app_bundle.parent.mkdir(parents=True)
    with zipfile.ZipFile(app_bundle, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(20):
            with archive.open(f"base/lib/arm64-v8a/lib{number}.so", "w", force_zip64=True) as entry:
                entry.write(object_bytes()["elf-aarch64"][:64])
                for _ in range(100):
                    entry.write(bytes(1024 * 1024))
    began = time.monotonic()

    report = app.play(job, sub_action="upload")

    assert report.main.exit_code == 0
    assert time.monotonic() - began < 30
    assert report.outputs["symbols-complete"] == "unknown"


def test_links_in_a_build_lead_to_no_upload(app: App) -> None:
    job = app.job()
    build = job.workspace / "build"
    build.mkdir()
    for name, target in (("web", "/etc"), ("app.android-arm64.symbols", "/bin/true")):
        (build / name).symlink_to(target)

    report = app.play(job, sub_action="upload")

    assert report.main.exit_code == 0
    assert json.loads(report.outputs["uploaded"]) == []


@pytest.mark.parametrize("path", ["..", "../..", "build/link"])
def test_a_symbols_path_that_leads_out_of_the_workspace_is_refused(app: App, path: str) -> None:
    job = app.job()
    (job.workspace / "build").mkdir()
    (job.workspace / "build/link").symlink_to("/etc")

    report = app.play(job, sub_action="upload", symbols_path=path)

    assert report.main.exit_code == 2
    assert "uploaded" not in report.outputs
