"""Whether a file is a report that an earlier run wrote, so that a new one may replace it."""

import json


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
            return _svg_frame(existing) == _svg_frame(text)
        old, new = json.loads(existing), json.loads(text)
    except (ValueError, RecursionError):
        return False
    return isinstance(old, dict) and old.keys() == new.keys() and _tool_of(old) == _tool_of(new)


def _svg_frame(picture: str) -> tuple[str, str]:
    """Return the first line of a picture, and its style."""
    style = picture.partition("<style>")[2].partition("</style>")[0]
    return picture.partition("\n")[0], style


def _tool_of(report: dict[str, object]) -> object:
    """Return the name of the tool of a SARIF report; None for any other."""
    match report:
        case {"runs": [{"tool": {"driver": {"name": name}}}, *_]}:
            return name
        case _:
            return None
