"""Claims about speaking to the Actions runner, read back as the runner reads."""

import io
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from properties import tried
from sentry_release.adapters.runner import ActionsRunner
from sentry_release.errors import WorkflowError
from sentry_release.model.job import Annotation, AnnotationLevel, StepOutputs

HOSTILE = st.text(
    st.sampled_from("aA=<\n\r \t%:,\0é✓\u2028\x85") | st.characters(codec="utf-8"), max_size=30
)


class MalformedError(Exception):
    """The runner would fail the step."""


def entries(content: bytes) -> Iterator[tuple[str, str]]:
    """
    The entries of a file command, as the runner on Linux finds them.

    Of `=` and `<<` the first decides; only a line feed ends a line; a heredoc ends at the first
    line that is its delimiter. Source: actions/runner, FileCommandManager.cs
    """
    lines = content.decode().split("\n")
    if lines.pop():
        raise MalformedError
    while lines:
        line = lines.pop(0)
        equals, heredoc = line.find("="), line.find("<<")
        if equals >= 0 and (heredoc < 0 or equals < heredoc):
            yield line[:equals], line[equals + 1 :]
        elif heredoc > 0 and line[heredoc + 2 :]:
            end = lines.index(line[heredoc + 2 :])
            yield line[:heredoc], "\n".join(lines[:end])
            lines = lines[end + 1 :]
        elif line:
            raise MalformedError


def obeyed(log: str) -> list[str]:
    """The workflow commands that the runner obeys in a log, without those that stop and start it."""
    found, resume = [], None
    for line in re.split(r"\r\n|\n|\r", log):
        command = line.lstrip()
        if resume is not None:
            resume = None if command == f"::{resume}::" else resume
        elif command.startswith("::stop-commands::"):
            resume = command.removeprefix("::stop-commands::")
        elif command.startswith("::") or "##[" in line:
            found.append(command)
    assert resume is None
    return found


def shown(text: str) -> str:
    """The text with a replacement for each control character that the runner would show."""
    return re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", "\ufffd", text)


def unescaped(text: str, *, more: Mapping[str, str] | None = None) -> str:
    """What the runner reads in the data of a command."""
    for escape, character in ({"%0D": "\r", "%0A": "\n"} | dict(more or {})).items():
        text = text.replace(escape, character)
    return text.replace("%25", "%")


def speaker(**environ: str) -> tuple[ActionsRunner, io.StringIO]:
    """A runner with these variables, and its log."""
    log = io.StringIO()
    return ActionsRunner.from_env(environ, log=log), log


def on_actions() -> tuple[ActionsRunner, io.StringIO]:
    """A runner of GitHub's, and its log."""
    return speaker(GITHUB_ACTIONS="true")


@tried
@given(st.dictionaries(st.sampled_from(["release", "dist", "json", "url"]), HOSTILE))
def test_any_value_arrives_and_none_can_forge_another(values: dict[str, str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        files = {name: Path(folder) / name for name in ("OUTPUT", "ENV", "STATE")}
        runner, _ = speaker(**{f"GITHUB_{name}": str(file) for name, file in files.items()})

        runner.set_outputs(StepOutputs(outputs=values, variables=values, state=values))

        for file in files.values():
            content = file.read_bytes() if file.exists() else b""
            assert list(entries(content)) == list(values.items())


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("a\nrelease=evil", id="a line that looks like an entry"),
        pytest.param("a\nEOF\nrelease<<EOF\nevil\nEOF", id="an end that was guessed"),
        pytest.param("a\n\n\n", id="line ends at its end"),
        pytest.param("", id="nothing"),
        pytest.param("a\rb\r\n", id="the line ends of others"),
        pytest.param("x" * 100_000, id="a long text"),
    ],
)
def test_a_value_is_one_entry(tmp_path: Path, value: str) -> None:
    runner, _ = speaker(GITHUB_OUTPUT=str(tmp_path / "output"))

    runner.set_outputs(StepOutputs(outputs={"json": value}))
    runner.set_outputs(StepOutputs(outputs={"dist": "27"}))

    found = list(entries((tmp_path / "output").read_bytes()))
    assert found == [("json", value), ("dist", "27")]


def test_no_two_entries_end_alike(tmp_path: Path) -> None:
    runner, _ = speaker(GITHUB_OUTPUT=str(tmp_path / "output"))

    runner.set_outputs(StepOutputs(outputs={"a": "1", "b": "2"}))
    runner.set_outputs(StepOutputs(outputs={"a": "1"}))

    ends = re.findall(r"<<(.+)", (tmp_path / "output").read_text())
    assert len(set(ends)) == 3
    assert all(len(end) >= 32 for end in ends)


def test_outside_of_actions_nothing_is_written_anywhere() -> None:
    runner, log = speaker()

    runner.set_outputs(StepOutputs(outputs={"a": "1"}, variables={"b": "2"}, state={"c": "3"}))
    runner.add_summary("# summary")
    runner.mask("secret")
    runner.log_debug("quietly")

    assert log.getvalue() == ""


def full_disk() -> Mapping[str, str]:
    """The runner's files on a disk without any space left."""
    return {f"GITHUB_{name}": "/dev/full" for name in ("OUTPUT", "ENV", "STATE", "STEP_SUMMARY")}


@pytest.mark.parametrize("name", ["outputs", "variables", "state"])
def test_a_full_disk_is_an_error_with_a_hint(name: str) -> None:
    runner, _ = speaker(**full_disk())

    with pytest.raises(WorkflowError) as error:
        runner.set_outputs(StepOutputs(**{name: {"a": "1"}}))

    assert "cannot be written: No space left on device." in error.value.message
    assert "'/dev/full'" in error.value.reason
    assert error.value.hint.startswith("Free disk space on the runner")


def test_a_pipe_that_nothing_reads_is_an_error_instead_of_a_wait(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    runner, _ = speaker(GITHUB_OUTPUT=str(tmp_path / "pipe"))

    with pytest.raises(WorkflowError, match="GITHUB_OUTPUT cannot be written: No such device"):
        runner.set_outputs(StepOutputs(outputs={"a": "1"}))


@pytest.mark.parametrize("path", ["/dev/full", "/", "/nowhere/summary"])
def test_a_summary_that_cannot_be_written_is_a_warning(path: str) -> None:
    runner, log = speaker(GITHUB_STEP_SUMMARY=path, GITHUB_ACTIONS="true")

    runner.add_summary("# summary")

    (warning,) = obeyed(log.getvalue().removesuffix("\n"))
    assert warning.startswith("::warning ")
    assert "GITHUB_STEP_SUMMARY cannot be written" in warning
    assert "everything else is done" in warning


def test_an_entry_that_does_not_fit_leaves_no_half_of_it_behind(tmp_path: Path) -> None:
    file = tmp_path / "output"
    file.write_text("a=1\n")
    program = (
        "import resource, signal, sys\n"
        "from sentry_release.adapters.runner import ActionsRunner\n"
        "from sentry_release.model.job import StepOutputs\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))\n"
        f"runner = ActionsRunner.from_env({{'GITHUB_OUTPUT': {str(file)!r}}}, sys.stdout)\n"
        "runner.set_outputs(StepOutputs(outputs={'json': 'x' * 10_000}))\n"
    )
    command = [sys.executable, "-c", f"import sys; sys.path[:0] = {sys.path!r}\n{program}"]

    ended = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - a list, no shell

    assert "GITHUB_OUTPUT cannot be written: File too large." in ended.stderr
    assert file.read_text() == "a=1\n"


def test_summaries_are_added_to_what_is_there(tmp_path: Path) -> None:
    page = tmp_path / "summary"
    page.write_text("before\n")
    runner, _ = speaker(GITHUB_STEP_SUMMARY=str(page))

    runner.add_summary("one")
    runner.add_summary("two\n")

    assert page.read_text() == "before\none\n\ntwo\n\n"


@pytest.mark.parametrize(
    ("size", "written"),
    [
        pytest.param(1024 * 1024 - 2, True, id="as large as the runner takes"),
        pytest.param(
            1024 * 1024 - 1, False, id="one byte more, and it would be an error of the step"
        ),
    ],
)
def test_a_summary_the_runner_would_complain_of_is_left_out(
    tmp_path: Path, size: int, *, written: bool
) -> None:
    page = tmp_path / "summary"
    runner, log = speaker(GITHUB_STEP_SUMMARY=str(page))

    runner.add_summary("a" * size)

    assert page.exists() is written
    assert ("Job summary skipped" in log.getvalue()) is not written


@pytest.mark.parametrize(
    ("text", "fenced"),
    [
        pytest.param("Finalized shop@1.4.0+27.", False, id="a usual line"),
        pytest.param("a: b #[c] ##", False, id="signs that are no command"),
        pytest.param("x\n  ::error::evil", True, id="a command on a line of its own"),
        pytest.param("x ##[error]evil", True, id="an old command within a line"),
    ],
)
def test_only_text_that_may_hold_a_command_is_fenced(text: str, *, fenced: bool) -> None:
    runner, log = on_actions()

    runner.log_line(text)

    lines = log.getvalue().splitlines()
    assert (lines == text.splitlines()) is not fenced
    assert lines[0].startswith("::stop-commands::") is fenced


@tried
@given(HOSTILE.map(lambda text: f"{text}\n::error::evil\n::set-env name=x::y\n##[error]evil"))
def test_nothing_that_is_printed_is_executed(text: str) -> None:
    runner, log = on_actions()

    runner.log_line(text)

    assert obeyed(log.getvalue()) == []
    assert shown(text) in log.getvalue()


@tried
@example(
    title="a:b,c%0A\r\n::error::", text="%25 %0A\r\n::error::evil", level=AnnotationLevel.NOTICE
)
@given(title=HOSTILE, text=HOSTILE, level=st.sampled_from(AnnotationLevel))
def test_an_annotation_is_one_command_with_the_whole_text(
    title: str, text: str, level: AnnotationLevel
) -> None:
    runner, log = on_actions()

    runner.annotate(Annotation(level=level, title=title, text=text))

    (command,) = obeyed(log.getvalue().removesuffix("\n"))
    _, properties, data = command.split("::", 2)
    kind, _, value = properties.partition(" title=")
    assert kind == level.value
    assert ":" not in value
    assert "," not in value
    assert unescaped(value, more={"%3A": ":", "%2C": ","}) == shown(title)
    assert unescaped(data) == shown(text)


@pytest.mark.parametrize("hidden", ["\x1b[8m", "\x00", "\x7f", "\u202e", "\u2066", "\u2069"])
def test_no_text_hides_or_reorders_what_surrounds_it(tmp_path: Path, hidden: str) -> None:
    """GitHub renders escape sequences in a log, and every page the direction of a text."""
    summary = tmp_path / "summary"
    for actions in ("true", "false"):
        log = io.StringIO()
        environ = {"GITHUB_ACTIONS": actions, "GITHUB_STEP_SUMMARY": str(summary)}
        runner = ActionsRunner.from_env(environ, log)

        runner.log_line(hidden)
        runner.log_debug(hidden)
        runner.print_result(hidden)
        runner.print_json({hidden: hidden})
        runner.annotate(
            Annotation(
                level=AnnotationLevel.ERROR,
                title=hidden,
                text=hidden,
                path=PurePosixPath(hidden),
                line=1,
            )
        )
        runner.add_summary(hidden)

        assert hidden[0] not in log.getvalue() + summary.read_text()
        assert json.loads(re.findall(r"^\{.*\}$", log.getvalue(), re.MULTILINE)[0]) == {
            hidden: hidden
        }


def test_an_annotation_is_no_longer_than_the_runner_shows() -> None:
    runner, log = on_actions()

    runner.annotate(Annotation(level=AnnotationLevel.ERROR, title="t", text="x" * 10_000))

    assert 3500 < len(log.getvalue()) <= 4096


def test_an_error_says_what_why_and_how_to_fix_it() -> None:
    runner, log = on_actions()

    runner.report_error(WorkflowError("What.", reason="Why.", hint="Mend."))

    assert log.getvalue() == (
        "::error title=Sentry release%3A workflow error::What.%0AWhy.%0AMend.\n"
    )


def test_on_a_terminal_an_error_is_plain_text() -> None:
    runner, log = speaker()

    runner.report_error(
        WorkflowError("What.", reason="Why.", hint="Mend."), level=AnnotationLevel.WARNING
    )

    assert log.getvalue() == "warning: What.\nWhy.\nMend.\n"


def test_on_a_terminal_messages_are_plain_text() -> None:
    runner, log = speaker()

    runner.log_line("::notice::text")

    assert log.getvalue() == "::notice::text\n"


@pytest.mark.parametrize(
    ("value", "masks"),
    [
        pytest.param("secret", ["::add-mask::secret"], id="a secret"),
        pytest.param(" secret\n", ["::add-mask::secret"], id="without the spaces around it"),
        pytest.param("a\nb", ["::add-mask::a%0Ab"], id="a secret of two lines, as one command"),
        pytest.param("100%", ["::add-mask::100%25"], id="a secret with a percent sign"),
        pytest.param("", [], id="no secret"),
        pytest.param(" \n", [], id="spaces would hide everything"),
        pytest.param(None, [], id="none at all"),
    ],
)
def test_secrets_are_masked(value: str | None, masks: list[str]) -> None:
    runner, log = on_actions()

    runner.mask(value)

    assert log.getvalue().splitlines() == masks


@tried
@example("%25 %0A\r\n::error::evil")
@given(HOSTILE)
def test_a_whisper_is_a_command_that_only_debug_logging_shows(text: str) -> None:
    runner, log = on_actions()

    runner.log_debug(text)

    (command,) = obeyed(log.getvalue().removesuffix("\n"))
    assert unescaped(command.removeprefix("::debug::")) == shown(text)


def test_on_a_terminal_debug_lines_are_shown_if_debugging_is_on() -> None:
    runner, log = speaker(RUNNER_DEBUG="1")

    runner.log_debug("quietly")

    assert log.getvalue() == "quietly\n"
