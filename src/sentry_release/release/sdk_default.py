"""The default release of the SDK and of sentry_dart_plugin per platform, and their comparison."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sentry_release.flutter.pubspec import Pubspec
from sentry_release.model.platform import Identity, Platform, Unknown
from sentry_release.model.release import Release
from sentry_release.release.release_name import NameSource

_REPLACED = re.compile(r"\r\n|[/\\\t\r\n]")
SAME_AS_DEFAULT = "the same"
Json = dict[str, "Json"] | str | None


def build_plugin_release(pubspec: Pubspec) -> str | None:
    """
    Return the release name of sentry_dart_plugin; None if the project does not use it.

    The plugin reads pubspec.yaml only: no build flags, no flavor, no platform.
    Source: sentry-dart-plugin, lib/sentry_dart_plugin.dart
    """
    plugin = pubspec.plugin
    if plugin is None:
        return None
    if plugin.release:
        return plugin.release
    version = plugin.version or pubspec.version or "null"
    dist = plugin.dist or (version.rpartition("+")[2] if "+" in version else None)
    name = plugin.name or pubspec.name
    release = name if "@" in name else f"{name}@{version}"
    if dist is None or release.count("+") > 1:
        return release
    return f"{release.partition('+')[0]}+{dist}"


def build_plugin_config_lines(pubspec: Pubspec) -> tuple[str, ...]:
    """Return the notes for a project that uses sentry_dart_plugin; none for others."""
    alone = build_plugin_release(pubspec)
    if alone is None:
        return ()
    return (
        "",
        f"sentry_dart_plugin alone would name it {alone}.",
        "With SENTRY_RELEASE and SENTRY_DIST in its environment it uses the name above.",
        "It also sets commits and finalizes the release: configure it with `commits: false`.",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SdkDefault:
    """The release and the dist, or why they are unknown; no dist without a build number."""

    release: str | Unknown
    dist: str | Unknown | None = None


def build_sdk_default(identity: Identity) -> SdkDefault:
    """
    Return the default release, built exactly as the SDK does.

    Source: sentry-dart, packages/flutter/lib/src/integrations/load_release_integration.dart
    """
    parts = (identity.app_id, identity.version, identity.build)
    dist = identity.build if isinstance(identity.build, Unknown) else _clean_text(identity.build)
    for part in parts:
        if isinstance(part, Unknown):
            return SdkDefault(release=part, dist=dist or None)
    app_id, version, build = (_clean_text(part) for part in parts)
    release = app_id + (f"@{version}" if version else "") + (f"+{build}" if build else "")
    return SdkDefault(release=release, dist=build or None)


def _clean_text(text: str | Unknown | None) -> str:
    """Replace slashes and line ends with underscores, and remove null characters."""
    return _REPLACED.sub("_", text).replace("\0", "") if isinstance(text, str) else ""


def explain_difference(default: SdkDefault, identity: Identity, release: Release) -> str:
    """
    Return why the default of the platform differs from the release, in a few words.

    Args:
        default: The release that the SDK would report on the platform.
        identity: The app's identity on the platform.
        release: The release of this tool.
    """
    if isinstance(default.release, Unknown):
        return f"unknown: {default.release}"
    if default.release == release.name:
        return SAME_AS_DEFAULT
    reasons = []
    if release.package is not None and identity.app_id != release.package:
        reasons.append("its own id")
    if release.version is not None and identity.version != release.version:
        reasons.append(f"version {identity.version or 'absent'}")
    if identity.build != release.build:
        reasons.append(f"build {identity.build or 'absent'}")
    return ", ".join(reasons) or "a custom name"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformNames:
    """
    A release, and what each platform of its project would report by default.

    `problem` is why the release has no name, if so.
    """

    release: Release
    source: NameSource
    flavor: str | None
    platform: Platform | None
    identities: Mapping[Platform, Identity]
    defaults: Mapping[Platform, SdkDefault]
    problem: str | None = None

    def to_json(self) -> Json:
        """Return the names as JSON; the keys are stable, see tests/commands/test_name.py."""
        identity = self.identities.get(self.platform) if self.platform else None
        app_id = identity.app_id if identity and isinstance(identity.app_id, str) else None
        return {
            "release": None if self.problem else self.release.name,
            "package": self.release.package,
            "version": self.release.version,
            "build": self.release.build,
            "dist": self.release.dist,
            "app_id": app_id,
            "flavor": self.flavor,
            "platform": self.platform.value if self.platform else None,
            "source": self.source.value,
            "sdk_defaults": {
                platform.value: _build_default_json(default)
                for platform, default in self.defaults.items()
            },
        } | ({"error": self.problem} if self.problem else {})

    def build_rows(self) -> Sequence[tuple[str, str, str, str]]:
        """Return the rows of the table: platform, SDK default, the release, why they differ."""
        return [
            (
                platform.value,
                "?" if isinstance(default.release, Unknown) else default.release,
                self.release.name or "none",
                explain_difference(default, self.identities[platform], self.release),
            )
            for platform, default in self.defaults.items()
        ]


def align_columns(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return the rows as lines with aligned columns."""
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    return [
        "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def _build_default_json(default: SdkDefault) -> Json:
    if isinstance(default.release, Unknown):
        return {"unknown": str(default.release)}
    dist = default.dist if isinstance(default.dist, str) else None
    return {"release": default.release, "dist": dist}
