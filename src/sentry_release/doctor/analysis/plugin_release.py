"""The release and dist that sentry_dart_plugin uploads for, and those that the app reports."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from sentry_release.doctor.analysis.release_source import (
    ReleaseSource,
    find_build_release_source,
    initializes_sdk,
)
from sentry_release.doctor.app import App, BuildStep, Command
from sentry_release.doctor.ci_files.builds import Build, find_builds
from sentry_release.flutter.identity import Identity
from sentry_release.flutter.pubspec import Pubspec
from sentry_release.model.platform import Platform

_KEYS = ("release", "dist", "version", "name")
_PROPERTY = re.compile(
    rf"^[ \t]*(?P<key>{'|'.join(_KEYS)})[ \t]*[=:][ \t]*(?P<value>\S(?:.*\S)?)[ \t\r]*$",
    re.MULTILINE,
)
_DIST_ARGUMENT = re.compile(r"--sentry-define=dist=[\"']?(?P<value>[^\s\"']+)")
_DIST_BEFORE = re.compile(r"(?:^|[\s;&|(])SENTRY_DIST=[\"']?(?P<value>[^\s\"';&|]+)")
_FLAG = re.compile(
    r"--build-(?P<half>name|number)[= ][\"']?(?P<value>\$\{\{.{0,300}?\}\}|[^\s\"']+)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """The reported identity of one build; None if this action sets the release."""

    identity: Identity | None
    computed: str | None = None


def read_plugin_settings(app: App) -> Pubspec:
    """Return the pubspec, with missing keys filled from sentry.properties as the plugin does."""
    output = app.pubspec.plugin
    if output is None:
        return app.pubspec
    found = dict(_PROPERTY.findall(app.read_text("sentry.properties") or ""))
    lacks = {key: value for key, value in found.items() if getattr(output, key) is None}
    return replace(app.pubspec, plugin=replace(output, **lacks))


def find_plugin_dist(step: BuildStep, command: Command) -> str | None:
    """
    Return the dist that is passed to a run of the plugin; None if there is none.

    The environment takes precedence over arguments.
    Source: sentry-dart-plugin, lib/src/configuration_values.dart
    """
    before = _DIST_BEFORE.search(command.text)
    if before or step.env.get("SENTRY_DIST"):
        return before["value"] if before else step.env["SENTRY_DIST"]
    values = _DIST_ARGUMENT.search(command.text)
    return values["value"] if values else None


def find_reported(app: App, step: BuildStep) -> Iterator[Reported]:
    """
    Return what the builds report that the plugin uploads for: those of its job, else all.

    If no build is found, every platform with a folder counts.
    """
    if not initializes_sdk(app):
        return
    builds = list(find_builds(app.steps))
    beside = [one for one in builds if (one.step.path, one.step.job) == (step.path, step.job)]
    for build in beside or builds:
        match find_build_release_source(build, app):
            case ReleaseSource.ACTION if app.release is not None:
                yield Reported(identity=None, computed=app.release.name)
            case ReleaseSource.SDK if build.platform is not None:
                identity = _identity(build, build.platform, app)
                if identity is not None:
                    yield Reported(identity=identity)
            case _:
                pass
    if not builds:
        yield from (Reported(identity=one) for one in app.identities.values())


def _identity(build: Build, platform: Platform, app: App) -> Identity | None:
    """Return the identity of a build by the SDK's default, with the version from its flags."""
    found = app.identities.get(platform)
    if build.flavor is not None:
        found = app.flavored(platform, build.flavor) or found
    flags = {one["half"]: one["value"] for one in _FLAG.finditer(build.command)}
    if found is None or not flags:
        return found
    if any("$" in value for value in flags.values()):
        return None
    return replace(
        found, version=flags.get("name", found.version), build=flags.get("number", found.build)
    )
