"""FD04, FD06, FD35: defines that the code reads in a way that does harm, or does not read."""

import re
from collections.abc import Iterator

from sentry_release.facts.dart.defines import DefineRead, define_reads
from sentry_release.facts.dart.release_value import Source
from sentry_release.facts.dart.source import Dart
from sentry_release.facts.doctor.code_releases import CodeRelease, code_releases
from sentry_release.facts.doctor.subject import Check, Subject
from sentry_release.words.finding import Finding, Rule, Severity

_RELEASES = "https://docs.sentry.io/platforms/dart/guides/flutter/configuration/releases/"
UNGUARDED = Rule(
    id="FD04",
    name="unguarded-define",
    severity=Severity.ERROR,
    title="A build without the define has an empty release.",
    why="String.fromEnvironment gives an empty text for a define that a build does not pass; the "
    "SDK takes that for a release, and does not fall back to its default.",
    link=_RELEASES,
    mend="Delete the assignment: the SDK reads SENTRY_RELEASE by itself, and only where it is "
    "passed.",
    snippet="const release = String.fromEnvironment('SENTRY_RELEASE');\n"
    "options.release = release.isEmpty ? null : release;",
)
OVERRULED = Rule(
    id="FD06",
    name="overruled-define",
    severity=Severity.WARNING,
    title="The code overrules the release that the build passes.",
    why="What the options callback sets wins over the define, so the app reports another release "
    "than the one the build was told.",
    link="https://github.com/getsentry/sentry-dart/issues/2226",
    mend="Delete the assignment, or let it read the define.",
    snippet="await SentryFlutter.init(\n  (options) => options.dsn = dsn,\n);  // no options.release",
)
NOT_CONST = Rule(
    id="FD35",
    name="define-without-const",
    severity=Severity.INFO,
    title="A define is read without `const`.",
    why="Only a constant is sure to see the define; otherwise it may be empty, or throw on the "
    "web.",
    link="https://api.dart.dev/dart-core/String/String.fromEnvironment.html",
    mend="Make it a constant.",
    snippet="const release = String.fromEnvironment('SENTRY_RELEASE');",
)
_OURS = ("SENTRY_RELEASE", "SENTRY_DIST", "SENTRY_ENVIRONMENT", "SENTRY_DSN")
_INITIALISED = re.compile(
    r"(?<![\w$.])(?:final|var|String\??|bool\??)\s+(?:[A-Za-z_$][\w$]*\??\s+)?[A-Za-z_$][\w$]*\s*=\s*\Z"
)
_ASSIGNED = re.compile(r"(?<!this)(?<!super)\.\s*(?P<name>[A-Za-z_$][\w$]*)\s*=\s*\Z")
_CONST = re.compile(r"\bconst\s+(?:[A-Za-z_$][\w$<>?]*\s+)?[A-Za-z_$][\w$]*\s*=\s*\Z")
_PARAMETERS = re.compile(r"[(,]\s*\Z")
_NEAR = 200  # characters before it
_UNSEEN = {Source.UNKNOWN, Source.ELSEWHERE}


def unguarded(subject: Subject) -> Iterator[Finding]:
    """Releases that are a define and nothing else."""
    for release in code_releases(subject):
        if release.value.source is Source.BARE_DEFINE:
            key = repr(release.value.text)[:80] if release.value.text else "a define"
            what = f"The release is {key} as it is: empty in every build that does not pass it."
            yield UNGUARDED.at(release.path, release.line, what)


def overruled(subject: Subject) -> Iterator[Finding]:
    """Other releases in code while a build passes the define; FD01 to FD04 say it of their own."""
    for release in code_releases(subject):
        if release.define_is_passed and (said := _overrules(release)) is not None:
            severity, what = said
            yield OVERRULED.at(release.path, release.line, what, severity=severity)


def not_const(subject: Subject) -> Iterator[Finding]:
    """Names and options that get a define of Sentry's outside of constants."""
    for file in subject.dart:
        for read in define_reads(file.dart):
            if read.key in _OURS and _is_not_constant(file.dart, read):
                line = file.dart.line_of(read.call.start)
                yield NOT_CONST.at(file.path, line, f"{read.key} is read without `const`.")


def _overrules(release: CodeRelease) -> tuple[Severity | None, str] | None:
    """How sure it is, and what is to say; None where it is not so."""
    source = release.value.source
    if source is Source.NOTHING:
        return None, "The release is set to null, so that the define is thrown away."
    if source is Source.DEFINE and not release.value.reads_ours:
        key = release.value.text[:80]
        return None, f"The release is the define {key!r}, while builds pass SENTRY_RELEASE."
    if source in _UNSEEN:
        what = "The builds pass SENTRY_RELEASE; unless this comes from it, it has no effect."
        return Severity.INFO, what
    return None


def _is_not_constant(dart: Dart, read: DefineRead) -> bool:
    start = read.call.start
    before = dart.code[max(0, start - _NEAR) : start]
    if _INITIALISED.search(before):
        return not (_CONST.search(before) or _is_default_value(dart, start))
    assigned = _ASSIGNED.search(before)
    # An empty release is an error of its own, told at the same place.
    return assigned is not None and not (assigned["name"] == "release" and read.is_empty_without)


def _is_default_value(dart: Dart, at: int) -> bool:
    """Whether it stands among parameters, whose default values are constants without saying so."""
    around = next(dart.brackets.around(at), None)
    if around is None or dart.code[around.start] != "{":
        return around is not None
    return bool(_PARAMETERS.search(dart.code, max(0, around.start - _NEAR), around.start))


CHECKS: tuple[tuple[Rule, Check], ...] = (
    (UNGUARDED, unguarded),
    (OVERRULED, overruled),
    (NOT_CONST, not_const),
)
