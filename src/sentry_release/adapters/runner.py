"""The GitHub Actions runner: its files and workflow commands; elsewhere a terminal."""

import json
import os
import re
from collections.abc import Mapping
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field
from typing import TextIO

from sentry_release.adapters.progress_line import ProgressLine
from sentry_release.adapters.redaction import Secrets, find_secrets
from sentry_release.errors import ActionError, WorkflowError
from sentry_release.model.foreign_text import HIDING, replace_hiding
from sentry_release.model.job import Annotation, AnnotationLevel, StepOutputs

_FILES = ("GITHUB_OUTPUT", "GITHUB_ENV", "GITHUB_STATE", "GITHUB_STEP_SUMMARY")
_LOST = {
    "GITHUB_OUTPUT": "later steps read the outputs of this step from it",
    "GITHUB_ENV": "later steps read their environment variables from it",
    "GITHUB_STATE": "the post step reads its state from it",
    "GITHUB_STEP_SUMMARY": "only the job summary is lost: everything else is done",
}
_SUMMARY_LIMIT = 1024 * 1024  # bytes; the runner drops a larger one
_ANNOTATION_LIMIT = 4096  # characters; the runner cuts there
_LOGGING_COMMAND = re.compile(r"##(?=\w*\[)")
_COMMAND_MARK = re.compile(r"::|##\[")
"""The marks of a workflow command; source: actions/runner, src/Runner.Common/ActionCommand.cs."""
_COLORS = {AnnotationLevel.NOTICE: "36", AnnotationLevel.WARNING: "33", AnnotationLevel.ERROR: "31"}
"""The color of a level on a terminal: cyan, yellow, red."""


class OutputError(Exception):
    """Text cannot be printed, for example because it goes to a file on a full disk."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionsRunner:
    """
    Writes to the runner's files, prints messages on `write`, and results on `results`.

    If `is_quiet`, only warnings and errors are printed. `progress` is hidden while something is
    printed.

    Every text is redacted: no log line, annotation, summary or notification contains a secret of
    the environment or a value passed to `mask`.

    Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
    """

    files: Mapping[str, str]
    on_actions: bool
    is_debug: bool
    write: TextIO = field(repr=False)
    results: TextIO | None = field(default=None, repr=False)
    is_quiet: bool = False
    has_color: bool = False
    progress: ProgressLine | None = field(default=None, repr=False)
    secrets: Secrets = field(default_factory=Secrets, repr=False)

    @classmethod
    def from_env(cls, environ: Mapping[str, str], log: TextIO) -> "ActionsRunner":
        """Return the runner with its files and the secrets of the environment."""
        secrets = Secrets()
        secrets.add(*find_secrets(environ))
        return cls(
            secrets=secrets,
            files={name: environ[name] for name in _FILES if environ.get(name)},
            on_actions=environ.get("GITHUB_ACTIONS") == "true",
            is_debug=environ.get("RUNNER_DEBUG") == "1",
            write=log,
        )

    def mask(self, *values: str | None) -> None:
        """Redact these values in every later text, and let the runner mask them as ***."""
        self.secrets.add(*values)
        if self.on_actions:
            for value in values:
                if value and value.strip():
                    self._print_raw(f"::add-mask::{_escape_command(value.strip())}")

    def redact(self, text: str) -> str:
        """Return the text with every secret redacted, in any encoding."""
        return self.secrets.redact(text)

    def set_outputs(self, outputs: StepOutputs) -> None:
        """
        Set step outputs, environment variables, and the state for the post step.

        Raises:
            WorkflowError: A file of the runner cannot be written, for example on a full disk.
        """
        for name, values in (
            ("GITHUB_OUTPUT", outputs.outputs),
            ("GITHUB_ENV", outputs.variables),
            ("GITHUB_STATE", outputs.state),
        ):
            try:
                self._append_to_file(name, _format_entries(values))
            except OSError as error:
                raise self._build_unwritable_error(name, error) from error

    def add_summary(self, markdown: str) -> None:
        """
        Append to the job summary; if that fails, warn.

        A blank line follows, because HTML at the end would turn the next page into HTML as well.
        """
        text = replace_hiding(self.redact(markdown.rstrip("\n") + "\n\n"))
        if len(text.encode()) > _SUMMARY_LIMIT:
            self.log_line(f"Job summary skipped: it is larger than {_SUMMARY_LIMIT} bytes.")
            return
        try:
            self._append_to_file("GITHUB_STEP_SUMMARY", text)
        except OSError as error:
            self.report_error(
                self._build_unwritable_error("GITHUB_STEP_SUMMARY", error),
                level=AnnotationLevel.WARNING,
            )

    def annotate(self, notice: Annotation) -> None:
        """Print an annotation; elsewhere a line with its level and place."""
        if self.is_quiet and notice.level is AnnotationLevel.NOTICE:
            return
        text = self.redact(notice.text)[: _ANNOTATION_LIMIT - 200]
        if self.on_actions:
            self._print_line(
                f"::{notice.level.value} {_format_properties(notice)}::{_escape_command(replace_hiding(text))}"
            )
        else:
            place = f"{notice.path}:{notice.line or 1}: " if notice.path else ""
            level = notice.level.value
            if self.has_color:
                level = f"\x1b[1;{_COLORS[notice.level]}m{level}\x1b[0m"
            self._print_line(f"{_make_printable(place)}{level}: {_make_printable(text)}")

    def report_error(
        self, error: ActionError, *, level: AnnotationLevel = AnnotationLevel.ERROR
    ) -> None:
        """Print an error as an annotation."""
        text = str(error) if self.on_actions else error.describe_for_shell()
        self.annotate(Annotation(level=level, title=error.title, text=text))

    def log_line(self, text: str) -> None:
        """
        Print a line of the log.

        Foreign text may contain workflow commands, which the runner must ignore.
        """
        if not self.is_quiet:
            self._print_line(self._escape_commands(self.redact(text)))

    def print_result(self, text: str) -> None:
        """Print the result of a command for people; workflow commands in it have no effect."""
        self._print_to(self.results or self.write, self._escape_commands(self.redact(text)))

    def print_value(self, text: str) -> None:
        """
        Print lines for a program or a shell to read, unchanged.

        Raises:
            WorkflowError: The lines contain a command for a terminal or a CI service.
        """
        if _make_printable(text) != text or (self.on_actions and _COMMAND_MARK.search(text)):
            raise WorkflowError(
                f"{text[:80]!r} cannot be printed for a program.",
                reason="It contains a command that a CI service would run from its log.",
                hint="Use `--json`, or set another `release`.",
            )
        self._print_to(self.results or self.write, self.redact(text))

    def print_json(self, value: object) -> None:
        """Print a value as one line of JSON; workflow commands in it have no effect."""
        text = self.redact(json.dumps(value, ensure_ascii=False))
        text = HIDING.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
        self._print_to(self.results or self.write, text.replace("##", "\\u0023#"))

    def log_debug(self, text: str) -> None:
        """Print a debug line; the progress line shows it too."""
        if self.progress:
            self.progress.update(self.redact(text))
        if self.on_actions:
            self._print_line(f"::debug::{_escape_command(replace_hiding(text))}")
        elif self.is_debug:
            self._print_line(_make_printable(text))

    def _escape_commands(self, text: str) -> str:
        """Return the text so that no workflow command in it has an effect."""
        if not self.on_actions:
            return _make_printable(text)
        text = replace_hiding(text)
        if not _COMMAND_MARK.search(text):
            return text
        fence = _draw_delimiter()
        return f"::stop-commands::{fence}\n{text}\n::{fence}::"

    def _append_to_file(self, name: str, text: str) -> None:
        """Append the whole text or nothing: half of an entry would fail the step."""
        path = self.files.get(name)
        if not (text and path):
            return
        with open(path, "ab", buffering=0, opener=_open_without_waiting) as file:
            size = file.seek(0, os.SEEK_END)
            rest = memoryview(text.encode())
            try:
                while rest:
                    rest = rest[file.write(rest) :]
            except OSError:
                with suppress(OSError):  # a device such as /dev/full has no size
                    file.truncate(size)
                raise

    def _build_unwritable_error(self, name: str, error: OSError) -> WorkflowError:
        return WorkflowError(
            f"{name} cannot be written: {error.strerror or error}.",
            reason=f"The file is {self.files[name]!r}; {_LOST[name]}.",
            hint="Free disk space on the runner, and give the user of this step write access to the file.",
        )

    def _print_line(self, text: str) -> None:
        self._print_raw(self.redact(text))

    def _print_raw(self, text: str) -> None:
        self._print_to(self.write, text)

    def _print_to(self, stream: TextIO, text: str) -> None:
        with self.progress.hidden() if self.progress else nullcontext():
            try:
                print(text, file=stream, flush=True)
            except BrokenPipeError:
                raise
            except OSError as error:
                raise OutputError(error.strerror or str(error)) from error


def _open_without_waiting(path: str, flags: int) -> int:
    """Open a file; a pipe that nothing reads is an error, and is not waited for."""
    if not hasattr(os, "O_NONBLOCK"):  # Windows, where no path is a pipe
        return os.open(path, flags, 0o666)
    handle = os.open(path, flags | os.O_NONBLOCK, 0o666)
    os.set_blocking(handle, True)
    return handle


def _format_entries(values: Mapping[str, str]) -> str:
    return "".join(_format_entry(key, value) for key, value in values.items())


def _format_entry(key: str, value: str) -> str:
    # A random delimiter, so that no value can end its entry and add another one.
    fence = f"end_{_draw_delimiter()}"
    while fence in value or fence in key:
        fence = f"end_{_draw_delimiter()}"
    return f"{key}<<{fence}\n{value}\n{fence}\n"


def _format_properties(notice: Annotation) -> str:
    values = {"file": notice.path, "line": notice.line, "title": notice.title}
    present = {key: value for key, value in values.items() if value is not None}
    return ",".join(
        f"{key}={_escape_command(replace_hiding(str(value)), more=':,')}"
        for key, value in present.items()
    )


def _escape_command(text: str, *, more: str = "") -> str:
    for character in "%\r\n" + more:
        text = text.replace(character, f"%{ord(character):02X}")
    return text


def _make_printable(text: str) -> str:
    """
    Return the text without commands for terminals and for other CI services.

    Escape sequences move the cursor and hide text; Azure Pipelines runs `##vso[…]` and
    TeamCity `##teamcity[…]` wherever they begin on a line.
    Source: https://learn.microsoft.com/azure/devops/pipelines/scripts/logging-commands
    """
    return _LOGGING_COMMAND.sub("# #", replace_hiding(text).replace("\r", "\ufffd"))


def _draw_delimiter() -> str:
    """Return 32 unpredictable characters; the module `secrets` is slow to import."""
    return os.urandom(16).hex()
