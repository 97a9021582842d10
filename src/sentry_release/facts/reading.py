"""Environment -> inputs one by one, and a list of all that is wrong with them."""

import re
from collections.abc import Callable, Mapping
from dataclasses import field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import PurePosixPath, PureWindowsPath
from typing import TypeVar, cast

from sentry_release.facts.sentry_links import host_of
from sentry_release.words.errors import WorkflowError

Choice = TypeVar("Choice", bound=StrEnum)
Asked = TypeVar("Asked")

READ = "read"
"""Where a field keeps how it is read."""

_TRUE = {"true", "yes", "on", "1"}
_FALSE = {"false", "no", "off", "0"}
_UNIX_SECONDS = re.compile(r"[0-9]{9,10}")  # up to 2286; Windows knows no year after 3000
_IN_A_HEADER = re.compile(r"[\x21-\x7e]+")
_LOGIN = re.compile(r"(?<=://)[^/?#\s]*@")
_MOST_DIGITS = 18
_LONGEST_ADDRESS = 2000  # characters
_SHOWN = 80  # characters of a wrong value that are worth showing


def asked(read: Callable[["Reader"], Asked], *, secret: bool = False) -> Asked:
    """A field of a dataclass that holds an input, and how that input is read."""
    return cast("Asked", field(metadata={READ: read}, repr=not secret))


class Reader:
    """
    Hands out inputs one by one and remembers what was wrong with them.

    The runner hands input `defines-file` over as variable `INPUT_DEFINES-FILE`, dash and all.
    Source: actions/runner, src/Runner.Worker/Handlers/Handler.cs
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._problems: list[str] = []

    def text(self, name: str, *, env: str | None = None) -> str | None:
        """The input, else the variable `env`, trimmed; None when both are empty."""
        value = self._environ.get(f"INPUT_{name.upper()}", "").strip()
        if not value and env is not None:
            value = self._environ.get(env, "").strip()
        if not _is_unicode(value):
            self._problems.append(f"`{name}` is not valid Unicode. Write it in UTF-8.")
            return None
        return value or None

    def secret(self, name: str, *, env: str | None = None) -> str | None:
        """A token, which is sent in a header and shown in no message."""
        text = self.text(name, env=env)
        if text is not None and not _IN_A_HEADER.fullmatch(text):
            self._problems.append(
                f"`{name}` has a space, a line break or another character in it that no token "
                "has. Store the secret anew, on one line."
            )
        return text

    def words(self, name: str, *, env: str | None = None) -> tuple[str, ...]:
        """A list that may be parted by spaces, commas or lines; doubles are dropped."""
        text = self.text(name, env=env) or ""
        return tuple(dict.fromkeys(text.replace(",", " ").split()))

    def lines(self, name: str) -> tuple[str, ...]:
        """A list of one entry a line; empty lines are dropped."""
        return tuple(line.strip() for line in (self.text(name) or "").splitlines() if line.strip())

    def flag(self, name: str, *, default: bool) -> bool:
        """A yes or no."""
        text = (self.text(name) or "").lower()
        if text and text not in _TRUE | _FALSE:
            self.wrong(name, text, "is neither true nor false", "Write `true` or `false`.")
        return default if text not in _TRUE | _FALSE else text in _TRUE

    def choice(self, name: str, *, default: Choice) -> Choice:
        """One of a fixed set of words."""
        return self.known(name, type(default)) or default

    def known(self, name: str, kind: type[Choice]) -> Choice | None:
        """One of a fixed set of words, or none."""
        text = self.text(name)
        words = {member.value: member for member in kind}
        if text is not None and text not in words:
            self.wrong(name, text, "is not a value it knows", f"Use one of: {', '.join(words)}.")
        return words.get(text) if text else None

    def path(self, name: str, *, default: str | None) -> PurePosixPath | None:
        """A relative path that does not climb out of its folder."""
        text = self.text(name) or default
        if text is None:
            return None
        path = PurePosixPath(text.replace("\\", "/"))
        rooted = path.is_absolute() or PureWindowsPath(text).drive
        if rooted or ".." in path.parts or "\0" in text:
            self.wrong(name, text, "leads out of the workspace", "Give a path inside it.")
            return PurePosixPath(default or ".")
        return path

    def number(self, name: str) -> int | None:
        """A whole number; anything else counts as absent, since the runner fills these."""
        text = self.text(name)
        if text is None or not (text.isascii() and text.isdigit()) or len(text) > _MOST_DIGITS:
            return None
        return int(text)

    def moment(self, name: str) -> datetime | None:
        """A point in time: ISO 8601 (without a zone: UTC), or seconds since 1970."""
        text = self.text(name)
        if text is None:
            return None
        if _UNIX_SECONDS.fullmatch(text):
            return datetime.fromtimestamp(int(text), UTC)
        try:
            moment = datetime.fromisoformat(text)
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, OverflowError):
            mend = "Write it as `2026-01-31T12:00:00Z`, or as seconds since 1970."
            self.wrong(name, text, "is not a point in time", mend)
            return None

    def address(self, name: str, *, env: str | None = None) -> str | None:
        """An http or https URL."""
        text = self.text(name, env=env)
        if text is None:
            return None
        if host_of(text) is None:
            mend = "Give the whole address, beginning with https://."
            self.wrong(name, text, "is not a web address", mend)
        elif re.search(r"[\s\x00-\x1f\x7f]", text):
            self.wrong(name, text, "has a space in it", "Encode it as %20.")
        elif len(text) > _LONGEST_ADDRESS:
            what = f"has {len(text)} characters, and no address needs over {_LONGEST_ADDRESS}"
            self.wrong(name, text, what, "Shorten it.")
        else:
            return text
        return None

    def wrong(self, name: str, value: str, what: str, mend: str) -> None:
        """Remember a problem: `name` is 'value', which `what`. `mend`. No password is shown."""
        plain = _LOGIN.sub("…@", value)
        shown = repr(plain if len(plain) <= _SHOWN else plain[:_SHOWN] + "…")
        self._problems.append(f"`{name}` is {shown}, which {what}. {mend}")

    def missing(self, name: str, env: str, mend: str) -> None:
        """Remember that an input is empty although it is needed."""
        self._problems.append(f"`{name}` (or the variable `{env}`) is empty. {mend}")

    def contradiction(self, what: str) -> None:
        """Remember that two inputs cannot both be right."""
        self._problems.append(what)

    def finish(self) -> None:
        """
        Say everything that was wrong.

        Raises:
            WorkflowError: At least one input cannot be used; all are listed.
        """
        if not self._problems:
            return
        problems = dict.fromkeys(self._problems)  # several inputs may have read the same one
        count = len(problems)
        listed = "\n".join(f"- {problem}" for problem in problems)
        raise WorkflowError(
            f"{count} input{'s' if count > 1 else ''} cannot be used:\n{listed}",
            why="All inputs are judged before the first effect, so nothing has been changed.",
            mend="Correct the `with:` and `env:` of this step.",
        )


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:  # bytes that are no UTF-8 come as lone surrogates
        return False
    return True
