"""Attacks, each through the container: attacks.md lists them, and a test holds it to these."""

import base64
import json
import os
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from markdown_it import MarkdownIt

from e2e.app import ROOT, App
from e2e.attackers import REDIRECTS, answering, redirecting, sink
from e2e.conftest import AppMaker
from e2e.runner import Job, Report
from sentry_release.adapters.limits import MAX_WALL_S

ACTIONS = [
    yaml.safe_load((ROOT / folder / "action.yml").read_text())
    for folder in (".", "deploy", "health", "doctor")
]
EXPORTED = {"SENTRY_RELEASE", "SENTRY_RELEASE_EXPORTED", "SENTRY_DIST", "SENTRY_ENVIRONMENT"}
HOSTILE_TEXT = (
    "evil\nEVIL=1\nEVIL<<end\n1\nend\n::set-output name=EVIL::1\n##[set-env name=EVIL]1\n<<EOF"
)
MARKUP = "<img src=x onerror=alert(1)>**bold**[a](https://evil.example)@octocat#1|`x`"
START_S = 20  # of the containers of a job, on a busy machine
SECRET = "TOP-SECRET-4711"
VALUES = (
    "release", "dist", "environment", "flavor", "build-name", "build-number", "deploy-name",
    "deploy-url", "working-directory", "dart-defines-file", "dsn", "repositories",
    "projects", "org", "url", "commit-paths", "commits-since", "env-file", "platform",
)  # fmt: skip
TEMPLATES = {
    "classes": "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "globals": "{{ cycler.__init__.__globals__.os.environ }}",
    "lipsum": "{{ lipsum.__globals__['os'].popen('id').read() }}",
    "format": "{{ '{0.__class__.__init__}'.format(version) }}",
    "attr": "{{ version|attr('__class__') }}",
    "endless loop": "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
    "endless constant": "{{ [1]|slice(1000000000000000)|max }}",
    "huge rounding": "{{ 12345|round(-20000000) }}",
    "huge wrapping": "{{ ('a'*900000)|wordwrap(1) }}",
    "huge range": "{{ range(10000000000)|list }}",
    "huge text": "{{ 'a' * 10000000000 }}",
    "huge power": "{{ 9 ** 9 ** 9 }}",
    "huge padding": "{{ '%1000000000d' % 1 }}",
    "endless recursion": "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    "include": "{% include '/etc/passwd' %}",
    "import": "{% import 'summary.md.j2' as one %}{{ one }}",
}
BOMBS = {
    "aliases": "a: &a [x, x, x, x, x, x, x, x, x]\n"
    + "".join(
        f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join(['*' + chr(97 + n)] * 9)}]\n" for n in range(9)
    )
    + "name: shop\nversion: 1.0.0\n",
    "depth": "name: " + "[" * 100_000,
    "size": "name: shop\nversion: 1.0.0\n" + "#" * 5_000_000,
    "tag": "name: !!python/object/apply:os.system ['id']\n",
}


@pytest.fixture(scope="module")
def uninvolved_host(new_app: AppMaker) -> App:
    """An app that nothing is ever done to in Sentry."""
    return new_app()


def forged(report: Report) -> set[str]:
    """Whatever an attacker has brought into the runner's files, or made the runner do."""
    names = set(report.outputs).difference(*(action["outputs"] for action in ACTIONS))
    names |= set(report.env) - EXPORTED
    names |= set(report.state) - {"HANDOVER"}
    names |= {note.message for note in report.annotations if note.message in {"1", "forged"}}
    return names | {path for path in report.path if "evil" in path.lower()}


def obeyed(summary: str) -> list[str]:
    """What of hostile Markdown a renderer would obey; our own summaries have tables and links."""
    tokens = MarkdownIt("commonmark").enable("table").parse(summary)
    inner = [one for token in tokens for one in (token, *(token.children or ()))]
    found = [one.content for one in inner if one.type == "html_inline"]
    found += [one.content for one in inner if one.type == "html_block" and "<img" in one.content]
    found += [str(one.attrs["href"]) for one in inner if "evil" in str(one.attrs.get("href"))[:30]]
    found += [one.type for one in inner if one.type in {"image", "strong_open"}]
    texts = [one.content for one in inner if one.type == "text"]
    return found + [text for text in texts if re.search(r"@octocat", text)]


@pytest.mark.parametrize("name", VALUES)
def test_lines_and_fences_in(name: str, uninvolved_host: App) -> None:
    inputs: dict[str, Any] = {"dry-run": "true", name: HOSTILE_TEXT}

    report = uninvolved_host.play(**inputs)

    assert forged(report) == set()
    assert report.main.exit_code in {0, 2, 3}


@pytest.mark.parametrize("name", ["environment", "deploy-name", "release"])
def test_markdown_in(name: str, app: App) -> None:
    value = f"{app.package} {MARKUP}" if name != "environment" else MARKUP
    inputs: dict[str, Any] = {name: value.replace("/", "") if name != "deploy-name" else value[:60]}

    report = app.play(**inputs)

    assert forged(report) == set()
    assert [found for stage in report.stages for found in obeyed(stage.summary)] == []


@pytest.mark.parametrize("kind", TEMPLATES)
def test_template(kind: str, uninvolved_host: App) -> None:
    start = time.monotonic()

    report = uninvolved_host.play(release=TEMPLATES[kind], dry_run="true")

    assert report.main.exit_code == 2
    assert (report.outputs, report.env) == ({}, {})
    assert time.monotonic() - start < MAX_WALL_S + START_S


@pytest.mark.parametrize("kind", BOMBS)
def test_pubspec_bomb(kind: str, uninvolved_host: App) -> None:
    job = uninvolved_host.job(pubspec=BOMBS[kind])
    start = time.monotonic()

    report = uninvolved_host.play(job, dry_run="true")

    assert report.main.exit_code in {0, 3}
    assert time.monotonic() - start < 20
    assert "uid=" not in "\n".join(report.log)


def linked(job: Job, path: str, target: Path) -> None:
    """A symbolic link in the workspace, as a fork may commit one."""
    place = job.workspace / path
    place.parent.mkdir(parents=True, exist_ok=True)
    place.unlink(missing_ok=True)
    place.symlink_to(target)


@pytest.mark.parametrize(
    ("path", "inputs"),
    [
        ("pubspec.yaml", {}),
        (".env.ci", {"env-file": ".env.ci"}),
        ("notice.j2", {"notify-template": "notice.j2", "notify-urls": "json://127.0.0.1:9"}),
        ("android/app/build.gradle", {"release": "sdk-default", "platform": "android"}),
        ("ios/Runner/Info.plist", {"release": "sdk-default", "platform": "ios"}),
        ("windows/runner/Runner.rc", {"release": "sdk-default", "platform": "windows"}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_link_out_of_the_workspace_read_as(
    path: str, inputs: dict[str, Any], uninvolved_host: App, tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    secret.write_text(f"name: {SECRET}\nversion: 1.0.0\nSENTRY_ORG={SECRET}\n{SECRET}\n")
    job = uninvolved_host.job()
    linked(job, path, secret)

    report = uninvolved_host.play(job, dry_run="true", **inputs)

    output = json.dumps([report.log, dict(report.outputs), [one.summary for one in report.stages]])
    assert SECRET not in output


@pytest.mark.parametrize("path", [".sentry-release", ".sentry-release/dart-defines.json"])
def test_link_out_of_the_workspace_written_as(
    path: str, uninvolved_host: App, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "dart-defines.json").write_text("as it was")
    job = uninvolved_host.job()
    linked(job, path, outside if path == ".sentry-release" else outside / "dart-defines.json")

    report = uninvolved_host.play(job, dry_run="true")

    assert report.main.exit_code == 2
    assert [path.read_text() for path in outside.iterdir()] == ["as it was"]


def test_folder_in_the_place_of_the_define_file(uninvolved_host: App) -> None:
    job = uninvolved_host.job()
    (job.workspace / ".sentry-release/dart-defines.json").mkdir(parents=True)

    report = uninvolved_host.play(job, dry_run="true")

    assert report.main.exit_code == 2
    assert "dart-defines.json" in report.reported("error")[0]


@pytest.mark.parametrize(
    "path", [".git/config", ".github/workflows/ci.yml", "pubspec.yaml", "lib/main.dart", ".env"]
)
def test_file_of_the_project_in_the_place_of_the_define_file(
    path: str, uninvolved_host: App
) -> None:
    job = uninvolved_host.job()
    place = job.workspace / path
    place.parent.mkdir(parents=True, exist_ok=True)
    if not place.exists():
        place.write_text("as it was\n")
    before = place.read_bytes()

    inputs: dict[str, Any] = {"dry-run": "true", "dart-defines-file": path}
    report = uninvolved_host.play(job, **inputs)

    assert report.main.exit_code == 2
    assert "is not overwritten" in report.reported("error")[0]
    assert place.read_bytes() == before


def test_pipe_in_the_place_of_the_pubspec(uninvolved_host: App) -> None:
    job = uninvolved_host.job()
    (job.workspace / "pubspec.yaml").unlink()
    os.mkfifo(job.workspace / "pubspec.yaml")
    start = time.monotonic()

    report = uninvolved_host.play(job, dry_run="true")

    assert report.main.exit_code == 3
    assert time.monotonic() - start < 20


@pytest.mark.parametrize("status", REDIRECTS)
def test_redirect_to_another_host_with(status: int, uninvolved_host: App) -> None:
    with sink() as elsewhere, redirecting(status, elsewhere.url) as first:
        report = uninvolved_host.play(url=first.url, timeout="5")

    assert elsewhere.observed == []
    assert forged(report) == set()


def test_addresses_in_an_event_that_lead_to_a_server_of_the_attacker(uninvolved_host: App) -> None:
    with sink() as elsewhere:
        event = {
            "deployment": {
                "id": 1, "sha": uninvolved_host.head, "environment": "production",
                "created_at": "2026-01-31T12:00:00Z", "statuses_url": elsewhere.url,
                "url": elsewhere.url, "creator": {"login": HOSTILE_TEXT},
            },
            "deployment_status": {
                "state": "success", "environment": "production", "target_url": elsewhere.url,
                "log_url": elsewhere.url, "environment_url": elsewhere.url, "url": elsewhere.url,
            },
            "repository": {"full_name": uninvolved_host.repository, "url": elsewhere.url},
        }  # fmt: skip
        job = uninvolved_host.job(event_name="deployment_status", event=event)
        report = uninvolved_host.play(job, sub_action="deploy", dry_run="true")

    assert elsewhere.observed == []
    assert forged(report) == set()


@pytest.mark.parametrize(
    ("edits", "given", "reason"),
    [
        pytest.param({"environment": "Preview"}, "production", "not to 'production'", id="preview"),
        pytest.param(
            {"environment": "production", "ref": "refs/pull/7/merge"},
            "",
            "a pull request or merge queue changes nothing",
            id="pull request",
        ),
        pytest.param(
            {"environment": "Preview", "ref": "refs/pull/7/head"},
            "Preview=production",
            "a pull request or merge queue changes nothing",
            id="mapped pull request",
        ),
    ],
)
def test_deployment_that_is_none_to_production(
    edits: dict[str, str], given: str, reason: str, uninvolved_host: App
) -> None:
    event = {
        "deployment": {"id": 1, "sha": uninvolved_host.head, **edits},
        "deployment_status": {"state": "success", "environment": edits["environment"]},
        "repository": {"full_name": uninvolved_host.repository},
    }
    job = uninvolved_host.job(event_name="deployment_status", event=event)

    report = uninvolved_host.play(
        job,
        sub_action="deploy",
        environment=given,
        create_missing_release="true",
        finalize_environments="production",
    )

    assert (report.main.exit_code, report.outputs["deployed"]) == (0, "false")
    assert reason in report.main.summary.replace("\\", "")
    assert uninvolved_host.lab.release(uninvolved_host.release) is None


@pytest.mark.parametrize(
    "variable",
    ["SENTRY_URL", "HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "GITHUB_API_URL", "INPUT_URL"],
)
def test_env_file_that_chooses_where_the_token_goes(variable: str, uninvolved_host: App) -> None:
    with sink() as elsewhere:
        job = uninvolved_host.job()
        (job.workspace / ".env.ci").write_text(f"{variable}={elsewhere.url}\n")
        env = {"SENTRY_URL": ""} if variable == "SENTRY_URL" else {}
        inputs: dict[str, Any] = {"env-file": ".env.ci", "dry-run": "true"}
        report = uninvolved_host.play(job, env=env, **inputs)

    assert elsewhere.observed == []
    assert report.main.exit_code == (2 if variable == "SENTRY_URL" else 0)


def test_proxy_that_wants_credentials_costs_one_request(uninvolved_host: App) -> None:
    with answering(407, {"detail": "no"}) as proxy:
        started = time.monotonic()
        env = {"HTTP_PROXY": proxy.url, "NO_PROXY": "", "SENTRY_URL": "http://sentry.localhost"}
        report = uninvolved_host.play(env=env, github_token="")

    assert report.main.exit_code == 4
    assert "requires other credentials" in report.reported("error")[0]
    assert len([one for one in proxy.observed if "sentry.localhost" in one]) <= 2
    assert time.monotonic() - started < 30


def test_dart_file_that_keeps_the_doctor_busy(uninvolved_host: App) -> None:
    job = uninvolved_host.job()
    line = "options.release = 'a'; final b = const String.fromEnvironment('SENTRY_RELEASE');\n"
    head = "import 'package:sentry_flutter/sentry_flutter.dart';\n"
    (job.workspace / "lib").mkdir(exist_ok=True)
    (job.workspace / "lib/large.dart").write_text(head + line * 10_000)

    report = uninvolved_host.play(job, dry_run="true", doctor="warn")

    assert report.main.exit_code == 0
    assert not [line for line in report.log if "could not be reached" in line]


def test_file_of_the_project_in_the_place_of_a_report(uninvolved_host: App) -> None:
    job = uninvolved_host.job()
    (job.workspace / "doctor.json").write_text('{"name": "of the project"}\n')

    report = uninvolved_host.play(job, sub_action="doctor", report_dir=".")

    assert report.main.exit_code == 2
    assert (job.workspace / "doctor.json").read_text() == '{"name": "of the project"}\n'


HOSTILE_RELEASE = {
    "version": HOSTILE_TEXT, "shortVersion": MARKUP, "ref": HOSTILE_TEXT, "url": "javascript:alert(1)",
    "commitCount": "9" * 40, "authors": [{"name": f"{HOSTILE_TEXT}{MARKUP}", "email": HOSTILE_TEXT}],
    "lastDeploy": {"id": HOSTILE_TEXT, "environment": MARKUP, "name": HOSTILE_TEXT}, "dateReleased": HOSTILE_TEXT,
    "lastCommit": {"id": HOSTILE_TEXT, "message": MARKUP}, "detail": f"{HOSTILE_TEXT}{MARKUP}",
}  # fmt: skip


@pytest.mark.parametrize(
    ("status", "body"),
    [
        pytest.param(200, HOSTILE_RELEASE, id="a release"),
        pytest.param(200, [HOSTILE_RELEASE], id="releases"),
        pytest.param(201, HOSTILE_RELEASE, id="what was made"),
        pytest.param(400, HOSTILE_RELEASE, id="a refusal"),
        pytest.param(403, HOSTILE_RELEASE, id="a missing scope"),
        pytest.param(500, HOSTILE_RELEASE, id="a failure"),
        pytest.param(200, HOSTILE_TEXT, id="a text"),
        pytest.param(200, None, id="nothing"),
        pytest.param(200, [[]] * 1000, id="lists"),
    ],
)
def test_answer_of_sentry_that_is(status: int, body: object, uninvolved_host: App) -> None:
    with answering(status, body) as server:
        report = uninvolved_host.play(url=server.url, timeout="5")

    assert server.observed != []
    assert forged(report) == set()
    assert [found for stage in report.stages for found in obeyed(stage.summary)] == []
    assert not any("Traceback" in line for line in report.log)


@pytest.mark.parametrize("status", [200, 302, 400, 401, 403, 404, 409, 500])
def test_token_that_sentry_sends_back_with(status: int, uninvolved_host: App) -> None:
    job = uninvolved_host.job(env={"RUNNER_DEBUG": "1"})
    with answering(status, {}, echo=True) as server:
        report = uninvolved_host.play(job, url=server.url, timeout="5")

    # That no secret is in any log, summary, output or annotation is claimed by `play` itself.
    assert uninvolved_host.lab.token in server.observed[0]
    assert report.stages


ENCODED: dict[str, Callable[[str], str]] = {
    "json": lambda text: "".join(f"\\u{ord(one):04x}" for one in text),
    "url": lambda text: "".join(f"%{byte:02X}" for byte in text.encode()),
    "base64": lambda text: base64.b64encode(f"user:{text}".encode()).decode().rstrip("="),
}


@pytest.mark.parametrize("encoding", ENCODED)
def test_secret_that_a_server_sends_back_encoded_as(encoding: str, uninvolved_host: App) -> None:
    encoded = ENCODED[encoding](uninvolved_host.lab.token)
    with answering(400, {"detail": f"no: {encoded}"}) as server:
        report = uninvolved_host.play(url=server.url, timeout="5")

    printed = json.dumps([report.log, [one.summary for one in report.stages]])
    assert "[redacted]" in printed
    assert encoded not in printed
    assert json.dumps(encoded)[1:-1] not in printed


def test_notification_that_could_carry_the_token(app: App) -> None:
    with sink() as receiver:
        address = receiver.url.replace("http://", "json://")
        report = app.play(notify_urls=address, deploy_name=MARKUP[:60])

    assert report.job_status == "success"
    assert len(receiver.observed) == 1
    assert not any(secret in receiver.observed[0] for secret in app.lab.secrets)
