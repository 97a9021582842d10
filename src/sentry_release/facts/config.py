"""What the user asks for: the inputs of action.yml as one frozen Config."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from pathlib import PurePosixPath
from typing import Self

from sentry_release.facts.choices import (
    Commits,
    Doctor,
    MissingRelease,
    NotifyOn,
    OnOutage,
    Phase,
    PreviousBy,
    TagMismatch,
    When,
)
from sentry_release.facts.doctor.asked import Levels, ignored_of, levels_of
from sentry_release.facts.flutter.platforms import Platform
from sentry_release.facts.health import count_of, fewest_of, percent_of, wait_of, window_of
from sentry_release.facts.notify import notify_of, notify_on_of
from sentry_release.facts.reading import READ, Reader, asked
from sentry_release.facts.repositories import RepositoryPin, repositories_of
from sentry_release.facts.sentry_address import organization_of, projects_of, url_of
from sentry_release.facts.sentry_links import problem_of_link
from sentry_release.facts.sentry_names import problem_of_dist, problem_of_environment
from sentry_release.words.letter import Addressee

DEFINES_FILE = ".sentry-release/dart-defines.json"
PRODUCTION = ("production", "prod")
DEPLOY_NAME_LIMIT = 64  # characters
TIME_BUDGET_S = 60
_TIME_BUDGETS_S = range(5, 601)
_SHA = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")


def _path(read: Reader, name: str, default: str) -> PurePosixPath:
    return read.path(name, default=default) or PurePosixPath(default)


def _dist(read: Reader) -> str | None:
    dist = read.text("dist", env="SENTRY_DIST")
    if dist and (problem := problem_of_dist(dist)):
        read.wrong("dist", dist, problem, "Use letters, digits, `_`, `.` and `-`, at most 64.")
    return dist


def _environment(read: Reader) -> str | None:
    environment = read.text("environment", env="SENTRY_ENVIRONMENT")
    if environment and (problem := problem_of_environment(environment)):
        mend = "Name the environment as Sentry lists it, for example `production`."
        read.wrong("environment", environment, problem, mend)
    return environment


def _previous(read: Reader) -> PreviousBy | str:
    text = read.text("previous") or PreviousBy.ENVIRONMENT.value
    known = {word.value: word for word in PreviousBy}
    if text in known:
        return known[text]
    if not _SHA.fullmatch(text.lower()):
        mend = f"Use one of: {', '.join(known)}, or the whole sha of a commit."
        read.wrong("previous", text, "is neither a known word nor a whole sha", mend)
    return text.lower()


def _deploy_name(read: Reader) -> str | None:
    name = read.text("deploy-name")
    if name and len(name) > DEPLOY_NAME_LIMIT:
        what = f"has {len(name)} characters, and Sentry takes at most {DEPLOY_NAME_LIMIT}"
        read.wrong("deploy-name", name, what, "Shorten it.")
    return name


def _deploy_url(read: Reader) -> str | None:
    url = read.address("deploy-url")
    if url and (problem := problem_of_link(url)):
        mend = (
            "Use a short one, whose host has a dot and no `_`; the default is the page of the run."
        )
        read.wrong("deploy-url", url, problem, mend)
    return url


def _time_budget(read: Reader) -> int:
    text = read.text("time-budget") or str(TIME_BUDGET_S)
    seconds = int(text) if re.fullmatch(r"[0-9]{1,3}", text) else 0
    if seconds not in _TIME_BUDGETS_S:
        mend = (
            f"Write a whole number of seconds from {_TIME_BUDGETS_S[0]} to {_TIME_BUDGETS_S[-1]}."
        )
        read.wrong("time-budget", text, "is no such time", mend)
        return TIME_BUDGET_S
    return seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """
    Each field with how it is read; `defines_file` is input `defines-file`.

    Order and names follow action.yml, and a test holds both in step.
    """

    phase: Phase = asked(lambda read: read.choice("phase", default=Phase.MAIN))
    working_directory: PurePosixPath = asked(lambda read: _path(read, "working-directory", "."))
    release: str | None = asked(lambda read: read.text("release", env="SENTRY_RELEASE"))
    platform: Platform | None = asked(lambda read: read.known("platform", Platform))
    flavor: str | None = asked(lambda read: read.text("flavor"))
    build_name: str | None = asked(lambda read: read.text("build-name"))
    build_number: str | None = asked(lambda read: read.text("build-number"))
    tag_mismatch: TagMismatch = asked(
        lambda read: read.choice("tag-mismatch", default=TagMismatch.WARN)
    )
    dist: str | None = asked(_dist)
    environment: str | None = asked(_environment)
    dsn: str | None = asked(lambda read: read.address("dsn", env="SENTRY_DSN"))
    defines_file: PurePosixPath = asked(lambda read: _path(read, "defines-file", DEFINES_FILE))
    export_env: bool = asked(lambda read: read.flag("export-env", default=True))
    auth_token: str | None = asked(
        lambda read: read.secret("auth-token", env="SENTRY_AUTH_TOKEN"), secret=True
    )
    organization: str | None = asked(organization_of)
    projects: tuple[str, ...] = asked(projects_of)
    url: str = asked(url_of)
    commits: Commits = asked(lambda read: read.choice("commits", default=Commits.AUTO))
    repository: tuple[RepositoryPin, ...] = asked(repositories_of)
    paths: tuple[str, ...] = asked(lambda read: read.lines("paths"))
    previous: PreviousBy | str = asked(_previous)
    list_commits: bool = asked(lambda read: read.flag("list-commits", default=False))
    finalize: When = asked(lambda read: read.choice("finalize", default=When.ON_SUCCESS))
    production_environments: tuple[str, ...] = asked(
        lambda read: read.words("production-environments") or PRODUCTION
    )
    deploy: When = asked(lambda read: read.choice("deploy", default=When.ON_SUCCESS))
    deploy_name: str | None = asked(_deploy_name)
    deploy_url: str | None = asked(_deploy_url)
    started_at: datetime | None = asked(lambda read: read.moment("started-at"))
    missing_release: MissingRelease = asked(
        lambda read: read.choice("missing-release", default=MissingRelease.FAIL)
    )
    github_deployment: bool = asked(lambda read: read.flag("github-deployment", default=False))
    min_crash_free_sessions: float | None = asked(
        lambda read: percent_of(read, "min-crash-free-sessions")
    )
    min_crash_free_users: float | None = asked(
        lambda read: percent_of(read, "min-crash-free-users")
    )
    min_sessions: int = asked(fewest_of)
    max_new_issues: int | None = asked(lambda read: count_of(read, "max-new-issues"))
    max_drop: float | None = asked(lambda read: percent_of(read, "max-drop"))
    health_window: timedelta = asked(window_of)
    health_wait: timedelta | None = asked(wait_of)
    health_report: PurePosixPath | None = asked(
        lambda read: read.path("health-report", default=None)
    )
    doctor: Doctor = asked(lambda read: read.choice("doctor", default=Doctor.WARN))
    ignore: tuple[str, ...] = asked(ignored_of)
    levels: Levels = asked(levels_of)
    doctor_report: PurePosixPath | None = asked(
        lambda read: read.path("doctor-report", default=None)
    )
    on_outage: OnOutage = asked(lambda read: read.choice("on-outage", default=OnOutage.WARN))
    time_budget: int = asked(_time_budget)
    dry_run: bool = asked(lambda read: read.flag("dry-run", default=False))
    env_file: PurePosixPath | None = asked(lambda read: read.path("env-file", default=None))
    github_token: str | None = asked(
        lambda read: read.secret("github-token", env="GITHUB_TOKEN"), secret=True
    )
    job_status: str | None = asked(lambda read: read.text("job-status"))
    check_run_id: int | None = asked(lambda read: read.number("check-run-id"))
    job_total: int | None = asked(lambda read: read.number("job-total"))
    notify: tuple[Addressee, ...] = asked(notify_of, secret=True)
    notify_on: tuple[NotifyOn, ...] = asked(notify_on_of)
    notify_template: PurePosixPath | None = asked(
        lambda read: read.path("notify-template", default=None)
    )
    summary_template: PurePosixPath | None = asked(
        lambda read: read.path("summary-template", default=None)
    )

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Self:
        """
        Read every input, then complain once.

        Args:
            environ: The process environment; input `defines-file` is `INPUT_DEFINES-FILE`.

        Raises:
            WorkflowError: Inputs are missing, malformed or contradict each other; all are listed.
        """
        read = Reader(environ)
        config = cls(**{one.name: one.metadata[READ](read) for one in fields(cls)})
        read.finish()
        return config
