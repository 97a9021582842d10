"""`sentry-release doctor --fix`: mechanical fixes as a diff, or with `--write` in the files."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from sentry_release.adapters.file_search import walk_files
from sentry_release.adapters.runner import ActionsRunner
from sentry_release.adapters.workspace import Workspace
from sentry_release.ci.context import Context
from sentry_release.commands.steps.doctor_check import find_app
from sentry_release.config.config import Config
from sentry_release.doctor.app import FixContext
from sentry_release.doctor.fixes.fixers import (
    Fix,
    apply_fixes,
    compute_fixes,
    drop_overlapping_fixes,
    find_unverified_fixes,
    render_diffs,
    render_result_table,
)
from sentry_release.doctor.run_rules import ALL_CHECKS, DoctorReport, run_rules
from sentry_release.doctor.scan.scan_app import ScannedApp, scan_app
from sentry_release.errors import ActionError, ProjectError, WorkflowError
from sentry_release.model.finding import Finding, Severity
from sentry_release.project.resolve_name import find_release

FIXES_AVAILABLE_EXIT_CODE = ProjectError.exit_code
_MAX_BYTES = 4 * 1024 * 1024  # bytes of a file
_MARK = "\ufeff"
_ROUNDS = 5  # of verification; fixes that are still refuted after it are dropped
_Texts = Mapping[PurePosixPath, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _CheckResult:
    """The app as it was read, and its findings."""

    scanned: ScannedApp
    report: DoctorReport

    def is_worse_than(self, other: "_CheckResult") -> bool:
        """Return whether less of the app could be checked, so that a missing finding proves nothing."""
        return len(self.scanned.notes) > len(other.scanned.notes) or bool(
            set(dict(self.report.broken)) - set(dict(other.report.broken))
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _FixRun:
    """The context of one run, and the original bytes of each file that a fix would change."""

    config: Config
    context: Context
    workspace: Workspace
    check_time: Callable[[], object]
    contents: dict[PurePosixPath, bytes] = field(default_factory=dict)

    def check(self, overrides: Mapping[PurePosixPath, bytes]) -> _CheckResult:
        """Check the app with these files replaced."""
        workspace = replace(self.workspace, overrides=overrides)
        project = find_app(self.config, workspace)
        release = find_release(self.config, self.context, workspace)
        scanned = scan_app(project, release, check_time=self.check_time)
        levels = self.config.doctor_levels
        report = run_rules(
            scanned.app, ALL_CHECKS, scanned.texts, levels=levels, check_time=self.check_time
        )
        return _CheckResult(scanned=scanned, report=report)

    def find_fixes(self, checked: _CheckResult) -> Iterator[Fix]:
        """Yield the fixes of all findings whose files have not changed since the check."""
        cases = (
            FixContext(
                finding=one,
                app=checked.scanned.app,
                texts=checked.scanned.texts,
                sources=self._list_sources,
            )
            for one in checked.report.findings
        )
        for fix in compute_fixes(cases):
            self.check_time()
            if all(self._is_unchanged(edit.path, checked.scanned.texts) for edit in fix.edits):
                yield fix

    def verify_fixes(self, tried: Sequence[Fix], first: _CheckResult) -> Sequence[Fix]:
        """Return the fixes that a second check, of the fixed app, confirms."""
        for _ in range(_ROUNDS):
            if not tried:
                break
            refuted = self._find_refuted_fixes(tried, first)
            if not refuted:
                return tried
            tried = [one for one in tried if one not in refuted]
        return ()

    def encode_texts(self, after: _Texts) -> dict[PurePosixPath, bytes]:
        """Return new texts as bytes, each with the byte order mark that its file has."""
        marked = {path: self.contents[path].startswith(_MARK.encode()) for path in after}
        return {path: f"{_MARK * marked[path]}{text}".encode() for path, text in after.items()}

    def _find_refuted_fixes(self, tried: Sequence[Fix], first: _CheckResult) -> frozenset[Fix]:
        try:
            second = self.check(self.encode_texts(apply_fixes(tried, first.scanned.texts)))
        except ActionError:
            return frozenset(tried)
        if second.is_worse_than(first):
            return frozenset(tried)
        return find_unverified_fixes(tried, first.report.findings, second.report.findings)

    def _is_unchanged(self, path: PurePosixPath, texts: _Texts) -> bool:
        """Return whether the file still is the text that was checked; else offsets are wrong."""
        try:
            content = self.workspace.read_bytes(path, limit=_MAX_BYTES)
            editable = self.workspace.is_editable(path)
            as_read = editable and (content or b"").decode("utf-8-sig") == texts.get(path)
        except (ActionError, UnicodeDecodeError):
            return False
        if content is not None and as_read:
            self.contents[path] = content
        return as_read

    def _list_sources(self) -> Iterator[bytes]:
        root = PurePosixPath()
        for observed in walk_files(
            self.workspace, root, ends=(".dart",), skip=("build",), limit=_MAX_BYTES
        ):
            yield observed.content or b""


def fix_project(
    config: Config,
    context: Context,
    workspace: Workspace,
    runner: ActionsRunner,
    options: frozenset[str],
    check_time: Callable[[], object],
) -> int:
    """
    Apply the mechanical fixes, and return the exit code.

    It is that of ProjectError if an error remains or, without `--write`, if something would be
    changed, and else 0. A second check verifies each fix: one that does not remove its finding,
    or adds another, is left to the user.

    Raises:
        ProjectError: There is no app, or a file has changed since the check.
        ComputeLimitError: The time is over, which `check_time` raises between files and rules.
        WorkflowError: The options cannot be combined, or a file cannot be written.
    """
    write = _should_write(options | ({"--report-dir"} if config.report_dir else set()))
    fixing = _FixRun(config=config, context=context, workspace=workspace, check_time=check_time)
    checked = fixing.check({})
    possible = tuple(fixing.find_fixes(checked))
    kept, overlapping = drop_overlapping_fixes(possible)
    proven = fixing.verify_fixes(kept, checked)
    after = apply_fixes(proven, checked.scanned.texts)
    if after:
        runner.print_result("\n".join(render_diffs(checked.scanned.texts, after)))
    if write:
        _write_files(fixing, after)
    fixed = {one.finding for one in proven}
    not_applied = {one.finding for one in overlapping}
    _report_fixes(checked, fixed, not_applied, runner, written=write)
    remaining = {one for one in checked.report.findings if one.severity is Severity.ERROR} - fixed
    return FIXES_AVAILABLE_EXIT_CODE if remaining or (fixed and not write) else 0


def _should_write(options: frozenset[str]) -> bool:
    """Return whether to write. Raises WorkflowError if the options cannot be combined."""
    others = sorted(options - {"--fix", "--write", "--quiet"})
    if "--fix" in options and not others:
        return "--write" in options
    message = f"--fix cannot be combined with {others[0]}." if others else "--write requires --fix."
    raise WorkflowError(
        message,
        reason="--fix prints a diff, and --write applies it.",
        hint="Use `doctor --fix` to see the diff, and `doctor --fix --write` to change the files.",
    )


def _write_files(fixing: _FixRun, after: _Texts) -> None:
    """Write every file; if one cannot be written, restore those before it."""
    workspace = fixing.workspace
    written: dict[PurePosixPath, bytes] = {}
    try:
        for path, content in fixing.encode_texts(after).items():
            _replace_file(workspace, path, content, observed=fixing.contents[path])
            written[path] = content
    except BaseException:  # Ctrl-C, too, leaves all files changed, or none
        for path, content in written.items():
            with suppress(ActionError):  # keep what another process has written since
                workspace.replace(path, fixing.contents[path], observed=content)
        raise


def _report_fixes(
    checked: _CheckResult,
    fixed: set[Finding],
    overlapping: set[Finding],
    runner: ActionsRunner,
    *,
    written: bool,
) -> None:
    rules = [rule for rule, _ in ALL_CHECKS]
    lines = render_result_table(checked.report.findings, fixed, overlapping, rules, written=written)
    notes = (*checked.scanned.notes, *checked.report.notes)
    runner.print_result("\n".join((*lines, *(f"! {one}" for one in notes))))


def _replace_file(
    workspace: Workspace, path: PurePosixPath, content: bytes, *, observed: bytes
) -> None:
    if not workspace.replace(path, content, observed=observed):
        raise ProjectError(
            f"{str(path)!r} has changed since the check, so nothing was written.",
            reason="Another process wrote to it, and its changes would be lost.",
            hint="Run `doctor --fix --write` again.",
        )
