"""What the SDK would report + what we inject -> why they differ, in a few words."""

from sentry_release.decisions.sdk_default import SdkDefault
from sentry_release.facts.flutter.said import Identity, Unknown
from sentry_release.words.release import Release

SAME_AS_DEFAULT = "the same"


def explain_difference(default: SdkDefault, identity: Identity, release: Release) -> str:
    """
    Say what the platform makes another name of.

    Args:
        default: What the SDK would report there.
        identity: What it is made from.
        release: What we inject.
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
    return ", ".join(reasons) or "a name of your own"
