"""Claims about uploads and Sentry's tools beside this action: FD39 to FD41, FD44, FD46, FD48 to FD50, FD54."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import PurePosixPath

import pytest

from doctor_app import PUBSPEC, found, workflow_app, workflow_of
from sentry_release.flutter.pubspec import ResolvedVersion
from sentry_release.model.platform import Identity, Platform

OWN = "{uses: appcrew/sentry-release-flutter@v1}"
NONE = "{uses: appcrew/sentry-release-flutter@v1, with: {uploads: none}}"
PHONES = "{uses: appcrew/sentry-release-flutter@v1, with: {uploads: 'android, ios'}}"
WEB = "{uses: appcrew/sentry-release-flutter@v1, with: {uploads: 'android, web'}}"
AUTO = "{uses: appcrew/sentry-release-flutter/upload@v1, with: {uploads: ' Auto '}}"
DEPLOY = "{uses: appcrew/sentry-release-flutter/deploy@v1}"
PLUGIN = "run: dart run sentry_dart_plugin"
FILES = "run: sentry-cli debug-files upload build"
MAPS = "run: sentry-cli sourcemaps upload build/web"
SENDS_MAPS = f"{PUBSPEC}sentry:\n  upload_source_maps: true\n"
SENDS_NOTHING = f"{PUBSPEC}sentry:\n  upload_debug_symbols: false\n"


def reported(*steps: str, rule: str, pubspec: str = PUBSPEC) -> list[str]:
    """The findings of a rule in a job with these steps, as `level line message`."""
    facts = workflow_app(workflow_of(*steps), pubspec=pubspec)
    return [f"{one.severity} {one.line} {one.message}" for one in found(facts, rule)]


# --- FD40: obfuscated builds without a map ---


@pytest.mark.parametrize(
    ("flags", "count"),
    [
        ("--obfuscate --split-debug-info=x", 1),
        ("--obfuscate --extra-gen-snapshot-options=--save-obfuscation-map=a.json", 0),
        ("--no-obfuscate", 0),
        ("--obfuscate=false", 0),
        ("--obfuscate $ARGUMENTS", 0),
        ("", 0),
    ],
)
def test_an_obfuscated_build_saves_its_map_or_is_reported(flags: str, count: int) -> None:
    assert len(reported(f"run: flutter build apk {flags}", rule="FD40")) == count


# --- FD41: symbols that two tools upload ---


@pytest.mark.parametrize(
    ("steps", "lines"),
    [
        ([OWN, FILES], [7]),
        ([OWN, MAPS], [7]),
        ([OWN, PLUGIN], [7]),
        ([AUTO, FILES], [7]),
        ([FILES, OWN], [6]),
        ([NONE, FILES], []),
        ([DEPLOY, FILES], []),
        ([FILES], []),
        ([OWN, "run: sentry-cli releases list"], []),
        ([OWN, "run: ls", FILES, MAPS], [8, 9]),
    ],
)
def test_an_upload_by_another_tool_beside_the_action_s_is_reported(
    steps: list[str], lines: list[int]
) -> None:
    assert [int(one.split(" ")[1]) for one in reported(*steps, rule="FD41")] == lines


def test_a_job_without_the_action_does_not_hide_the_jobs_after_it() -> None:
    text = workflow_of(OWN, FILES).replace("jobs:\n", f"jobs:\n  a:\n    steps:\n      - {FILES}\n")

    assert [one.line for one in found(workflow_app(text), "FD41")] == [10]


@pytest.mark.parametrize(
    ("section", "count"),
    [
        ("sentry:\n  upload_debug_symbols: false\n", 0),
        ("sentry:\n  upload_debug_symbols: false\n  upload_source_maps: true\n", 1),
        ("sentry:\n  upload_debug_symbols: true\n", 1),
    ],
)
def test_a_plugin_that_uploads_nothing_does_not_upload_twice(section: str, count: int) -> None:
    assert len(reported(OWN, PLUGIN, rule="FD41", pubspec=PUBSPEC + section)) == count
    assert len(reported(OWN, FILES, rule="FD41", pubspec=PUBSPEC + section)) == 1


# --- FD48: web builds without source maps ---

BUILD = "run: flutter build web"
UPLOADED = "warning 7 `flutter build web` makes no source maps, so the upload in this job has none."
ALONE = "info 7 `flutter build web` makes no source maps."


@pytest.mark.parametrize(
    ("other", "pubspec", "expected"),
    [
        (OWN, PUBSPEC, [UPLOADED]),
        (AUTO, PUBSPEC, [UPLOADED]),
        (WEB, PUBSPEC, [UPLOADED]),
        (PHONES, PUBSPEC, [ALONE]),
        (NONE, PUBSPEC, [ALONE]),
        (DEPLOY, PUBSPEC, [ALONE]),
        (MAPS, PUBSPEC, [UPLOADED]),
        (FILES, PUBSPEC, [ALONE]),
        (PLUGIN, PUBSPEC, [ALONE]),
        (PLUGIN, SENDS_MAPS, [UPLOADED]),
        ("run: ls", PUBSPEC, [ALONE]),
    ],
)
def test_a_web_build_without_source_maps_is_a_warning_if_its_job_uploads_them(
    other: str, pubspec: str, expected: list[str]
) -> None:
    assert reported(other, BUILD, rule="FD48", pubspec=pubspec) == expected


@pytest.mark.parametrize(
    "command",
    [
        "flutter build web --source-maps",
        "flutter build web $ARGUMENTS",
        "flutter build apk",
        "dart run peanut",
    ],
)
def test_other_builds_need_no_source_maps(command: str) -> None:
    assert reported(OWN, f"run: {command}", rule="FD48") == []


# --- FD49: split debug info that stays where it is ---

SPLIT = "run: flutter build apk --split-debug-info=symbols"


@pytest.mark.parametrize(
    ("other", "count"),
    [
        ("run: ls", 1),
        (NONE, 1),
        (DEPLOY, 1),
        (OWN, 0),
        (FILES, 0),
        (PLUGIN, 0),
        ("uses: getsentry/action-release@v3", 0),
        ("uses: acme/sentry-upload@v1", 0),
        ("uses: actions/upload-artifact@v4", 1),
    ],
)
def test_split_debug_info_is_reported_if_no_step_uploads_it(other: str, count: int) -> None:
    assert len(reported(other, SPLIT, rule="FD49")) == count


@pytest.mark.parametrize(
    ("text", "count"), [("client = Sentry()", 0), ("flutter build apk", 1), ("", 1)]
)
def test_a_script_that_is_not_read_may_upload_if_it_mentions_sentry(text: str, count: int) -> None:
    facts = workflow_app(workflow_of(SPLIT))
    facts = replace(facts, unread_scripts={PurePosixPath("tool/ship.py"): text})

    assert len(found(facts, "FD49")) == count


# --- FD50: source maps that go out with the app ---

MAPPED = "run: flutter build web --source-maps"


@pytest.mark.parametrize(
    ("steps", "lines"),
    [
        ([MAPPED, "run: firebase deploy"], [7]),
        ([MAPPED, "uses: actions/upload-pages-artifact@v4"], [7]),
        (["run: firebase deploy", MAPPED], []),
        (["uses: actions/upload-pages-artifact@v4", MAPPED], []),
        ([MAPPED, "run: rm -r build/web/*.js.map", "run: firebase deploy"], []),
        ([MAPPED, "{uses: acme/pages@v1, with: {exclude: '*.js.map'}}", "run: firebase deploy"], []),
        ([MAPPED, "run: ls"], []),
        (["run: flutter build web", MAPPED, "run: firebase deploy"], [8]),
        ([BUILD, "run: firebase deploy"], []),
        (["run: |\n    flutter build web --source-maps\n    firebase deploy"], [8]),
        ([f"{MAPPED} && firebase deploy"], [6]),
        (["run: firebase deploy && flutter build web --source-maps"], []),
        ([f"{MAPPED}; rm build/web/*.js.map; firebase deploy"], []),
    ],
)  # fmt: skip
def test_source_maps_that_are_deployed_are_reported_at_the_deployment(
    steps: list[str], lines: list[int]
) -> None:
    assert [int(one.split(" ")[1]) for one in reported(*steps, rule="FD50")] == lines


# --- FD54: WebAssembly ---


@pytest.mark.parametrize(
    ("command", "count"),
    [
        ("flutter build web --wasm", 1),
        ("flutter build web --no-wasm", 0),
        ("flutter build web", 0),
        ("flutter build apk --wasm", 0),
    ],
)
def test_a_web_build_of_webassembly_is_reported(command: str, count: int) -> None:
    assert len(reported(f"run: {command}", rule="FD54")) == count


@pytest.mark.parametrize("rule", ["FD40", "FD48", "FD49", "FD50", "FD54"])
def test_an_app_without_the_sdk_needs_no_symbols(rule: str) -> None:
    build = "run: flutter build web --obfuscate --split-debug-info=x --wasm --source-maps"
    steps = build, BUILD, "run: firebase deploy"
    facts = workflow_app(workflow_of(*steps))

    assert found(facts, rule)
    assert found(replace(facts, sdk=None), rule) == []


# --- FD44: the url of a self-hosted Sentry ---

URL = "[defaults]\norg=acme\nurl = https://sentry.acme.dev/\n"


@pytest.mark.parametrize(
    ("version", "settings", "pubspec", "step", "lines"),
    [
        ("3.6.0", {".sentryclirc": URL}, "", "run: ls", [3]),
        ("4.0.0", {".sentryclirc": URL}, "", "run: ls", [3]),
        ("3.5.9", {".sentryclirc": URL}, "", "run: ls", []),
        (None, {".sentryclirc": URL}, "", "run: ls", []),
        ("3.6.0", {".sentryclirc": URL.replace("sentry.acme.dev", "eu.sentry.io")}, "", "run: ls", []),
        ("3.6.0", {".sentryclirc": "[auth]\ntoken=x\n"}, "", "run: ls", []),
        ("3.6.0", {"other": URL}, "", "run: ls", []),
        ("3.6.0", {".sentryclirc": URL, "sentry.properties": "url=https://a.dev\n"}, "", "run: ls", []),
        ("3.6.0", {".sentryclirc": URL}, "sentry:\n  url: https://a.dev\n", "run: ls", []),
        ("3.6.0", {".sentryclirc": URL}, "sentry:\n  org: acme\n", "run: ls", [3]),
        ("3.6.0", {".sentryclirc": URL}, "", "{run: ls, env: {SENTRY_URL: https://a.dev}}", []),
        ("3.6.0", {".sentryclirc": URL}, "", "run: export SENTRY_URL=https://a.dev", []),
        ("3.6.0", {".sentryclirc": URL}, "",
         f"{PLUGIN} --sentry-define=url=https://a.dev", []),
        ("3.6.0", {"app/.sentryclirc": URL, ".sentryclirc": URL}, "", "run: ls", [3]),
        ("3.6.0", {".sentryclirc": URL.replace("url", "URL")}, "", "run: ls", [1]),
    ],
)  # fmt: skip
def test_a_url_that_stands_only_in_sentryclirc_is_ignored_by_the_plugin_since_3_6(
    version: str | None,
    settings: Mapping[str, str],
    pubspec: str,
    step: str,
    lines: list[int],
) -> None:
    facts = replace(
        workflow_app(workflow_of(step), pubspec=PUBSPEC + pubspec),
        dart_plugin=ResolvedVersion(version=version, exact=True),
        settings={PurePosixPath(path): text for path, text in settings.items()},
    )

    messages = {one.line: one.message for one in found(facts, "FD44")}
    assert list(messages) == lines
    assert all(
        one == f"sentry_dart_plugin {version} ignores https://sentry.acme.dev/."
        for one in messages.values()
    )
    assert found(replace(facts, dart_plugin=None), "FD44") == []


def test_a_pubspec_that_pub_rejects_sets_no_url() -> None:
    facts = replace(
        workflow_app(workflow_of("run: ls")),
        dart_plugin=ResolvedVersion(version="3.6.0", exact=True),
        settings={PurePosixPath(".sentryclirc"): URL},
        pubspec_text="sentry: {url: https://a.dev",
    )

    assert [one.line for one in found(facts, "FD44")] == [3]


# --- FD46: tokens ---

HEX = "3b9fa1c07de25864" + "f0c2a8e61d7b9354" + "8a6e0d3c5f1b7294" + "e7c1f5a09b3d8264"
TOKEN = "sntryu" + "_" + HEX


@pytest.mark.parametrize(
    ("step", "properties", "places"),
    [
        (f"{{run: ls, env: {{A: {TOKEN}}}}}", "", [".github/workflows/ship.yml:6"]),
        (f"{{run: ls, env: {{SENTRY_AUTH_TOKEN: {HEX}}}}}", "",
         [".github/workflows/ship.yml:6"]),
        (f"{{run: ls, env: {{CHECKSUM: {HEX}}}}}", "", []),
        (f"run: |\n    ls\n    sentry-cli --auth-token {TOKEN} info {TOKEN}", "",
         [".github/workflows/ship.yml:8"]),
        ("run: ls", f"org=a\nauth.token={TOKEN}\n", ["sentry.properties:2"]),
        ("run: sed -i s/token=.*/token=x/ sentry.properties", f"auth.token={TOKEN}\n", []),
        ("run: cat sentry.properties", f"auth.token={TOKEN}\n", ["sentry.properties:1"]),
        ("run: sed -i s/token=.*/token=x/ other.properties", f"auth.token={TOKEN}\n",
         ["sentry.properties:1"]),
    ],
)  # fmt: skip
def test_a_token_is_reported_once_where_it_stands_unless_a_script_writes_it(
    step: str, properties: str, places: list[str]
) -> None:
    facts = replace(
        workflow_app(workflow_of(step)), settings={PurePosixPath("sentry.properties"): properties}
    )

    assert [f"{one.path}:{one.line}" for one in found(facts, "FD46")] == places


# --- FD39: releases of sentry-cli ---

ANDROID = {Platform.ANDROID: Identity(app_id="com.acme.shop", version="1.4.0", build="27")}


def created(
    command: str, *, build: str = "flutter build apk", main: str | None = None
) -> list[str]:
    text = workflow_of(f"run: {build}", f"run: {command}")
    facts = replace(workflow_app(text, main=main), identities=ANDROID)
    return [one.message for one in found(facts, "FD39")]


@pytest.mark.parametrize(
    ("name", "is_other"),
    [
        ("com.acme.shop@1.4.0+27", False),
        ("'com.acme.shop@1.4.0+27'", False),
        ("com.acme.shop@$VERSION", False),
        ("$RELEASE", False),
        ("com.acme.shop@1.4.0", True),
        ("shop@$VERSION", True),
        ("$(sentry-cli releases propose-version)", True),
    ],
)
def test_a_release_of_sentry_cli_that_no_build_can_report_is_reported(
    name: str, *, is_other: bool
) -> None:
    message = f"sentry-cli uses `{name}`, but the app reports com.acme.shop@1.4.0+27."

    assert created(f"sentry-cli releases new {name}") == ([message] if is_other else [])


def test_builds_and_code_with_a_release_of_their_own_are_not_compared() -> None:
    other = "sentry-cli releases new shop@1"
    named = "main() => SentryFlutter.init((options) => options.release = name());"
    head = "import 'package:sentry_flutter/sentry_flutter.dart';\n"

    assert len(created(other)) == 1
    assert len(created(f"|\n    ls\n    {other}")) == 1
    assert created(other, build="flutter build apk $ARGUMENTS") == []
    assert created(other, main=head + named) == []
    assert created("echo releases new shop@1") == []
    assert len(created(f"|\n    ls\n    {other}")) == 1
