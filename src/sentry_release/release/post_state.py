"""What main leaves for post, as one line of JSON in the runner's state."""

import json
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self

from sentry_release.model.commits import BuiltCommit, CommitSource
from sentry_release.model.job_environment import JobEnvironment


@dataclass(frozen=True, slots=True, kw_only=True)
class PostState:
    """
    The facts that post could not find out again.

    `commit` is the one that is built, in `repository`, and `commit_why` why it is this one.
    `is_created` is whether Sentry knows the release; `created_here` whether it was made by us just then,
    so that nobody had finalized or deployed it before us. `commit_source` is how its commits go to
    Sentry, `note` what there is to know of them. `environment_problem` is why the environment
    is unknown, `is_production` whether GitHub marks it as production. `skip_reason` is why the post step
    has nothing to do at all, if so. `used_s` is how many seconds of the time limit `timeout` the
    main step has used.
    """

    release: str
    dist: str | None = None
    environment: str | None = None
    environment_problem: str | None = None
    is_production: bool = False
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

    @property
    def job_environment(self) -> JobEnvironment:
        """The environment of the job, as far as it is known."""
        return JobEnvironment(
            name=self.environment,
            is_production=self.is_production,
            unknown_because=self.environment_problem,
        )

    def in_environment(self, environment: JobEnvironment) -> Self:
        """The same, with what is known of the environment now."""
        return replace(
            self,
            environment=environment.name,
            is_production=environment.is_production,
            environment_problem=environment.unknown_because,
        )

    def with_commit(self, built: BuiltCommit | None) -> Self:
        """Return the same with the commit that is built."""
        if built is None:
            return self
        return replace(self, commit=built.sha, repository=built.repository, commit_why=built.why)

    @property
    def built(self) -> BuiltCommit | None:
        """Return the commit that is built; None if main did not look for it."""
        if self.commit is None:
            return None
        return BuiltCommit(sha=self.commit, repository=self.repository, why=self.commit_why)

    def to_state(self) -> str:
        """The text for GITHUB_STATE."""
        values = {name: getattr(self, name) for name in self.__slots__}
        started = self.started.isoformat() if self.started else None
        return json.dumps(values | {"started": started}, sort_keys=True)

    @classmethod
    def from_state(cls, text: str) -> Self | None:
        """Read the text back; None when main never came so far, or left something unreadable."""
        try:
            values = json.loads(text)
            started = values.pop("started")
            time = datetime.fromisoformat(started) if started else None
            used_s = float(values.get("used_s", 0.0))
            return cls(
                **values
                | {
                    "started": time,
                    "commit_source": CommitSource(values["commit_source"]),
                    "used_s": used_s,
                }
            )
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            return None
