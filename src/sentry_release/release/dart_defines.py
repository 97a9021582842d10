"""A release as dart-defines, in the formats of Flutter and Gradle, and as lines for a shell."""

import base64
import json
import shlex
from collections.abc import Mapping

from sentry_release.errors import WorkflowError
from sentry_release.model.foreign_text import parse_json
from sentry_release.model.release import DIST_DEFINE, ENVIRONMENT_DEFINE, RELEASE_DEFINE, Release

_KEYS = {RELEASE_DEFINE, DIST_DEFINE, ENVIRONMENT_DEFINE, "SENTRY_DSN"}
_PADDING = ("SENTRY_DEFINES_PADDING", "on")  # together no multiple of three bytes
_GROUP = 3  # base64 turns three bytes into four characters, and pads where bytes are missing
_SPECIAL_IN_DOUBLE_QUOTES = frozenset('"$`\\!')


def build_dart_defines(
    release: Release, *, environment: str | None, dsn: str | None
) -> Mapping[str, str]:
    """
    Return the dart-defines that the Sentry SDK reads, without those that have no value.

    An empty dart-define would hide the defaults of the SDK, so there is never one.
    Source: sentry-dart, packages/dart/lib/src/environment/keys.dart
    """
    values = {
        RELEASE_DEFINE: release.name,
        DIST_DEFINE: release.dist,
        ENVIRONMENT_DEFINE: environment,
        "SENTRY_DSN": dsn,
    }
    return {key: value for key, value in values.items() if value}


def to_json_file(values: Mapping[str, str]) -> str:
    """
    Return the text for `--dart-define-from-file`: JSON of strings, as Flutter prints other values.

    Source: flutter_tools, lib/src/runner/flutter_command.dart
    """
    return json.dumps(values, indent=2, ensure_ascii=False) + "\n"


def is_own_file(content: bytes) -> bool:
    """
    Return whether `to_json_file` wrote this content, so that the file may be replaced.

    It then has only keys of `build_dart_defines`, at least one besides the DSN, which a user may
    have written, and exactly that format.
    """
    try:
        values = parse_json(content)
        return (
            isinstance(values, dict)
            and bool(values.keys() - {"SENTRY_DSN"})
            and values.keys() <= _KEYS
            and all(isinstance(value, str) for value in values.values())
            and to_json_file(values).encode() == content
        )
    except ValueError:
        return False


def to_arguments(values: Mapping[str, str]) -> str:
    """Return the `--dart-define=` arguments, each quoted for a POSIX shell."""
    return " ".join(shlex.quote(f"--dart-define={key}={value}") for key, value in values.items())


def to_gradle_base64(values: Mapping[str, str]) -> str:
    """
    Return the value of Gradle's `-Pdart-defines=`: each dart-define in base64, joined with commas.

    Flutter 3.38 treats a list without any `=` as unencoded and stops; so if no dart-define needs
    padding, one that does is added.
    Source: https://github.com/flutter/flutter/issues/178452
    """
    texts = [f"{key}={value}".encode() for key, value in values.items()]
    if all(len(text) % _GROUP == 0 for text in texts):
        texts.append("=".join(_PADDING).encode())
    return ",".join(base64.b64encode(text).decode() for text in texts)


def format_env_lines(values: Mapping[str, str]) -> str:
    """
    Return `export NAME='value'` lines whose values mean the same to a shell and in a .env file.

    Shells and .env parsers agree on text in single quotes without quotes and backslashes;
    python-dotenv replaces `${NAME}` even there. A value whose only special characters are single
    quotes is put in double quotes.

    Raises:
        WorkflowError: A value cannot be written for both.

    Source: https://github.com/theskumar/python-dotenv/blob/main/src/dotenv/parser.py
    """
    return "\n".join(f"export {name}={_quote(name, value)}" for name, value in values.items())


def _quote(name: str, value: str) -> str:
    if value.isprintable() and "${" not in value and "\\" not in value:
        if "'" not in value:
            return f"'{value}'"
        if not _SPECIAL_IN_DOUBLE_QUOTES & set(value):
            return f'"{value}"'
    raise WorkflowError(
        f"{name} is {value[:80]!r}, which cannot be quoted for shells and .env files alike.",
        reason="It contains a backslash, `${`, or quotes together with other special characters.",
        hint="Use `--json`, or choose another name.",
    )
