"""Files of a folder that only this action writes: it remembers the hashes of what it wrote."""

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
