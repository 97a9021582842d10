"""What is installed is pinned, has a reason, and is renewed."""

import re
from collections.abc import Mapping

import pytest
import yaml

from job import ROOT

LOCKS = (
    "requirements.txt",
    "requirements-image.txt",
    "requirements-dev.txt",
    "requirements-audit.txt",
    "requirements-mutants.txt",
)
_PIN = re.compile(r"^([a-z0-9-]+)==(\S+)", re.MULTILINE)


def pins(lock: str) -> Mapping[str, str]:
    """Each package, with what stands below it."""
    parts = _PIN.split((ROOT / lock).read_text())[1:]
    return dict(zip(parts[::3], parts[2::3], strict=True))


def required_by(below: str) -> set[str]:
    """The packages that require a package, by the comment in the lock file."""
    names = set(re.findall(r"^    #(?: via|  ) +(\S.*)$", below, re.MULTILINE))
    return {name for name in names if not name.startswith("-c ")}


def reasons() -> Mapping[str, set[str]]:
    """The table of the decision: each package, and for whom it is."""
    text = (ROOT / "docs/adr/0012-supply-chain.md").read_text()
    rows = re.findall(r"^\| ([a-z0-9-]+) \| ([^|]+) \| [^|]+ \|$", text, re.MULTILINE)
    return {name: set(whom.split(", ")) for name, whom in rows if name != "package"}


@pytest.mark.parametrize("lock", LOCKS)
def test_every_package_is_pinned_with_hashes(lock: str) -> None:
    found = pins(lock)

    assert found
    assert [name for name, below in found.items() if "--hash=sha256:" not in below] == []


def test_every_package_of_the_program_has_its_reason() -> None:
    own = pins("requirements.txt")

    assert reasons().keys() == own.keys()
    for name, below in own.items():
        by = {"this action" if one.startswith("-r ") else one for one in required_by(below)}
        assert reasons()[name] == by, name


def test_the_image_holds_nothing_that_the_lock_does_not() -> None:
    every, image = pins("requirements.txt"), pins("requirements-image.txt")

    assert image.keys() < every.keys()
    text = (ROOT / "docs/adr/0012-supply-chain.md").read_text()
    left_out = re.findall(r"^\| ([a-z0-9-]+) \|.* it is not in the image \|$", text, re.MULTILINE)
    assert set(left_out) == every.keys() - image.keys()


def test_the_image_is_installed_by_hash_and_keeps_no_cache() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text()
    installs = re.findall(r"pip install((?:[^\\\n]|\\\n)*)", dockerfile)

    assert installs
    for words in installs:
        assert {"--require-hashes", "--only-binary=:all:", "--no-cache-dir"} <= set(words.split())


def test_everything_that_is_pinned_is_renewed_and_only_after_a_week() -> None:
    updates = yaml.safe_load((ROOT / ".github/dependabot.yml").read_text())["updates"]
    places = {one["package-ecosystem"]: one for one in updates}

    assert places.keys() == {"github-actions", "pip", "docker", "npm"}
    assert all(one["cooldown"]["default-days"] >= 7 for one in updates)
    assert "/.github" in places["docker"]["directories"]
    assert (ROOT / ".github/base.Dockerfile").exists()


def test_known_vulnerabilities_are_looked_for_in_every_lock() -> None:
    makefile = (ROOT / "Makefile").read_text()
    [command] = re.findall(r"^\t\.venv-audit/bin/pip-audit (.*)$", makefile, re.MULTILINE)

    assert {f"-r {lock}" for lock in LOCKS} <= set(re.findall(r"-r \S+", command))
    assert "--strict" in command
