"""Values -> harmless Markdown: the filters of built-in templates, and of the user's."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from html import escape
from urllib.parse import quote

from sentry_release.model.foreign_text import replace_hiding

_SPECIAL = re.compile(
    r"[\\`*\[\]<|~$]"  # wherever they stand
    r"|(?<![0-9A-Za-z])_|_(?![0-9A-Za-z])"  # within a word it is only a letter
    r"|&(?=[#A-Za-z])"  # an entity
    r"|:(?=//)|(?<=www)\.|(?<=WWW)\."  # GitHub links an address by itself
    r"|^(?:>|[-+=#](?=[-=#\s]|$))"  # what makes a line a heading, a list or a quote
)
_NUMBERED = re.compile(r"^(\d{1,9})([.)])(?=\s|$)")
_ADDRESS = re.compile(
    r"""(?<![^\s'"`()\[\]<>|,;])[^\s'"`()\[\]<>|,;]*@[^\s'"`()\[\]<>|,;]*[^\s'"`()\[\]<>|,;.:!?]"""
)

_REFERENCE = re.compile(r"(?<=#)(?=\d)|(?<=\bGH-)(?=\d)", re.IGNORECASE)


def escape_markdown(value: object) -> str:
    r"""
    Return text of commits, branches and servers as Markdown without any meaning, on one line.

    A character with a meaning gets a backslash, and a line break becomes a space, so that a title
    stays inside its cell. A word with an `@` becomes code: GitHub makes neither a mention nor a
    mail address of it, and it can be copied.

    >>> escape_markdown("[Zoe] of @acme/team")
    '\\[Zoe\\] of `@acme/team`'
    """
    return _render_plain(_to_line(value))


def escape_subject(value: object) -> str:
    """
    Return the subject of a commit, harmless in Markdown and without references to issues.

    GitHub reads `#12` and `GH-12` as an issue, and adds a reference to the issue.
    """
    return _REFERENCE.sub("\u200b", escape_markdown(value))


def render_message(value: object) -> str:
    """
    Return a message of the program as Markdown: what it has in backticks, and each name, is code.

    What has an `@` is code too: it can be copied, and GitHub makes no mention or mail address
    of it. A message may quote foreign text: whatever that holds is text or code.

    >>> render_message("shop@1.4.0: set `environment`.")
    '`shop@1.4.0`: set `environment`.'
    """
    return "".join(
        format_code(part) if is_code else _render_plain(part)
        for part, is_code in _split_message(value)
    )


def render_message_html(value: object) -> str:
    """
    Return a message of the program as HTML, for places in which Markdown is not read.

    >>> render_message_html("Set `a<b`.")
    'Set <code>a&lt;b</code>.'
    """
    return "".join(
        f"<code>{escape(part)}</code>" if is_code else escape(part)
        for part, is_code in _split_message(value)
    )


def _split_message(message: object) -> Iterator[tuple[str, bool]]:
    """Yield the parts of a message, and whether each stood between backticks."""
    parts = _to_line(message).split("`")
    if len(parts) % 2 == 0:  # the last one has no partner
        parts[-2:] = ["`".join(parts[-2:])]
    for index, part in enumerate(parts):
        if index % 2 and not part.strip():
            yield f"`{part}`", False
        else:
            yield part, index % 2 == 1


def _render_plain(text: str) -> str:
    rendered, end = "", 0
    for found in _ADDRESS.finditer(text):
        rendered += _escape(text[end : found.start()]) + format_code(found[0])
        end = found.end()
    return rendered + _escape(text[end:])


def _to_line(value: object) -> str:
    """Return the text on one line, and nothing that hides or reorders what surrounds it."""
    return replace_hiding(" ".join(str(value).split()))


def _escape(text: str) -> str:
    return _NUMBERED.sub(r"\1\\\2", _SPECIAL.sub(r"\\\g<0>", text))


def format_code(value: object) -> str:
    """Return text as code in Markdown, in a fence longer than any run of backticks in it."""
    text = _to_line(value) or " "
    ticks = "`" * (1 + max((len(run) for run in re.findall("`+", text)), default=0))
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{ticks}{pad}{text}{pad}{ticks}"


def format_table_cell(markdown: str) -> str:
    """Return Markdown for the cell of a table, where a bar would begin the next one."""
    return re.sub(r"(?<!\\)\|", r"\\|", markdown)


def format_code_block(value: object) -> str:
    """Return text for a fenced block of code: one line, with nothing that ends the block."""
    return _to_line(value).replace("```", "` ` `")


def format_link(url: object) -> str:
    """Return a URL as a link to itself; other text becomes code."""
    text = str(url)
    encoded = quote(text, safe="/:?#[]@!$&'*+,;=%~-._").replace("|", "%7C")
    encoded = re.sub(r"&(?=#?\w+;)", "&amp;", encoded)
    return (
        f"[{escape_markdown(text)}]({encoded})"
        if text.startswith(("https://", "http://"))
        else format_code(text)
    )


def shorten_sha(sha: object) -> str:
    """Return a commit as people write it."""
    return format_code(str(sha)[:7])


def format_commit_count(count: int) -> str:
    """Return how many commits, before the range they come from."""
    return f"{count} commit{'' if count == 1 else 's'}: "


def format_time(when: datetime) -> str:
    """Return a point in time, to the minute."""
    return when.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


def format_duration(seconds: int) -> str:
    """
    Seconds as people say them.

    >>> format_duration(42), format_duration(605)
    ('42 s', '10 min 5 s')
    """
    minutes, rest = divmod(seconds, 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def format_long_duration(seconds: int) -> str:
    """
    Return seconds in their two largest units, from days to minutes.

    >>> format_long_duration(42), format_long_duration(7260), format_long_duration(356_400)
    ('0 min', '2 h 1 min', '4 d 3 h')
    """
    minutes = seconds // 60
    hours, days = minutes // 60, minutes // (24 * 60)
    if days:
        return f"{days} d {hours % 24} h"
    return f"{hours} h {minutes % 60} min" if hours else f"{minutes} min"


def format_authors(commits_of: Iterable[tuple[str, int]]) -> str:
    """
    Authors with how many commits each has.

    >>> format_authors([("Zoe", 2), ("Dev", 1)])
    'Zoe (2), Dev (1)'
    """
    return ", ".join(f"{escape_markdown(author)} ({count})" for author, count in commits_of)


def format_issue_links(resolves: Iterable[tuple[str, str]]) -> str:
    """Return issues as links to their pages."""
    return ", ".join(f"[{escape_markdown(issue)}]({page})" for issue, page in resolves)


FILTERS: Mapping[str, Callable[..., str]] = {
    "md": escape_markdown,
    "subject": escape_subject,
    "render_message": render_message,
    "render_message_html": render_message_html,
    "code": format_code,
    "cell": format_table_cell,
    "fenced": format_code_block,
    "link": format_link,
    "short": shorten_sha,
    "commits": format_commit_count,
    "moment": format_time,
    "duration": format_duration,
    "long_duration": format_long_duration,
    "credited": format_authors,
    "issues": format_issue_links,
}
