"""`doctor --fix` on the whole corpus: it fixes what it reports as fixable, and nothing else."""

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from corpus import expected_of, projects
from fix_app import AppFolder, copy_of, files_of, rows
from job import ROOT
from sentry_release.doctor.fixes.fixers import FIXERS
from sentry_release.doctor.run_rules import ALL_CHECKS

EXPECTED = ROOT / "tests/expected/doctor-fix"
BROKEN_APP = [one.name for one in projects() if set(expected_of(one)[0])]
FIXED = {
    "app-agvtool-number-alone", "app-gradle-frozen", "app-parts-of-a-library",
    "app-plugin-blank-by-tilde",
    "app-policy-of-many-lines", "app-release-of-define-by-mode", "app-xcconfig-frozen",
    "fd04-bad-blank-default", "fd04-bad-const-call", "fd04-bad-const-on-other-line",
    "fd04-bad-in-another-file", "fd04-bad-static-const", "fd04-bad-top-level-const",
    "fd04-bad-without-const", "fd07-bad-false", "fd08-bad-false", "fd13-bad-named-root",
    "fd19-bad-new-sdk", "fd19-bad-no-lock", "fd20-bad-no-seconds", "fd20-bad-old-name",
    "fd20-bad-zero", "fd25-bad-literal-marketing-version", "fd25-bad-literal-plist",
    "fd27-bad-literals", "fd30-bad-another-key-filled",
    "fd33-bad-folder-never-built", "fd33-bad-self-only", "fd34-bad-file-without-it",
    "fd35-bad-assignment", "fd35-bad-final", "fd35-bad-static-final",
    "fd42-bad-build-name", "fd42-bad-patch-of-another-release", "fd42-bad-run-number",
}  # fmt: skip
"""Projects whose every finding has an automatic fix."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixed:
    """A project before, and after its fixes were shown, written, and written again."""

    found: Counter[tuple[str, str]]
    errors: int
    before: Mapping[str, bytes]
    visible_code: int
    visible: str
    untouched: Mapping[str, bytes]
    code: int
    outputs: str
    after: Mapping[str, bytes]
    remaining: Counter[tuple[str, str]]
    remaining_errors: int
    again_code: int
    again: str
    last: Mapping[str, bytes]

    @classmethod
    def of(cls, app: AppFolder) -> "Fixed":
        """Fix a project in place."""
        before, (found, errors) = app.contents(), app.check()
        visible_code, visible = app.play("--fix")
        untouched = app.contents()
        code, outputs = app.play("--fix", "--write")
        after, (remaining, remaining_errors) = app.contents(), app.check()
        again_code, again = app.play("--fix", "--write")
        return cls(
            found=found,
            errors=errors,
            before=before,
            visible_code=visible_code,
            visible=visible,
            untouched=untouched,
            code=code,
            outputs=outputs,
            after=after,
            remaining=remaining,
            remaining_errors=remaining_errors,
            again_code=again_code,
            again=again,
            last=app.contents(),
        )


@pytest.fixture(scope="module")
def fixed(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Fixed]:
    """Fixes projects of the corpus, each only once for all tests."""
    folder = tmp_path_factory.mktemp("corpus")
    return cache(lambda name: Fixed.of(copy_of(name, folder)))


@pytest.mark.large
@pytest.mark.parametrize("name", BROKEN_APP)
def test_fixed_findings_are_gone_no_new_ones_appear_and_a_second_run_changes_nothing(
    name: str, fixed: Callable[[str], Fixed]
) -> None:
    app = fixed(name)
    gone = rows(app.outputs, "fixed")

    assert app.untouched == app.before
    assert rows(app.visible, "fixable") == gone
    assert app.remaining == app.found - files_of(gone)
    assert sum(app.remaining.values()) == sum(app.found.values()) - len(gone)
    assert (app.last, rows(app.again, "fixed")) == (app.after, [])
    assert "@@" not in app.again
    assert (app.before != app.after) == bool(gone) == ("@@" in app.visible)
    assert app.visible_code == (3 if app.errors or gone else 0)
    assert app.code == app.again_code == (3 if app.remaining_errors else 0)


@pytest.mark.parametrize("name", sorted(FIXED))
def test_with_line_ends_of_windows_and_none_at_the_end_the_same_is_fixed(
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


@pytest.mark.large
def test_in_the_corpus_all_mechanical_findings_are_fixed(
    fixed: Callable[[str], Fixed],
) -> None:
    printed = {name: fixed(name).visible for name in BROKEN_APP}
    mechanical = {name for name in BROKEN_APP if rows(printed[name], "fixable")}

    assert {name for name in mechanical if not rows(printed[name], "manual")} == FIXED


@pytest.mark.parametrize("name", sorted(one.stem for one in EXPECTED.glob("*.diff")))
def test_the_diff_is_this_one_to_the_last_character(
    name: str, fixed: Callable[[str], Fixed]
) -> None:
    assert fixed(name).visible == (EXPECTED / f"{name}.diff").read_bytes().decode()


def test_a_diff_of_each_kind_of_file_is_written_down() -> None:
    kept = "".join(one.read_text() for one in EXPECTED.glob("*.diff"))
    ends = {Path(path).suffix for path in re.findall(r"^\+\+\+ b/(.*)$", kept, re.MULTILINE)}

    assert ends == {".dart", ".html", ".kts", ".plist", ".yaml", ".yml"}


def test_only_existing_rules_have_fixers() -> None:
    assert FIXERS.keys() <= {rule.id for rule, _ in ALL_CHECKS}


@pytest.mark.large
def test_every_finding_is_in_the_table_once(fixed: Callable[[str], Fixed]) -> None:
    for name in BROKEN_APP:
        app = fixed(name)
        words = ("fixable", "manual", "next run")
        listed = Counter(row for word in words for row in rows(app.visible, word))

        assert files_of(list(listed.elements())) == app.found, name
