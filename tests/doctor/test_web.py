"""Claims about the web: whether the app goes there, and FD11 to FD16 and FD33."""

import re

import pytest

from doctor_app import SDK, app, app_facts, found, output
from sentry_release.doctor.analysis.web import (
    WebSupport,
    find_line,
    find_web_support,
    has_web_sessions,
    is_excluded_from_web,
    parse_csp,
)
from sentry_release.doctor.app import App
from sentry_release.flutter.pubspec import ResolvedVersion, is_lower_version, is_older
from sentry_release.model.platform import Platform

BUILD = ["flutter build web --dart-define=SENTRY_RELEASE=a@1"]
START = "import 'package:sentry_flutter/sentry_flutter.dart';\n"
OLD_ROUTER = ResolvedVersion(version="14.8.1", exact=True)


def on_web(files: dict[str, str], *, sdk: ResolvedVersion | None = SDK) -> App:
    """An app that is built for the web."""
    main = {"lib/main.dart": app("options.dsn = '';")}
    return app_facts(main | files, sdk=sdk, commands=BUILD, go_router=OLD_ROUTER)


def web(text: str, *rules: str) -> list[str]:
    """What the rules say of a file `lib/a.dart` of such an app."""
    return [one.replace("lib/a.dart:", "") for one in output(on_web({"lib/a.dart": text}), *rules)]


# --- whether the app goes to the web ---


def test_a_folder_alone_is_a_weaker_sign_of_the_web_than_a_build() -> None:
    files = {"lib/main.dart": app("options.dsn = '';")}

    assert find_web_support(app_facts(files, commands=BUILD)) is WebSupport.BUILT
    assert find_web_support(app_facts(files, platforms=[Platform.WEB])) is WebSupport.FOLDER
    assert find_web_support(app_facts(files, platforms=[Platform.ANDROID])) is WebSupport.NONE


@pytest.mark.parametrize(
    ("sdk", "expected"),
    [
        (SDK, True),
        (ResolvedVersion(version="9.0.0", exact=True), True),
        (ResolvedVersion(version="8.14.2", exact=True), False),
        (ResolvedVersion(version="8.0.0", exact=False), True),
        (ResolvedVersion(version=None, exact=False), True),
        (None, False),
    ],
)
def test_sessions_come_from_browsers_since_9_by_the_lock_file(
    sdk: ResolvedVersion | None, *, expected: bool
) -> None:
    assert has_web_sessions(on_web({}, sdk=sdk)) is expected


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("if (!kIsWeb) {", "}", True),
        ("if (!foundation.kIsWeb) {", "}", True),
        ("if (!kIsWeb && Platform.isAndroid) {", "}", True),
        ("if (kIsWeb) { run(); } else {", "}", True),
        ("if (kIsWeb || isTest) { run(); } else {", "}", True),
        ("if (!kIsWeb || isAsked) {", "}", False),
        ("if (kIsWeb && isTest) { run(); } else {", "}", False),
        ("if (isTest && (a || kIsWeb || b)) { run(); } else {", "}", False),
        ("if (kIsWeb) {", "}", False),
        ("if (isAsked) {", "}", False),
        ("{", "}", False),
        ("switch (flavor) { case 'a':", "}", False),
    ],
)
def test_an_sdk_that_no_browser_starts_is_kept_out(
    before: str, after: str, *, expected: bool
) -> None:
    main = (
        f"{START}void main() async {{\n{before} await SentryFlutter.init((o) {{}}); {after}\n}}\n"
    )

    assert is_excluded_from_web(app_facts({"lib/main.dart": main})) is expected


def test_one_start_for_browsers_is_enough() -> None:
    main = (
        f"{START}void main() async {{\n  if (!kIsWeb) {{ await SentryFlutter.init((o) {{}}); }}\n"
        "  else { await SentryFlutter.init((o) {}); }\n}\n"
    )

    assert not is_excluded_from_web(app_facts({"lib/main.dart": main}))
    assert not is_excluded_from_web(app_facts({"lib/main.dart": "void main() {}\n"}))


# --- which version is older ---


@pytest.mark.parametrize(
    ("version", "than", "expected"),
    [
        ("8.14.2", "9.0.0", True),
        ("9.0.0", "9.0.0", False),
        ("9.0.0-alpha.1", "9.0.0-alpha.2", True),
        ("9.0.0-alpha.10", "9.0.0-alpha.2", False),
        ("9.0.0-beta.1", "9.0.0", True),
        ("9.0.0-beta", "9.0.0-beta.1", True),
        ("9.0.0-1", "9.0.0-alpha", True),
        (f"9.0.0-{'9' * 5000}", "9.0.0-10", False),
        ("9.0.0+7", "9.0.0+8", False),
        ("10.0.0", "9.0.0", False),
        ("8.14", "9.0.0", False),
        ("any", "9.0.0", False),
        (None, "9.0.0", False),
    ],
)
def test_versions_are_compared_as_pub_does_and_none_are_left_out(
    version: str | None, than: str, *, expected: bool
) -> None:
    assert is_lower_version(version, than) is expected
    assert is_older(ResolvedVersion(version=version, exact=True), than) is expected


def test_the_lowest_version_that_is_allowed_proves_nothing() -> None:
    assert not is_older(ResolvedVersion(version="8.0.0", exact=False), "9.0.0")
    assert not is_older(None, "9.0.0")


# --- FD11, FD12: the observer, and the SDK ---


@pytest.mark.parametrize(
    "observer",
    [
        "final a = [SentryNavigatorObserver()];",
        "final a = [sentry.SentryNavigatorObserver(enableAutoTransactions: false)];",
        "void a() => locator.registerLazySingleton(SentryNavigatorObserver.new);",
        "class Mine extends SentryNavigatorObserver {}",
    ],
)
def test_an_observer_is_enough_however_it_is_made(observer: str) -> None:
    assert web(f"{START}{observer}\n", "FD11") == []


@pytest.mark.parametrize(
    "no_observer",
    [
        "// final a = [SentryNavigatorObserver()];",
        "const a = 'SentryNavigatorObserver()';",
        "final a = [MySentryNavigatorObserver()];",
        "final SentryNavigatorObserver? a = null;",
    ],
)
def test_what_only_looks_like_an_observer_is_none(no_observer: str) -> None:
    assert web(f"{START}{no_observer}\n", "FD11") == ["FD11 error lib/main.dart:4"]


def test_a_missing_observer_is_reported_at_the_main_of_the_entry_point() -> None:
    other = f"{START}void main() {{}}\n"
    without_sentry = {
        "lib/main.dart": "// The shop.\nvoid main() => start();\n",
        "lib/a.dart": START,
    }

    commented = {"lib/main.dart": f"{START}/*\nvoid main() {{}}\n*/\nvoid main() {{}}\n"}

    assert web(other, "FD11") == ["FD11 error lib/main.dart:4"]
    assert output(on_web(commented), "FD11") == ["FD11 error lib/main.dart:5"]
    assert output(on_web(without_sentry), "FD11") == ["FD11 error lib/main.dart:2"]
    assert output(app_facts({"lib/a.dart": app()}, commands=BUILD), "FD11") == [
        "FD11 error pubspec.yaml:1"
    ]


def test_a_package_that_observes_is_trusted_and_a_folder_alone_is_a_hint() -> None:
    files = {"lib/main.dart": app("options.dsn = '';")}
    routed = "name: a\ndependencies:\n  sentry_auto_route: ^1.0.0\n"

    assert output(on_web({"pubspec.yaml": routed}), "FD11") == []
    assert output(app_facts(files, platforms=[Platform.WEB]), "FD11") == [
        "FD11 info lib/main.dart:4"
    ]


def test_an_sdk_before_9_is_an_error_on_the_web_and_a_hint_without_a_lock() -> None:
    exact = on_web({}, sdk=ResolvedVersion(version="8.14.2", exact=True))
    lowest = on_web({}, sdk=ResolvedVersion(version="8.0.0", exact=False))
    kept_out = {
        "lib/main.dart": f"{START}void main() {{ if (!kIsWeb) {{ SentryFlutter.init((o) {{}}); }} }}"
    }

    assert output(exact, "FD12") == ["FD12 error pubspec.yaml:6"]
    assert output(lowest, "FD12") == ["FD12 info pubspec.yaml:6"]
    assert output(on_web({}), "FD12") == []
    assert output(on_web({}, sdk=None), "FD12") == []
    only_folder = app_facts(
        {"lib/main.dart": app()},
        sdk=ResolvedVersion(version="8.14.2", exact=True),
        platforms=[Platform.WEB],
    )
    assert output(only_folder, "FD12") == []
    assert output(on_web(kept_out, sdk=ResolvedVersion(version="8.14.2", exact=True)), "FD12") == []


# --- FD13: the first route ---


@pytest.mark.parametrize(
    "text",
    [
        "GoRouter(initialLocation: '/start')",
        "GoRouter(initialLocation: '/start', routes: [GoRoute(path: '/')])",
        "MaterialApp(initialRoute: '/start')",
        "MaterialApp(initialRoute: '/start', routes: {'/start': a})",
        "MaterialApp.router(initialRoute: 'start', home: a)",
        "CupertinoApp(initialRoute: 'start', routes: {'/': a, 'start': b})",
        "GetMaterialApp(initialRoute: '/start', home: a)",
        "GoRoute(path: '/', name: 'home', builder: a)",
        "GoRoute(path: '/', name: 'home', builder: a, routes: [GoRoute(path: 'b', redirect: c)])",
    ],
)
def test_a_first_route_of_another_name_is_reported(text: str) -> None:
    assert web(f"final a = {text};\n", "FD13") == ["FD13 warning 1"]


@pytest.mark.parametrize(
    "text",
    [
        "GoRouter(initialLocation: '/')",
        "GoRouter(initialLocation: start)",
        "GoRouter(initialLocation: '/$start')",
        "MaterialApp(initialRoute: '/start', home: a)",
        "MaterialApp(initialRoute: '/start', routes: {'/': a, '/start': b})",
        "MaterialApp(initialRoute: '/start', routes: routesOfTheApp)",
        "MaterialApp(initialRoute: '/start', onGenerateRoute: a)",
        "MaterialApp(initialRoute: '/start', onGenerateInitialRoutes: a)",
        "GoRoute(path: '/', builder: a)",
        "GoRoute(path: '/', name: '/', builder: a)",
        "GoRoute(path: '/', name: 'home', redirect: a)",
        "GoRoute(path: '/', name: 'home', pageBuilder: a)",
        "GoRoute(path: '/a', name: 'home', builder: a)",
        "Other(initialRoute: '/start')",
    ],
)
def test_a_first_route_that_is_or_may_be_the_root_is_not_reported(text: str) -> None:
    assert web(f"final a = {text};\n", "FD13") == []


@pytest.mark.parametrize(
    ("declared", "outputs"),
    [
        ("class Paths { static const start = '/start'; }", True),
        ("class Paths { static const String start = '/start'; static const a = '/'; }", True),
        ("abstract final class Paths { static final start = '/start'; }", True),
        ("class Paths { static const start = '/'; }", False),
        ("class Paths { static const starter = '/start'; }", False),
        ("class Paths { static String start = '/start'; }", False),
        ("class Other { static const start = '/start'; }", False),
        ("class Other { static const start = '/start'; } class Paths {}", False),
        ("class Paths { static const start = '/start';", False),
    ],
)
def test_a_constant_of_a_class_is_looked_up_in_other_files(declared: str, *, outputs: bool) -> None:
    files = {
        "lib/a.dart": "final a = GoRouter(initialLocation: Paths.start);\n",
        "lib/b.dart": declared,
    }

    assert output(on_web(files), "FD13") == ["FD13 warning lib/a.dart:1"] * outputs


def test_a_class_that_is_declared_twice_is_not_guessed() -> None:
    files = {
        "lib/a.dart": "final a = GoRouter(initialLocation: Paths.start);\n",
        "lib/b.dart": "class Paths { static const start = '/start'; }\n",
        "lib/c.dart": "class Paths { static const start = '/'; }\n",
    }

    assert output(on_web(files), "FD13") == []


GENERATED = "@AutoRouterConfig()\nclass Routes extends RootStackRouter {{\n  final a = [{}];\n}}\n"


@pytest.mark.parametrize(
    ("route", "named"),
    [
        ("AutoRoute(page: HomeRoute.page, initial: true)", ["HomeRoute"]),
        ("AutoRoute(page: HomeRoute.page, path: '/')", ["HomeRoute"]),
        ("CustomRoute<void>(page: HomeRoute\n.page, path: '/')", ["HomeRoute"]),
        ("AutoRoute(page: HomeRoute.page, path: '/home')", []),
        ("AutoRoute(page: HomeRoute.page, path: first)", []),
        ("AutoRoute(page: HomeRoute.page, initial: false)", []),
        ("AutoRoute(page: HomeRoute.page)", []),
        ("AutoRoute(page: homePage, initial: true)", []),
        ("AutoRoute(initial: true)", []),
        ("AutoRoute(page: ShopRoute.page, path: '/', children: ["
         "AutoRoute(page: HomeRoute.page, initial: true)])", ["ShopRoute"]),
        ("Guarded(AutoRoute(page: HomeRoute.page, initial: true))", ["HomeRoute"]),
    ],
)  # fmt: skip
def test_the_first_route_that_auto_route_names_after_its_class_is_reported(
    route: str, named: list[str]
) -> None:
    routes = on_web({"lib/a.dart": GENERATED.format(route)})
    others = on_web({"lib/a.dart": f"final a = [{route}];\n"})

    assert [(one.line, one.message) for one in found(routes, "FD13")] == [
        (3, f"auto_route names the first route '{one}', after its class.") for one in named
    ]
    assert output(others, "FD13") == []


# --- FD14: routes without a name ---


def test_a_file_with_routes_without_names_is_reported_once_with_their_number() -> None:
    text = "final a = [MaterialPageRoute(builder: b),\nCupertinoPageRoute<void>(builder: b)];\n"
    (one,) = found(on_web({"lib/a.dart": text}), "FD14")

    assert (str(one.path), one.line, one.message) == (
        "lib/a.dart",
        1,
        "2 routes in this file have no name.",
    )


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("\nfinal a = MaterialPageRoute();\n", 2, "This route has no name."),
        ("GoRoute(pageBuilder: (c, s) =>\nMaterialPage()),\nCupertinoPageRoute()", 2,
         "2 routes in this file have no name."),
        ("GoRoute(pageBuilder: (c, s) => MaterialPage()),\nGoRoute(pageBuilder: (c, s) => MaterialPage())",
         1, "2 routes in this file have no name."),
        ("GoRoute(pageBuilder: (c, s) =>\nGoRoute(pageBuilder: (c, s) =>\nPage(),\n"
         "child: MaterialPage()))", 4, "This route has no name."),
        ("GoRoute(pageBuilder: (c, s) => Page(),\nchild: MaterialPage()),\nMaterialPageRoute()", 3,
         "This route has no name."),
    ],
)  # fmt: skip
def test_unnamed_routes_are_counted_from_the_first_line_of_one(
    text: str, line: int, message: str
) -> None:
    assert [(one.line, one.message) for one in found(on_web({"lib/a.dart": text}), "FD14")] == [
        (line, message)
    ]


@pytest.mark.parametrize(
    "text",
    [
        "a(MaterialPageRoute(settings: b, builder: c));",
        "class Fade extends MaterialPageRoute<void> { Fade({required super.builder}); }",
        "GoRoute(path: '/a', pageBuilder: (c, s) => MaterialPage(name: 'a', child: b))",
        "ShellRoute(pageBuilder: (c, s, child) => NoTransitionPage(child: child))",
        "Navigator(pages: [MaterialPage(child: b)])",
        "a(SentryNavigatorObserver(routeNameExtractor: b), MaterialPageRoute(builder: c));",
    ],
)
def test_a_named_route_and_other_calls_are_not_reported(text: str) -> None:
    assert web(f"{text}\n", "FD14") == []


@pytest.mark.parametrize(
    ("function", "outputs"),
    [
        ("Page<void> fade(Widget a) => MaterialPage(child: a);", True),
        ("Page<void> fade(Widget a)=>MaterialPage(child: a);", True),
        ("NoTransitionPage fade(Widget a) { return NoTransitionPage(child: a); }", True),
        ("CustomTransitionPage<T> fade<T>(Widget a) => CustomTransitionPage<T>(child: a);", True),
        ("Page<void> fade(Widget a) => MaterialPage(name: 'a', child: a);", False),
        ("Page<void> other(Widget a) => MaterialPage(child: a);", False),
        ("Widget fade(Widget a) => Other(MaterialPage(child: a));", False),
    ],
)
def test_the_page_of_a_function_that_a_route_calls_is_looked_at(
    function: str, *, outputs: bool
) -> None:
    files = {
        "lib/a.dart": "final a = GoRoute(path: '/a', pageBuilder: (c, s) => fade(b));\n",
        "lib/b.dart": f"{function}\n",
    }

    assert output(on_web(files), "FD14") == ["FD14 warning lib/b.dart:1"] * outputs


# --- FD15, FD16: observers that see too little, or come too soon ---


@pytest.mark.parametrize("shell", ["ShellRoute(builder: a)", "StatefulShellBranch(routes: [])"])
def test_a_shell_without_observers_is_reported_before_go_router_17(shell: str) -> None:
    text = f"final a = GoRouter(observers: [SentryNavigatorObserver()], routes: [{shell}]);\n"
    new = app_facts(
        {"lib/a.dart": text},
        commands=BUILD,
        go_router=ResolvedVersion(version="17.0.0", exact=True),
    )

    assert web(text, "FD15") == ["FD15 warning 1"]
    assert (
        web(
            text.replace("(builder: a)", "(observers: b)").replace(
                "(routes", "(observers: b, routes"
            ),
            "FD15",
        )
        == []
    )
    assert web(text.replace("[SentryNavigatorObserver()]", "[]"), "FD15") == []
    assert output(new, "FD15") == []


OBSERVER = "final observer = SentryNavigatorObserver();\n"
OBSERVERS = r"static final List<NavigatorObserver> $observers = [];"


@pytest.mark.parametrize(
    ("code", "shells"),
    [
        ("@TypedShellRoute<Shop>(routes: [])\nclass Shop extends ShellRouteData {}", ["Shop"]),
        (f"@TypedShellRoute<Shop>(routes: [])\nclass Shop extends ShellRouteData {{{OBSERVERS}}}", []),
        ("@TypedShellRoute<Shop>(routes: [])\nclass Shop extends ShellRouteData {}\n"
         f"class Cart {{{OBSERVERS}}}", ["Shop"]),
        ("@TypedStatefulShellRoute<Shop>(branches: [\nTypedStatefulShellBranch<Cart>(),\n"
         f"TypedStatefulShellBranch<Home>()])\nclass Home {{{OBSERVERS}}}\nclass Cart {{}}", ["Cart"]),
        (f"@TypedShellRoute<Shop>(routes: [])\nclass Shop extends ShellRouteData {{ {OBSERVERS}",
         ["Shop"]),
        (f"@TypedRoute<Shop>(path: '/')\nclass Shop {{}}\nclass Cart {{{OBSERVERS}}}", []),
    ],
)  # fmt: skip
def test_a_typed_shell_needs_observers_in_the_class_of_its_data(
    code: str, shells: list[str]
) -> None:
    messages = [one.message for one in found(on_web({"lib/a.dart": OBSERVER + code}), "FD15")]

    assert messages == [f"The shell {one} has no `$observers`." for one in shells]


@pytest.mark.parametrize(
    ("variable", "outputs"),
    [
        ("final observer = SentryNavigatorObserver();", True),
        ("var observer = [SentryNavigatorObserver()];", True),
        ("NavigatorObserver observer = SentryNavigatorObserver();", True),
        ("class A {\n  static final observer = SentryNavigatorObserver();\n}", True),
        ("final observer = () => SentryNavigatorObserver();", False),
        ("final other = SentryNavigatorObserver();", False),
    ],
)
def test_an_observer_that_main_touches_before_the_start_is_reported(
    variable: str, *, outputs: bool
) -> None:
    text = f"void main() async {{\n  use(observer);\n  await SentryFlutter.init((o) {{}});\n}}\n{variable}\n"
    line = 6 if variable.startswith("class") else 5

    assert web(text, "FD16") == [f"FD16 warning {line}"] * outputs
    assert web(text.replace("use(observer);", "use(b);"), "FD16") == []


@pytest.mark.parametrize(
    "code",
    [
        "void main() async {\n  await SentryFlutter.init((o) {});\n  use(observer);\n}\n",
        "void main() { use(observer); }\nvoid run() { SentryFlutter.init((o) {}); }\n",
        "void run() { use(observer); SentryFlutter.init((o) {}); }\nvoid main() {}\n",
        "void run() { SentryFlutter.init((o) {}); }\nvoid main(observer",
        "void run() { SentryFlutter.init((o) {}); }\nvoid main() => use(observer);\n",
    ],
)
def test_an_observer_that_main_uses_elsewhere_is_not_reported(code: str) -> None:
    assert web(OBSERVER + code, "FD16") == []


def test_a_web_folder_alone_makes_each_finding_a_hint() -> None:
    code = (
        "void main() {\n  use(observer);\n  SentryFlutter.init((o) {});\n}\n"
        f"final a = GoRouter(initialLocation: '/start');\nfinal b = MaterialPageRoute();\n{OBSERVER}"
    )
    files = {"lib/main.dart": START + code, "web/index.html": page("script-src 'self'")}

    assert output(app_facts(files, platforms=[Platform.WEB]), "FD13", "FD14", "FD16", "FD33") == [
        "FD13 info lib/main.dart:6",
        "FD14 info lib/main.dart:7",
        "FD16 info lib/main.dart:8",
        "FD33 info web/index.html:3",
    ]


# --- FD33: the policy of the page ---


def page(policy: str, *, equivalent: str = "Content-Security-Policy") -> str:
    return f'<html>\n<head>\n<meta http-equiv="{equivalent}" content="{policy}">\n</head></html>\n'


@pytest.mark.parametrize(
    "policy",
    [
        "script-src 'self'",
        "default-src 'self'",
        "script-src 'none'; connect-src https://browser.sentry-cdn.com",
        "script-src-elem 'self'; script-src https://browser.sentry-cdn.com",
        "SCRIPT-SRC 'self'",
        "script-src https://cdn.example browser.sentry-cdn.com.example",
    ],
)
def test_a_policy_that_keeps_the_script_out_is_reported(policy: str) -> None:
    assert output(on_web({"web/index.html": page(policy)}), "FD33") == [
        "FD33 warning web/index.html:3"
    ]


@pytest.mark.parametrize(
    "policy",
    [
        "script-src 'self' https://browser.sentry-cdn.com",
        "script-src browser.sentry-cdn.com/10.38.0/",
        "script-src *.sentry-cdn.com",
        "script-src https://*.SENTRY-CDN.com/",
        "script-src *",
        "script-src https:",
        "script-src 'nonce-a' 'strict-dynamic'",
        "default-src 'self'; script-src https:",
        "connect-src 'self'",
        "",
    ],
)
def test_a_policy_that_allows_the_script_is_not_reported(policy: str) -> None:
    assert output(on_web({"web/index.html": page(policy)}), "FD33") == []


def test_a_policy_counts_on_its_own_line_and_a_comment_is_none() -> None:
    two = (
        page("script-src 'self'") + f"<!-- {page('a')} -->\n" + page("script-src b", equivalent="X")
    )

    assert [(one.text, one.line) for one in parse_csp(two)] == [("script-src 'self'", 3)]
    assert [one.line for one in parse_csp(f"\n{page('a')}")] == [4]
    assert parse_csp("<![CDATA[ <meta") == ()


def test_invalid_html_hides_no_later_policy() -> None:
    assert [one.line for one in parse_csp("<![if a]>\n<p <\n" + page("a"))] == [5]


def test_only_the_tags_that_a_browser_sees_have_policies() -> None:
    policy = '<meta http-equiv="Content-Security-Policy" content="%s">'
    text = (
        f"<script>'{policy}'</script><style>{policy}</style><p title='{policy}'>"
        "<META HTTP-EQUIV=content-security-policy CONTENT='b &#39;self&#39;' content=c><p don't>"
        + policy % "d"
        + "<meta http-equiv=content-security-policy content=e"
    )

    assert [one.text for one in parse_csp(text)] == ["b 'self'", "d", "e"]


def test_the_first_hundred_policies_of_a_page_are_read() -> None:
    assert len(parse_csp(page("a") * 101)) == 100


def test_an_invalid_character_reference_is_replaced() -> None:
    (policy,) = parse_csp(page(f"&#{'1' * 5_000};"))

    assert policy.text == "\ufffd"


@pytest.mark.parametrize(
    ("pattern", "line"), [(r"^b", 2), ("^a$", 1), (r"^c", 3), ("d", None), ("^$", None)]
)
def test_the_line_of_a_text_counts_from_one(pattern: str, line: int | None) -> None:
    assert find_line("a\nbb\nc", pattern) == line
    assert find_line("A", "a", flags=re.IGNORECASE) == 1
    assert find_line("\na", "a") == 2
