"""Claims about sentry_dart_plugin in a project: FD29, FD30 and FD31."""

from dataclasses import replace
from pathlib import PurePosixPath

import pytest

from doctor_app import app, app_facts, found, output
from sentry_release.doctor.app import App, BuildStep, Command
from sentry_release.model.platform import Identity, Platform
from sentry_release.model.release import Release

PUBSPEC = """\
name: shop
version: 1.4.0+27
dependencies:
  sentry_flutter: ^9.8.0
dev_dependencies:
  sentry_dart_plugin: ^3.0.0
"""
SHIP_WORKFLOW = PurePosixPath(".github/workflows/ship.yml")
RUN = "dart run sentry_dart_plugin"
ANDROID = {Platform.ANDROID: Identity(app_id="com.acme.shop", version="1.4.0", build="27")}
OWN_ACTION = "appcrew/sentry-release-flutter@v1"


def step(*commands: str, line: int = 1) -> BuildStep:
    lines = tuple(Command(text=text, line=line + at) for at, text in enumerate(commands, 1))
    return BuildStep(path=SHIP_WORKFLOW, line=line, job="ship", commands=lines)


def project(
    *steps: BuildStep, section: str = "", properties: str | None = None, pubspec: str = PUBSPEC
) -> App:
    files = {"lib/main.dart": app("options.dsn = '';"), "pubspec.yaml": pubspec + section}
    files |= {} if properties is None else {"sentry.properties": properties}
    return app_facts(files, steps=steps, identities=ANDROID)


# --- FD29: the plugin and the app disagree ---


def disagreements(*steps: BuildStep, section: str = "", properties: str | None = None) -> list[str]:
    return output(project(*steps, section=section, properties=properties), "FD29")


@pytest.mark.parametrize(
    "command",
    [
        RUN,
        "fvm dart run sentry_dart_plugin --ignore-missing",
        "flutter pub run sentry_dart_plugin",
        "flutter packages pub run sentry_dart_plugin",
        "cd app && dart run sentry_dart_plugin --sentry-define=dist=27",
    ],
)
def test_a_plugin_that_names_it_by_the_pubspec_is_reported_where_it_runs(command: str) -> None:
    assert disagreements(step("ls", command)) == [f"FD29 warning {SHIP_WORKFLOW}:3"]


def test_the_finding_names_both_releases() -> None:
    (one,) = found(project(step(RUN)), "FD29")

    assert one.message == (
        "The plugin uploads for 'shop@1.4.0+27', but the app reports com.acme.shop@1.4.0+27."
    )


@pytest.mark.parametrize(
    "commands",
    [
        ["SENTRY_RELEASE=a@1 dart run sentry_dart_plugin"],
        ["export SENTRY_RELEASE=a@1", RUN],
        ['export "SENTRY_RELEASE=a@1"', RUN],
        ["$env:SENTRY_RELEASE = 'a@1'", RUN],
        ["set SENTRY_RELEASE=a@1", RUN],
        ['ENV["SENTRY_RELEASE"] = name', 'sh "dart run sentry_dart_plugin"'],
        ["source ./env.sh", RUN],
        [f"source ./env.sh && {RUN}"],
        [". ./env.sh", RUN],
        ['eval "$(./env)"', RUN],
        [f"{RUN} --sentry-define=release=com.acme.shop@1.4.0+27"],
        [f"{RUN} --sentry-define=name=com.acme.shop"],
        ["dart pub add sentry_dart_plugin", "echo sentry_dart_plugin"],
    ],
)
def test_a_plugin_that_is_given_the_name_or_does_not_run_is_not_reported(
    commands: list[str],
) -> None:
    assert disagreements(step(*commands)) == []


@pytest.mark.parametrize(
    "commands", [[RUN, "export SENTRY_RELEASE=a@1"], ["SENTRY_RELEASE=a@1", RUN]]
)
def test_a_variable_that_comes_too_late_or_stays_in_the_shell_names_nothing(
    commands: list[str],
) -> None:
    assert len(disagreements(step(*commands))) == 1


def test_a_dist_that_is_only_known_at_run_time_is_not_compared() -> None:
    runs = step(f"{RUN} --sentry-define=dist=$NUMBER")

    assert disagreements(runs, section="sentry:\n  name: com.acme.shop\n") == []
    assert disagreements(runs) == [f"FD29 warning {SHIP_WORKFLOW}:2"]


def test_the_environment_of_the_step_names_it() -> None:
    assert disagreements(replace(step(RUN), env={"SENTRY_RELEASE": "a@1"})) == []
    assert disagreements(replace(step(RUN), exported=frozenset({"SENTRY_RELEASE"}))) == []


@pytest.mark.parametrize(
    ("properties", "outputs"),
    [
        ("release=com.acme.shop@1.4.0+27\n", False),
        ("  release: com.acme.shop@1.4.0+27  \n", False),
        ("org=acme\nname=com.acme.shop\n", False),
        ("org=acme\r\nname=com.acme.shop\r\n", False),
        ("#release=com.acme.shop@1.4.0+27\n", True),
        ("release=other@1\n", True),
        ("release=\nname=com.acme.shop\n", False),
        ("dist=28\nname=com.acme.shop\n", True),
        ("", True),
    ],
)
def test_sentry_properties_name_it_where_the_pubspec_does_not(
    properties: str, *, outputs: bool
) -> None:
    assert bool(disagreements(step(RUN), properties=properties)) is outputs


def test_the_pubspec_wins_over_sentry_properties() -> None:
    section = "sentry:\n  name: com.acme.shop\n"

    assert disagreements(step(RUN), section=section, properties="name=other\n") == []


@pytest.mark.parametrize(
    ("command", "env", "dist"),
    [
        (f"{RUN} --sentry-define=dist=28", {}, "28"),
        (f"{RUN} --sentry-define=dist=27", {}, None),
        (f"{RUN} --sentry-define=dist=$NUMBER", {}, None),
        (RUN, {}, None),
        (RUN, {"SENTRY_DIST": "28"}, "28"),
        (RUN, {"SENTRY_DIST": ""}, None),
        (f"SENTRY_DIST=29 {RUN}", {"SENTRY_DIST": "28"}, "29"),
        (f"SENTRY_DIST=29 {RUN}", {}, "29"),
        (f"{RUN} --sentry-define=dist=27", {"SENTRY_DIST": "28"}, "28"),
    ],
)
def test_a_plugin_with_the_release_needs_the_dist_of_the_build(
    command: str, env: dict[str, str], dist: str | None
) -> None:
    runs = replace(
        step("flutter build apk", command), env={"SENTRY_RELEASE": "com.acme.shop@1.4.0+27", **env}
    )
    by_action = step("sentry-release run -- flutter build apk", command)

    assert [one.message for one in found(project(runs), "FD29")] == (
        [f"The plugin gets the dist '{dist}', but the app reports 27."] if dist else []
    )
    assert found(project(replace(by_action, env=runs.env)), "FD29") == []


def test_other_defines_and_unreadable_builds_are_not_checked() -> None:
    named = step("flutter build apk --dart-define=SENTRY_RELEASE=a@1", RUN)

    assert disagreements(named) == []
    assert disagreements(step("flutter build apk $ARGUMENTS", RUN)) == []


@pytest.mark.parametrize(
    ("flags", "reported"),
    [
        ("apk --build-name=2.0.0", "com.acme.shop@2.0.0+27"),
        ("apk --build-number 28", "com.acme.shop@1.4.0+28"),
        ("apk --build-name='2.0.0' --build-number=28", "com.acme.shop@2.0.0+28"),
        ("apk --build-number=$NUMBER", None),
        ("ios --build-name=2.0.0", None),
        ("ios", None),
    ],
)
def test_a_build_reports_the_version_of_its_flags_on_a_platform_that_is_known(
    flags: str, reported: str | None
) -> None:
    findings = found(project(step(f"flutter build {flags}", RUN)), "FD29")

    assert [one.message for one in findings] == (
        [f"The plugin uploads for 'shop@1.4.0+27', but the app reports {reported}."]
        if reported
        else []
    )


def test_the_name_that_this_action_gives_a_build_is_compared_if_it_is_known() -> None:
    uses = step("flutter build apk --dart-define-from-file=.sentry-release/defines.json", RUN)
    other = replace(project(uses), release=Release(name="shop@2.0.0"))

    assert output(project(uses), "FD29") == []
    assert output(other, "FD29") == [f"FD29 warning {SHIP_WORKFLOW}:3"]
    assert output(replace(other, release=None), "FD29") == []


def test_a_project_without_the_plugin_is_not_reported() -> None:
    without = "name: shop\nversion: 1.4.0+27\ndependencies:\n  sentry_flutter: ^9.8.0\n"

    assert output(project(step(RUN), pubspec=without), "FD29", "FD30", "FD31") == []


# --- FD30: keys without a value ---


@pytest.mark.parametrize("blank", ["", " ~", " null", " # later"])
@pytest.mark.parametrize("key", ["release", "dist", "version", "name"])
def test_a_key_without_a_value_is_reported_at_its_line(key: str, blank: str) -> None:
    section = f"sentry:\n  org: acme\n  {key}:{blank}\n  project: shop\n"

    assert output(project(section=section), "FD30") == ["FD30 error pubspec.yaml:9"]


@pytest.mark.parametrize(
    "section",
    [
        "sentry:\n  release: 'null'\n",
        "sentry:\n  release: ''\n",
        "sentry:\n  dist: 27\n",
        "sentry:\n  # release:\n  org: acme\n",
        "sentry:\n  auth_token:\n",
        "other:\n  release:\n",
        "sentry:\n",
        "sentry: [release]\n",
    ],
)
def test_keys_with_a_value_and_keys_of_others_are_not_reported(section: str) -> None:
    assert output(project(section=section), "FD30") == []


def test_a_key_that_a_script_fills_is_not_reported() -> None:
    section = "sentry:\n  release:\n  dist:\n"
    fills = step("sed -i 's/^  dist:.*/  dist: 7/' pubspec.yaml")

    assert output(project(fills, section=section), "FD30") == ["FD30 error pubspec.yaml:8"]


# --- FD31: commits that are set twice ---


def own(**inputs: str) -> BuildStep:
    return BuildStep(path=SHIP_WORKFLOW, line=1, job="ship", uses=OWN_ACTION, inputs=inputs)


def twice(
    action: BuildStep, command: str = RUN, *, section: str = "", properties: str | None = None
) -> list[str]:
    runs = replace(step(command, line=5), after_our_action=True)
    return output(project(action, runs, section=section, properties=properties), "FD31")


def test_commits_of_the_plugin_after_the_actions_are_reported_at_its_section_or_its_dependency() -> (
    None
):
    assert twice(own(), section="sentry:\n  org: acme\n") == ["FD31 warning pubspec.yaml:7"]
    assert twice(own()) == ["FD31 warning pubspec.yaml:6"]
    quoted = PUBSPEC.replace("sentry_dart_plugin:", "'sentry_dart_plugin':")
    runs = replace(step(RUN, line=5), after_our_action=True)
    assert output(project(own(), runs, pubspec=quoted), "FD31") == ["FD31 warning pubspec.yaml:1"]
    assert twice(own(), properties="commits=auto\n") == ["FD31 warning pubspec.yaml:6"]
    assert twice(own(), properties="commits=\nfalse=1\n") == ["FD31 warning pubspec.yaml:6"]


@pytest.mark.parametrize(
    ("action", "lines"),
    [
        ("host", ["FD31 warning pubspec.yaml:6"]),
        ("deploy", ["FD31 warning pubspec.yaml:6"]),
        ("host/deploy", ["FD31 warning pubspec.yaml:6"]),
        ("upload", []),
        ("health", []),
        ("doctor", []),
    ],
)
def test_only_actions_that_set_commits_collide_with_the_plugin(
    action: str, lines: list[str]
) -> None:
    step = replace(own(), uses=f"appcrew/sentry-release-flutter/{action}@v1")

    assert twice(step) == lines


def test_the_first_run_of_the_plugin_with_commits_is_named() -> None:
    runs = replace(step(f"{RUN} --sentry-define=commits=false", RUN, RUN), after_our_action=True)

    (finding,) = found(project(own(), runs), "FD31")
    assert finding.message == (
        f"{SHIP_WORKFLOW}:3 runs the plugin after this action, with commits enabled."
    )


@pytest.mark.parametrize("value", ["false", "'false'", '"false"'])
def test_commits_that_are_off_in_the_pubspec_are_not_reported(value: str) -> None:
    assert twice(own(), section=f"sentry:\n  commits: {value}\n") == []


def test_commits_that_are_off_elsewhere_or_not_linked_by_us_are_not_reported() -> None:
    assert twice(own(), properties="commits=false\n") == []
    assert twice(own(), f"{RUN} --sentry-define=commits=false") == []
    assert twice(own(**{"set-commits": "skip"})) == []
    assert output(project(step(RUN)), "FD31") == []
