"""FD52, FD53: builds and code that report other values than this action records in Sentry."""

import re
from collections.abc import Iterator

from sentry_release.dart.calls import find_dart_define_reads
from sentry_release.dart.conditions import Reachability, find_possible_values, find_reachability
from sentry_release.dart.expressions import get_literal_text, resolve_constant, strip_const
from sentry_release.dart.sentry_options import find_option_assignments
from sentry_release.dart.source import DartSource, Span
from sentry_release.doctor.analysis.passed_defines import find_passed_defines
from sentry_release.doctor.analysis.version_flags import (
    concerns_app,
    find_action_step,
    get_pubspec_value,
    is_version_written,
    may_be_equal,
    resolve_value,
)
from sentry_release.doctor.app import App, BuildStep, Check, Job, JobStep
from sentry_release.doctor.ci_files.builds import Build, find_builds
from sentry_release.doctor.ci_files.triggers import OwnAction, find_own_action, is_switched_off
from sentry_release.model.finding import Finding, Rule, Severity

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
OTHER_ENVIRONMENT = Rule(
    id="FD53",
    name="environment-in-code",
    severity=Severity.WARNING,
    title="The code sets another environment than the one of the deploy.",
    reason="Code takes precedence over the define SENTRY_ENVIRONMENT. Sentry shows the deploy in "
    "one environment, and the sessions and errors in another one, where a health gate does not "
    "look.",
    link="https://docs.sentry.io/platforms/dart/guides/flutter/configuration/environments/",
    fix="Delete the assignment, or give the action the same environment.",
    before="options.environment = 'prod';",
    snippet="await SentryFlutter.init(\n  (options) => options.dsn = dsn,\n"
    ");  // no options.environment",
)
_RELEASE, _DIST, _ENVIRONMENT = "SENTRY_RELEASE", "SENTRY_DIST", "SENTRY_ENVIRONMENT"
_NAMES_ENVIRONMENT = {OwnAction.RELEASE, OwnAction.DEPLOY, OwnAction.HEALTH}
_IN_EVERY_RELEASE = {Reachability.ALWAYS, Reachability.IN_RELEASE}
_COMPUTED = re.compile(r"\{[{%]|^sdk-default$")


def check_replaced_defines(app: App) -> Iterator[Finding]:
    """Yield each define of a build whose value is certainly not that of this action."""
    seen = set()
    for build in find_builds(app.steps):
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
            severity = Severity.ERROR if key == _RELEASE else None
            yield REPLACED_DEFINE.build_finding(one.path, one.line, message, severity=severity)


def _list_expected(app: App, own: BuildStep, build: Build) -> Iterator[tuple[str, str]]:
    """Yield the defines of this action that the workflow shows."""
    release: str | None = own.inputs.get("release") or own.env.get(_RELEASE)
    number = None  # unknown for a release of the user's own
    if not release:
        release, number = _compute_name(app, own, build)
    elif _COMPUTED.search(release):
        release = None
    dist = own.inputs.get("dist") or own.env.get(_DIST) or number
    environment = _find_environment(app, own)
    if is_switched_off(own.inputs, "define-environment"):
        environment = None
    values = {_RELEASE: release, _DIST: dist, _ENVIRONMENT: environment}
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
        or own.env.get(_ENVIRONMENT)
        or (job.environment if job else None)
    )


def check_environment_in_code(app: App) -> Iterator[Finding]:
    """
    Yield the first environment in the code, if the code has none of a deploy of this action.

    Each entry point may set another one, so all of them count; one that is unknown may be any.
    """
    found = [
        (file, setting)
        for file in app.dart
        for setting in find_option_assignments(file.dart, "environment")
        if find_reachability(file.dart, setting.start) is not Reachability.NEVER
    ]
    known = [_list_values(app, file.dart, setting.value) for file, setting in found]
    reached = {find_reachability(file.dart, setting.start) for file, setting in found}
    if not known or not all(known) or not reached <= _IN_EVERY_RELEASE:
        return
    values = set().union(*known)
    missing = _list_missing(app, values)
    if missing:
        file, setting = found[0]
        message = (
            f"The environment is {_join(values)}, but this action deploys to {_join(missing)}."
        )
        line = file.dart.get_line(setting.start)
        yield OTHER_ENVIRONMENT.build_finding(file.path, line, message)


def _list_missing(app: App, values: set[str]) -> set[str]:
    """Return the environments of builds that the code never sets; of deploys only if it sets none."""
    deployed = _list_deployed(app, _NAMES_ENVIRONMENT)
    built = _list_deployed(app, {OwnAction.RELEASE}) & deployed
    return (built - values) or (set() if deployed & values else deployed)


def _list_deployed(app: App, actions: set[OwnAction]) -> set[str]:
    """Return the environments of the steps with these actions; none if one of them is unknown."""
    found: set[str] = set()
    for job in app.jobs:
        for step in job.steps:
            if find_own_action(step.uses) not in actions or not concerns_app(app, step):
                continue
            names = _parse_environments(job, step)
            if any("$" in name for name in names):
                return set()
            found |= names
    return found


def _parse_environments(job: Job, step: JobStep) -> set[str]:
    """Return the environments of a step; those on the right of a map such as `Preview=staging`."""
    if is_switched_off(step.inputs, "define-environment"):
        return set()  # the build is promoted from one environment to the next
    given = step.inputs.get("environment") or step.env.get(_ENVIRONMENT)
    text = given or job.env.get(_ENVIRONMENT) or job.environment or ""
    return {line.rpartition("=")[2].strip() for line in text.splitlines() if line.strip()}


def _list_values(app: App, dart: DartSource, span: Span) -> set[str]:
    """Return the possible values in release builds; none if one of them is unknown."""
    value = strip_const(dart, resolve_constant(dart, strip_const(dart, span)))
    found: set[str] = set()
    for one in find_possible_values(dart, value):
        branch = strip_const(dart, one)
        text = get_literal_text(dart, branch)
        texts = {text} if text else _list_define_values(app, dart, branch)
        if not texts:
            return set()
        found |= texts
    return found


def _list_define_values(app: App, dart: DartSource, span: Span) -> set[str]:
    """Return the values that the builds of this action pass for a define; none if unknown."""
    reads = tuple(find_dart_define_reads(dart, span))
    if len(reads) != 1 or (reads[0].call.start, reads[0].call.around.end) != (span.start, span.end):
        return set()
    default = reads[0].call.named.get("defaultValue")
    otherwise = get_literal_text(dart, strip_const(dart, default)) if default else ""
    if reads[0].key in {None, _ENVIRONMENT} or not reads[0].is_value or otherwise is None:
        return set()
    found = set()
    for build in find_builds(app.steps):
        passed = find_passed_defines(build, app)
        one = passed.values.get(reads[0].key or "")
        value = one.value if one else otherwise
        if not value or "$" in value or (one is None and not passed.is_complete):
            return set()
        found.add(value)
    return found


def _join(names: set[str]) -> str:
    return " or ".join(f"`{name[:60]}`" for name in sorted(names))


CHECKS: tuple[tuple[Rule, Check], ...] = (
    (REPLACED_DEFINE, check_replaced_defines),
    (OTHER_ENVIRONMENT, check_environment_in_code),
)
