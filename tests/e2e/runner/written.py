"""What a stage leaves behind in its files -> what the runner takes from them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from .console import Console
from .file_commands import SUMMARY_LIMIT, MalformedError, entries, folders
from .masks import Masks


@dataclass(slots=True, kw_only=True)
class Written:
    """What one stage has set in the runner, by file or by the old commands in its output."""

    outputs: dict[str, str] = field(default_factory=dict)
    env: dict[str, str] = field(default_factory=dict)
    state: dict[str, str] = field(default_factory=dict)
    path: tuple[str, ...] = ()
    summary: str = ""


def written(files: Mapping[str, Path], console: Console, masks: Masks) -> Written:
    """
    All that stands in the files of a stage; they are read even when it failed (AR:280).

    A malformed file fails the step, and what stands before the bad line counts (FCM:75-90).
    """
    result = Written(outputs=dict(console.outputs), state=dict(console.state))
    result.path = folders(_content(files["path"]))
    for name, value in _entries("env", files, console):
        if name.upper() == "NODE_OPTIONS":  # FCM:172-218: refused, but the step lives
            reason = "Can't store NODE_OPTIONS output parameter using '$GITHUB_ENV' command."
            console.issue("error", reason)
        else:
            result.env[name] = value
    for name, value in _entries("output", files, console):
        if not name:  # EC:702
            _refuse("output", "Value cannot be null or empty. (Parameter 'name')", console)
            break
        result.outputs[name] = value
    result.state |= dict(_entries("state", files, console))
    result.summary = _summary(_content(files["step_summary"]), console, masks)
    return result


def _content(file: Path) -> bytes:
    return file.read_bytes() if file.exists() else b""


def _entries(key: str, files: Mapping[str, Path], console: Console) -> Iterator[tuple[str, str]]:
    try:
        yield from entries(_content(files[key]))
    except MalformedError as error:
        _refuse(key, str(error), console)


def _refuse(key: str, reason: str, console: Console) -> None:
    console.fail(f"Unable to process file command '{key}' successfully.", reason)


def _summary(content: bytes, console: Console, masks: Masks) -> str:
    """Masked line by line; one that is too large is an error, but fails nothing (FCM:223, 247)."""
    if len(content) > SUMMARY_LIMIT:
        size, max_count = len(content) // 1024, SUMMARY_LIMIT // 1024
        console.issue(
            "error",
            "$GITHUB_STEP_SUMMARY upload aborted, supports content up to a size of "
            f"{max_count}k, got {size}k.",
        )
        return ""
    lines = content.decode("utf-8", "replace").splitlines(keepends=True)
    return "".join(masks.applied(line) for line in lines)
