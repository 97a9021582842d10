"""What lies in a built app -> what that app reports; it beats everything its sources say."""

import json
import plistlib
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from xml.parsers.expat import ExpatError

from sentry_release.facts.flutter.platforms import Platform
from sentry_release.facts.flutter.said import Identity


class Kind(StrEnum):
    """How an artefact says it."""

    VERSION_JSON = "version.json"
    OUTPUT_METADATA = "output-metadata.json"
    INFO_PLIST = "Info.plist"


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """A file of a build: for which platform, in which form, and where (a glob)."""

    platform: Platform
    kind: Kind
    pattern: str


ARTIFACTS = (
    Artifact(
        platform=Platform.ANDROID,
        kind=Kind.OUTPUT_METADATA,
        pattern="build/app/outputs/**/release/output-metadata.json",
    ),
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


def identity_in(artifact: Artifact, content: bytes) -> Identity | None:
    """What the file says; None when it is broken or says nothing of an app."""
    try:
        match artifact.kind:
            case Kind.INFO_PLIST:
                return _info_plist(plistlib.loads(content))
            case Kind.OUTPUT_METADATA:
                return _output_metadata(json.loads(content))
            case Kind.VERSION_JSON:
                return _version_json(json.loads(content))
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError):
        return None
    except (ExpatError, plistlib.InvalidFileException, OverflowError):
        return None


def _info_plist(found: Any) -> Identity:  # noqa: ANN401 - whatever a file holds
    return Identity(
        app_id=str(found["CFBundleIdentifier"]),
        version=_text(found.get("CFBundleShortVersionString")),
        build=_text(found.get("CFBundleVersion")),
    )


def _output_metadata(found: Any) -> Identity:  # noqa: ANN401 - whatever a file holds
    element = found["elements"][0]
    return Identity(
        app_id=str(found["applicationId"]),
        version=_text(element.get("versionName")),
        build=_text(element.get("versionCode")),
    )


def _version_json(found: Any) -> Identity:  # noqa: ANN401 - whatever a file holds
    return Identity(
        app_id=str(found.get("package_name") or found["app_name"]),
        version=_text(found.get("version")),
        build=_text(found.get("build_number")),
    )


def _text(value: object) -> str | None:
    return str(value) if value is not None and str(value) else None
