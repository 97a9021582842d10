"""Claims about the publisher: one file names it, and a command writes it everywhere else."""

import re
import subprocess
import sys

import pytest

from job import ROOT
from publisher import USER, publisher_in, renamed, stale_files, with_publisher
from sentry_release import NAME, OWNER, REPOSITORY

OTHER_OWNERS = {"any-owner", "another-owner"}  # of forks, in tests of the doctor
SCRIPT = ROOT / "scripts/publisher.py"
MODULE = (ROOT / "src/sentry_release/__init__.py").read_text()
_USES = re.compile(rf"(?:uses: |https://github\.com/)([\w-]+)/{re.escape(NAME)}(?![\w-])")


def test_every_file_names_the_publisher() -> None:
    assert stale_files() == {}, "run make publisher"


@pytest.mark.parametrize("folder", ["docs", "examples", ".github", "templates", "tests"])
def test_every_reference_to_the_action_is_to_the_publishers(folder: str) -> None:
    files = [path for path in (ROOT / folder).rglob("*") if path.suffix in {".md", ".yml", ".j2"}]
    owners = {owner for path in files for owner in _USES.findall(path.read_text())}

    assert owners <= {OWNER} | OTHER_OWNERS


def test_the_users_organization_is_not_the_publisher() -> None:
    assert USER != OWNER


def test_another_owner_is_written_into_the_one_file() -> None:
    assert publisher_in(MODULE) == REPOSITORY
    assert publisher_in(with_publisher(MODULE, "new-owner", "")) == f"new-owner/{NAME}"
    assert publisher_in(with_publisher(MODULE, "", "new-name")) == f"{OWNER}/new-name"


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("uses: crew/action@v1", "uses: team/tool@v1"),
        ("uses: crew/action/host/deploy@v1", "uses: team/tool/host/deploy@v1"),
        ("https://github.com/crew/action.git", "https://github.com/team/tool.git"),
        ("docker://ghcr.io/crew/action@sha256:00", "docker://ghcr.io/team/tool@sha256:00"),
        (r"D:\a\_actions\crew\action\v1", r"D:\a\_actions\team\tool\v1"),
        ("as `crew/action`.", "as `team/tool`."),
        ("* @crew/maintainers", "* @team/maintainers"),
    ],
)
def test_every_form_of_the_name_is_renamed(text: str, after: str) -> None:
    assert renamed(text, "crew/action", "team/tool") == after


def test_an_action_of_the_users_organization_is_renamed() -> None:
    assert renamed(f"uses: {USER}/action@v1", "crew/action", "team/tool") == "uses: team/tool@v1"


@pytest.mark.parametrize(
    "text", ["crew/action-fork@v1", "my-crew/action@v1", "crew/not-action@v1", "crew/app", "action"]
)
def test_other_names_are_kept(text: str) -> None:
    assert renamed(text, "crew/action", "team/tool") == text


@pytest.mark.parametrize("owner", ["a b", "-crew", "crew/action", '"', "crew\nNAME"])
def test_an_invalid_owner_is_rejected_and_changes_nothing(owner: str) -> None:
    done = subprocess.run(  # noqa: S603 - a list, no shell
        [sys.executable, SCRIPT, f"--owner={owner}"], capture_output=True, text=True, check=False
    )

    assert done.returncode == 1
    assert "is not a repository on GitHub" in done.stderr
    assert (ROOT / "src/sentry_release/__init__.py").read_text() == MODULE
