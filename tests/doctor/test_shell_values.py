"""Claims about variables of shells: which values a script gives them, and where they are filled in."""

import pytest

from sentry_release.doctor.ci_files.shell import expand_arguments, find_values, resolve_path


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
