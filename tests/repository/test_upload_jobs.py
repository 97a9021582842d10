"""Whole jobs that upload: after the job and as a step, with every way to fail."""

import json
import os
import re
from pathlib import Path

import pytest

from adapters.test_upload_build import AAB, android_build, web_build, write
from fake_sentry import FakeServers, Status
from fake_sentry.faults import HTML
from fake_sentry.state import ACCEPT
from job import Job, Stage
from objects import debug_id_of, object_bytes, zip_of

NAME = "shop@1.4.0+27"
DIFS = "POST /api/0/projects/acme/shop/files/difs/assemble/"
OPTIONS = "GET /api/0/organizations/acme/chunk-upload/"
CHUNKS = "POST /api/0/organizations/acme/chunk-upload/"
BUNDLE = "POST /api/0/organizations/acme/artifactbundle/assemble/"
DEPLOY = f"POST /api/0/organizations/acme/releases/{NAME.replace('@', '%40').replace('+', '%2B')}/deploys/"


@pytest.fixture(autouse=True)
def newer_server(sentry: FakeServers) -> None:
    sentry.store.uploads.accept = (*ACCEPT, "artifact_bundles_v2", "dartsymbolmap", "proguard")


def requests(sentry: FakeServers) -> list[str]:
    return [f"{one.method} {one.path}" for one in sentry.ledger.entries if one.service == "sentry"]


def build(job: Job, files: dict[str, bytes]) -> None:
    """What the steps between main and post leave in the workspace."""
    write(job.workspace, files)
    now = job.time.clock().now().timestamp() + 60
    for path in files:
        os.utime(job.workspace / path, (now, now))


def build_and_end(
    job: Job, sentry: FakeServers, *, status: str = "success", **inputs: str
) -> Stage:
    """A job that builds for Android and the web; the ledger then contains the requests of post."""
    job.main(**inputs)
    sentry.land_commits()
    build(job, android_build() | web_build())
    sentry.ledger.clear()
    return job.post(status=status, **inputs)


def deploys(sentry: FakeServers) -> int:
    return len(sentry.releases[NAME].deploys)


def test_what_the_job_has_built_is_uploaded_before_the_deploy_is_created(
    job: Job, sentry: FakeServers
) -> None:
    post = build_and_end(job, sentry)

    assert (post.exit_code, post.annotations) == (0, [])
    requested = requests(sentry)
    assert requested.index(CHUNKS) < requested.index(DEPLOY)
    assert len(sentry.store.uploads.debug_files["shop"]) == 3
    assert sentry.store.uploads.bundles["shop"][0]["associations"] == [
        {"release": NAME, "dist": "27"}
    ]
    assert "### ✅ Debug information in Sentry: complete" in post.summary
    assert deploys(sentry) == 1


def test_a_second_run_of_the_job_sends_no_chunk_and_at_most_four_requests(
    job: Job, sentry: FakeServers
) -> None:
    build_and_end(job, sentry)
    sentry.ledger.clear()

    job.post()

    uploads = [one for one in requests(sentry) if "/releases/" not in one]
    assert sorted(uploads) == [OPTIONS, BUNDLE, DIFS]


def test_a_job_that_failed_uploads_and_creates_no_deploy(job: Job, sentry: FakeServers) -> None:
    post = build_and_end(job, sentry, status="failure")

    assert post.exit_code == 0
    assert len(sentry.store.uploads.debug_files["shop"]) == 3
    assert deploys(sentry) == 0


def test_a_cancelled_job_uploads_nothing(job: Job, sentry: FakeServers) -> None:
    build_and_end(job, sentry, status="cancelled")

    assert sentry.store.uploads.chunks == {}


def test_a_job_without_a_build_sends_no_upload_requests(job: Job, sentry: FakeServers) -> None:
    job.main()
    sentry.land_commits()
    sentry.ledger.clear()

    job.post()

    assert [one for one in requests(sentry) if "/releases/" not in one] == []


def test_uploads_none_uploads_nothing_and_platforms_only_theirs(
    job: Job, sentry: FakeServers
) -> None:
    build_and_end(job, sentry, uploads="none")
    assert sentry.store.uploads.chunks == {}

    job.post(uploads="web")

    assert list(sentry.store.uploads.debug_files) == []
    assert len(sentry.store.uploads.bundles["shop"]) == 1


@pytest.mark.parametrize(
    "fault", [Status(status=503), Status(status=403, body={"detail": "no"}), HTML]
)
def test_no_fault_of_an_upload_keeps_the_deploy_from_being_created(
    job: Job, sentry: FakeServers, fault: Status
) -> None:
    for path in ("chunk-upload/", "difs/assemble/", "artifactbundle/assemble/"):
        sentry.fail("*", path, fault, times=None)

    post = build_and_end(job, sentry)

    assert post.exit_code == 0
    assert deploys(sentry) == 1
    assert any(one.startswith("warning: ") for one in post.annotations)


def test_a_slow_upload_leaves_the_deploy_its_whole_time_limit(
    job: Job, sentry: FakeServers
) -> None:
    job.main(timeout="30")
    sentry.land_commits()
    build(job, android_build())
    sentry.fail("POST", "chunk-upload/", Status(status=503), times=None)

    post = job.post(timeout="30")

    assert job.time.passed_s > 30
    assert post.exit_code == 0
    assert deploys(sentry) == 1


def test_symbols_of_another_build_are_a_warning_that_names_them(
    job: Job, sentry: FakeServers
) -> None:
    job.main()
    sentry.land_commits()
    other = {"build/symbols/app.android-arm64.symbols": object_bytes()["elf-no-build-id"]}
    build(job, android_build() | other)

    post = job.post()

    missing = f"`base/lib/arm64-v8a/libapp.so` (arm64) of `{AAB}`, id {debug_id_of('elf-aarch64')}"
    assert any(missing in one for one in post.annotations)
    assert "incomplete" in post.summary
    assert deploys(sentry) == 1


def test_a_symbols_path_that_is_not_there_is_a_warning_after_the_job(
    job: Job, sentry: FakeServers
) -> None:
    post = build_and_end(job, sentry, symbols_path="symbls")

    assert any("'symbls' in `symbols-path` is not a folder" in one for one in post.annotations)
    assert deploys(sentry) == 1


def test_a_dry_run_shows_what_would_be_uploaded_and_sends_nothing(
    job: Job, sentry: FakeServers
) -> None:
    post = build_and_end(job, sentry, dry_run="true")

    assert {one.partition("?")[0].rpartition("acme/")[2] for one in requests(sentry)} == {
        "chunk-upload/",
        "shop/files/artifact-bundles/",
        "shop/files/difs/assemble/",
        "shop/files/dsyms/",
    }
    assert sentry.store.uploads.chunks == {}
    assert " not in Sentry |" in post.summary


def test_a_summary_without_an_upload_does_not_claim_that_sentry_has_the_files(job: Job) -> None:
    write(job.workspace, web_build())
    job.environ["SENTRY_AUTH_TOKEN"] = ""

    step = job.play("upload", **{"dry-run": "true"})

    assert "Debug information that would be uploaded" in step.summary
    assert " 0.0 kB " not in step.summary


def test_a_web_build_without_a_map_is_a_warning_in_the_heading_too(job: Job) -> None:
    write(job.workspace, {"build/web/main.dart.js": b"x\n//# sourceMappingURL=main.dart.js.map\n"})

    step = job.play("upload")

    assert "### ⚠️ No debug information was uploaded" in step.summary
    assert len(step.annotations) == 1


def test_the_command_line_lists_each_file_and_its_state(job: Job) -> None:
    write(job.workspace, web_build())
    del job.environ["GITHUB_ACTIONS"]

    step = job.play("upload")

    assert re.search(
        r"^  source maps build/web \(.*\) [0-9a-f-]{36}: uploaded$", step.log, re.MULTILINE
    )


def test_the_upload_action_reports_its_uploads(job: Job) -> None:
    build(job, android_build() | web_build())

    step = job.play("upload")

    assert (step.exit_code, step.annotations) == (0, [])
    assert step.outputs["release"] == NAME
    assert step.outputs["symbols-complete"] == "true"
    uploaded = json.loads(step.outputs["uploaded"])
    assert [one["kind"] for one in uploaded] == ["source maps", *["debug file"] * 3]
    assert {one["state"] for one in uploaded} == {"new"}
    assert json.loads(step.outputs["json"])["symbols-complete"] == "true"


def test_the_action_upload_takes_the_name_that_an_earlier_step_exported(
    job: Job, sentry: FakeServers
) -> None:
    main = job.main(build_number="99")
    build(job, web_build())
    job.environ |= main.variables

    step = job.play("upload")

    assert step.outputs["release"] == "shop@1.4.0+99"
    assert sentry.store.uploads.bundles["shop"][0]["associations"] == [
        {"release": "shop@1.4.0+99", "dist": "99"}
    ]


def test_the_action_upload_without_a_build_is_a_warning(job: Job, sentry: FakeServers) -> None:
    step = job.play("upload")

    assert step.exit_code == 0
    assert step.outputs["symbols-complete"] == "unknown"
    assert any("There is no build output" in one for one in step.annotations)
    assert requests(sentry) == []


def test_the_action_upload_fails_if_sentry_refuses(job: Job, sentry: FakeServers) -> None:
    build(job, android_build())
    job.environ["SENTRY_AUTH_TOKEN"] = sentry.readonly_token

    step = job.play("upload")

    assert step.exit_code == 4
    assert "failed" in step.summary


@pytest.mark.parametrize(("on_outage", "exit_code"), [("warn", 0), ("fail", 5)])
def test_an_outage_fails_the_action_upload_only_if_it_is_to(
    job: Job, sentry: FakeServers, on_outage: str, exit_code: int
) -> None:
    sentry.fail("*", "/**", Status(status=503), times=None)
    build(job, android_build())

    step = job.play("upload", on_outage=on_outage)

    assert step.exit_code == exit_code
    assert job.time.passed_s <= 61


def test_a_fork_sees_what_would_have_been_uploaded(job: Job, sentry: FakeServers) -> None:
    build(job, android_build())
    job.environ |= {"SENTRY_AUTH_TOKEN": "", "GITHUB_EVENT_NAME": "pull_request"}
    fork = {"repo": {"full_name": "other/app", "fork": True}}
    job.event({"pull_request": {"head": fork, "base": {"repo": {"full_name": "acme/app"}}}})

    step = job.play("upload", org="acme", projects="shop")

    assert step.exit_code == 0
    assert "These files would be uploaded" in step.log
    assert {one["state"] for one in json.loads(step.outputs["uploaded"])} == {"unsent"}
    assert " not sent |" in step.summary
    assert requests(sentry) == []


@pytest.mark.parametrize(
    ("name", "value", "output"),
    [
        ("uploads", "andriod", "Did you mean `android`?"),
        ("uploads", "auto,web", "Invalid value 'auto' for `uploads`"),
        ("symbols_path", "/etc", "it is an absolute path"),
    ],
)
def test_a_wrong_input_is_named_before_anything_is_done(
    job: Job, sentry: FakeServers, name: str, value: str, output: str
) -> None:
    step = job.play("upload", **{name: value})

    assert step.exit_code == 2
    assert any(output in one for one in step.annotations)
    assert requests(sentry) == []


def test_a_symbols_path_that_leads_out_of_the_workspace_is_refused(
    job: Job, sentry: FakeServers, tmp_path: Path
) -> None:
    write(tmp_path / "outside", {"app.android-arm64.symbols": object_bytes()["elf-aarch64"]})

    step = job.play("upload", symbols_path="../outside")

    assert step.exit_code == 2
    assert requests(sentry) == []


@pytest.mark.parametrize("event", ["pull_request", "pull_request_target"])
def test_a_fork_sees_after_the_job_what_would_have_been_uploaded(
    job: Job, sentry: FakeServers, event: str
) -> None:
    job.environ["GITHUB_EVENT_NAME"] = event
    if event == "pull_request":
        job.environ["SENTRY_AUTH_TOKEN"] = ""
    fork = {"repo": {"full_name": "other/app", "fork": True}}
    job.event({"pull_request": {"head": fork, "base": {"repo": {"full_name": "acme/app"}}}})

    post = build_and_end(job, sentry)

    assert post.exit_code == 0
    assert "These files would be uploaded" in post.log
    assert "Nothing to do" not in post.log
    assert "build/symbols/app.android-arm64.symbols" in post.summary
    assert post.summary.count("not sent |") == 4
    assert requests(sentry) == []


def test_two_steps_that_name_two_dists_are_reported_after_the_job(
    job: Job, sentry: FakeServers
) -> None:
    first = job.main()
    state = dict(job.state)
    second = job.main(build_number="28")
    sentry.land_commits()
    job.environ |= {**first.variables, **second.variables}
    build(job, web_build())
    job.state = state

    post = job.post()

    assert post.annotations == [
        "warning: Another step of this job names the dist `28`, and these files were uploaded for "
        "`27`. Run the action `upload` after each build, or build in separate jobs."
    ]


def android_code(*constants: str) -> dict[str, bytes]:
    """An APK whose code contains these constants, as the compiler writes them into a snapshot."""
    code = object_bytes()["elf-aarch64-stripped"] + b"".join(
        bytes(8) + text.encode() for text in constants
    )
    return {
        "build/app/outputs/flutter-apk/app-release.apk": zip_of({"lib/arm64-v8a/libapp.so": code})
    }


def web_code(*constants: str) -> dict[str, bytes]:
    literals = ",".join(f'"{one}"' for one in constants)
    return web_build() | {
        "build/web/main.dart.js": web_build()["build/web/main.dart.js"] + f"\n[{literals}]".encode()
    }


SDK = "sentry.dart.flutter"
ID = "com.example.shop@1.4.0+27"
WEB_VERSION = b'{"app_name": "shop", "version": "1.4.0", "build_number": "27"}'


@pytest.mark.parametrize("command", ["post", "upload"])
@pytest.mark.parametrize("constants", [(SDK,), (SDK, "shop@1.4.0+26", "shop@1.4.0")])
def test_an_app_that_was_built_without_the_release_name_is_reported(
    job: Job, sentry: FakeServers, command: str, constants: tuple[str, ...]
) -> None:
    job.main(uploads="android")
    sentry.land_commits()
    build(job, android_code(*constants))

    stage = job.play(command, uploads="android")

    assert any(
        "`build/app/outputs/flutter-apk/app-release.apk` has the Sentry SDK, but not the release "
        "name `shop@1.4.0+27`: it reports another one, unless its code composes the name. Pass the "
        "dart-defines of this action to that build" in one
        for one in stage.annotations
    )


@pytest.mark.parametrize(
    ("files", "inputs"),
    [
        pytest.param(android_code(SDK, NAME), {}, id="it has the name"),
        pytest.param(android_code("dart"), {}, id="it does not use the SDK"),
        pytest.param(android_code(SDK), {"release": ID}, id="the SDK may report an app id itself"),
        pytest.param(
            web_code(SDK) | {"build/web/version.json": WEB_VERSION},
            {},
            id="the SDK reports it itself",
        ),
        pytest.param(web_code(SDK), {}, id="what the SDK reports is unknown"),
        pytest.param(
            android_code(SDK) | web_code(SDK, NAME), {}, id="another app of the job has the name"
        ),
        pytest.param(
            android_code(SDK), {"release": "shöp@1.4.0"}, id="it may be written otherwise"
        ),
    ],
)
def test_an_app_that_may_report_the_release_is_not_suspected(
    job: Job, sentry: FakeServers, files: dict[str, bytes], inputs: dict[str, str]
) -> None:
    job.main(**inputs)
    sentry.land_commits()
    build(job, files)

    post = job.post(**inputs)

    assert not [one for one in post.annotations if "has the Sentry SDK" in one]


def test_a_web_app_with_another_version_and_without_the_name_is_reported(
    job: Job, sentry: FakeServers
) -> None:
    job.main(build_number="28")
    sentry.land_commits()
    build(job, web_code(SDK) | {"build/web/version.json": WEB_VERSION})

    post = job.post(build_number="28")

    assert any("`build/web` has the Sentry SDK" in one for one in post.annotations)


@pytest.mark.parametrize("command", ["post", "upload"])
def test_an_app_of_another_build_number_is_reported(
    job: Job, sentry: FakeServers, command: str
) -> None:
    job.main()
    sentry.land_commits()
    version = b'{"app_name": "shop", "version": "1.4.0", "build_number": "28"}'
    build(job, web_build() | {"build/web/version.json": version})

    stage = job.play(command)

    assert stage.annotations == [
        "warning: `build/web/version.json` has the build number 28, and was uploaded for the dist "
        "`27`. Build with `--build-number=27`, or set `build-number` to that of the build."
    ]
    assert sentry.store.uploads.bundles["shop"][0]["associations"] == [
        {"release": NAME, "dist": "27"}
    ]


@pytest.mark.parametrize(
    ("version", "inputs"),
    [
        (b'{"app_name": "shop", "version": "1.4.0", "build_number": "27"}', {}),
        (b'{"app_name": "shop", "version": "1.4.0", "build_number": "28"}', {"dist": "web"}),
        (b"{", {}),
    ],
    ids=["same", "a dist of its own", "not readable"],
)
def test_a_build_number_that_says_nothing_about_the_dist_is_not_reported(
    job: Job, version: bytes, inputs: dict[str, str]
) -> None:
    build(job, web_build() | {"build/web/version.json": version})

    assert job.play("upload", **inputs).annotations == []


MAP = b'["Shop","a","Cart","b"]'
WORKFLOW = """
jobs:
  deploy:
    steps:
      - run: |
          flutter build appbundle --obfuscate --split-debug-info=build/symbols \\
            "--extra-gen-snapshot-options=--save-obfuscation-map=PATH"
"""


@pytest.mark.parametrize("command", ["post", "upload"])
@pytest.mark.parametrize(
    ("named", "place"),
    [
        ("secret/names.json", "secret/names.json"),
        ("apps/shop/names.json", "names.json"),
        ("./names.json", "names.json"),
    ],
)
def test_the_obfuscation_map_that_the_workflow_names_is_uploaded(
    job: Job, sentry: FakeServers, command: str, named: str, place: str
) -> None:
    app = job.workspace / "apps/shop"
    app.mkdir(parents=True)
    (job.workspace / "pubspec.yaml").rename(app / "pubspec.yaml")
    write(job.workspace, {".github/workflows/ci.yml": WORKFLOW.replace("PATH", named).encode()})
    job.environ |= {
        "INPUT_WORKING-DIRECTORY": "apps/shop",
        "GITHUB_WORKFLOW_REF": "acme/app/.github/workflows/ci.yml@refs/heads/main",
    }
    job.main()
    sentry.land_commits()
    files = android_build() | {place: MAP}
    build(job, {f"apps/shop/{path}": content for path, content in files.items()})

    summary = job.play(command).summary

    assert summary.count(f"| `{place}` | obfuscation map |") == 3


@pytest.mark.parametrize("named", ["$DIR/names.json", "${{ env.MAP }}", "../names.json"])
def test_an_obfuscation_map_at_an_unknown_path_is_not_searched_for(job: Job, named: str) -> None:
    write(job.workspace, {".github/workflows/ci.yml": WORKFLOW.replace("PATH", named).encode()})
    job.environ["GITHUB_WORKFLOW_REF"] = "acme/app/.github/workflows/ci.yml@refs/heads/main"
    build(job, android_build() | {"names.json": MAP})

    assert "obfuscation map" not in job.play("upload").summary


@pytest.mark.parametrize("command", ["post", "upload"])
def test_a_web_build_in_the_folder_that_the_workflow_names_is_uploaded(
    job: Job, sentry: FakeServers, command: str
) -> None:
    run = b"jobs: {deploy: {steps: [{run: flutter build web --source-maps --output public}]}}"
    write(job.workspace, {".github/workflows/ci.yml": run})
    job.environ["GITHUB_WORKFLOW_REF"] = "acme/app/.github/workflows/ci.yml@refs/heads/main"
    job.main()
    sentry.land_commits()
    files = {path.replace("build/web", "public"): text for path, text in web_build().items()}
    build(job, files | {"build/flutter_assets/version.json": b"{}"})

    stage = job.play(command)

    assert "| `public (1 script)` | source maps |" in stage.summary
    assert len(sentry.store.uploads.bundles["shop"]) == 1


@pytest.mark.parametrize("folder", ["ios", "ios/output", "."])
def test_the_symbols_that_fastlane_leaves_beside_the_app_are_uploaded(
    job: Job, sentry: FakeServers, folder: str
) -> None:
    job.main()
    sentry.land_commits()
    app = "Payload/Runner.app/Frameworks/App.framework/App"
    dsym = "App.framework.dSYM/Contents/Resources/DWARF/App"
    build(
        job,
        {
            f"{folder}/Runner.ipa": zip_of({app: object_bytes()["macho-arm64"]}),
            f"{folder}/Runner.app.dSYM.zip": zip_of({dsym: object_bytes()["macho-dsym"]}),
        }
        | ({"build/native_assets/ios/x.json": b"{}"} if folder == "ios/output" else {}),
    )

    post = job.post()

    assert (post.exit_code, post.annotations) == (0, [])
    assert len(sentry.store.uploads.debug_files["shop"]) == 1
    assert "### ✅ Debug information in Sentry: complete" in post.summary
