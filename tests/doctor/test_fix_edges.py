"""What `doctor --fix` does to code that is not as in the book, and where it leaves all to people."""

from pathlib import Path

import pytest

from doctor_app import app as main_dart
from fix_app import PUBSPEC, AppFolder, app_of, rows

WORKFLOW = """\
on: push
jobs:
  ship:
    runs-on: ubuntu-latest
    steps:
      - uses: appcrew/sentry-release-flutter@v1
        id: sentry
"""
FILE = "${{ steps.sentry.outputs.dart-defines-file }}"
ROUTER = """\
import 'package:go_router/go_router.dart';
import 'package:sentry_flutter/sentry_flutter.dart';

final router = GoRouter(
  routes: [
    GoRoute(
      path: '/',
      name: 'home',
      builder: (context, state) => const Home(),
    ),
  ],
);
Widget start() => MaterialApp(navigatorObservers: [SentryNavigatorObserver()]);
"""
OLD_RESOURCE = """\
#ifdef FLUTTER_BUILD_NAME
#define VERSION_AS_STRING #FLUTTER_BUILD_NAME
#else
#define VERSION_AS_STRING "1.0.0"
#endif
VALUE "InternalName", "shop" "\\0"
VALUE "ProductVersion", VERSION_AS_STRING "\\0"
"""
RUNNER = "add_executable(${BINARY_NAME} WIN32)\napply_standard_settings(${BINARY_NAME})\n"
PLUGIN = "dev_dependencies:\n  sentry_dart_plugin: ^3.2.0\nsentry:\n  project: shop\n"


def fixed(app: AppFolder, path: str) -> str:
    """Return a file after all fixes."""
    app.play("--fix", "--write")
    return app.read(path)


def workflow(tmp_path: Path, text: str, **files: str) -> AppFolder:
    return app_of(
        tmp_path,
        {"lib/main.dart": main_dart(), ".github/workflows/ship.yml": text, **files},
    )


def web(tmp_path: Path, *, policy: str = "", **files: str) -> AppFolder:
    page = f'<!DOCTYPE html>\n<html><head>\n{policy}\n<base href="/">\n</head></html>\n'
    return app_of(
        tmp_path,
        {
            "lib/main.dart": main_dart(),
            "lib/observer.dart": ROUTER.partition("final")[0]
            + "var o = SentryNavigatorObserver();",
            "web/index.html": page,
            **files,
        },
    )


def test_a_finding_that_a_comment_suppresses_is_not_fixed(tmp_path: Path) -> None:
    line = (
        "options.enableAutoSessionTracking = false; // sentry-release: ignore FD07 because we count"
    )
    app = app_of(tmp_path, {"lib/main.dart": main_dart(line)})

    assert fixed(app, "lib/main.dart") == main_dart(line)


def test_a_fix_that_would_cause_another_finding_prevents_no_other(
    tmp_path: Path,
) -> None:
    lines = "options.autoSessionTrackingIntervalMillis = 9000000;", "options.{} = {};"
    name = "enableNativeCrashHandling"
    app = app_of(tmp_path, {"lib/main.dart": main_dart(lines[0], lines[1].format(name, "false"))})

    assert fixed(app, "lib/main.dart") == main_dart(lines[0], lines[1].format(name, "true"))


def test_line_ends_a_mark_and_a_missing_last_line_end_stay(tmp_path: Path) -> None:
    dart = main_dart("options.enableAutoSessionTracking = false;").replace("\n", "\r\n").rstrip()
    pubspec = f"{PUBSPEC}{PLUGIN}  release:\n  dist: # later".replace("\n", "\r\n")
    app = app_of(tmp_path, {"lib/main.dart": "\ufeff" + dart, "pubspec.yaml": pubspec})

    app.play("--fix", "--write")

    assert app.read("lib/main.dart") == "\ufeff" + dart.replace("= false", "= true")
    assert app.read("pubspec.yaml") == pubspec.replace("  release:\r\n  dist: #", "  #")


def test_a_diff_says_that_the_last_line_has_no_end(tmp_path: Path) -> None:
    pubspec = f"{PUBSPEC}{PLUGIN}  release:"
    app = app_of(tmp_path, {"lib/main.dart": main_dart(), "pubspec.yaml": pubspec})

    _, printed = app.play("--fix")

    assert "-  release:\n\\ No newline at end of file\n" in printed


def test_what_a_terminal_would_obey_is_not_in_the_diff(tmp_path: Path) -> None:
    line = "options.enableAutoSessionTracking = false; // \x1b[2Jgone\u202e ::error::no"
    app = app_of(tmp_path, {"lib/main.dart": main_dart(line)})

    _, printed = app.play("--fix")

    assert "= false; // ?[2Jgone? " in printed
    assert "\x1b" not in printed
    assert "\u202e" not in printed
    assert not any(one.startswith("::") for one in printed.splitlines())


def test_a_route_on_lines_of_its_own_loses_the_line_of_its_name(tmp_path: Path) -> None:
    app = web(tmp_path, **{"lib/router.dart": ROUTER})

    assert fixed(app, "lib/router.dart") == ROUTER.replace("      name: 'home',\n", "")


@pytest.mark.parametrize(
    "elsewhere",
    [
        "void go(context) => context.goNamed('home');",
        "void go(context, where) => context.pushNamed(where);",
        'bool isHome(state) => state.name == "home";',
        "const start = 'home';",
    ],
)
@pytest.mark.parametrize("path", ["lib/go.dart", "test/go_test.dart", "packages/x/lib/x.dart"])
def test_a_name_that_may_be_called_stays(elsewhere: str, path: str, tmp_path: Path) -> None:
    app = web(tmp_path, **{"lib/router.dart": ROUTER, path: elsewhere})

    assert fixed(app, "lib/router.dart") == ROUTER
    assert rows(app.play("--fix")[1], "manual") == [("FD13", "lib/router.dart:8")]


def test_a_name_that_others_do_not_mean_goes(tmp_path: Path) -> None:
    others = (
        "void go(context) => context.goNamed(\n      'cart',\n    );\nconst home = 'homepage';\n"
    )
    app = web(tmp_path, **{"lib/router.dart": ROUTER, "lib/go.dart": others})

    assert "name:" not in fixed(app, "lib/router.dart")


def test_all_findings_of_an_app_are_fixed_at_once(tmp_path: Path) -> None:
    lines = (
        "options.release = const String.fromEnvironment('SENTRY_RELEASE');",
        "options.dist = String.fromEnvironment('SENTRY_DIST');",
        "options..enableAutoSessionTracking = false..enableNativeCrashHandling = false;",
        "options.autoSessionTrackingIntervalMillis = 20000;",
    )
    policy = """<meta http-equiv="Content-Security-Policy" content="script-src 'self'">"""
    build = "      - run: flutter build web --source-maps --dart-define=API=x\n      - run: flutter build apk\n"
    app = web(
        tmp_path,
        policy=policy,
        **{
            "lib/main.dart": main_dart(*lines),
            "lib/router.dart": ROUTER,
            "pubspec.yaml": f"{PUBSPEC}{PLUGIN}  upload_debug_symbols: false\n  release: # later\n",
            ".github/workflows/ship.yml": f"{WORKFLOW}{build}      - run: dart run sentry_dart_plugin\n",
        },
    )

    code, printed = app.play("--fix", "--write")

    rules = {rule for rule, _ in rows(printed, "fixed")}
    assert rules == {
        "FD04", "FD07", "FD08", "FD13", "FD19", "FD30", "FD31", "FD33", "FD34", "FD35"
    }  # fmt: skip
    assert (code, sum(app.found().values())) == (0, 0)


def test_a_name_with_a_comment_stays(tmp_path: Path) -> None:
    router = ROUTER.replace("name: 'home'", "name: /* as in the app */ 'home'")
    app = web(tmp_path, **{"lib/router.dart": router})

    assert fixed(app, "lib/router.dart") == router


def test_a_resource_of_windows_gets_the_name_and_its_build_gives_it(tmp_path: Path) -> None:
    files = {
        "lib/main.dart": main_dart(),
        "windows/runner/Runner.rc": OLD_RESOURCE.replace("\n", "\r\n"),
        "windows/runner/CMakeLists.txt": RUNNER,
    }
    app = app_of(tmp_path, files)

    app.play("--fix", "--write")

    assert app.read("windows/runner/Runner.rc").startswith(
        "#if defined(FLUTTER_VERSION)\r\n#define VERSION_AS_STRING FLUTTER_VERSION\r\n#else\r\n"
    )
    assert app.read("windows/runner/CMakeLists.txt") == RUNNER + (
        "target_compile_definitions(${BINARY_NAME} PRIVATE "
        '"FLUTTER_VERSION=\\"${FLUTTER_VERSION}\\"")\n'
    )
    assert not any(rule == "FD26" for rule, _ in app.found())


def test_a_resource_whose_build_cannot_give_the_name_stays(tmp_path: Path) -> None:
    app = app_of(tmp_path, {"lib/main.dart": main_dart(), "windows/runner/Runner.rc": OLD_RESOURCE})

    assert fixed(app, "windows/runner/Runner.rc") == OLD_RESOURCE


def test_a_resource_that_is_not_utf_8_stays_and_is_reported(tmp_path: Path) -> None:
    content = OLD_RESOURCE.replace("shop", "caf\xe9").encode("cp1252")
    files: dict[str, str | bytes] = {
        "windows/runner/Runner.rc": content,
        "windows/runner/CMakeLists.txt": RUNNER,
    }
    app = app_of(tmp_path, {"lib/main.dart": main_dart(), **files})

    _, printed = app.play("--fix", "--write")

    assert (app.root / "windows/runner/Runner.rc").read_bytes() == content
    assert [rule for rule, _ in rows(printed, "manual")] == ["FD26"]


@pytest.mark.parametrize(
    ("step", "after"),
    [
        (
            "      - run: flutter build apk\n",
            '      - run: flutter build apk --dart-define-from-file="$SENTRY_DEFINE_FILE"\n'
            f"        env:\n          SENTRY_DEFINE_FILE: {FILE}\n",
        ),
        (
            "      - name: Build\n        run: |\n          flutter pub get\n"
            "          flutter build apk \\\n            --release\n\n"
            "      - run: echo done\n",
            "      - name: Build\n        run: |\n          flutter pub get\n"
            '          flutter build apk --dart-define-from-file="$SENTRY_DEFINE_FILE" \\\n'
            "            --release\n"
            f"        env:\n          SENTRY_DEFINE_FILE: {FILE}\n\n"
            "      - run: echo done\n",
        ),
        (
            "      - env:\n          # ours\n          A: 1\n        run: flutter build web # now",
            f"      - env:\n          # ours\n          SENTRY_DEFINE_FILE: {FILE}\n          A: 1\n"
            '        run: flutter build web --dart-define-from-file="$SENTRY_DEFINE_FILE" # now',
        ),
        (
            "      - run: |\n          flutter build apk\n          flutter build ios\n",
            '      - run: |\n          flutter build apk --dart-define-from-file="$SENTRY_DEFINE_FILE"\n'
            '          flutter build ios --dart-define-from-file="$SENTRY_DEFINE_FILE"\n'
            f"        env:\n          SENTRY_DEFINE_FILE: {FILE}\n",
        ),
    ],
)
def test_a_build_gets_the_define_file_by_a_variable(step: str, after: str, tmp_path: Path) -> None:
    app = workflow(tmp_path, WORKFLOW + step)

    assert fixed(app, ".github/workflows/ship.yml") == WORKFLOW + after
    assert not any(rule == "FD34" for rule, _ in app.found())


@pytest.mark.parametrize(
    "section",
    [
        "sentry:\n  release:\n",
        "sentry: {project: shop, release: }\n",
        "sentry:\n  project: shop\n  release: &later\n",
    ],
)
def test_a_section_that_would_be_another_one_stays(section: str, tmp_path: Path) -> None:
    before = PUBSPEC + PLUGIN.partition("sentry:")[0] + section
    app = app_of(tmp_path, {"lib/main.dart": main_dart(), "pubspec.yaml": before})

    assert any(rule == "FD30" for rule, _ in app.found())
    assert fixed(app, "pubspec.yaml") == before


@pytest.mark.parametrize(
    "files",
    [
        {"sentry.properties": "commits=auto\n"},
        {"pubspec.yaml": f"# one\x85# two\n{PUBSPEC}{PLUGIN}"},
        {"pubspec.yaml": f"# one\u2028# two\n{PUBSPEC}{PLUGIN}"},
    ],
)
def test_commits_stay_where_another_file_sets_them_or_the_lines_are_ambiguous(
    files: dict[str, str], tmp_path: Path
) -> None:
    build = f'      - run: flutter build apk --dart-define-from-file="{FILE}"\n'
    text = f"{WORKFLOW}{build}      - run: dart run sentry_dart_plugin\n"
    app = workflow(tmp_path, text, **{"pubspec.yaml": PUBSPEC + PLUGIN, **files})
    before = app.read("pubspec.yaml")

    assert any(rule == "FD31" for rule, _ in app.found())
    assert fixed(app, "pubspec.yaml") == before


def test_the_action_for_hosts_provides_the_define_file_as_well(tmp_path: Path) -> None:
    host = WORKFLOW.replace("flutter@v1", "flutter/host@v1").replace("ubuntu", "macos")
    app = workflow(tmp_path, f"{host}      - run: flutter build ipa\n")

    argument = 'flutter build ipa --dart-define-from-file="$SENTRY_DEFINE_FILE"'
    assert argument in fixed(app, ".github/workflows/ship.yml")


def test_a_define_file_of_another_app_is_not_handed_to_a_build(tmp_path: Path) -> None:
    both = WORKFLOW.replace(
        "id: sentry", "id: sentry\n        with: {working-directory: apps/admin}"
    )
    text = f"{both}      - run: flutter build apk\n        working-directory: apps/shop\n"
    files = {f"apps/{name}/pubspec.yaml": PUBSPEC for name in ("shop", "admin")}
    sources = {"apps/shop/lib/main.dart": main_dart(), ".github/workflows/ship.yml": text}
    root = app_of(tmp_path, {**files, **sources}).root
    app = AppFolder(root=root, arguments=("--working-directory", "apps/shop"))

    assert any(rule == "FD34" for rule, _ in app.found())
    assert fixed(app, ".github/workflows/ship.yml") == text


def test_a_build_in_the_folder_of_its_app_gets_its_file(tmp_path: Path) -> None:
    own = WORKFLOW.replace(
        "id: sentry", "id: sentry\n        with: {working-directory: ./apps/shop/}"
    )
    text = f"{own}      - run: flutter build apk\n        working-directory: apps/shop\n"
    sources = {"apps/shop/lib/main.dart": main_dart(), ".github/workflows/ship.yml": text}
    root = app_of(tmp_path, {"apps/shop/pubspec.yaml": PUBSPEC, **sources}).root
    app = AppFolder(root=root, arguments=("--working-directory", "apps/shop"))

    argument = 'flutter build apk --dart-define-from-file="$SENTRY_DEFINE_FILE"'
    assert argument in fixed(app, ".github/workflows/ship.yml")
    assert sum(app.found().values()) == 0
