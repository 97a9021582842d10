"""Every text that the program may say, as its source has it, with dots for what is filled in."""

import ast
import re
from collections.abc import Iterator
from functools import cache

from job import ROOT

_HOLE = re.compile(r"\{\w*\}")  # of str.format
_SCRIPT = re.compile(r"'([^'\n]*)'|\"([^\"\n]*)\"")


@cache
def messages() -> tuple[str, ...]:
    """The texts of the sources; docstrings are none, and marks of code are left out."""
    found: list[str] = []
    for path in sorted(ROOT.glob("src/**/*.py")):
        found += _texts(ast.parse(path.read_text()))
    for path in sorted(ROOT.glob("host/*.js")):
        found += [one or other for one, other in _SCRIPT.findall(path.read_text())]
    return tuple(text.replace("`", "") for text in found)


def is_message_in_source(message: str) -> bool:
    """Whether one of the texts holds this message; its dots stand for anything on one line."""
    parts = [re.escape(part) for part in message.replace("`", "").split("…")]
    pattern = re.compile(r"[^\n]*".join(parts))
    return any(pattern.search(text) for text in messages())


def _texts(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr):
            node.value = ast.Constant(None) if _is_text(node.value) else node.value
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            pieces = (one.value if isinstance(one, ast.Constant) else "…" for one in node.values)
            yield "".join(map(str, pieces))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield _HOLE.sub("…", node.value)


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)
