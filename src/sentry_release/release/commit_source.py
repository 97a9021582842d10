"""Which commits a release gets: from Sentry's integration or GitHub, in which range, of which paths."""

import re
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache

from sentry_release.ci.context import Context
from sentry_release.config.config import Config
from sentry_release.config.inputs import Command, CommitsMode
from sentry_release.model.commits import CommitHistory, CommitRange, RangeRelation
from sentry_release.model.release import SentryRelease

# Of a glob: its pieces, what its stars match, and the same as few characters as possible.
_PIECES = re.compile(r"\*\*+/?|\*|\\.|\[[^\]]{1,200}\]|.", re.DOTALL)
_ANYTHING, _NAME, _FOLDERS, _ABOVE = ".*", "[^/]*", "(?:.*/)?", "(?:.*/)"
_LAZY = {_ANYTHING: ".*?", _NAME: "[^/]*?", _FOLDERS: "(?:.*?/)??", _ABOVE: "(?:.*?/)"}
_STARS = set(_LAZY)


def needs_github(config: Config, context: Context) -> bool:
    """
    Return whether a step that sends requests to Sentry certainly sends some to GitHub as well.

    PyGithub is then imported while Sentry answers. A wrong result only costs time: an unused
    import, or a late one.
    """
    if context.post_state is not None:  # otherwise post nearly always has all it needs from main
        return bool(config.announce)
    if config.environment is None and context.is_github_actions:
        return True
    if config.command is Command.DEPLOY:
        return _needs_deployment(config, context)
    releases = config.command is Command.RELEASE and not config.dry_run
    return releases and (config.notes_dir is not None or uploads_commits(config))


def uploads_commits(config: Config) -> bool:
    """Return whether the action must upload the commits, because Sentry cannot filter them."""
    return config.set_commits is CommitsMode.GITHUB or (
        bool(config.commit_paths) and config.set_commits is not CommitsMode.SKIP
    )


def _needs_deployment(config: Config, context: Context) -> bool:
    event = context.deployment_event
    if event is None:
        return config.check_run_id is not None
    return event.run_id is not None


def describe_range(history: CommitHistory, commits: CommitRange, before: str | None) -> str | None:
    """Return a note on an unusual range; None for an ordinary one."""
    if not history.commits and history.relation not in {
        RangeRelation.BEHIND,
        RangeRelation.IDENTICAL,
    }:
        return (
            "No commit of the range touches `commit-paths`."  # no other filter removes all of them
        )
    return _describe_relation(history, commits, before or "the previous commit")


def _describe_relation(history: CommitHistory, commits: CommitRange, was: str) -> str | None:
    sent = len(history.commits)
    newest = f"Only the newest {sent} of {history.total} commits were sent."
    cut = sent < history.total
    match history.relation:
        case RangeRelation.BEHIND:
            return f"This is a rollback: {was} was ahead of it, so there are no new commits."
        case RangeRelation.DIVERGED:
            diverged = f"The histories of {was} and of this release have diverged"
            note = f"{diverged}; the commits are those since then."
            return f"{note} {newest}" if cut else note
        case RangeRelation.GONE:
            return (
                f"The commit of {was}, {(commits.previous or '')[:7]}, is no longer in the "
                f"repository; the commits are the last {sent}."
            )
        case RangeRelation.UNRELATED:
            return f"{was} and this release share no history; the commits are the last {sent}."
        case RangeRelation.AHEAD if cut:
            return newest
        case RangeRelation.AHEAD | RangeRelation.IDENTICAL | RangeRelation.FIRST:
            return None


def is_rollback(own: SentryRelease | None, before: SentryRelease | None) -> bool:
    """
    Return whether an older release replaces a newer one.

    Sentry then has both, and this release was created before the one that it replaces.
    """
    return (
        own is not None
        and before is not None
        and own.created_at is not None
        and before.created_at is not None
        and own.created_at < before.created_at
    )


def matches_paths(globs: Sequence[str], paths: Iterable[str]) -> bool:
    """
    Return whether the globs include any of the paths, as those of GitHub's `on.push.paths` do.

    The last glob that matches a path decides; one that begins with `!` excludes it. Without any
    glob, every path is included.

    Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#filter-pattern-cheat-sheet

    >>> matches_paths(["apps/shop/**", "!**/*.md"], ["apps/shop/README.md"])
    False
    """
    return not globs or any(_matches_path(globs, path) for path in paths)


def _matches_path(globs: Sequence[str], path: str) -> bool:
    for glob in reversed(globs):
        if _compile_glob(glob.removeprefix("!")).fullmatch(path):
            return not glob.startswith("!")
    return False


@lru_cache(maxsize=256)
def _compile_glob(glob: str) -> re.Pattern[str]:
    parts: list[str] = []
    often: list[str] = []  # the quantifier of each part: "", "?", "+" or "*"
    for piece in _PIECES.findall(glob):
        if piece in {"?", "+"} and parts:
            # A star already repeats; a nested repetition would backtrack exponentially.
            if parts[-1] not in _STARS:
                often[-1] = piece if often[-1] in {"", piece} else "*"
            continue
        part = _translate_piece(piece, starts_folder=not parts or parts[-1] in {"/", _FOLDERS})
        if part not in _STARS or parts[-1:] != [part]:  # a repeated star is one star
            parts.append(part)
            often.append("")
    whole = [f"{part}{times}" for part, times in zip(parts, often, strict=True)]
    named = _join_stars(whole, {_NAME}, lambda part: _matches_one_character(part) and part != "/")
    tied = _join_stars(
        named, _STARS - {_NAME}, lambda part: _matches_one_character(part) or part.startswith("(?>")
    )
    return re.compile("".join(tied), re.DOTALL)


def _join_stars(parts: list[str], stars: set[str], is_plain: Callable[[str], bool]) -> list[str]:
    """
    Join each star with the parts up to the next star, as an atomic group.

    The first match of these parts suffices: whatever the next star reaches from a later match,
    it reaches from the first one as well. Without this, the number of attempts would grow
    exponentially with the number of stars.
    """
    done: list[str] = []
    since: list[str] = []  # the last star, and the literal parts after it
    for part in parts:
        if part in stars and since:
            done.append(f"(?>{''.join(_LAZY.get(one, one) for one in since)})")
            since = [part]
        elif part in stars or (since and (is_plain(part) or part == _NAME)):
            since.append(part)
        else:
            done += [*since, part]
            since = []
    return done + since


def _matches_one_character(part: str) -> bool:
    """Return whether the part matches exactly one character, and if a slash, nothing else."""
    if part[0] == "[":
        return part[-1] == "]" and not re.fullmatch(part, "/")
    return len(part) == 1 or (part[0] == "\\" and len(part) == len("\\."))


def _translate_piece(piece: str, *, starts_folder: bool) -> str:
    if piece.startswith("**"):
        if not piece.endswith("/"):
            return _ANYTHING
        return _FOLDERS if starts_folder else _ABOVE
    if piece == "*":
        return _NAME
    if piece.startswith("[") and piece != "[":
        return _translate_class(piece)
    return re.escape(piece[1:] if len(piece) > 1 else piece)


def _translate_class(piece: str) -> str:
    """Translate `[a-z_]` to a regular expression; a reversed range matches nothing."""
    inner = piece[1:-1]
    negated = "^" if inner.startswith("^") and len(inner) > 1 else ""
    ranges = re.findall(r"(.)-(.)|(.)", inner.removeprefix(negated), re.DOTALL)
    if any(first > last for first, last, _ in ranges):
        return f"(?:{re.escape(piece)})"
    known = (
        re.escape(one) if one else f"{re.escape(first)}-{re.escape(last)}"
        for first, last, one in ranges
    )
    return f"[{negated}{''.join(known)}]"
