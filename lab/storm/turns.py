"""Let jobs that run at the same time take turns at their requests, in an order that a seed draws."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from threading import Condition, Thread

_REAL_S = 60.0  # no turn takes that long, unless the simulator itself has a defect


@dataclass(slots=True, kw_only=True)
class Turns:
    """Whose turn it is; only the job that has it runs, so that the order is always the same."""

    chance: Random
    _condition: Condition = field(default_factory=Condition)
    _active: list[int] = field(default_factory=list)
    _current: int = 0

    def run(self, works: Mapping[int, Callable[[], object]]) -> None:
        """Run the work of each job on a thread of its own, and raise what one of them raises."""
        if len(works) == 1:
            next(iter(works.values()))()
            return
        errors: list[BaseException] = []

        def run_one(job: int, work: Callable[[], object]) -> None:
            try:
                self._wait(job)
                work()
            except BaseException as error:  # noqa: BLE001 - raised again below
                errors.append(error)
            finally:
                self._finish(job)

        self._active = list(works)
        self._current = self.chance.choice(self._active)
        threads = [Thread(target=run_one, args=one, daemon=True) for one in works.items()]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if errors:
            raise errors[0]

    def pass_on(self, job: int) -> None:
        """Let any of the jobs go on, and wait until it is this one's turn again."""
        with self._condition:
            if self._current == job and len(self._active) > 1:
                self._current = self.chance.choice(self._active)
                self._condition.notify_all()
        self._wait(job)

    def _wait(self, job: int) -> None:
        with self._condition:
            while job in self._active and self._current != job:
                if not self._condition.wait(_REAL_S):
                    raise RuntimeError("the jobs wait for each other")

    def _finish(self, job: int) -> None:
        with self._condition:
            self._active.remove(job)
            if self._current == job and self._active:
                self._current = self._active[0]
            self._condition.notify_all()
