"""Claims about releases in code: which the doctor reports, how badly, and which it leaves alone."""

import pytest

from doctor_app import PUBSPEC, app, app_facts, found, output
from sentry_release.model.platform import Identity, Platform, Unknown

MAIN = "lib/main.dart"
RELEASES = ("FD01", "FD02", "FD03", "FD04", "FD06")
PASSED = ['flutter build apk "--dart-define=SENTRY_RELEASE=$SENTRY_RELEASE"']


def releases(*lines: str, before: str = "", passed: bool = False) -> list[str]:
    project = app_facts({MAIN: app(*lines, before=before)}, commands=PASSED if passed else ())
    return [line.removesuffix(f" {MAIN}:6") for line in output(project, *RELEASES)]


@pytest.mark.parametrize(
    ("value", "finding"),
    [
        ("'shop@1.4.0+27'", ["FD01 error"]),
        ("r'shop@1.4.0+27'", ["FD01 error"]),
        ("'''shop@1.4.0+27'''", ["FD01 error"]),
        ("('shop' '@1.4.0+27')", ["FD01 error"]),
        (r"'shop\u00401.4.0+27'", ["FD01 error"]),
        ("'shop@1.3.9'", ["FD02 error"]),
        ("''", ["FD02 error"]),
        ("Env.release", ["FD01 info"]),
        ("config.Env.release", ["FD01 info"]),
        ("kRelease", ["FD01 info"]),
        ("release", []),
        ("null", []),
        ("f()", []),
        ("await f('x')", []),
        ("options.release", []),
        ("'shop@$version'", ["FD03 warning"]),
        ("'shop@' + info.version", ["FD03 warning"]),
        ("(await PackageInfo.fromPlatform()).version", ["FD03 warning"]),
        ("'${i.packageName}@${i.version}+${i.buildNumber}'", ["FD03 info"]),
        ("'${a.packageName}@${b.version}+${a.buildNumber}'", ["FD03 warning"]),
        ("'$packageName@$version+$buildNumber'", ["FD03 info"]),
        ("const String.fromEnvironment('SENTRY_RELEASE')", ["FD04 error"]),
        ("const String.fromEnvironment('APP')", ["FD04 error"]),
        ("const String.fromEnvironment(key)", ["FD04 error"]),
        ("'${const String.fromEnvironment('SENTRY_RELEASE')}'", []),
        ("const String.fromEnvironment('SENTRY_RELEASE', defaultValue: 'a')", []),
        ("String.fromEnvironment('SENTRY_RELEASE').trim()", []),
        ("const bool.hasEnvironment('X') ? const String.fromEnvironment('X') : null", []),
    ],
)
def test_a_release_in_code_is_checked_by_its_source(value: str, finding: list[str]) -> None:
    assert releases(f"options.release = {value};") == finding


def test_a_getter_is_followed_although_it_is_used_before_it_is_declared() -> None:
    before = "bool get isKnown => current == '';\nString get current => 'shop@1.4.0+27';\n"

    assert releases("options.release = current;", before=before) == ["FD01 error"]


@pytest.mark.parametrize(
    ("parameters", "calls", "finding"),
    [
        ("String release", "start('shop@1.4.0+27');", ["FD01 error"]),
        ("release", "start('shop@1.4.0+27');", ["FD01 error"]),
        ("String dsn, String release", "start('x', 'shop@1.4.0+27');", ["FD01 error"]),
        ("String release, String dsn", "start('shop@1.3.0', 'x');", ["FD02 error"]),
        ("{String? release}", "start(release: 'shop@1.4.0+27');", ["FD01 error"]),
        ("{String? release}", "start();", []),
        ("String release", "engine.start(); start('shop@1.4.0+27');", ["FD01 error"]),
        ("String release", "start(name());", []),
        (
            "String release",
            "start(const String.fromEnvironment('A')); start('shop@1.4.0+27');",
            ["FD01 error"],
        ),
        (
            "String release",
            "begin('shop@1.4.0+27'); } begin(String x) => start(x); f() {",
            ["FD01 error"],
        ),
        (
            "String release",
            "a('shop@1.4.0+27'); } a(x) => b(x); b(String x) { start(x); } f() {",
            ["FD01 error"],
        ),
        (
            "String release",
            "a('shop@1.4.0+27'); } a(x) => b(x); b(x) => c(x); c(x) => start(x); f() {",
            [],
        ),
        ("String other", "start('shop@1.4.0+27');", []),
    ],
)
def test_a_release_that_is_a_parameter_is_the_argument_of_the_callers(
    parameters: str, calls: str, finding: list[str]
) -> None:
    text = (
        "import 'package:sentry_flutter/sentry_flutter.dart';\n"
        f"start({parameters}) {{\n"
        "  SentryFlutter.init((options) => options.release = release);\n}\n"
        f"void main() {{ {calls} }}\n"
    )
    found = output(app_facts({MAIN: text}), *RELEASES)

    assert [line.partition(f" {MAIN}")[0] for line in found] == finding


@pytest.mark.parametrize(
    ("value", "finding"),
    [
        ("'shop@1.4.0+27'", ["FD01 error"]),
        ("const String.fromEnvironment('SENTRY_RELEASE')", ["FD04 error"]),
        ("'shop@$version'", ["FD03 warning"]),
        ("null", ["FD06 warning"]),
        ("const String.fromEnvironment('APP', defaultValue: 'a')", ["FD06 warning"]),
        ("'${const String.fromEnvironment('APP')}'", ["FD06 warning"]),
        ("const String.fromEnvironment('SENTRY_RELEASE', defaultValue: 'a')", []),
        ("const String.fromEnvironment(key, defaultValue: 'a')", []),
        ("f()", ["FD06 info"]),
        ("Env.release", ["FD06 info"]),
    ],
)
def test_a_place_that_a_define_cannot_reach_is_reported_once(
    value: str, finding: list[str]
) -> None:
    assert releases(f"options.release = {value};", passed=True) == finding


@pytest.mark.parametrize(
    ("declared", "finding"),
    [
        ("const r = 'shop@1.4.0+27';", ["FD01 error"]),
        ("final String r = 'shop@1.0.0';", ["FD02 error"]),
        ("const r = String.fromEnvironment('SENTRY_RELEASE');", ["FD04 error"]),
        ("const r = String.fromEnvironment('A'); bool f() => r.isEmpty;", []),
        ("const r = String.fromEnvironment('A'); bool f() => r == '';", []),
        ("final r = 'shop@${info.version}';", ["FD03 warning"]),
        ("final r = '$name $version+$build';", ["FD03 warning"]),
        ("var r = 'shop@1.4.0+27';", []),
        ("const r = 'a'; f() { const r = 'b'; }", []),
        ("String get r=>'shop@1.4.0+27';", ["FD01 error"]),
        ("get r => a; get a => b; get b => 'shop@1.4.0+27';", ["FD01 error"]),
        ("get r => a; get a => b; get b => c; get c => 'shop@1.4.0+27';", []),
    ],
)
def test_a_constant_is_looked_up_where_it_is_declared(declared: str, finding: list[str]) -> None:
    assert releases("options.release = r;", before=declared) == finding


@pytest.mark.parametrize(
    ("line", "finding"),
    [
        ("if (kDebugMode) options.release = 'a';", []),
        ("if (flavor) options.release = 'a';", ["FD02 warning"]),
        ("if (kReleaseMode) options.release = 'a';", ["FD02 error"]),
        ("if (r.isNotEmpty) options.release = const String.fromEnvironment('A');", []),
        ("if (r != '') options.release = const String.fromEnvironment('A');", []),
        ("if (f) options.release = const String.fromEnvironment('A');", ["FD04 error"]),
        ("options.release ??= 'a';", []),
        ("event.release = 'a';", []),
        ("options.dist = '27';", []),
    ],
)
def test_conditions_count(line: str, finding: list[str]) -> None:
    assert releases(line) == finding


def test_an_assignment_after_one_of_debug_builds_is_reported() -> None:
    lines = ("if (kDebugMode) options.release = 'a';", "options.release = 'b';")

    assert releases(*lines) == [f"FD02 error {MAIN}:7"]


@pytest.mark.parametrize(
    "declared",
    [
        "String name() {\n  f(String.fromEnvironment('APP'), String.fromEnvironment('OTHER'));\n}",
        "String name(){return const String.fromEnvironment('APP');}",
        "String name()=>const String.fromEnvironment('APP') + '';",
        "String name() async {\n  final a = const String.fromEnvironment('APP');\n  return a;\n}",
    ],
)
def test_a_function_that_reads_a_define_gives_the_release_by_it(declared: str) -> None:
    project = app_facts({MAIN: app("options.release = name();", before=declared)}, commands=PASSED)

    (finding,) = found(project, *RELEASES)
    assert finding.message == "The release is the define 'APP', while builds pass SENTRY_RELEASE."


def test_the_name_that_the_sdk_reports_on_a_platform_is_not_another_release() -> None:
    apple = Identity(app_id="com.example.shop", version="1.2.3.4", build="5")
    files = {MAIN: app("options.release = 'com.example.shop@1.2.3.4+5';")}

    known = app_facts(files, identities={Platform.IOS: apple}, release="shop@1.2.3-beta.4+5")
    unknown = Identity(
        app_id=Unknown(reason="cannot be read", location="ios", hint="name it"),
        version=None,
        build=None,
    )
    other = app_facts(files, identities={Platform.IOS: unknown}, release="shop@1.2.3-beta.4+5")

    assert output(known, *RELEASES) == [f"FD01 error {MAIN}:6"]
    assert output(other, *RELEASES) == [f"FD02 error {MAIN}:6"]


def test_where_the_release_cannot_be_computed_a_literal_is_only_hard_coded() -> None:
    project = app_facts({MAIN: app("options.release = 'a@1';")}, release=None)

    assert output(project, *RELEASES) == [f"FD01 error {MAIN}:6"]


@pytest.mark.parametrize(
    ("lines", "messages"),
    [
        (["options.dist = '1';"], ["6 The dist is '1' in every build."]),
        (["options.dist = D;"], ["6 The dist is '7' in every build."]),
        (["if (kDebugMode) options.dist = '1';", "options.dist = '2';"],
         ["7 The dist is '2' in every build."]),
        (["options.dist = (await f())\n.version;"],
         ["6 The dist is `(awaitf()).version`, the version instead of the build number."]),
        (["options.dist = info.buildNumber;"], []),
        (["options.dist = '';"], []),
        (["options.dist = null;"], []),
        (["options.dist = '$build';"], []),
    ],
)  # fmt: skip
def test_a_dist_that_is_no_build_number_is_reported(lines: list[str], messages: list[str]) -> None:
    project = app_facts({MAIN: app(*lines, before="const D = '7';")})

    assert [f"{one.line} {one.message}" for one in found(project, "FD37")] == messages


@pytest.mark.parametrize(
    ("length", "shown"), [(80, "'" + "a" * 80 + "'"), (81, "'" + "a" * 80 + "…'")]
)
def test_a_release_is_quoted_up_to_80_characters(length: int, shown: str) -> None:
    project = app_facts({MAIN: app(f"options.release = '{'a' * length}';")}, release=None)

    (finding,) = found(project, "FD01")
    assert finding.message == f"The release is {shown}, the same for every version."


def test_both_names_are_reported_and_nothing_in_them_can_break_out() -> None:
    project = app_facts({MAIN: app(r"options.release = 'a\n::error::b" + "x" * 200 + "';")})

    (finding,) = found(project, "FD02")

    assert "'shop@1.4.0+27'" in finding.message
    assert "\n" not in finding.message
    assert len(finding.message) < 200


@pytest.mark.parametrize(
    ("declared", "finding"),
    [
        ("class Env { static const release = 'shop@1.4.0+27'; }", ["FD01 error"]),
        ("class Env { static const release = String.fromEnvironment('A'); }", ["FD04 error"]),
        ("class Env { static String get release => f(); }", ["FD01 info"]),
        ("class Other { static const release = 'a'; }", ["FD01 info"]),
    ],
)
def test_a_constant_of_another_file_that_is_read_is_followed(
    declared: str, finding: list[str]
) -> None:
    project = app_facts(
        {MAIN: app("options.release = Env.release;"), "lib/env.dart": f"// Sentry\n{declared}"}
    )

    assert output(project, *RELEASES) == [f"{one} {MAIN}:6" for one in finding]


@pytest.mark.parametrize(
    ("code", "lines"),
    [
        ("final a = String.fromEnvironment('SENTRY_RELEASE');", [1]),
        ("late final String a =\n  String.fromEnvironment('SENTRY_DIST');", [2]),
        ("var a = bool.hasEnvironment('SENTRY_DSN');", [1]),
        ("f() { o.dsn = String.fromEnvironment('SENTRY_DSN'); }", [1]),
        ("f() { o.release = String.fromEnvironment('SENTRY_RELEASE'); }", []),
        ("f() { o.release = String.fromEnvironment('SENTRY_RELEASE', defaultValue: 'a'); }", [1]),
        ("const a = String.fromEnvironment('SENTRY_RELEASE');", []),
        ("const String a = String.fromEnvironment('SENTRY_RELEASE');", []),
        ("final a = const String.fromEnvironment('SENTRY_RELEASE');", []),
        ("final a = String.fromEnvironment('FLAVOR');", []),
        ("@Deprecated(String.fromEnvironment('SENTRY_DSN')) class A {}", []),
        ("f({String a = const String.fromEnvironment('SENTRY_DSN')}) {}", []),
        ("class A { const A([this.b = String.fromEnvironment('SENTRY_DSN')]); }", []),
        ("f({String a = String.fromEnvironment('SENTRY_DSN')}) {}", []),
        ("f(int b, {String? a = String.fromEnvironment('SENTRY_DSN')}) {}", []),
        ("f(int b, [String a = String.fromEnvironment('SENTRY_DSN')]) {}", []),
        ("f((o) => o.dsn = String.fromEnvironment('SENTRY_DSN'));", [1]),
        ("f() { String a = String.fromEnvironment('SENTRY_DSN'); }", [1]),
        ("class A { String a = String.fromEnvironment('SENTRY_DSN'); }", [1]),
        ("// final a = String.fromEnvironment('SENTRY_RELEASE');", []),
    ],
)
def test_a_define_that_only_a_constant_sees_is_reported(code: str, lines: list[int]) -> None:
    project = app_facts({MAIN: code})

    assert output(project, "FD35") == [f"FD35 info {MAIN}:{line}" for line in lines]


def test_the_pubspec_of_the_stage_is_that_of_a_flutter_app() -> None:
    assert app_facts({"pubspec.yaml": PUBSPEC}).pubspec.is_flutter
