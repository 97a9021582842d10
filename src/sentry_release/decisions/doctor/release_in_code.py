"""FD01, FD02, FD03: releases that the code names itself, so that no build can."""

import re
from collections.abc import Iterator

from sentry_release.decisions.sdk_default import sdk_default
from sentry_release.facts.dart.guards import When
from sentry_release.facts.dart.release_value import Source
from sentry_release.facts.doctor.code_releases import CodeRelease, code_releases
from sentry_release.facts.doctor.subject import Check, Subject
from sentry_release.words.finding import Finding, Rule, Severity

_RELEASES = "https://docs.sentry.io/platforms/dart/guides/flutter/configuration/releases/"
_WITHOUT = "await SentryFlutter.init(\n  (options) => options.dsn = dsn,\n);  // no options.release"
HARD_CODED = Rule(
    id="FD01",
    name="hard-coded-release",
    severity=Severity.ERROR,
    title="The release is written in the code.",
    why="Code wins over the define that a build passes, so every version that anybody forgets to "
    "write here is counted to the one before.",
    link=_RELEASES,
    mend="Delete the assignment: the SDK reads the define SENTRY_RELEASE by itself.",
    snippet=_WITHOUT,
)
DIFFERENT = Rule(
    id="FD02",
    name="different-release",
    severity=Severity.ERROR,
    title="The code names another release than the one that is opened in Sentry.",
    why="Sessions and errors go to the release of the code, commits and deploys to the other: "
    "neither of the two is whole.",
    link=_RELEASES,
    mend="Delete the assignment: the SDK reads the define SENTRY_RELEASE by itself.",
    snippet=_WITHOUT,
)
ASSEMBLED = Rule(
    id="FD03",
    name="assembled-release",
    severity=Severity.WARNING,
    title="The release is put together in the code.",
    why="Code wins over the define, and what it puts together is another name on each platform, "
    "seldom the one that is opened in Sentry.",
    link=_RELEASES,
    mend="Delete the assignment, and let the build pass SENTRY_RELEASE.",
    snippet=_WITHOUT,
)
_VERSION = re.compile(r"(?:^|@|\bv)\d+\.\d+")
_SHOWN = 80


def hard_coded(subject: Subject) -> Iterator[Finding]:
    """Literals that are the computed release, or that nothing can be compared with."""
    for release in code_releases(subject):
        text = release.value.text
        if release.value.source is Source.ELSEWHERE and not release.define_is_passed:
            what = f"The release is {text}, of a file that is not looked into."
            yield _finding(HARD_CODED, release, what, Severity.INFO)
        elif _is_version(release.value.fallback):
            what = f"Builds without the define report {_said(release.value.fallback or '')}."
            yield _finding(HARD_CODED, release, what, Severity.WARNING)
        elif release.value.source is Source.LITERAL and not _differs(subject, text):
            what = f"The release is {_said(text)}, and stays so with every version."
            yield _finding(HARD_CODED, release, what, _level(release))


def different(subject: Subject) -> Iterator[Finding]:
    """Literals that are not the computed release; they are not reported as hard-coded as well."""
    for release in code_releases(subject):
        text = release.value.text
        if release.value.source is Source.LITERAL and _differs(subject, text):
            computed = subject.release.name if subject.release else ""
            what = f"The code says {_said(text)}, this action {_said(computed)}."
            yield _finding(DIFFERENT, release, what, _level(release))


def assembled(subject: Subject) -> Iterator[Finding]:
    """Releases made of what package_info_plus tells, or of anything else that interpolates."""
    for release in code_releases(subject):
        if release.value.source is Source.ASSEMBLED:
            what = "The release is put together here, so a define SENTRY_RELEASE has no effect."
            yield _finding(ASSEMBLED, release, what, _level(release))
        elif release.value.source is Source.AS_THE_SDK:
            what = "This is what the SDK does by itself; but a define has no effect on it."
            yield _finding(ASSEMBLED, release, what, Severity.INFO)


def _is_version(text: str | None) -> bool:
    """Whether a fallback looks like a release of the app, and not like `dev` or `shop@local`."""
    return text is not None and _VERSION.search(text) is not None


def _differs(subject: Subject, text: str) -> bool:
    """
    Whether it is neither the computed name nor what the SDK would report on some platform.

    Apple's platforms clean a version up, so that `1.2.3-beta.4` is `1.2.3.4` there.
    """
    if subject.release is None:
        return False
    defaults = {sdk_default(identity).release for identity in subject.identities.values()}
    return text not in {subject.release.name, *defaults}


def _level(release: CodeRelease) -> Severity | None:
    """None for the rule's own; what only some runs come to is no more than a warning."""
    return Severity.WARNING if release.when is When.SOMETIMES else None


def _finding(
    rule: Rule, release: CodeRelease, what: str, severity: Severity | None = None
) -> Finding:
    return rule.at(release.path, release.line, what, severity=severity)


def _said(text: str) -> str:
    return repr(text if len(text) <= _SHOWN else text[:_SHOWN] + "…")


CHECKS: tuple[tuple[Rule, Check], ...] = (
    (HARD_CODED, hard_coded),
    (DIFFERENT, different),
    (ASSEMBLED, assembled),
)
