"""The two halves of a version -> what `flutter build` makes of them for a platform that keeps them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Flags:
    """--build-name and --build-number as given to `flutter build`; None when they are not."""

    name: str | None = None
    number: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """
    What the pubspec says, and what the flags override.

    Source: flutter_tools, lib/src/build_info.dart and lib/src/cmake.dart
    """

    pubspec_name: str | None
    pubspec_number: str | None
    flags: Flags

    @property
    def name(self) -> str | None:
        """The version before the `+`."""
        return self.flags.name or self.pubspec_name

    @property
    def number(self) -> str | None:
        """The build number."""
        return self.flags.number or self.pubspec_number

    @property
    def windows_number(self) -> str | None:
        """The same for Windows, where a name by flag drops the number of the pubspec."""
        return self.flags.number if self.flags.name else self.number
