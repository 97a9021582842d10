"""Every rule of the doctor with the function that finds where it is broken, in the order of ids."""

from sentry_release.decisions.doctor import (
    build_defines,
    dropped_errors,
    native_release,
    native_versions,
    plugin_settings,
    pure_dart,
    release_by_define,
    release_in_code,
    reserved_names,
    rewritten_events,
    sdk_start,
    session_interval,
    session_switches,
    web_observer,
    web_page,
    web_routes,
    web_session,
    web_unnamed,
)
from sentry_release.doctor.rules import dist_in_code, error_handlers, release_format, sentry_cli
from sentry_release.facts.doctor.subject import Check
from sentry_release.words.finding import Rule

_GROUPS: tuple[tuple[tuple[Rule, Check], ...], ...] = (
    build_defines.CHECKS,
    dist_in_code.CHECKS,
    dropped_errors.CHECKS,
    error_handlers.CHECKS,
    native_release.CHECKS,
    native_versions.CHECKS,
    plugin_settings.CHECKS,
    pure_dart.CHECKS,
    release_by_define.CHECKS,
    release_format.CHECKS,
    release_in_code.CHECKS,
    reserved_names.CHECKS,
    rewritten_events.CHECKS,
    sdk_start.CHECKS,
    sentry_cli.CHECKS,
    session_interval.CHECKS,
    session_switches.CHECKS,
    web_observer.CHECKS,
    web_page.CHECKS,
    web_routes.CHECKS,
    web_session.CHECKS,
    web_unnamed.CHECKS,
)

ALL_CHECKS = tuple(
    sorted((check for group in _GROUPS for check in group), key=lambda one: one[0].id)
)
