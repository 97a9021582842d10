"""`sentry-release doctor --fix` on a copy of a project, and what the doctor finds before and after."""

import io
import json
import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

from corpus import CORPUS, EXPECTED, expected_of
from sentry_release.cli.main import run

PUBSPEC = """\
name: shop
version: 1.4.0+27
environment:
  sdk: ^3.5.0
dependencies:
  flutter:
    sdk: flutter
  sentry_flutter: ^9.8.0
"""
_ROW = {"fixed", "fixable", "manual", "next run"}


@dataclass(frozen=True, slots=True, kw_only=True)
class AppFolder:
    """A folder with an app, and the arguments that the doctor needs in it."""

    root: Path
    arguments: tuple[str, ...] = ()

    def play(self, *options: str) -> tuple[int, str]:
        """The exit code and what was printed."""
        printed = io.StringIO()
        with redirect_stdout(printed), redirect_stderr(printed):
            code = run(
                ["sentry-release", "doctor", *options, *self.arguments],
                {"GITHUB_WORKSPACE": str(self.root)},
            )
        return code, printed.getvalue()

    def check(self) -> tuple[Counter[tuple[str, str]], int]:
        """How often each rule is broken in each file, and how many findings are errors."""
        code, printed = self.play("--json")
        assert code in {0, 3}, printed
        report = json.loads(printed)
        found = Counter((one["rule"], one["path"]) for one in report["findings"])
        return found, int(report["counts"]["error"])

    def found(self) -> Counter[tuple[str, str]]:
        """How often each rule is broken in each file."""
        return self.check()[0]

    def contents(self) -> Mapping[str, bytes]:
        """Every file."""
        return {
            path.relative_to(self.root).as_posix(): path.read_bytes()
            for path in sorted(self.root.rglob("*"))
            if path.is_file()
        }

    def write(self, path: str, text: str | bytes) -> Path:
        """Put a file into it."""
        place = self.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(text if isinstance(text, bytes) else text.encode())
        return place

    def read(self, path: str) -> str:
        """The text of a file, every character of it."""
        return (self.root / path).read_bytes().decode()


def copy_of(name: str, folder: Path) -> AppFolder:
    """A project of the corpus, to be changed."""
    _, arguments = expected_of(CORPUS / name)
    root = Path(shutil.copytree(CORPUS / name, folder / name))
    (root / EXPECTED).unlink()
    return AppFolder(root=root, arguments=tuple(arguments))


def app_of(folder: Path, files: Mapping[str, str | bytes]) -> AppFolder:
    """An app of these files; its pubspec is there unless it is given."""
    workspace = AppFolder(root=folder / "app")
    for path, text in {"pubspec.yaml": PUBSPEC, **files}.items():
        workspace.write(path, text)
    return workspace


def rows(outputs: str, word: str) -> list[tuple[str, str]]:
    """The rule and the place of each row of the table that begins with these words."""
    assert word in _ROW
    cells = [line.split("  ") for line in outputs.splitlines() if line.startswith(f"{word}  ")]
    return [tuple(one.strip() for one in row if one.strip())[1:3] for row in cells]  # type: ignore[misc]


def files_of(found: Sequence[tuple[str, str]]) -> Counter[tuple[str, str]]:
    """Rules and places as rules and files."""
    return Counter((rule, place.rpartition(":")[0]) for rule, place in found)
