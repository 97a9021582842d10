"""FD48, FD49, FD50: builds without source maps, symbols without an upload, and public maps."""

import re
from collections.abc import Iterator, Sequence

from sentry_release.doctor.analysis.release_source import initializes_sdk
from sentry_release.doctor.analysis.sentry_tools import may_upload, uploads_source_maps
from sentry_release.doctor.app import App, BuildStep, Check
from sentry_release.doctor.ci_files.build_commands import Tool
from sentry_release.doctor.ci_files.builds import Build, find_builds
from sentry_release.model.finding import Finding, Rule, Severity
from sentry_release.model.platform import Platform

NO_SOURCE_MAPS = Rule(
    id="FD48",
    name="web-without-source-maps",
    severity=Severity.WARNING,
    title="A web build makes no source maps.",
    reason="Stack traces from browsers then show the names and lines of main.dart.js, and no "
    "upload can change that later.",
    link="https://docs.sentry.io/platforms/dart/guides/flutter/sourcemaps/",
    fix="Build with `--source-maps`.",
    before="flutter build web",
    snippet="flutter build web --source-maps",
)
SYMBOLS_KEPT = Rule(
    id="FD49",
    name="symbols-not-uploaded",
    severity=Severity.WARNING,
    title="A build splits its debug info off, and nothing uploads it.",
    reason="Stack traces of such a build are addresses, which Sentry can only translate with the "
    "split files.",
    link="https://docs.sentry.io/platforms/dart/guides/flutter/upload-debug/",
    fix="Upload the files: this action does it after the job, if it is a step of the job.",
    before="- run: flutter build appbundle --split-debug-info=build/symbols",
    snippet="- uses: appcrew/sentry-release-flutter@v1\n"
    "- run: flutter build appbundle --split-debug-info=build/symbols",
)
PUBLIC_MAPS = Rule(
    id="FD50",
    name="source-maps-public",
    severity=Severity.INFO,
    title="Source maps are deployed together with the app.",
    reason="With them everybody can read the Dart source of the app. Sentry needs the maps only "
    "once, for the upload.",
    link="https://docs.sentry.io/platforms/dart/guides/flutter/sourcemaps/",
    fix="Upload the maps before the deployment, and delete them from the build.",
    before="- run: flutter build web --source-maps\n- run: firebase deploy",
    snippet="- run: flutter build web --source-maps\n"
    "- uses: appcrew/sentry-release-flutter/upload@v1\n"
    "- run: find build/web -name '*.map' -delete\n- run: firebase deploy",
)
_MAPS = re.compile(r"(?<![\w-])--(?:no-)?source-maps\b")
_MAKES_MAPS = re.compile(r"(?<![\w-])--source-maps(?![\w-]|=false)")
_SPLITS = re.compile(r"(?<![\w-])--split-debug-info\b")
_MAP_FILES = re.compile(r"\.map\b")
_HOSTS_FOLDER = re.compile(
    r"(?i)^(?:peaceiris/actions-gh-pages|JamesIves/github-pages-deploy-action"
    r"|actions/upload-pages-artifact|FirebaseExtended/action-hosting-deploy|crazy-max/ghaction-github-pages"
    r"|nwtgck/actions-netlify|cloudflare/(?:wrangler|pages)-action|Azure/static-web-apps-deploy)@"
)
_DEPLOYS = re.compile(
    r"\bfirebase\b[^;&|\n]{0,300}\bdeploy\b|\bnetlify[ \t]+deploy\b|\bvercel\b[^;&|\n]{0,300}\bdeploy\b"
    r"|\baws[ \t]+s3[ \t]+(?:sync|cp)\b|\bwrangler[ \t]+pages[ \t]+(?:deploy|publish)\b"
    r"|\bgsutil\b[^;&|\n]{0,300}\b(?:rsync|cp)\b|\b(?:rsync|scp)\b[^;&|\n]{0,300}\bbuild/web\b|\bsurge\b[^;&|\n]{0,200}\bbuild/web\b"
)
_FIREBASE = "firebase.json"


def check_source_maps(app: App) -> Iterator[Finding]:
    """Yield each web build without source maps: a warning if its job uploads, else a hint."""
    if not _is_checked(app):
        return
    for build in _find_web_builds(app):
        if build.is_opaque or _MAPS.search(build.command):
            continue
        uploads = uploads_source_maps(app, build.step)
        end = ", so the upload in this job has none." if uploads else "."
        message = f"`{build.command[:80]}` makes no source maps{end}"
        severity = None if uploads else Severity.INFO
        yield NO_SOURCE_MAPS.build_finding(build.step.path, build.line, message, severity=severity)


def check_split_debug_info(app: App) -> Iterator[Finding]:
    """Yield each build that splits its debug info off, if no step of the project may upload it."""
    if not _is_checked(app) or may_upload(app):
        return
    for build in find_builds(app.steps):
        if _SPLITS.search(build.command):
            message = f"`{build.command[:80]}` splits its debug info off, and no step uploads it."
            yield SYMBOLS_KEPT.build_finding(build.step.path, build.line, message)


def check_public_maps(app: App) -> Iterator[Finding]:
    """Yield each deployment of a web build with source maps that no command removes before."""
    if not _is_checked(app) or _MAP_FILES.search(app.read_text(_FIREBASE) or ""):
        return
    for build in _find_web_builds(app):
        if not _MAKES_MAPS.search(build.command):
            continue
        steps = [
            one for one in app.steps if (one.path, one.job) == (build.step.path, build.step.job)
        ]
        place = _find_deployment(steps, build)
        if place is not None and not _excludes_maps(steps):
            message = f"The source maps of `{build.command[:80]}` are deployed with the app."
            yield PUBLIC_MAPS.build_finding(build.step.path, place, message)


def _is_checked(app: App) -> bool:
    return app.sdk is not None and initializes_sdk(app)


def _find_web_builds(app: App) -> Iterator[Build]:
    return (
        one
        for one in find_builds(app.steps)
        if one.platform is Platform.WEB and one.tool is Tool.FLUTTER
    )


def _find_deployment(steps: Sequence[BuildStep], build: Build) -> int | None:
    """Return the line of the first deployment of the folder after a build."""
    for step in steps:
        if step.line > build.step.line and _HOSTS_FOLDER.match(step.uses or ""):
            return step.line
        for command in step.commands:
            if command.line > build.line and _DEPLOYS.search(command.text):
                return command.line
    return None


def _excludes_maps(steps: Sequence[BuildStep]) -> bool:
    """Return whether a command or an input names map files, to delete or to exclude them."""
    return any(
        any(_MAP_FILES.search(command.text) for command in step.commands)
        or any(_MAP_FILES.search(value) for value in step.inputs.values())
        for step in steps
    )


CHECKS: tuple[tuple[Rule, Check], ...] = (
    (NO_SOURCE_MAPS, check_source_maps),
    (SYMBOLS_KEPT, check_split_debug_info),
    (PUBLIC_MAPS, check_public_maps),
)
