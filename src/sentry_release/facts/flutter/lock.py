"""pubspec.lock text -> which version of a package pub resolved."""

from sentry_release.flutter.yaml_document import parse_pub_yaml
from sentry_release.words.errors import ProjectError

NAME = "pubspec.lock"
MAX_BYTES = 4 * 1024 * 1024


def find_locked_version(text: str, package: str) -> str | None:
    """
    The version that the lock holds a package at; None where it holds none, or cannot be read.

    Source: dart-lang/pub, lib/src/lock_file.dart
    """
    try:
        found = parse_pub_yaml(text, NAME)
    except ProjectError:
        return None
    return found.at("packages", package, "version").text
