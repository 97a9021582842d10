"""FD32: names that Flutter reserves, set as environment variables or as defines."""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from sentry_release.doctor.analysis.release_source import read_define_file
from sentry_release.doctor.app import App, BuildStep, Check
from sentry_release.doctor.ci_files.builds import find_builds, parse_dart_defines
from sentry_release.model.finding import Finding, Rule, Severity

RESERVED_NAME = Rule(
    id="FD32",
    name="reserved-name",
    severity=Severity.ERROR,
    title="A name that Flutter reserves is set.",
    reason="Flutter's tool aborts the build if the name is set as a variable or a define.",
    link="https://github.com/fastforgedev/fastforge/issues/361",
    fix="Rename it.",
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


def check_reserved_names(app: App) -> Iterator[Finding]:
    """Yield environment variables and defines whose names make Flutter's tool abort."""
    observed = set()
    for path, line, name in _find_reserved_names(app):
        if (path, line, name) not in observed:
            observed.add((path, line, name))
            yield RESERVED_NAME.build_finding(
                path, line, f"{name} is set, but Flutter reserves it."
            )


def _find_reserved_names(app: App) -> Iterator[tuple[PurePosixPath, int, str]]:
    for step in app.steps:
        for name, line in (*_find_reserved_variables(step), *_find_reserved_defines(step)):
            yield step.path, line, name
        for line, name in _find_reserved_exports(step, app):
            yield step.path, line, name
    for file in {file for build in find_builds(app.steps) for file in build.files}:
        for found in _KEY.finditer(read_define_file(file, app) or ""):
            if _AS_DEFINE.match(found["key"]):
                line = found.string.count("\n", 0, found.start("key")) + 1
                yield app.folder / file.removeprefix("./"), line, found["key"]


def _runs_flutter(step: BuildStep) -> bool:
    return any(re.search(r"\bflutter\b", command.text) for command in step.commands)


def _find_reserved_exports(step: BuildStep, app: App) -> Iterator[tuple[int, str]]:
    """Yield each export of a name to Flutter's tool, in the same script or in a later step."""
    later = (one for one in app.steps if _is_after(one, step))
    in_script, in_job = _runs_flutter(step), any(_runs_flutter(one) for one in later)
    for command in step.commands:
        for found in _EXPORT.finditer(command.text):
            if in_job if "GITHUB_ENV" in command.text else in_script and found["export"]:
                yield command.line, found["name"]


def _is_after(one: BuildStep, step: BuildStep) -> bool:
    return (one.path, one.job) == (step.path, step.job) and one.line > step.line


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


CHECKS: tuple[tuple[Rule, Check], ...] = ((RESERVED_NAME, check_reserved_names),)
