"""Environment -> one of its variables, as a text that every file and every request can hold."""

from collections.abc import Mapping


def read_variable(environ: Mapping[str, str], name: str) -> str | None:
    """
    What is set, trimmed; None where that is nothing.

    Bytes that are no UTF-8, as in a branch that was named in Latin-1, come as halves of
    characters; a question mark stands for each.

    Source: PEP 383
    """
    return environ.get(name, "").strip().encode(errors="replace").decode() or None
