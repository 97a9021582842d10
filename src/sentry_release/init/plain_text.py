"""Text of the project that may be written into a workflow: it cannot be anything but a name."""

import re

from sentry_release.errors import ProjectError

_PLAIN = re.compile(r"[A-Za-z0-9_.][A-Za-z0-9_./@-]*")
_MAX_SHOWN = 80  # characters


def is_plain(text: str) -> bool:
    """
    Return whether a text is safe in YAML, in an expression of GitHub's and in a shell.

    >>> is_plain("apps/shop"), is_plain("${{ x }}"), is_plain("a b"), is_plain("-x"), is_plain("")
    (True, False, False, False, False)
    """
    return bool(_PLAIN.fullmatch(text))


def require_plain(text: str, what: str) -> str:
    """
    Return the text.

    Args:
        text: A name or a path of the project.
        what: What it is, for the message.

    Raises:
        ProjectError: It could mean more than a name in a workflow.
    """
    if is_plain(text):
        return text
    raise ProjectError(
        f"The {what} {text[:_MAX_SHOWN]!r} cannot be written into a workflow.",
        reason="Only letters, digits and `_ . / @ -` mean the same in YAML, in an expression and "
        "in a shell.",
        hint="Rename it, or write the workflow by hand.",
    )
