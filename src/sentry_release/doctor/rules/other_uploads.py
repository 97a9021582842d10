"""FD39, FD40, FD41: builds and tools whose uploads miss the release, the map, or come twice."""

import re
from collections.abc import Iterator

from sentry_release.doctor.analysis.code_releases import names_release_in_code
from sentry_release.doctor.analysis.release_source import find_reported
from sentry_release.doctor.analysis.sentry_tools import (
    OTHER_UPLOAD,
    PLUGIN_SENDS_MAPS,
    uploads_by_own_action,
)
from sentry_release.doctor.app import App, BuildStep, Check
from sentry_release.doctor.ci_files.build_commands import VARIABLE
from sentry_release.doctor.ci_files.builds import find_builds
from sentry_release.model.finding import Finding, Rule, Severity
from sentry_release.release.sdk_default import build_sdk_default

OTHER_RELEASE = Rule(
    id="FD39",
    name="sentry-cli-names-another-release",
    severity=Severity.WARNING,
    title="sentry-cli uses a different release than the app reports.",
    reason="Commits, deploys and the finalized state go to a release without sessions, and the "
    "release with the sessions has none of them.",
    link="https://docs.sentry.io/cli/releases/",
    fix="Pass sentry-cli the release name that the builds report, for example the output "
    "`release` of this action.",
    before='- run: sentry-cli releases finalize "shop-$VERSION"',
    snippet='- run: sentry-cli releases finalize "$SENTRY_RELEASE"',
)
_COMMAND = re.compile(
    r"\bsentry[-/]cli\b[^;&|\n]{0,300}?\breleases[ \t]+(?:new|finalize|set-commits)\b"
    r"(?P<options>(?:[ \t]+--?[\w-]+(?:=\S+)?){0,10})[ \t]+"
    r"(?P<name>\"[^\"]*\"|'[^']*'|(?:\$\{\{.{0,300}?\}\}|\$\([^)]{0,300}\)|[^\s;&|])+)"
)
_PROPOSED = re.compile(r"propose-version")
_PART = re.compile(rf"\$\([^)]{{0,300}}\)|`[^`]{{0,300}}`|{VARIABLE}")
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


def check_sentry_cli(app: App) -> Iterator[Finding]:
    """Yield each command whose release differs from all that the builds of its job report."""
    if names_release_in_code(app):
        return
    for step in app.steps:
        for command in step.commands:
            if "sentry" not in command.text:
                continue
            for found in _COMMAND.finditer(command.text):
                name = found["name"].strip("\"'")
                reported = _find_reported_names(app, step)
                if reported and not any(_may_be(name, one) for one in reported):
                    message = f"sentry-cli uses `{name[:80]}`, but the app reports {' or '.join(reported)}."
                    yield OTHER_RELEASE.build_finding(step.path, command.line, message)


def _find_reported_names(app: App, step: BuildStep) -> tuple[str, ...]:
    """Return the names that the builds report; none if one of them is unknown."""
    found: dict[str, None] = {}
    for one in find_reported(app, step):
        name = one.computed or (build_sdk_default(one.identity).release if one.identity else None)
        if not isinstance(name, str):
            return ()
        found[name] = None
    return tuple(found)


def _may_be(name: str, reported: str) -> bool:
    """Return whether the name can equal this release for some values of its variables."""
    if _PROPOSED.search(name):
        return False  # it proposes the commit hash
    parts = [re.escape(one) for one in _PART.split(name)]
    return re.fullmatch(".*".join(parts), reported) is not None


def check_obfuscation_map(app: App) -> Iterator[Finding]:
    """Return each obfuscated build whose command line names no map, and hides no options."""
    if app.sdk is None:
        return
    for build in find_builds(app.steps):
        is_without_map = _SAVES_MAP not in build.command and not build.is_opaque
        if is_without_map and _OBFUSCATES.search(build.command):
            message = f"`{build.command[:80]}` is obfuscated and saves no map."
            yield NO_OBFUSCATION_MAP.build_finding(build.step.path, build.line, message)


def check_uploaded_twice(app: App) -> Iterator[Finding]:
    """Return each upload by another tool in a job in which this action uploads as well."""
    jobs = {(one.path, one.job) for one in app.steps if uploads_by_own_action(one)}
    for step in app.steps:
        if step.job is None or (step.path, step.job) not in jobs:
            continue
        for command in step.commands:
            found = OTHER_UPLOAD.search(command.text)
            if found and not ("sentry_dart_plugin" in found[0] and _is_off(app)):
                message = (
                    f"`{found[0].strip()[:80]}` uploads in a job in which this action uploads."
                )
                yield UPLOADED_TWICE.build_finding(step.path, command.line, message)


def _is_off(app: App) -> bool:
    """Return whether the plugin's settings in pubspec.yaml let it upload nothing."""
    return bool(
        _NO_DEBUG_FILES.search(app.pubspec_text) and not PLUGIN_SENDS_MAPS.search(app.pubspec_text)
    )


CHECKS: tuple[tuple[Rule, Check], ...] = (
    (OTHER_RELEASE, check_sentry_cli),
    (NO_OBFUSCATION_MAP, check_obfuscation_map),
    (UPLOADED_TWICE, check_uploaded_twice),
)
