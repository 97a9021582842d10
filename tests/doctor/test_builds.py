"""Claims about builds that the doctor finds in commands, who names their release, FD05, FD32, FD34."""

from dataclasses import replace
from pathlib import PurePosixPath

import pytest

from doctor_app import PUBSPEC, app, app_facts, found, output, workflow_app, workflow_of
from sentry_release.doctor.analysis.release_source import (
    ReleaseSource,
    find_build_release_source,
    is_named_by_sdk,
)
from sentry_release.doctor.app import App, BuildStep, Command
from sentry_release.doctor.ci_files.build_commands import find_build_commands
from sentry_release.doctor.ci_files.builds import (
    find_builds,
    list_builds,
    parse_dart_defines,
    parse_define_files,
)
from sentry_release.doctor.ci_files.triggers import filter_events, parse_matrix
from sentry_release.flutter.yaml_document import parse_yaml
from sentry_release.model.finding import Severity
from sentry_release.model.platform import Platform

SHIP_WORKFLOW = PurePosixPath(".github/workflows/ship.yml")
MAIN = {"lib/main.dart": app("options.dsn = '';")}


def step(*commands: str, line: int = 1) -> BuildStep:
    lines = tuple(Command(text=text, line=line + at) for at, text in enumerate(commands, 1))
    return BuildStep(path=SHIP_WORKFLOW, line=line, job="ship", commands=lines)


def platforms(*commands: str) -> list[str]:
    found = find_builds(built_by(step(*commands)))
    return [build.platform.value if build.platform else "unknown" for build in found]


def sources_of(app: App) -> set[ReleaseSource]:
    """Who names the release, by each build of the app."""
    return {find_build_release_source(build, app) for build in find_builds(app)}


def built_by(*steps: BuildStep, files: dict[str, str] | None = None) -> App:
    return app_facts(MAIN | (files or {}), steps=steps)


def naming(
    command: str, *, files: dict[str, str] | None = None, own: bool = False
) -> ReleaseSource:
    one = replace(step(command), after_our_action=own)
    found = built_by(one, files=files)
    return find_build_release_source(next(iter(find_builds(found))), found)


# --- which commands build the app for users ---


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("flutter build apk", ["android"]),
        ("flutter build appbundle --release --flavor prod", ["android"]),
        ("flutter build ipa", ["ios"]),
        ("flutter build ios --no-codesign && flutter build macos", ["ios", "macos"]),
        ("fvm flutter build web --wasm", ["web"]),
        ("cd app; flutter build linux", ["linux"]),
        ("flutter -v build windows", ["windows"]),
        ("flutter build -v windows", ["windows"]),
        (".fvm/flutter_sdk/bin/flutter build apk", ["android"]),
        ('"$FLUTTER_HOME/bin/flutter" build apk', ["android"]),
        ("C:\\sdk\\flutter\\bin\\flutter.bat build windows", ["windows"]),
        ("shorebird release android", ["android"]),
        ("shorebird release --platforms=ios", ["ios"]),
        ("shorebird patch --platforms ios --release-version=latest", ["ios"]),
        ('bash -c "flutter build web"', ["web"]),
        ("echo y | flutter build web", ["web"]),
        ("echo first && flutter build web", ["web"]),
        ("xcodebuild -scheme Runner archive", ["ios"]),
        ("flutter build ios --config-only && xcodebuild archive", ["ios"]),
        ("flutter build apk && xcodebuild archive", ["android", "ios"]),
        ("cd android && ./gradlew bundleRelease", ["android"]),
        ("fastforge package --platform macos --targets dmg", ["macos"]),
        ("flutter_distributor release --platform=android", ["android"]),
        ("dart run peanut", ["web"]),
        ("dart run msix:create", ["windows"]),
        ("flutter build windows && dart run msix:create", ["windows"]),
        ("flutter build web && dart run msix:create", ["web", "windows"]),
        ("xcodebuild archive\nflutter build ios\nflutter build web", ["ios", "web"]),
        ("flutter build windows\ndart run msix:create\nflutter build web", ["windows", "web"]),
        ("echo first;flutter build web", ["web"]),
        ("echo first&&flutter build web", ["web"]),
        ("UI.message('Next flutter build ipa'); flutter build web", ["web"]),
        ("flutter build apk --debug && flutter build web", ["web"]),
        ("./gradlew bundleRelease && xcodebuild archive", ["ios"]),
    ],
)
def test_a_build_is_found_however_it_is_called(command: str, expected: list[str]) -> None:
    assert platforms(*command.split("\n")) == expected


@pytest.mark.parametrize(
    "command",
    [
        "flutter build apk --debug",
        "flutter build ios --profile",
        "flutter build apk --config-only",
        "flutter build apk --target=integration_test/all_test.dart",
        "flutter build ipa -t test_driver/app.dart",
        'echo "flutter build apk is next"',
        'echo "| flutter build web | done |" >> "$GITHUB_STEP_SUMMARY"',
        "@echo flutter build web",
        'UI.message("flutter build ipa")',
        'desc "Runs flutter build ipa"',
        'raise "Please run flutter build web first"',
        "Write-Host 'flutter build windows'",
        "dart run build_runner build web",
        "flutter build_runner web",
        "my-flutter build web",
        "flutter builds web",
        "flutter build bundle",
        "flutter test",
        "./gradlew bundleRelease",
        "cd android && ./gradlew assembleDebug",
        "xcodebuild -exportArchive archive",
        "xcodebuild -configuration Debug archive",
        "dart run msix:create --build-windows=false",
    ],
)
def test_a_build_that_no_user_gets_is_none(command: str) -> None:
    assert platforms(command) == []


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        (
            'gradle(task: "bundle", build_type: "Release")',
            [("android", 'gradle(task: "bundle", build_type: "Release")')],
        ),
        ('gradle(task: "assembleDebug")', []),
        ("build_ios_app(scheme: 'Runner')", [("ios", "build_ios_app(scheme: 'Runner')")]),
        ("build_mac_app", [("macos", "build_mac_app")]),
        ("gym(skip_build_archive: true)", []),
        ('sh "flutter build ipa"', [("ios", "flutter build ipa")]),
        ("sh('flutter build macos')", [("macos", "flutter build macos")]),
    ],
)
def test_a_lane_of_fastlane_builds_by_its_actions_too(
    statement: str, expected: list[tuple[str, str]]
) -> None:
    found = find_build_commands(statement, is_lane=True)

    assert [(one.platform and one.platform.value, one.text) for one in found] == expected


@pytest.mark.parametrize(
    ("path", "statements", "expected"),
    [
        ("android/fastlane/Fastfile", ["gradle(task: 'bundleRelease')"], [(Platform.ANDROID, False)]),
        ("lanes.txt", ["lane :a do", "gradle(task: 'bundleRelease')"], [(Platform.ANDROID, False)]),
        ("lanes.txt", ["lane :a do", "gradle(task: 'bundle', properties: {'dart-defines' => d})"],
         [(Platform.ANDROID, True)]),
        ("build.sh", ["gradle(task: 'bundleRelease')"], []),
    ],
)  # fmt: skip
def test_an_action_of_fastlane_counts_in_a_lane_alone(
    path: str, statements: list[str], expected: list[tuple[Platform, bool]]
) -> None:
    lane = replace(step(*statements), path=PurePosixPath(path), job=None)

    assert [(one.platform, one.is_opaque) for one in list_builds([lane])] == expected
    assert list(find_build_commands("gradle(task: 'bundleRelease')")) == []


@pytest.mark.parametrize(
    "around",
    [
        "{}",
        "@{}",
        "({})",
        '"{}"',
        "'{}'",
        "x=$({})",
        "{} 2>&1 | tee log",
        "/sdk/{}",
        "sh('cd a; {}')",
        "(sh('{}'))",
    ],
)
def test_a_build_is_quoted_without_what_surrounds_it(around: str) -> None:
    (build,) = find_builds(built_by(step(around.format("flutter build web --dart-define=A=b"))))

    assert build.command == "flutter build web --dart-define=A=b"
    assert [(one.key, one.value) for one in build.defines] == [("A", "b")]


def test_an_operator_in_an_expression_does_not_end_a_build() -> None:
    command = "flutter build web --base-href=${{ inputs.path || '/' }} --dart-define=A=b"
    (build,) = find_builds(built_by(step(f"{command} && ls")))

    assert build.command == command


def test_xcode_gets_the_defines_of_a_build_that_only_configures() -> None:
    assert platforms("flutter build ios --config-only") == ["ios"]


@pytest.mark.parametrize("event", ["pull_request", "pull_request_target", "merge_group"])
def test_what_runs_for_pull_requests_alone_delivers_nothing(event: str) -> None:
    tried = replace(step("flutter build web"), events=frozenset({event}))
    both = replace(tried, events=frozenset({event, "push"}))

    every = frozenset({"pull_request", "pull_request_target", "merge_group"})

    assert list(find_builds(built_by(tried, replace(tried, events=every)))) == []
    assert len(list(find_builds(built_by(both)))) == 1


def test_each_target_of_a_matrix_is_a_build() -> None:
    matrix = {"target": ("apk", "web", "ios --debug")}
    matrix_jobs = replace(step("flutter build ${{ matrix.target }} --release"), matrix=matrix)

    assert [one.platform for one in find_builds(built_by(matrix_jobs))] == [
        Platform.ANDROID,
        Platform.WEB,
    ]


def test_a_target_in_a_variable_is_a_build_of_an_unknown_platform() -> None:
    """A variable of a matrix may hold arguments as well: nothing is sure of that build."""
    found = list(
        find_builds(built_by(step("flutter build $KIND", "flutter build ${{ matrix.kind }}")))
    )

    assert [(one.platform, one.is_opaque) for one in found] == [(None, False), (None, True)]


# --- what a build is given ---


@pytest.mark.parametrize(
    ("command", "value"),
    [
        ("--dart-define=SENTRY_RELEASE=a@1", "a@1"),
        ("--dart-define SENTRY_RELEASE=a@1", "a@1"),
        ('--dart-define=SENTRY_RELEASE="a b@1"', "a b@1"),
        ("'--dart-define=SENTRY_RELEASE=a@1'", "a@1"),
        ('--dart-define="SENTRY_RELEASE=a@1"', "a@1"),
        ("--dart-define=SENTRY_RELEASE=${{ steps.a.outputs.b }}", "${{ steps.a.outputs.b }}"),
        ("--dart-define=SENTRY_RELEASE=", ""),
        ("--dart-define=SENTRY_RELEASE= --release", ""),
        ("--DartDefines=SENTRY_RELEASE=a", "a"),
    ],
)
def test_the_value_of_a_define_is_reported_without_its_quotes(command: str, value: str) -> None:
    found = parse_dart_defines(f"flutter build web {command}")

    assert [(one.key, one.value) for one in found] == [("SENTRY_RELEASE", value)]


def test_the_files_of_defines_are_reported_in_their_order() -> None:
    command = "flutter build web --dart-define-from-file=a.json --dart-define-from-file 'b c.json'"

    assert parse_define_files(command) == ("a.json", "b c.json")


@pytest.mark.parametrize(
    ("arguments", "hides"),
    [
        ("--release", False),
        ("--build-number=$NUMBER --flavor $FLAVOR", False),
        ("-t $ENTRY --dart-define=A=$A", False),
        ("--dart-define-from-file=$FILE", False),
        ("--build-number #{number}", False),
        ("$ARGUMENTS", True),
        ("--release $ARGUMENTS", True),
        ("--release $THEM", True),
        ("--release $LOG_PATH", False),
        ("-v ${ARGUMENTS}", True),
        ("--release ${{ inputs.arguments }}", True),
        ('--release "$@"', True),
        ("$(./tool/defines)", True),
        ("#{defines.join(' ')}", True),
        ("%ARGUMENTS%", True),
    ],
)
def test_defines_may_hide_where_no_option_explains_a_variable(
    arguments: str, *, hides: bool
) -> None:
    (build,) = find_builds(built_by(step(f"flutter build apk {arguments}")))

    assert build.is_opaque is hides


# --- who names the release ---


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("flutter build web", ReleaseSource.SDK),
        ("flutter build web --dart-define=SENTRY_RELEASE=a@1", ReleaseSource.DEFINE),
        ("flutter build web --dart-define=SENTRY_RELEASE=$SENTRY_RELEASE", ReleaseSource.ACTION),
        (
            'flutter build web "--dart-define=SENTRY_RELEASE=${SENTRY_RELEASE:?}"',
            ReleaseSource.ACTION,
        ),
        ("flutter build web --dart-define-from-file=.sentry-release/a.json", ReleaseSource.ACTION),
        ("sentry-release run -- flutter build web", ReleaseSource.ACTION),
        ("flutter build web; sentry-release run -- ls", ReleaseSource.SDK),
        ("cd android && ./gradlew bundleRelease", ReleaseSource.SDK),
        ("xcodebuild archive", ReleaseSource.SDK),
        ("flutter build web $ARGUMENTS", ReleaseSource.UNKNOWN),
        ("flutter build web --dart-define-from-file=with.json", ReleaseSource.DEFINE),
        ("flutter build web --dart-define-from-file=./without.json", ReleaseSource.SDK),
        ("flutter build web --dart-define-from-file=../with.json", ReleaseSource.UNKNOWN),
        ("flutter build web --dart-define-from-file=/with.json", ReleaseSource.UNKNOWN),
        ("flutter build web --dart-define-from-file=$FILE", ReleaseSource.UNKNOWN),
        ("flutter build web --dart-define-from-file=absent.json", ReleaseSource.UNKNOWN),
    ],
)
def test_who_names_the_release_of_a_build(command: str, expected: ReleaseSource) -> None:
    text = '{"SENTRY_RELEASE": "a@1"}'
    files = {"with.json": text, "/with.json": text, "$FILE": text, "without.json": "{}"}

    assert naming(command, files=files, own=True) is expected


def test_a_file_that_a_command_before_touches_may_hold_anything() -> None:
    build = "flutter build web --dart-define-from-file=config/a.json"
    patched = built_by(step("jq . config/a.json > b", build), files={"config/a.json": "{}"})
    later = built_by(step(build, "cat config/a.json"), files={"config/a.json": "{}"})
    twice = built_by(step(build, build), files={"config/a.json": "{}"})
    other = built_by(step("jq . config/b.json", build), files={"config/a.json": "{}"})

    assert sources_of(patched) == {ReleaseSource.UNKNOWN}
    assert sources_of(later) == {ReleaseSource.SDK}
    assert sources_of(twice) == {ReleaseSource.SDK}
    assert sources_of(other) == {ReleaseSource.SDK}

    after = f"{build.replace('config/a.json', '$FILE')} && cat config/a.json"
    named = replace(step(after), env={"FILE": "config/a.json"})
    assert sources_of(built_by(named, files={"config/a.json": "{}"})) == {ReleaseSource.SDK}


@pytest.mark.parametrize(
    ("settings", "command", "expected"),
    [
        ("windows_build_args: --x", "dart run msix:create", ReleaseSource.UNKNOWN),
        ("build_windows: false", "dart run msix:create", ReleaseSource.UNKNOWN),
        ("windows_build_args: --x", "flutter build windows", ReleaseSource.SDK),
        ("display_name: Shop", "dart run msix:create", ReleaseSource.SDK),
    ],
)
def test_msix_may_pass_defines_by_its_settings(
    settings: str, command: str, expected: ReleaseSource
) -> None:
    pubspec = f"{PUBSPEC}msix_config:\n  {settings}\n"

    assert naming(command, files={"pubspec.yaml": pubspec}) is expected


@pytest.mark.parametrize(
    "beside",
    [
        'build_app(xcargs: "DART_DEFINES=#{defines}")',
        "./gradlew bundleRelease -Pdart-defines=$DEFINES",
    ],
)
def test_defines_that_xcode_or_gradle_gets_may_name_it(beside: str) -> None:
    opaque = built_by(step("flutter build ios --config-only", beside))
    plain = built_by(step("flutter build ios", "xcodebuild archive"))

    assert ReleaseSource.UNKNOWN in sources_of(opaque)
    assert ReleaseSource.SDK not in sources_of(opaque)
    assert sources_of(plain) == {ReleaseSource.SDK}


def test_one_build_without_a_define_is_named_by_the_sdk_and_so_is_an_app_without_builds() -> None:
    both = step("flutter build web", "flutter build apk --dart-define=SENTRY_RELEASE=a@1")

    assert is_named_by_sdk(built_by(both), frozenset(Platform))
    assert is_named_by_sdk(built_by(step("ls")), frozenset(Platform))
    assert not is_named_by_sdk(built_by(both), frozenset({Platform.ANDROID}))


def test_an_app_whose_sdk_another_package_starts_is_not_named_by_the_sdk() -> None:
    foreign = {"lib/main.dart": "void main() => Reporting.start();\n"}
    started_elsewhere = app_facts(foreign, commands=["flutter build apk"])

    assert not is_named_by_sdk(started_elsewhere, frozenset(Platform))


# --- what an `if` lets through, and what a matrix holds ---


@pytest.mark.parametrize(
    ("condition", "remaining"),
    [
        (None, "pull_request push"),
        ("github.event_name == 'push'", "push"),
        ("${{ github.event_name == 'pull_request' }}", "pull_request"),
        ("github.event_name == 'pull_request' && matrix.os == 'linux'", "pull_request"),
        ("(github.event_name == 'push')", "push"),
        ("github.event_name != 'pull_request'", "push"),
        ("github.event_name == 'push' || inputs.force", "pull_request push"),
        ("github.event_name == 'push' && inputs.a || inputs.b", "pull_request push"),
        ("!(github.event_name == 'push')", "pull_request push"),
        ("github.ref == 'refs/heads/main'", "pull_request push"),
    ],
)
def test_an_if_lets_through_the_events_that_it_names(condition: str | None, remaining: str) -> None:
    found = filter_events(frozenset({"push", "pull_request"}), condition)

    assert " ".join(sorted(found)) == remaining


def test_a_matrix_holds_its_lists_and_what_is_included() -> None:
    job = parse_yaml(
        "strategy:\n"
        "  matrix:\n"
        "    target: [apk, web]\n"
        "    flavor: ${{ fromJSON(needs.plan.outputs.flavors) }}\n"
        "    app: [{name: shop, sizes: [1]}, {name: '', dir: web}]\n"
        "    exclude: [{target: apk}]\n"
        "    include:\n"
        "      - {target: web, os: ubuntu-latest}\n"
        "      - {target: ipa, os: macos-latest}\n",
        "a.yml",
    )

    assert parse_matrix(job) == {
        "target": ("apk", "web", "ipa"),
        "flavor": (),
        "app": (),
        "app.name": ("shop",),
        "app.dir": ("web",),
        "os": ("ubuntu-latest", "macos-latest"),
    }
    assert parse_matrix(parse_yaml("runs-on: ubuntu-latest\n", "a.yml")) == {}


# --- FD05: an empty define ---


def empties(*steps: BuildStep) -> list[str]:
    return output(built_by(*steps), "FD05")


def with_release(value: str) -> str:
    return f"flutter build web --dart-define=SENTRY_RELEASE={value}"


@pytest.mark.parametrize("value", ["", '""', "''", "$RELEASE", '"${RELEASE}"'])
def test_a_define_without_a_value_is_an_error(value: str) -> None:
    assert empties(step(with_release(value))) == [f"FD05 error {SHIP_WORKFLOW}:2"]


@pytest.mark.parametrize(
    "before",
    [
        "RELEASE=a@1",
        "export RELEASE=a@1",
        "read -r RELEASE < name",
        "for RELEASE in a b; do",
        "source ./name.sh",
        ". ./name.sh",
        'eval "$(./name.sh)"',
        "printf -v RELEASE %s a@1",
        ': "${RELEASE:=a@1}"',
        ': "${RELEASE=a@1}"',
        "$release = 'a@1'",
        "set RELEASE=a@1",
    ],
)
def test_a_variable_that_the_script_sets_is_not_empty(before: str) -> None:
    assert empties(step(before, with_release("$RELEASE"))) == []


def test_a_variable_of_the_step_or_of_an_earlier_one_is_not_empty() -> None:
    build = step(with_release("$RELEASE"), line=10)

    assert empties(replace(build, env={"RELEASE": "a@1"})) == []
    assert empties(replace(build, exported=frozenset({"RELEASE"}))) == []
    assert empties(step('echo "$A" >> $GITHUB_ENV'), build) == []
    assert (
        empties(BuildStep(path=SHIP_WORKFLOW, line=1, job="ship", uses="acme/names@v1"), build)
        == []
    )


def test_a_variable_is_empty_that_the_step_sets_to_nothing_and_that_known_actions_leave() -> None:
    build = step(with_release("$RELEASE"), line=10)
    checkout = BuildStep(path=SHIP_WORKFLOW, line=1, job="ship", uses="actions/checkout@v5")

    assert empties(replace(build, env={"RELEASE": ""})) == [f"FD05 error {SHIP_WORKFLOW}:11"]
    assert empties(checkout, build) == [f"FD05 error {SHIP_WORKFLOW}:11"]
    own = replace(checkout, uses="appcrew/sentry-release-flutter/host/health@v1")
    assert empties(own, build) == [f"FD05 error {SHIP_WORKFLOW}:11"]


def test_only_earlier_steps_of_the_job_may_set_a_variable() -> None:
    build = step('echo "A=b" >> $GITHUB_ENV', with_release("$RELEASE"), line=10)
    unknown = BuildStep(path=SHIP_WORKFLOW, line=1, job="ship", uses="acme/names@v1")

    assert empties(build) == [f"FD05 error {SHIP_WORKFLOW}:12"]
    assert empties(unknown, build) == []
    assert empties(replace(unknown, job="other"), build) == [f"FD05 error {SHIP_WORKFLOW}:12"]
    assert empties(replace(unknown, line=20), build) == [f"FD05 error {SHIP_WORKFLOW}:12"]


def test_an_empty_release_after_another_define_is_reported() -> None:
    both = "flutter build web --dart-define=A=b --dart-define=SENTRY_RELEASE="

    assert empties(step(both)) == [f"FD05 error {SHIP_WORKFLOW}:2"]


SENTRY = "{uses: appcrew/sentry-release-flutter@v1, id: sentry}"


@pytest.mark.parametrize(
    ("reference", "steps", "reason"),
    [
        ("steps.sentry.outputs.release", [SENTRY], None),
        ("steps.SENTRY.outputs.Release", [SENTRY], None),
        ("steps.sentry.outputs.name", [SENTRY], "this action has no output `name`"),
        ("steps.sentry.outputs.name", [SENTRY, "{run: ls, id: sentry}"], None),
        ("steps.sentry.outputs.name", ["{run: ls, id: sentry}", SENTRY],
         "this action has no output `name`"),
        ("steps.sentry.outputs.name", ["{run: ls, id: sentry}"], None),
        ("steps.other.outputs.release", [SENTRY], "no earlier step of the job has the id `other`"),
        ("steps.later.outputs.release", [SENTRY], "no earlier step of the job has the id `later`"),
        ("needs.names.outputs.name", [], None),
        ("needs.NAMES.outputs.NAME", [], None),
        ("needs.names.outputs.release", [], "the job `names` has no output `release`"),
        ("needs.called.outputs.release", [], None),
        ("needs.missing.outputs.release", [], None),
    ],
)  # fmt: skip
@pytest.mark.parametrize("through", ["define", "variable"])
def test_an_output_that_no_step_or_job_has_is_empty(
    through: str, reference: str, steps: list[str], reason: str | None
) -> None:
    value = f"${{{{ {reference} }}}}"
    build = (
        f"run: {with_release(value)}"
        if through == "define"
        else f"{{run: {with_release('$R')}, env: {{R: '{value}'}}}}"
    )
    jobs = "jobs:\n  names: {outputs: {Name: a}}\n  called: {uses: ./a.yml}\n"
    text = workflow_of(*steps, build, "{run: ls, id: later}").replace("jobs:\n", jobs)

    assert [one.message for one in found(workflow_app(text), "FD05")] == (
        [f"The define SENTRY_RELEASE is empty: {reason}."] if reason else []
    )


@pytest.mark.parametrize(
    "value", ["$GITHUB_REF_NAME", "$CI_COMMIT_TAG", "a@$V", "$(name)", "${A:-b}"]
)
def test_variables_of_the_host_and_longer_values_are_not_reported(value: str) -> None:
    assert empties(step(with_release(value))) == []


def test_a_script_gets_its_variables_from_its_callers() -> None:
    script = replace(step(with_release("$RELEASE")), job=None)

    assert empties(script) == []


# --- FD32: names that Flutter keeps ---


def reserved(*steps: BuildStep, files: dict[str, str] | None = None) -> list[str]:
    return output(built_by(*steps, files=files), "FD32")


@pytest.mark.parametrize(
    "name", ["FLUTTER_BUILD_NAME", "FLUTTER_BUILD_NUMBER", "FLUTTER_APP_FLAVOR"]
)
def test_a_reserved_variable_around_flutter_is_reported_where_it_is_set(name: str) -> None:
    built = replace(step("flutter build apk"), env={name: "1"}, env_lines={name: 7})

    assert reserved(built) == [f"FD32 error {SHIP_WORKFLOW}:7"]
    assert reserved(replace(built, commands=(Command(text="npm ci", line=2),))) == []
    assert reserved(step(f"export {name}=1", "flutter build apk")) == [
        f"FD32 error {SHIP_WORKFLOW}:2"
    ]
    assert reserved(step(f"{name}=1", f"flutter build apk --build-number=${name}")) == []


def test_a_reserved_variable_is_reported_where_it_is_handed_to_a_later_step_with_flutter() -> None:
    hands = step('echo "FLUTTER_BUILD_NUMBER=7" >> "$GITHUB_ENV"')
    builds = step("flutter build apk", line=9)

    assert reserved(hands, builds) == [f"FD32 error {SHIP_WORKFLOW}:2"]
    assert reserved(hands, replace(builds, job="another")) == []
    assert reserved(builds, replace(hands, line=20)) == []


@pytest.mark.parametrize(
    ("key", "is_kept"),
    [("FLUTTER_BUILD_NAME", True), ("FLUTTER_VERSION_X", True), ("FLUTTER_FLAVOR", False)],
)
def test_a_reserved_define_is_reported_on_the_command_and_in_the_file(
    key: str, *, is_kept: bool
) -> None:
    on_command = reserved(step(f"flutter build apk --dart-define={key}=1"))
    file = {"a.json": f'{{\n  "A": "b",\n  "{key}": "1"\n}}\n'}
    in_file = reserved(step("flutter build apk --dart-define-from-file=a.json"), files=file)

    assert on_command == [f"FD32 error {SHIP_WORKFLOW}:2"] * is_kept
    assert in_file == ["FD32 error a.json:3"] * is_kept


# --- FD34: builds without the name ---


def without(*commands: str, files: dict[str, str] | None = None) -> list[str]:
    return output(built_by(step(*commands), files=files), "FD34")


def test_every_build_without_the_define_is_reported_at_its_line() -> None:
    found = without("flutter build web", "ls", with_release("a@1"), "flutter build apk")

    assert found == [f"FD34 warning {SHIP_WORKFLOW}:2", f"FD34 warning {SHIP_WORKFLOW}:5"]


def test_a_matrix_of_builds_is_reported_once() -> None:
    matrix_jobs = replace(step("flutter build ${{ matrix.t }}"), matrix={"t": ("apk", "web")})

    assert output(built_by(matrix_jobs), "FD34") == [f"FD34 warning {SHIP_WORKFLOW}:2"]


def test_no_define_is_missed_where_the_code_names_the_release_or_nothing_reports() -> None:
    named = {"lib/main.dart": app("options.release = releaseName();")}
    by_define = {"lib/main.dart": app("options.release = const String.fromEnvironment('APP');")}
    foreign = {"lib/main.dart": "void main() => Reporting.start();\n"}

    assert output(app_facts(named, commands=["flutter build web"]), "FD34") == []
    assert output(app_facts(by_define, commands=["flutter build web"]), "FD34") == []
    assert output(app_facts(foreign, commands=["flutter build web"]), "FD34") == []
    assert output(app_facts(MAIN, commands=["flutter build web"], sdk=None), "FD34") == []


@pytest.mark.parametrize(
    ("commands", "line", "message"),
    [
        (["ls", "flutter build apk --analyze-size"], 3,
         "`flutter build apk --analyze-size`, which only checks the app, passes no SENTRY_RELEASE."),
        (["flutter build apk --analyze-size", "flutter build ios --analyze-size"], 2,
         "2 builds that only check the app pass no SENTRY_RELEASE."),
        (["flutter build apk --analyze-size --dart-define=SENTRY_RELEASE=a@1"], None, ""),
    ],
)  # fmt: skip
def test_builds_that_only_check_the_app_are_one_hint(
    commands: list[str], line: int | None, message: str
) -> None:
    findings = found(built_by(step(*commands)), "FD34")

    assert [(one.line, one.message, one.severity) for one in findings] == (
        [(line, message, Severity.INFO)] if line else []
    )


def test_a_build_of_a_job_that_delivers_nothing_is_a_check() -> None:
    build = replace(step("flutter build apk"), events=frozenset({"push"}))
    tried = replace(build, is_delivered=False, job="test", path=PurePosixPath("check.yml"))

    assert [one.is_check for one in list_builds([build, tried])] == [False, True]
