"""An app with one error, one warning and one hint, and what the doctor says of an app."""

import io
import json
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from sentry_release.cli.main import run

PUBSPEC = """\
name: shop
version: 1.4.0+27
environment:
  sdk: ^3.5.0
dependencies:
  flutter:
    sdk: flutter
  sentry_flutter: 9.6.0
"""
MAIN = """\
import 'package:flutter/widgets.dart';
import 'package:sentry_flutter/sentry_flutter.dart';

Future<void> main() async {
  await SentryFlutter.init((options) {
    options.enableAutoSessionTracking = false;
    options.enableNativeCrashHandling = false;
    options.dsn = dsn;
  }, appRunner: () => runApp(const SizedBox()));
}

final dsn = String.fromEnvironment('SENTRY_DSN');
"""
FOUND = ("FD07 error lib/main.dart:6", "FD08 warning lib/main.dart:7", "FD35 info lib/main.dart:12")

Found = Mapping[str, str | int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """How `sentry-release doctor` ended, and what it printed."""

    code: int
    text: str

    @property
    def json(self) -> dict[str, object]:
        """The object it printed."""
        found = json.loads(self.text)
        assert isinstance(found, dict)
        return found

    @property
    def findings(self) -> list[Found]:
        """The findings of that object."""
        return cast("list[Found]", self.json["findings"])

    @property
    def lines(self) -> list[str]:
        """The findings as lines, as `FD07 error lib/main.dart:6`."""
        return [
            f"{one['rule']} {one['level']} {one['path']}:{one['line']}" for one in self.findings
        ]


def doctor(workspace: Path, *words: str, **environ: str) -> Output:
    """Play `sentry-release doctor` in a workspace."""
    printed = io.StringIO()
    with redirect_stdout(printed), redirect_stderr(printed):
        code = run(
            ["sentry-release", "doctor", *words], {"GITHUB_WORKSPACE": str(workspace), **environ}
        )
    return Output(code=code, text=printed.getvalue())


def write(root: Path, files: Mapping[str, str | bytes]) -> Path:
    """Put files below a folder."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return root


def write_broken_app(root: Path, files: Mapping[str, str | bytes] | None = None) -> Path:
    """The app, with other files besides or instead."""
    return write(root, {"pubspec.yaml": PUBSPEC, "lib/main.dart": MAIN} | dict(files or {}))


def healthy_app(root: Path, files: Mapping[str, str | bytes] | None = None) -> Path:
    """The same without anything to find."""
    lines = [
        line
        for line in MAIN.splitlines(keepends=True)
        if "options." not in line and "final" not in line
    ]
    return write(
        root, {"pubspec.yaml": PUBSPEC, "lib/main.dart": "".join(lines)} | dict(files or {})
    )
