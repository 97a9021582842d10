"""Fields of request bodies, with Sentry's own error messages."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

Reader = Callable[[object], Any]

_TIME = re.compile(
    r"\d{4}-\d{1,2}-\d{1,2}[T ]\d{1,2}:\d{1,2}(?::\d{1,2}(?:\.\d{1,6}\d{0,6})?)?"
    r"(?:Z|[+-]\d{2}(?::?\d{2})?)?"
)
_WRONG_TIME = (
    "Datetime has wrong format. Use one of these formats instead: "
    "YYYY-MM-DDThh:mm[:ss[.uuuuuu]][+HH:MM|-HH:MM|Z]."
)
_URL = re.compile(
    r"(?i:https?|ftps?)://(?:[^\s:@/]+(?::[^\s:@/]*)?@)?"
    r"(?:\d{1,3}(?:\.\d{1,3}){3}|\[[0-9a-f:.]+\]|localhost"
    r"|(?:[^\W_](?:(?:[^\W_]|-){0,61}[^\W_])?\.)+(?:[^\W\d_]{2,63}|xn--[\w-]{1,59})\.?)"
    r"(?::\d{2,5})?(?:[/?#]\S*)?",
    re.IGNORECASE,
)


class Invalid(Exception):  # noqa: N818 - the field's own word for it
    """A value is invalid; `errors` is the body of the 400 response."""

    def __init__(self, errors: object) -> None:
        super().__init__(errors)
        self.errors = errors


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """How a field is parsed, and whether it may be missing or null."""

    read: Reader
    required: bool = False
    null: bool = False


def text(
    limit: int | None = None, *, blank: bool = False, trim: bool = True, check: Reader | None = None
) -> Reader:
    """Return a parser of text of at most `limit` characters; numbers become text."""

    def read(value: object) -> object:
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise Invalid(["Not a valid string."])
        result = str(value).strip() if trim else str(value)
        if not result:
            if blank:
                return ""
            raise Invalid(["This field may not be blank."])
        errors = []
        if limit is not None and len(result) > limit:
            errors.append(f"Ensure this field has no more than {limit} characters.")
        if "\0" in result:
            errors.append("Null characters are not allowed.")
        if errors:
            raise Invalid(errors)
        return check(result) if check else result

    return read


def url(value: object) -> object:
    """Parse a URL or an empty text; as in Sentry, its length is not checked."""
    result = text(blank=True)(value)
    if result and not _URL.fullmatch(result):
        raise Invalid(["Enter a valid URL."])
    return result


def time(value: object) -> datetime:
    """Parse a time; UTC without a zone, truncated to microseconds."""
    if not isinstance(value, str) or not _TIME.fullmatch(value):
        raise Invalid([_WRONG_TIME])
    try:
        found = datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", value))
    except ValueError:
        raise Invalid([_WRONG_TIME]) from None
    return found.replace(tzinfo=found.tzinfo or UTC).astimezone(UTC)


def listing(child: Reader | None = None) -> Reader:
    """Return a parser of lists, which reports the first invalid element."""

    def read(value: object) -> object:
        if not isinstance(value, list):
            raise Invalid([f'Expected a list of items but got type "{type(value).__name__}".'])
        return [_present(child, item) if child else item for item in value]

    return read


def _present(child: Reader, item: object) -> object:
    if item is None:
        raise Invalid(["This field may not be null."])
    return child(item)


def form(fields: Mapping[str, Field]) -> Reader:
    """Return a parser of objects with these fields; others are ignored."""

    def read(value: object) -> object:
        if value is None:
            raise Invalid({"non_field_errors": ["No data provided"]})
        if not isinstance(value, dict):
            kind = type(value).__name__
            reason = f"Invalid data. Expected a dictionary, but got {kind}."
            raise Invalid({"non_field_errors": [reason]})
        errors: dict[str, object] = {}
        clean: dict[str, object] = {}
        for name, field in fields.items():
            try:
                if name in value:
                    clean[name] = _read(field, value[name])
                elif field.required:
                    raise Invalid(["This field is required."])  # noqa: TRY301 - one way to gather
            except Invalid as refused:
                errors[name] = refused.errors
        if errors:
            raise Invalid(errors)
        return clean

    return read


def _read(field: Field, value: object) -> object:
    if value is None and field.null:
        return None
    return _present(field.read, value)
