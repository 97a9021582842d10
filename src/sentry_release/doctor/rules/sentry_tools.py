"""FD39, FD44, FD46: commands and settings of Sentry's tools that are wrong, ignored, or reveal a token."""

import re
from collections.abc import Iterator
from configparser import ConfigParser
from configparser import Error as IniError
from pathlib import PurePosixPath

from sentry_release.doctor.analysis.code_releases import names_release_in_code
from sentry_release.doctor.analysis.release_source import find_reported
from sentry_release.doctor.analysis.web import find_line
from sentry_release.doctor.app import CLI_FILE, PROPERTIES_FILE, App, BuildStep, Check
from sentry_release.doctor.ci_files.build_commands import VARIABLE
from sentry_release.doctor.ci_files.jobs import writes_file
from sentry_release.errors import ProjectError
from sentry_release.flutter.pubspec import is_lower_version
from sentry_release.flutter.yaml_document import parse_pub_yaml
from sentry_release.model.finding import Finding, Rule, Severity
from sentry_release.release.sdk_default import build_sdk_default

IGNORED_URL = Rule(
    id="FD44",
    name="plugin-url-ignored",
    severity=Severity.WARNING,
    title="sentry_dart_plugin ignores the url in .sentryclirc.",
    reason="Since version 3.6 the plugin uploads to sentry.io unless the url is in its own "
    "settings or in SENTRY_URL, so your own server gets no symbols.",
    link="https://github.com/getsentry/sentry-dart-plugin/releases/tag/3.6.0",
    fix="Set `url` in pubspec.yaml.",
    before="# .sentryclirc\n[defaults]\nurl=https://sentry.example.com",
    snippet="sentry:\n  url: https://sentry.example.com",
)
COMMITTED_TOKEN = Rule(
    id="FD46",
    name="auth-token-in-repository",
    severity=Severity.WARNING,
    title="A file of the repository contains an auth token.",
    reason="Everybody who can read the repository can create and delete releases with it, also in "
    "old commits.",
    link="https://docs.sentry.io/account/auth-tokens/",
    fix="Revoke the token in Sentry, and store a new one as a secret.",
    before="sentry:\n  auth_token: sntrys_…",
    snippet="env:\n  SENTRY_AUTH_TOKEN: ${{ secrets.SENTRY_AUTH_TOKEN }}",
)
_IGNORED_SINCE = "3.6.0"
_SENTRY_IO = re.compile(r"https?://(?:[\w-]+\.)*sentry\.io(?:[/:]|$)")
_SET_URL = re.compile(r"\bSENTRY_URL\b|--sentry-define=url=")
_URL_KEY = re.compile(r"^[ \t]*url[ \t]*[=:][ \t]*\S", re.MULTILINE)
# Source: https://docs.sentry.io/account/auth-tokens/
_TOKEN = re.compile(
    r"(?<![\w+/])sntry(?:s_[\w+/=-]{60,}|u_[0-9a-f]{64})(?![\w+/=])"
    r"|\b(?:auth[_.]token|token)[\"']?[ \t]*[:=][ \t]*[\"']?(?P<legacy>[0-9a-f]{64})(?![\w+/=])"
)
_EXAMPLE = re.compile(r"(?i)example|dummy|your|(.)\1{11}")
OTHER_RELEASE = Rule(
    id="FD39",
    name="sentry-cli-names-another-release",
    severity=Severity.WARNING,
    title="sentry-cli uses a different release than the app reports.",
    reason="Commits, deploys and the finalized state go to a release without sessions, and the "
    "release with the sessions has none of them.",
    link="https://docs.sentry.io/cli/releases/",
    fix="Pass sentry-cli the release name that the builds report, for example the output "
    "`release` of this action.",
    before='- run: sentry-cli releases finalize "shop-$VERSION"',
    snippet='- run: sentry-cli releases finalize "$SENTRY_RELEASE"',
)
_COMMAND = re.compile(
    r"\bsentry[-/]cli\b[^;&|\n]{0,300}?\breleases[ \t]+(?:new|finalize|set-commits)\b"
    r"(?P<options>(?:[ \t]+--?[\w-]+(?:=\S+)?){0,10})[ \t]+"
    r"(?P<name>\"[^\"]*\"|'[^']*'|(?:\$\{\{.{0,300}?\}\}|\$\([^)]{0,300}\)|[^\s;&|])+)"
)
_PROPOSED = re.compile(r"propose-version")
_PART = re.compile(rf"\$\([^)]{{0,300}}\)|`[^`]{{0,300}}`|{VARIABLE}")


def check_plugin_url(app: App) -> Iterator[Finding]:
    """Yield the url in .sentryclirc, if nothing else gives it to a plugin that ignores it there."""
    version = app.dart_plugin.version if app.dart_plugin else None
    if not version or is_lower_version(version, _IGNORED_SINCE) or _is_url_set(app):
        return
    for path, text in app.settings.items():
        url = read_url(text) if path.name == CLI_FILE else None
        if url and not _SENTRY_IO.match(url):
            line = find_line(text, r"^[ \t]*url[ \t]*[=:]") or 1
            message = f"sentry_dart_plugin {version} ignores {url[:80]}."
            yield IGNORED_URL.build_finding(path, line, message)
            return


def _is_url_set(app: App) -> bool:
    """Return whether the plugin's settings or any step may set the url."""
    properties = app.settings.get(app.folder / PROPERTIES_FILE, "")
    return (
        _is_url_in_pubspec(app.pubspec_text)
        or _URL_KEY.search(properties) is not None
        or any(
            "SENTRY_URL" in step.env
            or "SENTRY_URL" in step.exported
            or any(_SET_URL.search(command.text) for command in step.commands)
            for step in app.steps
        )
    )


def _is_url_in_pubspec(text: str) -> bool:
    try:
        return bool(parse_pub_yaml(text, "pubspec.yaml").at("sentry", "url").text)
    except ProjectError:
        return False


def check_tokens(app: App) -> Iterator[Finding]:
    """Yield each line with an auth token in pubspec.yaml, settings files, workflows and scripts."""
    yield from (
        COMMITTED_TOKEN.build_finding(path, line, f"{path.name} contains an auth token of Sentry.")
        for path, line in dict.fromkeys(_find_tokens(app))
    )


def _find_tokens(app: App) -> Iterator[tuple[PurePosixPath, int]]:
    for path, text in {app.folder / "pubspec.yaml": app.pubspec_text, **app.settings}.items():
        for number, line in enumerate(text.split("\n"), start=1):
            if contains_token(line) and not _is_written(app, path):
                yield path, number
    for step in app.steps:
        for name, value in step.env.items():
            if contains_token(f"token={value}" if "SENTRY" in name else value):
                yield step.path, step.env_lines.get(name, step.line)
        for command in step.commands:
            if contains_token(command.text):
                yield step.path, command.line


def _is_written(app: App, path: PurePosixPath) -> bool:
    """Return whether a script writes the file, so that the token is not in the repository."""
    return any(
        writes_file(command.text, path.name, "token")
        for step in app.steps
        for command in step.commands
        if path.name in command.text
    )


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


def check_sentry_cli(app: App) -> Iterator[Finding]:
    """Yield each command whose release differs from all that the builds of its job report."""
    if names_release_in_code(app):
        return
    for step in app.steps:
        for command in step.commands:
            if "sentry" not in command.text:
                continue
            for found in _COMMAND.finditer(command.text):
                name = found["name"].strip("\"'")
                reported = _find_reported_names(app, step)
                if reported and not any(_may_be(name, one) for one in reported):
                    message = f"sentry-cli uses `{name[:80]}`, but the app reports {' or '.join(reported)}."
                    yield OTHER_RELEASE.build_finding(step.path, command.line, message)


def _find_reported_names(app: App, step: BuildStep) -> tuple[str, ...]:
    """Return the names that the builds report; none if one of them is unknown."""
    found: dict[str, None] = {}
    for one in find_reported(app, step):
        name = one.computed or (build_sdk_default(one.identity).release if one.identity else None)
        if not isinstance(name, str):
            return ()
        found[name] = None
    return tuple(found)


def _may_be(name: str, reported: str) -> bool:
    """Return whether the name can equal this release for some values of its variables."""
    if _PROPOSED.search(name):
        return False  # it proposes the commit hash
    parts = [re.escape(one) for one in _PART.split(name)]
    return re.fullmatch(".*".join(parts), reported) is not None


CHECKS: tuple[tuple[Rule, Check], ...] = (
    (IGNORED_URL, check_plugin_url),
    (COMMITTED_TOKEN, check_tokens),
    (OTHER_RELEASE, check_sentry_cli),
)
