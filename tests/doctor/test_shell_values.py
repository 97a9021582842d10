"""Claims about scripts: the values and places of variables, the folders, and the kinds of scripts."""

from pathlib import PurePosixPath

import pytest

from sentry_release.doctor.app import BuildStep, Command
from sentry_release.doctor.ci_files.scripts import (
    add_caller_environment,
    build_script_step,
    parse_yaml_script,
)
from sentry_release.doctor.ci_files.shell import (
    expand_arguments,
    find_values,
    resolve_path,
    split_logical_lines,
)
from sentry_release.doctor.ci_files.shell_directory import (
    WORKSPACE,
    AppLocation,
    find_commands_for_app,
)
from sentry_release.flutter.yaml_document import parse_yaml


@pytest.mark.parametrize(
    ("commands", "values"),
    [
        (["A=1"], {"A": ("1",)}),
        (["A='x y'", 'B="z"'], {"A": ("x y",), "B": ("z",)}),
        (["A=1", "A=2"], {"A": ("1", "2")}),
        (["A=1", "A=1"], {"A": ("1",)}),
        (["A=--x", "A+=' --y'"], {"A": ("--x  --y",)}),
        (["A+=--y"], {"A": ("--y",)}),
        (["A=(--x --y)"], {"A": ("--x --y",)}),
        (["A=$(date)"], {}),
        (["export A=1; B=2"], {"A": ("1",), "B": ("2",)}),
        (["for T in apk web; do"], {"T": ("apk", "web")}),
        (["echo A"], {}),
        (["A='"], {}),
        (["A=" + "x" * 10_000, "A+=y; B=1"], {"A": ("x" * 10_000 + " y",), "B": ("1",)}),
        (["A=" + "x" * 10_001, "A+=y; B=1"], {"A": ("x" * 10_001,), "B": ("1",)}),
        ([f"A={number}" for number in range(25)], {"A": tuple(map(str, range(20)))}),
        (["for T in " + "x " * 3 + " ".join(map(str, range(25)))],
         {"T": ("x", *map(str, range(17)))}),
    ],
)  # fmt: skip
def test_a_script_gives_a_variable_every_value_that_it_assigns(
    commands: list[str], values: dict[str, tuple[str, ...]]
) -> None:
    assert find_values("build.sh", commands) == values


def test_a_value_of_make_goes_on_to_the_end_of_the_line() -> None:
    assert find_values("Makefile", ["ARGS := --release --x", "ARGS += -v"]) == {
        "ARGS": ("--release --x -v",)
    }
    assert find_values("Makefile", ["\tflutter build apk"]) == {}


VALUES = {
    "T": ("apk", "web"),
    "ARGS": ("--release",),
    "NAME": ("1.2.3",),
    "TOOL": ("fvm flutter",),
    "SELF": ("a $SELF",),
    "INNER": ("$T",),
    "OUTER": ("$INNER",),
    "OUTERMOST": ("$OUTER",),
    "EMPTY": ("",),
}


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("flutter build $T", ["flutter build apk", "flutter build web"]),
        ("flutter build ${T} -v", ["flutter build apk -v", "flutter build web -v"]),
        ("flutter build apk $ARGS", ["flutter build apk --release"]),
        ('flutter build apk "$ARGS"', ['flutter build apk "--release"']),
        ("flutter build $INNER", ["flutter build apk", "flutter build web"]),
        ("flutter build apk --name=$ARGS", ["flutter build apk --name=$ARGS"]),
        ("flutter build apk --build-name=$NAME", ["flutter build apk --build-name=$NAME"]),
        ("flutter build apk --build-name $NAME", ["flutter build apk --build-name $NAME"]),
        ("$TOOL build apk", ["fvm flutter build apk"]),
        ("$ARGS", ["--release"]),
        ("@$ARGS", ["@--release"]),
        ("flutter build $UNKNOWN", ["flutter build $UNKNOWN"]),
        ("flutter build ${UNKNOWN:-ipa}", ["flutter build ipa"]),
        ("flutter build ${T:-ipa}", ["flutter build apk", "flutter build web"]),
        ("flutter build $OUTER", ["flutter build apk", "flutter build web"]),
        ("flutter build $OUTERMOST", ["flutter build $T"]),
        ("flutter build $SELF", ["flutter build $SELF"]),
        ("flutter build $EMPTY", ["flutter build $EMPTY"]),
        ("flutter build $T $ARGS", ["flutter build apk --release", "flutter build web --release"]),
        ("x$ARGS", ["x$ARGS"]),
        ("flutter build $ARGS".ljust(10_000), ["flutter build --release".ljust(10_004)]),
        ("flutter build $ARGS".ljust(10_001), ["flutter build $ARGS".ljust(10_001)]),
        ("flutter build ${{ env.T }}", ["flutter build apk", "flutter build web"]),
    ],
)
def test_targets_programs_and_options_are_filled_in_and_values_of_options_stay(
    command: str, expected: list[str]
) -> None:
    assert list(expand_arguments(command, VALUES)) == expected


def test_combinations_are_limited() -> None:
    many = {name: tuple(f"--{name}{number}" for number in range(10)) for name in "ab"}

    assert len(expand_arguments("flutter build apk $a $b", many)) == 30


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("apps/$T", ["apps/apk", "apps/web"]),
        ("$T/$T", ["apk/apk", "apk/web", "web/apk", "web/web"]),
        ("apps/$UNKNOWN", ["apps/$UNKNOWN"]),
        ("apps", ["apps"]),
        ("${UNKNOWN:-apps}/x", ["apps/x"]),
    ],
)
def test_a_path_is_known_as_far_as_its_variables_are(path: str, expected: list[str]) -> None:
    assert list(resolve_path(path, VALUES)) == expected


# --- the folder in which a command runs ---

PACKAGES = {PurePosixPath("apps/shop"), PurePosixPath("apps/admin")}
SHOP = AppLocation(folder=PurePosixPath("apps/shop"), is_package=PACKAGES.__contains__, name="shop")
BUILD = "flutter build web"


@pytest.mark.parametrize(
    ("script", "lines"),
    [
        (f"cd apps/shop\n{BUILD}", [1, 2]),
        (f"cd apps/admin\n{BUILD}", []),
        (f"cd apps && cd shop && {BUILD}", [1]),
        (f"cd apps && cd admin && {BUILD}", []),
        (f"cd apps/admin && {BUILD}; cd ../shop && {BUILD}", [1]),
        ("cd apps/admin && ./deploy.sh", []),
        ("cd apps/shop && ./deploy.sh", [1]),
        (f"(cd apps/admin && ls)\n{BUILD}\ncd apps/shop\n{BUILD}", [1, 3, 4]),
        (f"(cd apps/admin && ls) && cd apps/shop && {BUILD}", [1]),
        (f"(cd apps/shop && ls) && cd apps/admin && {BUILD}", []),
        (f"(cd apps/admin && ls) && cd apps/shop\n{BUILD}", [1, 2]),
        (f"cd apps\npushd admin\npopd\ncd shop\n{BUILD}", [1, 3, 4, 5]),
        (f"pushd apps/shop\npushd ../admin\n{BUILD}\npopd\n{BUILD}", [1, 4, 5]),
        (f"A=apps/shop\ncd $A\n{BUILD}", [1, 2, 3]),
        (f"cd ${{{{ matrix.app }}}}\n{BUILD}", [1, 2]),
        (f"cd apps/*\n{BUILD}", [1, 2]),
    ],
)
def test_a_command_is_kept_if_it_runs_in_the_folder_of_the_app_or_may_do_so(
    script: str, lines: list[int]
) -> None:
    found = [*find_commands_for_app(split_logical_lines(script), SHOP, WORKSPACE)]

    assert [one.line for one in found] == lines


# --- kinds of scripts ---

ROOT = AppLocation(folder=PurePosixPath(), is_package=lambda _: False)


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("package.json",
         '{"name": "shop",\n"scripts": {\n"apk": "flutter build apk",\n"n": 1,\n"ls": "ls"}}',
         ["3 flutter build apk", "5 ls"]),
        ("package.json", '\n{"scripts": {"\\u0061pk": "flutter build apk"}}', ["1 flutter build apk"]),
        ("package.json", '{"scripts": ["flutter build apk"]}', []),
        ("package.json", "{", []),
        ("Makefile", "N := 1\napk:\n\t@-flutter build apk $$A\n", ["1 N := 1", "2 apk:", "3 flutter build apk $A"]),
        ("justfile", "apk target:\n  flutter build {{target}}\n",
         ["1 apk target:", "2 flutter build ${target}"]),
        ("Fastfile", "lane :a do # x\n  gradle(\n    task: 'bundle', # x\n    build_type: 'Release'\n  )\nend",
         ["1 lane :a do", "2 gradle( task: 'bundle', build_type: 'Release' )", "6 end"]),
        ("Fastfile", "sh 'flutter ' +\n  'build apk'\nls \\\n -a", ["1 sh 'flutter ' + 'build apk'", "3 ls -a"]),
        ("Fastfile", "gradle(task:\nsh 'flutter build apk'\n", ["1 gradle(task:", "2 sh 'flutter build apk'"]),
        ("Fastfile", "gradle(" + "\n" * 39 + "'a')\nls", ["1 gradle( 'a')", "41 ls"]),
        ("Fastfile", "gradle(" + "\n" * 40 + "'a')\nls", ["1 gradle(", "41 'a')", "42 ls"]),
        ("Dockerfile", "FROM a\nWORKDIR /b\nCOPY . .\nRUN --mount=type=cache --x y flutter build apk\nENV A=b\n",
         ["4 flutter build apk", "5 A=b"]),
        ("Jenkinsfile", "// x\nsh 'flutter build apk' // y\n/* a\n * b\n\nls 'https://x'",
         ["2 sh 'flutter build apk'", "6 ls 'https://x'"]),
        ("build.ps1", "flutter build apk `\n  -v\nls", ["1 flutter build apk -v", "3 ls"]),
        ("lanes.txt", "private_lane :a do\nsh 'flutter build apk'\nend",
         ["1 private_lane :a do", "2 sh 'flutter build apk'", "3 end"]),
        ("notes.txt", "flutter build apk", []),
    ],
)  # fmt: skip
def test_each_kind_of_script_has_its_commands_at_their_lines(
    name: str, text: str, expected: list[str]
) -> None:
    step = build_script_step(PurePosixPath(name), text, ROOT)

    assert [f"{one.line} {one.text}" for one in (step.commands if step else ())] == expected
    assert step is None or step.line == int(expected[0].partition(" ")[0])


@pytest.mark.parametrize(
    ("run", "expected"),
    [
        ("run: a", ["1 a"]),
        ('run: "a\\nb"', ["1 a", "1 b"]),
        ("run: |\n  a\n\n  b", ["2 a", "4 b"]),
        ("run: >\n  a\n  -v\n\n  b\n  -v\n\n  c", ["2 a -v", "5 b -v", "8 c"]),
        ("run: >\n  a b\n\n  a", ["2 a b", "4 a"]),
        ("run: [a]", []),
    ],
)
def test_each_command_in_yaml_is_at_the_line_of_the_file(run: str, expected: list[str]) -> None:
    found = parse_yaml_script(parse_yaml(run, "a.yml").at("run"))

    assert [f"{one.line} {one.text}" for one in found] == expected


def step_of(path: str, *commands: str, **others: object) -> BuildStep:
    lines = tuple(Command(text=text, line=2) for text in commands)
    return BuildStep(path=PurePosixPath(path), line=1, commands=lines, **others)  # type: ignore[arg-type]  # any field


def test_a_script_has_the_variables_and_events_of_its_callers_through_three_others() -> None:
    caller = step_of(
        ".github/workflows/ship.yml",
        uses="./build",
        job="ship",
        env={"A": "1"},
        exported=frozenset({"B"}),
        events=frozenset({"push"}),
        after_our_action=True,
    )
    found = add_caller_environment(
        [
            caller,
            step_of("build/action.yml", "make web", is_delivered=False, env={"A": "2"}),
            step_of("Makefile", "./tool/build.sh", is_delivered=False),
            step_of("tool/build.sh", "./flutter build web", is_delivered=False),
            step_of("tool/rebuild.sh", "ls"),
        ]
    )

    assert [
        (
            one.env,
            [*one.exported, *one.events],
            one.after_our_action,
            one.is_delivered,
            one.is_called,
        )
        for one in found
    ] == [
        ({"A": "1"}, ["B", "push"], True, True, False),
        ({"A": "2"}, ["B", "push"], True, True, True),
        ({"A": "2"}, ["B", "push"], True, True, True),
        ({"A": "2"}, ["B", "push"], True, True, True),
        ({}, [], False, True, False),
    ]


def test_a_called_workflow_has_the_events_of_its_callers_and_not_their_variables() -> None:
    called = ".github/workflows/build.yml"
    _, found = add_caller_environment(
        [
            step_of(
                ".github/workflows/ship.yml",
                uses=f"./{called}",
                env={"A": "1"},
                exported=frozenset({"B"}),
                events=frozenset({"push"}),
            ),
            step_of(
                called, "ls", events=frozenset({"workflow_call", "schedule"}), is_delivered=False
            ),
        ]
    )

    assert (found.env, found.exported, found.is_delivered) == ({}, frozenset(), False)
    assert (sorted(found.events), found.is_called) == (["push", "schedule"], True)
