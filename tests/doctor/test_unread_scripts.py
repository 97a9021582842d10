"""Claims about scripts that the doctor does not parse: a note names them, so nothing looks checked."""

from pathlib import Path

import pytest

from broken_app import PUBSPEC, doctor, write
from sentry_release.cli.main import run

MAIN = "void main() => SentryFlutter.init((options) => options.dsn = 'x');\n"
WORKFLOW = "on: push\njobs:\n  ship:\n    runs-on: ubuntu-latest\n    steps:\n      - run: {}\n"


def notes(root: Path, files: dict[str, str]) -> object:
    """The notes of an app with these files."""
    write(root, {"pubspec.yaml": PUBSPEC, "lib/main.dart": MAIN} | files)
    return doctor(root, "--json").json["notes"]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("tool/build.py", "run(['flutter', 'build', 'apk'])\n"),
        ("scripts/build.mjs", "await $`flutter build web`;\n"),
        ("tool/build.dart", "await Process.run('flutter', ['build', 'appbundle']);\n"),
        (".github/scripts/ship.ts", "exec('shorebird release android')\n"),
        ("ci/upload.py", "subprocess.run(['sentry-cli', 'releases', 'new'])\n"),
    ],
)
def test_a_script_that_builds_or_uploads_is_named(tmp_path: Path, path: str, text: str) -> None:
    assert notes(tmp_path, {path: text}) == [
        f"{path} may build or upload the app, but scripts in this language are not read. "
        "Call `flutter build` in a workflow or a shell script to have it checked."
    ]


def test_a_script_anywhere_is_named_if_a_step_runs_it(tmp_path: Path) -> None:
    files = {
        "release/make.py": "os.system('flutter build ipa')\n",
        ".github/workflows/ship.yml": WORKFLOW.format("python3 release/make.py --all"),
    }

    assert "release/make.py may build" in str(notes(tmp_path, files))


def test_several_scripts_are_one_note(tmp_path: Path) -> None:
    text = "run(['flutter', 'build', 'apk'])\n"

    found = notes(tmp_path, {f"tool/{name}.py": text for name in ("a", "b", "c")})

    assert isinstance(found, list)
    assert [one.partition(" may")[0] for one in found] == ["tool/a.py and 2 more"]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("tool/icons.py", "print('draw the icons of the Flutter app')\n"),
        ("lib/src/build.dart", "const command = 'flutter build web';\n"),
        ("tool/build.sh", "echo flutter\n"),
        ("tool/notes.txt", "flutter build apk\n"),
    ],
)
def test_other_files_get_no_note(tmp_path: Path, path: str, text: str) -> None:
    assert notes(tmp_path, {path: text}) == []


def test_on_github_a_limit_is_a_notice_and_no_warning(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = {"tool/build.py": "run(['flutter', 'build', 'apk'])\n", "lib/main.dart": MAIN}
    write(tmp_path, {"pubspec.yaml": PUBSPEC} | files)
    environ = {"GITHUB_ACTIONS": "true", "GITHUB_WORKSPACE": str(tmp_path)}

    assert run(["sentry-release", "doctor"], environ) == 0

    printed = capsys.readouterr().out
    assert "::notice title=Sentry release%3A doctor::tool/build.py may build" in printed
    assert "::warning" not in printed
