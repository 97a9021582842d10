"""An app made of texts, for rules that are checked without a project on a disk."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import PurePosixPath
from textwrap import indent

from sentry_release.dart.dart_lexer import parse_dart
from sentry_release.doctor.app import App, BuildStep, Command, DartFile
from sentry_release.doctor.ci_files.jobs import parse_jobs
from sentry_release.doctor.ci_files.shell_directory import AppLocation
from sentry_release.doctor.ci_files.workflow import parse_workflow_steps
from sentry_release.doctor.run_rules import ALL_CHECKS
from sentry_release.flutter import pubspec
from sentry_release.flutter.pubspec import ResolvedVersion
from sentry_release.flutter.yaml_document import parse_yaml
from sentry_release.model.finding import Finding
from sentry_release.model.platform import Identity, Platform
from sentry_release.model.release import Release

PUBSPEC = """\
name: shop
version: 1.4.0+27
dependencies:
  flutter:
    sdk: flutter
  sentry_flutter: ^9.8.0
"""
SDK = ResolvedVersion(version="9.8.0", exact=True)
SHIP_WORKFLOW = PurePosixPath(".github/workflows/ship.yml")


def app_facts(
    files: Mapping[str, str],
    *,
    sdk: ResolvedVersion | None = SDK,
    release: str | None = "shop@1.4.0+27",
    identities: Mapping[Platform, Identity] | None = None,
    commands: Collection[str] = (),
    reached: Collection[str] | None = None,
    steps: Sequence[BuildStep] = (),
    platforms: Collection[Platform] = (),
    go_router: ResolvedVersion | None = None,
) -> App:
    """
    An app of these texts by their paths; `lib/main.dart` leads to all that are not left out.

    Its steps are those given, or one of a workflow with the commands, all on line 2.
    """
    sources = {path: text for path, text in files.items() if path.endswith(".dart")}
    described = files.get("pubspec.yaml", PUBSPEC)
    step = (
        BuildStep(
            path=PurePosixPath(".github/workflows/ship.yml"),
            line=1,
            job="ship",
            commands=tuple(Command(text=text, line=2) for text in commands),
        ),
    )
    led_to = frozenset(map(PurePosixPath, sources if reached is None else reached))
    return App(
        folder=PurePosixPath(),
        pubspec=pubspec.parse_pubspec(described),
        pubspec_text=described,
        sdk=sdk,
        identities=identities or {},
        release=Release(name=release) if release else None,
        dart=tuple(
            DartFile(path=PurePosixPath(path), dart=parse_dart(text))
            for path, text in sources.items()
        ),
        reachable=led_to,
        reachable_on_web=led_to,
        entry_points=frozenset({PurePosixPath("lib/main.dart")} & set(map(PurePosixPath, sources))),
        steps=tuple(steps) or step,
        platforms=frozenset(platforms),
        go_router=go_router,
        read_bytes=lambda path: files[str(path)].encode() if str(path) in files else None,
    )


def workflow_app(text: str, *, main: str | None = None, pubspec: str = PUBSPEC) -> App:
    """An app with one workflow, SHIP_WORKFLOW."""
    tree = parse_yaml(text, str(SHIP_WORKFLOW))
    place = AppLocation(folder=PurePosixPath(), is_package=lambda _: False)
    steps = parse_workflow_steps({SHIP_WORKFLOW: tree}, place)
    files = {"lib/main.dart": app() if main is None else main, "pubspec.yaml": pubspec}
    return replace(app_facts(files, steps=steps), jobs=parse_jobs(SHIP_WORKFLOW, tree))


def workflow_of(*steps: str, head: str = "") -> str:
    """A workflow of one job with these steps, of which the first is on line 6 without a head."""
    listed = "".join(indent(f"- {one}\n", "      ") for one in steps)
    return f"on: push\njobs:\n  ship:\n    runs-on: ubuntu-latest\n{head}    steps:\n{listed}"


def found(app: App, *rules: str) -> list[Finding]:
    """What some rules find, or all of them."""
    return [
        finding
        for rule, check in ALL_CHECKS
        if not rules or rule.id in rules
        for finding in check(app)
    ]


def output(app: App, *rules: str) -> list[str]:
    """The same as lines, as `FD01 error lib/main.dart:12`."""
    return [f"{one.rule} {one.severity.value} {one.path}:{one.line}" for one in found(app, *rules)]


def app(*lines: str, before: str = "") -> str:
    """A `lib/main.dart` whose options callback holds these lines, the first of them on line 6."""
    body = "\n".join(f"    {line}" for line in lines)
    return (
        "import 'package:flutter/material.dart';\n"
        "import 'package:sentry_flutter/sentry_flutter.dart';\n"
        "\n"
        "Future<void> main() async {\n"
        "  await SentryFlutter.init((options) {\n"
        f"{body}\n"
        "  }, appRunner: () => runApp(const Shop()));\n"
        "}\n"
        f"{before}"
    )
