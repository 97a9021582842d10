"""The projects for which `sentry-release init` writes workflows, and how it is run on one."""

import io
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from shutil import copytree

from job import ROOT
from sentry_release.cli.main import run

EXPECTED = ROOT / "tests/expected/init"
WORKFLOWS = ".github/workflows"
SHOP = "examples/shop"
_FLAVORS = """\
android {
    namespace "com.acme.shop"
    flavorDimensions "stage"
    productFlavors {
        dev { applicationIdSuffix ".dev" }
        prod { }
    }
}
"""
_BUILD = """\
name: Build
on: {push: {tags: ['v*']}}
jobs:
  store:
    runs-on: ubuntu-latest
    steps:
      - run: flutter build appbundle --flavor prod -t lib/main_prod.dart
      - run: fastlane supply
"""
_MAIN = """\
import 'package:flutter/widgets.dart';
import 'package:sentry_flutter/sentry_flutter.dart';

Future<void> main() async {
  await SentryFlutter.init((options) {
    options.dsn = 'https://1@sentry.example/1';
  }, appRunner: () => runApp(const SizedBox()));
}
"""


def pubspec(name: str, version: str = "1.4.0+27", more: str = "") -> str:
    """The pubspec.yaml of an app."""
    return (
        f"name: {name}\nversion: {version}\n{more}environment:\n  sdk: ^3.8.0\n"
        "dependencies:\n  flutter:\n    sdk: flutter\n  sentry_flutter: ^9.27.0\n"
    )


PROJECTS: Mapping[str, Mapping[str, str]] = {
    "shop": {},  # a copy of examples/shop
    "mobile": {
        "pubspec.yaml": pubspec("shop", "1.4.0"),
        "lib/main.dart": _MAIN,
        ".fvmrc": '{"flutter": "3.44.1"}\n',
        "android/app/build.gradle": _FLAVORS,
        "ios/Runner/Info.plist": "<plist/>",
        f"{WORKFLOWS}/build.yml": _BUILD,
    },
    "desktop": {
        "pubspec.yaml": pubspec("shop"),
        "macos/Runner/Info.plist": "<plist/>",
        "windows/runner/Runner.rc": "",
        "linux/CMakeLists.txt": "",
    },
    "mac": {"pubspec.yaml": pubspec("shop"), "macos/Runner/Info.plist": "<plist/>"},
    "monorepo": {
        "melos.yaml": "name: acme\npackages: [apps/*, packages/*]\n",
        "packages/ui/pubspec.yaml": "name: ui\nversion: 1.0.0\n",
        "apps/shop/pubspec.yaml": pubspec("shop") + "  ui: {path: ../../packages/ui}\n",
        "apps/shop/web/index.html": "<html></html>",
        "apps/courier/pubspec.yaml": pubspec("courier"),
        "apps/courier/android/app/build.gradle": _FLAVORS,
    },
    "gitlab": {
        "pubspec.yaml": pubspec("shop", "1.4.0"),
        "web/index.html": "<html></html>",
        ".gitlab-ci.yml": "build:\n  script: [flutter build web]\n",
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """How `sentry-release init` ended, what it printed, and what it said besides."""

    code: int
    printed: str
    said: str


def write_project(name: str, folder: Path) -> Path:
    """Write a project into a folder, as a repository."""
    if name == "shop":
        copytree(ROOT / SHOP, folder, dirs_exist_ok=True)
    for path, text in PROJECTS[name].items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    head = folder / ".git/refs/remotes/origin/HEAD"
    head.parent.mkdir(parents=True, exist_ok=True)
    head.write_text("ref: refs/remotes/origin/main\n")
    return folder


def init(folder: Path, *words: str, **environ: str) -> Output:
    """Run the command in a folder."""
    printed, said = io.StringIO(), io.StringIO()
    with redirect_stdout(printed), redirect_stderr(said):
        code = run(["sentry-release", "init", *words], {"GITHUB_WORKSPACE": str(folder), **environ})
    return Output(code=code, printed=printed.getvalue(), said=said.getvalue())


def created(folder: Path) -> dict[str, str]:
    """The workflows of this action in a folder, by their names."""
    found = (folder / WORKFLOWS).glob("sentry-release*.yml")
    return {path.name: path.read_text() for path in sorted(found)}
