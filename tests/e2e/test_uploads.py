"""Uploads in the container, to a real Sentry, of what real compilers made."""

import json
import os
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import urllib3
from symbolic.debuginfo import Archive

from e2e.app import App
from e2e.dart_snapshots import runtime, snapshot, stripped
from e2e.runner import Job, Report
from objects import parse_bytes, zip_of
from sentry_release.model.upload import ObjectFile

ABIS = {"arm64-v8a": "android-arm64", "armeabi-v7a": "android-arm", "x86_64": "android-x64"}
SYMBOLS = {"arm64": "android-arm64", "arm": "android-arm", "x64": "android-x64"}
DEBUG = {"RUNNER_DEBUG": "1"}  # so that the log names each request
AAB = "build/app/outputs/bundle/release/app-release.aab"
SCRIPT = b"var a=1;\n//# sourceMappingURL=main.dart.js.map\n"
SOURCE_MAP = b'{"version":3,"sources":["../../lib/main.dart"],"names":[],"mappings":"AAAA"}'


def the_object(content: bytes) -> ObjectFile:
    (found,) = parse_bytes(content)
    return found


def android_build() -> dict[str, bytes]:
    images = {f"base/lib/{abi}/libapp.so": stripped(platform) for abi, platform in ABIS.items()}
    symbols = {
        f"build/symbols/app.android-{arch}.symbols": snapshot(platform)
        for arch, platform in SYMBOLS.items()
    }
    return {AAB: zip_of(images)} | symbols


def web_build(text: str) -> dict[str, bytes]:
    """A web build of its own, since an organization has one bundle of each content."""
    return {
        "build/web/main.dart.js": f"// {text}\n".encode() + SCRIPT,
        "build/web/main.dart.js.map": SOURCE_MAP,
    }


def build(job: Job, files: dict[str, bytes]) -> Job:
    for path, content in files.items():
        place = job.workspace / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
    return job


def uploaded(report: Report) -> list[dict[str, Any]]:
    return list(json.loads(report.outputs["uploaded"]))


def debug_files(app: App, debug_id: str) -> list[dict[str, Any]]:
    place = f"projects/{app.lab.organization}/{app.projects[0]}/files/dsyms/"
    return list(app.lab.query("GET", f"{place}?{urlencode({'debug_id': debug_id})}"))


def looked_up(app: App, **query: str) -> list[dict[str, Any]]:
    """What Sentry itself finds for a frame of an event."""
    place = f"projects/{app.lab.organization}/{app.projects[0]}/artifact-lookup/"
    return list(app.lab.query("GET", f"{place}?{urlencode(query)}"))


def chunks_sent(report: Report) -> int:
    return sum("POST" in line and "/chunk-upload/" in line for line in report.log)


@pytest.mark.parametrize(
    "platform", ["android-arm64", "android-arm", "android-x64", "darwin-arm64", "win32-x64"]
)
def test_what_dart_compiles_is_identified_as_symbolic_does(platform: str, tmp_path: Path) -> None:
    for content in (snapshot(platform), runtime(platform)):
        file = tmp_path / "file"
        file.write_bytes(content)
        (expected,) = Archive.open(str(file)).iter_objects()

        found = the_object(content)

        assert (found.arch, found.debug_id, found.code_id) == (
            expected.arch,
            expected.debug_id,
            expected.code_id,
        )
        assert found.has_debug_info is ("debug" in expected.features)


def test_an_android_app_of_three_abis_is_uploaded_and_complete(app: App, tmp_path: Path) -> None:
    job = build(app.job(), android_build())

    report = app.play(job, sub_action="upload")

    assert (report.main.exit_code, report.annotations) == (0, ())
    assert report.outputs["symbols-complete"] == "true"
    assert {one["arch"] for one in uploaded(report)} == {"arm64", "arm", "x86_64"}
    assert {one["state"] for one in uploaded(report)} == {"new"}
    (stored,) = debug_files(app, the_object(snapshot("android-arm64")).debug_id)
    assert stored["objectName"] == "app.android-arm64.symbols"
    assert function_at(_download(app, stored["id"]), 0x240000, tmp_path) == (
        "Parser.spanFrom",
        "package:sass/src/parse/parser.dart",
        675,
    )


def _download(app: App, file_id: str) -> bytes:
    place = f"/api/0/projects/{app.lab.organization}/{app.projects[0]}/files/dsyms/?id={file_id}"
    headers = {"Authorization": f"Bearer {app.lab.token}"}
    with urllib3.PoolManager(retries=False) as pool:
        actual = pool.request("GET", app.lab.url + place, headers=headers)
    assert actual.status == 200, actual.data
    return actual.data


def function_at(content: bytes, address: int, folder: Path) -> tuple[str, str, int]:
    """What symbolic finds at an address, as Sentry's symbolicator does."""
    file = folder / "downloaded"
    file.write_bytes(content)
    (found,) = Archive.open(str(file)).iter_objects()
    first = found.make_symcache().lookup(address)[0]  # type: ignore[no-untyped-call]
    return first.symbol, first.full_path, first.line


def test_a_second_upload_sends_no_chunk(app: App) -> None:
    files = android_build() | web_build(app.package)
    first = app.play(build(app.job(), files), env=DEBUG, sub_action="upload")

    second = app.play(build(app.job(), files), env=DEBUG, sub_action="upload")

    assert chunks_sent(first) > 0
    assert chunks_sent(second) == 0
    assert {one["state"] for one in uploaded(second)} == {"present"}


def test_source_maps_are_found_for_exactly_this_release_and_dist(app: App) -> None:
    report = app.play(build(app.job(), web_build(app.package)), sub_action="upload")

    assert [one["state"] for one in uploaded(report)] == ["new"]
    assert looked_up(app, release=app.release, dist="27", url="/main.dart")
    assert looked_up(app, release=app.release, dist="28", url="/main.dart") == []
    assert looked_up(app, release=f"{app.release}x", dist="27", url="/main.dart") == []


def test_symbols_of_another_build_are_reported_missing(app: App) -> None:
    files = android_build()
    files["build/symbols/app.android-arm64.symbols"] = runtime("android-arm64")

    report = app.play(build(app.job(), files), sub_action="upload")

    debug_id = the_object(snapshot("android-arm64")).debug_id
    assert report.outputs["symbols-complete"] == "false"
    assert any(
        "base/lib/arm64-v8a/libapp.so" in note.message and debug_id in note.message
        for note in report.annotations
    )


def test_after_the_job_its_build_is_uploaded_before_the_deploy(app: App) -> None:
    job = app.job()
    inputs = {"environment": app.environment, "finalize-environments": "production-*"}
    variables = {
        "SENTRY_URL": app.lab.url,
        "SENTRY_AUTH_TOKEN": app.lab.organization_token,
        "SENTRY_PROJECT": " ".join(app.projects),
    }
    course = job.begin(app.action, inputs, variables)
    stale = android_build() | web_build(app.package)
    build(job, stale)
    old = time.time() - 3600
    os.utime(job.workspace / "build/symbols/app.android-x64.symbols", (old, old))

    report = job.end(course)

    assert report.post.exit_code == 0
    assert looked_up(app, release=app.release, dist="27", url="/main.dart")
    assert debug_files(app, the_object(snapshot("android-arm")).debug_id)
    assert debug_files(app, the_object(snapshot("android-x64")).debug_id) == []
    assert "incomplete" in report.post.summary
    assert len(app.lab.deploys(app.release)) == 1
