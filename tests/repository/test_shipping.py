"""What a release is made of: its version, its notes, its image and its action.yml."""

import hashlib
import json
from pathlib import Path

import pytest

from job import ROOT
from release_repository import DAY, IMAGE, NOTES, OTHER_IMAGE
from shipping import changelog
from shipping.__main__ import main
from shipping.action_file import image_of, with_image, with_images, with_version
from shipping.image import base_context, digest_of
from shipping.problem import ReleaseError
from shipping.version import Version, is_latest, moves, proposed, released

ACTION = (ROOT / "action.yml").read_text()
SUB_ACTION = (ROOT / "deploy/action.yml").read_text()


def v(text: str) -> Version:
    return Version.parse(text)


# versions


@pytest.mark.parametrize(
    "text", ["1.2", "v1.2.3", "01.2.3", "1.2.3-beta.1", "1.2.3+4", "1.2.3\n", "1.2.3 ", ""]
)
def test_only_versions_that_tags_can_carry_are_released(text: str) -> None:
    with pytest.raises(ReleaseError, match=r"is not a valid version"):
        Version.parse(text)


def test_versions_sort_by_semantic_versioning() -> None:
    tags = ["v1.10.0", "v1.2.0", "v1", "v2.0.0-rc.2", "nightly", "v2.0.0", "v2.0.0-rc.10", "v1.2"]

    assert [str(one) for one in released(tags)] == [
        "1.2.0",
        "1.10.0",
        "2.0.0-rc.2",
        "2.0.0-rc.10",
        "2.0.0",
    ]


@pytest.mark.parametrize("ref", ["v1.2.3", "release/1.2.3", "candidate/", "candidate/v1.2.3"])
def test_no_other_tag_starts_a_release(ref: str) -> None:
    with pytest.raises(ReleaseError):
        proposed(ref)


@pytest.mark.parametrize(
    ("version", "others", "follows", "latest"),
    [
        pytest.param("1.2.3", ["1.2.2", "1.2.3"], True, True, id="the newest"),
        pytest.param("1.0.0", [], True, True, id="the first"),
        pytest.param("1.1.5", ["1.2.0", "1.1.5"], False, False, id="a late repair of an old line"),
        pytest.param("1.9.0", ["2.0.0", "1.8.0"], True, False, id="the newest of an old major"),
        pytest.param("2.0.0-rc.1", ["1.9.0"], False, False, id="a release candidate"),
        pytest.param("2.0.0", ["2.1.0-rc.1"], True, True, id="candidates are no rivals"),
    ],
)
def test_v1_follows_only_the_newest_finished_version_of_its_major(
    version: str, others: list[str], *, follows: bool, latest: bool
) -> None:
    competing_jobs = [v(one) for one in others]

    assert moves(v(version), competing_jobs) is follows
    assert is_latest(v(version), competing_jobs) is latest


# the changelog


def test_what_was_unreleased_becomes_the_section_and_the_notes_of_the_version() -> None:
    after = changelog.with_release(NOTES, v("1.0.0"), DAY)

    assert after == NOTES.replace("## Unreleased\n", "## Unreleased\n\n## 1.0.0 - 2026-03-01\n")
    assert changelog.notes(after, v("1.0.0")) == "### Added\n\n- One name for every build.\n"
    assert not changelog.is_unreleased(after)


def test_the_notes_of_a_version_end_where_the_one_before_begins() -> None:
    first = changelog.with_release(NOTES, v("1.0.0"), DAY)
    more = first.replace("## Unreleased\n", "## Unreleased\n\n### Fixed\n\n- A bug.\n")

    after = changelog.with_release(more, v("1.0.1"), DAY)

    assert changelog.notes(after, v("1.0.1")) == "### Fixed\n\n- A bug.\n"
    assert changelog.notes(after, v("1.0.0")) == "### Added\n\n- One name for every build.\n"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("# Changelog\n", id="no section"),
        pytest.param(
            "# Changelog\n\n## Unreleased\n\n### Added\n\n## 0.9.0 - x\n\n- a\n", id="empty"
        ),
    ],
)
def test_nothing_is_released_without_a_word_to_users(text: str) -> None:
    with pytest.raises(ReleaseError, match="nothing under `## Unreleased`"):
        changelog.with_release(text, v("1.0.0"), DAY)


def test_our_own_changelog_can_be_released() -> None:
    own = (ROOT / "CHANGELOG.md").read_text()

    assert changelog.notes(changelog.with_release(own, v("999.0.0"), DAY), v("999.0.0"))


# action.yml


@pytest.mark.parametrize(
    ("action", "built"),
    [(ACTION, "  image: Dockerfile"), (SUB_ACTION, "  image: ../Dockerfile")],
)
def test_the_tag_runs_the_image_and_differs_from_the_branch_in_no_other_line(
    action: str, built: str
) -> None:
    after = with_image(action, IMAGE)

    pairs = zip(action.splitlines(), after.splitlines(), strict=True)
    assert [pair for pair in pairs if pair[0] != pair[1]] == [(built, f"  image: docker://{IMAGE}")]
    assert image_of(after) == IMAGE
    assert image_of(action) is None


def test_every_action_that_runs_in_a_container_names_the_image_and_no_other_does() -> None:
    paths = [str(path.relative_to(ROOT)) for path in ROOT.glob("*/action.yml")]
    paths += ["action.yml", "tests/e2e/toy/action.yml", "host/deploy/action.yml"]

    after = with_images(paths, lambda path: (ROOT / path).read_text("utf-8"), IMAGE)

    assert sorted(after) == [
        "action.yml",
        "deploy/action.yml",
        "doctor/action.yml",
        "health/action.yml",
        "upload/action.yml",
    ]
    assert {image_of(text) for text in after.values()} == {IMAGE}


@pytest.mark.parametrize(
    "image",
    [
        pytest.param("registry.example/acme/app:1.2.3", id="a tag can be moved"),
        pytest.param("registry.example/acme/app", id="neither"),
        pytest.param(f"{IMAGE}\n  args: [rm]", id="a line of its own"),
        pytest.param(f"registry.example/Acme/app@sha256:{'a1' * 32}", id="upper case"),
        pytest.param(f"app@sha256:{'a1' * 32}", id="no registry"),
        pytest.param(IMAGE[:-1], id="cut off"),
    ],
)
def test_an_image_is_named_by_its_digest_or_not_at_all(image: str) -> None:
    with pytest.raises(ReleaseError, match="is not an image by its digest"):
        with_image(ACTION, image)


def test_an_action_that_names_an_image_already_is_not_rewritten() -> None:
    with pytest.raises(ReleaseError, match="has 0 lines"):
        with_image(with_image(ACTION, IMAGE), OTHER_IMAGE)


# the reusable workflow


WORKFLOW = (ROOT / ".github/workflows/release.yml").read_text()


def test_the_reusable_workflow_of_a_tag_differs_in_the_line_that_names_its_version() -> None:
    after = with_version(WORKFLOW, "team/action", "v1.2.3")

    changed = set(after.splitlines()) - set(WORKFLOW.splitlines())
    assert changed == {"      - uses: team/action@v1.2.3"}


def test_a_reusable_workflow_that_names_a_version_already_is_not_rewritten() -> None:
    once = with_version(WORKFLOW, "team/action", "v1.2.3")

    with pytest.raises(ReleaseError, match="has 0 steps"):
        with_version(once, "team/action", "v1.2.4")


# the image


def index(*machines: str, kind: str = "application/vnd.oci.image.index.v1+json") -> bytes:
    parts = [machine.split("/") for machine in machines]
    listed = [{"platform": {"os": system, "architecture": cpu}} for system, cpu in parts]
    return json.dumps({"mediaType": kind, "manifests": listed}).encode()


def test_the_digest_is_that_of_what_the_registry_sent() -> None:
    sent = index("linux/amd64", "linux/arm64", "unknown/unknown")

    assert digest_of(sent) == f"sha256:{hashlib.sha256(sent).hexdigest()}"


@pytest.mark.parametrize(
    ("sent", "missing"),
    [
        (index("linux/amd64", "unknown/unknown"), "arm64"),
        (index("linux/amd64", "windows/arm64"), "arm64"),
        (index("linux/amd64", kind="application/vnd.oci.image.manifest.v1+json"), "amd64, arm64"),
        (b"", "amd64, arm64"),
        (b"[]", "amd64, arm64"),
    ],
)
def test_an_image_that_half_of_the_runners_cannot_run_is_not_shipped(
    sent: bytes, missing: str
) -> None:
    with pytest.raises(ReleaseError, match=f"missing for {missing}"):
        digest_of(sent)


def test_what_is_shipped_stands_on_the_base_that_dependabot_renews() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text()
    pinned = (ROOT / ".github/base.Dockerfile").read_text()

    tag, _, source = base_context(dockerfile, pinned).partition("=")

    assert f"FROM {tag}\n" in dockerfile
    assert source.startswith(f"docker-image://{tag}@sha256:")


@pytest.mark.parametrize(
    ("dockerfile", "pinned"),
    [
        ("FROM python:3.13-slim\n", "FROM python:3.13-slim\n"),
        ("FROM python:3.14-slim\n", f"FROM python:3.13-slim@sha256:{'0' * 64}\n"),
        ("FROM a:1 AS b\nFROM c:2\n", f"FROM a:1@sha256:{'0' * 64}\n"),
    ],
)
def test_a_base_that_is_not_pinned_is_not_shipped(dockerfile: str, pinned: str) -> None:
    with pytest.raises(ReleaseError, match="The Dockerfile uses"):
        base_context(dockerfile, pinned)


def test_a_stage_of_the_build_is_not_a_base_image() -> None:
    pinned = f"FROM a:1@sha256:{'0' * 64}\n"

    assert base_context("FROM a:1 AS b\nFROM b AS c\nFROM a:1\n", pinned).startswith("a:1=")


# the command line, as publish.yml calls it


def test_a_mistake_fails_the_step_with_a_hint(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "output"

    assert main(["rewrite", "app:latest"], {"GITHUB_OUTPUT": str(output)}) == 1

    assert "Give HOST/OWNER/NAME@sha256:… in lower case." in capsys.readouterr().err
    assert not output.exists()
