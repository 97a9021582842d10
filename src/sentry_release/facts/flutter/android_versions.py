"""Build name and number -> the versionName and versionCode that Flutter hands to Gradle."""

from sentry_release.facts.flutter.gradle_values import FromFlutter

MAX_VERSION_CODE = 2**31 - 1
"""What a versionCode may be at most: it is an int of Java."""

_DART_INT = 2**63 - 1


def compute_version_code(
    source: FromFlutter, *, build_name: str | None, build_number: str | None
) -> str | None:
    """
    Give what Flutter writes to local.properties, or what the script takes where that is nothing.

    A name stays as it is; of a number the digits count, and it is at least 1.

    Source: flutter_tools, lib/src/build_info.dart (validatedBuildNameForPlatform,
    validatedBuildNumberForPlatform) and lib/src/android/gradle_utils.dart (updateLocalProperties)
    """
    if source.key == "versionName":
        return build_name if build_name is not None else source.default
    return _parse_code(build_number) if build_number is not None else source.default


def _parse_code(build_number: str) -> str:
    digits = "".join(one for one in build_number if one in "0123456789").lstrip("0")
    # Dart reads no number beyond 64 bits, and Flutter takes what is none for 0.
    known = digits and len(digits) <= len(str(_DART_INT)) and int(digits) <= _DART_INT
    return digits if known else "1"
