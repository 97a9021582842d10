"""Claims about single fixes of `doctor --fix`: what a text is afterwards, and what is left to people."""

from collections.abc import Sequence
from pathlib import PurePosixPath

import pytest

from corpus import CORPUS
from doctor_app import PUBSPEC, SHIP_WORKFLOW, app, app_facts, found, workflow_app, workflow_of
from sentry_release.doctor.app import App, FixContext
from sentry_release.doctor.fixes.fixers import FIXERS, Fix, apply_fixes, compute_fixes
from sentry_release.flutter.pubspec import ResolvedVersion
from sentry_release.model.platform import Platform

MAIN = PurePosixPath("lib/main.dart")
OWN = "uses: appcrew/sentry-release-flutter@v1\n  id: sentry"
FILE = "${{ steps.sentry.outputs.dart-defines-file }}"
ARGUMENT = '--dart-define-from-file="$SENTRY_DEFINE_FILE"'
ENV = f"env:\n    SENTRY_DEFINE_FILE: {FILE}"


def fixes_of(cases: Sequence[FixContext]) -> tuple[Fix, ...]:
    """The fixes of all findings; the doctor itself would survive a fixer that raises."""
    for one in cases:
        if one.finding.rule in FIXERS:
            FIXERS[one.finding.rule](one)
    return tuple(compute_fixes(cases))


def fix(facts: App, rule: str, path: PurePosixPath, text: str, *sources: str) -> str | None:
    """The text after the fixes of all findings of a rule; None if nothing changes."""
    cases = [
        FixContext(
            finding=one,
            app=facts,
            texts={path: text},
            sources=lambda: (text.encode(), *(one.encode() for one in sources)),
        )
        for one in found(facts, rule)
    ]
    assert cases
    return apply_fixes(fixes_of(cases), {path: text}).get(path)


def fix_file(facts: App, path: PurePosixPath, text: str) -> str:
    """A file after the fixes of all rules."""
    cases = [
        FixContext(finding=one, app=facts, texts={path: text}, sources=lambda: (text.encode(),))
        for one in found(facts)
        if one.path == path
    ]
    return apply_fixes(fixes_of(cases), {path: text}).get(path, text)


def fix_main(text: str) -> str:
    return fix_file(app_facts({str(MAIN): text}), MAIN, text)


def fix_workflow(text: str, rule: str = "FD34") -> str | None:
    return fix(workflow_app(text), rule, SHIP_WORKFLOW, text)


def fix_dart(
    text: str, rule: str, *sources: str, version: str = "9.8.0", go_router: str | None = None
) -> str | None:
    facts = app_facts(
        {str(MAIN): text},
        platforms=[Platform.WEB],
        sdk=ResolvedVersion(version=version, exact=True),
        go_router=ResolvedVersion(version=go_router, exact=True) if go_router else None,
    )
    return fix(facts, rule, MAIN, text, *sources)


# --- FD34: the define file of the action for a build ---


@pytest.mark.parametrize(
    ("step", "after"),
    [
        ("run: flutter build apk", f"run: flutter build apk {ARGUMENT}\n  {ENV}"),
        ("run: flutter build apk --release", f"run: flutter build apk {ARGUMENT} --release\n  {ENV}"),
        (
            "run: |\n    flutter build apk\n\n    ls\n\n  name: Build",
            f"run: |\n    flutter build apk {ARGUMENT}\n\n    ls\n  {ENV}\n\n  name: Build",
        ),
        (
            "run: flutter build apk\n  env:\n    A: b",
            f"run: flutter build apk {ARGUMENT}\n  env:\n    SENTRY_DEFINE_FILE: {FILE}\n    A: b",
        ),
        (
            f"run: flutter build apk\n  env:\n    SENTRY_DEFINE_FILE: {FILE}",
            f"run: flutter build apk {ARGUMENT}\n  env:\n    SENTRY_DEFINE_FILE: {FILE}",
        ),
        (
            "working-directory: ./\n  run: flutter build apk",
            f"working-directory: ./\n  run: flutter build apk {ARGUMENT}\n  {ENV}",
        ),
        ("run: flutter build apk\n  env: {A: b}", None),
        ("run: flutter build apk\n  env:\n    {A: b}", None),
        ("run: flutter build apk\n  env: &env\n    A: b", None),
        ("name: 'Build\u2028it'\n  run: flutter build apk", None),
        ("run: flutter build apk\n  env:\n    SENTRY_DEFINE_FILE: a.json", None),
        ('run: "flutter build apk"', None),
        ("run: >-\n    flutter build apk", None),
        ("{run: flutter build apk}", None),
        ("run: flutter build apk && flutter build web", None),
        ("run: echo flutter build apk next; flutter build apk", None),
        ("run: cd android && flutter build apk", None),
        ("run: |\n    pushd android\n    flutter build apk", None),
        ("working-directory: android\n  run: flutter build apk", None),
        ("run: shorebird release android", None),
    ],
)  # fmt: skip
def test_a_build_gets_the_define_file_in_a_variable_if_its_step_is_written_plainly(
    step: str, after: str | None
) -> None:
    get, cache = "run: flutter pub get", "uses: actions/cache@v5\n  with:\n    path: build"
    expected = workflow_of(OWN, get, after, cache) if after else None

    assert fix_workflow(workflow_of(OWN, get, step, cache)) == expected


def test_a_build_in_a_file_that_was_not_read_is_left_alone() -> None:
    [finding] = found(workflow_app(workflow_of(OWN, "run: flutter build apk")), "FD34")
    facts = workflow_app(workflow_of(OWN, "run: flutter build apk"))

    assert not fixes_of([FixContext(finding=finding, app=facts, texts={}, sources=lambda: ())])


def test_the_define_file_is_passed_in_the_line_ends_of_the_file_and_without_a_last_one() -> None:
    before = workflow_of(OWN, "run: flutter build apk")
    after = workflow_of(OWN, f"run: flutter build apk {ARGUMENT}\n  {ENV}")

    assert fix_workflow(before.rstrip()) == after.rstrip()
    assert fix_workflow(before.replace("\n", "\r\n")) == after.replace("\n", "\r\n")


JOB_SHELL = "    defaults: {{run: {{shell: {}}}}}\n"
JOB_FOLDER = "    defaults: {{run: {{working-directory: {}}}}}\n"


@pytest.mark.parametrize(
    ("runner", "head", "step", "top", "is_fixed"),
    [
        ("ubuntu-24.04", "", "", "", True),
        ("macos-15", "", "", "", True),
        ("windows-latest", "", "", "", False),
        ("self-hosted", "", "", "", False),
        ("${{ matrix.os }}", "", "", "", False),
        ("windows-latest", "", "shell: bash\n  ", "", True),
        ("windows-latest", "", "shell: sh -e {0}\n  ", "", True),
        ("ubuntu-24.04", "", "shell: pwsh\n  ", "", False),
        ("windows-latest", JOB_SHELL.format("bash"), "", "", True),
        ("ubuntu-24.04", JOB_SHELL.format("pwsh"), "", "", False),
        ("ubuntu-24.04", JOB_SHELL.format("pwsh"), "shell: bash\n  ", "", True),
        ("ubuntu-24.04", "", "", "defaults: {run: {shell: pwsh}}\n", False),
        ("windows-latest", "", "", "defaults: {run: {shell: bash}}\n", True),
        ("ubuntu-24.04", JOB_SHELL.format("bash"), "", "defaults: {run: {shell: pwsh}}\n", True),
        ("ubuntu-24.04", JOB_FOLDER.format("android"), "", "", False),
        ("ubuntu-24.04", JOB_FOLDER.format("."), "", "", True),
        ("ubuntu-24.04", "", "", "defaults: {run: {working-directory: android}}\n", False),
        ("ubuntu-24.04", JOB_FOLDER.format("android"), "working-directory: .\n  ", "", True),
    ],
)
def test_the_variable_needs_a_shell_that_expands_it_in_the_folder_of_the_app(
    runner: str,
    head: str,
    step: str,
    top: str,
    is_fixed: bool,  # noqa: FBT001 - a column of a table
) -> None:
    text = workflow_of(OWN, f"{step}run: flutter build apk", head=head)
    text = top + text.replace("ubuntu-latest", runner)

    assert (fix_workflow(text) is not None) is is_fixed


@pytest.mark.parametrize(
    "own",
    [
        [OWN, OWN.replace("sentry\n", "again\n")],
        [f"{OWN}\n  if: github.ref_name == 'main'"],
        ["uses: appcrew/sentry-release-flutter@v1"],
        [OWN.replace("id: sentry", "id: 1st")],
        [f"{OWN}\n  with: {{working-directory: other}}"],
        [OWN.replace("flutter@", "flutter/deploy@")],
        [],
    ],
)
def test_a_build_without_exactly_one_earlier_step_of_the_action_is_left_alone(
    own: list[str],
) -> None:
    assert fix_workflow(workflow_of(*own, "run: flutter build apk")) is None


# --- FD42: the flags of a build as inputs ---

FLAGS = f"run: flutter build apk --build-number=28 --build-name=2.0.0 {ARGUMENT}\n  {ENV}"


@pytest.mark.parametrize(
    ("own", "after"),
    [
        (OWN, "uses: appcrew/sentry-release-flutter@v1\n  with:\n    build-number: 28\n"
              "    build-name: 2.0.0\n  id: sentry"),
        (f"{OWN}\n  with:\n    environment: live",
         f"{OWN}\n  with:\n    build-number: 28\n    build-name: 2.0.0\n    environment: live"),
        (f"{OWN}\n  with:\n    build-number: 28", f"{OWN}\n  with:\n    build-name: 2.0.0\n    build-number: 28"),
        (f"{OWN}\n  with: {{environment: live}}", None),
        ("uses:\n    appcrew/sentry-release-flutter@v1\n  id: sentry",
         "uses:\n    appcrew/sentry-release-flutter@v1\n  with:\n    build-number: 28\n"
         "    build-name: 2.0.0\n  id: sentry"),
        (f"{OWN}\n  with:\n    build-number: 29", None),
        (OWN.replace("uses: ", "uses: '").replace("@v1", "@v1'"), None),
        ("{uses: appcrew/sentry-release-flutter@v1, id: sentry}", None),
    ],
)  # fmt: skip
def test_flags_of_a_build_become_inputs_if_the_step_of_the_action_is_a_block(
    own: str, after: str | None
) -> None:
    expected = workflow_of(after, FLAGS) if after else None

    assert fix_workflow(workflow_of(own, FLAGS), "FD42") == expected


@pytest.mark.parametrize(
    ("flag", "value"),
    [
        ("${{ github.run_number }}", "${{ github.run_number }}"),
        ("$GITHUB_RUN_NUMBER", "${{ github.run_number }}"),
        ("28", "28"),
        ("$(git rev-list --count HEAD)", None),
        ("'-1'", None),
        ("${{ github.run_number || 1 }}", None),
    ],
)
def test_only_a_value_that_the_action_knows_as_early_becomes_an_input(
    flag: str, value: str | None
) -> None:
    own = f"{OWN}\n  with:\n    environment: live"
    build = f"run: |\n    flutter build apk --build-number={flag}"
    after = own.replace("with:\n", f"with:\n    build-number: {value}\n")

    expected = workflow_of(after, build) if value else None
    assert fix_workflow(workflow_of(own, build), "FD42") == expected


@pytest.mark.parametrize(
    "step",
    [
        "{run: flutter build apk --build-number=28}",
        "run: flutter build apk --build-number=28 && flutter build web --build-number=29",
    ],
)
def test_flags_stay_if_the_build_is_not_the_only_one_of_a_block(step: str) -> None:
    assert fix_workflow(workflow_of(OWN, step), "FD42") is None


# --- Dart: options, defines, routes ---


@pytest.mark.parametrize(
    ("value", "after"),
    [
        ("1", "const Duration(milliseconds: 1)"),
        ("1800000", "const Duration(milliseconds: 1800000)"),
        ("30 * 1000", "const Duration(milliseconds: 30 * 1000)"),
        ("pause", "Duration(milliseconds: pause)"),
        ("0", None),
        ("1800001", None),
        ("read()", None),
    ],
)
def test_milliseconds_become_a_duration_within_the_bounds_of_the_sdk(
    value: str, after: str | None
) -> None:
    before = "const pause = 20;\n"
    text = app(f"options.autoSessionTrackingIntervalMillis = {value};", before=before)

    expected = app(f"options.autoSessionTrackingInterval = {after};", before=before)
    assert fix_dart(text, "FD19") == (expected if after else None)


@pytest.mark.parametrize(
    ("line", "after", "version"),
    [
        ("Interval = Duration.zero;", "Interval = const Duration(seconds: 30);", "9.8.0"),
        ("Interval = const Duration(seconds: 0);", "Interval = const Duration(seconds: 30);", "9.8.0"),
        ("Interval = Duration(minutes: -1);", "Interval = const Duration(seconds: 30);", "9.8.0"),
        ("Interval = Duration(hours: 2);", None, "9.8.0"),
        ("Interval = none;", None, "9.8.0"),
        ("IntervalMillis = 0;", "IntervalMillis = 30000;", "6.22.0"),
        ("IntervalMillis = 00;", "IntervalMillis = 30000;", "6.22.0"),
        ("IntervalMillis = -1;", None, "6.22.0"),
        ("IntervalMillis = 9000000;", None, "6.22.0"),
    ],
)  # fmt: skip
def test_an_interval_of_zero_becomes_the_default_and_a_long_one_stays(
    line: str, after: str | None, version: str
) -> None:
    before = "const none = Duration.zero;\n"
    text = app(f"options.autoSessionTracking{line}", before=before)

    expected = app(f"options.autoSessionTracking{after}", before=before)
    assert fix_dart(text, "FD20", version=version) == (expected if after else None)


@pytest.mark.parametrize(
    ("line", "after"),
    [
        ("options.enableAutoSessionTracking = false;", "options.enableAutoSessionTracking = true;"),
        ("options..enableAutoSessionTracking = false..enableAutoSessionTracking = false;",
         "options..enableAutoSessionTracking = true..enableAutoSessionTracking = true;"),
        ("options..enableAutoSessionTracking = false..enableAutoSessionTracking = off();", None),
        ("if (kIsWeb) options.enableAutoSessionTracking = false;", None),
    ],
)  # fmt: skip
def test_a_literal_false_becomes_true_if_each_on_the_line_is_one(
    line: str, after: str | None
) -> None:
    assert fix_dart(app(line), "FD07") == (app(after) if after else None)


@pytest.mark.parametrize(
    ("value", "after"),
    [
        ("const String.fromEnvironment('A_1')",
         "const bool.hasEnvironment('A_1') ? const String.fromEnvironment('A_1') : null"),
        ("String.fromEnvironment('A')",
         "const bool.hasEnvironment('A') ? const String.fromEnvironment('A') : null"),
        ("const String.fromEnvironment('1A')", None),
        ("const String.fromEnvironment('')", None),
    ],
)  # fmt: skip
def test_a_define_without_a_fallback_becomes_null_if_the_build_does_not_pass_it(
    value: str, after: str | None
) -> None:
    expected = app(f"options.release = {after};")

    assert fix_dart(app(f"options.release = {value};"), "FD04") == (expected if after else None)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("final d = String.fromEnvironment('SENTRY_DIST');",
         "const d = String.fromEnvironment('SENTRY_DIST');"),
        ("f() {\n  final d = String.fromEnvironment('SENTRY_DIST');\n}",
         "f() {\n  final d = const String.fromEnvironment('SENTRY_DIST');\n}"),
        ("class E {\n  static final d = String.fromEnvironment('SENTRY_DIST');\n}",
         "class E {\n  static const d = String.fromEnvironment('SENTRY_DIST');\n}"),
        ("static late final d = String.fromEnvironment('SENTRY_DIST');",
         "static late final d = const String.fromEnvironment('SENTRY_DIST');"),
        ("final d = String.fromEnvironment('SENTRY_DIST') + x;",
         "final d = const String.fromEnvironment('SENTRY_DIST') + x;"),
        ("final d = String.fromEnvironment('SENTRY_DIST', defaultValue: name);", None),
        ("final d = String.fromEnvironment('SENTRY_DIST'), e = String.fromEnvironment('SENTRY_RELEASE');",
         None),
    ],
)  # fmt: skip
def test_a_read_define_becomes_a_constant_with_its_variable_where_that_can_be_one(
    before: str, after: str | None
) -> None:
    text = app(before=before)

    assert fix_dart(text, "FD35") == (app(before=after) if after else None)


def test_two_releases_on_a_line_are_left_alone() -> None:
    one = "..release = const String.fromEnvironment('A')"

    assert fix_dart(app(f"options{one}{one};"), "FD04") is None


@pytest.mark.parametrize(
    ("command", "is_fixed"),
    [
        ("sed -i 's/^final dist/const d/' lib/main.dart", False),
        ("sed -i 's/^import/export/' lib/main.dart", True),
        ("sed -i 's/^final dist/const d/' lib/other.dart", True),
        ("cp a.dart lib/main.dart", False),
        ("cat lib/main.dart", True),
    ],
)
def test_a_line_that_a_script_writes_is_left_alone(
    command: str,
    is_fixed: bool,  # noqa: FBT001 - a column of a table
) -> None:
    text = "import 'a.dart';\nfinal dist = String.fromEnvironment('SENTRY_DIST');\n"

    fixed = fix(app_facts({str(MAIN): text}, commands=[command]), "FD35", MAIN, text)
    assert (fixed is not None) is is_fixed


ROUTER = (
    "import 'package:sentry_flutter/sentry_flutter.dart';\n"
    "final r = GoRouter(routes: [\n  GoRoute({}),\n]);\n"
    "final o = SentryNavigatorObserver();\n"
)


@pytest.mark.parametrize(
    ("route", "after", "others"),
    [
        ("path: '/', name: 'home', builder: b", "path: '/', builder: b", []),
        ("\n    name: 'home',\n    path: '/',\n  ", "\n    path: '/',\n  ", []),
        ("\n    name: 'home', path: '/',\n  ", "\n    path: '/',\n  ", []),
        ("path: '/',\r\n    name: 'home',\r\n", "path: '/',\r\n", []),
        ("path: '/', name: 'home'", None, []),
        ("path: '/', name: 'home' /* main */, builder: b", None, []),
        ("path: '/', name: 'the home', builder: b", None, []),
        ("path: '/', name: 'home', builder: b", None, ["goNamed('home');"]),
        ("path: '/', name: 'home', builder: b", None, ["goNamed(where);"]),
        ("path: '/', name: 'home', builder: b", "path: '/', builder: b", ["goNamed('cart');"]),
    ],
)
def test_the_name_of_the_first_route_goes_with_its_comma_if_nothing_else_uses_it(
    route: str, after: str | None, others: list[str]
) -> None:
    text = ROUTER.format(route)

    fixed = fix_dart(text, "FD13", *others, go_router="14.0.0")
    assert fixed == (ROUTER.format(after) if after is not None else None)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "options..dsn = dsn..release = const String.fromEnvironment('SENTRY_RELEASE');",
            "options..dsn = dsn..release = const bool.hasEnvironment('SENTRY_RELEASE') ? "
            "const String.fromEnvironment('SENTRY_RELEASE') : null;",
        ),
        (
            "options.release = (String.fromEnvironment('APP_RELEASE')); // why not",
            "options.release = (const bool.hasEnvironment('APP_RELEASE') ? "
            "const String.fromEnvironment('APP_RELEASE') : null); // why not",
        ),
        (
            "options.enableAutoSessionTracking = /* for now */ false;",
            "options.enableAutoSessionTracking = /* for now */ true;",
        ),
        (
            "options..enableAutoSessionTracking = false..enableNativeCrashHandling = false;",
            "options..enableAutoSessionTracking = true..enableNativeCrashHandling = true;",
        ),
        (
            "options.autoSessionTrackingIntervalMillis = 30 * 1000;",
            "options.autoSessionTrackingInterval = const Duration(milliseconds: 30 * 1000);",
        ),
        (
            "options.autoSessionTrackingInterval = Duration(/* none */);",
            "options.autoSessionTrackingInterval = const Duration(seconds: 30);",
        ),
        (
            "final dist = String.fromEnvironment('SENTRY_DIST');",
            "final dist = const String.fromEnvironment('SENTRY_DIST');",
        ),
        (
            "var dist = String.fromEnvironment('SENTRY_DIST', defaultValue: 'none');",
            "var dist = const String.fromEnvironment('SENTRY_DIST', defaultValue: 'none');",
        ),
        (
            "final dist = String.fromEnvironment('SENTRY_DIST', defaultValue: buildNumber);",
            "final dist = String.fromEnvironment('SENTRY_DIST', defaultValue: buildNumber);",
        ),
    ],
)
def test_code_is_changed_at_the_one_place_whatever_stands_around_it(
    before: str, after: str
) -> None:
    assert fix_main(app(before)) == app(after)


@pytest.mark.parametrize(
    "line",
    [
        "options.enableAutoSessionTracking = kDebugMode;",
        "if (Platform.isLinux) options.enableAutoSessionTracking = false;",
        "options.autoSessionTrackingInterval = const Duration(hours: 2);",
        "options.autoSessionTrackingIntervalMillis = 0;",
        "options.autoSessionTrackingIntervalMillis = pause.inMilliseconds;",
        "options.release = String.fromEnvironment(releaseKey);",
        "options.release = String.fromEnvironment('APP-RELEASE');",
        "options.release = String.fromEnvironment('A\\' + exit(1) + \\'');",
    ],
)
def test_what_may_be_intended_is_left_to_the_user(line: str) -> None:
    assert fix_main(app(line)) == app(line)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "final dist = String.fromEnvironment('SENTRY_DIST'), now = DateTime.now();",
            "final dist = const String.fromEnvironment('SENTRY_DIST'), now = DateTime.now();",
        ),
        (
            "class Env {\n  final dist = String.fromEnvironment('SENTRY_DIST');\n}",
            "class Env {\n  final dist = const String.fromEnvironment('SENTRY_DIST');\n}",
        ),
        (
            "late final dist = String.fromEnvironment('SENTRY_DIST');",
            "late final dist = const String.fromEnvironment('SENTRY_DIST');",
        ),
        (
            "final String? dist = String.fromEnvironment('SENTRY_DIST') /* of CI */;",
            "const String? dist = String.fromEnvironment('SENTRY_DIST') /* of CI */;",
        ),
    ],
)
def test_a_variable_becomes_a_constant_only_where_it_can_be_one(before: str, after: str) -> None:
    assert fix_main(app(before=before)) == app(before=after)


# --- pubspec.yaml ---


@pytest.mark.parametrize(
    ("section", "after"),
    [
        ("sentry:\n  project: shop\n  release:\n", "sentry:\n  project: shop\n"),
        ("sentry:\n  release: ~\n  project: shop\n", "sentry:\n  project: shop\n"),
        ("sentry:\n  release: # later\n  project: shop\n", "sentry:\n  # later\n  project: shop\n"),
        ("sentry:\n  project: shop\n  release: null", "sentry:\n  project: shop\n"),
        ("sentry:\n  release:\n", None),
        ("sentry: {project: shop, release: }\n", None),
        ("sentry:\n  project: shop\n  release: &a\n", None),
    ],
)
def test_a_key_without_a_value_goes_unless_it_is_the_only_one(
    section: str, after: str | None
) -> None:
    head = f"{PUBSPEC}dev_dependencies:\n  sentry_dart_plugin: ^3.0.0\n"
    text = head + section
    facts = app_facts({str(MAIN): app(), "pubspec.yaml": text})

    fixed = fix(facts, "FD30", PurePosixPath("pubspec.yaml"), text)
    assert fixed == (head + after if after else None)


@pytest.mark.parametrize(
    ("section", "after"),
    [
        ("sentry: # plugin\n    # which\n    project: shop\n", None),
        (
            "sentry:\n  project: shop\n  commits: auto # all of them\n",
            "commits: false # all of them",
        ),
    ],
)
def test_commits_are_switched_off_in_the_indentation_of_the_section(
    section: str, after: str | None
) -> None:
    pubspec = f"{PUBSPEC}dev_dependencies:\n  sentry_dart_plugin: ^3.2.0\n{section}"
    facts = workflow_app(workflow_of(OWN, "run: dart run sentry_dart_plugin"), pubspec=pubspec)

    expected = (
        pubspec.replace("commits: auto # all of them", after)
        if after
        else pubspec.replace("# plugin\n", "# plugin\n    commits: false\n")
    )
    assert fix(facts, "FD31", PurePosixPath("pubspec.yaml"), pubspec) == expected


# --- web/index.html and Gradle ---


@pytest.mark.parametrize(
    ("policy", "after"),
    [
        ("script-src 'self'; img-src *", "script-src 'self' {0}; img-src *"),
        ("DEFAULT-SRC 'self' data:", "script-src 'self' data: {0}; DEFAULT-SRC 'self' data:"),
        ("img-src *; script-src-elem 'self' ", "img-src *; script-src-elem 'self' {0} "),
        ("script-src 'none'", "script-src 'none'"),
        ("default-src 'none'", "default-src 'none'"),
        ("default-src", "default-src"),
        ("script-src 'self'; script-src *", "script-src 'self' {0}; script-src *"),
        ("script-src &#39;self&#39;", "script-src &#39;self&#39;"),
    ],
)
def test_a_policy_lets_in_one_host_more_and_nothing_else(policy: str, after: str) -> None:
    tag = '<head>\n<meta content="{0}" http-equiv="content-security-policy">\n</head>\n'
    page = tag.format(policy)
    facts = app_facts({str(MAIN): app(), "web/index.html": page}, platforms=[Platform.WEB])
    host = "https://browser.sentry-cdn.com"

    fixed = fix(facts, "FD33", PurePosixPath("web/index.html"), page) or page
    assert fixed == tag.format(after.format(host))


LOCAL_PROPERTIES = """\
def localProperties = new Properties()
rootProject.file('local.properties').withReader('UTF-8') { localProperties.load(it) }
def flutterVersionCode = localProperties.getProperty('flutter.versionCode')
def flutterVersionName = localProperties.getProperty('flutter.versionName')
"""
GRADLE_PLUGIN = 'plugins {\n    id "dev.flutter.flutter-gradle-plugin"\n}\n'


@pytest.mark.parametrize(
    ("script", "before", "after"),
    [
        (
            LOCAL_PROPERTIES,
            ("versionCode 7 // once", "versionName '1.0'"),
            (
                "versionCode flutterVersionCode.toInteger() // once",
                "versionName flutterVersionName",
            ),
        ),
        (
            GRADLE_PLUGIN,
            ("versionCode = flutter.versionCode", 'versionName = "1.0"'),
            ("versionCode = flutter.versionCode", "versionName = flutter.versionName"),
        ),
        (
            GRADLE_PLUGIN,
            ("versionCode 7", 'versionName "1.0"'),
            ("versionCode 7", 'versionName "1.0"'),
        ),
        (
            LOCAL_PROPERTIES,
            ("versionCode 7 + 1", 'versionName "1.0-$flavor"'),
            ("versionCode 7 + 1", 'versionName "1.0-$flavor"'),
        ),
    ],
)
def test_gradle_is_spoken_to_in_the_words_that_the_script_knows(
    script: str, before: tuple[str, str], after: tuple[str, str]
) -> None:
    def gradle(lines: tuple[str, str]) -> str:
        body = "".join(f"        {line}\n" for line in lines)
        return f"{script}android {{\n    defaultConfig {{\n{body}    }}\n}}\n"

    path, text = PurePosixPath("android/app/build.gradle"), gradle(before)
    facts = app_facts({str(MAIN): app(), str(path): text}, platforms=[Platform.ANDROID])

    assert fix_file(facts, path, text) == gradle(after)


# --- versions of platforms ---

PROJECT = CORPUS / "app-xcconfig-frozen/ios/Runner.xcodeproj/project.pbxproj"
SHORT = "<key>CFBundleShortVersionString</key>\n<string>{}</string>\n"
BUILD = "<key>CFBundleVersion</key>\n<string>{}</string>\n"


@pytest.mark.parametrize(
    ("entries", "after"),
    [
        (SHORT.format("1.0"), SHORT.format("$(FLUTTER_BUILD_NAME)")),
        (BUILD.format("7"), BUILD.format("$(FLUTTER_BUILD_NUMBER)")),
        (SHORT.format("1.0") + BUILD.format("7"),
         SHORT.format("$(FLUTTER_BUILD_NAME)") + BUILD.format("$(FLUTTER_BUILD_NUMBER)")),
        (SHORT.format("1.0") + SHORT.format("1.0"), SHORT.format("1.0") + SHORT.format("1.0")),
        (SHORT.format("1.0 &amp; more"), SHORT.format("1.0 &amp; more")),
    ],
)  # fmt: skip
@pytest.mark.parametrize("platform", [Platform.IOS, Platform.MACOS])
def test_a_version_in_info_plist_becomes_flutter_s_variable(
    platform: Platform, entries: str, after: str
) -> None:
    whole = '<?xml version="1.0"?>\n<plist version="1.0">\n<dict>\n{}</dict>\n</plist>\n'
    path = PurePosixPath(platform.value) / "Runner/Info.plist"
    text = whole.format(entries)
    project = f"{platform.value}/Runner.xcodeproj/project.pbxproj"
    files = {str(MAIN): app(), str(path): text, project: PROJECT.read_text()}

    assert fix_file(app_facts(files, platforms=[platform]), path, text) == whole.format(after)


RESOURCE = PurePosixPath("windows/runner/Runner.rc")
CMAKE = PurePosixPath("windows/runner/CMakeLists.txt")
OLD = (
    "#ifdef FLUTTER_BUILD_NAME\n#define VERSION_AS_STRING #FLUTTER_BUILD_NAME\n#else\n"
    '#define VERSION_AS_STRING "1.0.0"\n#endif\n'
    'VALUE "InternalName", "shop" "\\0"\nVALUE "ProductVersion", VERSION_AS_STRING "\\0"\n'
)
NEW = OLD.replace("#ifdef FLUTTER_BUILD_NAME", "#if defined(FLUTTER_VERSION)").replace(
    "#FLUTTER_BUILD_NAME", "FLUTTER_VERSION"
)
STANDARD = "apply_standard_settings(${BINARY_NAME})\n"
PASSES = 'target_compile_definitions(${BINARY_NAME} PRIVATE "FLUTTER_VERSION=\\"${FLUTTER_VERSION}\\"")\n'


@pytest.mark.parametrize(
    ("resource", "build", "after"),
    [
        (OLD, STANDARD, {RESOURCE: NEW, CMAKE: STANDARD + PASSES}),
        (OLD, STANDARD + "# end\n", {RESOURCE: NEW, CMAKE: f"{STANDARD}{PASSES}# end\n"}),
        (OLD, STANDARD + PASSES, {RESOURCE: NEW}),
        (OLD, PASSES, {RESOURCE: NEW}),
        (OLD, "add_executable(shop)\n", {}),
        (OLD.replace("\n", "\r\n"), STANDARD.replace("\n", "\r\n"),
         {RESOURCE: NEW.replace("\n", "\r\n"), CMAKE: (STANDARD + PASSES).replace("\n", "\r\n")}),
        (OLD + OLD, STANDARD, {}),
    ],
)  # fmt: skip
def test_a_resource_gets_the_version_if_its_build_passes_it_or_can(
    resource: str, build: str, after: dict[PurePosixPath, str]
) -> None:
    texts = {RESOURCE: resource, CMAKE: build}
    files = {str(path): text for path, text in texts.items()}
    facts = app_facts({str(MAIN): app(), **files}, platforms=[Platform.WINDOWS])
    cases = [
        FixContext(finding=one, app=facts, texts=texts, sources=lambda: ())
        for one in found(facts, "FD26")
    ]

    assert cases
    assert dict(apply_fixes(fixes_of(cases), texts)) == after


@pytest.mark.parametrize(
    ("section", "after"),
    [
        ("sentry:\n  project: shop\n", "sentry:\n  commits: false\n  project: shop\n"),
        ("sentry:\n\n  project: shop\n", "sentry:\n  commits: false\n\n  project: shop\n"),
        ("sentry:\n  project: shop\n  commits: auto\n", "sentry:\n  project: shop\n  commits: false\n"),
        ("sentry:\n  commits: 'auto'\n", None),
        ("sentry: {project: shop}\n", None),
        ("", None),
    ],
)  # fmt: skip
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_commits_of_the_plugin_are_switched_off_in_a_section_of_lines(
    section: str, after: str | None, end: str
) -> None:
    head = f"{PUBSPEC}dev_dependencies:\n  sentry_dart_plugin: ^3.2.0\n"
    text = (head + section).replace("\n", end)
    facts = workflow_app(workflow_of(OWN, "run: dart run sentry_dart_plugin"), pubspec=text)

    expected = (head + after).replace("\n", end) if after else None
    assert fix(facts, "FD31", PurePosixPath("pubspec.yaml"), text) == expected
