"""A job whose steps use actions, in containers or on the machine: the entry point of this package."""

import hashlib
import json
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from . import container, contexts
from .container import Cancel
from .course import Course
from .environment import Step
from .expressions import Contexts
from .manifest import read
from .masks import Masks
from .paths import Folders
from .report import Report, Result, StageName
from .stage import Machine


class Job:
    """
    One job on one runner; steps run on it share its variables and its status.

    Args:
        folder: For all of the job's files; made where it is missing.
        repository: owner/name.
        sha: The commit that the workflow runs for.
        event_name: What started the workflow.
        event: The payload, for event.json and the github context.
        env: Of workflow and job together.
        job: The job context, but for the status, which is the runner's.
        docker: Further arguments of docker build and docker run.
        image: Of an earlier `build`, for all actions; without it, `run` builds that of each.
        github: Further keys of the github context, such as run_attempt or ref_name.
        runner: Further keys of the runner context, such as tool_cache.
        environ: The variables of the machine itself, for actions that run on it; by default those of this process.
    """

    def __init__(
        self,
        folder: Path | str,
        *,
        repository: str = "acme/app",
        sha: str = "0" * 40,
        event_name: str = "push",
        event: Mapping[str, Any] | None = None,
        env: Mapping[str, str] | None = None,
        job: Mapping[str, Any] | None = None,
        docker: Sequence[str] = ("--network=host",),
        image: str | None = None,
        github: Mapping[str, Any] | None = None,
        runner: Mapping[str, Any] | None = None,
        environ: Mapping[str, str] | None = None,
    ) -> None:
        root = Path(folder).resolve()
        name = repository.rpartition("/")[2]
        self.folders = Folders(temp=root / "_temp", workspace=root / name / name)
        self.folders.make()
        event_path = self.folders.workflow / "event.json"
        event_path.write_text(json.dumps(event or {}), encoding="utf-8")  # EC:1320
        base = contexts.github(
            self.folders, repository=repository, sha=sha, event_name=event_name, event=event or {}
        )
        context = {**base, **(github or {})}
        self._image = image
        self._built: dict[Path, str] = {}
        self._situation = contexts.Situation(
            self.folders,
            github=context,
            job={"check_run_id": 1} if job is None else job,
            env=env or {},
            runner=runner or {},
        )
        self._environ = environ
        self._masks = Masks(context["token"])
        self._docker = tuple(docker)
        self._label = hashlib.sha256(str(root).encode()).hexdigest()[:6]  # DCM:52

    @property
    def workspace(self) -> Path:
        """Where actions/checkout would have put the repository; empty until a test fills it."""
        return self.folders.workspace

    def build(self, action: Path | str) -> str:
        """
        Build the action's image once, for all stages (AM:985); other jobs may be given its name.

        Each action of a job has a build of its own (AM:143-168), of which Docker's cache makes one.

        Raises:
            BuildError: docker did not build it.
            ManifestError: The runner would refuse the action.
        """
        manifest = read(action)
        if manifest.folder not in self._built:
            tag = f"{self._label}:{uuid.uuid4().hex}"
            self._built[manifest.folder] = container.build(manifest, tag=tag, docker=self._docker)
        return self._built[manifest.folder]

    def run(
        self,
        action: Path | str,
        with_: Mapping[str, object] | None = None,
        step_env: Mapping[str, object] | None = None,
        *,
        step_if: str = "success()",
        local: bool = False,
        then: Result | None = None,
        cancel: Mapping[StageName, Cancel] | None = None,
        posts: int = 1,
    ) -> Report:
        """
        Run the action in a folder, as one step of the job.

        Args:
            action: Holds action.yml.
            with_: The step's inputs; expressions are evaluated.
            step_env: The step's variables; the same.
            step_if: Its condition.
            local: Whether the step says `uses: ./…`; such actions have no pre (AM:597).
            then: What becomes of the job between main and post.
            cancel: When the job is cancelled while a stage runs, by the name of the stage.
            posts: How often post is run, each time with the state and status that the steps left.
        """
        cancels = cancel or {}
        course = self.begin(
            action, with_, step_env, step_if=step_if, local=local, cancel=cancels.get("main")
        )
        self.status = then or self.status
        return self.end(course, posts=posts, cancel=cancels.get("post"))

    def begin(
        self,
        action: Path | str,
        with_: Mapping[str, object] | None = None,
        step_env: Mapping[str, object] | None = None,
        *,
        step_if: str = "success()",
        local: bool = False,
        cancel: Cancel | None = None,
    ) -> Course:
        """Run what comes before post, as `run` does; other steps may follow, and then `end`."""
        manifest = read(action)
        machine = Machine(
            folders=self.folders,
            masks=self._masks,
            label=self._label,
            docker=self._docker,
            image="" if manifest.on_host else self._image or self.build(action),
            environ=self._environ if manifest.on_host else None,
        )
        step = Step(values=with_ or {}, env=step_env or {})
        course = Course(self._situation, machine, manifest, step)
        if not local and course.may("pre", manifest.conditions["pre"]):
            course.play("pre")
        if course.holds(step_if):
            course.play("main", cancel=cancel)
        return course

    def end(self, course: Course, *, posts: int = 1, cancel: Cancel | None = None) -> Report:
        """Run what comes after the last step of the job."""
        if course.played:  # a step that never began has nothing to clean up: AR:113-137
            course.play_posts(posts, cancel=cancel)
        return course.report()

    @property
    def status(self) -> Result:
        """How the job stands."""
        return self._situation.status

    @status.setter
    def status(self, now: Result) -> None:
        self._situation.status = now

    @property
    def contexts(self) -> dict[str, Any]:
        """What expressions may name that only a whole workflow knows; changes last."""
        return self._situation.more

    def now(self) -> Contexts:
        """All contexts of this moment."""
        return self._situation.now()
