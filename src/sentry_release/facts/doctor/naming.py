"""Builds and sources -> who names the release that the app reports."""

import re
from enum import Enum

from sentry_release.facts.doctor.builds import Build, builds_in
from sentry_release.facts.doctor.subject import Subject

_DEFINE = "SENTRY_RELEASE"
_OUR_FILE = re.compile(r"\.sentry-release/|dart-define-file")
_OUR_VALUE = re.compile(r"outputs\.release\b|\bSENTRY_RELEASE\b")
_VARIABLE = re.compile(r"\$\{?(?P<name>\w+)\}?|\$\{\{\s*env\.(?P<env>\w+)\s*\}\}")


class Naming(Enum):
    """Who names the release of a build, or of the app."""

    OURS = "this action"
    DEFINE = "a define of their own"
    SDK = "the SDK, since nobody else does"
    UNKNOWN = "not to be seen from here"


def naming_of(subject: Subject) -> Naming:
    """Who names it, when all builds agree; an app whose builds cannot be seen is left alone."""
    said = {build_naming(build, subject) for build in builds_in(subject.steps)}
    if not said:
        return Naming.SDK
    return said.pop() if len(said) == 1 else Naming.UNKNOWN


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
    text = None if "$" in path or path.startswith("/") else _text_of(path, subject)
    if text is None:
        return Naming.UNKNOWN
    return Naming.DEFINE if _DEFINE in text else Naming.SDK


def _text_of(path: str, subject: Subject) -> str | None:
    return None if ".." in path.split("/") else subject.read(path.removeprefix("./"))
