"""The version of an app, with the overrides of `flutter build`."""

import re
from dataclasses import dataclass

from sentry_release.flutter.gradle.settings import FromFlutter

MAX_VERSION_CODE = 2**31 - 1
"""The largest versionCode: it is an int in Java."""
_DART_INT = 2**63 - 1
_WINDOWS_DEFAULT = "1.0.0"
_PUB_VERSION = re.compile(
    r"[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?(\+[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?"
)


def compute_version_code(
    source: FromFlutter, *, build_name: str | None, build_number: str | None
) -> str | None:
    """
    Return the value that Flutter writes to local.properties, or the script's default without one.

    A name is unchanged; a number is reduced to its digits and is at least 1.

    Source: flutter_tools, lib/src/build_info.dart (validatedBuildNameForPlatform,
    validatedBuildNumberForPlatform) and lib/src/android/gradle_utils.dart (updateLocalProperties)
    """
    if source.key == "versionName":
        return build_name if build_name is not None else source.default
    return _parse_code(build_number) if build_number is not None else source.default


def _parse_code(build_number: str) -> str:
    digits = "".join(one for one in build_number if one in "0123456789").lstrip("0")
    # Dart parses no number beyond 64 bits, and Flutter uses 0 for what does not parse.
    known = digits and len(digits) <= len(str(_DART_INT)) and int(digits) <= _DART_INT
    return digits if known else "1"


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionFlags:
    """--build-name and --build-number as given to `flutter build`; None when they are not."""

    name: str | None = None
    number: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AppVersion:
    """
    The version of the pubspec and the flags that override it.

    Source: flutter_tools, lib/src/build_info.dart and lib/src/cmake.dart
    """

    pubspec_name: str | None
    pubspec_number: str | None
    flags: VersionFlags

    @property
    def name(self) -> str | None:
        """Return the version before the `+`."""
        return self.flags.name or self.pubspec_name

    @property
    def number(self) -> str | None:
        """Return the build number."""
        return self.flags.number or self.pubspec_number

    @property
    def is_of_pubspec(self) -> bool:
        """Return whether no flag overrides the pubspec."""
        return (self.name, self.number) == (self.pubspec_name, self.pubspec_number)

    @property
    def windows_version(self) -> tuple[str, str | None]:
        """
        Return name and number for Windows, where `--build-name` drops the pubspec's build number.

        What is no version to pub counts as 1.0.0 there.
        Source: flutter_tools, lib/src/cmake.dart, _determineVersionString and _determineVersion
        """
        name = self.name or _WINDOWS_DEFAULT
        number = self.flags.number if self.flags.name else self.number
        if not _PUB_VERSION.fullmatch(f"{name}+{number}" if number else name):
            return _WINDOWS_DEFAULT, None
        return name, number
