"""Claims about sessions: what in the code keeps them from being sent, and what does not."""

from time import process_time

import pytest

from doctor_app import app, app_facts, found, output
from sentry_release.doctor.run_rules import ALL_CHECKS
from sentry_release.flutter.pubspec import ResolvedVersion

MAIN = "lib/main.dart"
MODULE = """\
name: shop
dependencies:
  flutter:
    sdk: flutter
flutter:
  # of a larger app
  uses-material-design: true

  module:
    androidX: true
"""


def of_line(rule: str, *lines: str, before: str = "") -> list[str]:
    return [
        one.removeprefix(f"{rule} ").removesuffix(f" {MAIN}:6")
        for one in output(app_facts({MAIN: app(*lines, before=before)}), rule)
    ]


@pytest.mark.parametrize(
    ("rule", "option", "level"),
    [
        ("FD07", "enableAutoSessionTracking", "error"),
        ("FD08", "enableNativeCrashHandling", "warning"),
        ("FD09", "autoInitializeNativeSdk", "warning"),
    ],
)
@pytest.mark.parametrize(
    ("line", "off"),
    [
        ("options.{} = false;", True),
        ("options..{} = false..debug = true;", True),
        ("options.{} = /* for now */ (false);", True),
        ("options.{} = kDebugMode;", True),
        ("options.{} = !kReleaseMode;", True),
        ("options.{} = OFF;", True),
        ("if (kReleaseMode) options.{} = false;", True),
        ("options.{} = true;", False),
        ("options.{} = kReleaseMode;", False),
        ("options.{} = ON;", False),
        ("if (kDebugMode) options.{} = false;", False),
        ("options.{} == false;", False),
        ("final config = Config({}: false);", False),
        ("config.{} = false;", False),
        ("// options.{} = false;", False),
        ("log('options.{} = false;');", False),
        ("options.{} = reportErrors;", None),
        ("options.{} = Platform.isAndroid;", None),
        ("if (Platform.isLinux) options.{} = false;", None),
    ],
)
def test_a_switch_is_reported_when_builds_for_users_have_it_off(
    rule: str,
    option: str,
    level: str,
    line: str,
    off: bool | None,  # noqa: FBT001 - a table
) -> None:
    expected = {True: [level], False: [], None: ["info"]}[off]

    assert (
        of_line(rule, line.format(option), before="const OFF = false;\nconst ON = true;")
        == expected
    )


def test_a_module_of_another_app_may_leave_the_native_sdk_to_it() -> None:
    project = app_facts(
        {"pubspec.yaml": MODULE, MAIN: app("options.autoInitializeNativeSdk = false;")}
    )

    assert output(project, "FD09") == [f"FD09 info {MAIN}:6"]


def test_a_long_pubspec_is_parsed_in_time() -> None:
    # As `flutter create` writes it, and with a list of assets: 20 lines, each with blanks before it.
    section = "flutter:\n" + "  # To add assets, list them here:\n" * 10
    pubspec = f"name: shop\n{section}  assets:\n" + "".join(
        f"    - assets/{number}.png\n" for number in range(10)
    )
    project = app_facts(
        {"pubspec.yaml": pubspec, MAIN: app("options.autoInitializeNativeSdk = false;")}
    )
    began = process_time()

    assert output(project, "FD09") == [f"FD09 warning {MAIN}:6"]
    assert process_time() - began < 5


def test_a_switch_that_is_off_is_reported_after_one_that_is_on() -> None:
    text = app(*(f"options.enableAutoSessionTracking = {value};" for value in ("true", "false")))

    assert output(app_facts({MAIN: text}), "FD07") == [f"FD07 error {MAIN}:7"]


def test_a_switch_names_itself_and_its_value() -> None:
    project = app_facts({MAIN: app("options.enableAutoSessionTracking = a\n  .b(c);")})

    (finding,) = found(project, "FD07")

    assert "`enableAutoSessionTracking` is a .b(c)" in finding.message


PURE = "import 'package:sentry/sentry.dart';\nmain() => Sentry.init((o) {});\n"


@pytest.mark.parametrize(
    ("files", "lines"),
    [
        ({MAIN: PURE}, [f"{MAIN}:2"]),
        ({MAIN: PURE.replace("Sentry.", "s\n.Sentry.")}, [f"{MAIN}:2"]),
        ({MAIN: PURE, "lib/b.dart": app()}, []),
        ({MAIN: PURE, "lib/b.dart": "const start = SentryFlutter.init;"}, []),
        ({MAIN: PURE.replace("Sentry.init", "MySentry.init")}, []),
        ({MAIN: PURE.replace("Sentry.init(", "SentryClient.init(")}, []),
        ({MAIN: "class Sentry {}\nmain() => Sentry.init((o) {});\n"}, []),
        ({"bin/main.dart": PURE}, []),
        ({"tool/main.dart": PURE}, []),
    ],
)
def test_the_dart_sdk_alone_is_reported_where_the_app_starts_it(
    files: dict[str, str], lines: list[str]
) -> None:
    assert output(app_facts(files), "FD10") == [f"FD10 error {line}" for line in lines]


def test_code_that_the_app_does_not_reach_may_start_the_dart_sdk() -> None:
    project = app_facts({MAIN: "main() {}", "lib/server.dart": PURE}, reached=[MAIN])

    assert output(project, "FD10") == []


def test_a_package_without_flutter_may_start_the_dart_sdk() -> None:
    assert output(app_facts({"pubspec.yaml": "name: server\n", MAIN: PURE}), "FD10") == []


@pytest.mark.parametrize(
    ("sdk", "findings"),
    [
        (ResolvedVersion(version="9.8.0", exact=True), ["FD19 error"]),
        (ResolvedVersion(version="7.0.0", exact=True), ["FD19 error"]),
        (ResolvedVersion(version="7.1.0", exact=False), ["FD19 error"]),
        (ResolvedVersion(version="6.22.0", exact=True), ["FD20 warning"]),
        (ResolvedVersion(version="6.0.0", exact=False), ["FD20 warning"]),
        (ResolvedVersion(version=None, exact=False), ["FD20 warning"]),
        (ResolvedVersion(version="any", exact=False), ["FD20 warning"]),
        (None, ["FD20 warning"]),
    ],
)
def test_the_removed_option_is_reported_against_an_sdk_that_is_surely_without_it(
    sdk: ResolvedVersion | None, findings: list[str]
) -> None:
    files = {MAIN: app("options.autoSessionTrackingIntervalMillis = 0;")}

    assert output(app_facts(files, sdk=sdk), "FD19", "FD20") == [
        f"{one} {MAIN}:6" for one in findings
    ]


@pytest.mark.parametrize(
    ("value", "outputs"),
    [
        ("Duration.zero", True),
        ("const Duration(seconds: 0)", True),
        ("Duration(minutes: -1)", True),
        ("Duration(minutes: 31)", True),
        ("Duration(minutes: 30)", False),
        ("Duration(seconds: 30)", False),
        ("Duration(seconds: 1)", False),
        ("LONG", True),
        ("Duration(seconds: n)", False),
        ("f()", False),
    ],
)
def test_intervals_out_of_bounds_are_reported(value: str, outputs: bool) -> None:  # noqa: FBT001 - a table
    line = f"options.autoSessionTrackingInterval = {value};"

    assert of_line("FD20", line, before="const LONG = Duration(hours: 1);") == ["warning"] * outputs


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("hours: 100", "The session interval is 6000 minutes."),
        ("seconds: 1831", "The session interval is 31 minutes."),
        ("minutes: 0", "The session interval is zero or negative."),
    ],
)
def test_an_interval_is_reported_in_minutes_also_after_one_that_is_fine(
    value: str, message: str
) -> None:
    interval = "options.autoSessionTrackingInterval = Duration({});"
    lines = (interval.format(one) for one in ("seconds: 30", value))

    assert [one.message for one in found(app_facts({MAIN: app(*lines)}), "FD20")] == [message]


@pytest.mark.parametrize(
    ("value", "findings"),
    [
        ("1800000", []),
        ("1800001", ["FD20 warning"]),
        ("30 * 60000", []),
        ("millis", []),
        ("-1", ["FD20 warning"]),
    ],
)
def test_the_old_option_counts_in_milliseconds(value: str, findings: list[str]) -> None:
    files = {MAIN: app(f"options.autoSessionTrackingIntervalMillis = {value};")}
    project = app_facts(files, sdk=ResolvedVersion(version="6.22.0", exact=True))

    assert output(project, "FD19", "FD20") == [f"{one} {MAIN}:6" for one in findings]


def start(body: str) -> str:
    return (
        "import 'package:sentry_flutter/sentry_flutter.dart';\n"
        f"Future<void> main() async {{\n{body}\n}}\n"
    )


INIT = "await SentryFlutter.init((o) {});"


@pytest.mark.parametrize(
    ("body", "levels"),
    [
        (INIT, []),
        (f"if (kReleaseMode) {{ {INIT} }}", []),
        (f"if (await consent()) {INIT}", ["info"]),
        (f"if (await consent()) {{ {INIT} }} else {{ {INIT} }}", []),
        (f"if (kDebugMode) {{ {INIT} }} else {{ {INIT} }}", []),
        (f"if (kDebugMode) {{ {INIT} }}", ["error"]),
        (f"if (dsn.isEmpty) {{ run(); }} else {{ {INIT} }}", []),
        (f"if (dsn != null && dsn.isNotEmpty) {{ {INIT} }}", []),
        (f"if (dsn.isNotEmpty && consent) {{ {INIT} }}", ["info"]),
        (f"if (kDebugMode) return;\n{INIT}", []),
        (f"try {{ {INIT} }} catch (e) {{ log(e); }}", []),
        (f"runZonedGuarded(() async {{ {INIT} }}, (e, s) {{}});", []),
        (f"// if (kDebugMode) {{\n{INIT}", []),
        (f"switch (flavor) {{ case 'a': {INIT} }}", ["info"]),
    ],
)
def test_a_start_under_a_condition_is_reported_as_far_as_it_keeps_users_out(
    body: str, levels: list[str]
) -> None:
    project = app_facts({MAIN: start(body)})

    assert [one.split(" ")[1] for one in output(project, "FD24")] == levels


def test_a_second_start_for_debug_builds_is_not_reported() -> None:
    files = {MAIN: start(f"if (kDebugMode) {{ {INIT} }}"), "lib/b.dart": start(INIT)}

    assert output(app_facts(files), "FD24") == []


def test_a_start_that_nothing_leads_to_is_an_error() -> None:
    files = {MAIN: "void main() {}", "lib/b.dart": start(INIT).replace("main", "begin")}

    assert output(app_facts(files, reached=[MAIN]), "FD24") == ["FD24 error lib/b.dart:3"]
    assert output(app_facts(files), "FD24") == []
    assert output(app_facts({"lib/b.dart": start(INIT)}, reached=[MAIN]), "FD24") == []


def test_a_second_start_that_is_never_reached_is_not_reported() -> None:
    files = {MAIN: start(INIT), "lib/b.dart": start(f"if (kDebugMode) {INIT}")}

    assert output(app_facts(files, reached=[MAIN]), "FD24") == []


@pytest.mark.parametrize(
    ("condition", "quoted"),
    [
        ("await\n  consent('a`b')", "await consent('___')"),
        (f"a{'b' * 58}c", f"a{'b' * 58}c"),
        (f"a{'b' * 59}c", f"a{'b' * 59}…"),
    ],
)
def test_the_condition_is_quoted_on_one_line_up_to_60_characters(
    condition: str, quoted: str
) -> None:
    project = app_facts({MAIN: start(f"if ({condition}) {INIT}")})

    assert found(project, "FD24")[0].message == f"The SDK starts only if `{quoted}`."


EVENTS = "import 'package:sentry_flutter/sentry_flutter.dart';\n"


@pytest.mark.parametrize(
    ("code", "count"),
    [
        ("f(SentryEvent e) { e.release = 'a'; }", 1),
        ("f(SentryEvent? e) { e?.dist = 'a'; }", 1),
        ("f(event) { event.release = 'a'; event.dist = 'b'; }", 2),
        ("f(event) => event.copyWith(release: 'a');", 1),
        ("f(event) => event?.copyWith(dist: 'a', tags: {});", 1),
        ("f(event) => event.copyWith(tags: {'release': 'a'});", 0),
        ("f(event) => event.copyWith(release: event.release);", 0),
        ("f(SentryFlutterOptions o) { o.beforeSend = (x, h) { x.release = 'a'; }; }", 1),
        ("f(event) { event.environment = 'a'; }", 0),
        ("f(event) { if (event.release == 'a') g(); }", 0),
        ("f(event) { if (kDebugMode) event.release = 'a'; }", 0),
        ("f(AlbumEvent event) { event.release = 'a'; }", 0),
        ("f(album) { album.release = 'a'; }", 0),
        ("f(album) => album.copyWith(release: 'a');", 0),
        ("f(album, event) { album.copyWith(dist: 'a'); event.copyWith(dist: 'a'); }", 1),
        ("f() => SentryEvent(release: 'a');", 1),
        ("f() => SentryEvent(release: 'a', dist: 'b');", 2),
        ("f() => SentryEvent(dist: options.dist);", 0),
        ("f() => SentryEvent(release: null);", 0),
        ("f() => SentryEvent(message: a);", 0),
        ("f() { if (kDebugMode) send(SentryEvent(release: 'a')); }", 0),
        ("// event.release = 'a';", 0),
    ],
)
def test_a_change_of_an_event_s_release_is_reported(code: str, count: int) -> None:
    assert len(output(app_facts({MAIN: EVENTS + code}), "FD21")) == count


def test_events_of_others_are_left_alone() -> None:
    assert output(app_facts({MAIN: "f(event) { event.release = 'a'; }"}), "FD21") == []


@pytest.mark.parametrize(
    ("line", "levels"),
    [
        ("options.sampleRate = 0.5;", ["warning"]),
        ("options.sampleRate = .99;", ["warning"]),
        ("options.sampleRate = 0;", ["warning"]),
        ("options.sampleRate = 1;", []),
        ("options.sampleRate = 1.0;", []),
        ("options.sampleRate = null;", []),
        ("options.sampleRate = rate;", []),
        ("if (kDebugMode) options.sampleRate = 0.5;", []),
        ("if (beta) options.sampleRate = 0.5;", ["info"]),
        ("options.tracesSampleRate = 0.5;", []),
        ("options.profilesSampleRate = 0.5;", []),
        ("options.replay.sessionSampleRate = 0.5;", []),
        ("options.replay.sampleRate = 0.5;", []),
        ("options.beforeSend = (e, h) => null;", ["warning"]),
        ("options.beforeSend = (e, h) { return null; };", ["warning"]),
        ("options.beforeSend = (e, h) { if (a) return null; return e; };", ["info"]),
        ("options.beforeSend = (e, h) { if (a) return e; return null; };", ["info"]),
        ("options.beforeSend = (e, h) => a ? null : e;", ["info"]),
        ("options.beforeSend = (e, h) => kDebugMode ? null : e;", []),
        ("options.beforeSend = (e, h) => kReleaseMode ? e : null;", []),
        ("options.beforeSend = (e, h) { if (kDebugMode) return null; return e; };", []),
        ("options.beforeSend = (e, h) { f(() { return null; }); return e; };", []),
        ("options.beforeSend = (e, h) => e;", []),
        ("options.beforeSend = null;", []),
        ("if (kDebugMode) options.beforeSend = (e, h) => null;", []),
        ("options.beforeSendTransaction = (t, h) => null;", []),
        ("options.beforeBreadcrumb = (b, h) => null;", []),
    ],
)
def test_errors_that_never_count_are_reported(line: str, levels: list[str]) -> None:
    assert of_line("FD22", line) == levels


@pytest.mark.parametrize(("version", "outputs"), [("9.27.0", 2), ("10.0.0", 1), ("10.0.0-a.1", 1)])
def test_from_version_10_on_errors_that_are_sampled_out_count_as_well(
    version: str, outputs: int
) -> None:
    lines = ("options.sampleRate = 0.5;", "options.beforeSend = (e, h) => null;")
    project = app_facts({MAIN: app(*lines)}, sdk=ResolvedVersion(version=version, exact=True))

    assert len(output(project, "FD22")) == outputs


FILTERS = "SentryEvent? {}(SentryEvent event, Hint hint) => {};\n"


@pytest.mark.parametrize(
    ("lines", "others", "expected"),
    [
        (["options.beforeSend = drop;"], {"lib/b.dart": FILTERS.format("drop", "null")},
         ["FD22 warning lib/b.dart:1"]),
        (["options.beforeSend = drop;"], {"lib/b.dart": FILTERS.format("drop", "a ? null : event")},
         ["FD22 info lib/b.dart:1"]),
        (["options.beforeSend = drop;"],
         {"lib/b.dart": "drop(event, hint) {\nif (a) return null;\nif (b) return null;\nreturn event; }"},
         ["FD22 info lib/b.dart:2"]),
        (["options.beforeSend = (e, h) {", "if (a) return null;", "if (b) return null;", "return e; };"],
         {}, ["FD22 info lib/main.dart:7"]),
        (["options.beforeSend = drop;"], {"lib/b.dart": FILTERS.format("drop", "event")}, []),
        (["if (kDebugMode) options.beforeSend = drop;", "options.beforeSend = drop;"],
         {"lib/b.dart": FILTERS.format("drop", "null")}, ["FD22 warning lib/b.dart:1"]),
        (["options.beforeSend = (e, h) => e;", "options.beforeSend = (e, h) => null;"], {},
         ["FD22 warning lib/main.dart:7"]),
        (["options.beforeSend = drop;"], {"lib/b.dart": FILTERS.format("keep", "null")}, []),
        (["options.beforeSend = drop;"],
         {"lib/b.dart": FILTERS.format("drop", "null"), "lib/c.dart": FILTERS.format("drop", "null")},
         []),
        (["if (kDebugMode) options.beforeSend = drop;"],
         {"lib/b.dart": FILTERS.format("drop", "null")}, []),
        (["options.beforeSend = keep;", "options.beforeSend = drop;"],
         {"lib/b.dart": FILTERS.format("drop", "null")}, ["FD22 warning lib/b.dart:1"]),
        (["options.beforeSend = Filters.drop;"],
         {"lib/b.dart": f"class Filters {{\n  static {FILTERS.format('drop', 'null')}}}\n"},
         ["FD22 warning lib/b.dart:2"]),
        (["options.ignoreErrors = ['a'];"], {}, ["FD22 info lib/main.dart:6"]),
        (["options.ignoreErrors = const [];"], {}, []),
        (["options.ignoreErrors = <String>[];"], {}, []),
        (["options.ignoreErrors.add('a');"], {}, ["FD22 info lib/main.dart:6"]),
        (["options.addExceptionFilterForType(A);", "options.ignoreErrors = ['a'];"], {},
         ["FD22 info lib/main.dart:6", "FD22 info lib/main.dart:7"]),
        (["others.addExceptionFilterForType(A);"], {}, []),
        (["if (kDebugMode) options.ignoreErrors = ['a'];"], {}, []),
    ],
)  # fmt: skip
def test_filters_of_other_files_and_ignored_errors_are_reported_where_they_drop(
    lines: list[str], others: dict[str, str], expected: list[str]
) -> None:
    assert output(app_facts({MAIN: app(*lines), **others}), "FD22") == expected


def test_a_filter_of_the_same_file_is_reported_once() -> None:
    text = app("options.beforeSend = drop;", before=FILTERS.format("drop", "null"))

    assert output(app_facts({MAIN: text}), "FD22") == ["FD22 warning lib/main.dart:9"]


@pytest.mark.parametrize(
    ("rule", "line"),
    [
        ("FD07", "options.enableAutoSessionTracking = false;"),
        ("FD20", "options.autoSessionTrackingInterval = Duration.zero;"),
        ("FD22", "options.sampleRate = 0.5;"),
        ("FD23", "options.replay.sessionSampleRate = 1; // release health"),
        ("FD38", "}); FlutterError.onError = log; f(() {"),
    ],
)
def test_a_file_without_the_option_does_not_hide_the_files_after_it(rule: str, line: str) -> None:
    files = {"lib/a.dart": "void a() {}\n", MAIN: app(line)}

    assert [one.line for one in found(app_facts(files), rule)] == [6]


def test_a_long_interval_is_given_in_minutes_and_a_long_value_is_cut() -> None:
    interval = app("options.autoSessionTrackingInterval = const Duration(hours: 1);")
    option = app(f"options.enableAutoSessionTracking = {'a' * 61};")

    assert [one.message for one in found(app_facts({MAIN: interval}), "FD20")] == [
        "The session interval is 60 minutes."
    ]
    assert [one.message for one in found(app_facts({MAIN: option}), "FD07")] == [
        f"`enableAutoSessionTracking` is {'a' * 60}, which may be false at run time."
    ]


@pytest.mark.parametrize(
    ("body", "lines"),
    [
        (f"{INIT}\n  FlutterError.onError = log;", [4]),
        (f"{INIT}\n  PlatformDispatcher.instance.onError = log;", [4]),
        (f"FlutterError.onError = log;\n  {INIT}", []),
        (f"{INIT}\n  FlutterError.onError = null;", []),
        (f"{INIT}\n  if (kDebugMode) FlutterError.onError = log;", []),
        (f"final old = FlutterError.onError;\n  {INIT}\n  FlutterError.onError = log;", []),
        (f"{INIT}\n}}\nvoid later() {{\n  FlutterError.onError = log;", []),
        (f"{INIT}\n  if (FlutterError.onError == log) run();", []),
        ("FlutterError.onError = log;", []),
    ],
)
def test_a_handler_that_replaces_the_sdk_s_in_the_same_function_is_reported(
    body: str, lines: list[int]
) -> None:
    project = app_facts({MAIN: start(body)})

    assert output(project, "FD38") == [f"FD38 warning {MAIN}:{line}" for line in lines]


@pytest.mark.parametrize(
    ("lines", "outputs"),
    [
        (["// Release Health: how many", "options.replay.sessionSampleRate = 1;"], True),
        (["options.replay.sessionSampleRate = 1; // crash-free"], True),
        (["/* release", "   health */", "options.replay.sessionSampleRate = 1;"], False),
        (["// Release health", "f();", "options.replay.sessionSampleRate = 1;"], False),
        (["f('release health');", "options.replay.sessionSampleRate = 1;"], False),
        (["// One in ten.", "options.replay.sessionSampleRate = 1;"], False),
        (["// Release health", *["//"] * 3, "options.replay.sessionSampleRate = 1;"], True),
        (["// Release health", *["//"] * 4, "options.replay.sessionSampleRate = 1;"], False),
        (["// \x0b release health \u2028", "options.replay.sessionSampleRate = 1;"], True),
    ],
)
def test_a_replay_rate_is_reported_when_a_comment_takes_it_for_health(
    lines: list[str],
    outputs: bool,  # noqa: FBT001 - a table
) -> None:
    assert len(output(app_facts({MAIN: app(*lines)}), "FD23")) == outputs


def test_every_rule_says_what_why_and_how_in_words_of_its_own() -> None:
    rules = [rule for rule, _ in ALL_CHECKS]

    assert len({rule.id for rule in rules}) == len(rules)
    assert len({rule.name for rule in rules}) == len(rules)
    for rule in rules:
        assert rule.title.endswith(".")
        assert rule.title.count(". ") == 0
        assert rule.reason.endswith(".")
        assert rule.fix.endswith(".")
        assert rule.link.startswith("https://")
        assert rule.snippet.strip()


CALLED = "Future<void> start() async {\n  await SentryFlutter.init((o) {});\n}\n"
ONLY_IF_A = "The SDK starts only if `a`."


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (f"main() => start();\n{CALLED}", None),
        (f"main() {{ if (a) start(); }}\n{CALLED}", ONLY_IF_A),
        (f"main() {{ if (a) {{}} else {{ start(); }} }}\n{CALLED}", "The SDK starts only if not `a`."),
        (f"main() {{ if (kDebugMode) start(); }}\n{CALLED}", "Only debug builds start the SDK."),
        (f"main() {{ if (kReleaseMode) start(); }}\n{CALLED}", None),
        (f"main() {{ switch (a) {{ case 1: start(); }} }}\n{CALLED}",
         "The SDK starts only in some cases."),
        (f"main() {{ if (a) {{ start(); }} else {{ start(); }} }}\n{CALLED}", None),
        (f"main() {{ if (a) start(); start(); }}\n{CALLED}", None),
        (f"main() {{ if (a) start(); run(start); }}\n{CALLED}", None),
        (f"main() {{ if (a) start(); }}\n{CALLED}class Car {{ void start() {{}} }}\n", None),
        ("final started = SentryFlutter.init((o) {});\nmain() {}\n", None),
        ("main() { if (a) start(); }\nstart() => start(SentryFlutter.init((o) {}));\n", ONLY_IF_A),
        ("main() { if (a) start(); }\nstart()=>start(SentryFlutter.init((o) {}));\n", ONLY_IF_A),
        ("main() { start() { SentryFlutter.init((o) {}); }start(); if (a) start(); }\n", None),
        (") { SentryFlutter.init((o) {}); }\n", None),
        (f"main() {{ if (a) f3(); }}\nf3() => f2();\nf2() => f1();\nf1() => start();\n{CALLED}",
         ONLY_IF_A),
        ("main() { if (a) f4(); }\nf4() => f3();\nf3() => f2();\nf2() => f1();\n"
         f"f1() => start();\n{CALLED}", None),
        (f"report(e) {{ start(); Sentry.captureException(e); }}\n{CALLED}",
         "The SDK starts when `report` reports the first error."),
        (f"report(e) {{ start(); Sentry.captureException(e); }}\nmain() => start();\n{CALLED}", None),
        (f"report(e) {{ start(); Sentry.captureException(e); }}\nmain() {{ if (a) start(); }}\n{CALLED}",
         ONLY_IF_A),
        ("start() { SentryFlutter.init((o) {}); Sentry.captureMessage('b'); }\nmain() => start();\n",
         None),
    ],
)  # fmt: skip
def test_a_start_in_a_function_is_as_conditional_as_the_calls_of_the_function(
    code: str, message: str | None
) -> None:
    project = app_facts({"lib/a.dart": "void a() {}\n", MAIN: EVENTS + code})

    assert [one.message for one in found(project, "FD24")] == ([message] if message else [])
