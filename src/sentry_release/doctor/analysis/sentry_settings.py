"""Reads the settings files of sentry-cli and sentry_dart_plugin, and recognizes auth tokens."""

import re
from configparser import ConfigParser
from configparser import Error as IniError

CLI_FILE = ".sentryclirc"
"""The settings of sentry-cli, which it looks up from the current folder upwards."""
PROPERTIES_FILE = "sentry.properties"
"""The settings of sentry_dart_plugin, next to pubspec.yaml."""

# Source: https://docs.sentry.io/account/auth-tokens/
_TOKEN = re.compile(
    r"(?<![\w+/])sntry(?:s_[\w+/=-]{60,}|u_[0-9a-f]{64})(?![\w+/=])"
    r"|\b(?:auth[_.]token|token)[\"']?[ \t]*[:=][ \t]*[\"']?(?P<legacy>[0-9a-f]{64})(?![\w+/=])"
)
_EXAMPLE = re.compile(r"(?i)example|dummy|your|(.)\1{11}")


def read_url(text: str) -> str | None:
    """
    Return the url in a .sentryclirc; None without one, or if the file is invalid.

    Source: https://docs.sentry.io/cli/configuration/
    """
    parser = ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(text)
    except IniError:
        return None
    return parser.get("defaults", "url", fallback=None)


def contains_token(text: str) -> bool:
    """
    Return whether a line contains an auth token of Sentry, except one that is clearly an example.

    >>> contains_token("auth_token: ${SENTRY_AUTH_TOKEN}")
    False
    """
    found = _TOKEN.search(text)
    return found is not None and not _EXAMPLE.search(found[0])
