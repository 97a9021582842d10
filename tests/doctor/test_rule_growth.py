"""Every rule takes linear time, whatever a file of the project repeats."""

import time
from pathlib import Path

import pytest

from read_app import read
from sentry_release.doctor.run_rules import ALL_CHECKS

# What is timed has the machine to itself.
pytestmark = pytest.mark.large
_PUBSPEC = "name: shop\nversion: 1.4.0+27\ndependencies:\n  sentry_flutter: ^9.8.0\n"
_MAIN = """\
import 'package:sentry_flutter/sentry_flutter.dart';
Future<void> main() async {
  await SentryFlutter.init((options) { options.dsn = dsn; }, appRunner: () => runApp(App()));
}
"""
_GRADLE = "android {\n    defaultConfig {\n"
_WORKFLOW = "on: push\njobs:\n  ship:\n    runs-on: x\n    steps:\n"
_SMALL, _LARGE = 10_000, 40_000  # characters
_RATIO, _NOTICEABLE_S = 9.0, 0.3


def measure(folder: Path, path: str, text: str) -> dict[str, float]:
    """Return the processor seconds of reading an app with this file, and of each rule."""
    files = {"pubspec.yaml": _PUBSPEC, "lib/main.dart": _MAIN, "web/index.html": "<head></head>"}
    for name, content in (files | {path: text}).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)
    took: dict[str, float] = {}
    began = time.process_time()
    app = read(folder).app
    took["reading"] = time.process_time() - began
    for rule, check in ALL_CHECKS:
        began = time.process_time()
        list(check(app))
        took[rule.id] = took.get(rule.id, 0.0) + time.process_time() - began
    return took


@pytest.mark.parametrize(
    ("path", "head", "part"),
    [
        ("lib/main.dart", _MAIN, "options.release = 'a';\n"),
        ("lib/main.dart", _MAIN, "SentryFlutter.init((options) {"),
        ("lib/main.dart", _MAIN, "GoRoute(path: '/a', builder: (c, s) => MaterialPage("),
        ("lib/main.dart", _MAIN, "final a = const String.fromEnvironment('SENTRY_RELEASE');\n"),
        ("lib/main.dart", _MAIN, "..a"),
        ("lib/main.dart", _MAIN, " "),
        ("android/app/build.gradle", _GRADLE, "versionCode 1\n"),
        ("android/app/build.gradle", _GRADLE, "versionCode defaultConfig.versionCode\n"),
        ("android/app/build.gradle", _GRADLE, "versionName" + " " * 500),
        (".github/workflows/ship.yml", _WORKFLOW, "      - run: flutter build web\n"),
        (".gitlab-ci.yml", "ship:\n  script:\n", "    - flutter build web\n"),
        ("scripts/build.sh", "", "flutter build apk --dart-define=A=$B && "),
        ("scripts/build.sh", "", "for a in b; do export A=$(c)\n"),
        ("fastlane/Fastfile", "lane :a do\n", 'gradle(task: "assemble") '),
        ("web/index.html", "<head>", '<meta http-equiv="Content-Security-Policy" content="a">'),
    ],
)
def test_four_times_the_text_takes_no_rule_much_more_than_four_times_as_long(
    tmp_path: Path, path: str, head: str, part: str
) -> None:
    small, large = (
        measure(tmp_path / str(size), path, head + part * (size // len(part)))
        for size in (_SMALL, _LARGE)
    )

    slow = {
        name: (small[name], seconds)
        for name, seconds in large.items()
        if seconds > _NOTICEABLE_S and seconds > _RATIO * small[name]
    }
    assert slow == {}
