"""Finds settings of Sentry's tools, auth tokens in them, and the steps that upload to Sentry."""

import re
from configparser import ConfigParser
from configparser import Error as IniError

from sentry_release.doctor.app import App, BuildStep
from sentry_release.doctor.ci_files.triggers import OwnAction, find_own_action

CLI_FILE = ".sentryclirc"
"""The settings of sentry-cli, which it looks up from the current folder upwards."""
PROPERTIES_FILE = "sentry.properties"
"""The settings of sentry_dart_plugin, next to pubspec.yaml."""

# Source: https://docs.sentry.io/account/auth-tokens/
_TOKEN = re.compile(
    r"(?<![\w+/])sntry(?:s_[\w+/=-]{60,}|u_[0-9a-f]{64})(?![\w+/=])"
    r"|\b(?:auth[_.]token|token)[\"']?[ \t]*[:=][ \t]*[\"']?(?P<legacy>[0-9a-f]{64})(?![\w+/=])"
)
_EXAMPLE = re.compile(r"(?i)example|dummy|your|(.)\1{11}")
OTHER_UPLOAD = re.compile(
    r"\brun[ \t]+sentry_dart_plugin\b"
    r"|\bsentry[-/]cli\b[^;&|\n]{0,300}?\b(?:debug-files|dif|sourcemaps)[ \t]+upload\b"
    r"|\bsentry[-/]cli\b[^;&|\n]{0,300}?\bupload-(?:dif|dsym|sourcemaps)\b"
)
"""A command of sentry_dart_plugin or sentry-cli that uploads."""
PLUGIN_SENDS_MAPS = re.compile(r"^[ \t]++upload_source_maps:\s*+true\b", re.MULTILINE)
"""The setting of sentry_dart_plugin in pubspec.yaml that makes it upload source maps."""
# Sources: https://docs.fastlane.tools/plugins/available-plugins · https://docs.sentry.io/cli/
_ANY_UPLOAD = re.compile(
    r"\bsentry_dart_plugin\b|\bsentry[-_](?:cli|debug_files_upload|upload\w*)\b|\bupload[-_]symbols\b"
    r"|\bsentry-release[ \t]+upload\b|\b(?:getsentry|sentry)/[\w.-]+|\bsymbols?[-_]upload\b"
)
_UPLOADING = {OwnAction.RELEASE, OwnAction.UPLOAD}


def read_url(text: str) -> str | None:
    """
    Return the url in a .sentryclirc; None without one, or if the file is invalid.

    Source: https://docs.sentry.io/cli/configuration/
    """
    parser = ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(text)
    except IniError:
        return None
    return parser.get("defaults", "url", fallback=None)


def contains_token(text: str) -> bool:
    """
    Return whether a line contains an auth token of Sentry, except one that is clearly an example.

    >>> contains_token("auth_token: ${SENTRY_AUTH_TOKEN}")
    False
    """
    found = _TOKEN.search(text)
    return found is not None and not _EXAMPLE.search(found[0])


def uploads_by_own_action(step: BuildStep) -> bool:
    """Return whether the step uses this action in a way that uploads what the job builds."""
    is_own = step.job is not None and find_own_action(step.uses) in _UPLOADING
    return is_own and step.inputs.get("uploads", "").strip().lower() != "none"


def uploads_source_maps(app: App, step: BuildStep) -> bool:
    """Return whether the job of a step, or its script, uploads the source maps of a web build."""
    return any(
        (uploads_by_own_action(one) and _includes_web(one))
        or any(_sends_maps(app, command.text) for command in one.commands)
        for one in app.steps
        if (one.path, one.job) == (step.path, step.job)
    )


def _includes_web(step: BuildStep) -> bool:
    """Return whether the input `uploads` is `auto`, as by default, or names the web."""
    words = step.inputs.get("uploads", "").lower().replace(",", " ").split()
    return not words or "auto" in words or "web" in words


def _sends_maps(app: App, command: str) -> bool:
    found = OTHER_UPLOAD.search(command)
    if found is None:
        return False
    if "sentry_dart_plugin" in found[0]:
        return PLUGIN_SENDS_MAPS.search(app.pubspec_text) is not None
    return "sourcemaps" in found[0]


def may_upload(app: App) -> bool:
    """Return whether anything in the project may upload to Sentry, by this action or another tool."""
    if any("sentry" in text.lower() for text in app.unread_scripts.values()):
        return True
    return any(
        uploads_by_own_action(step)
        or (step.uses is not None and _ANY_UPLOAD.search(step.uses))
        or any(_ANY_UPLOAD.search(command.text) for command in step.commands)
        for step in app.steps
    )
