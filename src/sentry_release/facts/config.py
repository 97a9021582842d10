"""What the user asks for: the inputs of action.yml as one frozen Config."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import PurePosixPath
from typing import Self

from sentry_release.facts.choices import Commits, OnOutage, Phase, PreviousBy, TagMismatch, When
from sentry_release.facts.flutter.platforms import Platform
from sentry_release.facts.reading import Reader
from sentry_release.facts.repositories import RepositoryPin, repositories_of
from sentry_release.facts.sentry_address import organization_of, projects_of, url_of
from sentry_release.facts.sentry_names import problem_of_dist, problem_of_environment
from sentry_release.facts.token import token_facts

DEFINES_FILE = ".sentry-release/dart-defines.json"
URL_LIMIT = 200  # characters; Sentry fails with 500 above
DEPLOY_NAME_LIMIT = 64  # characters
_SHA = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Field `defines_file` is input `defines-file`; order and names follow action.yml."""

    phase: Phase
    working_directory: PurePosixPath
    release: str | None
    platform: Platform | None
    flavor: str | None
    build_name: str | None
    build_number: str | None
    tag_mismatch: TagMismatch
    dist: str | None
    environment: str | None
    dsn: str | None
    defines_file: PurePosixPath
    export_env: bool
    auth_token: str | None = field(repr=False)
    organization: str | None
    projects: tuple[str, ...]
    url: str
    commits: Commits
    repository: tuple[RepositoryPin, ...]
    paths: tuple[str, ...]
    previous: PreviousBy | str
    list_commits: bool
    finalize: When
    deploy: When
    deploy_name: str | None
    deploy_url: str | None
    started_at: datetime | None
    on_outage: OnOutage
    dry_run: bool
    env_file: PurePosixPath | None
    github_token: str | None = field(repr=False)
    job_status: str | None
    check_run_id: int | None
    summary_template: PurePosixPath | None

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
        auth_token = read.secret("auth-token", env="SENTRY_AUTH_TOKEN")
        token = token_facts(auth_token)
        config = cls(
            phase=read.choice("phase", default=Phase.MAIN),
            working_directory=_path(read, "working-directory", "."),
            release=read.text("release", env="SENTRY_RELEASE"),
            platform=read.known("platform", Platform),
            flavor=read.text("flavor"),
            build_name=read.text("build-name"),
            build_number=read.text("build-number"),
            tag_mismatch=read.choice("tag-mismatch", default=TagMismatch.WARN),
            dist=_dist(read),
            environment=_environment(read),
            dsn=read.address("dsn", env="SENTRY_DSN"),
            defines_file=_path(read, "defines-file", DEFINES_FILE),
            export_env=read.flag("export-env", default=True),
            auth_token=auth_token,
            organization=organization_of(read, token, needed=auth_token is not None),
            projects=projects_of(read, needed=auth_token is not None),
            url=url_of(read, token),
            commits=read.choice("commits", default=Commits.AUTO),
            repository=repositories_of(read),
            paths=read.lines("paths"),
            previous=_previous(read),
            list_commits=read.flag("list-commits", default=False),
            finalize=read.choice("finalize", default=When.ON_SUCCESS),
            deploy=read.choice("deploy", default=When.ON_SUCCESS),
            deploy_name=_deploy_name(read),
            deploy_url=read.address("deploy-url", limit=URL_LIMIT),
            started_at=read.moment("started-at"),
            on_outage=read.choice("on-outage", default=OnOutage.WARN),
            dry_run=read.flag("dry-run", default=False),
            env_file=read.path("env-file", default=None),
            github_token=read.secret("github-token"),
            job_status=read.text("job-status"),
            check_run_id=read.number("check-run-id"),
            summary_template=read.path("summary-template", default=None),
        )
        read.finish()
        return config


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
