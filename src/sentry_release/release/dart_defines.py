"""Release -> the forms in which a build and later steps take it over."""

import base64
import json
import shlex
from collections.abc import Mapping

from sentry_release.model.release import Release

_KEYS = {"SENTRY_RELEASE", "SENTRY_DIST", "SENTRY_ENVIRONMENT", "SENTRY_DSN"}
_PADDING = ("SENTRY_DEFINES_PADDING", "on")  # together no multiple of three bytes
_GROUP = 3  # base64 turns three bytes into four characters, and pads where bytes are missing


def build_dart_defines(
    release: Release, *, environment: str | None, dsn: str | None
) -> Mapping[str, str]:
    """
    The dart-defines that the Sentry SDK reads; what has no value is left out.

    An empty define would hide every default of the SDK, so there never is one.
    Source: sentry-dart, packages/dart/lib/src/environment/keys.dart
    """
    values = {
        "SENTRY_RELEASE": release.name,
        "SENTRY_DIST": release.dist,
        "SENTRY_ENVIRONMENT": environment,
        "SENTRY_DSN": dsn,
    }
    return {key: value for key, value in values.items() if value}


def to_json_file(values: Mapping[str, str]) -> str:
    """
    The text for `--dart-define-from-file`: JSON of strings, since Flutter prints what is not one.

    Source: flutter_tools, lib/src/runner/flutter_command.dart
    """
    return json.dumps(values, indent=2, ensure_ascii=False) + "\n"


def is_own_file(content: bytes) -> bool:
    """
    Whether `to_json_file` has written a file, so that it may be written anew.

    It has no other key than `build_dart_defines` gives, one of them besides the DSN, which a user may have
    written, and exactly that form.
    """
    try:
        values = json.loads(content)
        return (
            isinstance(values, dict)
            and bool(values.keys() - {"SENTRY_DSN"})
            and values.keys() <= _KEYS
            and all(isinstance(value, str) for value in values.values())
            and to_json_file(values).encode() == content
        )
    except (ValueError, RecursionError):
        return False


def to_arguments(values: Mapping[str, str]) -> str:
    """The `--dart-define=` arguments, each quoted for a POSIX shell."""
    return " ".join(shlex.quote(f"--dart-define={key}={value}") for key, value in values.items())


def to_gradle_base64(values: Mapping[str, str]) -> str:
    """
    The value of Gradle's `-Pdart-defines=`: each define in base64, joined with commas.

    Flutter 3.38 takes a list without any `=` for one that is not encoded and stops; so where
    no define happens to need padding, one that does is added.
    Source: https://github.com/flutter/flutter/issues/178452
    """
    texts = [f"{key}={value}".encode() for key, value in values.items()]
    if all(len(text) % _GROUP == 0 for text in texts):
        texts.append("=".join(_PADDING).encode())
    return ",".join(base64.b64encode(text).decode() for text in texts)
