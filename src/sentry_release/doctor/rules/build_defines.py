"""FD05, FD34, FD52: builds whose defines set no release, or other values than this action."""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from sentry_release.config.inputs import Command
from sentry_release.config.outputs import list_outputs
from sentry_release.doctor.analysis.code_releases import names_release_in_code
from sentry_release.doctor.analysis.release_source import (
    ReleaseSource,
    find_build_release_source,
    find_passed_defines,
    initializes_sdk,
)
from sentry_release.doctor.analysis.version_flags import (
    find_action_step,
    get_pubspec_value,
    is_version_written,
    may_be_equal,
    resolve_value,
)
from sentry_release.doctor.app import App, BuildStep, Check, JobStep
from sentry_release.doctor.ci_files.builds import Build, find_builds, find_checks
from sentry_release.doctor.ci_files.triggers import OwnAction, find_own_action, is_switched_off
from sentry_release.model.finding import Finding, Rule, Severity
from sentry_release.model.release import DIST_DEFINE, ENVIRONMENT_DEFINE, RELEASE_DEFINE

EMPTY_DEFINE = Rule(
    id="FD05",
    name="empty-define",
    severity=Severity.ERROR,
    title="A build passes an empty SENTRY_RELEASE.",
    reason="An empty define sets a release with an empty name: the SDK does not fall back to its "
    "default, and Sentry drops the sessions.",
    link="https://docs.sentry.io/platforms/dart/guides/flutter/configuration/releases/",
    fix="Pass this action's define file, which never contains an empty value.",
    before="flutter build web --dart-define=SENTRY_RELEASE=",
    snippet='flutter build web --dart-define-from-file="${{ steps.sentry.outputs.dart-defines-file }}"',
)
MISSING_DEFINE = Rule(
    id="FD34",
    name="build-without-release",
    severity=Severity.WARNING,
    title="A build does not get the release name.",
    reason="The app then reports its default name, which differs between platforms, and the "
    "release that this action creates in Sentry gets neither sessions nor errors.",
    link="https://docs.sentry.io/platforms/dart/guides/flutter/configuration/releases/",
    fix="Pass the define file to the build.",
    before="flutter build web",
    snippet='flutter build web --dart-define-from-file="${{ steps.sentry.outputs.dart-defines-file }}"',
)
_VARIABLE = re.compile(r"\$(?:\{(?P<braced>\w+)\}|(?P<plain>[A-Za-z_]\w*))")
_SET_BY_PROVIDERS = ("GITHUB_", "RUNNER_", "CI", "CM_", "BITRISE_", "BUILD_")
# Actions that are known to export no variables that could hold a release.
_EXPORTING_NOTHING = re.compile(
    r"(?:actions/(?:checkout|cache|setup-\w+|upload-artifact|download-artifact)"
    r"|subosito/flutter-action|dart-lang/setup-dart)(?:/|@|$)"
)
_REFERENCE = re.compile(
    r"\$\{\{\s*(?:steps\.(?P<step>[\w-]+)|needs\.(?P<job>[\w-]+))\.outputs\.(?P<output>[\w-]+)\s*\}\}"
)
_OF_RELEASE = frozenset(list_outputs(Command.RELEASE))
REPLACED_DEFINE = Rule(
    id="FD52",
    name="define-replaced",
    severity=Severity.WARNING,
    title="A build replaces a define of this action.",
    reason="Flutter uses the last define file, and `--dart-define` before any file. The app then "
    "reports another release, dist or environment than Sentry got from this action.",
    link="https://docs.flutter.dev/deployment/flavors",
    fix="Remove the define, or give the action the same value.",
    before='flutter build web --dart-define-from-file="$DEFINES" --dart-define=SENTRY_RELEASE=1.4.0',
    snippet='flutter build web --dart-define-from-file="$DEFINES"',
    worst=Severity.ERROR,
)
_COMPUTED = re.compile(r"\{[{%]|^sdk-default$")


def check_empty_define(app: App) -> Iterator[Finding]:
    """Yield each build whose define is empty, as a literal or through an unset variable."""
    for build in find_builds(app):
        for define in dict.fromkeys(build.defines):
            if define.key != RELEASE_DEFINE:
                continue
            if not define.value:
                yield EMPTY_DEFINE.build_finding(
                    build.step.path, build.line, "The define SENTRY_RELEASE is empty."
                )
            elif (reason := _explain_missing_output(define.value, build.step, app)) is not None:
                message = f"The define SENTRY_RELEASE is empty: {reason}."
                yield EMPTY_DEFINE.build_finding(build.step.path, build.line, message)
            elif (name := _find_unset_variable(define.value, build, app)) is not None:
                message = f"The define SENTRY_RELEASE is ${name}, which no earlier step sets."
                yield EMPTY_DEFINE.build_finding(build.step.path, build.line, message)


def check_missing_define(app: App) -> Iterator[Finding]:
    """Yield each build that passes no SENTRY_RELEASE, unless the code sets the release."""
    if app.sdk is None or not initializes_sdk(app):
        return
    if names_release_in_code(app):
        return
    seen = set()
    for build in find_builds(app):
        place = (build.step.path, build.line, build.number)
        if place not in seen and find_build_release_source(build, app) is ReleaseSource.SDK:
            seen.add(place)
            message = f"`{build.command[:80]}` passes no {RELEASE_DEFINE}."
            yield MISSING_DEFINE.build_finding(build.step.path, build.line, message)
    yield from _find_check_builds(app)


def _find_check_builds(app: App) -> Iterator[Finding]:
    """Yield one finding per file for the builds that are not delivered, with their number."""
    places: dict[PurePosixPath, dict[tuple[int, int], str]] = {}
    for build in find_checks(app):
        if find_build_release_source(build, app) is ReleaseSource.SDK:
            found = places.setdefault(build.step.path, {})
            found.setdefault((build.line, build.number), build.command)
    for path, found in places.items():
        first, command = min(found.items())
        message = (
            f"{len(found)} builds that only check the app pass no {RELEASE_DEFINE}."
            if len(found) > 1
            else f"`{command[:80]}`, which only checks the app, passes no {RELEASE_DEFINE}."
        )
        yield MISSING_DEFINE.build_finding(path, first[0], message, severity=Severity.INFO)


def _find_unset_variable(value: str, build: Build, app: App) -> str | None:
    """
    Return the variable that is the define's value, if it is certainly unset.

    The caller of a script and an unknown action earlier in the job may set variables, so nothing
    is certain there.
    """
    found = _VARIABLE.fullmatch(value)
    step = build.step
    if found is None or step.job is None:
        return None
    name = str(found["braced"] or found["plain"])
    if name in step.env:
        return None if step.env[name] else name
    if name in step.exported or name.startswith(_SET_BY_PROVIDERS) or _is_set_in(step, name):
        return None
    return None if any(_may_export(one) for one in _list_earlier_steps(step, app)) else name


def _is_set_in(step: BuildStep, name: str) -> bool:
    sets = re.compile(
        rf"(?:^|[\s;&|(\"'])(?:{name}=|read\b[^;&|]{{0,200}}\b{name}\b|for[ \t]+{name}\b"
        rf"|printf[ \t]+-v[ \t]*{name}\b|source\b|\. |eval\b)"
        rf"|\$\{{{name}:?=|\$(?i:{name})[ \t]*="
    )
    return any(sets.search(command.text) for command in step.commands)


def _list_earlier_steps(step: BuildStep, app: App) -> Iterator[BuildStep]:
    for one in app.steps:
        if (one.path, one.job) == (step.path, step.job) and one.line < step.line:
            yield one


def _may_export(step: BuildStep) -> bool:
    writes = any("GITHUB_ENV" in command.text for command in step.commands)
    if not step.uses or find_own_action(step.uses) is not None:
        return writes
    return writes or _EXPORTING_NOTHING.match(step.uses) is None


def _explain_missing_output(value: str, step: BuildStep, app: App) -> str | None:
    """
    Return why a reference to an output is certainly empty, as the end of a sentence; else None.

    Args:
        value: A value in a workflow.
        step: The step with the value.
        app: The app, with the jobs of its workflows.

    Source: https://docs.github.com/en/actions/reference/workflows-and-actions/contexts
    """
    found = _REFERENCE.fullmatch(resolve_value(value, step).strip())
    jobs = {one.name.lower(): one for one in app.jobs if one.path == step.path}
    own = jobs.get((step.job or "").lower())
    if found is None or own is None:
        return None
    output = found["output"].lower()
    if found["job"]:
        needed = jobs.get(found["job"].lower())
        declared = needed.outputs if needed else None
        if declared is None or output in {one.lower() for one in declared}:
            return None
        return f"the job `{found['job']}` has no output `{found['output']}`"
    named = found["step"].lower()
    earlier = [one for one in own.steps if one.line < step.line and (one.id or "").lower() == named]
    if not earlier:
        return f"no earlier step of the job has the id `{found['step']}`"
    if _is_release(earlier[-1]) and output not in _OF_RELEASE:
        return f"this action has no output `{found['output']}`"
    return None


def _is_release(step: JobStep) -> bool:
    return find_own_action(step.uses) is OwnAction.RELEASE


def check_replaced_defines(app: App) -> Iterator[Finding]:
    """Yield each define of a build whose value is certainly not that of this action."""
    seen = set()
    for build in find_builds(app):
        own = find_action_step(app, build.step)
        if own is None or build.is_wrapped:
            continue
        passed = find_passed_defines(build, app).values
        for key, expected in _list_expected(app, own, build):
            one = passed.get(key)
            value = resolve_value(one.value, build.step) if one else ""
            if one is None or not value or may_be_equal(value, expected):
                continue
            if (one.path, one.line, key) in seen:
                continue
            seen.add((one.path, one.line, key))
            message = (
                f"The build gets {key}={one.value[:80]}, which replaces `{expected[:80]}` of this "
                "action."
            )
            severity = Severity.ERROR if key == RELEASE_DEFINE else None
            yield REPLACED_DEFINE.build_finding(one.path, one.line, message, severity=severity)


def _list_expected(app: App, own: BuildStep, build: Build) -> Iterator[tuple[str, str]]:
    """Yield the defines of this action that the workflow shows."""
    release: str | None = own.inputs.get("release") or own.env.get(RELEASE_DEFINE)
    number = None  # unknown for a release of the user's own
    if not release:
        release, number = _compute_name(app, own, build)
    elif _COMPUTED.search(release):
        release = None
    dist = own.inputs.get("dist") or own.env.get(DIST_DEFINE) or number
    environment = _find_environment(app, own)
    if is_switched_off(own.inputs, "define-environment"):
        environment = None
    values = {RELEASE_DEFINE: release, DIST_DEFINE: dist, ENVIRONMENT_DEFINE: environment}
    yield from ((key, resolve_value(one, own)) for key, one in values.items() if one)


def _compute_name(app: App, own: BuildStep, build: Build) -> tuple[str | None, str | None]:
    """Return the release and the build number by pubspec.yaml and the inputs of the version."""
    if is_version_written(app, build.step):
        return None, None
    name, number = (
        resolve_value(own.inputs[key], own) if own.inputs.get(key) else get_pubspec_value(app, key)
        for key in ("build-name", "build-number")
    )
    if name is None:
        return None, number
    return f"{app.pubspec.name}@{name}" + (f"+{number}" if number else ""), number


def _find_environment(app: App, own: BuildStep) -> str | None:
    job = next((one for one in app.jobs if (one.path, one.name) == (own.path, own.job)), None)
    return (
        own.inputs.get("environment")
        or own.env.get(ENVIRONMENT_DEFINE)
        or (job.environment if job else None)
    )


CHECKS: tuple[tuple[Rule, Check], ...] = (
    (EMPTY_DEFINE, check_empty_define),
    (MISSING_DEFINE, check_missing_define),
    (REPLACED_DEFINE, check_replaced_defines),
)
