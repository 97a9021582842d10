"""FD04, FD06, FD32, FD35: defines that are read incorrectly, overridden, or reserved by Flutter."""

import re
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

from sentry_release.dart.release_value import DartDefineRead, ValueSource, find_dart_define_reads
from sentry_release.dart.source import DartSource, search_before
from sentry_release.doctor.analysis.code_releases import ReleaseAssignment, find_release_assignments
from sentry_release.doctor.analysis.release_source import read_define_file
from sentry_release.doctor.app import App, BuildStep, Check
from sentry_release.doctor.ci_files.builds import find_builds, parse_dart_defines
from sentry_release.model.finding import Finding, Rule, Severity
from sentry_release.model.release import DIST_DEFINE, ENVIRONMENT_DEFINE, RELEASE_DEFINE

_RELEASES = "https://docs.sentry.io/platforms/dart/guides/flutter/configuration/releases/"
UNGUARDED_DEFINE = Rule(
    id="FD04",
    name="unguarded-define",
    severity=Severity.ERROR,
    title="A build without the define has an empty release.",
    reason="String.fromEnvironment returns an empty string for a define that a build does not "
    "pass; the SDK uses it as the release and does not fall back to its default.",
    link=_RELEASES,
    fix="Delete the assignment: the SDK reads SENTRY_RELEASE by itself, and only if it is passed.",
    before="options.release = const String.fromEnvironment('SENTRY_RELEASE');",
    snippet="const release = String.fromEnvironment('SENTRY_RELEASE');\n"
    "options.release = release.isEmpty ? null : release;",
)
OVERRIDDEN_DEFINE = Rule(
    id="FD06",
    name="overruled-define",
    severity=Severity.WARNING,
    title="The code overrides the release that the build passes.",
    reason="The options callback takes precedence over the define, so the app reports a different "
    "release than the one passed to the build.",
    link="https://github.com/getsentry/sentry-dart/issues/2226",
    fix="Delete the assignment, or read the define in it.",
    before="options.release = const String.fromEnvironment('APP_RELEASE');",
    snippet="await SentryFlutter.init(\n  (options) => options.dsn = dsn,\n);  // no options.release",
)
NON_CONST_DEFINE = Rule(
    id="FD35",
    name="define-without-const",
    severity=Severity.INFO,
    title="A define is read without `const`.",
    reason="Only a constant reliably sees the define; otherwise the value may be empty, or the "
    "read throws on the web.",
    link="https://api.dart.dev/dart-core/String/String.fromEnvironment.html",
    fix="Make it a constant.",
    before="final release = String.fromEnvironment('SENTRY_RELEASE');",
    snippet="const release = String.fromEnvironment('SENTRY_RELEASE');",
)
_OUR_DEFINES = (RELEASE_DEFINE, DIST_DEFINE, ENVIRONMENT_DEFINE, "SENTRY_DSN")
_INITIALISED = re.compile(
    r"(?<![\w$.])(?:final|var|String\??|bool\??)\s+(?:[A-Za-z_$][\w$]*\??\s+)?[A-Za-z_$][\w$]*\s*=\s*\Z"
)
_ASSIGNED = re.compile(r"(?<!this)(?<!super)\.\s*(?P<name>[A-Za-z_$][\w$]*)\s*=\s*\Z")
_CONST = re.compile(r"\bconst\s+(?:[A-Za-z_$][\w$<>?]*\s+)?[A-Za-z_$][\w$]*\s*=\s*\Z")
_PARAMETERS = re.compile(r"[(,]\s*\Z")
_MAX_DISTANCE = 200  # characters before the read
_UNREAD_FILE = {ValueSource.UNKNOWN, ValueSource.ELSEWHERE}
RESERVED_NAME = Rule(
    id="FD32",
    name="reserved-name",
    severity=Severity.ERROR,
    title="A name that Flutter reserves is set.",
    reason="Flutter's tool aborts the build if the name is set as a variable or a define.",
    link="https://github.com/fastforgedev/fastforge/issues/361",
    fix="Rename it.",
    before="env:\n  FLUTTER_BUILD_NUMBER: ${{ github.run_number }}",
    snippet="env:\n  APP_BUILD_NUMBER: ${{ github.run_number }}",
)
_IN_ENVIRONMENT = ("FLUTTER_BUILD_NAME", "FLUTTER_BUILD_NUMBER", "FLUTTER_APP_FLAVOR")
_EXPORT = re.compile(
    rf"(?:^|[\s;&|(\"'])(?P<export>export[ \t]+[\"']?)?(?P<name>{'|'.join(_IN_ENVIRONMENT)})="
)
_KEY = re.compile(r"(?:^[{, \t]*[\"']?|[{,][ \t]*\")(?P<key>[A-Z_]+)[\"']?[ \t]*[:=]", re.MULTILINE)
_AS_DEFINE = re.compile(
    r"FLUTTER_(?:BUILD_NAME|BUILD_NUMBER)$|FLUTTER_(?:APP_FLAVOR|VERSION|CHANNEL|GIT_URL"
    r"|FRAMEWORK_REVISION|ENGINE_REVISION|DART_VERSION|ENABLED_FEATURE_FLAGS)"
)


def check_unguarded(app: App) -> Iterator[Finding]:
    """Yield releases that are a define without a fallback."""
    for release in find_release_assignments(app):
        if release.value.source is ValueSource.UNGUARDED_DEFINE:
            key = repr(release.value.text)[:80] if release.value.text else "a define"
            message = f"The release is {key} without a fallback: empty in every build that does not pass it."
            yield UNGUARDED_DEFINE.build_finding(release.path, release.line, message)


def check_overridden(app: App) -> Iterator[Finding]:
    """Yield releases that override a passed define and that FD01 to FD04 do not report."""
    for release in find_release_assignments(app):
        if release.define_is_passed and (override := _explain_override(release)) is not None:
            severity, message = override
            yield OVERRIDDEN_DEFINE.build_finding(
                release.path, release.line, message, severity=severity
            )


def check_const(app: App) -> Iterator[Finding]:
    """Yield each read of a Sentry define outside of a constant."""
    for file in app.dart:
        for read in find_dart_define_reads(file.dart):
            if read.key in _OUR_DEFINES and _is_not_constant(file.dart, read):
                line = file.dart.get_line(read.call.start)
                yield NON_CONST_DEFINE.build_finding(
                    file.path, line, f"{read.key} is read without `const`."
                )


def _explain_override(release: ReleaseAssignment) -> tuple[Severity | None, str] | None:
    """Return severity and message; None if the define is not overridden."""
    source = release.value.source
    if source is ValueSource.NOTHING:
        return None, "The release is set to null, which discards the define."
    if source is ValueSource.DEFINE and not release.value.reads_our_define:
        key = release.value.text[:80]
        return None, f"The release is the define {key!r}, while builds pass SENTRY_RELEASE."
    if source in _UNREAD_FILE:
        message = "Builds pass SENTRY_RELEASE, which has no effect unless this value reads it."
        return Severity.INFO, message
    return None


def _is_not_constant(dart: DartSource, read: DartDefineRead) -> bool:
    start = read.call.start
    before = dart.code[max(0, start - _MAX_DISTANCE) : start]
    if _INITIALISED.search(before):
        return not (_CONST.search(before) or _is_default_value(dart, start))
    assigned = _ASSIGNED.search(before)
    # FD04 reports an empty release at the same place.
    return assigned is not None and not (assigned["name"] == "release" and read.is_empty_without)


def _is_default_value(dart: DartSource, at: int) -> bool:
    """Return whether it is the default value of a parameter, which is implicitly constant."""
    around = next(dart.brackets.list_enclosing(at), None)
    if around is None or dart.code[around.start] != "{":
        return around is not None
    return bool(search_before(_PARAMETERS, dart.code, around.start, _MAX_DISTANCE))


def check_reserved_names(app: App) -> Iterator[Finding]:
    """Yield environment variables and defines whose names make Flutter's tool abort."""
    seen = set()
    for path, line, name in _find_reserved_names(app):
        if (path, line, name) not in seen:
            seen.add((path, line, name))
            yield RESERVED_NAME.build_finding(
                path, line, f"{name} is set, but Flutter reserves it."
            )


def _find_reserved_names(app: App) -> Iterator[tuple[PurePosixPath, int, str]]:
    last_lines = _find_last_lines(app.steps)
    for step in app.steps:
        for name, line in (*_find_reserved_variables(step), *_find_reserved_defines(step)):
            yield step.path, line, name
        in_job = step.line < last_lines.get((step.path, step.job), 0)
        for line, name in _find_reserved_exports(step, in_job=in_job):
            yield step.path, line, name
    for file in {file for build in find_builds(app) for file in build.files}:
        for found in _KEY.finditer(read_define_file(file, app) or ""):
            if _AS_DEFINE.match(found["key"]):
                line = found.string.count("\n", 0, found.start("key")) + 1
                yield app.folder / file.removeprefix("./"), line, found["key"]


def _runs_flutter(step: BuildStep) -> bool:
    return any(re.search(r"\bflutter\b", command.text) for command in step.commands)


def _find_last_lines(steps: Iterable[BuildStep]) -> dict[tuple[PurePosixPath, str | None], int]:
    """Return the first line of the last step that runs Flutter's tool, by file and job."""
    found: dict[tuple[PurePosixPath, str | None], int] = {}
    for step in filter(_runs_flutter, steps):
        key = (step.path, step.job)
        found[key] = max(step.line, found.get(key, 0))
    return found


def _find_reserved_exports(step: BuildStep, *, in_job: bool) -> Iterator[tuple[int, str]]:
    """Yield each export of a name to Flutter's tool, in the same script or (`in_job`) a later step."""
    in_script = _runs_flutter(step)
    for command in step.commands:
        for found in _EXPORT.finditer(command.text):
            if in_job if "GITHUB_ENV" in command.text else in_script and found["export"]:
                yield command.line, found["name"]


def _find_reserved_variables(step: BuildStep) -> Iterator[tuple[str, int]]:
    if _runs_flutter(step):
        for name in _IN_ENVIRONMENT:
            if name in step.env:
                yield name, step.env_lines.get(name, step.line)


def _find_reserved_defines(step: BuildStep) -> Iterator[tuple[str, int]]:
    for command in step.commands:
        for define in parse_dart_defines(command.text):
            if _AS_DEFINE.match(define.key):
                yield define.key, command.line


CHECKS: tuple[tuple[Rule, Check], ...] = (
    (UNGUARDED_DEFINE, check_unguarded),
    (OVERRIDDEN_DEFINE, check_overridden),
    (NON_CONST_DEFINE, check_const),
    (RESERVED_NAME, check_reserved_names),
)
