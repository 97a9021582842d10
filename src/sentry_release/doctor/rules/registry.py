"""Every rule of the doctor with its check, ordered by id."""

from sentry_release.doctor.app import Check
from sentry_release.doctor.rules import (
    build_defines,
    content_security_policy,
    dart_only_sdk,
    disabled_sessions,
    dist_in_code,
    dropped_errors,
    error_handlers,
    event_release_override,
    hard_coded_release,
    native_default_release,
    native_versions,
    release_defines,
    release_format,
    reserved_names,
    sdk_init,
    sentry_cli,
    sentry_dart_plugin,
    session_interval,
    symbol_uploads,
    unnamed_routes,
    web_observer,
    web_routes,
    web_sessions,
)
from sentry_release.model.finding import Rule

_GROUPS: tuple[tuple[tuple[Rule, Check], ...], ...] = (
    build_defines.CHECKS,
    dist_in_code.CHECKS,
    dropped_errors.CHECKS,
    error_handlers.CHECKS,
    native_default_release.CHECKS,
    native_versions.CHECKS,
    sentry_dart_plugin.CHECKS,
    dart_only_sdk.CHECKS,
    release_defines.CHECKS,
    release_format.CHECKS,
    hard_coded_release.CHECKS,
    reserved_names.CHECKS,
    event_release_override.CHECKS,
    sdk_init.CHECKS,
    sentry_cli.CHECKS,
    session_interval.CHECKS,
    symbol_uploads.CHECKS,
    disabled_sessions.CHECKS,
    web_observer.CHECKS,
    content_security_policy.CHECKS,
    web_routes.CHECKS,
    web_sessions.CHECKS,
    unnamed_routes.CHECKS,
)

ALL_CHECKS = tuple(
    sorted((check for group in _GROUPS for check in group), key=lambda one: one[0].id)
)
