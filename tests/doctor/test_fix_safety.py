"""`doctor --fix` never harms: changed files, links, other folders, and broken proofs."""

import io
import os
import stat
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doctor_app import app as main_dart
from fix_app import PUBSPEC, AppFolder, app_of, copy_of, rows
from properties import tried
from sentry_release.adapters.file_search import walk_files
from sentry_release.adapters.workspace import Workspace
from sentry_release.cli.main import run
from sentry_release.doctor.fixes.fixers import (
    Fix,
    apply_fixes,
    drop_overlapping_fixes,
    find_unverified_fixes,
    render_diff,
    render_result_table,
)
from sentry_release.errors import WorkflowError
from sentry_release.model.finding import Finding, Severity, TextEdit

OFF = "options.enableAutoSessionTracking = false;"
BROKEN_APP = main_dart(OFF)
WELL = BROKEN_APP.replace("= false", "= true")
MAIN = PurePosixPath("lib/main.dart")
NO_NEWLINE = "\\ No newline at end of file"


class Meddler(io.StringIO):
    """A terminal whose reader changes a file as soon as the diff is there."""

    def __init__(self, place: Path) -> None:
        super().__init__()
        self.place = place

    def write(self, text: str) -> int:
        if "@@" in text:
            self.place.write_text("// mine\n")
        return super().write(text)


def broken(tmp_path: Path, **files: str) -> AppFolder:
    return app_of(tmp_path, {"lib/main.dart": BROKEN_APP, **files})


def finding(rule: str = "FD07", path: str = "lib/main.dart", line: int = 1) -> Finding:
    return Finding(
        rule=rule, severity=Severity.ERROR, path=PurePosixPath(path), line=line, message="so it is"
    )


def edit(start: int, end: int, text: str = "") -> TextEdit:
    return TextEdit(path=MAIN, start=start, end=end, text=text)


def fix(*edits: TextEdit, rule: str = "FD07") -> Fix:
    return Fix(finding=finding(rule), edits=edits)


def test_a_file_that_changes_before_it_is_written_keeps_what_is_in_it_and_so_do_all_others(
    tmp_path: Path,
) -> None:
    app = broken(tmp_path, **{"lib/other.dart": BROKEN_APP.replace("main", "other")})
    meddler = Meddler(app.root / "lib/other.dart")

    with redirect_stdout(meddler), redirect_stderr(meddler):
        code = run(
            ["sentry-release", "doctor", "--fix", "--write"], {"GITHUB_WORKSPACE": str(app.root)}
        )

    assert code == 3
    assert "'lib/other.dart' has changed since the check" in meddler.getvalue()
    assert (app.read("lib/main.dart"), app.read("lib/other.dart")) == (BROKEN_APP, "// mine\n")


def test_where_one_file_cannot_be_written_those_before_it_are_as_they_were(tmp_path: Path) -> None:
    long = f"lib/{'z' * 245}.dart"  # so long that no draft beside it has a name
    app = broken(tmp_path, **{long: BROKEN_APP.replace("main", "other")})

    code, printed = app.play("--fix", "--write")

    assert code == WorkflowError.exit_code
    assert "cannot be written" in printed
    assert app.read("lib/main.dart") == BROKEN_APP


def test_bytes_that_are_not_those_that_were_seen_are_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"theirs")

    assert not Workspace(root=tmp_path).replace(PurePosixPath("a"), b"ours", observed=b"before")
    assert (tmp_path / "a").read_bytes() == b"theirs"


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_write_that_is_cut_off_leaves_the_old_file_and_nothing_else(
    error: BaseException, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").write_bytes(b"before")

    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("os.replace", fail)

    with pytest.raises((WorkflowError, KeyboardInterrupt)):
        Workspace(root=tmp_path).replace(PurePosixPath("a"), b"after", observed=b"before")

    assert [one.name for one in tmp_path.iterdir()] == ["a"]
    assert (tmp_path / "a").read_bytes() == b"before"


def test_fix_leaves_a_read_only_file_as_it_is(tmp_path: Path) -> None:
    app = broken(tmp_path)
    (app.root / "lib/main.dart").chmod(0o444)

    app.play("--fix", "--write")

    assert app.read("lib/main.dart") == BROKEN_APP


def test_a_read_only_file_is_left_to_people(tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_bytes(b"before")
    file.chmod(0o444)
    workspace = Workspace(root=tmp_path)

    assert not workspace.is_editable(PurePosixPath("a"))
    with pytest.raises(WorkflowError, match="it is read-only"):
        workspace.replace(PurePosixPath("a"), b"after", observed=b"before")

    assert file.read_bytes() == b"before"
    assert stat.S_IMODE(file.stat().st_mode) == 0o444


def test_drafts_are_read_in_place_of_files_that_stay_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "a.dart").write_bytes(b"before")
    workspace = Workspace(root=tmp_path, overrides={PurePosixPath("a.dart"): b""})

    observed = walk_files(workspace, PurePosixPath(), ends=(".dart",), skip=(), limit=10)

    assert [(one.path, one.content) for one in observed] == [("a.dart", b"")]
    assert workspace.read_bytes(PurePosixPath("a.dart"), limit=10) == b""
    assert (tmp_path / "a.dart").read_bytes() == b"before"


def test_rights_of_a_file_stay(tmp_path: Path) -> None:
    app = broken(tmp_path)
    place = app.root / "lib/main.dart"
    place.chmod(0o640)

    app.play("--fix", "--write")

    assert app.read("lib/main.dart") == WELL
    assert place.stat().st_mode & 0o777 == 0o640


def test_a_link_is_not_written_through(tmp_path: Path) -> None:
    text = f"{PUBSPEC}sentry:\n  project: shop\n  release:\ndev_dependencies:\n  sentry_dart_plugin: 3\n"
    app = app_of(tmp_path, {"lib/main.dart": main_dart(), "shared.yaml": text})
    (app.root / "pubspec.yaml").unlink()
    (app.root / "pubspec.yaml").symlink_to("shared.yaml")

    _, printed = app.play("--fix", "--write")

    assert [rule for rule, _ in rows(printed, "manual")] == ["FD30"]
    assert (app.root / "pubspec.yaml").is_symlink()
    assert app.read("shared.yaml") == text


def test_a_package_outside_the_workspace_is_left_alone(tmp_path: Path) -> None:
    needs = f"{PUBSPEC}  core:\n    path: ../core\n"
    app = broken(tmp_path, **{"pubspec.yaml": needs})
    outside = AppFolder(root=tmp_path / "core")
    outside.write("pubspec.yaml", PUBSPEC.replace("shop", "core"))
    outside.write("lib/core.dart", BROKEN_APP)

    app.play("--fix", "--write")

    assert app.read("lib/main.dart") == WELL
    assert outside.read("lib/core.dart") == BROKEN_APP


def test_a_replacement_outside_the_workspace_is_refused(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "out").write_bytes(b"before")

    with pytest.raises(WorkflowError, match="leads out of the workspace"):
        Workspace(root=tmp_path / "in").replace(
            PurePosixPath("../out"), b"after", observed=b"before"
        )

    assert (tmp_path / "out").read_bytes() == b"before"


def test_a_link_that_appears_at_the_last_moment_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "target").write_bytes(b"before")
    (tmp_path / "link").symlink_to("target")

    with pytest.raises(WorkflowError, match="cannot be written"):
        Workspace(root=tmp_path).replace(PurePosixPath("link"), b"after", observed=b"before")

    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "target").read_bytes() == b"before"


@pytest.mark.parametrize(
    ("values", "flags", "is_fixed"),
    [
        ("", "", True),
        ("build-number: ${{ github.run_number }}", "--build-number=${{ github.run_number }}", True),
        ("", "--build-number=$NUMBER", False),
        ("build-number: 7", "--build-number=8", False),
        ("build-number: 7", "--build-number 7 --build-name=$(cat VERSION)", False),
        ("release: shop@2", "--build-number 7", False),
    ],
)
def test_a_build_whose_flags_name_another_version_gets_no_define_file(
    tmp_path: Path,
    values: str,
    flags: str,
    is_fixed: bool,  # noqa: FBT001 - a column of a table
) -> None:
    """Each run would get the same release, while the SDK reported the right one before."""
    app = AppFolder(root=tmp_path)
    app.write("pubspec.yaml", PUBSPEC)
    app.write("lib/main.dart", "void main() => SentryFlutter.init((options) {});\n")
    app.write(
        ".github/workflows/ship.yml",
        "on: push\njobs:\n  ship:\n    runs-on: ubuntu-latest\n    steps:\n"
        "      - uses: appcrew/sentry-release-flutter@v1\n        id: sentry\n"
        f"        with:\n          {values or 'x: y'}\n      - run: flutter build apk {flags}\n",
    )

    _, printed = app.play("--fix")

    assert ("dart-define-from-file" in printed) is is_fixed


WITH_FLAGS = (
    "on: push\njobs:\n  ship:\n    runs-on: ubuntu-latest\n    steps:\n"
    "      - uses: appcrew/sentry-release-flutter@v1\n        id: sentry\n"
    "        with:\n          environment: production\n"
    "      - run: flutter build apk --build-number=$N --build-name 2.0.0\n"
    "        env:\n          N: ${{ github.run_number }}\n"
)


def test_the_define_file_and_the_version_flags_are_set_together(tmp_path: Path) -> None:
    app = AppFolder(root=tmp_path)
    app.write("pubspec.yaml", PUBSPEC)
    app.write("lib/main.dart", "void main() => SentryFlutter.init((options) {});\n")
    app.write(".github/workflows/ship.yml", WITH_FLAGS)

    app.play("--fix", "--write")

    assert app.read(".github/workflows/ship.yml") == (
        "on: push\njobs:\n  ship:\n    runs-on: ubuntu-latest\n    steps:\n"
        "      - uses: appcrew/sentry-release-flutter@v1\n        id: sentry\n"
        "        with:\n          build-number: ${{ github.run_number }}\n"
        "          build-name: 2.0.0\n          environment: production\n"
        '      - run: flutter build apk --dart-define-from-file="$SENTRY_DEFINE_FILE" '
        "--build-number=$N --build-name 2.0.0\n"
        "        env:\n          SENTRY_DEFINE_FILE: ${{ steps.sentry.outputs.dart-defines-file }}\n"
        "          N: ${{ github.run_number }}\n"
    )
    assert app.check()[0] == {}


def test_inputs_that_another_build_of_the_job_contradicts_are_left_to_a_person(
    tmp_path: Path,
) -> None:
    app = AppFolder(root=tmp_path)
    app.write("pubspec.yaml", PUBSPEC)
    app.write("lib/main.dart", "void main() => SentryFlutter.init((options) {});\n")
    workflow = f"{WITH_FLAGS}      - run: flutter build windows\n"
    app.write(".github/workflows/ship.yml", workflow)

    _, printed = app.play("--fix", "--write")

    assert "build-number:" not in app.read(".github/workflows/ship.yml")
    assert ("FD42", ".github/workflows/ship.yml:10") in rows(printed, "manual")


@pytest.mark.parametrize(
    ("script", "is_fixed"),
    [
        ('sed -i "s/^  release:.*/  release: $NAME/" pubspec.yaml', False),
        ('sed -i "s/^version:.*/version: $NAME/" pubspec.yaml', True),
        ("cp pubspec.template.yaml pubspec.yaml", False),
    ],
)
def test_a_place_that_a_script_writes_is_left_to_it(
    tmp_path: Path,
    script: str,
    is_fixed: bool,  # noqa: FBT001 - a column of a table
) -> None:
    app = AppFolder(root=tmp_path)
    section = (
        "dev_dependencies:\n  sentry_dart_plugin: ^3.0.0\nsentry:\n  project: shop\n  release:\n"
    )
    app.write("pubspec.yaml", PUBSPEC + section)
    app.write("tool/fill.sh", f"{script}\n")

    _, printed = app.play("--fix")

    assert ("-  release:" in printed) is is_fixed


def test_what_is_right_in_real_apps_is_not_fixed(tmp_path: Path) -> None:
    """Builds that only check, packages beside the app, and keys that a script fills stay as they are."""
    kinds = (
        "fd06-good-read-by-a-getter-elsewhere", "fd07-good-true-in-every-constant",
        "fd11-good-caret-7-without-lock", "fd24-good-all-but-debug",
        "fd30-good-filled-by-script", "fd32-good-env-of-a-caller",
        "fd34-good-check-on-pull-requests", "fd34-good-check-on-a-schedule",
        "fd34-good-folder-in-a-variable", "fd34-good-scope-of-melos",
    )  # fmt: skip
    for kind in kinds:
        app = copy_of(kind, tmp_path)
        before = app.contents()

        app.play("--fix", "--write")

        assert app.contents() == before


def test_what_a_second_check_does_not_confirm_is_not_proposed(tmp_path: Path) -> None:
    plist = (
        '<?xml version="1.0"?>\n<plist version="1.0"><dict>\n'
        "<key>CFBundleShortVersionString</key><string>1.0.0</string>\n</dict></plist>\n"
    )
    project = (
        "// !$*UTF8*$!\n{ objects = {\n"
        '  A = { isa = PBXNativeTarget; name = Runner; productType = "com.apple.product-type'
        '.application"; buildConfigurationList = L; };\n'
        "  L = { isa = XCConfigurationList; buildConfigurations = (C,); };\n"
        "  C = { isa = XCBuildConfiguration; name = Release; buildSettings = {\n"
        '    INFOPLIST_FILE = "Other/Info.plist"; PRODUCT_BUNDLE_IDENTIFIER = a.b; }; };\n'
        "  P = { isa = PBXProject; targets = (A,); };\n"
        "}; rootObject = P; }\n"
    )
    app = app_of(
        tmp_path,
        {
            "lib/main.dart": BROKEN_APP,
            "ios/Runner/Info.plist": plist,
            "ios/Other/Info.plist": plist,
            "ios/Runner.xcodeproj/project.pbxproj": project,
        },
    )

    _, printed = app.play("--fix", "--write")

    assert rows(printed, "manual") == [("FD25", "ios/Runner/Info.plist:3")]
    assert app.read("ios/Runner/Info.plist") == plist
    assert app.read("lib/main.dart") == WELL


def test_a_fix_that_leaves_its_finding_is_unproven_and_others_are_not() -> None:
    one, other = fix(edit(0, 1)), Fix(finding=finding("FD31", "pubspec.yaml"), edits=())
    before = [one.finding, other.finding]

    assert find_unverified_fixes([one, other], before, []) == frozenset()
    assert find_unverified_fixes([one, other], before, [one.finding]) == {one}


def test_a_new_finding_makes_the_fixes_of_its_file_unproven_or_all() -> None:
    one = fix(edit(0, 1))
    other = Fix(finding=finding("FD31", "pubspec.yaml"), edits=())
    before = [one.finding, other.finding]

    assert find_unverified_fixes([one, other], before, [finding("FD01")]) == {one}
    assert find_unverified_fixes([one, other], before, [finding("FD05", "Makefile")]) == {
        one,
        other,
    }


def test_of_overlapping_fixes_the_first_is_applied_and_the_other_reported() -> None:
    first, second = fix(edit(4, 9, "x")), fix(edit(8, 12, "y"), edit(20, 21), rule="FD08")
    third = fix(edit(20, 21), rule="FD35")

    assert drop_overlapping_fixes([first, second, third]) == ((first, third), (second,))


def test_a_long_table_of_fixes_says_how_many_more_there_are() -> None:
    found = [finding(line=line) for line in range(1, 204)]

    lines = list(render_result_table(found, found, (), (), written=False))
    of_200 = list(render_result_table(found[:200], found[:200], (), (), written=True))

    assert lines[200:] == [
        "… and 3 more",
        "",
        "203 fixable, 0 manual. No file was changed; add --write to apply.",
    ]
    assert of_200[200:] == ["", "200 fixed, 0 manual."]


@pytest.mark.parametrize(
    ("before", "after", "lines"),
    [
        ("a", "b", ["-a", NO_NEWLINE, "+b", NO_NEWLINE]),
        ("a\n\nb", "a\n\nb\n", [" a", " ", "-b", NO_NEWLINE, "+b"]),
        ("a\nb\n", "a\nc\n", [" a", "-b", "+c"]),
        ("a\x1b\tb\r\n", "a\r\n", ["-a?\tb", "+a"]),
        ("", "a\n", ["+a"]),
    ],
)
def test_a_diff_has_the_lines_of_both_files_without_control_characters(
    before: str, after: str, lines: list[str]
) -> None:
    head, other, _, *rest = render_diff(PurePosixPath("lib/a\x1b.dart"), before, after)

    assert (head, other) == ("--- a/lib/a?.dart", "+++ b/lib/a?.dart")
    assert rest == lines


@pytest.mark.parametrize(
    ("one", "other", "meet"),
    [
        (edit(1, 3), edit(3, 5), False),
        (edit(1, 3), edit(2, 5), True),
        (edit(1, 5), edit(2, 3), True),
        (edit(3, 3, "a"), edit(3, 3, "b"), True),
        (edit(3, 3, "a"), edit(3, 3, "a"), False),
        (edit(3, 3, "a"), edit(3, 5), True),
        (edit(2, 2, "a"), edit(3, 5), False),
    ],
)
def test_edits_meet_where_their_order_would_matter(
    one: TextEdit,
    other: TextEdit,
    meet: bool,  # noqa: FBT001 - a column of a table
) -> None:
    assert (one.overlaps(other), other.overlaps(one)) == (meet, meet)


def test_edits_count_from_the_text_as_it_was_in_whatever_order_they_come() -> None:
    fixes = [
        fix(edit(6, 7, "G")),
        fix(edit(0, 2, "")),
        fix(edit(3, 3, "++")),
        fix(edit(6, 7, "G")),
    ]

    assert apply_fixes(fixes, {MAIN: "abcdefgh"}) == {MAIN: "c++defGh"}


@tried
@given(
    text=st.text(max_size=30),
    cuts=st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30), st.text(max_size=5))),
)
def test_whatever_is_edited_all_else_stays_and_is_in_its_order(
    text: str, cuts: list[tuple[int, int, str]]
) -> None:
    ends = len(text)
    fixes = [
        fix(edit(min(one, other, ends), min(max(one, other), ends), put))
        for one, other, put in cuts
    ]

    kept, overlapping = drop_overlapping_fixes(fixes)
    after = apply_fixes(kept, {MAIN: text}).get(MAIN, text)

    edits = sorted({one.edits[0] for one in kept}, key=lambda one: (one.start, one.end))
    around = zip(
        [0, *(one.end for one in edits)], [*(one.start for one in edits), None], strict=True
    )
    remaining = [text[start:end] for start, end in around]
    put = [*(one.text for one in edits), ""]
    assert after == "".join(piece + new for piece, new in zip(remaining, put, strict=True))
    assert len(kept) + len(overlapping) == len(fixes)


def test_an_edit_that_leaves_a_file_as_it_was_changes_no_file() -> None:
    assert apply_fixes([fix(edit(0, 1, "a"))], {MAIN: "abc"}) == {}


def test_overlapping_fixes_are_applied_by_the_next_run(tmp_path: Path) -> None:
    section = (
        "sentry:\n  release:\n  project: shop\ndev_dependencies:\n  sentry_dart_plugin: 3.2.0\n"
    )
    steps = (
        "on: push\njobs:\n  ship:\n    runs-on: ubuntu-latest\n    steps:\n"
        "      - uses: appcrew/sentry-release-flutter@v1\n      - run: dart run sentry_dart_plugin\n"
    )
    files = {"pubspec.yaml": PUBSPEC + section, ".github/workflows/ship.yml": steps}
    app = app_of(tmp_path, {"lib/main.dart": main_dart(), **files})

    _, first = app.play("--fix", "--write")
    code, second = app.play("--fix", "--write")

    assert [rule for rule, _ in rows(first, "fixed")] == ["FD30"]
    assert [rule for rule, _ in rows(first, "next run")] == ["FD31"]
    assert [rule for rule, _ in rows(second, "fixed")] == ["FD31"]
    assert code == 0
    assert "sentry:\n  commits: false\n  project: shop\n" in app.read("pubspec.yaml")


@pytest.mark.parametrize(
    "options",
    [["--write"], ["--fix", "--json"], ["--fix", "--sarif"], ["--fix", "--report-dir", "out"]],
)
def test_options_that_contradict_each_other_are_refused(options: list[str], tmp_path: Path) -> None:
    app = broken(tmp_path)

    code, printed = app.play(*options)

    assert code == 2
    assert "Use `doctor --fix` to see the diff" in printed
    assert app.read("lib/main.dart") == BROKEN_APP


def test_a_workflow_cannot_request_it_by_any_input(tmp_path: Path) -> None:
    app = broken(tmp_path)
    environ = {"GITHUB_ACTIONS": "true", "GITHUB_WORKSPACE": str(app.root)}
    inputs = {f"INPUT_{name}": "true" for name in ("FIX", "WRITE", "--FIX", "--WRITE")}

    with redirect_stdout(io.StringIO()) as printed:
        code = run(["/action/doctor"], environ | inputs)

    assert code == 2  # unknown inputs
    assert "@@" not in printed.getvalue()
    assert app.read("lib/main.dart") == BROKEN_APP


def test_rules_that_are_off_are_not_fixed(tmp_path: Path) -> None:
    app = broken(tmp_path)

    assert app.play("--fix", "--doctor-levels", "FD07=off")[0] == 0
    assert app.play("--fix", "--write", "--doctor-levels", "FD07=off")[0] == 0
    assert app.read("lib/main.dart") == BROKEN_APP


def test_without_anything_to_fix_it_says_so_and_ends(tmp_path: Path) -> None:
    app = app_of(tmp_path, {"lib/main.dart": main_dart()})

    assert app.play("--fix") == (0, "0 fixable, 0 manual.\n")


def test_a_terminal_is_not_moved_by_names_of_files(tmp_path: Path) -> None:
    app = app_of(tmp_path, {"lib/main.dart": main_dart(), "lib/a\x1b[2J.dart": BROKEN_APP})

    _, printed = app.play("--fix")

    assert "+++ b/lib/a?[2J.dart" in printed
    assert "\x1b" not in printed


@pytest.fixture(autouse=True)
def _umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)
