"""The two halves of a version -> what `flutter build` makes of them for a platform that keeps them."""

import re
from dataclasses import dataclass

_WINDOWS_DEFAULT = "1.0.0"
_PUB_VERSION = re.compile(
    r"[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?(\+[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionFlags:
    """--build-name and --build-number as given to `flutter build`; None when they are not."""

    name: str | None = None
    number: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AppVersion:
    """
    What the pubspec says, and what the flags override.

    Source: flutter_tools, lib/src/build_info.dart and lib/src/cmake.dart
    """

    pubspec_name: str | None
    pubspec_number: str | None
    flags: VersionFlags

    @property
    def name(self) -> str | None:
        """The version before the `+`."""
        return self.flags.name or self.pubspec_name

    @property
    def number(self) -> str | None:
        """The build number."""
        return self.flags.number or self.pubspec_number

    @property
    def is_of_pubspec(self) -> bool:
        """Whether the flags change nothing."""
        return (self.name, self.number) == (self.pubspec_name, self.pubspec_number)

    @property
    def get_windows_version(self) -> tuple[str, str | None]:
        """
        Both halves for Windows, where a name by flag drops the number of the pubspec.

        What is no version to pub counts as 1.0.0 there.
        Source: flutter_tools, lib/src/cmake.dart, _determineVersionString and _determineVersion
        """
        name = self.name or _WINDOWS_DEFAULT
        number = self.flags.number if self.flags.name else self.number
        if not _PUB_VERSION.fullmatch(f"{name}+{number}" if number else name):
            return _WINDOWS_DEFAULT, None
        return name, number
