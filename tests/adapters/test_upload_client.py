"""Claims about uploading: nothing twice, nothing lost, and every file's result is reported."""

import io
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from random import Random

import pytest

from fake_sentry import FakeServers
from fake_sentry.faults import HTML, Closed, Status, rate_limited
from fake_sentry.state import ACCEPT
from job import Time
from objects import debug_id_of, object_bytes
from sentry_release.adapters.sentry.retry import RetryBudget, UploadTime
from sentry_release.adapters.sentry.sentry_client import SentryClient
from sentry_release.adapters.sentry.transport import SentryTransport, open_transport
from sentry_release.adapters.sentry.upload_client import UploadClient
from sentry_release.adapters.sentry.upload_files import BundleTarget, Uploader
from sentry_release.errors import ApiError, ServiceUnavailableError
from sentry_release.model.upload import ChunkedFile, UploadState, UploadSummary
from sentry_release.upload.byte_readers import BytesReader
from sentry_release.upload.upload_plan import split_into_chunks
from sentry_release.upload.web_bundle import (
    ArtifactType,
    BundledFile,
    BundleOwner,
    write_artifact_bundle,
)

ORGANIZATION = "/api/0/organizations/acme"
OPTIONS = f"GET {ORGANIZATION}/chunk-upload/"
CHUNKS = f"POST {ORGANIZATION}/chunk-upload/"
DIFS = "POST /api/0/projects/acme/shop/files/difs/assemble/"
BUNDLES = f"POST {ORGANIZATION}/artifactbundle/assemble/"
NEWER = (*ACCEPT, "artifact_bundles_v2", "proguard", "dartsymbolmap")


@dataclass(kw_only=True)
class Upload:
    """An upload to the fake server, with a clock that passes when it waits."""

    sentry: FakeServers
    projects: tuple[str, ...] = ("shop",)
    time: Time = field(default_factory=Time)
    log: list[str] = field(default_factory=list)

    def client(self, token: str | None = None) -> UploadClient:
        clock = self.time.clock()

        def connect() -> SentryTransport:
            return SentryClient(
                transport=open_transport(
                    url=self.sentry.url,
                    token=token or self.sentry.organization_token,
                    agent="test",
                    environ={},
                    budget=RetryBudget(clock=clock, started=clock.monotonic()),
                    log=self.log.append,
                ),
                organization="acme",
                projects=self.projects,
            ).transport

        return UploadClient(
            connect=connect,
            organization="acme",
            projects=self.projects,
            time=UploadTime(clock),
        )

    def uploader(self, *, dry_run: bool = False, token: str | None = None) -> Uploader:
        client = self.client(token)
        transport = client.open_transport()
        options = client.read_options(transport)
        return Uploader(client=client, transport=transport, options=options, dry_run=dry_run)

    def requests(self) -> list[str]:
        return [f"{one.method} {one.path}" for one in self.sentry.ledger.entries]


@pytest.fixture
def sentry() -> Iterator[FakeServers]:
    with FakeServers(projects=("shop", "web")) as one:
        yield one


def debug_file(name: str = "elf-aarch64", **more: object) -> ChunkedFile:
    reader = BytesReader(object_bytes()[name])
    found = split_into_chunks(f"{name}.symbols", reader, debug_id=debug_id_of(name))
    return replace(found, **more)  # type: ignore[arg-type]


def states(summary: UploadSummary) -> list[tuple[str | None, str, UploadState]]:
    return [(one.project, one.file.name, one.state) for one in summary.results]


def bundle_of(*projects: str) -> tuple[ChunkedFile, BundleTarget]:
    script = BundledFile(
        path="main.dart.js",
        type=ArtifactType.SOURCE,
        reader=BytesReader(b"var a;"),
        source_map="main.dart.js.map",
    )
    target = io.BytesIO()
    owner = BundleOwner(organization="acme", projects=projects, release="shop@1.0+1", dist="1")
    bundle_id = write_artifact_bundle([script], owner, target)
    bundle = split_into_chunks("source maps", BytesReader(target.getvalue()))
    return bundle, BundleTarget(release="shop@1.0+1", dist="1", bundle_id=bundle_id)


def test_what_sentry_lacks_is_sent_once_and_a_second_upload_sends_nothing(
    sentry: FakeServers,
) -> None:
    files = [debug_file("elf-aarch64"), debug_file("elf-armv7a"), debug_file("macho-dsym")]
    upload = Upload(sentry=sentry)

    first = upload.uploader().upload_debug_files(files)

    assert {state for *_, state in states(first)} == {UploadState.NEW}
    assert upload.requests() == [OPTIONS, DIFS, CHUNKS, DIFS, DIFS]
    assert set(sentry.store.uploads.chunks) == {file.checksum for file in files}
    sentry.ledger.clear()

    second = upload.uploader().upload_debug_files(files)

    assert {state for *_, state in states(second)} == {UploadState.PRESENT}
    assert upload.requests() == [OPTIONS, DIFS]
    assert second.sent_bytes == 0


def test_chunks_go_once_for_all_projects(sentry: FakeServers) -> None:
    upload = Upload(sentry=sentry, projects=("shop", "web"))

    summary = upload.uploader().upload_debug_files([debug_file()])

    assert states(summary) == [
        ("shop", "elf-aarch64.symbols", UploadState.NEW),
        ("web", "elf-aarch64.symbols", UploadState.NEW),
    ]
    assert upload.requests().count(CHUNKS) == 1


def test_a_project_that_fails_does_not_concern_the_others(sentry: FakeServers) -> None:
    upload = Upload(sentry=sentry, projects=("nowhere", "shop"))

    summary = upload.uploader().upload_debug_files([debug_file()])

    assert [(project, state) for project, _, state in states(summary)] == [
        ("nowhere", UploadState.FAILED),
        ("shop", UploadState.NEW),
    ]
    assert "404" in (summary.results[0].detail or "")


def test_a_large_file_is_cut_and_sent_in_several_requests_at_once(sentry: FakeServers) -> None:
    sentry.store.uploads.chunk_size = 64 * 1024
    content = object_bytes()["elf-aarch64"] + Random(0).randbytes(640_000)  # noqa: S311 - any bytes
    file = split_into_chunks(
        "large.symbols", BytesReader(content), chunk_size=64 * 1024, debug_id="x"
    )
    upload = Upload(sentry=sentry)
    uploader = upload.uploader()
    limited = replace(uploader, options=replace(uploader.options, max_request_size=128 * 1024))

    summary = limited.upload_debug_files([file])

    assert [state for *_, state in states(summary)] == [UploadState.NEW]
    assert upload.requests().count(CHUNKS) == len(file.chunks) // 2 + len(file.chunks) % 2
    assert b"".join(sentry.store.uploads.chunks[one.checksum] for one in file.chunks) == content


@pytest.mark.parametrize("fault", [Status(status=500), Status(status=503), Closed()])
def test_each_request_is_repeated_after_a_fault_and_nothing_is_doubled(
    sentry: FakeServers, fault: Status | Closed
) -> None:
    for path in ("chunk-upload/", "difs/assemble/"):
        for method in ("GET", "POST"):
            sentry.fail(method, path, fault, times=2)
    upload = Upload(sentry=sentry)

    summary = upload.uploader().upload_debug_files([debug_file()])

    assert [state for *_, state in states(summary)] == [UploadState.NEW]
    assert len(sentry.store.uploads.debug_files["shop"]) == 1


def test_a_lost_answer_to_chunks_costs_one_more_request(sentry: FakeServers) -> None:
    sentry.fail("POST", "chunk-upload/", Closed(), applied=True)
    upload = Upload(sentry=sentry)

    summary = upload.uploader().upload_debug_files([debug_file()])

    assert [state for *_, state in states(summary)] == [UploadState.NEW]


def test_a_rate_limit_is_waited_for(sentry: FakeServers) -> None:
    upload = Upload(sentry=sentry)
    reset = int(upload.time.clock().now().timestamp()) + 7
    sentry.fail("POST", "chunk-upload/", rate_limited(reset))

    summary = upload.uploader().upload_debug_files([debug_file()])

    assert [state for *_, state in states(summary)] == [UploadState.NEW]
    assert 7 <= upload.time.passed_s < 10


def test_an_upload_without_progress_ends_after_a_minute_and_says_why(sentry: FakeServers) -> None:
    sentry.fail("POST", "chunk-upload/", Status(status=503), times=None)
    upload = Upload(sentry=sentry)

    summary = upload.uploader().upload_debug_files([debug_file()])

    assert [state for *_, state in states(summary)] == [UploadState.FAILED]
    assert "503" in (summary.results[0].detail or "")
    assert upload.time.passed_s <= 61


def test_an_upload_ends_after_five_minutes_even_if_it_moves(sentry: FakeServers) -> None:
    upload = Upload(sentry=sentry)
    uploader = upload.uploader()

    for _ in range(8):
        upload.time.pass_(50)
        uploader.client.time.report_progress()

    assert uploader.client.time.left_s < 0
    with pytest.raises(ServiceUnavailableError):
        uploader.client.read_options(uploader.transport)


def test_processing_is_waited_for_and_then_left_to_sentry(sentry: FakeServers) -> None:
    upload = Upload(sentry=sentry)
    sentry.store.uploads.busy_polls = 4

    soon = upload.uploader().upload_debug_files([debug_file("elf-aarch64")])
    sentry.store.uploads.busy_polls = 10_000
    later = upload.uploader().upload_debug_files([debug_file("elf-armv7a")])

    assert [state for *_, state in states(soon)] == [UploadState.NEW]
    assert [state for *_, state in states(later)] == [UploadState.UNPROCESSED]
    assert upload.time.passed_s < 45


def test_a_file_that_sentry_cannot_use_fails_alone_and_with_its_reason(sentry: FakeServers) -> None:
    text = split_into_chunks("notes.symbols", BytesReader(b"not an image"), debug_id="x")
    upload = Upload(sentry=sentry)

    summary = upload.uploader().upload_debug_files([text, debug_file()])
    again = upload.uploader().upload_debug_files([text])

    assert [state for *_, state in states(summary)] == [UploadState.FAILED, UploadState.NEW]
    assert summary.results[0].detail == (
        "Invalid debug information file: unsupported object file format"
    )
    assert "for 10 minutes" in (again.results[0].detail or "")


def test_a_file_that_the_server_does_not_take_is_not_sent(sentry: FakeServers) -> None:
    obfuscation_map = replace(
        split_into_chunks(
            "map.json", BytesReader(b'["Shop","a"]'), debug_id=debug_id_of("elf-aarch64")
        ),
        requires="dartsymbolmap",
    )
    upload = Upload(sentry=sentry)
    uploader = upload.uploader()
    small = replace(uploader, options=replace(uploader.options, max_file_size=1000))

    old = uploader.upload_debug_files([obfuscation_map])
    large = small.upload_debug_files([debug_file()])
    sentry.store.uploads.accept = NEWER
    new = upload.uploader().upload_debug_files([obfuscation_map])

    assert "too old" in (old.results[0].detail or "")
    assert "3784 bytes are more than the server's limit of 1000" in (large.results[0].detail or "")
    assert [state for *_, state in states(new)] == [UploadState.NEW]


def test_a_proxy_that_takes_small_requests_only_gets_small_ones(sentry: FakeServers) -> None:
    sentry.fail("POST", "chunk-upload/", Status(status=413, body="<html>"), times=1)
    upload = Upload(sentry=sentry)

    summary = upload.uploader().upload_debug_files([debug_file(), debug_file("elf-armv7a")])

    assert {state for *_, state in states(summary)} == {UploadState.NEW}
    assert upload.requests().count(CHUNKS) == 3


@pytest.mark.parametrize("accept", [ACCEPT, NEWER])
def test_chunks_that_a_proxy_has_answered_once_are_sent_again(
    sentry: FakeServers, accept: tuple[str, ...]
) -> None:
    sentry.store.uploads.accept = accept
    sentry.fail("POST", "chunk-upload/", HTML)
    bundle, target = bundle_of("shop")

    summary = Upload(sentry=sentry).uploader().upload_bundle(bundle, target)

    assert [one.state for one in summary.results] == [UploadState.NEW]
    assert len(sentry.store.uploads.bundles["shop"]) == 1


def test_chunks_that_a_proxy_swallows_are_a_failure(sentry: FakeServers) -> None:
    sentry.fail("POST", "chunk-upload/", Status(status=200), times=None)
    upload = Upload(sentry=sentry)

    summary = upload.uploader().upload_debug_files([debug_file()])

    assert [state for *_, state in states(summary)] == [UploadState.FAILED]
    assert "it was sent, and Sentry does not have it" in (summary.results[0].detail or "")
    assert upload.time.passed_s < 10


def test_a_proxy_that_takes_no_chunk_is_named_with_its_setting(sentry: FakeServers) -> None:
    sentry.fail("POST", "chunk-upload/", Status(status=413, body="<html>"), times=None)

    summary = Upload(sentry=sentry).uploader().upload_debug_files([debug_file()])

    assert [state for *_, state in states(summary)] == [UploadState.FAILED]
    assert "A proxy before Sentry refuses chunks" in (summary.results[0].detail or "")


def test_a_token_that_may_not_upload_is_refused_before_anything_is_sent(
    sentry: FakeServers,
) -> None:
    upload = Upload(sentry=sentry)
    uploader = upload.uploader(token=sentry.readonly_token)

    summary = uploader.upload_debug_files([debug_file()])

    assert "403" in (summary.results[0].detail or "")
    assert CHUNKS not in upload.requests()
    with pytest.raises(ApiError):
        upload.uploader(token="wrong")


def test_a_dry_run_asks_what_is_there_and_sends_nothing(sentry: FakeServers) -> None:
    Upload(sentry=sentry).uploader().upload_debug_files([debug_file("elf-aarch64")])
    bundle, target = bundle_of("shop")
    sentry.ledger.clear()
    upload = Upload(sentry=sentry)
    dry = upload.uploader(dry_run=True)

    files = dry.upload_debug_files([debug_file("elf-aarch64"), debug_file("elf-armv7a")])
    maps = dry.upload_bundle(bundle, target)

    assert [state for *_, state in states(files)] == [UploadState.PRESENT, UploadState.MISSING]
    assert [state for *_, state in states(maps)] == [UploadState.MISSING]
    assert CHUNKS not in upload.requests()
    assert BUNDLES not in upload.requests()


@pytest.mark.parametrize("accept", [ACCEPT, NEWER])
def test_a_bundle_belongs_to_the_release_and_dist_and_is_sent_once(
    sentry: FakeServers, accept: tuple[str, ...]
) -> None:
    sentry.store.uploads.accept = accept
    bundle, target = bundle_of("shop")

    first = Upload(sentry=sentry).uploader().upload_bundle(bundle, target)
    sentry.ledger.clear()
    second_upload = Upload(sentry=sentry)
    second = second_upload.uploader().upload_bundle(bundle, target)

    assert [one.state for one in first.results] == [UploadState.NEW]
    assert [one.state for one in second.results] == [UploadState.PRESENT]
    assert CHUNKS not in second_upload.requests()
    assert len(second_upload.requests()) == 2
    assert sentry.store.uploads.bundles["shop"][0]["associations"] == [
        {"release": "shop@1.0+1", "dist": "1"}
    ]


def test_a_bundle_reaches_the_projects_that_exist(sentry: FakeServers) -> None:
    bundle, target = bundle_of("shop", "nowhere")

    upload = Upload(sentry=sentry, projects=("shop", "nowhere"))
    summary = upload.uploader().upload_bundle(bundle, target)

    assert [(one.project, one.state) for one in summary.results] == [
        ("nowhere", UploadState.FAILED),
        (None, UploadState.NEW),
    ]
    assert list(sentry.store.uploads.bundles) == ["shop"]


def test_a_file_that_changes_while_it_is_uploaded_fails_with_the_reason(
    sentry: FakeServers,
) -> None:
    file = replace(debug_file(), reader=BytesReader(b"shorter"))

    summary = Upload(sentry=sentry).uploader().upload_debug_files([file])

    assert "could not be read" in (summary.results[0].detail or "")


def test_chunks_go_to_the_server_that_the_token_is_for_whatever_it_names(
    sentry: FakeServers,
) -> None:
    body = {"url": "https://evil.example/upload/", "chunkSize": 1, "concurrency": "many"}
    sentry.fail("GET", "chunk-upload/", Status(status=200, body=body))
    upload = Upload(sentry=sentry)

    options = upload.uploader().options

    assert options.path == f"{ORGANIZATION}/chunk-upload/"
    assert (options.chunk_size, options.concurrency) == (64 * 1024, 1)


def test_no_token_stands_in_the_log(sentry: FakeServers) -> None:
    upload = Upload(sentry=sentry)
    upload.uploader().upload_debug_files([debug_file()])

    assert upload.log
    assert sentry.organization_token not in "".join(upload.log)
