"""Every rule of the doctor with the function that finds where it is broken, in the order of ids."""

from sentry_release.decisions.doctor import (
    build_defines,
    native_release,
    native_versions,
    plugin_settings,
    web_observer,
    web_page,
    web_routes,
    web_session,
)
from sentry_release.facts.doctor.subject import Check
from sentry_release.words.finding import Rule

_GROUPS: tuple[tuple[tuple[Rule, Check], ...], ...] = (
    build_defines.CHECKS,
    native_release.CHECKS,
    native_versions.CHECKS,
    plugin_settings.CHECKS,
    web_observer.CHECKS,
    web_page.CHECKS,
    web_routes.CHECKS,
    web_session.CHECKS,
)

CHECKS = tuple(sorted((check for group in _GROUPS for check in group), key=lambda one: one[0].id))
