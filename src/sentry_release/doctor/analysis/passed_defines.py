"""The Sentry defines that a build passes, in the order in which Flutter lets them win."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from sentry_release.doctor.analysis.release_source import find_define_file, is_action_file
from sentry_release.doctor.app import App
from sentry_release.doctor.ci_files.builds import Build

_REPORTED_KEYS = ("SENTRY_RELEASE", "SENTRY_DIST", "SENTRY_ENVIRONMENT")
"""The defines of this action's file that an app reports."""
_LINE = re.compile(r"[ \t]*(?P<key>[A-Za-z_]\w*)[ \t]*=[ \t]*(?P<value>[^\r\n]*)")
_QUOTED = re.compile(r"(?P<quote>[\"'`])(?P<inner>[^\r\n]*?)(?P=quote)[ \t]*(?:#.*)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class PassedDefine:
    """A define with its value, and where it is: a file of the app, or the line of the build."""

    value: str
    path: PurePosixPath
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PassedDefines:
    """
    The defines of one build by key, without those of this action's file.

    `is_complete` is whether every file could be read, so that an absent key is not passed.
    """

    values: Mapping[str, PassedDefine]
    is_complete: bool


def find_passed_defines(build: Build, app: App) -> PassedDefines:
    """
    Return the defines that reach the app, as far as the files show.

    A later file wins over an earlier one, and `--dart-define` over every file. A file that cannot
    be read may set any key.

    Source: flutter_tools, lib/src/runner/flutter_command.dart (extractDartDefines)
    """
    found: dict[str, PassedDefine] = {}
    is_complete = not build.is_opaque
    for name in build.files:
        if is_action_file(name, build):
            found = {key: value for key, value in found.items() if key not in _REPORTED_KEYS}
            continue
        file = find_define_file(name, build, app)
        values = parse_define_file(file.text) if file else None
        if file is None or values is None:
            found, is_complete = {}, False
            continue
        found |= {
            key: PassedDefine(
                value=value, path=app.folder / file.path, line=_find_line(file.text, key)
            )
            for key, value in values.items()
        }
    found |= {
        one.key: PassedDefine(value=one.value, path=build.step.path, line=build.line)
        for one in build.defines
    }
    return PassedDefines(values=found, is_complete=is_complete)


def parse_define_file(text: str) -> dict[str, str] | None:
    """
    Return the values of a define file, JSON or .env; None if it is neither.

    >>> parse_define_file('{"API": "x", "RETRIES": 3}'), parse_define_file("API='x'  # the server")
    ({'API': 'x', 'RETRIES': '3'}, {'API': 'x'})

    Source: flutter_tools, lib/src/runner/flutter_command.dart
    """
    if text.lstrip().startswith("{"):
        try:
            values = json.loads(text)
        except (ValueError, RecursionError):
            return None
        return {
            key: value if isinstance(value, str) else str(value) for key, value in values.items()
        }
    return {
        found["key"]: _remove_quotes(found["value"])
        for line in text.splitlines()
        if (found := _LINE.match(line))
    }


def _remove_quotes(value: str) -> str:
    quoted = _QUOTED.fullmatch(value.strip())
    return quoted["inner"] if quoted else value.partition("#")[0].strip()


def _find_line(text: str, key: str) -> int:
    return text.count("\n", 0, max(text.find(key), 0)) + 1
