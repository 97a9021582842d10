"""What is uploaded is what sentry-cli uploads: the same ids, checksums, chunks and manifests."""

import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fake_sentry import FakeServers
from fake_sentry.state import ACCEPT
from objects import object_bytes
from sentry_release.upload.app_images import parse_objects
from sentry_release.upload.byte_readers import BytesReader
from sentry_release.upload.debug_files import DebugFileCandidate, select_debug_files
from sentry_release.upload.upload_plan import split_into_chunks
from sentry_release.upload.web_bundle import (
    ArtifactType,
    BundledFile,
    BundleOwner,
    write_artifact_bundle,
)

SENTRY_CLI = Path(sys.executable).with_name("sentry-cli")
NAMES = sorted(set(object_bytes()) - {"elf-aarch64-stripped", "elf-armv7a-stripped"})
SCRIPT = b"var a=1;\n//# sourceMappingURL=main.dart.js.map\n"
SOURCE_MAP = b'{"version":3,"sources":["../../lib/main.dart"],"names":[],"mappings":"AAAA"}'


@pytest.fixture
def sentry() -> Iterator[FakeServers]:
    with FakeServers() as one:
        one.store.uploads.accept = (*ACCEPT, "artifact_bundles_v2")
        yield one


def run_sentry_cli(sentry: FakeServers, folder: Path, *arguments: str) -> None:
    environ = {
        "SENTRY_URL": sentry.url,
        "SENTRY_AUTH_TOKEN": sentry.token,
        "SENTRY_ORG": "acme",
        "SENTRY_PROJECT": "shop",
        "SENTRY_LOAD_DOTENV": "0",
        "HOME": str(folder),
    }
    command = [str(SENTRY_CLI), *arguments]
    subprocess.run(command, cwd=folder, env=environ, check=True, capture_output=True)  # noqa: S603 - a list, no shell


def bodies(sentry: FakeServers, path: str) -> list[Any]:
    return [one.body for one in sentry.ledger.entries if one.path.endswith(path)]


def test_debug_files_have_the_same_names_ids_checksums_and_chunks(
    sentry: FakeServers, tmp_path: Path
) -> None:
    folder = tmp_path / "symbols"
    folder.mkdir()
    for name in NAMES:
        (folder / name).write_bytes(object_bytes()[name])

    run_sentry_cli(sentry, tmp_path, "debug-files", "upload", "symbols")

    candidates = [
        DebugFileCandidate(
            path=name, object=one, reader=BytesReader(object_bytes()[name]), is_requested=False
        )
        for name in NAMES
        for one in parse_objects(BytesReader(object_bytes()[name]))
    ]
    chosen = select_debug_files(candidates, ()).chosen
    files = [
        split_into_chunks(one.path, one.content, debug_id=one.object.debug_id) for one in chosen
    ]
    expected = bodies(sentry, "difs/assemble/")[0]
    own = {
        file.checksum: {
            "name": file.name,
            "debug_id": file.debug_id,
            "chunks": [chunk.checksum for chunk in file.chunks],
        }
        for file in files
    }
    assert {key: one for key, one in expected.items() if key in own} == own
    assert {one["debug_id"] for one in expected.values()} == {one.debug_id for one in files}


def test_a_bundle_has_the_same_files_and_manifest_but_for_its_id(
    sentry: FakeServers, tmp_path: Path
) -> None:
    web = tmp_path / "web"
    web.mkdir()
    (web / "main.dart.js").write_bytes(SCRIPT)
    (web / "main.dart.js.map").write_bytes(SOURCE_MAP)
    arguments = ("--release", "shop@1.0.0+1", "--dist", "1", "--no-rewrite", "web")

    run_sentry_cli(sentry, tmp_path, "sourcemaps", "upload", *arguments)

    target = io.BytesIO()
    files = [
        BundledFile(
            path="main.dart.js",
            type=ArtifactType.SOURCE,
            reader=BytesReader(SCRIPT),
            source_map="main.dart.js.map",
        ),
        BundledFile(
            path="main.dart.js.map",
            type=ArtifactType.SOURCE_MAP,
            reader=BytesReader(SOURCE_MAP),
        ),
    ]
    owner = BundleOwner(organization="acme", projects=("shop",), release="shop@1.0.0+1", dist="1")
    write_artifact_bundle(files, owner, target)
    (chunk,) = sentry.store.uploads.chunks.values()
    assert unpack(target.getvalue()) == unpack(chunk)


def unpack(bundle: bytes) -> dict[str, Any]:
    with zipfile.ZipFile(io.BytesIO(bundle)) as archive:
        files: dict[str, Any] = {name: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(files.pop("manifest.json"))
    assert manifest.pop("debug_id")
    return files | {"manifest.json": manifest}
