"""Every rule of the doctor with its check, ordered by id."""

from sentry_release.doctor.app import Check
from sentry_release.doctor.rules import (
    action_steps,
    build_defines,
    dropped_errors,
    native_versions,
    other_releases,
    overridden_values,
    release_defines,
    release_in_code,
    sdk_init,
    sentry_dart_plugin,
    sentry_settings,
    session_options,
    uploads,
    web_routes,
    web_sessions,
)
from sentry_release.model.finding import Rule

_GROUPS: tuple[tuple[tuple[Rule, Check], ...], ...] = (
    action_steps.CHECKS,
    build_defines.CHECKS,
    dropped_errors.CHECKS,
    native_versions.CHECKS,
    other_releases.CHECKS,
    overridden_values.CHECKS,
    release_defines.CHECKS,
    release_in_code.CHECKS,
    sdk_init.CHECKS,
    sentry_dart_plugin.CHECKS,
    sentry_settings.CHECKS,
    session_options.CHECKS,
    uploads.CHECKS,
    web_routes.CHECKS,
    web_sessions.CHECKS,
)

ALL_CHECKS = tuple(
    sorted((check for group in _GROUPS for check in group), key=lambda one: one[0].id)
)
