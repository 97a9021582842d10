"""What the user asks for: the inputs of an action as one frozen Config."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import timedelta
from pathlib import PurePosixPath, PureWindowsPath
from typing import Self

from sentry_release.config.input_table import INPUTS, inputs_of
from sentry_release.config.inputs import Command
from sentry_release.config.unknown_inputs import unknown_inputs
from sentry_release.facts.choices import (
    Commits,
    CommitsSince,
    Doctor,
    NotifyOn,
    OnOutage,
    TagMismatch,
)
from sentry_release.facts.doctor.asked import Levels, levels_of
from sentry_release.facts.flutter.platforms import Platform
from sentry_release.facts.health import count_of, fewest_of, percent_of, wait_of, window_of
from sentry_release.facts.notify import notify_of, notify_on_of
from sentry_release.facts.reading import READ, Reader, asked, did_you_mean
from sentry_release.facts.repositories import RepositoryPin, repositories_of
from sentry_release.facts.sentry_address import organization_of, projects_of, url_of
from sentry_release.facts.sentry_links import problem_of_link
from sentry_release.facts.sentry_names import problem_of_dist, problem_of_environment
from sentry_release.words.letter import Addressee

DEPLOY_NAME_LIMIT = 64  # characters
_TIMEOUTS_S = range(5, 601)
_SHA = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")


def _dist(read: Reader) -> str | None:
    dist = read.text("dist")
    if dist and (problem := problem_of_dist(dist)):
        hint = "Use letters, digits, `_`, `.` and `-`, at most 64."
        read.wrong("dist", dist, f"it {problem}", hint)
    return dist


def _environment(read: Reader) -> str | None:
    environment = read.text("environment")
    if environment and (problem := problem_of_environment(environment)):
        hint = "Use the environment's name in Sentry, for example `production`."
        read.wrong("environment", environment, f"it {problem}", hint)
    return environment


def _commits_since(read: Reader) -> CommitsSince | str:
    text = (read.text("commits-since") or "").lower()
    known = {word.value: word for word in CommitsSince}
    if text not in known and not _SHA.fullmatch(text):
        hint = f"{did_you_mean(text, tuple(known))} A whole sha of a commit is valid as well."
        read.wrong("commits-since", text, "", hint)
    return known.get(text, text)


def _deploy_name(read: Reader) -> str | None:
    name = read.text("deploy-name")
    if name and len(name) > DEPLOY_NAME_LIMIT:
        why = f"it has {len(name)} characters, Sentry accepts at most {DEPLOY_NAME_LIMIT}"
        read.wrong("deploy-name", name, why, "Shorten it.")
    return name


def _deploy_url(read: Reader) -> str | None:
    url = read.address("deploy-url")
    if url and (problem := problem_of_link(url)):
        hint = "Use a URL of at most 200 characters whose host has a dot and no `_`."
        read.wrong("deploy-url", url, f"it {problem}", hint)
    return url


def _uploads(read: Reader) -> frozenset[Platform]:
    """The platforms of `uploads`; none of them for `none`."""
    words = [word.lower() for word in read.words("uploads")]
    if words == ["auto"]:
        return frozenset(Platform)
    if words == ["none"]:
        return frozenset()
    known = {platform.value: platform for platform in Platform}
    for word in words:
        if word not in known:
            hint = did_you_mean(word, ("auto", "none", *known))
            read.wrong("uploads", word, "", hint)
    return frozenset(known[word] for word in words if word in known)


def _symbols_path(read: Reader) -> tuple[PurePosixPath, ...]:
    paths = []
    for line in read.lines("symbols-path"):
        path = PurePosixPath(line.replace("\\", "/"))
        if path.is_absolute() or PureWindowsPath(line).drive or "\0" in line:
            hint = "Use a path relative to `working-directory`."
            read.wrong("symbols-path", line, "it is an absolute path", hint)
        paths.append(path)
    return tuple(paths)


def _timeout(read: Reader) -> int:
    text = read.text("timeout") or ""
    seconds = int(text) if re.fullmatch(r"[0-9]{1,3}", text) else 0
    if seconds not in _TIMEOUTS_S:
        hint = f"Use seconds, {_TIMEOUTS_S[0]} to {_TIMEOUTS_S[-1]}."
        read.wrong("timeout", text, "", hint)
    return seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """
    Each field with how it is read; `dart_defines_file` is the input `dart-defines-file`.

    Order and names follow the input table, and a test holds both in step. `timeout` is in seconds.
    """

    auth_token: str | None = asked(lambda read: read.secret("auth-token"), secret=True)
    org: str | None = asked(organization_of)
    projects: tuple[str, ...] = asked(projects_of)
    url: str = asked(url_of)
    on_outage: OnOutage = asked(lambda read: read.choice("on-outage", OnOutage))
    timeout: int = asked(_timeout)
    dry_run: bool = asked(lambda read: read.flag("dry-run"))
    env_file: PurePosixPath | None = asked(lambda read: read.path("env-file"))
    working_directory: PurePosixPath = asked(lambda read: read.default_path("working-directory"))
    release: str | None = asked(lambda read: read.text("release"))
    dist: str | None = asked(_dist)
    environment: str | None = asked(_environment)
    platform: Platform | None = asked(lambda read: read.known("platform", Platform))
    flavor: str | None = asked(lambda read: read.text("flavor"))
    build_name: str | None = asked(lambda read: read.text("build-name"))
    build_number: str | None = asked(lambda read: read.text("build-number"))
    tag_mismatch: TagMismatch = asked(lambda read: read.choice("tag-mismatch", TagMismatch))
    dart_defines_file: PurePosixPath = asked(lambda read: read.default_path("dart-defines-file"))
    dsn: str | None = asked(lambda read: read.address("dsn"))
    export_env: bool = asked(lambda read: read.flag("export-env"))
    set_commits: Commits = asked(lambda read: read.choice("set-commits", Commits))
    repositories: tuple[RepositoryPin, ...] = asked(repositories_of)
    commit_paths: tuple[str, ...] = asked(lambda read: read.lines("commit-paths"))
    commits_since: CommitsSince | str = asked(_commits_since)
    finalize: bool = asked(lambda read: read.flag("finalize"))
    finalize_environments: tuple[str, ...] = asked(lambda read: read.words("finalize-environments"))
    deploy: bool = asked(lambda read: read.flag("deploy"))
    deploy_name: str | None = asked(_deploy_name)
    deploy_url: str | None = asked(_deploy_url)
    create_missing_release: bool = asked(lambda read: read.flag("create-missing-release"))
    uploads: frozenset[Platform] = asked(_uploads)
    symbols_path: tuple[PurePosixPath, ...] = asked(_symbols_path)
    include_sources: bool = asked(lambda read: read.flag("include-sources"))
    min_crash_free_sessions: float | None = asked(
        lambda read: percent_of(read, "min-crash-free-sessions")
    )
    min_crash_free_users: float | None = asked(
        lambda read: percent_of(read, "min-crash-free-users")
    )
    max_new_issues: int | None = asked(lambda read: count_of(read, "max-new-issues"))
    max_drop: float | None = asked(lambda read: percent_of(read, "max-drop"))
    min_sessions: int = asked(fewest_of)
    health_window: timedelta = asked(window_of)
    health_wait: timedelta | None = asked(wait_of)
    doctor: Doctor = asked(lambda read: read.choice("doctor", Doctor))
    doctor_levels: Levels = asked(levels_of)
    report_dir: PurePosixPath | None = asked(lambda read: read.path("report-dir"))
    notify_urls: tuple[Addressee, ...] = asked(notify_of, secret=True)
    notify_on: tuple[NotifyOn, ...] = asked(notify_on_of)
    notify_template: PurePosixPath | None = asked(lambda read: read.path("notify-template"))
    github_token: str | None = asked(lambda read: read.secret("github-token"), secret=True)
    job_status: str | None = asked(lambda read: read.text("job-status"))
    check_run_id: int | None = asked(lambda read: read.number("check-run-id"))
    job_total: int | None = asked(lambda read: read.number("job-total"))
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
        read = Reader(environ, tuple(inputs_of(command)) if command else tuple(INPUTS))
        values = {one.name: one.metadata[READ](read) for one in fields(cls) if one.metadata}
        if command is not None and environ.get("GITHUB_ACTIONS") == "true":
            for problem in unknown_inputs(environ, command):
                read.contradiction(problem)
        read.finish()
        return cls(**values, command=command or Command.RELEASE)
