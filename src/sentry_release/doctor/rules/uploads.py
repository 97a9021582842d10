"""FD40, FD41, FD48, FD49, FD50, FD54: builds and tools whose uploads are missing, wrong, or repeated."""

import re
from collections.abc import Iterator, Sequence

from sentry_release.doctor.analysis.release_source import initializes_sdk
from sentry_release.doctor.app import App, BuildStep, Check, Command
from sentry_release.doctor.ci_files.build_commands import Tool
from sentry_release.doctor.ci_files.builds import Build, find_builds
from sentry_release.doctor.ci_files.triggers import OwnAction, find_own_action
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
UNREADABLE_WASM = Rule(
    id="FD54",
    name="wasm-unreadable",
    severity=Severity.INFO,
    title="A web build runs as WebAssembly, whose stack traces Sentry cannot read.",
    reason="Newer browsers run main.dart.wasm, and Sentry does not apply its source map. Only the "
    "browsers that still run main.dart.js have readable stack traces.",
    link="https://github.com/getsentry/sentry-dart/issues/1480",
    fix="Build without `--wasm`, or suppress this finding.",
    before="flutter build web --wasm --source-maps",
    snippet="flutter build web --source-maps",
)
_WASM = re.compile(r"(?<![\w-])--wasm(?![\w-]|=false)")
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
NO_OBFUSCATION_MAP = Rule(
    id="FD40",
    name="obfuscation-map-missing",
    severity=Severity.INFO,
    title="An obfuscated build keeps no obfuscation map.",
    reason="Symbols make stack traces readable, but not the names of exceptions: titles of issues "
    "stay obfuscated, and change with each build.",
    link="https://docs.sentry.io/platforms/dart/guides/flutter/debug-symbols/",
    fix="Save the map below `build`, where this action finds and uploads it.",
    before="flutter build appbundle --obfuscate --split-debug-info=build/symbols",
    snippet="flutter build appbundle --obfuscate --split-debug-info=build/symbols \\\n"
    "  --extra-gen-snapshot-options=--save-obfuscation-map=build/app/obfuscation.map.json",
)
UPLOADED_TWICE = Rule(
    id="FD41",
    name="uploaded-twice",
    severity=Severity.WARNING,
    title="Another tool uploads the symbols that this action uploads.",
    reason="Both look for the same files, so the job takes longer. sentry_dart_plugin also rewrites "
    "the JavaScript of the build, and finalizes the release before the job has succeeded.",
    link="https://docs.sentry.io/platforms/dart/guides/flutter/upload-debug/",
    fix="Remove the other upload, or set `uploads: none` for this action.",
    before="- uses: appcrew/sentry-release-flutter@v1\n- run: flutter build appbundle\n"
    "- run: sentry-cli debug-files upload build",
    snippet="- uses: appcrew/sentry-release-flutter@v1\n  with:\n    uploads: none",
)
_OBFUSCATES = re.compile(r"(?<![\w-])--obfuscate(?![\w=-])")
_SAVES_MAP = "save-obfuscation-map"
_NO_DEBUG_FILES = re.compile(r"^[ \t]++upload_debug_symbols:\s*+false\b", re.MULTILINE)
_OTHER_UPLOAD = re.compile(
    r"\brun[ \t]+sentry_dart_plugin\b"
    r"|\bsentry[-/]cli\b[^;&|\n]{0,300}?\b(?:debug-files|dif|sourcemaps)[ \t]+upload\b"
    r"|\bsentry[-/]cli\b[^;&|\n]{0,300}?\bupload-(?:dif|dsym|sourcemaps)\b"
)
"""A command of sentry_dart_plugin or sentry-cli that uploads."""
_PLUGIN_SENDS_MAPS = re.compile(r"^[ \t]++upload_source_maps:\s*+true\b", re.MULTILINE)
"""The setting of sentry_dart_plugin in pubspec.yaml that makes it upload source maps."""
# Sources: https://docs.fastlane.tools/plugins/available-plugins · https://docs.sentry.io/cli/
_ANY_UPLOAD = re.compile(
    r"\bsentry_dart_plugin\b|\bsentry[-_](?:cli|debug_files_upload|upload\w*)\b|\bupload[-_]symbols\b"
    r"|\bsentry-release[ \t]+upload\b|\b(?:getsentry|sentry)/[\w.-]+|\bsymbols?[-_]upload\b"
)
_UPLOADING = {OwnAction.RELEASE, OwnAction.UPLOAD}


def check_source_maps(app: App) -> Iterator[Finding]:
    """Yield each web build without source maps: a warning if its job uploads, else a hint."""
    if not _is_checked(app):
        return
    for build in _find_web_builds(app):
        if build.is_opaque or _MAPS.search(build.command):
            continue
        uploads = _uploads_source_maps(app, build.step)
        end = ", so the upload in this job has none." if uploads else "."
        message = f"`{build.command[:80]}` makes no source maps{end}"
        severity = None if uploads else Severity.INFO
        yield NO_SOURCE_MAPS.build_finding(build.step.path, build.line, message, severity=severity)


def check_wasm(app: App) -> Iterator[Finding]:
    """Yield each web build that makes WebAssembly, if the app uses the SDK."""
    for build in find_builds(app) if app.sdk else ():
        if build.platform is Platform.WEB and _WASM.search(build.command):
            message = f"`{build.command[:80]}` makes WebAssembly."
            yield UNREADABLE_WASM.build_finding(build.step.path, build.line, message)


def check_split_debug_info(app: App) -> Iterator[Finding]:
    """Yield each build that splits its debug info off, if no step of the project may upload it."""
    if not _is_checked(app) or _may_upload(app):
        return
    for build in find_builds(app):
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
        one for one in find_builds(app) if one.platform is Platform.WEB and one.tool is Tool.FLUTTER
    )


def _find_deployment(steps: Sequence[BuildStep], build: Build) -> int | None:
    """Return the line of the first deployment of the folder after a build."""
    for step in steps:
        if step.line > build.step.line and _HOSTS_FOLDER.match(step.uses or ""):
            return step.line
        for command in step.commands:
            if _DEPLOYS.search(_get_later_text(command, build)):
                return command.line
    return None


def _get_later_text(command: Command, build: Build) -> str:
    """Return what runs after a build in a command line."""
    if command.line == build.line:
        return command.text.partition(build.command)[2]
    return command.text if command.line > build.line else ""


def _excludes_maps(steps: Sequence[BuildStep]) -> bool:
    """Return whether a command or an input names map files, to delete or to exclude them."""
    return any(
        any(_MAP_FILES.search(command.text) for command in step.commands)
        or any(_MAP_FILES.search(value) for value in step.inputs.values())
        for step in steps
    )


def check_obfuscation_map(app: App) -> Iterator[Finding]:
    """Return each obfuscated build whose command line names no map, and hides no options."""
    if app.sdk is None:
        return
    for build in find_builds(app):
        is_without_map = _SAVES_MAP not in build.command and not build.is_opaque
        if is_without_map and _OBFUSCATES.search(build.command):
            message = f"`{build.command[:80]}` is obfuscated and saves no map."
            yield NO_OBFUSCATION_MAP.build_finding(build.step.path, build.line, message)


def check_uploaded_twice(app: App) -> Iterator[Finding]:
    """Return each upload by another tool in a job in which this action uploads as well."""
    jobs = {(one.path, one.job) for one in app.steps if _uploads_by_own_action(one)}
    for step in app.steps:
        if step.job is None or (step.path, step.job) not in jobs:
            continue
        for command in step.commands:
            found = _OTHER_UPLOAD.search(command.text)
            if found and not ("sentry_dart_plugin" in found[0] and _is_off(app)):
                message = (
                    f"`{found[0].strip()[:80]}` uploads in a job in which this action uploads."
                )
                yield UPLOADED_TWICE.build_finding(step.path, command.line, message)


def _is_off(app: App) -> bool:
    """Return whether the plugin's settings in pubspec.yaml let it upload nothing."""
    return bool(
        _NO_DEBUG_FILES.search(app.pubspec_text) and not _PLUGIN_SENDS_MAPS.search(app.pubspec_text)
    )


def _uploads_by_own_action(step: BuildStep) -> bool:
    """Return whether the step uses this action in a way that uploads what the job builds."""
    is_own = step.job is not None and find_own_action(step.uses) in _UPLOADING
    return is_own and step.inputs.get("uploads", "").strip().lower() != "none"


def _uploads_source_maps(app: App, step: BuildStep) -> bool:
    """Return whether the job of a step, or its script, uploads the source maps of a web build."""
    return any(
        (_uploads_by_own_action(one) and _includes_web(one))
        or any(_sends_maps(app, command.text) for command in one.commands)
        for one in app.steps
        if (one.path, one.job) == (step.path, step.job)
    )


def _includes_web(step: BuildStep) -> bool:
    """Return whether the input `uploads` is `auto`, as by default, or names the web."""
    words = step.inputs.get("uploads", "").lower().replace(",", " ").split()
    return not words or "auto" in words or "web" in words


def _sends_maps(app: App, command: str) -> bool:
    found = _OTHER_UPLOAD.search(command)
    if found is None:
        return False
    if "sentry_dart_plugin" in found[0]:
        return _PLUGIN_SENDS_MAPS.search(app.pubspec_text) is not None
    return "sourcemaps" in found[0]


def _may_upload(app: App) -> bool:
    """Return whether anything in the project may upload to Sentry, by this action or another tool."""
    if any("sentry" in text.lower() for text in app.unread_scripts.values()):
        return True
    return any(
        _uploads_by_own_action(step)
        or (step.uses is not None and _ANY_UPLOAD.search(step.uses))
        or any(_ANY_UPLOAD.search(command.text) for command in step.commands)
        for step in app.steps
    )


CHECKS: tuple[tuple[Rule, Check], ...] = (
    (NO_OBFUSCATION_MAP, check_obfuscation_map),
    (UPLOADED_TWICE, check_uploaded_twice),
    (NO_SOURCE_MAPS, check_source_maps),
    (SYMBOLS_KEPT, check_split_debug_info),
    (PUBLIC_MAPS, check_public_maps),
    (UNREADABLE_WASM, check_wasm),
)
