"""Finds scripts that may build the app in languages that the doctor does not parse."""

import re
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

from sentry_release.adapters.file_search import walk_files
from sentry_release.adapters.workspace import Workspace
from sentry_release.dart.imports import join_path
from sentry_release.doctor.app import BuildStep
from sentry_release.errors import ActionError

_ENDS = (".py", ".js", ".mjs", ".cjs", ".ts", ".dart", ".pl", ".go")
_FOLDERS = ("scripts", "script", "ci", ".ci", "tool", "tools", "bin", ".github/scripts", "deploy")
_MAX_BYTES = 256 * 1024
_MAX_FILES = 200
_RUN = re.compile(r"(?<![\w./-])(?P<path>[\w./-]{1,200}\.(?:py|[mc]?js|ts|dart|pl|go))(?![\w./-])")
_BUILDS = re.compile(
    r"\bflutter\b[\"'`,\s\[\]]{1,20}build\b|\bshorebird\b[\"'`,\s\[\]]{1,20}(?:release|patch)\b"
    r"|sentry[-_](?:cli|dart_plugin)|[\"'`]build[\"'`]\s*,\s*[\"'`](?:apk|appbundle|ipa|ios|web|windows|linux|macos)\b"
)


def collect_unread_scripts(
    folder: PurePosixPath, steps: Iterable[BuildStep], workspace: Workspace
) -> dict[PurePosixPath, str]:
    """
    Return the texts of scripts that seem to build the app or to use Sentry's tools, by path.

    These are the scripts that a step runs, and those in the script folders of the app and of the
    folders above it.
    """
    roots = (folder, *folder.parents)
    read = (*_read_named(roots, steps, workspace), *_walk_folders(roots, workspace))
    return {path: text for path, text in read if _BUILDS.search(text)}


def _read_named(
    roots: Iterable[PurePosixPath], steps: Iterable[BuildStep], workspace: Workspace
) -> Iterator[tuple[PurePosixPath, str]]:
    named = {
        match["path"]
        for step in steps
        for command in step.commands
        for match in _RUN.finditer(command.text)
    }
    for name in sorted(named)[:_MAX_FILES]:
        for root in roots:
            path = PurePosixPath(join_path(str(root), name))
            text = _read(path, workspace) if ".." not in path.parts else None
            if text is not None:
                yield path, text


def _walk_folders(
    roots: Iterable[PurePosixPath], workspace: Workspace
) -> Iterator[tuple[PurePosixPath, str]]:
    for root in roots:
        for name in _FOLDERS:
            files = walk_files(workspace, root / name, ends=_ENDS, skip=(), limit=_MAX_BYTES)
            for number, one in enumerate(files):
                if number >= _MAX_FILES:
                    break
                if one.content:
                    yield PurePosixPath(one.path), one.content.decode("utf-8-sig", "replace")


def _read(path: PurePosixPath, workspace: Workspace) -> str | None:
    try:
        return workspace.read_text(path, limit=_MAX_BYTES)
    except ActionError:
        return None
