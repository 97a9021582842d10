"""Uploads in bad weather: whatever goes wrong on the way, nothing is doubled and nothing is lost."""

from random import Random

import pytest

from adapters.test_upload_client import Upload, bundle_of, debug_file
from fake_sentry import FakeServers
from fake_sentry.faults import HTML, TRUNCATED_JSON, Closed, Fault, Reset, Status, rate_limited
from fake_sentry.state import ACCEPT
from sentry_release.model.upload import UploadState

FAULTS: tuple[Fault, ...] = (
    *(Status(status=code) for code in (408, 409, 429, 500, 502, 503, 504)),
    Reset(),
    Closed(),
    HTML,
    TRUNCATED_JSON,
    rate_limited(reset=0),
)
PLACES = (
    ("GET", "chunk-upload/"),
    ("POST", "chunk-upload/"),
    ("POST", "difs/assemble/"),
    ("POST", "artifactbundle/assemble/"),
    ("GET", "artifact-bundles/"),
)
FILES = ("elf-aarch64", "elf-armv7a", "elf-x86_64", "macho-dsym", "pdb-x86_64")
GOOD = {UploadState.NEW, UploadState.PRESENT}
# Ten in each run of the tests, and thirty more with all that is large.
SEEDS = [*range(10), *(pytest.param(seed, marks=pytest.mark.large) for seed in range(10, 40))]


def arrange_faults(sentry: FakeServers, random: Random) -> None:
    """Up to eight faults, each of them once or twice, before or after the request had its effect."""
    for _ in range(random.randrange(9)):
        method, path = random.choice(PLACES)
        times, applied = random.randint(1, 2), random.random() < 0.5
        sentry.fail(method, path, random.choice(FAULTS), times=times, applied=applied)


@pytest.mark.parametrize("seed", SEEDS)
def test_every_file_is_in_sentry_once_or_its_failure_is_reported(seed: int) -> None:
    random = Random(seed)  # noqa: S311 - weather, the same each time
    with FakeServers(projects=("shop", "web")) as sentry:
        sentry.store.uploads.accept = (
            (*ACCEPT, "artifact_bundles_v2") if random.random() < 0.5 else ACCEPT
        )
        sentry.store.uploads.busy_polls = random.randrange(3)
        files = [debug_file(name) for name in random.sample(FILES, random.randint(1, 5))]
        bundle, target = bundle_of("shop", "web")
        arrange_faults(sentry, random)
        upload = Upload(sentry=sentry, projects=("shop", "web"))

        uploader = upload.uploader()
        stormy = [*uploader.upload_debug_files(files).results]
        stormy += uploader.upload_bundle(bundle, target).results
        sentry.hint()
        calm_uploader = Upload(sentry=sentry, projects=("shop", "web")).uploader()
        calm = [*calm_uploader.upload_debug_files(files).results]
        calm += calm_uploader.upload_bundle(bundle, target).results

        assert all(one.state in GOOD or one.detail for one in stormy)
        assert {one.state for one in calm} <= GOOD
        for project in ("shop", "web"):
            stored = [one["sha1"] for one in sentry.store.uploads.debug_files[project]]
            assert sorted(stored) == sorted(file.checksum for file in files)
            assert len(sentry.store.uploads.bundles[project]) == 1
        assert upload.time.passed_s < 300
