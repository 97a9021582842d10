"""Read inputs from the environment by the input table; collect all errors, and unknown inputs."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import field
from enum import StrEnum
from pathlib import PurePosixPath, PureWindowsPath
from typing import TypeVar, cast

from sentry_release.config.input_table import INPUTS, list_inputs
from sentry_release.config.inputs import Command
from sentry_release.errors import WorkflowError
from sentry_release.model.foreign_text import get_url_host

Choice = TypeVar("Choice", bound=StrEnum)
T = TypeVar("T")

READER_KEY = "read"
"""Where a field keeps how it is read."""

_IN_A_HEADER = re.compile(r"[\x21-\x7e]+")
_LOGIN = re.compile(r"(?<=://)[^/?#\s]*@")
_MAX_DIGITS = 18
_MAX_URL = 2000  # characters
_MAX_SHOWN = 80  # characters of a wrong value that are worth showing
_PREFIX = "INPUT_"
_OF_THE_RUNNER = {"args", "entrypoint"}
"""Inputs that GitHub's runner reads itself for container actions."""

_NAMES_OF_ACTION_RELEASE = {
    "version": "release",
    "started-at": None,
    "inject": None,
    "ignore-missing": None,
    "ignore-empty": None,
    "strip-common-prefix": None,
    "disable-telemetry": None,
    "disable-safe-directory": None,
    "sourcemaps": None,
    "url-prefix": None,
    "release-prefix": "release",
    "version-prefix": "release",
}
"""Inputs of getsentry/action-release, with dashes -> the input here; None if none is needed."""


def input_field(read: Callable[["InputReader"], T], *, secret: bool = False) -> T:
    """Return a field of a dataclass that holds an input, and how that input is read."""
    return cast("T", field(metadata={READER_KEY: read}, repr=not secret))


class InputReader:
    """
    Hands out inputs one by one and remembers what was wrong with them.

    The runner hands input `defines-file` over as variable `INPUT_DEFINES-FILE`, dash and all.
    Source: actions/runner, src/Runner.Worker/Handlers/Handler.cs
    """

    def __init__(self, environ: Mapping[str, str], names: Collection[str] = INPUTS) -> None:
        """Read these inputs; all others have their defaults."""
        self._environ = environ
        self._names = names
        self._problems: list[str] = []

    def read_text(self, name: str) -> str | None:
        """
        Return the input, else its variable, else its default, trimmed; None when all are empty.

        A default that is an expression is evaluated by GitHub's runner only.
        """
        row = INPUTS[name]
        if name not in self._names:
            return _get_static_default(row.default)
        value = self._environ.get(f"INPUT_{name.upper()}", "").strip()
        if not value and row.variable is not None:
            value = self._environ.get(row.variable, "").strip()
        if not _is_unicode_text(value):
            self._problems.append(f"`{name}` is not valid Unicode. Write it in UTF-8.")
            return None
        return value or _get_static_default(row.default)

    def read_secret(self, name: str) -> str | None:
        """Return a token, which is sent in a header and shown in no message."""
        text = self.read_text(name)
        if text is not None and not _IN_A_HEADER.fullmatch(text):
            self._problems.append(
                f"`{name}` contains a space, a newline or another character that no token has. "
                "Store the secret again, on one line."
            )
        return text

    def read_list(self, name: str) -> tuple[str, ...]:
        """Return a list separated by spaces, commas or newlines, without duplicates."""
        text = self.read_text(name) or ""
        return tuple(dict.fromkeys(text.replace(",", " ").split()))

    def read_lines(self, name: str) -> tuple[str, ...]:
        """Return a list with one entry per line; empty lines are dropped."""
        return tuple(
            line.strip() for line in (self.read_text(name) or "").splitlines() if line.strip()
        )

    def read_flag(self, name: str) -> bool:
        """Return `true` or `false`, in any case of letters."""
        text = (self.read_text(name) or "false").lower()
        if text not in {"true", "false"}:
            self.add_invalid(name, text, "", "Use `true` or `false`.")
        return text == "true"

    def read_choice(self, name: str, kind: type[Choice]) -> Choice:
        """Return one of a fixed set of values that has a default, in any case."""
        default = kind(INPUTS[name].default or "")
        return self.read_optional_choice(name, kind) or default

    def read_optional_choice(self, name: str, kind: type[Choice]) -> Choice | None:
        """Return one of a fixed set of values, in any case; None when the input is empty."""
        text = self.read_text(name)
        return None if text is None else self.parse_choice(name, text, kind)

    def parse_choice(self, name: str, text: str, kind: type[Choice]) -> Choice | None:
        """Return the value of that name, in any case; None, with an error, if there is none."""
        values = {member.value: member for member in kind}
        if text.lower() not in values:
            self.add_invalid(name, text, "", suggest_word(text.lower(), tuple(values)))
        return values.get(text.lower())

    def read_path(self, name: str) -> PurePosixPath | None:
        """Return a relative path that stays in its folder; None if it is empty or invalid."""
        text = self.read_text(name)
        if text is None:
            return None
        path = PurePosixPath(text.replace("\\", "/"))
        rooted = path.is_absolute() or PureWindowsPath(text).drive
        if rooted or ".." in path.parts or "\0" in text:
            self.add_invalid(name, text, "it leads out of the workspace", "Use a path inside it.")
            return None
        return path

    def read_path_or_default(self, name: str) -> PurePosixPath:
        """Return a path of an input that has a default; any path, with an error, if it is invalid."""
        return self.read_path(name) or PurePosixPath()

    def read_number(self, name: str) -> int | None:
        """Return a whole number; anything else counts as absent, since the runner fills these."""
        text = self.read_text(name)
        if text is None or not (text.isascii() and text.isdigit()) or len(text) > _MAX_DIGITS:
            return None
        return int(text)

    def read_url(self, name: str) -> str | None:
        """Return an http or https URL."""
        text = self.read_text(name)
        if text is None:
            return None
        if get_url_host(text) is None:
            self.add_invalid(name, text, "it is not a URL", "Write it in full, with https://.")
        elif re.search(r"[\s\x00-\x1f\x7f]", text):
            self.add_invalid(name, text, "it contains a space", "Encode it as %20.")
        elif len(text) > _MAX_URL:
            reason = f"it has {len(text)} characters, at most {_MAX_URL} are allowed"
            self.add_invalid(name, text, reason, "Shorten it.")
        else:
            return text
        return None

    def add_invalid(self, name: str, value: str, reason: str, hint: str) -> None:
        """Record an invalid value; `reason` may be empty. No password is shown."""
        plain = hide_login(value)
        visible = repr(plain if len(plain) <= _MAX_SHOWN else plain[:_MAX_SHOWN] + "…")
        because = f": {reason}" if reason else ""
        self._problems.append(f"Invalid value {visible} for `{name}`{because}. {hint}")

    def add_missing(self, name: str, hint: str) -> None:
        """Record that an input is empty although it is required."""
        self._problems.append(
            f"`{name}` (or the variable `{INPUTS[name].variable}`) is empty. {hint}"
        )

    def add_contradiction(self, problem: str) -> None:
        """Record that two inputs contradict each other."""
        self._problems.append(problem)

    def raise_errors(self) -> None:
        """
        Report everything that is wrong.

        Raises:
            WorkflowError: At least one input is invalid; all are listed.
        """
        if not self._problems:
            return
        problems = dict.fromkeys(self._problems)  # several inputs may have read the same one
        count = len(problems)
        listed = "\n".join(f"- {problem}" for problem in problems)
        raise WorkflowError(
            f"{count} invalid input{'s' if count > 1 else ''}:\n{listed}",
            reason="Nothing was changed.",
            hint="Fix `with:` and `env:` of this step.",
            shell_hint="Fix the option, such as `--environment staging`, or its variable.",
        )


def suggest_word(word: str, known: tuple[str, ...]) -> str:
    """
    Return the hint for an unknown word: the nearest one, if there is one, else all of them.

    >>> suggest_word("warm", ("off", "warn", "fail"))
    'Did you mean `warn`? Use one of: off, warn, fail.'
    """
    nearest = _find_nearest(word, known)
    suggestion = f"Did you mean `{nearest}`? " if nearest else ""
    return f"{suggestion}Use one of: {', '.join(known)}."


def _find_nearest(word: str, known: Collection[str]) -> str | None:
    from difflib import get_close_matches  # only mistakes need it

    return next(iter(get_close_matches(word, known)), None)


def hide_login(text: str) -> str:
    """
    Replace user name and password of each URL in the text.

    >>> hide_login("https://user:secret@sentry.example.com")
    'https://…@sentry.example.com'
    """
    return _LOGIN.sub("…@", text)


def _get_static_default(default: str | None) -> str | None:
    return None if default is None or "${{" in default else default


def _is_unicode_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:  # bytes that are no UTF-8 come as lone surrogates
        return False
    return True


def list_unknown_inputs(environ: Mapping[str, str], command: Command) -> Iterator[str]:
    """
    Yield a sentence for each input that the step sets and its action does not have.

    The runner only warns of these, and a typo would go unnoticed.
    Source: actions/runner, src/Runner.Worker/ActionRunner.cs
    """
    known = list_inputs(command)
    for key in environ:
        name = key.removeprefix(_PREFIX).lower()
        if key.startswith(_PREFIX) and name not in known and name not in _OF_THE_RUNNER:
            yield f"Unknown input `{name[:80]}`. {_build_hint(name, command)}"


def _build_hint(name: str, command: Command) -> str:
    dashed = name.replace("_", "-")
    if dashed in _NAMES_OF_ACTION_RELEASE:
        here = _NAMES_OF_ACTION_RELEASE[dashed]
        return f"Use `{here}` instead." if here else "Remove it: this action does not need it."
    known = list_inputs(command)
    if dashed in INPUTS and dashed not in known:
        actions = ", ".join(f"`{one}`" for one in INPUTS[dashed].commands)
        return f"Remove it: it belongs to {actions}."
    nearest = _find_nearest(dashed, known)
    return f"Did you mean `{nearest}`?" if nearest else "Remove it."
