"""FD37: a dist in the code that is not the build number."""

from collections.abc import Iterator

from sentry_release.dart.conditions import Reachability, find_reachability
from sentry_release.dart.expressions import (
    get_code,
    get_literal_text,
    resolve_constant,
    strip_const,
)
from sentry_release.dart.sentry_options import find_option_assignments
from sentry_release.doctor.app import App, Check
from sentry_release.model.finding import Finding, Rule, Severity

OTHER_DIST = Rule(
    id="FD37",
    name="dist-in-code",
    severity=Severity.WARNING,
    title="The dist in the code is not the build number.",
    reason="Code overrides the dist that the SDK takes from the app. Source maps and symbols are "
    "uploaded for the build number, so Sentry does not find them for these events.",
    link="https://docs.sentry.io/platforms/dart/guides/flutter/configuration/releases/",
    fix="Delete the assignment: the SDK uses the build number or the define SENTRY_DIST.",
    snippet="await SentryFlutter.init(\n  (options) => options.dsn = dsn,\n);  // no options.dist",
)


def check_dist(app: App) -> Iterator[Finding]:
    """Yield each dist in release builds that is a literal or the version."""
    for file in app.dart:
        for setting in find_option_assignments(file.dart, "dist"):
            if find_reachability(file.dart, setting.start) is Reachability.NEVER:
                continue
            value = strip_const(file.dart, resolve_constant(file.dart, setting.value))
            text = get_literal_text(file.dart, value)
            code = "".join(get_code(file.dart, value).split())
            line = file.dart.get_line(setting.start)
            if text:
                message = f"The dist is {text[:80]!r} in every build."
                yield OTHER_DIST.build_finding(file.path, line, message)
            elif code.endswith(".version"):
                message = f"The dist is `{code[:80]}`, the version instead of the build number."
                yield OTHER_DIST.build_finding(file.path, line, message)


CHECKS: tuple[tuple[Rule, Check], ...] = ((OTHER_DIST, check_dist),)
