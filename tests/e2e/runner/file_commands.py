"""The files an action writes to (GITHUB_OUTPUT, GITHUB_ENV, GITHUB_STATE, …) -> what they say."""

import re
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path

SUMMARY_LIMIT = 1024 * 1024  # bytes: FCM:223

# key of the github context -> how the file's name starts: FCM:129, 163, 226, 298, 331
_PREFIXES = {
    "env": "set_env_",
    "output": "set_output_",
    "state": "save_state_",
    "path": "add_path_",
    "step_summary": "step_summary_",
    "artifacts": "artifacts_",
    "artifacts_list": "artifacts_list_",
}


class MalformedError(ValueError):
    """A line the runner does not understand; it fails the step."""


def fresh(folder: Path) -> Mapping[str, Path]:
    """New, empty files for one stage, by their keys in the github context (FCM:45)."""
    suffix = str(uuid.uuid4())
    files = {key: folder / f"{prefix}{suffix}" for key, prefix in _PREFIXES.items()}
    for file in files.values():
        file.touch()
    return files


def entries(content: bytes) -> Iterator[tuple[str, str]]:
    """
    The `NAME=VALUE` and `NAME<<DELIMITER` entries, one by one: those before a bad line still count.

    Raises:
        MalformedError: On reaching the bad line, in the runner's words.

    Source: FCM:364-446 and, for the ends of lines, FCM:462-495: on Linux only LF ends a line, so
        a CR stays in the value.
    """
    lines = re.findall(r"[^\n]*\n|[^\n]+", content.decode("utf-8-sig", "replace"))
    while lines:
        line = lines.pop(0).removesuffix("\n")
        equals, heredoc = line.find("="), line.find("<<")
        if not line:
            continue
        if equals >= 0 and (heredoc < 0 or equals < heredoc):
            name, _, value = line.partition("=")
            yield name, value
        elif heredoc >= 0:
            name, _, delimiter = line.partition("<<")
            if not name or not delimiter:
                raise MalformedError(
                    f"Invalid format '{line}'. "
                    "Name must not be empty and delimiter must not be empty"
                )
            yield name, _until(delimiter, lines)
        else:
            raise MalformedError(f"Invalid format '{line}'")


def _until(delimiter: str, lines: list[str]) -> str:
    """The lines before the delimiter, which is taken off, too."""
    value: list[str] = []
    while lines:
        line = lines.pop(0)
        if line.removesuffix("\n") == delimiter:
            return "".join(value).removesuffix("\n")
        if not line.endswith("\n"):
            raise MalformedError("Invalid value. EOF marker missing new line.")
        value.append(line)
    raise MalformedError(f"Invalid value. Matching delimiter not found '{delimiter}'")


def folders(content: bytes) -> tuple[str, ...]:
    """The lines of GITHUB_PATH; empty ones do not count (FCM:129-160)."""
    return tuple(filter(None, content.decode("utf-8-sig", "replace").splitlines()))
