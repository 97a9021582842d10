"""The state that the main step saves for the post step, as one line of JSON."""

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Self

from sentry_release.model.commits import BuiltCommit, CommitSource, CommitTimes
from sentry_release.model.foreign_text import parse_json
from sentry_release.model.job import JobEnvironment


@dataclass(frozen=True, slots=True, kw_only=True)
class PostState:
    """
    The facts that the post step could not determine again.

    `commit` is the built commit in `repository`, and `commit_why` why it is this one.
    `is_created` is whether Sentry has the release; `created_here` whether this job created it, so
    that no other job had finalized or deployed it before. `commit_source` is the source of its
    commits, `note` a note on them. `environment_problem` is why the environment is unknown,
    `is_production` whether GitHub marks it as production, `no_deployment` whether the workflow
    sets `deployment: false` for it. `skip_reason` is why the post step has
    nothing to do, if so. `used_s` is the number of seconds of `timeout` that the main step used.
    `oldest_commit_s` and `median_commit_s` are times of commits in Unix seconds.
    """

    release: str
    dist: str | None = None
    environment: str | None = None
    environment_problem: str | None = None
    is_production: bool = False
    no_deployment: bool = False
    started: datetime | None = None
    commit: str | None = None
    repository: str | None = None
    commit_why: str | None = None
    head: str | None = None
    previous_release: str | None = None
    previous_commit: str | None = None
    commit_source: CommitSource = CommitSource.NONE
    note: str | None = None
    is_created: bool = False
    created_here: bool = False
    skip_reason: str | None = None
    used_s: float = 0.0
    oldest_commit_s: float | None = None
    median_commit_s: float | None = None

    @property
    def commit_times(self) -> CommitTimes | None:
        """Return the times of the commits, if the main step read all of them."""
        if self.oldest_commit_s is None or self.median_commit_s is None:
            return None
        oldest, median = (
            datetime.fromtimestamp(one, UTC) for one in (self.oldest_commit_s, self.median_commit_s)
        )
        return CommitTimes(oldest=oldest, median=median)

    def with_commit_times(self, times: CommitTimes | None) -> Self:
        """Return the same state with the times of the commits."""
        if times is None:
            return self
        oldest_s, median_s = times.oldest.timestamp(), times.median.timestamp()
        return replace(self, oldest_commit_s=oldest_s, median_commit_s=median_s)

    @property
    def job_environment(self) -> JobEnvironment:
        """Return the environment of the job, as far as it is known."""
        return JobEnvironment(
            name=self.environment,
            is_production=self.is_production,
            unknown_reason=self.environment_problem,
            no_deployment=self.no_deployment,
        )

    def in_environment(self, environment: JobEnvironment) -> Self:
        """Return the same state with this environment."""
        return replace(
            self,
            environment=environment.name,
            is_production=environment.is_production,
            environment_problem=environment.unknown_reason,
            no_deployment=environment.no_deployment,
        )

    def with_commit(self, built: BuiltCommit | None) -> Self:
        """Return the same state with the built commit."""
        if built is None:
            return self
        return replace(self, commit=built.sha, repository=built.repository, commit_why=built.why)

    @property
    def built(self) -> BuiltCommit | None:
        """Return the built commit; None if the main step did not determine it."""
        if self.commit is None:
            return None
        return BuiltCommit(sha=self.commit, repository=self.repository, why=self.commit_why)

    def to_state(self) -> str:
        """Return the text for GITHUB_STATE."""
        values = {name: getattr(self, name) for name in self.__slots__}
        started = self.started.isoformat() if self.started else None
        return json.dumps(values | {"started": started}, sort_keys=True)

    @classmethod
    def from_state(cls, text: str) -> Self | None:
        """Parse the text; None if the main step saved no state, or an invalid one."""
        try:
            values = parse_json(text)
            started = values.pop("started")
            time = datetime.fromisoformat(started) if started else None
            used_s = float(values["used_s"])
            return cls(
                **values
                | {
                    "started": time,
                    "commit_source": CommitSource(values["commit_source"]),
                    "used_s": used_s,
                }
            )
        except (ValueError, TypeError, KeyError, AttributeError):
            return None
