"""One step of a job: its stages in their order, and what each leaves for the next."""

from .container import Cancel
from .contexts import Situation, functions
from .environment import Step, step_env
from .expressions import evaluate
from .manifest import Manifest
from .report import Report, StageName
from .stage import Machine, Played, play


class Course:
    """The stages of one step, and the state that only they share."""

    def __init__(
        self, situation: Situation, machine: Machine, manifest: Manifest, step: Step
    ) -> None:
        self.played: list[Played] = []
        self._situation, self._machine = situation, machine
        self._manifest, self._step = manifest, step
        self._state: dict[str, str] = {}

    def holds(self, condition: str) -> bool:
        """Whether a condition is true now; what stages put in the environment counts (SR:219)."""
        known = self._situation.now()
        known = {**known, "env": step_env(self._step, known)}
        return bool(evaluate(condition, known, functions(self._situation.status)))

    def may(self, name: StageName, condition: str) -> bool:
        """Whether the action has such a stage, and its condition is true now."""
        return bool(self._manifest.entrypoints[name]) and self.holds(condition)

    def play(self, name: StageName, *, cancel: Cancel | None = None) -> None:
        """Run a stage, and let the job take what it leaves."""
        played = play(
            name,
            machine=self._machine,
            manifest=self._manifest,
            step=self._step,
            contexts=self._situation.now(),
            state=self._state,
            cancel=cancel,
        )
        self.played.append(played)
        self._state |= played.written.state
        self._situation.env |= played.written.env
        self._situation.path += played.written.path
        # a failing pre or post fails the job, too, and what went wrong stays so (SR:274-279)
        if self._situation.status == "success":
            self._situation.status = played.stage.result

    def play_posts(self, times: int, *, cancel: Cancel | None = None) -> None:
        """Run post, each time from the same state and status; the job ends as the worst did."""
        state, status = dict(self._state), self._situation.status
        ends = [status]
        for _ in range(times):
            self._state, self._situation.status = dict(state), status
            if self.may("post", self._manifest.conditions["post"]):
                self.play("post", cancel=cancel)
                ends.append(self._situation.status)
        self._situation.status = next((end for end in ends if end != "success"), "success")

    def report(self) -> Report:
        """All of it; only main has a name under which outputs are kept (EC:705)."""
        stages = tuple(played.stage for played in self.played)
        of_main = [stage.outputs for stage in stages if stage.name == "main"]
        return Report(
            stages=stages,
            outputs=of_main[0] if of_main else {},
            env=dict(self._situation.env),
            path=tuple(self._situation.path),
            state=dict(self._state),
            annotations=tuple(note for played in self.played for note in played.annotations),
            job_status=self._situation.status,
        )
