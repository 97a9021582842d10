"""What main leaves for post, as one line of JSON in the runner's state."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from sentry_release.words.commits import Way


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    """
    The facts that post could not find out again.

    `opened` is whether Sentry knows the release; `fresh` whether it was made by us just then,
    so that nobody had finalized or deployed it before us. `way` is how its commits go to
    Sentry, `remark` what there is to know of them. `marked` is whether the deploy is marked
    already, before anybody knows how the job will end. `environment_unsure` is whether GitHub could
    not be asked for the environment. `quiet` is why post has nothing to do at all, if so.
    """

    release: str
    environment: str | None = None
    environment_unsure: bool = False
    started: datetime | None = None
    head: str | None = None
    previous_release: str | None = None
    previous_commit: str | None = None
    way: Way = Way.NONE
    remark: str | None = None
    opened: bool = False
    fresh: bool = False
    marked: bool = False
    quiet: str | None = None

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
            moment = datetime.fromisoformat(started) if started else None
            return cls(**values | {"started": moment, "way": Way(values["way"])})
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            return None
