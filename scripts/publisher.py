#!/usr/bin/env python3
"""
Write the publisher of src/sentry_release/__init__.py into every file that names the action.

The name that the files still have is the one in pyproject.toml. The user's organization of the
examples publishes nothing, so an action of that organization is renamed as well.
"""

import argparse
import re
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SOURCE = Path("src/sentry_release/__init__.py")
USER = "acme"
"""The user's organization in examples, fixtures and tests."""
TEAM = "maintainers"
"""The team of the owner that reviews changes, in .github/CODEOWNERS."""
_CONSTANT = re.compile(r'^(OWNER|NAME) = "([^"\n]*)"$', re.MULTILINE)
_HOMEPAGE = re.compile(r"https://github\.com/([^/]+/[^/]+)")
_OWNER = re.compile(r"[a-z0-9](?:-?[a-z0-9])*", re.IGNORECASE)
_NAME = re.compile(r"[\w.-]+", re.ASCII)


def publisher_in(module: str) -> str:
    """Return owner/name in the text of the publisher module."""
    found = dict(_CONSTANT.findall(module))
    return f"{found['OWNER']}/{found['NAME']}"


def with_publisher(module: str, owner: str, name: str) -> str:
    """Return the text of the publisher module with another owner and name; an empty one is kept."""
    values = {"OWNER": owner, "NAME": name}
    return _CONSTANT.sub(
        lambda found: f'{found[1]} = "{values[found[1]] or found[2]}"',
        module,
    )


def renamed(text: str, old: str, new: str) -> str:
    """
    Return a text that names the action by its new publisher, with slashes or backslashes.

    >>> renamed("uses: crew/action/host@v1, crew/action-fork@v1", "crew/action", "team/action")
    'uses: team/action/host@v1, crew/action-fork@v1'
    """
    owner, name = map(re.escape, old.split("/"))
    pattern = rf"(?<![\w.-])(?:{owner}|{USER})([/\\]){name}(?![\w-])"
    text = re.sub(rf"@{owner}/{TEAM}\b", f"@{new.partition('/')[0]}/{TEAM}", text)
    return re.sub(pattern, partial(_rename, new), text)


def stale_files() -> Mapping[Path, str]:
    """Return the new text of each file of the repository that names another publisher."""
    old, new = _written_publisher(), publisher_in((ROOT / SOURCE).read_text("utf-8"))
    texts = {path: _text(ROOT / path) for path in _paths()}
    after = {path: renamed(text, old, new) for path, text in texts.items()}
    return {path: text for path, text in after.items() if text != texts[path]}


def _written_publisher() -> str:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    found = _HOMEPAGE.fullmatch(project["urls"]["Homepage"])
    if found is None:
        sys.exit("Homepage in pyproject.toml is not the URL of a repository on GitHub.")
    return found[1]


def _rename(new: str, found: re.Match[str]) -> str:
    return new.replace("/", found[1])


def _paths() -> list[Path]:
    git = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(git, cwd=ROOT, check=True, capture_output=True, encoding="utf-8")  # noqa: S603 - a list, no shell
    paths = [Path(name) for name in listed.stdout.split("\0") if name]
    return [path for path in paths if (ROOT / path).is_file() and not (ROOT / path).is_symlink()]


def _text(path: Path) -> str:
    """Return the text with its own line ends, or "" for a binary file."""
    try:
        return path.read_bytes().decode("utf-8")
    except UnicodeDecodeError:
        return ""


def _set(owner: str, name: str) -> None:
    if not _OWNER.fullmatch(owner or "o") or not _NAME.fullmatch(name or "n"):
        sys.exit(f"{owner}/{name} is not a repository on GitHub: give OWNER=… and REPOSITORY=…")
    module = ROOT / SOURCE
    module.write_text(with_publisher(module.read_text("utf-8"), owner, name), "utf-8")


def main() -> None:
    """Write the files; with `--check`, fail if one names another publisher."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--owner", default="", help="write this owner into the module first")
    parser.add_argument("--name", default="", help="write this repository name first")
    parser.add_argument("--check", action="store_true")
    arguments = parser.parse_args()
    if arguments.check:
        stale = ", ".join(map(str, stale_files()))
        sys.exit(
            f"These files name another publisher: {stale}. Run make publisher." if stale else 0
        )
    _set(arguments.owner, arguments.name)
    for path, text in stale_files().items():
        (ROOT / path).write_bytes(text.encode())


if __name__ == "__main__":
    main()
