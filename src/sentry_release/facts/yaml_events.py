"""YAML text -> the events it consists of, or what is wrong with it."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from sentry_release.words.errors import ProjectError

if TYPE_CHECKING:  # imported where a text is read, which not every phase does
    import yaml

MAX_DEPTH = 100
EMPTY = frozenset({"", "~", "null", "Null", "NULL"})
"""How a plain scalar says that it is nothing."""


def events(text: str, where: str, *, why: str, mend: str) -> "Iterator[yaml.Event]":
    """
    The events, in order; every scalar is a text.

    Args:
        text: The whole file.
        where: The path to name in messages.
        why: What the file was wanted for.
        mend: What to do when it cannot be read.

    Raises:
        ProjectError: It is no YAML.
    """
    import yaml  # noqa: PLC0415 - see above

    try:
        yield from yaml.parse(text, Loader=getattr(yaml, "CBaseLoader", yaml.BaseLoader))
    except (yaml.YAMLError, UnicodeError) as error:
        mark = getattr(error, "problem_mark", None)
        at = f" at line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        problem = getattr(error, "problem", None) or "it cannot be read"
        what = f"{where} is no valid YAML{at}: {problem}."
        raise ProjectError(what, why=why, mend=mend) from error


def too_deep(where: str, why: str) -> ProjectError:
    """What to say of a file whose nesting has passed MAX_DEPTH."""
    what = f"{where} is nested more than {MAX_DEPTH} levels deep."
    return ProjectError(what, why=why, mend="Restore the file.")
