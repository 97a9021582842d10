"""FD29, FD30, FD31: sentry_dart_plugin at odds with the release."""

import re
from collections.abc import Iterator
from dataclasses import replace

from sentry_release.decisions.plugin import plugin_release
from sentry_release.decisions.sdk_default import sdk_default
from sentry_release.doctor.analysis.plugin_release import (
    find_plugin_dist,
    find_reported,
    read_plugin_settings,
)
from sentry_release.doctor.ci_files.file_writers import writes_file
from sentry_release.doctor.ci_files.own_action import OwnAction, find_own_action
from sentry_release.facts.doctor.code_releases import names_release_in_code
from sentry_release.facts.doctor.lines import line_of
from sentry_release.facts.doctor.subject import Check, Command, Step, Subject
from sentry_release.flutter.yaml_document import parse_pub_yaml
from sentry_release.flutter.yaml_node import YamlNode
from sentry_release.words.errors import ProjectError
from sentry_release.words.finding import Finding, Rule, Severity

DISAGREES = Rule(
    id="FD29",
    name="plugin-names-another-release",
    severity=Severity.WARNING,
    title="sentry_dart_plugin uploads for another release than the app reports.",
    why="The plugin knows only pubspec.yaml, and so its source maps and commits hang on a release "
    "that no session and no error belongs to.",
    link="https://github.com/getsentry/sentry-dart-plugin/issues/82",
    mend="Give its step the name of the release in the environment, as this action does for the "
    "steps after it.",
    snippet="- run: dart run sentry_dart_plugin\n  env:\n"
    "    SENTRY_RELEASE: ${{ steps.sentry.outputs.release }}\n"
    "    SENTRY_DIST: ${{ steps.sentry.outputs.dist }}",
)
BLANK = Rule(
    id="FD30",
    name="plugin-key-blank",
    severity=Severity.ERROR,
    title="A key of sentry_dart_plugin has no value.",
    why="The plugin reads such a key of pubspec.yaml as the text `null`, and uses that as the "
    "release, the dist, the project or the path.",
    link="https://github.com/getsentry/sentry-dart-plugin#configuration-optional",
    mend="Remove the key, or give it a value.",
    snippet="sentry:\n  project: shop\n  # release: is left out, so that SENTRY_RELEASE decides",
)
TWICE = Rule(
    id="FD31",
    name="commits-set-twice",
    severity=Severity.WARNING,
    title="sentry_dart_plugin sets the commits that this action has set.",
    why="It works them out from the checkout, which fails in a clone of depth 1, and otherwise "
    "puts another range in the place of the right one.",
    link="https://github.com/getsentry/sentry-dart-plugin/issues/153",
    mend="Switch the commits of the plugin off.",
    snippet="sentry:\n  commits: false",
)
_RUNS = re.compile(r"\brun[ \t]+sentry_dart_plugin\b")
_SETS_COMMITS = {OwnAction.RELEASE, OwnAction.DEPLOY}
# Source: sentry-dart-plugin, lib/src/configuration_values.dart
_KEYS = (
    "release", "dist", "version", "name", "project", "org", "url", "url_prefix",
    "build_path", "web_build_path", "symbols_path", "dart_symbol_map_path", "bin_dir", "bin_path",
    "sentry_cli_cdn_url", "sentry_cli_version", "log_level",
)  # fmt: skip
_SECTION = (r"^sentry:", r"^\s+sentry_dart_plugin\s*:")
_TOLD = re.compile(r"--sentry-define=(?:release|name)=|\bSENTRY_RELEASE=")
_SETS = re.compile(
    r"\bexport[ \t]+[\"']?SENTRY_RELEASE\b|\$env:SENTRY_RELEASE[ \t]*=|ENV\[.SENTRY_RELEASE.\]"
    r"|\bset[ \t]+SENTRY_RELEASE=|(?:^|[\s;&|(])(?:source|\.|eval)[ \t]"
)


def disagrees(subject: Subject) -> Iterator[Finding]:
    """Every run of the plugin that uploads for another release or dist than some build reports."""
    settings = read_plugin_settings(subject)
    if settings.plugin is None or names_release_in_code(subject):
        return
    for step, command in _runs(subject):
        dist = find_plugin_dist(step, command)
        is_dist_known = dist is None or "$" not in dist
        if _is_told(step, command):
            what = _other_dist(subject, step, dist) if dist and is_dist_known else None
        else:
            given = replace(settings.plugin, dist=dist) if dist else settings.plugin
            alone = plugin_release(replace(settings, plugin=given)) or ""
            what = _other_release(subject, step, alone, is_whole=is_dist_known)
        if what is not None:
            yield DISAGREES.at(step.path, command.line, what)


def _other_release(subject: Subject, step: Step, alone: str, *, is_whole: bool) -> str | None:
    """What to say where a build reports another release than the plugin works out alone."""
    reported: dict[str, bool] = {}
    for one in find_reported(subject, step):
        name = one.ours or (sdk_default(one.identity).release if one.identity else None)
        if isinstance(name, str):
            ends = name, alone
            if not is_whole:  # the dist is known at run time alone
                ends = name.rpartition("+")[0], alone.rpartition("+")[0]
            reported[name] = ends[0] != ends[1]
    others = [name for name, is_other in reported.items() if is_other]
    if not others:
        return None
    return f"The plugin names it {alone!r}, and the app reports {' or '.join(others)}."


def _other_dist(subject: Subject, step: Step, dist: str) -> str | None:
    """What to say where the release is given to the plugin, but another dist than the app's."""
    for one in find_reported(subject, step):
        build = one.identity.build if one.identity else None
        if isinstance(build, str) and build != dist:
            return f"The plugin gets the dist {dist!r}, and the app reports {build}."
    return None


def _is_told(step: Step, command: Command) -> bool:
    """Whether its environment or an argument names the release, or may do so."""
    if "SENTRY_RELEASE" in step.env or "SENTRY_RELEASE" in step.exported:
        return True
    before = (one.text for one in step.commands if one.line < command.line)
    return bool(_TOLD.search(command.text)) or any(_SETS.search(text) for text in before)


def blank(subject: Subject) -> Iterator[Finding]:
    """Every key under `sentry:` of the pubspec that stands there without a value."""
    if subject.pubspec.plugin is None:
        return
    written = {key.text: (key.line, value.value) for key, value in _section(subject).entries}
    for name in _KEYS:
        line, value = written.get(name, (0, ""))
        if value is None and not _is_filled(subject, name):
            what = f"`{name}:` has no value, which the plugin reads as the text `null`."
            yield BLANK.at(subject.folder / "pubspec.yaml", line, what)


def _is_filled(subject: Subject, key: str) -> bool:
    """Whether a script writes the key into pubspec.yaml before the plugin reads it."""
    return any(
        writes_file(command.text, "pubspec.yaml", key)
        for step in subject.steps
        for command in step.commands
    )


def twice(subject: Subject) -> Iterator[Finding]:
    """The plugin's section, where a job runs it after this action and it still sets commits."""
    if subject.pubspec.plugin is None or _commits(subject) == "false":
        return
    for step, command in _runs(subject):
        if "--sentry-define=commits=false" in command.text or not _ours_link(subject, step):
            continue
        line = next(filter(None, (line_of(subject.pubspec_text, one) for one in _SECTION)), 1)
        what = f"{step.path}:{command.line} runs the plugin after this action, with its commits on."
        yield TWICE.at(subject.folder / "pubspec.yaml", line, what)
        return


def _runs(subject: Subject) -> Iterator[tuple[Step, Command]]:
    for step in subject.steps:
        for command in step.commands:
            if _RUNS.search(command.text):
                yield step, command


def _ours_link(subject: Subject, plugin: Step) -> bool:
    """Whether this action has linked commits before the step, in its job or one it needs."""
    ours = [
        step
        for step in subject.steps
        if step.path == plugin.path and find_own_action(step.uses) in _SETS_COMMITS
    ]
    return plugin.ours_before and any(
        step.inputs.get("set-commits", "").strip().lower() != "skip" for step in ours
    )


def _commits(subject: Subject) -> str | None:
    section = _section(subject)
    if "commits" in section.mapping:
        return section.at("commits").text
    found = re.search(
        r"^[ \t]*commits[ \t]*[=:][ \t]*(\S+)",
        subject.read("sentry.properties") or "",
        re.MULTILINE,
    )
    return found[1] if found else None


def _section(subject: Subject) -> YamlNode:
    try:
        return parse_pub_yaml(subject.pubspec_text, "pubspec.yaml").at("sentry")
    except ProjectError:
        return YamlNode(line=1)


CHECKS: tuple[tuple[Rule, Check], ...] = ((DISAGREES, disagrees), (BLANK, blank), (TWICE, twice))
