"""The inputs of an action as one frozen Config."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import timedelta
from pathlib import PurePosixPath, PureWindowsPath
from typing import Self

from sentry_release.config.input_reader import (
    READER_KEY,
    InputReader,
    input_field,
    list_unknown_inputs,
    suggest_word,
)
from sentry_release.config.input_table import INPUTS, list_inputs
from sentry_release.config.input_values import (
    EnvironmentPair,
    Levels,
    RepositoryPin,
    parse_rule_levels,
    read_announce,
    read_count,
    read_environment,
    read_environment_pairs,
    read_min_sessions,
    read_notify,
    read_notify_on,
    read_percent,
    read_repositories,
    read_wait,
    read_window,
)
from sentry_release.config.inputs import (
    Announce,
    Command,
    CommitsMode,
    CommitsSince,
    DoctorMode,
    NotifyOn,
    OnOutage,
    TagMismatch,
)
from sentry_release.config.sentry_server import read_organization, read_projects, read_url
from sentry_release.model.commits import is_sha
from sentry_release.model.foreign_text import find_link_error
from sentry_release.model.job import Recipient
from sentry_release.model.platform import Platform
from sentry_release.model.release import find_dist_name_error

MAX_DEPLOY_NAME_LENGTH = 64  # characters
_TIMEOUTS_S = range(5, 601)


def _read_dist(inputs: InputReader) -> str | None:
    dist = inputs.read_text("dist")
    if dist and (problem := find_dist_name_error(dist)):
        hint = "Use letters, digits, `_`, `.` and `-`, at most 64."
        inputs.add_invalid("dist", dist, f"it {problem}", hint)
    return dist


def _read_commits_since(inputs: InputReader) -> CommitsSince | str:
    text = (inputs.read_text("commits-since") or "").lower()
    known = {word.value: word for word in CommitsSince}
    if text not in known and not is_sha(text):
        hint = f"{suggest_word(text, tuple(known))} A whole sha of a commit is valid as well."
        inputs.add_invalid("commits-since", text, "", hint)
    return known.get(text, text)


def _read_deploy_name(inputs: InputReader) -> str | None:
    name = inputs.read_text("deploy-name")
    if name and len(name) > MAX_DEPLOY_NAME_LENGTH:
        reason = f"it has {len(name)} characters, Sentry accepts at most {MAX_DEPLOY_NAME_LENGTH}"
        inputs.add_invalid("deploy-name", name, reason, "Shorten it.")
    return name


def _read_deploy_url(inputs: InputReader) -> str | None:
    url = inputs.read_url("deploy-url")
    if url and (problem := find_link_error(url)):
        hint = "Use a URL of at most 200 characters whose host has a dot and no `_`."
        inputs.add_invalid("deploy-url", url, f"it {problem}", hint)
    return url


def _read_uploads(inputs: InputReader) -> frozenset[Platform]:
    """Return the platforms of `uploads`; none of them for `none`."""
    words = [word.lower() for word in inputs.read_list("uploads")]
    if words == ["auto"]:
        return frozenset(Platform)
    if words == ["none"]:
        return frozenset()
    known = {platform.value: platform for platform in Platform}
    for word in words:
        if word not in known:
            hint = suggest_word(word, ("auto", "none", *known))
            inputs.add_invalid("uploads", word, "", hint)
    return frozenset(known[word] for word in words if word in known)


def _read_symbols_path(inputs: InputReader) -> tuple[PurePosixPath, ...]:
    paths = []
    for line in inputs.read_lines("symbols-path"):
        path = PurePosixPath(line.replace("\\", "/"))
        if path.is_absolute() or PureWindowsPath(line).drive or "\0" in line:
            hint = "Use a path relative to `working-directory`."
            inputs.add_invalid("symbols-path", line, "it is an absolute path", hint)
        paths.append(path)
    return tuple(paths)


def _read_timeout(inputs: InputReader) -> int:
    text = inputs.read_text("timeout") or ""
    seconds = int(text if re.fullmatch(r"[0-9]{1,3}", text) else "0")
    if seconds not in _TIMEOUTS_S:
        hint = f"Use seconds, {_TIMEOUTS_S[0]} to {_TIMEOUTS_S[-1]}."
        inputs.add_invalid("timeout", text, "", hint)
    return seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """
    Each field with how it is read; `dart_defines_file` is the input `dart-defines-file`.

    Order and names follow the input table, and a test holds both in step. `timeout` is in seconds.
    `environment_pairs` is the input `environment` if it maps names; `environment` is then None.
    """

    auth_token: str | None = input_field(
        lambda inputs: inputs.read_secret("auth-token"), secret=True
    )
    org: str | None = input_field(read_organization)
    projects: tuple[str, ...] = input_field(read_projects)
    url: str = input_field(read_url)
    on_outage: OnOutage = input_field(lambda inputs: inputs.read_choice("on-outage", OnOutage))
    timeout: int = input_field(_read_timeout)
    dry_run: bool = input_field(lambda inputs: inputs.read_flag("dry-run"))
    env_file: PurePosixPath | None = input_field(lambda inputs: inputs.read_path("env-file"))
    working_directory: PurePosixPath = input_field(
        lambda inputs: inputs.read_path_or_default("working-directory")
    )
    release: str | None = input_field(lambda inputs: inputs.read_text("release"))
    dist: str | None = input_field(_read_dist)
    environment: str | None = input_field(read_environment)
    platform: Platform | None = input_field(
        lambda inputs: inputs.read_optional_choice("platform", Platform)
    )
    flavor: str | None = input_field(lambda inputs: inputs.read_text("flavor"))
    build_name: str | None = input_field(lambda inputs: inputs.read_text("build-name"))
    build_number: str | None = input_field(lambda inputs: inputs.read_text("build-number"))
    tag_mismatch: TagMismatch = input_field(
        lambda inputs: inputs.read_choice("tag-mismatch", TagMismatch)
    )
    dart_defines_file: PurePosixPath = input_field(
        lambda inputs: inputs.read_path_or_default("dart-defines-file")
    )
    define_environment: bool = input_field(lambda inputs: inputs.read_flag("define-environment"))
    dsn: str | None = input_field(lambda inputs: inputs.read_url("dsn"))
    export_env: bool = input_field(lambda inputs: inputs.read_flag("export-env"))
    set_commits: CommitsMode = input_field(
        lambda inputs: inputs.read_choice("set-commits", CommitsMode)
    )
    repositories: tuple[RepositoryPin, ...] = input_field(read_repositories)
    commit_paths: tuple[str, ...] = input_field(lambda inputs: inputs.read_lines("commit-paths"))
    commits_since: CommitsSince | str = input_field(_read_commits_since)
    finalize: bool = input_field(lambda inputs: inputs.read_flag("finalize"))
    finalize_environments: tuple[str, ...] = input_field(
        lambda inputs: inputs.read_list("finalize-environments")
    )
    deploy: bool = input_field(lambda inputs: inputs.read_flag("deploy"))
    deploy_name: str | None = input_field(_read_deploy_name)
    deploy_url: str | None = input_field(_read_deploy_url)
    create_missing_release: bool = input_field(
        lambda inputs: inputs.read_flag("create-missing-release")
    )
    uploads: frozenset[Platform] = input_field(_read_uploads)
    symbols_path: tuple[PurePosixPath, ...] = input_field(_read_symbols_path)
    include_sources: bool = input_field(lambda inputs: inputs.read_flag("include-sources"))
    min_crash_free_sessions: float | None = input_field(
        lambda inputs: read_percent(inputs, "min-crash-free-sessions")
    )
    min_crash_free_users: float | None = input_field(
        lambda inputs: read_percent(inputs, "min-crash-free-users")
    )
    min_unhandled_free_sessions: float | None = input_field(
        lambda inputs: read_percent(inputs, "min-unhandled-free-sessions")
    )
    max_new_issues: int | None = input_field(lambda inputs: read_count(inputs, "max-new-issues"))
    max_drop: float | None = input_field(lambda inputs: read_percent(inputs, "max-drop"))
    min_sessions: int = input_field(read_min_sessions)
    health_window: timedelta = input_field(read_window)
    health_wait: timedelta | None = input_field(read_wait)
    doctor: DoctorMode = input_field(lambda inputs: inputs.read_choice("doctor", DoctorMode))
    doctor_levels: Levels = input_field(parse_rule_levels)
    report_dir: PurePosixPath | None = input_field(lambda inputs: inputs.read_path("report-dir"))
    notify_urls: tuple[Recipient, ...] = input_field(read_notify)
    notify_on: tuple[NotifyOn, ...] = input_field(read_notify_on)
    notify_template: PurePosixPath | None = input_field(
        lambda inputs: inputs.read_path("notify-template")
    )
    announce: tuple[Announce, ...] = input_field(read_announce)
    notes_dir: PurePosixPath | None = input_field(lambda inputs: inputs.read_path("notes-dir"))
    github_token: str | None = input_field(
        lambda inputs: inputs.read_secret("github-token"), secret=True
    )
    job_status: str | None = input_field(lambda inputs: inputs.read_text("job-status"))
    check_run_id: int | None = input_field(lambda inputs: inputs.read_number("check-run-id"))
    job_total: int | None = input_field(lambda inputs: inputs.read_number("job-total"))
    environment_pairs: tuple[EnvironmentPair, ...] = ()
    command: Command = Command.RELEASE

    @classmethod
    def from_env(cls, environ: Mapping[str, str], command: Command | None = None) -> Self:
        """
        Read every input, then report all mistakes at once.

        Args:
            environ: The process environment; input `deploy-url` is `INPUT_DEPLOY-URL`.
            command: Whose inputs to read; the others have their defaults. None reads all.

        Raises:
            WorkflowError: Inputs are missing, malformed or contradict each other; all are listed.
        """
        inputs = InputReader(environ, tuple(list_inputs(command)) if command else tuple(INPUTS))
        values = {one.name: one.metadata[READER_KEY](inputs) for one in fields(cls) if one.metadata}
        if command is not None and environ.get("GITHUB_ACTIONS") == "true":
            for problem in list_unknown_inputs(environ, command):
                inputs.add_contradiction(problem)
        pairs = read_environment_pairs(inputs)
        if pairs and command not in {None, Command.DEPLOY}:
            inputs.add_contradiction(
                "`environment` maps names, as in `Preview=staging`, only in the action `deploy`. "
                "Use the environment's name in Sentry."
            )
        inputs.raise_errors()
        return cls(**values, environment_pairs=pairs, command=command or Command.RELEASE)
