"""The identity of a built app, from its artifacts; it takes precedence over the sources."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from sentry_release.flutter.xcode import plists
from sentry_release.model.foreign_text import parse_json
from sentry_release.model.platform import Identity, Platform, Unknown

_RELEASE = "release"
_SPLIT = Unknown(
    reason="differs between the APKs of --split-per-abi",
    location="output-metadata.json",
    hint="name the release with the input `release`",
)


class Kind(StrEnum):
    """The format of an artifact."""

    VERSION_JSON = "version.json"
    OUTPUT_METADATA = "output-metadata.json"
    INFO_PLIST = "Info.plist"


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """A file of a build: its platform, its format and its path (a glob)."""

    platform: Platform
    kind: Kind
    pattern: str


ARTIFACTS = (
    Artifact(
        platform=Platform.ANDROID,
        kind=Kind.OUTPUT_METADATA,
        pattern="build/app/outputs/**/output-metadata.json",
    ),
    Artifact(
        platform=Platform.IOS,
        kind=Kind.INFO_PLIST,
        pattern="build/ios/archive/*.xcarchive/Products/Applications/*.app/Info.plist",
    ),
    Artifact(
        platform=Platform.IOS,
        kind=Kind.INFO_PLIST,
        pattern="build/ios/iphoneos/*.app/Info.plist",
    ),
    Artifact(
        platform=Platform.MACOS,
        kind=Kind.INFO_PLIST,
        pattern="build/macos/Build/Products/Release*/*.app/Contents/Info.plist",
    ),
    Artifact(
        platform=Platform.LINUX,
        kind=Kind.VERSION_JSON,
        pattern="build/linux/*/release/bundle/data/flutter_assets/version.json",
    ),
    Artifact(platform=Platform.WEB, kind=Kind.VERSION_JSON, pattern="build/web/version.json"),
)


def read_artifact_identity(
    artifact: Artifact, content: bytes, *, flavor: str | None = None
) -> Identity | None:
    """
    Return the identity in the file; None if it is broken, has none, or is of another build.

    Args:
        artifact: The kind of file.
        content: The whole file.
        flavor: The flavor of an Android app; None accepts any.
    """
    if artifact.kind is Kind.INFO_PLIST:
        found = plists.parse_plist(content)
        return _read_info_plist(found) if found else None
    try:
        metadata = parse_json(content)
    except ValueError:
        return None
    if not isinstance(metadata, dict):
        return None
    return (
        _read_output_metadata(metadata, flavor)
        if artifact.kind is Kind.OUTPUT_METADATA
        else _read_version_json(metadata)
    )


def _read_info_plist(found: Mapping[str, object]) -> Identity | None:
    app_id = _as_text(found.get("CFBundleIdentifier"))
    return (
        None
        if app_id is None
        else _build_identity(
            app_id, found.get("CFBundleShortVersionString"), found.get("CFBundleVersion")
        )
    )


def _read_output_metadata(found: Mapping[str, object], flavor: str | None) -> Identity | None:
    """
    Return the identity in Gradle's metadata; None for a debug build or another flavor.

    Source: com.android.build.api.variant, BuiltArtifactsImpl
    """
    variant = str(found.get("variantName") or _RELEASE).lower()
    fits = variant == f"{flavor}{_RELEASE}".lower() if flavor else variant.endswith(_RELEASE)
    app_id, elements = _as_text(found.get("applicationId")), _list_elements(found.get("elements"))
    if not fits or app_id is None or not elements:
        return None
    first, *_ = elements
    codes = {_as_text(one.get("versionCode")) for one in elements}
    identity = _build_identity(app_id, first.get("versionName"), first.get("versionCode"))
    return identity if len(codes) == 1 else replace(identity, build=_SPLIT)


def _list_elements(value: object) -> Sequence[Mapping[str, object]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _read_version_json(found: Mapping[str, object]) -> Identity | None:
    app_id = _as_text(found.get("package_name")) or _as_text(found.get("app_name"))
    return (
        None
        if app_id is None
        else _build_identity(app_id, found.get("version"), found.get("build_number"))
    )


def _build_identity(app_id: str, version: object, build: object) -> Identity:
    return Identity(app_id=app_id, version=_as_text(version), build=_as_text(build))


def _as_text(value: object) -> str | None:
    """Return a string or a number as a string; None for anything else."""
    return str(value) or None if isinstance(value, str | int) else None
