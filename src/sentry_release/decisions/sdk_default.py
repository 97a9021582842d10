"""What the app reads of itself -> the release that the Sentry SDK reports when nobody names one."""

import re
from dataclasses import dataclass

from sentry_release.facts.flutter.said import Identity, Unknown

_REPLACED = re.compile(r"\r\n|[/\\\t\r\n]")


@dataclass(frozen=True, slots=True, kw_only=True)
class SdkDefault:
    """The release and the dist, or why they cannot be known; no dist without a build number."""

    release: str | Unknown
    dist: str | Unknown | None = None


def build_sdk_default(identity: Identity) -> SdkDefault:
    """
    Put the default together, exactly as the SDK does.

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
    """Slashes and line ends become underscores, null characters vanish; nothing else changes."""
    return _REPLACED.sub("_", text).replace("\0", "") if isinstance(text, str) else ""
