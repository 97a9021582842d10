"""Claims about CI files of other services than GitHub, and about the folders that commands run in."""

from pathlib import PurePosixPath
from textwrap import dedent

import pytest

from sentry_release.doctor.app import BuildStep
from sentry_release.doctor.ci_files.other_ci import parse_other_ci_steps
from sentry_release.doctor.ci_files.shell import LogicalLine
from sentry_release.doctor.ci_files.shell_directory import (
    AppLocation,
    ShellState,
    WorkingDirectory,
    selects_package,
)
from sentry_release.flutter.yaml_document import parse_yaml

PACKAGES = {PurePosixPath("apps/shop"), PurePosixPath("apps/till")}
SHOP = AppLocation(folder=PurePosixPath("apps/shop"), is_package=PACKAGES.__contains__, name="shop")
ROOT = AppLocation(folder=PurePosixPath(), is_package=lambda _: False, name="shop")


def parse(text: str, name: str, app: AppLocation = ROOT) -> tuple[BuildStep, ...]:
    return parse_other_ci_steps(PurePosixPath(name), parse_yaml(dedent(text), name), app)


def commands(text: str, name: str, app: AppLocation = ROOT) -> list[str]:
    """The commands of all steps, as `line text`."""
    return [f"{one.line} {one.text}" for step in parse(text, name, app) for one in step.commands]


# --- services without a reader of their own ---


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("jobs: {a: {steps: [{script: flutter build apk}]}}", ["1 flutter build apk"]),
        ("jobs:\n  a:\n    steps:\n      - run:\n          command: flutter build web\n",
         ["5 flutter build web"]),
        ("steps:\n  - run: flutter build web\n", ["2 flutter build web"]),
        ("tasks:\n  a:\n    cmds:\n      - flutter build {{.TARGET}}\n      - {cmd: ls}\n",
         ["4 flutter build ${TARGET}", "5 ls"]),
        ("parts:\n  app:\n    plugin: flutter\n", ["3 flutter build linux --release"]),
        ("parts: {app: {plugin: python}}", []),
        ("name: flutter build apk\n", []),
        ("steps:\n  - script: |\n      ls\n\n      flutter build ipa\n",
         ["3 ls", "5 flutter build ipa"]),
    ],
)  # fmt: skip
def test_scripts_are_found_at_any_depth_on_their_lines(text: str, expected: list[str]) -> None:
    assert commands(text, "azure-pipelines.yml") == expected


def test_a_step_begins_at_its_first_command_and_knows_what_earlier_ones_export() -> None:
    text = """\
    steps:
      - script: |
          ls
          echo "A=1" >> $GITHUB_ENV
      - script: flutter build ipa --dart-define=A=$A
    """
    (step,) = parse(text, "azure-pipelines.yml")[1:]
    first = parse(text, "azure-pipelines.yml")[0]

    assert (first.line, step.line) == (3, 5)
    assert step.exported == {"A"}


def test_variables_are_those_of_all_mappings_around_a_script_the_innermost_first() -> None:
    text = """\
    variables: [{name: A, value: top}, {name: B, value: top}, {group: secrets}]
    jobs:
      web:
        env: {B: job, LIST: [x]}
        steps:
          - script: flutter build web --dart-define=X=$A$B$C
            env: {D: step}
    """
    (step,) = parse(text, "azure-pipelines.yml")

    assert step.env == {"A": "top", "B": "job", "D": "step"}
    assert step.env_lines == {"A": 1, "B": 4, "D": 7}
    assert step.exported == {"C"}
    assert step.line == 6


@pytest.mark.parametrize(
    "step",
    [
        "{script: flutter build web, working_directory: apps/shop}",
        "{script: flutter build web, workingDirectory: apps/shop}",
        "{cmd: flutter build web, dir: apps/shop}",
        "{run: {command: flutter build web, working_directory: apps/shop}}",
    ],
)
def test_the_folder_beside_a_script_decides_for_which_app_it_is(step: str) -> None:
    text = f"steps:\n  - {step}\n"

    assert commands(text, "azure-pipelines.yml", SHOP) == ["2 flutter build web"]
    assert commands(text.replace("shop", "till"), "azure-pipelines.yml", SHOP) == []


def test_a_file_of_many_nested_nodes_ends() -> None:
    deep = "a: " + "{a: " * 60 + "{run: flutter build apk}" + "}" * 60
    shallow = "a: " + "{a: " * 10 + "{run: flutter build apk}" + "}" * 10

    assert commands(deep, "azure-pipelines.yml") == []
    assert commands(shallow, "azure-pipelines.yml") == ["1 flutter build apk"]


# --- Codemagic, GitLab, Bitrise ---


def test_codemagic_has_a_folder_events_and_variables_from_its_settings_with_groups_alone() -> None:
    text = """\
    workflows:
      ship:
        working_directory: apps/shop
        triggering: {events: [push, pull_request]}
        environment: {vars: {A: b}}
        scripts: [flutter build apk --dart-define=A=$SECRET, {script: flutter build web}]
      till: {working_directory: apps/till, scripts: [flutter build ipa]}
    """
    first, second = parse(text, "codemagic.yaml", SHOP)

    assert [first.commands[0].text, second.commands[0].text] == [
        "flutter build apk --dart-define=A=$SECRET",
        "flutter build web",
    ]
    assert first.job == "ship"
    assert first.events == {"push", "pull_request"}
    assert first.env == {"A": "b"}
    assert first.exported == frozenset()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("web: {script: flutter build web}", ["flutter build web"]),
        ("web: {script: [[flutter pub get, ls], flutter build web]}",
         ["flutter pub get", "ls", "flutter build web"]),
        ("before_script: [first]\nweb: {script: [second]}", ["first", "second"]),
        ("before_script: [first]\ndefault: {before_script: [zero]}\nweb: {script: [second]}",
         ["zero", "second"]),
        ("before_script: [first]\nweb: {before_script: [own], script: [second]}", ["own", "second"]),
        ("before_script: [first]\nweb: {before_script: [], script: [second]}", ["second"]),
        ("web: {script: [one], after_script: [two]}", ["one", "two"]),
        ("workflow: {script: [one]}\nweb: text\n", []),
    ],
)  # fmt: skip
def test_gitlab_runs_the_nearest_before_script_and_then_the_script(
    text: str, expected: list[str]
) -> None:
    found = [one.text for step in parse(text, ".gitlab-ci.yml") for one in step.commands]

    assert found == expected


def test_gitlab_keeps_the_folder_from_line_to_line_but_not_in_after_script() -> None:
    text = """\
    variables: {A: all, B: all}
    web:
      variables: {B: web}
      before_script: [cd apps/shop]
      script: [flutter build web]
      after_script: [flutter build apk]
    """
    found = parse(text, ".gitlab-ci.yml", SHOP)

    assert [one.text for step in found for one in step.commands] == [
        "cd apps/shop",
        "flutter build web",
    ]
    assert found[0].env == {"A": "all", "B": "web"}


@pytest.mark.parametrize(
    ("job", "events"),
    [
        ("only: merge_requests", {"pull_request"}),
        ("only: [merge_requests]", {"pull_request"}),
        ("only: {refs: [merge_requests]}", {"pull_request"}),
        ("only: [merge_requests, main]", set()),
        ("rules: [{if: '$CI_PIPELINE_SOURCE == \"merge_request_event\"'}]", {"pull_request"}),
        ("rules: [{if: $CI_MERGE_REQUEST_IID}, {if: $CI_COMMIT_TAG, when: never}]", {"pull_request"}),
        ("rules: [{if: $CI_MERGE_REQUEST_IID}, {if: $CI_COMMIT_TAG}]", set()),
        ("rules: [{when: never}]", set()),
        ("tags: [x]", set()),
    ],
)  # fmt: skip
def test_a_job_of_gitlab_is_for_pull_requests_if_it_runs_for_nothing_else(
    job: str, events: set[str]
) -> None:
    (step,) = parse(f"web:\n  script: flutter build web\n  {job}\n", ".gitlab-ci.yml")

    assert step.events == events


def test_bitrise_has_variables_of_the_app_and_of_the_workflow() -> None:
    text = """\
    app: {envs: [{A: app, opts: {is_expand: false}}]}
    workflows:
      ship:
        envs: [{B: own}]
        steps: [{script@1: {inputs: [{content: flutter build apk}]}}, {git-clone: {}}]
    """
    (step,) = parse(text, "bitrise.yml")

    assert step.env == {"A": "app", "B": "own"}
    assert (step.job, step.commands[0].text) == ("ship", "flutter build apk")


@pytest.mark.parametrize(
    ("script", "runs"),
    [
        ("{run: cd apps/shop && flutter build apk}", True),
        ("{run: cd apps/till && flutter build apk}", False),
        ("{exec: flutter build apk}", True),
        ("{exec: {concurrency: 1}, run: flutter build apk}", True),
        ("{exec: flutter build apk, packageFilters: {scope: shop}}", True),
        ("{exec: flutter build apk, packageFilters: {scope: [till, sh*]}}", True),
        ("{exec: flutter build apk, packageFilters: {scope: till}}", False),
        ("{exec: flutter build apk, packageFilters: {ignore: shop}}", False),
        ("{exec: flutter build apk, packageFilters: {ignore: till}}", True),
        ("{exec: flutter build apk, select-package: {scope: till}}", False),
        ("{exec: flutter build apk, packageFilters: {}, select-package: {scope: till}}", True),
        ("{run: melos exec -- flutter build apk, packageFilters: {scope: till}}", True),
        ("{steps: [cd apps/shop && flutter build apk]}", True),
    ],
)
def test_a_script_of_melos_runs_in_the_packages_that_its_filters_select(
    script: str, *, runs: bool
) -> None:
    text = f"scripts:\n  build: {script}\n"

    assert bool(commands(text, "melos.yaml", SHOP)) is runs
    assert (
        bool(commands(f"melos:\n  {text.replace(chr(10), chr(10) + '  ')}", "pubspec.yaml", SHOP))
        is runs
    )


# --- folders ---


@pytest.mark.parametrize(
    ("start", "path", "expected"),
    [
        ("", "a/b", "a/b"),
        ("a", "..", ""),
        ("a/b", "../c", "a/c"),
        ("", "..", "**"),
        ("**", "..", "**"),
        ("**", "a", "**/a"),
        ("a", "./b//c/", "a/b/c"),
        ("a", "'b c'", "a/b c"),
        ("a", '"b"', "a/b"),
        ("a", "b\\c", "a/b/c"),
        ("a", "..\\b", "b"),
        ("**/a/b", "..", "**/a"),
        ("**", "../a", "**/a"),
        ("a", "$X", "**"),
        ("a", "$X/b", "**"),
        ("a", "b/$X", "a/b/*"),
        ("a", "b-${{ matrix.x }}", "a/b-*"),
        ("a", "$GITHUB_WORKSPACE/b", "b"),
        ("a", "${{ github.workspace }}", ""),
        ("a/b", "${{ github.workspace }}/c", "c"),
        ("a", "${CI_PROJECT_DIR}/b", "b"),
        ("a", "~", "**"),
        ("a", "-", "**"),
        ("a", "/b", "**"),
        ("", "a/" * 100, "/".join("a" * 100)),
        ("", "a/" * 101, "**"),
        ("", "a" * 1000, "a" * 1000),
        ("", "a" * 1001, "**"),
    ],
)
def test_a_folder_is_followed_as_far_as_it_is_known(start: str, path: str, expected: str) -> None:
    here = WorkingDirectory(parts=tuple(filter(None, start.split("/"))))

    assert "/".join(here.enter(path).parts) == expected


@pytest.mark.parametrize(
    ("place", "builds"),
    [
        ("apps/shop", True),
        ("apps/shop/android", True),
        ("apps/shop/packages/ui", True),
        ("apps", False),
        ("", False),
        ("apps/till", False),
        ("apps/*", True),
        ("apps/till/*", False),
        ("*/shop", True),
        ("**", True),
        ("**/apps/shop", True),
        ("**/shop", True),
        ("**/till", False),
        ("**/apps/till", False),
        ("*/till", False),
        ("**/tools", True),
        ("**/*", True),
    ],
)
def test_flutter_builds_the_app_in_its_folder_below_it_or_perhaps_in_an_unknown_one(
    place: str, *, builds: bool
) -> None:
    here = WorkingDirectory(parts=tuple(filter(None, place.split("/"))))

    assert SHOP.may_be_built_in(here) is builds


def test_a_package_inside_the_app_is_another_one() -> None:
    example = AppLocation(
        folder=PurePosixPath("apps/shop"),
        is_package=lambda path: path.name in {"shop", "example"},
    )

    assert not example.may_be_built_in(WorkingDirectory(parts=("apps", "shop", "example", "lib")))
    assert example.may_be_built_in(WorkingDirectory(parts=("apps", "shop", "lib")))


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        (["cd apps/shop", "flutter build apk"], ["flutter build apk"]),
        (["cd apps/shop", "cd ..", "flutter build apk"], []),
        (["(cd apps/shop)", "flutter build apk"], []),
        (["(cd apps/shop && flutter build apk)"], ["(cd apps/shop && flutter build apk)"]),
        (["(cd apps/till && flutter build apk)"], []),
        (["(cd apps/till); cd apps/shop && flutter build apk"],
         ["(cd apps/till); cd apps/shop && flutter build apk"]),
        (["pushd apps/shop", "popd", "flutter build apk"], []),
        (["pushd apps/till", "pushd ../shop", "flutter build apk"], ["flutter build apk"]),
        (["popd", "flutter build apk"], ["flutter build apk"]),
        (["Set-Location apps/shop; flutter build apk"], ["Set-Location apps/shop; flutter build apk"]),
        (["melos exec --scope=shop -- flutter build apk"],
         ["melos exec --scope=shop -- flutter build apk"]),
        (["melos exec --scope=till -- flutter build apk"], []),
        (["flutter build apk; cd apps/shop"], []),
        (["echo cd apps/shop", "flutter build apk"], []),
    ],
)  # fmt: skip
def test_builds_are_selected_by_the_folder_that_the_shell_has_come_to(
    script: list[str], expected: list[str]
) -> None:
    lines = [LogicalLine(text=text, line=number) for number, text in enumerate(script, 1)]

    found = ShellState(here=WorkingDirectory()).select_commands(lines, SHOP)

    assert [one.text for one in found if "flutter build" in one.text] == expected


@pytest.mark.parametrize(
    ("options", "name", "selected"),
    [
        ("", "shop", True),
        ("--scope=shop", "shop", True),
        ("--scope=till", "shop", False),
        ("--scope='sh*'", "shop", True),
        ("--scope=till --scope=shop", "shop", True),
        ("--scope={till,desk}", "shop", True),
        ("--ignore=shop", "shop", False),
        ("--ignore=till", "shop", True),
        ("--scope=shop --ignore='s*'", "shop", False),
        ("--scope=till", None, True),
        ("-- --scope=till", "shop", True),
    ],
)
def test_filters_of_melos_exec_select_packages_by_name(
    options: str, name: str | None, *, selected: bool
) -> None:
    assert selects_package(f"melos exec {options} -- flutter build apk", name) is selected
    assert selects_package(f"flutter build apk {options}", name)
