"""Templates -> text, in a sandbox: for release names, and for Markdown."""

import re
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from threading import current_thread, main_thread
from urllib.parse import quote

from jinja2 import FileSystemLoader, StrictUndefined, TemplateSyntaxError
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from sentry_release.doors.name_filters import for_names
from sentry_release.words.errors import WorkflowError

_HERE = Path(__file__).resolve().parents[1]
_FOLDERS = (_HERE / "templates", _HERE.parents[1] / "templates")  # in a wheel; in the repository
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~&@:$])")
_NAME_LIMIT = 4096
_MOST_SECONDS = 3.0


class _Sandbox(ImmutableSandboxedEnvironment):
    """A sandbox in which no power can fill the memory: Python computes it without a pause."""

    intercepted_binops = frozenset({"**"})

    def call_binop(self, *_operation: object) -> object:
        """Refuse powers; nothing that is written with them is part of a name."""
        raise SecurityError("powers are not computed")


def name(template: str, variables: Mapping[str, str | None]) -> str:
    """
    Fill a `release` template.

    Raises:
        WorkflowError: It has a mistake, or uses something that is unknown or has no value.
    """
    # What has no value is left out, except for what a template may rightly ask after: `build`.
    known = {key: value for key, value in variables.items() if value is not None}
    known.setdefault("build", "")
    try:
        with _limited():
            return for_names(_environment()).from_string(template).render(known)[:_NAME_LIMIT]
    except TemplateSyntaxError as error:
        raise _bad("release", template, f"{error.message}", variables) from error
    except Exception as error:  # a template can raise all that Python can
        raise _bad("release", template, _said(error), variables) from error


def markdown(template: str, **values: object) -> str:
    """Fill one of our own templates, `templates/<template>.md.j2`."""
    return _environment().get_template(f"{template}.md.j2").render(values)


def markdown_of(text: str, where: str, **values: object) -> str:
    """
    Fill a user's own template.

    Raises:
        WorkflowError: It has a mistake, or uses something that is unknown.
    """
    try:
        with _limited():
            return _environment().from_string(text).render(values)
    except TemplateSyntaxError as error:
        raise _bad(where, f"line {error.lineno}", f"{error.message}", values) from error
    except Exception as error:  # a template can raise all that Python can
        raise _bad(where, "as a whole", _said(error), values) from error


def md(value: object) -> str:
    """
    Text that came from elsewhere, made harmless in Markdown.

    Every character that could mean something gets a backslash; what would begin a new line
    becomes a space, so that a title stays inside its cell; a mention notifies nobody.
    """
    text = " ".join(str(value).split())
    return _MARKDOWN.sub(r"\\\1", text).replace("\\@", "@\u200b")


def code(value: object) -> str:
    """Text as code in Markdown, in a fence longer than any run of backticks inside it."""
    text = " ".join(str(value).split()) or " "
    ticks = "`" * (1 + max((len(run) for run in re.findall("`+", text)), default=0))
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{ticks}{pad}{text}{pad}{ticks}"


def cell(markdown: str) -> str:
    """Markdown as it stands in the cell of a table, where a bar would begin the next one."""
    return re.sub(r"(?<!\\)\|", r"\\|", markdown)


def fenced(value: object) -> str:
    """Text for a fenced block of code: on one line, and with nothing that ends the block."""
    return " ".join(str(value).split()).replace("```", "` ` `")


def link(url: object) -> str:
    """An address as a link to itself; what is no web address stays code."""
    text = str(url)
    encoded = quote(text, safe="/:?#[]@!$&'*+,;=%~-._").replace("|", "%7C")
    return f"[{md(text)}]({encoded})" if text.startswith(("https://", "http://")) else code(text)


def short(sha: object) -> str:
    """A commit as people write it."""
    return code(str(sha)[:7])


def commits(count: int) -> str:
    """How many commits, before the range they come from."""
    return f"{count} commit{'' if count == 1 else 's'}: "


def moment(when: datetime) -> str:
    """A point in time, to the minute."""
    return when.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


def duration(seconds: int) -> str:
    """
    Seconds as people say them.

    >>> duration(42), duration(605)
    ('42 s', '10 min 5 s')
    """
    minutes, rest = divmod(seconds, 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


@contextmanager
def _limited() -> Iterator[None]:
    """
    Stop a template that does not end.

    The sandbox keeps a template from reaching anything, but not from counting for ever.
    """
    if not hasattr(signal, "setitimer") or current_thread() is not main_thread():
        yield
        return
    before = signal.signal(signal.SIGALRM, _too_long)
    signal.setitimer(signal.ITIMER_REAL, _MOST_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _too_long(_number: int, _frame: object) -> None:
    raise TimeoutError(f"it takes more than {_MOST_SECONDS} seconds")


@cache
def _environment() -> ImmutableSandboxedEnvironment:
    environment = _Sandbox(
        loader=FileSystemLoader([folder for folder in _FOLDERS if folder.is_dir()]),
        undefined=StrictUndefined,
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {filter_.__name__: filter_ for filter_ in _FILTERS}
    return environment


_FILTERS: tuple[Callable[..., str], ...] = (
    md,
    code,
    cell,
    fenced,
    link,
    short,
    commits,
    moment,
    duration,
)


def _said(error: Exception) -> str:
    return str(error) or type(error).__name__


def _bad(where: str, what: str, problem: str, variables: Mapping[str, object]) -> WorkflowError:
    return WorkflowError(
        f"The template in `{where}` cannot be filled: {problem[:200]}.",
        why=f"It is {what[:200]!r}.",
        mend=f"It may use: {', '.join(sorted(variables))}.",
    )
