"""`sentry-release doctor --fix`: mend what is mechanical, as a diff, and with `--write` in the files."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from sentry_release.commands.doctor_apps import find_app
from sentry_release.decisions.doctor.checks import CHECKS
from sentry_release.decisions.doctor.fixing.case import Case
from sentry_release.decisions.doctor.fixing.composing import Mend, apart, composed
from sentry_release.decisions.doctor.fixing.fixes import mends, unproven
from sentry_release.decisions.doctor.fixing.telling import diffs, outcome
from sentry_release.decisions.doctor.judging import Judged, judge
from sentry_release.doors.disk import Disk
from sentry_release.doors.tree import contents_below
from sentry_release.facts.config import Config
from sentry_release.facts.context import Context
from sentry_release.story.doctor_reading import Read, read_app
from sentry_release.story.world import World
from sentry_release.words.errors import ActionError, ProjectError, WorkflowError
from sentry_release.words.finding import Finding, Severity

MENDS_EXIT_CODE = ProjectError.exit_code
_LARGEST = 4 * 1024 * 1024  # bytes of a file
_MARK = "\ufeff"
_ROUNDS = 5  # of trying; what has not settled by then is left alone
_Texts = Mapping[PurePosixPath, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    """The app as it was read, and what was found in it."""

    read: Read
    judged: Judged

    def is_worse_than(self, other: "_Look") -> bool:
        """Whether less of it could be looked at, so that nothing found means nothing."""
        return len(self.read.remarks) > len(other.read.remarks) or bool(
            set(dict(self.judged.broken)) - set(dict(other.judged.broken))
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fixing:
    """Who looks, and the bytes of each file that a mend would change, as they were then."""

    config: Config
    context: Context
    world: World
    contents: dict[PurePosixPath, bytes] = field(default_factory=dict)

    def look(self, drafts: Mapping[PurePosixPath, bytes]) -> _Look:
        """Look at the app, with some files as they would be."""
        world = replace(self.world, disk=replace(self.world.disk, drafts=drafts))
        project = find_app(self.config, world)
        read = read_app(self.config, self.context, world, project)
        levels = self.config.doctor_levels
        judged = judge(read.subject, CHECKS, read.texts, levels=levels)
        return _Look(read=read, judged=judged)

    def mends(self, look: _Look) -> Iterator[Mend]:
        """Those of all findings, as far as their files are still what was looked at."""
        cases = (
            Case(
                finding=one,
                subject=look.read.subject,
                texts=look.read.texts,
                sources=self._sources,
            )
            for one in look.judged.findings
        )
        for mend in mends(cases):
            if all(self._is_as_read(edit.path, look.read.texts) for edit in mend.edits):
                yield mend

    def proven(self, tried: Sequence[Mend], first: _Look) -> Sequence[Mend]:
        """Those that a look at the app as it would be confirms."""
        for _ in range(_ROUNDS):
            if not tried:
                break
            refuted = self._refuted(tried, first)
            if not refuted:
                return tried
            tried = [one for one in tried if one not in refuted]
        return ()

    def drafts(self, after: _Texts) -> dict[PurePosixPath, bytes]:
        """New texts as bytes, each with the byte order mark that its file has."""
        marks = {path: self.contents[path].startswith(_MARK.encode()) for path in after}
        return {path: f"{_MARK * marks[path]}{text}".encode() for path, text in after.items()}

    def _refuted(self, tried: Sequence[Mend], first: _Look) -> frozenset[Mend]:
        try:
            second = self.look(self.drafts(composed(tried, first.read.texts)))
        except ActionError:
            return frozenset(tried)
        if second.is_worse_than(first):
            return frozenset(tried)
        return unproven(tried, first.judged.findings, second.judged.findings)

    def _is_as_read(self, path: PurePosixPath, texts: _Texts) -> bool:
        """Whether its bytes are the text that was looked at: else no offset can be trusted."""
        try:
            content = self.world.disk.content(path, limit=_LARGEST)
            editable = self.world.disk.is_editable(path)
            as_read = editable and (content or b"").decode("utf-8-sig") == texts.get(path)
        except (ActionError, UnicodeDecodeError):
            return False
        if content is not None and as_read:
            self.contents[path] = content
        return as_read

    def _sources(self) -> Iterator[bytes]:
        root = PurePosixPath()
        for seen in contents_below(
            self.world.disk, root, ends=(".dart",), skip=("build",), limit=_LARGEST
        ):
            yield seen.content or b""


def fix(config: Config, context: Context, world: World, options: frozenset[str]) -> int:
    """
    Mend what can be mended without asking anybody, and give the exit code.

    It is that of a project's mistake where an error stays or, without `--write`, where something
    would be changed, and else 0. Each mend is first tried on a second look at the app: what does
    not take its finding away, or brings another one, is left to people.

    Raises:
        ProjectError: There is no app, or a file has changed since it was looked at.
        WorkflowError: The options do not go together, or a file cannot be written.
    """
    write = _agreed(options | ({"--report-dir"} if config.report_dir else set()))
    fixing = _Fixing(config=config, context=context, world=world)
    look = fixing.look({})
    possible = tuple(fixing.mends(look))
    kept, met = apart(possible)
    proven = fixing.proven(kept, look)
    after = composed(proven, look.read.texts)
    if after:
        world.runner.print_result("\n".join(diffs(look.read.texts, after)))
    if write:
        _write(fixing, after)
    mended = {one.finding for one in proven}
    _tell(look, mended, {one.finding for one in met}, world, written=write)
    left = {one for one in look.judged.findings if one.severity is Severity.ERROR} - mended
    return MENDS_EXIT_CODE if left or (mended and not write) else 0


def _agreed(options: frozenset[str]) -> bool:
    """Whether to write. Raises WorkflowError where the options do not go together."""
    others = sorted(options - {"--fix", "--write"})
    if "--fix" in options and not others:
        return "--write" in options
    what = f"--fix and {others[0]} do not go together." if others else "--write is without --fix."
    raise WorkflowError(
        what,
        why="--fix shows a diff for people, and --write changes the files as it shows.",
        mend="Use `doctor --fix` to see the diff, and `doctor --fix --write` to change the files.",
    )


def _write(fixing: _Fixing, after: _Texts) -> None:
    """Change every file; where one of them cannot be, those before it are as they were."""
    disk = fixing.world.disk
    written: dict[PurePosixPath, bytes] = {}
    try:
        for path, content in fixing.drafts(after).items():
            _replace(disk, path, content, seen=fixing.contents[path])
            written[path] = content
    except BaseException:  # a Ctrl-C as well leaves all files changed, or none
        for path, content in written.items():
            with suppress(ActionError):  # what somebody has touched since is theirs
                disk.replace(path, fixing.contents[path], seen=content)
        raise


def _tell(
    look: _Look, mended: set[Finding], met: set[Finding], world: World, *, written: bool
) -> None:
    rules = [rule for rule, _ in CHECKS]
    lines = outcome(look.judged.findings, mended, met, rules, written=written)
    remarks = (*look.read.remarks, *look.judged.remarks)
    world.runner.print_result("\n".join((*lines, *(f"! {one}" for one in remarks))))


def _replace(disk: Disk, path: PurePosixPath, content: bytes, *, seen: bytes) -> None:
    if not disk.replace(path, content, seen=seen):
        raise ProjectError(
            f"{str(path)!r} has changed since it was looked at, and nothing was written.",
            why="Somebody else has written to it meanwhile, and their work would be lost.",
            mend="Start `doctor --fix --write` again.",
        )
