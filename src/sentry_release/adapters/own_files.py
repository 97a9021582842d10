"""Files that only this action writes: it replaces what it wrote before, and nothing else."""

import json
from collections.abc import Mapping
from functools import partial
from hashlib import sha256
from pathlib import PurePosixPath
from typing import Any

from sentry_release.adapters.workspace import Workspace

_RECORD = ".sentry-release.json"
_LIMIT = 64 * 1024  # bytes
_KEPT = 2  # hashes of a file: the new content, and the one before


def write_own_files(workspace: Workspace, folder: PurePosixPath, files: Mapping[str, str]) -> None:
    """
    Write the files (path in the folder -> text), and replace those that this action wrote before.

    A file that a user made or changed is never replaced. The hashes are stored first, so that a
    job that is cancelled halfway does not leave files that count as a user's.

    Raises:
        WorkflowError: A path is outside the workspace, or a file must not be replaced.
        ProjectError: The stored hashes cannot be read.
    """
    known = _read_record(workspace, folder)
    record = {
        path: [_compute_hash(text.encode()), *known.get(path, [])][:_KEPT]
        for path, text in files.items()
    }
    workspace.write(
        folder / _RECORD,
        json.dumps({"files": record}, indent=2, sort_keys=True) + "\n",
        is_own_content=lambda content: _parse_record(content) is not None,
    )
    for path, text in files.items():
        accepted = frozenset((*known.get(path, []), *record[path]))
        workspace.write(folder / path, text, is_own_content=partial(_is_one_of, accepted))


def _is_one_of(accepted: frozenset[str], content: bytes) -> bool:
    return _compute_hash(content) in accepted


def _read_record(workspace: Workspace, folder: PurePosixPath) -> dict[str, list[str]]:
    content = workspace.read_bytes(folder / _RECORD, limit=_LIMIT)
    return (_parse_record(content) if content is not None else None) or {}


def _parse_record(content: bytes) -> dict[str, list[str]] | None:
    """Return the hashes by path; None if another program wrote this content."""
    try:
        data: Any = json.loads(content)
        return {str(path): [str(one) for one in hashes] for path, hashes in data["files"].items()}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def _compute_hash(content: bytes) -> str:
    return sha256(content).hexdigest()


def is_own_report(content: bytes, text: str) -> bool:
    """
    Return whether an existing file has the form of the report that is to replace it.

    A JSON report has the same keys, one for code scanning also the same tool; a picture has the
    same size and style.

    Args:
        content: The existing file.
        text: The new report: a JSON object, or SVG.
    """
    if not content.strip():
        return True
    try:
        existing = content.decode()
        if text.startswith("<"):
            return _find_svg_frame(existing) == _find_svg_frame(text)
        old, new = json.loads(existing), json.loads(text)
    except (ValueError, RecursionError):
        return False
    return isinstance(old, dict) and old.keys() == new.keys() and _find_tool(old) == _find_tool(new)


def _find_svg_frame(picture: str) -> tuple[str, str]:
    """Return the first line of a picture, and its style."""
    style = picture.partition("<style>")[2].partition("</style>")[0]
    return picture.partition("\n")[0], style


def _find_tool(report: dict[str, object]) -> object:
    """Return the name of the tool of a SARIF report; None for any other."""
    match report:
        case {"runs": [{"tool": {"driver": {"name": name}}}, *_]}:
            return name
        case _:
            return None
