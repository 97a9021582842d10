"""Claims about uploading a build: what is found, what is sent, and what is reported missing."""

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path, PurePosixPath

import pytest

from fake_sentry import FakeServers
from fake_sentry.faults import Status
from fake_sentry.state import ACCEPT
from job import Time
from objects import debug_id_of, object_bytes, zip_of
from sentry_release.adapters.file_search import find_files
from sentry_release.adapters.sentry.retry import RetryBudget, UploadTime
from sentry_release.adapters.sentry.sentry_client import SentryClient
from sentry_release.adapters.sentry.transport import SentryTransport, open_transport
from sentry_release.adapters.sentry.upload_client import UploadClient
from sentry_release.adapters.templates import render
from sentry_release.adapters.workspace import Workspace
from sentry_release.commands.steps.upload_build import UploadRequest, find_build, upload_build
from sentry_release.errors import ApiError, ProjectError, ServiceUnavailableError
from sentry_release.model.platform import Platform
from sentry_release.model.upload import UploadState
from sentry_release.upload.upload_report import UploadReport

REQUEST = UploadRequest(
    directory=PurePosixPath(),
    platforms=frozenset(Platform),
    symbols_paths=(),
    include_sources=False,
    newer_than=None,
    organization="acme",
    projects=("shop",),
    release="shop@1.4.0+27",
    dist="27",
    dry_run=False,
)
SCRIPT = b"var a=1;\n//# sourceMappingURL=main.dart.js.map\n"
SOURCE_MAP = b'{"version":3,"sources":["../../lib/main.dart"],"names":[],"mappings":"AAAA"}'
AAB = "build/app/outputs/bundle/release/app-release.aab"
ABIS = {"arm64-v8a": "aarch64", "armeabi-v7a": "armv7a", "x86_64": "x86_64"}
SYMBOLS = {"arm64": "aarch64", "arm": "armv7a", "x64": "x86_64"}


@pytest.fixture
def sentry() -> Iterator[FakeServers]:
    with FakeServers() as one:
        one.store.uploads.accept = (*ACCEPT, "artifact_bundles_v2", "dartsymbolmap", "proguard")
        yield one


@pytest.fixture
def app(tmp_path: Path) -> Path:
    folder = tmp_path / "workspace"
    folder.mkdir()
    return folder


def write(app: Path, files: dict[str, bytes]) -> None:
    for path, content in files.items():
        place = app / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)


def android_build() -> dict[str, bytes]:
    """An AAB of three ABIs, and the symbols that `--split-debug-info` leaves beside it."""
    images = {
        f"base/lib/{abi}/libapp.so": object_bytes()[f"elf-{name}-stripped"]
        for abi, name in ABIS.items()
    }
    symbols = {
        f"build/symbols/app.android-{arch}.symbols": object_bytes()[f"elf-{name}"]
        for arch, name in SYMBOLS.items()
    }
    return {AAB: zip_of(images)} | symbols


def web_build() -> dict[str, bytes]:
    return {
        "build/web/main.dart.js": SCRIPT,
        "build/web/main.dart.js.map": SOURCE_MAP,
        "build/web/flutter.js": b"var flutter;",
    }


def upload(
    sentry: FakeServers, app: Path, request: UploadRequest = REQUEST, token: str | None = None
) -> UploadReport:
    clock = Time().clock()

    def connect() -> SentryTransport:
        return SentryClient(
            transport=open_transport(
                url=sentry.url,
                token=token or sentry.organization_token,
                agent="test",
                environ={},
                budget=RetryBudget(clock=clock, started=clock.monotonic()),
                log=lambda _line: None,
            ),
            organization="acme",
            projects=request.projects,
        ).transport

    workspace = Workspace(root=app)
    client = lambda: UploadClient(  # noqa: E731 - a new one for each upload
        connect=connect,
        organization="acme",
        projects=request.projects,
        time=UploadTime(clock),
    )
    return upload_build(request, find_build(request, workspace), workspace, client)


def states(report: UploadReport) -> dict[str, UploadState]:
    return {row.path: row.state for row in report.rows}


def requests(sentry: FakeServers) -> list[str]:
    return [f"{one.method} {one.path.rpartition('acme/')[2]}" for one in sentry.ledger.entries]


def test_an_android_build_is_uploaded_and_found_complete(sentry: FakeServers, app: Path) -> None:
    write(app, android_build())

    report = upload(sentry, app)

    assert set(states(report).values()) == {UploadState.NEW}
    assert len(report.rows) == 3
    assert report.completeness.is_complete
    assert report.build_outputs()["symbols-complete"] == "true"
    assert json.loads(report.build_outputs()["uploaded"])[0] == {
        "file": "build/symbols/app.android-arm.symbols",
        "kind": "debug file",
        "arch": "arm",
        "id": debug_id_of("elf-armv7a"),
        "bytes": len(object_bytes()["elf-armv7a"]),
        "state": "new",
    }


def test_a_second_upload_of_the_same_build_sends_no_chunk(sentry: FakeServers, app: Path) -> None:
    write(app, android_build() | web_build())
    upload(sentry, app)
    sentry.ledger.clear()

    report = upload(sentry, app)

    assert set(states(report).values()) == {UploadState.PRESENT}
    assert sorted(requests(sentry)) == [  # two of them side by side
        "GET chunk-upload/",
        "POST artifactbundle/assemble/",
        "POST shop/files/difs/assemble/",
    ]


def test_symbols_of_another_build_leave_the_app_incomplete(sentry: FakeServers, app: Path) -> None:
    build = android_build()
    build["build/symbols/app.android-arm64.symbols"] = object_bytes()["elf-no-build-id"]
    write(app, build)

    report = upload(sentry, app)

    assert report.build_outputs()["symbols-complete"] == "false"
    assert report.build_summary_values()["missing"] == (
        f"Sentry has no debug information for `base/lib/arm64-v8a/libapp.so` (arm64) of `{AAB}`, "
        f"id {debug_id_of('elf-aarch64')}. "
        "Build with `--split-debug-info=build/symbols`, and upload the files of that build.",
    )
    assert report.notes == (
        "build/symbols/app.android-arm64.symbols skipped: it belongs to another build.",
    )


def test_what_sentry_has_from_an_earlier_upload_counts(sentry: FakeServers, app: Path) -> None:
    write(app, android_build())
    upload(sentry, app)
    for path in (app / "build/symbols").iterdir():
        path.unlink()

    report = upload(sentry, app)

    assert report.rows == ()
    assert report.build_outputs()["symbols-complete"] == "true"


def test_the_web_build_is_one_bundle_of_scripts_with_maps(sentry: FakeServers, app: Path) -> None:
    write(app, web_build())

    report = upload(sentry, app)

    assert states(report) == {"build/web (1 script)": UploadState.NEW}
    assert sentry.store.uploads.bundles["shop"][0]["fileCount"] == 2
    assert sentry.store.uploads.bundles["shop"][0]["associations"] == [
        {"release": "shop@1.4.0+27", "dist": "27"}
    ]
    assert (app / "build/web/main.dart.js").read_bytes() == SCRIPT
    assert (app / "build/web/main.dart.js.map").read_bytes() == SOURCE_MAP


def test_sources_of_the_app_are_embedded_if_requested(sentry: FakeServers, app: Path) -> None:
    write(app, web_build() | {"lib/main.dart": b"void main() {}\n"})

    upload(sentry, app, replace(REQUEST, include_sources=True))

    (chunk,) = sentry.store.uploads.chunks.values()
    (app / "bundle.zip").write_bytes(chunk)
    embedded = json.loads(_read_zip(app / "bundle.zip", "files/_/_/main.dart.js.map"))
    assert embedded["sourcesContent"] == ["void main() {}\n"]
    assert (app / "build/web/main.dart.js.map").read_bytes() == SOURCE_MAP


def _read_zip(path: Path, name: str) -> bytes:
    import zipfile

    with zipfile.ZipFile(path) as archive:
        return archive.read(name)


def test_a_web_build_without_source_maps_gets_a_hint_how_to_make_them(
    sentry: FakeServers, app: Path
) -> None:
    write(app, {"build/web/main.dart.js": b"var a;", "build/web/flutter.js": b"var b;"})

    report = upload(sentry, app)

    assert report.notes == (
        "No source map for main.dart.js. Build with `flutter build web --source-maps`.",
    )
    assert sentry.ledger.entries == ()


def test_an_obfuscation_map_goes_up_once_for_each_architecture(
    sentry: FakeServers, app: Path
) -> None:
    content = b'["Shop","a"]'
    write(app, android_build() | {"build/app/obfuscation.map.json": content})

    report = upload(sentry, app)

    maps = [row for row in report.rows if row.kind == "obfuscation map"]
    assert {row.debug_id for row in maps} == {debug_id_of(f"elf-{name}") for name in ABIS.values()}
    assert {row.state for row in maps} == {UploadState.NEW}
    assert (app / "build/app/obfuscation.map.json").read_bytes() == content


def test_an_obfuscation_map_belongs_to_the_platform_that_was_built_with_it(
    sentry: FakeServers, app: Path
) -> None:
    linux = "build/linux/x64/release/bundle/lib/libapp.so"
    write(app, android_build() | {linux: object_bytes()["elf-no-build-id"]})
    write(app, {"build/app/obfuscation.map.json": b'["Shop","a"]'})
    os.utime(app / linux, (1000, 1000))
    os.utime(app / "build/app/obfuscation.map.json", (2000, 2000))
    os.utime(app / AAB, (2010, 2010))

    report = upload(sentry, app)

    maps = {row.debug_id for row in report.rows if row.kind == "obfuscation map"}
    assert maps == {debug_id_of(f"elf-{name}") for name in ABIS.values()}


def test_an_r8_mapping_goes_up_under_the_id_that_the_app_asks_for(
    sentry: FakeServers, app: Path
) -> None:
    mapping_id = "6ba7b810-9dad-11d1-80b4-00c04fd430c8"
    properties = f"io.sentry.ProguardUuids={mapping_id}\n".encode()
    archive = zip_of({"base/assets/sentry-debug-meta.properties": properties})
    mapping = b"# compiler: R8\ncom.example.A -> a.a:\n"
    write(app, {AAB: archive, "build/app/outputs/mapping/release/mapping.txt": mapping})

    report = upload(sentry, app)

    assert [(row.kind, row.state) for row in report.rows] == [("R8 mapping", UploadState.NEW)]
    (sent,) = sentry.store.uploads.debug_files["shop"]
    assert sent["objectName"] == f"/proguard/{mapping_id}.txt"


def test_files_of_an_older_job_are_left_out_unless_symbols_path_names_them(
    sentry: FakeServers, app: Path
) -> None:
    write(app, android_build())
    for path in app.rglob("*"):
        os.utime(path, (1000, 1000))
    later = replace(REQUEST, newer_than=2000.0)

    left_out = upload(sentry, app, later)
    named = upload(sentry, app, replace(later, symbols_paths=(PurePosixPath("build/symbols"),)))

    assert left_out.rows == ()
    assert "older than this job" in left_out.notes[0]
    assert len(named.rows) == 3


def test_symbols_of_another_job_are_taken_from_a_folder_of_any_name(
    sentry: FakeServers, app: Path
) -> None:
    write(
        app,
        {
            "artifact/Runner.dSYM/Contents/Resources/DWARF/Runner": object_bytes()["macho-dsym"],
            "artifact/native.zip": zip_of(
                {"arm64-v8a/libapp.so.dbg": object_bytes()["elf-aarch64"]}
            ),
            "artifact/map.json": b'["Shop","a"]',
            "artifact/readme.txt": b"nothing",
        },
    )

    report = upload(sentry, app, replace(REQUEST, symbols_paths=(PurePosixPath("artifact"),)))

    assert [row.path for row in report.rows] == [
        "artifact/Runner.dSYM/Contents/Resources/DWARF/Runner",
        "artifact/native.zip/arm64-v8a/libapp.so.dbg",
    ]


def test_a_symbols_path_that_is_not_there_is_a_mistake(sentry: FakeServers, app: Path) -> None:
    with pytest.raises(ProjectError, match="'symbls' in `symbols-path` is not a folder"):
        upload(sentry, app, replace(REQUEST, symbols_paths=(PurePosixPath("symbls"),)))


def test_platforms_that_are_not_requested_are_left_alone(sentry: FakeServers, app: Path) -> None:
    write(app, android_build() | web_build())

    report = upload(sentry, app, replace(REQUEST, platforms=frozenset({Platform.WEB})))

    assert list(states(report)) == ["build/web (1 script)"]


def test_a_job_without_a_build_asks_sentry_nothing(sentry: FakeServers, app: Path) -> None:
    write(app, {"lib/main.dart": b"", "app.android-arm64.symbols": object_bytes()["elf-aarch64"]})

    report = upload(sentry, app)

    assert report.is_empty
    assert sentry.ledger.entries == ()


def test_links_are_not_followed(sentry: FakeServers, app: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    write(outside, {"app.android-arm64.symbols": object_bytes()["elf-aarch64"]})
    (app / "build").mkdir()
    (app / "build/folder").symlink_to(outside)
    (app / "build/app.android-arm64.symbols").symlink_to(outside / "app.android-arm64.symbols")
    (app / "build/circle").symlink_to(app)

    assert list(find_files(app, skip=())) == []
    assert upload(sentry, app).is_empty


def test_without_a_token_the_report_says_what_would_have_been_sent(app: Path) -> None:
    write(app, android_build() | web_build())
    workspace = Workspace(root=app)

    report = upload_build(REQUEST, find_build(REQUEST, workspace), workspace, None)

    assert set(states(report).values()) == {UploadState.UNSENT}
    assert len(report.rows) == 4
    assert report.build_outputs()["symbols-complete"] == "unknown"


def test_a_refused_token_is_an_error_of_the_report(sentry: FakeServers, app: Path) -> None:
    write(app, android_build())

    report = upload(sentry, app, token=sentry.readonly_token)

    assert [type(error) for error in report.errors] == [ApiError]
    assert set(states(report).values()) == {UploadState.FAILED}


def test_an_outage_is_an_error_of_the_report(sentry: FakeServers, app: Path) -> None:
    sentry.fail("*", "/**", Status(status=503), times=None)
    write(app, android_build())

    report = upload(sentry, app)

    assert [type(error) for error in report.errors] == [ServiceUnavailableError]
    assert report.build_outputs()["symbols-complete"] == "unknown"


def test_the_summary_shows_each_file_and_what_is_missing(sentry: FakeServers, app: Path) -> None:
    build = android_build()
    build["build/symbols/app.android-arm64.symbols"] = b"not an image"
    build["build/symbols/`|@octocat|` app.android-x64.symbols"] = object_bytes()["elf-x86_64"]
    write(app, build)

    text = render.render_template("upload", **upload(sentry, app).build_summary_values())

    assert "### ⚠️ Debug information in Sentry: incomplete" in text
    assert "| `build/symbols/app.android-arm.symbols` | debug file | arm |" in text
    assert "> Sentry has no debug information for `base/lib/arm64-v8a/libapp.so` (arm64)" in text
