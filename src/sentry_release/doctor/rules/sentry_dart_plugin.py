"""FD29, FD30, FD31: settings of sentry_dart_plugin that conflict with the release."""

import re
from collections.abc import Iterator
from dataclasses import replace

from sentry_release.doctor.analysis.code_releases import names_release_in_code
from sentry_release.doctor.analysis.release_source import find_reported
from sentry_release.doctor.analysis.web import find_line
from sentry_release.doctor.app import App, BuildStep, Check, Command
from sentry_release.doctor.ci_files.jobs import writes_file
from sentry_release.doctor.ci_files.triggers import OwnAction, find_own_action
from sentry_release.errors import ProjectError
from sentry_release.flutter.pubspec import Pubspec
from sentry_release.flutter.yaml_document import parse_pub_yaml
from sentry_release.flutter.yaml_node import YamlNode
from sentry_release.model.finding import Finding, Rule, Severity
from sentry_release.model.release import DIST_DEFINE, RELEASE_DEFINE
from sentry_release.release.sdk_default import build_plugin_release, build_sdk_default

PLUGIN_RELEASE_DIFFERS = Rule(
    id="FD29",
    name="plugin-names-another-release",
    severity=Severity.WARNING,
    title="sentry_dart_plugin uploads for a different release than the app reports.",
    reason="The plugin only knows pubspec.yaml, so its source maps and commits go to a release "
    "without sessions and errors.",
    link="https://github.com/getsentry/sentry-dart-plugin/issues/82",
    fix="Set the release name in the environment of the step, as this action does for later steps.",
    before="- run: dart run sentry_dart_plugin",
    snippet="- run: dart run sentry_dart_plugin\n  env:\n"
    "    SENTRY_RELEASE: ${{ steps.sentry.outputs.release }}\n"
    "    SENTRY_DIST: ${{ steps.sentry.outputs.dist }}",
)
BLANK_PLUGIN_KEY = Rule(
    id="FD30",
    name="plugin-key-blank",
    severity=Severity.ERROR,
    title="A key of sentry_dart_plugin has no value.",
    reason="The plugin reads such a key in pubspec.yaml as the string `null`, and uses it as the "
    "release, dist, project or path.",
    link="https://github.com/getsentry/sentry-dart-plugin#configuration-optional",
    fix="Remove the key, or give it a value.",
    before="sentry:\n  project: shop\n  release:",
    snippet="sentry:\n  project: shop\n  # no release: the plugin uses SENTRY_RELEASE",
)
COMMITS_SET_TWICE = Rule(
    id="FD31",
    name="commits-set-twice",
    severity=Severity.WARNING,
    title="sentry_dart_plugin sets commits that this action has already set.",
    reason="The plugin reads the commits from the checkout. In a clone of depth 1 that fails; "
    "otherwise it replaces the correct range with another one.",
    link="https://github.com/getsentry/sentry-dart-plugin/issues/153",
    fix="Disable commits in the plugin.",
    before="- uses: appcrew/sentry-release-flutter@v1\n- run: dart run sentry_dart_plugin",
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
_RELEASE_ARGUMENT = re.compile(r"--sentry-define=(?:release|name)=|\bSENTRY_RELEASE=")
_SETS = re.compile(
    r"\bexport[ \t]+[\"']?SENTRY_RELEASE\b|\$env:SENTRY_RELEASE[ \t]*=|ENV\[.SENTRY_RELEASE.\]"
    r"|\bset[ \t]+SENTRY_RELEASE=|(?:^|[\s;&|(])(?:source|\.|eval)[ \t]"
)
_PROPERTY_KEYS = ("release", "dist", "version", "name")
_PROPERTY = re.compile(
    rf"^[ \t]*(?P<key>{'|'.join(_PROPERTY_KEYS)})[ \t]*[=:][ \t]*(?P<value>\S(?:.*\S)?)[ \t\r]*$",
    re.MULTILINE,
)
_DIST_ARGUMENT = re.compile(r"--sentry-define=dist=[\"']?(?P<value>[^\s\"']+)")
_DIST_BEFORE = re.compile(r"(?:^|[\s;&|(])SENTRY_DIST=[\"']?(?P<value>[^\s\"';&|]+)")


def check_plugin_release(app: App) -> Iterator[Finding]:
    """Yield each run of the plugin that uploads for a different release or dist than a build."""
    settings = _read_plugin_settings(app)
    if settings.plugin is None or names_release_in_code(app):
        return
    for step, command in _find_plugin_runs(app):
        dist = _find_plugin_dist(step, command)
        is_dist_known = dist is None or "$" not in dist
        if _is_release_passed(step, command):
            message = _explain_other_dist(app, step, dist) if dist and is_dist_known else None
        else:
            plugin = replace(settings.plugin, dist=dist) if dist else settings.plugin
            alone = build_plugin_release(replace(settings, plugin=plugin)) or ""
            message = _explain_other_release(app, step, alone, is_whole=is_dist_known)
        if message is not None:
            yield PLUGIN_RELEASE_DIFFERS.build_finding(step.path, command.line, message)


def _explain_other_release(app: App, step: BuildStep, alone: str, *, is_whole: bool) -> str | None:
    """Return the message if a build reports a different release than the plugin's default."""
    reported: dict[str, bool] = {}
    for one in find_reported(app, step):
        name = one.computed or (build_sdk_default(one.identity).release if one.identity else None)
        if isinstance(name, str):
            ends = name, alone
            if not is_whole:  # the dist is only known at run time
                ends = name.rpartition("+")[0], alone.rpartition("+")[0]
            reported[name] = ends[0] != ends[1]
    others = [name for name, is_other in reported.items() if is_other]
    if not others:
        return None
    return f"The plugin uploads for {alone!r}, but the app reports {' or '.join(others)}."


def _explain_other_dist(app: App, step: BuildStep, dist: str) -> str | None:
    """Return the message if the plugin gets the release, but a different dist than the app's."""
    for one in find_reported(app, step):
        build = one.identity.build if one.identity else None
        if isinstance(build, str) and build != dist:
            return f"The plugin gets the dist {dist!r}, but the app reports {build}."
    return None


def _is_release_passed(step: BuildStep, command: Command) -> bool:
    """Return whether the environment or an argument sets the release, or may do so."""
    if RELEASE_DEFINE in step.env or RELEASE_DEFINE in step.exported:
        return True
    before = (one.text for one in step.commands if one.line <= command.line)
    return bool(_RELEASE_ARGUMENT.search(command.text)) or any(
        _SETS.search(text) for text in before
    )


def check_blank_key(app: App) -> Iterator[Finding]:
    """Yield each key without a value under `sentry:` in the pubspec."""
    if app.pubspec.plugin is None:
        return
    for key, value in _get_plugin_section(app).entries:
        if key.text in _KEYS and value.value is None and not _is_filled(app, key.text):
            message = f"`{key.text}:` has no value, which the plugin reads as the text `null`."
            yield BLANK_PLUGIN_KEY.build_finding(app.folder / "pubspec.yaml", key.line, message)


def _is_filled(app: App, key: str) -> bool:
    """Return whether a script writes the key into pubspec.yaml before the plugin reads it."""
    return any(
        writes_file(command.text, "pubspec.yaml", key)
        for step in app.steps
        for command in step.commands
    )


def check_commits_twice(app: App) -> Iterator[Finding]:
    """Yield the plugin's section, if it sets commits in a job where this action has done so."""
    if app.pubspec.plugin is None or _get_commits_setting(app) == "false":
        return
    for step, command in _find_plugin_runs(app):
        if "--sentry-define=commits=false" in command.text or not _sets_commits_before(app, step):
            continue
        line = next(filter(None, (find_line(app.pubspec_text, one) for one in _SECTION)), 1)
        message = (
            f"{step.path}:{command.line} runs the plugin after this action, with commits enabled."
        )
        yield COMMITS_SET_TWICE.build_finding(app.folder / "pubspec.yaml", line, message)
        return


def _find_plugin_runs(app: App) -> Iterator[tuple[BuildStep, Command]]:
    for step in app.steps:
        for command in step.commands:
            if _RUNS.search(command.text):
                yield step, command


def _sets_commits_before(app: App, plugin: BuildStep) -> bool:
    """Return whether this action sets commits before the step, in its job or one it needs."""
    own = [
        step
        for step in app.steps
        if step.path == plugin.path and find_own_action(step.uses) in _SETS_COMMITS
    ]
    return plugin.after_our_action and any(
        step.inputs.get("set-commits", "").strip().lower() != "skip" for step in own
    )


def _get_commits_setting(app: App) -> str | None:
    section = _get_plugin_section(app)
    if "commits" in section.mapping:
        return section.at("commits").text
    found = re.search(
        r"^[ \t]*commits[ \t]*[=:][ \t]*(\S+)",
        app.read_text("sentry.properties") or "",
        re.MULTILINE,
    )
    return found[1] if found else None


def _get_plugin_section(app: App) -> YamlNode:
    try:
        return parse_pub_yaml(app.pubspec_text, "pubspec.yaml").at("sentry")
    except ProjectError:
        return YamlNode(line=1)


def _read_plugin_settings(app: App) -> Pubspec:
    """Return the pubspec, with missing keys filled from sentry.properties as the plugin does."""
    plugin = app.pubspec.plugin
    if plugin is None:
        return app.pubspec
    found = dict(_PROPERTY.findall(app.read_text("sentry.properties") or ""))
    lacks = {key: value for key, value in found.items() if getattr(plugin, key) is None}
    return replace(app.pubspec, plugin=replace(plugin, **lacks))


def _find_plugin_dist(step: BuildStep, command: Command) -> str | None:
    """
    Return the dist that is passed to a run of the plugin; None if there is none.

    The environment takes precedence over arguments.
    Source: sentry-dart-plugin, lib/src/configuration_values.dart
    """
    before = _DIST_BEFORE.search(command.text)
    if before or step.env.get(DIST_DEFINE):
        return before["value"] if before else step.env[DIST_DEFINE]
    argument = _DIST_ARGUMENT.search(command.text)
    return argument["value"] if argument else None


CHECKS: tuple[tuple[Rule, Check], ...] = (
    (PLUGIN_RELEASE_DIFFERS, check_plugin_release),
    (BLANK_PLUGIN_KEY, check_blank_key),
    (COMMITS_SET_TWICE, check_commits_twice),
)
