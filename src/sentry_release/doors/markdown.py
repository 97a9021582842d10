"""Values -> harmless Markdown: the filters of our templates, and of the user's."""

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from urllib.parse import quote

_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~&@:$])")


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


def credited(commits_of: Iterable[tuple[str, int]]) -> str:
    """
    Authors with how many commits each has.

    >>> credited([("Zoe", 2), ("Dev", 1)])
    'Zoe (2), Dev (1)'
    """
    return ", ".join(f"{md(author)} ({count})" for author, count in commits_of)


def issues(resolves: Iterable[tuple[str, str]]) -> str:
    """Issues as links to their pages."""
    return ", ".join(f"[{md(issue)}]({page})" for issue, page in resolves)


FILTERS: tuple[Callable[..., str], ...] = (
    md,
    code,
    cell,
    fenced,
    link,
    short,
    commits,
    moment,
    duration,
    credited,
    issues,
)
