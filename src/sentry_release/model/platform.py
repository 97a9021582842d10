"""The platforms that Flutter builds for."""

from enum import StrEnum


class Platform(StrEnum):
    """The target platforms of Flutter; each value is the name of its folder."""

    ANDROID = "android"
    IOS = "ios"
    MACOS = "macos"
    WINDOWS = "windows"
    LINUX = "linux"
    WEB = "web"
