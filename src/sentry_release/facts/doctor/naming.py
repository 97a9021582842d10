"""Builds and sources -> who names the release that the app reports."""

import re
from enum import Enum

from sentry_release.facts.dart.options import inits
from sentry_release.facts.doctor.builds import Build, builds_in, files_in
from sentry_release.facts.doctor.subject import Subject
from sentry_release.facts.flutter.platforms import Platform

_DEFINE = "SENTRY_RELEASE"
_OUR_FILE = re.compile(r"\.sentry-release/|dart-defines-file")
_OUR_VALUE = re.compile(r"outputs\.release\b|\bSENTRY_RELEASE\b")
_VARIABLE = re.compile(r"\$\{?(?P<name>\w+)\}?|\$\{\{\s*env\.(?P<env>\w+)\s*\}\}")


class Naming(Enum):
    """Who names the release of a build, or of the app."""

    OURS = "this action"
    DEFINE = "a define of their own"
    SDK = "the SDK, since nobody else does"
    UNKNOWN = "not to be seen from here"


def naming_of(subject: Subject) -> Naming:
    """
    Who names it, when all builds agree; where none can be seen, the SDK does.

    Where nothing that is read starts the SDK, a package from elsewhere does, and may name it too.
    """
    said = {build_naming(build, subject) for build in builds_in(subject.steps)}
    if not starts_here(subject):
        return Naming.UNKNOWN
    if not said:
        return Naming.SDK
    return said.pop() if len(said) == 1 else Naming.UNKNOWN


def is_named_by_sdk(subject: Subject, platforms: frozenset[Platform]) -> bool:
    """
    Return whether some build leaves the name to the SDK.

    Builds for the platforms count; of others, where there is none of these; and where no build
    can be seen, the app is built by hand.
    """
    if not starts_here(subject):
        return False
    builds = list(builds_in(subject.steps))
    of_platforms = [one for one in builds if one.platform in platforms]
    said = {build_naming(build, subject) for build in of_platforms or builds}
    return not said or Naming.SDK in said


def starts_here(subject: Subject) -> bool:
    """Whether the app or a local package of it starts the SDK."""
    return any(True for file in subject.dart for _ in inits(file.dart))


def build_naming(build: Build, subject: Subject) -> Naming:
    """Who names the release of one build, an empty define of it included."""
    if build.is_wrapped:
        return Naming.OURS
    values = [define.value for define in build.defines if define.key == _DEFINE]
    if values:
        ours = build.step.ours_before and _OUR_VALUE.search(values[-1])
        return Naming.OURS if ours else Naming.DEFINE
    said = {_file_naming(path, build, subject) for path in build.files}
    for one in (Naming.OURS, Naming.DEFINE, Naming.UNKNOWN):
        if one in said:
            return one
    return Naming.UNKNOWN if build.is_opaque else Naming.SDK


def _file_naming(path: str, build: Build, subject: Subject) -> Naming:
    """What a define file holds: one of ours, one that can be read, or one that cannot."""
    if variable := _VARIABLE.fullmatch(path):
        path = build.step.env.get(variable["name"] or variable["env"], path)
    if _OUR_FILE.search(path):
        return Naming.OURS
    text = define_file(path, subject)
    if text is None or _is_touched(path, build, subject):
        return Naming.UNKNOWN
    return Naming.DEFINE if _DEFINE in text else Naming.SDK


def define_file(path: str, subject: Subject) -> str | None:
    """The text of a define file that lies in the app; None where it cannot be read."""
    if "$" in path or path.startswith("/") or ".." in path.split("/"):
        return None
    return subject.read(path.removeprefix("./"))


def _is_touched(path: str, build: Build, subject: Subject) -> bool:
    """Whether a command before the build names the file, and so may write to it."""
    name = path.rpartition("/")[2]
    return any(
        name in command.text
        for step in subject.steps
        if (step.path, step.job) == (build.step.path, build.step.job)
        for command in step.commands
        if command.line < build.line and path not in files_in(command.text)
    )
