"""The door to the Actions runner: its files and its workflow commands; a terminal outside of it."""

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from sentry_release.words.errors import ActionError
from sentry_release.words.told import Level, Notice, Told

_FILES = ("GITHUB_OUTPUT", "GITHUB_ENV", "GITHUB_STATE", "GITHUB_STEP_SUMMARY")
_SUMMARY_LIMIT = 1024 * 1024  # bytes; the runner drops a larger one
_ANNOTATION_LIMIT = 4096  # characters; the runner cuts there
_COMMAND = re.compile(r"##(?=\w*\[)")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")  # all but tabs and line ends


@dataclass(frozen=True, slots=True, kw_only=True)
class Runner:
    """
    Appends to the files the runner names, and speaks on `log`.

    Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
    """

    files: Mapping[str, str]
    on_actions: bool
    debug: bool
    log: TextIO = field(repr=False)

    @classmethod
    def from_env(cls, environ: Mapping[str, str], log: TextIO) -> "Runner":
        """Remember where the runner wants to read from us."""
        return cls(
            files={name: environ[name] for name in _FILES if environ.get(name)},
            on_actions=environ.get("GITHUB_ACTIONS") == "true",
            debug=environ.get("RUNNER_DEBUG") == "1",
            log=log,
        )

    def hide(self, *values: str | None) -> None:
        """Have the runner print *** instead of these from here on."""
        if self.on_actions:
            for value in values:
                if value and value.strip():
                    self._print(f"::add-mask::{_escaped(value.strip())}")

    def tell(self, told: Told) -> None:
        """Publish what later steps, and our own post, may see."""
        self._append("GITHUB_OUTPUT", _lines(told.outputs))
        self._append("GITHUB_ENV", _lines(told.variables))
        self._append("GITHUB_STATE", _lines(told.state))

    def summarize(self, markdown: str) -> None:
        """Add to the summary page of the run, unless the page is too large for the runner."""
        text = markdown if markdown.endswith("\n") else markdown + "\n"
        if len(text.encode()) > _SUMMARY_LIMIT:
            self.say(f"The summary is left out: it is larger than {_SUMMARY_LIMIT} bytes.")
            return
        self._append("GITHUB_STEP_SUMMARY", text)

    def notice(self, notice: Notice) -> None:
        """Show something the user should act on as an annotation."""
        text = notice.text[: _ANNOTATION_LIMIT - 200]
        if self.on_actions:
            self._print(f"::{notice.level.value} {_properties(notice)}::{_escaped(text)}")
        else:
            place = f"{notice.path}:{notice.line or 1}: " if notice.path else ""
            self._print(_harmless(f"{place}{notice.level.value}: {text}"))

    def fail(self, error: ActionError, *, level: Level = Level.ERROR) -> None:
        """Show an error as an annotation."""
        text = str(error)
        if not self.on_actions and "`with:`" in text:
            text += "\nOutside GitHub Actions an input is an option, as in `--environment staging`."
        self.notice(Notice(level=level, title=error.title, text=text))

    def say(self, text: str) -> None:
        """
        Print a line of the log.

        Text that came from elsewhere may hold workflow commands, so nothing in it is obeyed.
        """
        if not self.on_actions:
            self._print(_harmless(text))
            return
        fence = _random()
        self._print(f"::stop-commands::{fence}\n{text}\n::{fence}::")

    def json(self, value: object) -> None:
        """Print a value as one line of JSON for a program to read, in which nothing is obeyed."""
        text = json.dumps(value, ensure_ascii=False)
        self._print(text.replace("##", "\\u0023#"))

    def whisper(self, text: str) -> None:
        """Print a line that only a run with debug logging shows."""
        if self.on_actions:
            self._print(f"::debug::{_escaped(text)}")
        elif self.debug:
            self._print(_harmless(text))

    def _append(self, name: str, text: str) -> None:
        if text and (path := self.files.get(name)):
            with Path(path).open("a", encoding="utf-8", newline="\n") as file:
                file.write(text)

    def _print(self, text: str) -> None:
        print(text, file=self.log, flush=True)


def _lines(values: Mapping[str, str]) -> str:
    return "".join(_entry(key, value) for key, value in values.items())


def _entry(key: str, value: str) -> str:
    # A random fence, so that no value can close it and smuggle in an entry of its own.
    fence = f"end_{_random()}"
    while fence in value or fence in key:
        fence = f"end_{_random()}"
    return f"{key}<<{fence}\n{value}\n{fence}\n"


def _properties(notice: Notice) -> str:
    values = {"file": notice.path, "line": notice.line, "title": notice.title}
    given = {key: value for key, value in values.items() if value is not None}
    return ",".join(f"{key}={_escaped(str(value), more=':,')}" for key, value in given.items())


def _escaped(text: str, *, more: str = "") -> str:
    for character in "%\r\n" + more:
        text = text.replace(character, f"%{ord(character):02X}")
    return text


def _harmless(text: str) -> str:
    """
    Text that no terminal and no other CI host obeys.

    Escape sequences move the cursor and fold logs; Azure Pipelines runs `##vso[…]` and
    TeamCity `##teamcity[…]` wherever they begin on a line.
    Source: https://learn.microsoft.com/azure/devops/pipelines/scripts/logging-commands
    """
    return _COMMAND.sub("# #", _CONTROL.sub("\ufffd", text))


def _random() -> str:
    """Thirty-two characters that nobody can foresee; the module `secrets` is slow to import."""
    return os.urandom(16).hex()
