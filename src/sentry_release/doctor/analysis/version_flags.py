"""Compares the version flags of builds with the inputs of this action."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from sentry_release.dart.imports import join_path
from sentry_release.doctor.app import App, BuildStep, JobStep, get_only
from sentry_release.doctor.ci_files.builds import Build, find_builds
from sentry_release.doctor.ci_files.jobs import writes_file
from sentry_release.doctor.ci_files.triggers import OwnAction, find_own_action
from sentry_release.model.platform import Platform
from sentry_release.model.release import RELEASE_DEFINE

_FLAG = re.compile(
    r"--(?P<name>build-name|build-number)(?:=|[ \t]+)"
    r"(?P<quote>[\"']?)(?P<value>(?:\$\{\{.{0,300}?\}\}|\$\([^)]{0,300}\)|(?!(?P=quote)[\"'])[^\s\"'])++)(?P=quote)"
)
_PATCHED = re.compile(
    r"\bshorebird\b[^;&|\n]{0,300}\s--release-version(?:=|[ \t]+)[\"']?"
    r"(?P<name>\d+\.[\w.-]+)(?:\+(?P<number>[\w.-]+))?(?![\w.+$-])"
)
# The number of an AAR is the version of the Maven artifact, not that of an app.
# Source: flutter_tools, lib/src/commands/build_aar.dart
_LIBRARY = re.compile(r"\bbuild[ \t]+aar\b")
_OF_APP_ID = re.compile(r"^sdk-default$|\bapp_id\b")
_SHELL = re.compile(r"\$\{?(?:env:)?(?P<name>[A-Za-z_]\w*)\}?|%(?P<cmd>[A-Za-z_]\w*)%")
_EXPRESSION = re.compile(r"\$\{\{\s*+(?P<body>(?:[^\s}]++|\s++(?!\}\})|\}(?!\}))*+)\s*+\}\}")
_ENV = re.compile(r"env\.(?P<name>[A-Za-z_]\w*)")
# Contexts that an input of an earlier step has as well.
# Source: https://docs.github.com/en/actions/reference/workflows-and-actions/contexts
_EARLY = re.compile(r"(?:github|inputs|vars|matrix|needs)\.[\w.-]+")
_GITHUB = re.compile(r"GITHUB_(?P<name>RUN_NUMBER|RUN_ID|RUN_ATTEMPT|REF_NAME|SHA)")
# Tools that write the version in pubspec.yaml, and files that hold it.
_WRITES_VERSION = re.compile(
    r"pubspec\.ya?ml|\bcider\b|\bpubspec[_-]\w+|\bmelos[ \t]+version\b|\bpub[ \t]+run[ \t]+version"
)
# Of these, the ones that certainly change it.
_CHANGES_VERSION = re.compile(
    r"\bcider[ \t]+(?:bump\b|version[ \t]+[\"'$\d])|\bmelos[ \t]+version\b"
)
# Tools that write it into the project of Xcode, where Flutter's own value no longer counts.
# Source: https://developer.apple.com/library/archive/qa/qa1827/_index.html
_CHANGES_XCODE = re.compile(
    r"\bagvtool[ \t]+(?:new-version|new-marketing-version|next-version|bump)\b"
    r"|\bPlistBuddy\b[^;&|\n]{0,200}\bSet[ \t]+:?CFBundle(?:ShortVersionString|Version)\b"
    r"|\bplutil[ \t]+-replace[ \t]+CFBundle(?:ShortVersionString|Version)\b"
    r"|\bfastlane[ \t]+run[ \t]+increment_(?:build|version)_number\b"
)
_BY_XCODE = {Platform.IOS, Platform.MACOS}
# Values that differ from run to run, so that neither a literal nor another counter equals them.
_COUNTER = re.compile(
    r"github\.run_(?:number|id)|GITHUB_RUN_(?:NUMBER|ID)|\brev-list\b[^)]*--count|\bdate[ \t]+[\"']?\+"
)
_IS_TAG = re.compile(r"(?i)ref_name|\bref\b|tag|\bversion\b|GITHUB_REF")


@dataclass(frozen=True, slots=True, kw_only=True)
class Contradiction:
    """
    A version flag of a build that differs from what this action computes the release from.

    Attributes:
        name: The flag without dashes, which is also the input.
        flag: The value in the command.
        given: The value that the action uses: of the input, else of pubspec.yaml.
        is_input: Whether `given` is the value of the input.
    """

    name: str
    flag: str
    given: str
    is_input: bool


def find_version_flags(command: str) -> dict[str, str]:
    """
    Return the values of `--build-name` and `--build-number` in a command line, without quotes.

    A patch of Shorebird has the version of its release.

    >>> find_version_flags('flutter build apk --build-name "1.2.3" --build-number=$N')
    {'build-name': '1.2.3', 'build-number': '$N'}
    >>> find_version_flags("shorebird patch android --release-version=1.2.3+45")
    {'build-name': '1.2.3', 'build-number': '45'}

    Source: https://docs.shorebird.dev/code-push/patch
    """
    flags = {found["name"]: found["value"] for found in _FLAG.finditer(command)}
    patched = _PATCHED.search(command)
    if patched is None:
        return flags
    return {"build-name": patched["name"], "build-number": patched["number"] or ""} | flags


def find_contradictions(app: App, build: Build) -> Iterator[Contradiction]:
    """
    Yield each version flag that contradicts the step of this action before the build.

    A value that may be equal at run time is no contradiction: that of a tag, of a variable whose
    value is unknown, or of a script that writes or reads pubspec.yaml.
    """
    own = find_action_step(app, build.step)
    flags = find_version_flags(build.command)
    if own is None or not flags or "release" in own.inputs or RELEASE_DEFINE in own.env:
        return
    if _LIBRARY.search(build.command):
        return
    is_written = is_version_written(app, build.step)
    for name, flag in flags.items():
        value = resolve_value(flag, build.step)
        entry = own.inputs.get(name)
        given = resolve_value(entry, own) if entry else get_pubspec_value(app, name)
        if given is None or may_be_equal(value, given):
            continue
        if not entry and (is_written or _is_version_of_tag(name, value)):
            continue
        yield Contradiction(
            name=name,
            flag=flag,
            given=entry or given,
            is_input=bool(entry),
        )


def find_other_flavor(app: App, build: Build) -> str | None:
    """
    Return the input `flavor` if the build has another one, and the release contains the app's id.

    With the default name the flavor does not matter: the name of the package is that of all.
    """
    own = find_action_step(app, build.step)
    release = own.inputs.get("release", "") if own else ""
    if own is None or build.flavor is None or not _OF_APP_ID.search(release):
        return None
    flavor = resolve_value(own.inputs.get("flavor", ""), own)
    return flavor if flavor and "$" not in flavor and flavor != build.flavor else None


def concerns_app(app: App, step: JobStep) -> bool:
    """Return whether a step of this action is for this app; a folder with a variable may be."""
    folder = step.inputs.get("working-directory") or "."
    if "$" in folder or step.inputs.get("release") or RELEASE_DEFINE in step.env:
        return True
    return PurePosixPath(join_path("", folder) or ".") == app.folder


def find_action_step(app: App, step: BuildStep) -> BuildStep | None:
    """Return the only step of this action before a step, in its job or else in a job it needs."""
    if not (step.job and step.after_our_action):
        return None
    own = [
        one
        for one in app.steps
        if one.path == step.path and find_own_action(one.uses) is OwnAction.RELEASE
    ]
    beside = [one for one in own if one.job == step.job and one.line < step.line]
    found = beside or [one for one in own if one.job != step.job]
    return get_only(found)


def get_pubspec_value(app: App, name: str) -> str | None:
    """Return the build name or number in pubspec.yaml: an empty number, None without a version."""
    if name == "build-name" or app.pubspec.build_name is None:
        return app.pubspec.build_name
    return app.pubspec.build_number or ""


def resolve_value(value: str, step: BuildStep) -> str:
    """Return a value as an expression of GitHub, if it is a variable whose value the file shows."""
    text = value.strip().strip("\"'")
    found = _SHELL.fullmatch(text)
    expression = _EXPRESSION.fullmatch(text)
    named = _ENV.fullmatch(expression["body"]) if expression else None
    name = (found["name"] or found["cmd"]) if found else (named["name"] if named else None)
    if name is None:
        return f"${{{{ {expression['body']} }}}}" if expression else text
    if name in step.env:
        inner = step.env[name].strip()
        known = _EXPRESSION.fullmatch(inner)
        return f"${{{{ {known['body']} }}}}" if known else inner
    of_github = _GITHUB.fullmatch(name)
    if of_github:
        return f"${{{{ github.{of_github['name'].lower()} }}}}"
    return f"${{{{ env.{name} }}}}"


def may_be_equal(value: str, given: str) -> bool:
    """Return whether both may be the same at run time."""
    if value == given:
        return True
    known = ["$" not in one or _COUNTER.search(one) is not None for one in (value, given)]
    return not all(known)


def _is_version_of_tag(name: str, value: str) -> bool:
    return name == "build-name" and bool(_IS_TAG.search(value))


def is_version_written(app: App, step: BuildStep) -> bool:
    """Return whether a command of the job may write or read the version in pubspec.yaml."""
    return any(
        _WRITES_VERSION.search(command.text) or writes_file(command.text, "pubspec.yaml", "version")
        for one in app.steps
        if (one.path, one.job) == (step.path, step.job)
        for command in one.commands
    )


def find_version_change(app: App, build: Build) -> str | None:
    """
    Return the command before a build that gives it another version than this action computes.

    It changes pubspec.yaml after the action has read it, or the project of Xcode at any time. None
    if there is none, or if an input of the action names what the build will have.
    """
    own = find_action_step(app, build.step)
    inputs = {"release", "build-name", "build-number"}
    if own is None or own.job != build.step.job or inputs & own.inputs.keys():
        return None
    if RELEASE_DEFINE in own.env:
        return None
    before = [
        command
        for step in app.steps
        if (step.path, step.job) == (build.step.path, build.step.job)
        for command in step.commands
        if command.line < build.line
    ]
    for command in before:
        if command.line > own.line and _changes_pubspec(command.text):
            return command.text
        if build.platform in _BY_XCODE and _CHANGES_XCODE.search(command.text):
            return command.text
    return None


def _changes_pubspec(text: str) -> bool:
    return bool(_CHANGES_VERSION.search(text)) or writes_file(text, "pubspec.yaml", "version")


def _is_known_early(value: str) -> bool:
    found = _EXPRESSION.fullmatch(value)
    return _EARLY.fullmatch(found["body"]) is not None if found else "$" not in value


def plan_version_inputs(app: App, build: Build) -> dict[str, str] | None:
    """
    Return the inputs that this action needs to compute the release from the flags of a build.

    Empty if they agree already; None if that is not certain, or if another build of the job would
    contradict the inputs.
    """
    own = find_action_step(app, build.step)
    flags = find_version_flags(build.command)
    if own is None or "release" in own.inputs or RELEASE_DEFINE in own.env:
        return None if flags else {}
    found: dict[str, str] = {}
    for name, flag in flags.items():
        value = resolve_value(flag, build.step)
        entry = own.inputs.get(name)
        if value == (resolve_value(entry, own) if entry else get_pubspec_value(app, name)):
            continue
        is_free = not entry and own.job == build.step.job and _is_known_early(value)
        if not is_free or _list_values_in_job(app, build, name) != {value}:
            return None
        found[name] = value
    return found


def _list_values_in_job(app: App, build: Build, name: str) -> set[str]:
    """Return the values of a flag in all builds of a job, with an empty one if it is left out."""
    place = (build.step.path, build.step.job)
    beside = [one for one in find_builds(app) if (one.step.path, one.step.job) == place]
    return {
        resolve_value(find_version_flags(one.command).get(name, ""), one.step) for one in beside
    }
