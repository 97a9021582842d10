"""Format variables as lines for a shell and for a .env file."""

from collections.abc import Mapping

from sentry_release.errors import WorkflowError

_SPECIAL_IN_DOUBLE_QUOTES = frozenset('"$`\\!')


def format_env_lines(values: Mapping[str, str]) -> str:
    """
    Return `export NAME='value'` lines whose values mean the same to a shell and in a .env file.

    Shells and .env parsers agree on text in single quotes without quotes and backslashes;
    python-dotenv replaces `${NAME}` even there. A value whose only special characters are single
    quotes is put in double quotes.

    Raises:
        WorkflowError: A value cannot be written for both.

    Source: https://github.com/theskumar/python-dotenv/blob/main/src/dotenv/parser.py
    """
    return "\n".join(f"export {name}={_quote(name, value)}" for name, value in values.items())


def _quote(name: str, value: str) -> str:
    if value.isprintable() and "${" not in value and "\\" not in value:
        if "'" not in value:
            return f"'{value}'"
        if not _SPECIAL_IN_DOUBLE_QUOTES & set(value):
            return f'"{value}"'
    raise WorkflowError(
        f"{name} is {value[:80]!r}, which cannot be quoted for shells and .env files alike.",
        reason="It contains a backslash, `${`, or quotes together with other special characters.",
        hint="Use `--json`, or choose another name.",
    )
