"""`doctor --fix` on the whole corpus: what it mends is mended, and nothing else happens."""

import re
from collections import Counter
from pathlib import Path

import pytest

from corpus import expected_of, projects
from mending import copy_of, files_of, rows
from sentry_release.decisions.doctor.checks import CHECKS
from sentry_release.decisions.doctor.fixing.fixes import FIXES
from stage import ROOT

EXPECTED = ROOT / "tests/expected/doctor-fix"
SICK = [one.name for one in projects() if set(expected_of(one)[0])]
MENDED = {
    "app-agvtool-number-alone", "app-gradle-frozen", "app-plugin-blank-by-tilde",
    "app-policy-of-many-lines", "app-xcconfig-frozen",
    "fd04-bad-blank-default", "fd04-bad-const-call", "fd04-bad-const-on-other-line",
    "fd04-bad-in-another-file", "fd04-bad-static-const", "fd04-bad-top-level-const",
    "fd04-bad-without-const", "fd07-bad-false", "fd08-bad-false", "fd13-bad-named-root",
    "fd19-bad-new-sdk", "fd19-bad-no-lock", "fd20-bad-no-seconds", "fd20-bad-old-name",
    "fd20-bad-zero", "fd25-bad-literal-marketing-version", "fd25-bad-literal-plist",
    "fd27-bad-literals", "fd30-bad-blank-release", "fd31-bad-default-commits",
    "fd33-bad-folder-never-built", "fd33-bad-self-only", "fd34-bad-file-without-it",
    "fd35-bad-assignment", "fd35-bad-final", "fd35-bad-static-final",
}  # fmt: skip
"""Projects whose every finding has a mechanical mend."""


@pytest.mark.parametrize("name", SICK)
def test_what_is_mended_is_gone_nothing_new_is_there_and_a_second_run_changes_nothing(
    name: str, tmp_path: Path
) -> None:
    app = copy_of(name, tmp_path)
    found, errors, before = app.found(), app.errors(), app.contents()

    shown_code, shown = app.play("--fix")
    untouched = app.contents()
    code, told = app.play("--fix", "--write")
    after, left = app.contents(), app.found()
    again_code, again = app.play("--fix", "--write")

    assert untouched == before
    mended = rows(told, "mended")
    assert rows(shown, "to be mended") == mended
    assert left == found - files_of(mended)
    assert sum(left.values()) == sum(found.values()) - len(mended)
    assert (app.contents(), rows(again, "mended")) == (after, [])
    assert "@@" not in again
    assert (before != after) == bool(mended) == ("@@" in shown)
    assert shown_code == (3 if errors or mended else 0)
    assert code == again_code == (3 if app.errors() else 0)


@pytest.mark.parametrize("name", sorted(MENDED))
def test_with_line_ends_of_windows_and_none_at_the_end_the_same_is_mended(
    name: str, tmp_path: Path
) -> None:
    plain, of_windows = copy_of(name, tmp_path / "plain"), copy_of(name, tmp_path / "windows")
    for path, content in of_windows.contents().items():
        of_windows.write(path, as_on_windows(content))

    plain.play("--fix", "--write")
    of_windows.play("--fix", "--write")

    assert of_windows.contents() == {
        path: as_on_windows(content) for path, content in plain.contents().items()
    }


def as_on_windows(content: bytes) -> bytes:
    return content.rstrip(b"\n").replace(b"\n", b"\r\n")


def test_in_the_corpus_all_is_mended_that_takes_nobodys_judgement(tmp_path: Path) -> None:
    whole = set()
    for name in SICK:
        _, told = copy_of(name, tmp_path).play("--fix")
        if rows(told, "to be mended") and not rows(told, "by hand"):
            whole.add(name)

    assert whole == MENDED


@pytest.mark.parametrize("name", sorted(one.stem for one in EXPECTED.glob("*.diff")))
def test_the_diff_is_this_one_to_the_last_character(name: str, tmp_path: Path) -> None:
    _, told = copy_of(name, tmp_path).play("--fix")

    assert told == (EXPECTED / f"{name}.diff").read_bytes().decode()


def test_a_diff_of_each_kind_of_file_is_written_down() -> None:
    kept = "".join(one.read_text() for one in EXPECTED.glob("*.diff"))
    ends = {Path(path).suffix for path in re.findall(r"^\+\+\+ b/(.*)$", kept, re.MULTILINE)}

    assert ends == {".dart", ".html", ".kts", ".plist", ".yaml", ".yml"}


def test_only_rules_that_there_are_have_mends() -> None:
    assert FIXES.keys() <= {rule.id for rule, _ in CHECKS}


def test_every_finding_is_in_the_table_once(tmp_path: Path) -> None:
    for name in SICK:
        app = copy_of(name, tmp_path)
        _, told = app.play("--fix")
        said = Counter(rows(told, "to be mended") + rows(told, "by hand") + rows(told, "next run"))

        assert files_of(list(said.elements())) == app.found(), name
