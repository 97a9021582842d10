"""FD37: a dist in the code that is not the build number."""

from collections.abc import Iterator

from sentry_release.facts.dart.expressions import code_of, plain, resolved, without_const
from sentry_release.facts.dart.guards import When, when
from sentry_release.facts.dart.options import settings
from sentry_release.facts.doctor.subject import Check, Subject
from sentry_release.words.finding import Finding, Rule, Severity

OTHER_DIST = Rule(
    id="FD37",
    name="dist-in-code",
    severity=Severity.WARNING,
    title="The dist in the code is not the build number.",
    why="Code overrides the dist that the SDK takes from the app. Source maps and symbols are "
    "uploaded for the build number, so Sentry does not find them for these events.",
    link="https://docs.sentry.io/platforms/dart/guides/flutter/configuration/releases/",
    mend="Delete the assignment: the SDK uses the build number or the define SENTRY_DIST.",
    snippet="await SentryFlutter.init(\n  (options) => options.dsn = dsn,\n);  // no options.dist",
)


def check_dist(subject: Subject) -> Iterator[Finding]:
    """Return each literal that a build for users gets as its dist, and the version as dist."""
    for file in subject.dart:
        for setting in settings(file.dart, "dist"):
            if when(file.dart, setting.start) is When.NEVER:
                continue
            value = without_const(file.dart, resolved(file.dart, setting.value))
            text = plain(file.dart, value)
            code = "".join(code_of(file.dart, value).split())
            line = file.dart.line_of(setting.start)
            if text:
                what = f"The dist is {text[:80]!r} in every build."
                yield OTHER_DIST.at(file.path, line, what)
            elif code.endswith(".version"):
                what = f"The dist is `{code[:80]}`, the version instead of the build number."
                yield OTHER_DIST.at(file.path, line, what)


CHECKS: tuple[tuple[Rule, Check], ...] = ((OTHER_DIST, check_dist),)
