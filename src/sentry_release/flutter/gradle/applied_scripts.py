"""Gradle scripts that another one applies by their path, read as a part of it."""

import posixpath
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import PurePosixPath

from sentry_release.flutter.gradle.gradle_lexer import GradleSyntaxError
from sentry_release.flutter.gradle.parser import GradleScript, Statement, parse_gradle
from sentry_release.model.platform import ReadFile

_LITERAL = re.compile(
    r"(?:apply\s*+(?:\(\s*+)?from\s*+[:=]|from\s*+\(?)\s*+[\"']"
    r"(?P<root>\$\{?(?:rootDir|rootProject\.projectDir)\}?/)?+"
    r"(?P<path>[\w./-]{1,200}\.gradle(?:\.kts)?)[\"']\s*+\)?"
)
_ROOT = "android"  # the folder of the root project, in which that of the app is `app`
_MAX_SCRIPTS = 5  # that one script applies
_MAX_DEPTH = 3  # scripts that apply scripts


def include_applied_scripts(
    script: GradleScript, read: ReadFile, *, depth: int = 0
) -> GradleScript:
    """
    Return the script with the statements of the scripts that it applies by a literal path.

    Such a script configures the same `android` block; flutter_flavorizr keeps all flavors in one.
    What is applied before the `android` block is put before the script, everything else behind.

    Args:
        script: The build script of the app.
        read: Reads files below the app's folder.
        depth: The number of scripts that led to this one.

    Raises:
        GradleSyntaxError: An applied script cannot be parsed or does not exist, or there are too
            many.

    Source: Gradle user manual, Script plugins · https://pub.dev/packages/flutter_flavorizr
    """
    android = next((one.offset for one in script.statements if one.path[:1] == (_ROOT,)), 0)
    applied = list(_list_applied(script))
    if len(applied) > _MAX_SCRIPTS or (applied and depth == _MAX_DEPTH):
        raise GradleSyntaxError("it applies too many scripts")
    joined = script
    for statement, path in applied:
        data = read(path)
        if data is None:
            raise GradleSyntaxError(f"it applies {path.name}, which does not exist")
        part = parse_gradle(data, file=str(path))
        part = include_applied_scripts(part, read, depth=depth + 1)
        joined = _join(part, joined) if statement.offset < android else _join(joined, part)
    return replace(joined, file=script.file)


def get_applied_path(statement: Statement) -> PurePosixPath | None:
    """
    Return the path of the script that a statement applies; None if it is not a literal.

    Gradle resolves it from the folder of the app's project, whichever script applies it.
    """
    found = _LITERAL.fullmatch(statement.source) if not statement.path else None
    if found is None:
        return None
    folder = _ROOT if found["root"] else f"{_ROOT}/app"
    path = posixpath.normpath(f"{folder}/{found['path']}")
    return None if path.startswith("..") else PurePosixPath(path)


def _list_applied(script: GradleScript) -> Iterator[tuple[Statement, PurePosixPath]]:
    for statement in script.statements:
        path = get_applied_path(statement)
        if path is not None:
            yield statement, path


def _join(first: GradleScript, second: GradleScript) -> GradleScript:
    start = len(first.text) + 1
    return GradleScript(
        text=f"{first.text}\n{second.text}",
        code=f"{first.code}\n{second.code}",
        file=first.file,
        statements=(
            *first.statements,
            *(replace(one, offset=one.offset + start) for one in second.statements),
        ),
        sections=(
            *first.sections,
            *(replace(one, start=one.start + start) for one in second.sections),
        ),
    )
