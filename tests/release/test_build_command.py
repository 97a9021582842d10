"""Claims about a command that builds: where the defines go, and whose release counts."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from properties import tried
from sentry_release.release.build_command import find_release_in_arguments, prepare_build_command
from sentry_release.release.build_flags import read_build_flags

FILE = "/w/.sentry-release/dart-defines.json"
ARGUMENT = f"--dart-define-from-file={FILE}"
DEFINES = {
    "SENTRY_RELEASE": "shop@1.4.0+27",
    "SENTRY_DIST": "27",
    "SENTRY_DSN": "https://key@sentry.example.com/1",
}


def run(command: str) -> str:
    """The command line that would be run."""
    return " ".join(prepare_build_command(command.split(" "), DEFINES, FILE).command)


@pytest.mark.parametrize(
    "command",
    [
        "flutter build web",
        "flutter build apk --release --flavor prod",
        "flutter run -d chrome",
        "flutter -d chrome run",
        "flutter --device-id macos run",
        "flutter test",
        "flutter drive --driver=a.dart",
        "flutter --verbose build ios",
        "/opt/flutter/bin/flutter build web",
        r"C:\flutter\bin\flutter.bat build windows",
        "fvm flutter build web",
        "puro flutter build web",
        "mise exec -- flutter build web",
        "xvfb-run flutter test",
        "dart run tool.dart flutter build web",
    ],
)
def test_flutter_gets_the_file_as_its_last_word(command: str) -> None:
    assert run(command) == f"{command} {ARGUMENT}"


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        pytest.param(
            "flutter run -- --a b", f"flutter run {ARGUMENT} -- --a b", id="words for the app"
        ),
        pytest.param(
            "mise exec -- flutter run -- --a",
            f"mise exec -- flutter run {ARGUMENT} -- --a",
            id="a wrapper that has such a mark as well",
        ),
    ],
)
def test_what_comes_after_two_dashes_is_the_apps_own(command: str, expected: str) -> None:
    assert run(command) == expected


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("shorebird release android", f"shorebird release android -- {ARGUMENT}"),
        ("shorebird patch ios", f"shorebird patch ios -- {ARGUMENT}"),
        (
            "shorebird release android -- --flavor prod",
            f"shorebird release android -- --flavor prod {ARGUMENT}",
        ),
        (
            "mise exec -- shorebird release android",
            f"mise exec -- shorebird release android -- {ARGUMENT}",
        ),
    ],
)
def test_shorebird_hands_on_what_comes_after_two_dashes(command: str, expected: str) -> None:
    assert run(command) == expected


@pytest.mark.parametrize(
    "command",
    [
        "flutter",
        "flutter pub get",
        "flutter pub run build_runner build",
        "flutter analyze",
        "flutter clean",
        "flutter --version",
        "shorebird login",
        "shorebird preview",
        "dart run sentry_dart_plugin",
        "dart test",
        "fastlane build",
        "./gradlew bundleRelease",
        "make build",
        "flutter_launcher build",
        "sh -c 'flutter build web'",
    ],
)
def test_other_commands_stay_as_they_are(command: str) -> None:
    assert run(command) == command


def test_every_command_gets_the_environment_and_nothing_that_a_build_alone_needs() -> None:
    ready = prepare_build_command(["make", "build"], DEFINES, FILE)

    assert ready.variables == {"SENTRY_RELEASE": "shop@1.4.0+27", "SENTRY_DIST": "27"}
    assert ready.defines == DEFINES
    assert ready.release is None


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(["--dart-define=SENTRY_RELEASE=own@1"], id="in one word"),
        pytest.param(["--dart-define", "SENTRY_RELEASE=own@1"], id="in two words"),
        pytest.param(["-DSENTRY_RELEASE=own@1"], id="short"),
        pytest.param(["-D", "SENTRY_RELEASE=own@1"], id="short, in two words"),
        pytest.param(["--DartDefines=SENTRY_RELEASE=own@1"], id="by its other name"),
        pytest.param(
            ["--dart-define=A=B", "--dart-define=SENTRY_RELEASE=own@1"], id="not the first"
        ),
        pytest.param(
            ["--dart-define=SENTRY_RELEASE=a", "--dart-define=SENTRY_RELEASE=own@1"],
            id="the last of two",
        ),
        pytest.param(
            ["--dart-define=SENTRY_RELEASE=own@1", "--", "x"], id="before words for the app"
        ),
    ],
)
def test_a_release_on_the_command_line_is_respected(words: list[str]) -> None:
    ready = prepare_build_command(["flutter", "build", "web", *words], DEFINES, FILE)

    assert ready.release == "own@1"
    assert "SENTRY_RELEASE" not in ready.defines
    assert ready.defines["SENTRY_DIST"] == "27"
    assert ready.variables["SENTRY_RELEASE"] == "own@1"
    assert ARGUMENT in ready.command


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(["--dart-define=SENTRY_RELEASES=x"], id="a longer name"),
        pytest.param(["--dart-define=MY_SENTRY_RELEASE=x"], id="another name that ends so"),
        pytest.param(["--dart-define=SENTRY_RELEASE"], id="no value"),
        pytest.param(["SENTRY_RELEASE=x"], id="no define"),
        pytest.param(["--dart-define", "A=B", "SENTRY_RELEASE=x"], id="a word after a define"),
        pytest.param(["--dart-define=A=SENTRY_RELEASE=x"], id="the value of another define"),
        pytest.param(["-d", "SENTRY_RELEASE=x"], id="a device"),
        pytest.param(["--dart-define"], id="nothing after it"),
    ],
)
def test_what_only_looks_like_a_release_is_not_taken_for_one(words: list[str]) -> None:
    assert find_release_in_arguments(["flutter", "build", "web", *words]) is None


def test_without_anything_to_define_there_is_no_file() -> None:
    command = ["flutter", "build", "web", "--dart-define=SENTRY_RELEASE=own@1"]

    ready = prepare_build_command(command, {"SENTRY_RELEASE": "shop@1"}, FILE)

    assert ready.command == tuple(command)
    assert ready.defines == {}


WORDS = st.lists(
    st.sampled_from(
        ["flutter", "build", "shorebird", "patch", "--", "-d", "-D", "x", "", "run", "\\"]
    )
)


@tried
@given(WORDS)
def test_no_word_of_the_user_is_lost_or_moved(words: list[str]) -> None:
    command = prepare_build_command(words, DEFINES, FILE).command

    added = len(command) - len(words)
    assert added in {0, 1, 2}
    remaining = [word for word in command if word != ARGUMENT]
    assert remaining in (words, [*words, "--"])


def note(command: str, flags: Mapping[str, str] | None = None) -> str | None:
    """The hint for a command that is no build tool itself."""
    return prepare_build_command(command.split(" "), DEFINES, FILE, flags).note


@pytest.mark.parametrize(
    ("command", "named"),
    [
        pytest.param("make", "make", id="a single word"),
        pytest.param("make web prod", "make web", id="the first two words"),
        pytest.param("mise exec -- make web", "make web", id="behind a launcher"),
        pytest.param("env fvm puro make web", "make web", id="behind several"),
        pytest.param("make env", "make env", id="a target that is named like a launcher"),
        pytest.param("dart run tool/build.dart", "dart run", id="a script in Dart"),
    ],
)
def test_a_wrapper_is_hinted_at_the_file_that_its_build_needs(command: str, named: str) -> None:
    assert note(command) == (
        f"`{named}` gets SENTRY_RELEASE, but the build gets no dart-defines: "
        f"pass `{ARGUMENT}` to the `flutter build` that it runs."
    )


def test_the_hint_has_the_flags_that_the_wrapper_lacks() -> None:
    flags = {"--build-name": "1.4.0", "--flavor": "prod"}

    lacking = note("make web", flags)
    distributor = note("fastforge package --platform=apk", flags)

    assert f"pass `--build-name=1.4.0 --flavor=prod {ARGUMENT}` to" in (lacking or "")
    assert distributor == (
        "`fastforge package` gets SENTRY_RELEASE, but the build gets no dart-defines: "
        f"add `dart-define-from-file: {FILE}` to `build_args` in distribute_options.yaml, "
        "and pass `--build-name=1.4.0 --flavor=prod`."
    )
    assert (note("flutter_distributor package") or "").endswith("distribute_options.yaml.")


@pytest.mark.parametrize(
    "command",
    [
        "flutter build web",
        "flutter pub get",
        "dart pub get",
        "dart run sentry_dart_plugin",
        "dart run sentry_dart_plugin --verbose",
        "dart run tool/build.dart flutter build web",
        "dart test run",
        "sentry-cli releases list",
        "mise exec --",
        f"make DEFINES={FILE}",
        "make DEFINES=other/dart-defines.json",
    ],
)
def test_a_command_that_builds_nothing_or_has_the_file_gets_no_hint(command: str) -> None:
    assert note(command) is None


@pytest.mark.parametrize(
    ("command", "name", "flavor"),
    [
        pytest.param("flutter build apk", None, None, id="no flag"),
        pytest.param("flutter build apk --build-name=1 --flavor=a", "1", "a", id="in one word"),
        pytest.param("flutter build apk --build-name 1 --flavor a", "1", "a", id="in two words"),
        pytest.param("flutter build apk --flavor a --flavor b", None, "b", id="the last of two"),
        pytest.param("flutter build apk --release --flavor a", None, "a", id="after a switch"),
        pytest.param("flutter build apk -t x --flavor a", None, "a", id="after another flag"),
        pytest.param("flutter build apk --flavor", None, None, id="without a value"),
        pytest.param("flutter build apk --flavor=", None, "", id="with an empty value"),
        pytest.param("flutter build apk -- --flavor a", None, None, id="words for the app"),
        pytest.param("flutter build apk -t --flavor x", None, None, id="the value of another flag"),
        pytest.param("flutter pub get --flavor a", None, None, id="not a build"),
        pytest.param("shorebird release ios -- --flavor a", None, "a", id="handed on"),
        pytest.param(
            "shorebird release ios --flavor b -- --flavor a", None, "b", id="its own first"
        ),
        pytest.param("fvm spawn 3.50.0 build apk --flavor a", None, "a", id="a version of fvm"),
        pytest.param("fvm 3.50.0 build apk --flavor a", None, None, id="no such command of fvm"),
        pytest.param("fvm exec make build --flavor a", None, None, id="another program by fvm"),
        pytest.param("npm spawn 3.50.0 build --flavor a", None, None, id="another spawn"),
        pytest.param("make --flavor a", None, None, id="a wrapper"),
    ],
)
def test_the_flags_of_a_build_are_those_that_reach_it(
    command: str, name: str | None, flavor: str | None
) -> None:
    found = read_build_flags(command.split(" "))

    assert (found.build_name, found.flavor) == (name, flavor)


@pytest.mark.parametrize(
    ("words", "flavor"),
    [
        pytest.param(["sh", "-c", "flutter build apk --flavor a"], "a", id="a script"),
        pytest.param(["bash", "-euc", "flutter build apk --flavor 'a b'"], "a b", id="quoted"),
        pytest.param(["sh", "-e", "flutter build apk --flavor a"], None, id="not as a script"),
        pytest.param(["sh", "-c", "flutter build apk --flavor 'a"], None, id="an unclosed quote"),
        pytest.param(["make", "-c", "flutter build apk --flavor a"], None, id="no shell"),
        pytest.param([], None, id="nothing"),
    ],
)
def test_the_script_of_a_shell_is_read_as_far_as_it_is_literal(
    words: list[str], flavor: str | None
) -> None:
    assert read_build_flags(words).flavor == flavor


@pytest.mark.parametrize(
    ("command", "added"),
    [
        ("flutter build apk", "--build-name=1 --flavor=a "),
        ("flutter build web", "--build-name=1 "),
        ("flutter run", "--flavor=a "),
        ("flutter test", ""),
        ("flutter build web --build-name=2", ""),
    ],
)
def test_a_command_gets_the_flags_that_it_accepts(command: str, added: str) -> None:
    flags = {"--build-name": "1", "--flavor": "a"}

    found = prepare_build_command(command.split(" "), DEFINES, FILE, flags).command

    assert " ".join(found) == f"{command} {added}{ARGUMENT}"


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        pytest.param(
            "shorebird release android",
            f"shorebird release android --flavor=a -- --build-name=1 --build-number=2 {ARGUMENT}",
            id="the flavor for itself, the version for Flutter",
        ),
        pytest.param(
            "shorebird patch android --release-version=1+2",
            f"shorebird patch android --release-version=1+2 --flavor=a -- {ARGUMENT}",
            id="no version besides that of the release",
        ),
        pytest.param(
            "shorebird release android -- --build-name=3 --build-number=4",
            "shorebird release android --flavor=a -- --build-name=3 --build-number=4 " + ARGUMENT,
            id="no version besides that of the command",
        ),
    ],
)
def test_shorebird_gets_the_flags_that_it_lacks(command: str, expected: str) -> None:
    flags = {"--build-name": "1", "--build-number": "2", "--flavor": "a"}

    found = prepare_build_command(command.split(" "), DEFINES, FILE, flags).command

    assert " ".join(found) == expected
