"""Finds the steps that upload source maps or debug files to Sentry."""

import re

from sentry_release.doctor.app import App, BuildStep
from sentry_release.doctor.ci_files.triggers import OwnAction, find_own_action

OTHER_UPLOAD = re.compile(
    r"\brun[ \t]+sentry_dart_plugin\b"
    r"|\bsentry-cli\b[^;&|\n]{0,300}?\b(?:debug-files|dif|sourcemaps)[ \t]+upload\b"
    r"|\bsentry-cli\b[^;&|\n]{0,300}?\bupload-(?:dif|dsym|sourcemaps)\b"
)
"""A command of sentry_dart_plugin or sentry-cli that uploads."""
PLUGIN_SENDS_MAPS = re.compile(r"^\s+upload_source_maps:\s*true\b", re.MULTILINE)
"""The setting of sentry_dart_plugin in pubspec.yaml that makes it upload source maps."""
# Sources: https://docs.fastlane.tools/plugins/available-plugins · https://docs.sentry.io/cli/
_ANY_UPLOAD = re.compile(
    r"\bsentry_dart_plugin\b|\bsentry[-_](?:cli|debug_files_upload|upload\w*)\b|\bupload[-_]symbols\b"
    r"|\bsentry-release[ \t]+upload\b|\b(?:getsentry|sentry)/[\w.-]+|\bsymbols?[-_]upload\b"
)
_UPLOADING = {OwnAction.RELEASE, OwnAction.UPLOAD}


def uploads_by_own_action(step: BuildStep) -> bool:
    """Return whether the step uses this action in a way that uploads what the job builds."""
    is_own = step.job is not None and find_own_action(step.uses) in _UPLOADING
    return is_own and step.inputs.get("uploads", "").strip().lower() != "none"


def uploads_source_maps(app: App, step: BuildStep) -> bool:
    """Return whether the job of a step, or its script, uploads the source maps of a web build."""
    return any(
        uploads_by_own_action(one)
        or any(_sends_maps(app, command.text) for command in one.commands)
        for one in app.steps
        if (one.path, one.job) == (step.path, step.job)
    )


def _sends_maps(app: App, command: str) -> bool:
    found = OTHER_UPLOAD.search(command)
    if found is None:
        return False
    if "sentry_dart_plugin" in found[0]:
        return PLUGIN_SENDS_MAPS.search(app.pubspec_text) is not None
    return "sourcemaps" in found[0]


def may_upload(app: App) -> bool:
    """Return whether any step of the project may upload to Sentry, by this action or another tool."""
    return any(
        uploads_by_own_action(step)
        or (step.uses is not None and _ANY_UPLOAD.search(step.uses))
        or any(_ANY_UPLOAD.search(command.text) for command in step.commands)
        for step in app.steps
    )
