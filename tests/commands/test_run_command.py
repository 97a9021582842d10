"""Claims about `run`: the name comes from the command that it starts, and both agree."""

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from builds import with_path
from forked_program import ForkedProgram, start_program

TOOL = f"""#!{sys.executable} -IS
import json, os, sys
defines = [word.partition("=")[2] for word in sys.argv if word.startswith("--dart-define-from-file=")]
print("STARTED " + json.dumps({{
    "words": [os.path.basename(sys.argv[0]), *sys.argv[1:]],
    "variables": {{key: value for key, value in os.environ.items() if key.startswith("SENTRY_")}},
    "defines": json.load(open(defines[0])) if defines else None,
}}))
"""
TOOLS = ("flutter", "fvm", "puro", "shorebird", "make", "melos", "npm", "fastforge", "flutter-tizen",
         "flutter-elinux", "sentry-cli")  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """The arguments of the tool, and the output before it."""

    exit_code: int
    log: str
    words: list[str]
    variables: dict[str, str]
    defines: dict[str, str] | None

    @property
    def named(self) -> tuple[str | None, str | None]:
        """The release and the dist that the build gets."""
        return self.variables.get("SENTRY_RELEASE"), self.variables.get("SENTRY_DIST")

    @property
    def own_words(self) -> list[str]:
        """The words without the file of defines, whose path differs from test to test."""
        return [word for word in self.words if not word.startswith("--dart-define-from-file=")]


Start = Callable[..., Started]


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """An app shop 1.0.0+1, and a folder of tools that print how they were started."""
    (tmp_path / "pubspec.yaml").write_text("name: shop\nversion: 1.0.0+1\n")
    (tmp_path / "bin").mkdir()
    for tool in TOOLS:
        path = tmp_path / "bin" / tool
        path.write_text(TOOL)
        path.chmod(0o755)
    return tmp_path


@pytest.fixture(scope="module")
def program() -> Iterator[ForkedProgram]:
    with start_program() as started:
        yield started


@pytest.fixture
def start(app: Path, program: ForkedProgram) -> Start:
    """Type `sentry-release run` and these words in the folder of the app."""

    def start(*words: str, **variables: str) -> Started:
        environ = with_path(variables, app / "bin")
        done = program.run("run", *words, folder=app, environ=environ, logs=app / "bin")
        outputs, _, report = done.stdout.partition("STARTED ")
        observed = json.loads(report) if report else {"words": [], "variables": {}, "defines": None}
        return Started(exit_code=done.exit_code, log=outputs + done.stderr, **observed)

    return start


NAMED = [
    ("flutter build ipa --build-name=1.2.3 --build-number=55", "shop@1.2.3+55", "55"),
    ("fvm flutter build apk --flavor prod --build-number=55", "shop@1.0.0+55", "55"),
    ("flutter build web --dart-define --build-number=55", "shop@1.0.0+1", "1"),
    ("flutter-tizen build tpk --build-name=3.0.0", "shop@3.0.0+1", "1"),
    ("shorebird release android --build-name 3.0.0 -- --build-number 7", "shop@3.0.0+7", "7"),
    ("shorebird patch android --release-version 1.4.0+27", "shop@1.4.0+27", "27"),
    ("shorebird patch android", "shop@1.0.0+1", "1"),
]
# Each test starts two processes, so those that differ little from another one are large.
NAMED_ALIKE = [
    ("flutter build ipa --build-name 1.2.3 --build-number 55", "shop@1.2.3+55", "55"),
    ("flutter build web --build-number=55", "shop@1.0.0+55", "55"),
    ("flutter build web --build-name 2.0.0", "shop@2.0.0+1", "1"),
    ("fvm spawn 3.35.0 build apk --build-number 55", "shop@1.0.0+55", "55"),
    ("puro flutter build web --build-name=2.0.0 --build-number=9", "shop@2.0.0+9", "9"),
    ("flutter build web --build-number=3 --build-number=55", "shop@1.0.0+55", "55"),
    ("flutter run -- --build-number=55", "shop@1.0.0+1", "1"),
    ("shorebird release android -- --build-name=3.0.0 --build-number=7", "shop@3.0.0+7", "7"),
    ("shorebird release ios --build-number=7 -- --build-number=9", "shop@1.0.0+7", "7"),
    ("shorebird patch --platforms=ios --release-version=1.4.0+27", "shop@1.4.0+27", "27"),
    ("shorebird patch android --release-version=1.4.0", "shop@1.4.0", None),
]


@pytest.mark.parametrize(
    ("command", "name", "dist"),
    [*NAMED, *(pytest.param(*row, marks=pytest.mark.large) for row in NAMED_ALIKE)],
)
def test_the_release_is_named_as_the_command_builds_it(
    start: Start, command: str, name: str, dist: str | None
) -> None:
    started = start("--", *command.split(" "))

    assert started.exit_code == 0
    assert started.named == (name, dist)
    assert started.defines is not None
    assert (started.defines["SENTRY_RELEASE"], started.defines.get("SENTRY_DIST")) == (name, dist)


@pytest.mark.parametrize(
    ("inputs", "command", "words"),
    [
        pytest.param(
            ["--build-number", "99"],
            "flutter build web",
            ["flutter", "build", "web", "--build-number=99"],
            id="what the web takes",
        ),
        pytest.param(
            ["--build-number=99", "--build-name=2.0.0", "--flavor=prod"],
            "flutter build apk --build-number=99",
            ["flutter", "build", "apk", "--build-number=99", "--build-name=2.0.0", "--flavor=prod"],
            id="only what is lacking",
        ),
        pytest.param(
            ["--flavor=prod"], "flutter build web", ["flutter", "build", "web"], id="no flavors"
        ),
        pytest.param(
            ["--build-number=99"], "flutter run", ["flutter", "run"], id="only builds have a number"
        ),
        pytest.param(
            ["--build-number=99", "--flavor=prod"],
            "shorebird release android",
            ["shorebird", "release", "android", "--flavor=prod", "--", "--build-number=99"],
            id="shorebird hands on what follows two dashes",
        ),
        pytest.param(
            ["--build-number=27"],
            "shorebird patch android --release-version=1.4.0+27",
            ["shorebird", "patch", "android", "--release-version=1.4.0+27", "--"],
            id="shorebird adds those of the patched release itself",
        ),
    ],
)
def test_flags_that_run_is_given_reach_the_build(
    start: Start, inputs: list[str], command: str, words: list[str]
) -> None:
    started = start(*inputs, "--", *command.split(" "))

    assert started.own_words == words


@pytest.mark.parametrize(
    ("inputs", "command", "both"),
    [
        (["--build-number=99"], "flutter build web --build-number=55", ("99", "55")),
        pytest.param(
            ["--build-name=2.0.0"],
            "flutter build web --build-name 1.2.3",
            ("2.0.0", "1.2.3"),
            marks=pytest.mark.large,
        ),
        pytest.param(
            ["--flavor=dev"],
            "fvm flutter build apk --flavor prod",
            ("dev", "prod"),
            marks=pytest.mark.large,
        ),
        (["--build-number=2"], "shorebird patch ios --release-version 1.4.0+27", ("2", "27")),
        pytest.param(
            [],
            "shorebird patch ios --release-version 1.4.0+27 --build-number=8",
            ("27", "8"),
            marks=pytest.mark.large,
        ),
        (["--release=shop@1.4.0+27"], "flutter build web --build-number=55", ("+27", "55")),
    ],
)
def test_inputs_and_command_that_contradict_each_other_are_refused(
    start: Start, inputs: list[str], command: str, both: tuple[str, str]
) -> None:
    started = start(*inputs, "--", *command.split(" "))

    assert started.exit_code == 2
    assert started.words == []
    assert all(value in started.log for value in both)


def test_a_release_of_another_kind_contradicts_no_build_number(start: Start) -> None:
    started = start("--release=nightly-5", "--", "flutter", "build", "web", "--build-number=5")

    assert started.named == ("nightly-5", "5")


def test_the_release_that_latest_means_cannot_be_known(start: Start) -> None:
    command = ["shorebird", "patch", "android", "--release-version", "latest"]

    unknown = start("--", *command)
    values = start("--release=shop@1.4.0+27", "--", *command)

    assert unknown.exit_code == 2
    assert "--release-version 1.4.0+27" in unknown.log
    assert values.named[0] == "shop@1.4.0+27"


def test_a_flag_without_a_value_is_refused_since_its_variable_is_not_set(start: Start) -> None:
    started = start("--", "flutter", "build", "web", "--build-number=")

    assert started.exit_code == 2
    assert "`--build-number` of the build command is empty." in started.log


@pytest.mark.parametrize(
    "command",
    [
        ["make", "web"],
        pytest.param(["melos", "run", "build"], marks=pytest.mark.large),
        pytest.param(["npm", "run", "build"], marks=pytest.mark.large),
        ["sh", "-c", "flutter build web"],
        ["fastforge", "release"],
        pytest.param(["fvm", "exec", "melos", "run", "build"], marks=pytest.mark.large),
    ],
)
def test_the_hint_for_a_wrapper_names_the_file_to_pass_once(
    app: Path, start: Start, command: list[str]
) -> None:
    started = start("--", *command)

    [line] = [line for line in started.log.splitlines() if "dart-defines" in line]
    assert str(app / ".sentry-release/dart-defines.json") in line
    assert (app / ".sentry-release/dart-defines.json").is_file()
    assert "build_args" in line if command[0] == "fastforge" else "`flutter build`" in line
    assert started.named == ("shop@1.0.0+1", "1")


def test_the_hint_for_a_wrapper_names_the_inputs_to_pass_as_well(start: Start) -> None:
    started = start("--build-number=99", "--", "make", "web")

    assert "`--build-number=99 --dart-define-from-file=" in started.log


@pytest.mark.parametrize(
    "command",
    [
        ["flutter", "build", "web"],
        pytest.param(["flutter", "pub", "get"], marks=pytest.mark.large),
        pytest.param(["flutter-elinux", "build", "elinux"], marks=pytest.mark.large),
        ["flutter-tizen", "build", "tpk"],
        pytest.param(["sentry-cli", "info"], marks=pytest.mark.large),
        ["sh", "-c", "flutter build web --dart-define-from-file=.sentry-release/dart-defines.json"],
    ],
)
def test_a_command_with_the_file_or_without_a_build_gets_no_hint(
    start: Start, command: list[str]
) -> None:
    assert "dart-defines" not in start("--", *command).log


@pytest.mark.parametrize("tool", ["flutter-elinux", "flutter-tizen"])
def test_the_builders_for_elinux_and_tizen_take_the_file_like_flutter(
    start: Start, tool: str
) -> None:
    started = start("--", tool, "build", "x")

    assert started.defines is not None
    assert started.defines["SENTRY_RELEASE"] == "shop@1.0.0+1"


def test_flags_in_the_script_of_a_shell_count(start: Start) -> None:
    started = start("--", "sh", "-c", "flutter build web --build-number=55")

    assert started.named == ("shop@1.0.0+55", "55")


def test_a_flag_that_only_a_shell_can_read_is_requested(start: Start) -> None:
    script = ["sh", "-c", 'flutter build web --build-number="$N"']

    unknown = start("--", *script, N="55")
    values = start("--build-number=55", "--", *script, N="55")

    assert unknown.exit_code == 2
    assert "sentry-release run --build-number" in unknown.log
    assert values.named == ("shop@1.0.0+55", "55")


@pytest.mark.parametrize(
    ("command", "problem", "hint"),
    [
        (["nowhere"], "Program 'nowhere' not found.", "Install it, or use its full path."),
        (["flutter build web"], "Program 'flutter build web' not found.", "Write each word on its own"),
        (["A=1", "flutter"], "Program 'A=1' not found.", "Set variables before `sentry-release`"),
        (["./pubspec.yaml"], "'./pubspec.yaml' cannot be run.", "Make it executable"),
        (["./bin"], "'./bin' cannot be run.", "Make it executable"),
    ],
)  # fmt: skip
def test_a_command_that_cannot_start_is_explained(
    start: Start, command: list[str], problem: str, hint: str
) -> None:
    started = start("--", *command)

    assert started.exit_code == 2
    assert f"error: {problem}\n" in started.log
    assert hint in started.log


def test_a_build_to_promote_gets_no_environment(start: Start) -> None:
    words = ["--environment", "staging", "--define-environment", "false"]

    done = start(*words, "--", "flutter", "build", "web")

    assert done.defines == {"SENTRY_RELEASE": "shop@1.0.0+1", "SENTRY_DIST": "1"}
    assert "SENTRY_ENVIRONMENT" not in done.variables
