"""Claims about the names that platforms report, on projects whose native part is unusual."""

from pathlib import Path

import pytest

from job import ROOT
from sentry_release.cli.main import run

CORPUS = ROOT / "tests/fixtures/doctor"


def rows(capsys: pytest.CaptureFixture[str], project: Path, *options: str) -> dict[str, str]:
    """The row of each platform in the table of `sentry-release name`."""
    assert run(["sentry-release", "name", *options], {"GITHUB_WORKSPACE": str(project)}) == 0
    lines = capsys.readouterr().out.splitlines()
    return {line.split()[0]: line for line in lines if line.startswith(("android", "ios"))}


def test_an_xcode_project_may_have_another_name_than_runner(
    capsys: pytest.CaptureFixture[str],
) -> None:
    found = rows(capsys, CORPUS / "app-ios-project-renamed")

    assert "org.acme.shop@1.4.0+27" in found["ios"]


def test_of_two_xcode_projects_none_is_chosen(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "pubspec.yaml").write_text("name: shop\nversion: 1.4.0+27\n")
    for name in ("Shop", "Other"):
        folder = tmp_path / f"ios/{name}.xcodeproj"
        folder.mkdir(parents=True)
        (folder / "project.pbxproj").write_text("// !$*UTF8*$!\n{ objects = {}; }")

    assert "unknown" in rows(capsys, tmp_path)["ios"]


def test_an_override_with_the_default_is_the_default(capsys: pytest.CaptureFixture[str]) -> None:
    found = rows(capsys, CORPUS / "app-override-with-the-default")

    assert "org.acme.shop@1.4.0+27" in found["android"]


def test_a_flavor_that_ios_lacks_comes_with_the_name_without_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    found = rows(capsys, CORPUS / "app-flavor-of-android-alone", "--flavor=dev")

    assert "org.acme.shop.dev@1.4.0+27" in found["android"]
    assert "there is none for flavor 'dev'" in found["ios"]
    assert "without a flavor it reports org.acme.shop@1.4.0+27" in found["ios"]
