"""FD07, FD08, FD09, FD19, FD20, FD53: SDK options that turn off sessions or crashes, or misplace them."""

from collections.abc import Iterator

from sentry_release.dart.conditions import Reachability, find_reachability
from sentry_release.dart.expressions import (
    Assignment,
    get_code,
    get_duration_seconds,
    get_identifier,
    get_whole_number,
)
from sentry_release.dart.sentry_options import (
    OptionState,
    find_option_assignments,
    find_option_state,
)
from sentry_release.dart.source import DartSource
from sentry_release.doctor.analysis.code_releases import list_possible_values
from sentry_release.doctor.analysis.declarations import Declarations
from sentry_release.doctor.analysis.version_flags import concerns_app
from sentry_release.doctor.app import App, Check, Job, JobStep
from sentry_release.doctor.ci_files.triggers import OwnAction, find_own_action, is_switched_off
from sentry_release.flutter.pubspec import is_lower_version
from sentry_release.model.finding import Finding, Rule, Severity
from sentry_release.model.release import ENVIRONMENT_DEFINE

_OPTIONS = "https://docs.sentry.io/platforms/dart/guides/flutter/configuration/options/"
SESSIONS_DISABLED = Rule(
    id="FD07",
    name="sessions-off",
    severity=Severity.ERROR,
    title="Session tracking is disabled.",
    reason="Without sessions a release has no crash-free rate and no adoption.",
    link="https://docs.sentry.io/platforms/dart/guides/flutter/configuration/releases/",
    fix="Delete the line: session tracking is on by default.",
    before="options.enableAutoSessionTracking = false;",
    snippet="options.enableAutoSessionTracking = true;",
)
CRASH_HANDLING_DISABLED = Rule(
    id="FD08",
    name="crash-handling-off",
    severity=Severity.WARNING,
    title="Native crash handling is disabled.",
    reason="Native crashes then do not end a session, so the crash-free rate is too high; on "
    "Windows and Linux there are no sessions at all.",
    link=_OPTIONS,
    fix="Delete the line: native crash handling is on by default.",
    before="options.enableNativeCrashHandling = false;",
    snippet="options.enableNativeCrashHandling = true;",
)
NATIVE_SDK_DISABLED = Rule(
    id="FD09",
    name="native-sdk-not-started",
    severity=Severity.WARNING,
    title="Dart does not start the native SDK.",
    reason="The host app then sets release, dist and sessions in the native SDK, and the define "
    "does not reach them.",
    link="https://docs.sentry.io/platforms/dart/guides/flutter/native-init/",
    fix="Delete the line, unless a host app starts Sentry itself with the same release.",
    before="options.autoInitializeNativeSdk = false;",
    snippet="options.autoInitializeNativeSdk = true;",
)
_MAX_SHOWN = 60
REMOVED_OPTION = Rule(
    id="FD19",
    name="removed-option",
    severity=Severity.ERROR,
    title="An option is set that sentry_flutter 7 removed.",
    reason="The app does not compile, or will not compile with the SDK version that it requires.",
    link="https://github.com/getsentry/sentry-dart/blob/main/CHANGELOG.md",
    fix="Set autoSessionTrackingInterval to a Duration.",
    before="options.autoSessionTrackingIntervalMillis = 30000;",
    snippet="options.autoSessionTrackingInterval = const Duration(seconds: 30);",
)
EXTREME_INTERVAL = Rule(
    id="FD20",
    name="session-interval",
    severity=Severity.WARNING,
    title="The session interval is zero or longer than 30 minutes.",
    reason="The SDK rejects zero. A very long interval merges many visits into one session, so "
    "adoption and crash-free sessions are not comparable with other apps.",
    link="https://docs.sentry.io/platforms/dart/guides/flutter/configuration/releases/",
    fix="Delete the line: the default is 30 seconds.",
    before="options.autoSessionTrackingInterval = Duration.zero;",
    snippet="options.autoSessionTrackingInterval = const Duration(seconds: 30);",
)
_OLD_NAME = "autoSessionTrackingIntervalMillis"
_NEW_NAME = "autoSessionTrackingInterval"
_BEFORE_REMOVAL = "6.999.0"
_MAX_S = 30 * 60.0  # seconds
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
_NAMES_ENVIRONMENT = {OwnAction.RELEASE, OwnAction.DEPLOY, OwnAction.HEALTH}
_IN_EVERY_RELEASE = {Reachability.ALWAYS, Reachability.IN_RELEASE}


def check_sessions(app: App) -> Iterator[Finding]:
    """Yield each place that disables session tracking, or may do so."""
    yield from _find_disabled_option(app, SESSIONS_DISABLED, "enableAutoSessionTracking")


def check_crash_handling(app: App) -> Iterator[Finding]:
    """Yield each place that disables native crash handling, or may do so."""
    yield from _find_disabled_option(app, CRASH_HANDLING_DISABLED, "enableNativeCrashHandling")


def check_native_sdk(app: App) -> Iterator[Finding]:
    """Yield each place that leaves the native SDK to a host app; in a module that is expected."""
    severity = Severity.INFO if app.pubspec.is_module else None
    yield from _find_disabled_option(app, NATIVE_SDK_DISABLED, "autoInitializeNativeSdk", severity)


def _find_disabled_option(
    app: App, rule: Rule, option: str, severity: Severity | None = None
) -> Iterator[Finding]:
    declarations = Declarations(app.dart)
    for file in app.dart:
        for setting in find_option_assignments(file.dart, option):
            found = find_option_state(file.dart, setting)
            if found is OptionState.UNKNOWN:
                found = _resolve_by_constants(declarations, file.dart, setting)
            if found is OptionState.ON:
                continue
            line = file.dart.get_line(setting.start)
            value = " ".join(get_code(file.dart, setting.value).split())[:_MAX_SHOWN]
            if found is OptionState.OFF:
                message = f"`{option}` is {value} in release builds."
                yield rule.build_finding(file.path, line, message, severity=severity)
            else:
                message = f"`{option}` is {value}, which may be false at run time."
                yield rule.build_finding(file.path, line, message, severity=Severity.INFO)


def _resolve_by_constants(
    declarations: Declarations, dart: DartSource, setting: Assignment
) -> OptionState:
    """Return the state by constants and fields of other files, if all of them agree."""
    name = get_identifier(dart, setting.value)
    known = set(declarations.find_literals(name.rpartition(".")[2])) if name else set()
    if known == {"true"}:
        return OptionState.ON
    if known == {"false"} and find_reachability(dart, setting.start) is not Reachability.SOMETIMES:
        return OptionState.OFF
    return OptionState.UNKNOWN


def check_removed_option(app: App) -> Iterator[Finding]:
    """Yield each use of the old option with an SDK that certainly lacks it."""
    if _lacks_old_option(app):
        for file in app.dart:
            for setting in find_option_assignments(file.dart, _OLD_NAME):
                line = file.dart.get_line(setting.start)
                message = f"`{_OLD_NAME}` is set, which sentry_flutter 7 removed."
                yield REMOVED_OPTION.build_finding(file.path, line, message)


def check_interval(app: App) -> Iterator[Finding]:
    """Yield each numeric interval that is out of bounds."""
    names = _NEW_NAME if _lacks_old_option(app) else f"{_NEW_NAME}|{_OLD_NAME}"
    for file in app.dart:
        for setting in find_option_assignments(file.dart, names):
            seconds = _get_seconds(file.dart, setting)
            if seconds is None or find_reachability(file.dart, setting.start) is Reachability.NEVER:
                continue
            line = file.dart.get_line(setting.start)
            if seconds <= 0:
                yield EXTREME_INTERVAL.build_finding(
                    file.path, line, "The session interval is zero or negative."
                )
            elif seconds > _MAX_S:
                message = f"The session interval is {seconds / 60:.0f} minutes."
                yield EXTREME_INTERVAL.build_finding(file.path, line, message)


def _lacks_old_option(app: App) -> bool:
    """Return whether even the lowest possible version lacks the option."""
    version = app.sdk.version if app.sdk else None
    return version is not None and is_lower_version(_BEFORE_REMOVAL, version)


def _get_seconds(dart: DartSource, setting: Assignment) -> float | None:
    if setting.name == _NEW_NAME:
        return get_duration_seconds(dart, setting.value)
    milliseconds = get_whole_number(dart, setting.value)
    return None if milliseconds is None else milliseconds / 1000


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
    known = [list_possible_values(app, file.dart, setting.value) for file, setting in found]
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
    given = step.inputs.get("environment") or step.env.get(ENVIRONMENT_DEFINE)
    text = given or job.env.get(ENVIRONMENT_DEFINE) or job.environment or ""
    return {line.rpartition("=")[2].strip() for line in text.splitlines() if line.strip()}


def _join(names: set[str]) -> str:
    return " or ".join(f"`{name[:80]}`" for name in sorted(names))


CHECKS: tuple[tuple[Rule, Check], ...] = (
    (SESSIONS_DISABLED, check_sessions),
    (CRASH_HANDLING_DISABLED, check_crash_handling),
    (NATIVE_SDK_DISABLED, check_native_sdk),
    (REMOVED_OPTION, check_removed_option),
    (EXTREME_INTERVAL, check_interval),
    (OTHER_ENVIRONMENT, check_environment_in_code),
)
