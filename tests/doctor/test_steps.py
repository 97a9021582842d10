"""Claims about the workflows and scripts that the doctor reads: their commands, variables and lines."""

import time
from pathlib import Path, PurePosixPath
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broken_app import PUBSPEC, doctor, write
from properties import tried
from read_app import commands, read, steps
from sentry_release import NAME
from sentry_release.doctor.app import BuildStep
from sentry_release.doctor.ci_files.other_ci import parse_other_ci_steps as of_service
from sentry_release.doctor.ci_files.scripts import build_script_step
from sentry_release.doctor.ci_files.shell import split_logical_lines
from sentry_release.doctor.ci_files.shell_directory import AppLocation
from sentry_release.doctor.ci_files.workflow import parse_workflow_steps as of_workflows
from sentry_release.errors import ProjectError
from sentry_release.flutter.yaml_document import MAX_BYTES, parse_yaml

STARTED = (
    "import 'package:sentry_flutter/sentry_flutter.dart';\n"
    "void main() => SentryFlutter.init((options) {});\n"
)

SHIP_WORKFLOW = ".github/workflows/ship.yml"


def repository(root: Path, files: dict[str, str | bytes], app: str = ".") -> Path:
    return write(root, {f"{app}/pubspec.yaml": PUBSPEC} | files)


def workflow(root: Path, text: str, others: dict[str, str | bytes] | None = None) -> Path:
    return repository(root, {SHIP_WORKFLOW: dedent(text), **(others or {})})


# --- commands of a shell ---


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("make\n\n\nmake web\n", ["1 make", "4 make web"]),
        (
            "flutter build web \\\n  --release \\\n  -v\nls",
            ["1 flutter build web --release -v", "4 ls"],
        ),
        ("flutter build windows `\n  --release", ["1 flutter build windows --release"]),
        ("flutter build windows ^\n  --release", ["1 flutter build windows --release"]),
        ("# flutter build web\nls # all\n", ["2 ls"]),
        ("echo '#1' \"# 2\" ${#list} a#b", ["1 echo '#1' \"# 2\" ${#list} a#b"]),
        ("flutter build web \\\n  # --release \\\n  -v", ["1 flutter build web", "3 -v"]),
        ('echo "one\ntwo" three\nls', ['1 echo "one two" three', "3 ls"]),
        ("echo don't\nls", ["1 echo don't", "2 ls"]),
        ("cat <<EOF\nflutter build web\nEOF\nls", ["1 cat <<EOF", "4 ls"]),
        ("cat <<-'END' > a\n\tflutter build web\n\tEND\nls", ["1 cat <<-'END' > a", "4 ls"]),
        ("cat <<EOF\nls", ["1 cat <<EOF", "2 ls"]),
        ("cat <<< $a\nls", ["1 cat <<< $a", "2 ls"]),
        ("a \\\\\nb", ["1 a \\\\", "2 b"]),
        ("ls \\", ["1 ls"]),
        ("ls\r\nmake\r\n", ["1 ls", "2 make"]),
        ("", []),
        ('echo \\" # x\nls', ['1 echo \\"', "2 ls"]),
        ("echo \\'' # x'\nls", ["1 echo \\'' # x'", "2 ls"]),
        ("echo 'a\\' # x\nls", ["1 echo 'a\\'", "2 ls"]),
        ('echo "a\\" # b" c # d', ['1 echo "a\\" # b" c']),
        ("echo \"it's\" # a\necho 'b'\nls", ['1 echo "it\'s"', "2 echo 'b'", "3 ls"]),
        (
            "a;# x\n(# x\na\t# x\na&# x\na |# x\na)# x",
            ["1 a;", "2 (", "3 a", "4 a&", "5 a |", "6 a)# x"],
        ),
        ('echo "a' + "\n" * 40 + 'b"\nls', ['1 echo "a' + " " * 40 + 'b"', "42 ls"]),
        ('echo "a' + "\n" * 41 + 'b"\nls', ['1 echo "a', '42 b"', "43 ls"]),
        ('echo don\'t\necho "a\nb"', ["1 echo don't", '2 echo "a', '3 b"']),
    ],
)
def test_a_script_is_reported_in_whole_commands(script: str, expected: list[str]) -> None:
    assert [f"{one.line} {one.text}" for one in split_logical_lines(script)] == expected


@pytest.mark.large
@pytest.mark.parametrize(
    "hostile",
    ["echo don't\n", "cat <<EOF\n", "a \\\n", "\"'\n", "# \n", "'" * 40 + "\n", "a" * 100 + " '\n"],
)
def test_no_script_takes_more_than_its_length(hostile: str) -> None:
    began = time.process_time()
    split_logical_lines(hostile * (200_000 // len(hostile)))

    assert time.process_time() - began < 1.5


@pytest.mark.large
@pytest.mark.parametrize(
    "hostile",
    [
        "flutter build apk {--a}",
        "flutter build apk {--a=#{ }",
        "{=flutter -}",
        "{flutter build web;}",
        "{flutter build web --dart-define=SENTRY_RELEASE=$A;}",
        "flutter build web --dart-define=SENTRY_RELEASE=$A; {read }",
        "cd {$(} && flutter build web",
        "{;cd ${{} && flutter build web",
        "{;cd $(} && flutter build web",
        "{;cd a} && flutter build web",
        "{(cd b);flutter build web;}",
        "{{} $GITHUB_ENV",
        "{( } $GITHUB_ENV",
        "{flutter build $A }",
        "A=1;{A+=b;}flutter build $A",
        "{for a in b; }flutter build $a",
        "{gradlew }",
        "{xcodebuild }",
        "{fastforge package }",
        "{run peanut }",
        "{melos exec --a }",
        "{sentry-cli releases new }",
        "sed -i {a }pubspec.yaml",
    ],
)
def test_no_command_takes_more_time_than_its_length_asks_for(tmp_path: Path, hostile: str) -> None:
    before, _, rest = hostile.partition("{")
    again, _, after = rest.rpartition("}")
    text = f"{before}{again * (40_000 // len(again))}{after}\n"
    repository(tmp_path, {"build.sh": text, "lib/main.dart": STARTED})
    began = time.process_time()

    doctor(tmp_path, "--json")

    assert time.process_time() - began < 2


@pytest.mark.large
@pytest.mark.parametrize(
    "hostile",
    [
        "// sentry-release: ignore FD01 because x\n",
        "void a() { if (b) SentryFlutter.init(c); }\n",
        "class A {\nmain(\n",
        "main() {}\n",
        "extension A on SentryOptions {",
        "var a = () { options.release = b ? 'c' : ",
        "GoRoute(pageBuilder: (a) => MaterialPage(b)),\n",
        "get release => ",
        "AutoRoute(page: A.page, path: '/'),\n",
        "@TypedShellRoute<A>()\n",
        "FlutterError.onError = a;\n",
        "SentryEvent(release: ",
        "start(",
    ],
)
def test_no_dart_file_takes_more_time_than_its_length_asks_for(
    tmp_path: Path, hostile: str
) -> None:
    text = STARTED + hostile * (120_000 // len(hostile))
    repository(tmp_path, {"lib/main.dart": text, "web/index.html": "<html>"})
    began = time.process_time()

    doctor(tmp_path, "--json")

    assert time.process_time() - began < 1.5


# --- where commands stand in YAML ---


def test_commands_stand_on_the_lines_of_the_file(tmp_path: Path) -> None:
    workflow(
        tmp_path,
        """\
        on: push
        jobs:
          ship:
            runs-on: ubuntu-latest
            steps:
              - run: flutter pub get
              - name: Build
                run: |
                  # a comment
                  flutter build web \\
                    --release

                  ls
              - run: >-
                  flutter build apk
                  --release
              - run: "flutter build ipa"
        """,
    )

    assert commands(tmp_path) == [
        f"{SHIP_WORKFLOW}:6 flutter pub get",
        f"{SHIP_WORKFLOW}:10 flutter build web --release",
        f"{SHIP_WORKFLOW}:13 ls",
        f"{SHIP_WORKFLOW}:15 flutter build apk --release",
        f"{SHIP_WORKFLOW}:17 flutter build ipa",
    ]


def test_variables_of_workflow_job_and_step_come_together_the_nearest_winning(
    tmp_path: Path,
) -> None:
    workflow(
        tmp_path,
        """\
        on: [push, pull_request]
        env: {A: workflow, B: workflow}
        jobs:
          ship:
            env:
              B: job
              C: job
            steps:
              - run: ls
                env:
                  C: step
                  D:
        """,
    )

    (step,) = steps(tmp_path)

    assert step.env == {"A": "workflow", "B": "job", "C": "step", "D": ""}
    assert step.env_lines == {"A": 2, "B": 6, "C": 11, "D": 12}
    assert (step.job, step.line) == ("ship", 9)
    assert step.events == {"push", "pull_request"}


def test_what_an_action_is_given_is_reported_with_its_lines(tmp_path: Path) -> None:
    workflow(
        tmp_path,
        """\
        on:
          push:
        jobs:
          ship:
            steps:
              - uses: acme/build@v1
                with:
                  release: ${{ github.sha }}
                  dist: 7
        """,
    )

    (step,) = steps(tmp_path)

    assert step.uses == "acme/build@v1"
    assert step.inputs == {"release": "${{ github.sha }}", "dist": "7"}
    assert step.input_lines == {"release": 8, "dist": 9}
    assert step.events == {"push"}


@pytest.mark.parametrize("condition", ["false", "${{ false }}"])
def test_what_never_runs_is_not_looked_at(tmp_path: Path, condition: str) -> None:
    workflow(
        tmp_path,
        f"""\
        on: push
        jobs:
          never:
            if: {condition}
            steps: [{{run: flutter build web}}]
          ship:
            steps:
              - {{if: "{condition}", run: flutter build apk}}
              - {{if: github.ref_name == 'main', run: flutter build ipa}}
        """,
    )

    assert commands(tmp_path) == [f"{SHIP_WORKFLOW}:9 flutter build ipa"]


def test_anchors_are_followed_as_github_does(tmp_path: Path) -> None:
    workflow(
        tmp_path,
        """\
        on: push
        jobs:
          web:
            env: &shared {FLAVOR: prod}
            steps:
              - &build
                run: flutter build web
          app:
            env: *shared
            steps:
              - *build
        """,
    )

    web, again = steps(tmp_path)

    assert again.env == web.env == {"FLAVOR": "prod"}
    assert again.commands == web.commands


# --- what earlier steps hand over ---


def exported(tmp_path: Path, script: str) -> set[str]:
    lines = "\n".join(f"                  {line}" for line in script.splitlines())
    head = """\
        on: push
        jobs:
          ship:
            steps:
              - run: |
"""
    workflow(tmp_path, f"{head}{lines}\n              - run: flutter build web\n")
    return set(steps(tmp_path)[-1].exported)


@pytest.mark.parametrize(
    ("script", "names"),
    [
        ('echo "A=1" >> $GITHUB_ENV', {"A"}),
        ("echo A=1 >> \"$GITHUB_ENV\"\necho 'B=2' >>${GITHUB_ENV}", {"A", "B"}),
        ('X=1; echo "A=$X" >> $GITHUB_ENV', {"A"}),
        ('{ echo "A=1"; echo "B=2"; } >> $GITHUB_ENV', {"A", "B"}),
        ('printf "A=%s\\n" 1 | tee -a $GITHUB_ENV', {"A"}),
        ("cat <<EOF >> $GITHUB_ENV\nA=1\nB=2\nEOF", {"A", "B"}),
        ('"A=1" | Out-File -FilePath $env:GITHUB_ENV -Append', {"A"}),
        ('echo "A<<EOF" >> $GITHUB_ENV', {"A"}),
        ('# echo "A=1" >> $GITHUB_ENV\nls', set()),
        ('echo "A=1" >> $GITHUB_OUTPUT', set()),
        ("export A=1", set()),
    ],
)
def test_variables_for_later_steps_are_known(tmp_path: Path, script: str, names: set[str]) -> None:
    assert exported(tmp_path, script) == names


OWN_ACTION = "appcrew/sentry-release-flutter@v1"
NAMES = {"SENTRY_RELEASE", "SENTRY_DIST", "SENTRY_ENVIRONMENT"}


@pytest.mark.parametrize(
    ("uses", "own"),
    [
        (f"{{uses: {OWN_ACTION}}}", True),
        (f"{{uses: another-owner/{NAME}@0123abc}}", True),
        ("{uses: appcrew/sentry-release-flutter/host@v1}", True),
        (f"{{uses: ./vendor/{NAME}}}", True),
        ("{uses: appcrew/sentry-release-flutter/deploy@v1}", False),
        ("{uses: appcrew/sentry-release-flutter/host/doctor@v1}", False),
        (f"{{uses: {OWN_ACTION}, with: {{dry-run: true}}}}", True),
        (f"{{uses: {OWN_ACTION}, with: {{working-directory: apps/other}}}}", False),
        ("{uses: getsentry/action-release@v3}", False),
        ("{uses: acme/not-sentry-release-flutter@v1}", False),
    ],
)
def test_our_action_is_known_where_it_names_this_app(tmp_path: Path, uses: str, own: bool) -> None:  # noqa: FBT001 - a case
    text = f"on: push\njobs:\n  ship:\n    steps:\n      - {uses}\n      - run: ls\n"
    repository(tmp_path, {SHIP_WORKFLOW: text, "apps/other/pubspec.yaml": "name: other\n"})

    step = steps(tmp_path)[-1]

    assert step.after_our_action is own
    assert step.exported == (NAMES if own else set())


def test_our_action_without_export_exports_nothing(tmp_path: Path) -> None:
    workflow(
        tmp_path,
        f"""\
        on: push
        jobs:
          ship:
            steps:
              - uses: {OWN_ACTION}
                with: {{export-env: false}}
              - run: flutter build web
        """,
    )

    step = steps(tmp_path)[-1]

    assert (step.after_our_action, step.exported) == (True, frozenset())


def test_a_job_that_needs_the_one_that_named_has_the_name_and_not_its_variables(
    tmp_path: Path,
) -> None:
    workflow(
        tmp_path,
        f"""\
        on: push
        jobs:
          release:
            steps: [{{uses: {OWN_ACTION}}}]
          between: {{needs: release, steps: [{{run: ls}}]}}
          ios:
            needs: [between]
            steps: [{{run: flutter build ipa}}]
          lone:
            steps: [{{run: flutter build web}}]
        """,
    )

    after = {step.job: (step.after_our_action, step.exported) for step in steps(tmp_path)}

    assert after["ios"] == (True, frozenset())
    assert after["lone"] == (False, frozenset())


def test_jobs_that_need_each_other_end(tmp_path: Path) -> None:
    workflow(
        tmp_path,
        """\
        on: push
        jobs:
          a: {needs: b, steps: [{run: ls}]}
          b: {needs: [a, b, none], steps: [{run: ls}]}
        """,
    )

    assert [step.after_our_action for step in steps(tmp_path)] == [False, False]


NAMING = f"runs:\n  using: composite\n  steps:\n    - uses: {OWN_ACTION}\n"


@pytest.mark.parametrize("folder", [".github/actions/name", "ci/name"])
def test_our_action_is_seen_through_a_composite_action(tmp_path: Path, folder: str) -> None:
    text = f"""\
    on: push
    jobs:
      ship:
        steps:
          - uses: ./{folder}
          - run: flutter build web
    """
    workflow(tmp_path, text, {f"{folder}/action.yml": NAMING})

    step = next(one for one in steps(tmp_path) if one.commands)

    assert step.after_our_action
    assert step.exported == NAMES


def test_composite_actions_that_use_each_other_end(tmp_path: Path) -> None:
    around = "runs:\n  steps:\n    - uses: ./.github/actions/{}\n    - run: ls\n      shell: bash\n"
    workflow(
        tmp_path,
        "on: push\njobs: {ship: {steps: [{uses: ./.github/actions/a}]}}",
        {
            ".github/actions/a/action.yml": around.format("b"),
            ".github/actions/b/action.yml": around.format("a"),
        },
    )

    assert len(steps(tmp_path)) == 5


def test_a_called_workflow_is_given_what_its_callers_have(tmp_path: Path) -> None:
    workflow(
        tmp_path,
        f"""\
        on: pull_request
        jobs:
          name:
            steps: [{{uses: {OWN_ACTION}}}]
          build:
            needs: name
            uses: ./.github/workflows/build.yml
        """,
        {
            ".github/workflows/build.yml": "on: {workflow_call: {}}\n"
            "jobs: {web: {steps: [{run: flutter build web}]}}\n"
        },
    )

    step = next(one for one in steps(tmp_path) if one.commands)

    assert step.after_our_action
    assert step.events == {"pull_request"}


def test_a_script_knows_what_any_of_its_callers_gives_to_it(tmp_path: Path) -> None:
    workflow(
        tmp_path,
        """\
        on: push
        env: {FLAVOR: prod}
        jobs:
          ship:
            steps:
              - run: echo "SENTRY_RELEASE=$(cat name)" >> $GITHUB_ENV
              - run: make web
        """,
        {
            "Makefile": "web:\n\t./scripts/build.sh\n",
            "scripts/build.sh": "flutter build web --dart-define=SENTRY_RELEASE=$SENTRY_RELEASE\n",
            "scripts/lonely.sh": "flutter build apk\n",
        },
    )

    by_path = {str(step.path): step for step in steps(tmp_path)}

    assert by_path["scripts/build.sh"].env == {"FLAVOR": "prod"}
    assert by_path["scripts/build.sh"].exported == {"SENTRY_RELEASE"}
    assert by_path["scripts/build.sh"].events == {"push"}
    assert by_path["scripts/lonely.sh"].exported == frozenset()


# --- which app ---


def of_app(tmp_path: Path, step: str, app: str = "apps/shop") -> bool:
    """Whether the build in a step is taken for one of the app's."""
    other = {
        "apps/courier/pubspec.yaml": "name: courier\n",
        "packages/ui/example/pubspec.yaml": "name: x\n",
    }
    repository(
        tmp_path,
        {SHIP_WORKFLOW: f"on: push\njobs:\n  ship:\n    steps:\n      - {step}\n", **other},
        app=app,
    )
    return any("flutter build" in line for line in commands(tmp_path, app))


@pytest.mark.parametrize(
    ("step", "concerns"),
    [
        ("{run: flutter build web, working-directory: apps/shop}", True),
        ("{run: flutter build web, working-directory: ./apps/shop/}", True),
        ("{run: flutter build web, working-directory: 'apps/${{ matrix.app }}'}", True),
        ("{run: flutter build web, working-directory: '${{ inputs.folder }}'}", True),
        ("{run: flutter build web, working-directory: '${{ github.workspace }}/apps/shop'}", True),
        ("{run: flutter build web, working-directory: apps/courier}", False),
        (
            "{run: flutter build web, working-directory: '${{ github.workspace }}/apps/courier'}",
            False,
        ),
        ("{run: flutter build web, working-directory: apps/shop/android}", True),
        ("{run: flutter build web}", False),
        ("{run: cd apps/shop && flutter build web}", True),
        ("{run: 'cd apps/shop; flutter build web; cd ..'}", True),
        ("{run: cd apps/courier && flutter build web}", False),
        ("{run: cd $APP && flutter build web}", True),
        ('{run: cd "$GITHUB_WORKSPACE/apps/shop" && flutter build web}', True),
        ('{run: cd "$GITHUB_WORKSPACE/apps/courier" && flutter build web}', False),
        ("{run: pushd apps/shop && flutter build web && popd}", True),
        ("{run: (cd apps/courier && flutter test) && cd apps/shop && flutter build web}", True),
        ("{run: cd ../courier && flutter build web, working-directory: apps/shop}", False),
        ("{run: cd ../shop && flutter build web, working-directory: apps/courier}", True),
        ("{run: melos exec -- flutter build web}", True),
        ("{run: make -C apps/shop && echo flutter build}", True),
    ],
)
def test_of_a_monorepo_only_builds_of_this_app_count(
    tmp_path: Path,
    step: str,
    concerns: bool,  # noqa: FBT001 - a case
) -> None:
    assert of_app(tmp_path, step) is concerns


def test_cd_lasts_for_the_commands_after_it_in_its_step(tmp_path: Path) -> None:
    assert of_app(tmp_path, '{run: "cd apps/courier\\nflutter build web"}') is False
    assert of_app(tmp_path, '{run: "cd apps/shop\\nflutter pub get\\nflutter build web"}') is True
    assert of_app(tmp_path, '{run: "(cd apps/shop)\\nflutter build web"}') is False


def test_defaults_of_workflow_and_job_say_where_commands_run(tmp_path: Path) -> None:
    text = """\
    on: push
    defaults: {run: {working-directory: apps/shop}}
    jobs:
      shop: {steps: [{run: flutter build web}]}
      courier:
        defaults: {run: {working-directory: apps/courier}}
        steps: [{run: flutter build apk}]
    """
    repository(
        tmp_path,
        {SHIP_WORKFLOW: dedent(text), "apps/courier/pubspec.yaml": "name: courier\n"},
        app="apps/shop",
    )

    assert commands(tmp_path, "apps/shop") == [f"{SHIP_WORKFLOW}:4 flutter build web"]
    assert commands(tmp_path, "apps/courier") == [f"{SHIP_WORKFLOW}:7 flutter build apk"]


def test_an_example_inside_the_repository_of_the_app_is_another_app(tmp_path: Path) -> None:
    assert of_app(tmp_path, "{run: cd packages/ui/example && flutter build web}", app=".") is False
    assert of_app(tmp_path, "{run: cd android && flutter build web}", app=".") is True


# --- scripts of other kinds ---


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        (
            "Makefile",
            "web:\n\t@flutter build web \\\n\t  --release\n",
            ["2 flutter build web --release"],
        ),
        (
            "Makefile",
            "D := --dart-define=A=1\n# no\nx:\n\t-echo $$A\n",
            ["1 D := --dart-define=A=1", "4 echo $A"],
        ),
        ("justfile", "web:\n    @flutter build web\n", ["2 flutter build web"]),
        (
            "Fastfile",
            'lane :a do\n  sh "flutter build ipa" # x\nend\n',
            ['2 sh "flutter build ipa"'],
        ),
        ("fastlane/Fastfile", 'sh("flutter", "build",\n  "ipa")\n', ['1 sh("flutter build ipa")']),
        (
            "ios/fastlane/Fastfile",
            'sh(\n"flutter build ipa " +\n"-v")',
            ['1 sh( "flutter build ipa " + "-v")'],
        ),
        ("build.sh", "#!/bin/sh\nflutter build web\n", ["2 flutter build web"]),
        ("tool/ci/build.ps1", "flutter build windows `\n -v\n", ["1 flutter build windows -v"]),
        (".github/scripts/build.sh", "flutter build web\n", ["1 flutter build web"]),
    ],
)
def test_scripts_of_each_kind_are_read(
    tmp_path: Path, name: str, text: str, expected: list[str]
) -> None:
    repository(tmp_path, {name: text})

    found = [line for line in commands(tmp_path) if "lane :a" not in line and ":3 end" not in line]
    assert [line for line in found if not line.endswith((":1 web:", ":3 x:"))] == [
        f"{name}:{line}" for line in expected
    ]


def test_codemagic_gives_variables_and_groups_may_give_more(tmp_path: Path) -> None:
    text = """\
    workflows:
      ios:
        environment:
          groups: [sentry]
          vars: {FLAVOR: prod}
        scripts:
          - name: Build
            script: |
              flutter build ipa --dart-define=SENTRY_RELEASE=$SENTRY_RELEASE
          - flutter build apk
    """
    repository(tmp_path, {"codemagic.yaml": dedent(text)})

    first, second = steps(tmp_path)

    assert [(one.line, one.text) for one in first.commands] == [
        (9, "flutter build ipa --dart-define=SENTRY_RELEASE=$SENTRY_RELEASE")
    ]
    assert (first.job, first.env) == ("ios", {"FLAVOR": "prod"})
    assert first.exported == {"SENTRY_RELEASE"}
    assert (second.commands[0].line, second.exported) == (10, frozenset())


def test_gitlab_bitrise_and_melos_are_read(tmp_path: Path) -> None:
    repository(
        tmp_path,
        {
            ".gitlab-ci.yml": "variables: {A: '1'}\nweb:\n  before_script: [flutter pub get]\n"
            "  script:\n    - flutter build web --dart-define=R=$CI_COMMIT_TAG\n",
            "bitrise.yml": "workflows:\n  ship:\n    envs: [{B: '2', opts: {is_expand: false}}]\n    steps:\n"
            "    - script@1:\n        inputs:\n        - content: flutter build apk\n",
            "melos.yaml": "name: x\nscripts:\n  build: flutter build ipa\n"
            "  each: {exec: flutter build aar}\n  all: {run: melos run build}\n",
        },
    )

    found = {
        command.text: (step, command.line) for step in steps(tmp_path) for command in step.commands
    }

    web, line = found["flutter build web --dart-define=R=$CI_COMMIT_TAG"]
    assert (line, web.job, web.env) == (5, "web", {"A": "1"})
    assert web.exported == {"CI_COMMIT_TAG"}
    apk, line = found["flutter build apk"]
    assert (line, apk.job, apk.env) == (7, "ship", {"B": "2"})
    assert found["flutter build ipa"][1] == 3
    assert found["flutter build aar"][1] == 4


# --- what may be wrong with a file ---


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("jobs: [", "is not valid YAML at line"),
        ("jobs: {a: b: c}", "is not valid YAML at line"),
        ("\tjobs:", "is not valid YAML at line"),
        ("jobs: *nowhere", ""),
        ("[" * 5000, "nested more than 100 levels deep"),
        ("- a\n- b", ""),
        ("jobs: text", ""),
        ("jobs: {ship: {steps: {a: b}}}", ""),
        ("jobs: {ship: [1, 2]}", ""),
        ("", ""),
        ("\x00", "is not valid YAML"),
    ],
)
def test_a_broken_file_is_reported_in_one_line_and_ends_nothing(
    tmp_path: Path, text: str, note: str
) -> None:
    repository(tmp_path, {SHIP_WORKFLOW: text, "build.sh": "flutter build web"})

    found = read(tmp_path)

    assert [str(step.path) for step in found.app.steps] == ["build.sh"]
    assert len(found.notes) == bool(note)
    assert all(
        one.startswith(SHIP_WORKFLOW) and note in one and "\n" not in one for one in found.notes
    )
    assert doctor(tmp_path, "--json").code in {0, 3}


TOKENS = st.sampled_from([
    "on:", "jobs:", "steps:", "- ", "run:", "uses: ./a", "env:", "&a ", "*a", "<<: ", "{", "}", "[",
    "]", "\n", "\n  ", "\n    ", " ", "|\n", ">\n", "'", '"', "#", "\\\n", "x", "needs: ", "if: false",
    "cd a && flutter build web", "${{ x }}", "$A", "<<EOF", "GITHUB_ENV", "\t", "\0", "\u2028", "\x85",
])  # fmt: skip


def lines_of(step: BuildStep) -> list[int]:
    return [step.line, *(command.line for command in step.commands)]


@tried
@given(st.lists(TOKENS, max_size=60).map("".join))
def test_no_text_is_more_than_a_workflow_or_a_remark(text: str) -> None:
    app = AppLocation(folder=PurePosixPath("apps/shop"), is_package=lambda _: False)
    for name in (SHIP_WORKFLOW, "codemagic.yaml", ".gitlab-ci.yml", "bitrise.yml", "melos.yaml"):
        path = PurePosixPath(name)
        try:
            tree = parse_yaml(text, name)
        except ProjectError:
            continue
        found = [*of_workflows({path: tree}, app), *of_service(path, tree, app)]
        lines = text.count("\n") + text.count("\u2028") + text.count("\x85") + 2
        assert all(1 <= line <= lines for step in found for line in lines_of(step))


@tried
@given(st.lists(TOKENS, max_size=60).map("".join))
def test_no_text_is_more_than_a_script(text: str) -> None:
    app = AppLocation(folder=PurePosixPath(), is_package=lambda _: False)
    for name in ("Makefile", "justfile", "Fastfile", "build.sh"):
        step = build_script_step(PurePosixPath(name), text, app)
        lines = text.count("\n") + 1
        assert step is None or all(1 <= line <= lines for line in lines_of(step))


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    repository(tmp_path, {SHIP_WORKFLOW: "# " + "x" * MAX_BYTES})

    assert steps(tmp_path) == ()
