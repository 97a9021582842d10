"""A job whose steps use container actions: the door to this package."""

import hashlib
import json
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from . import container, contexts
from .course import Course
from .environment import Step
from .manifest import read
from .masks import Masks
from .paths import Folders
from .report import Report, Result
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
        image: Of an earlier `build`; without it, `run` builds.
        github: Further keys of the github context, such as run_attempt or ref_name.
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
        self.image = image
        self._situation = contexts.Situation(
            self.folders,
            github=context,
            job={"check_run_id": 1} if job is None else job,
            env=env or {},
        )
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

        Raises:
            BuildError: docker did not build it.
            ManifestError: The runner would refuse the action.
        """
        tag = f"{self._label}:{uuid.uuid4().hex}"
        self.image = container.build(read(action), tag=tag, docker=self._docker)
        return self.image

    def run(
        self,
        action: Path | str,
        with_: Mapping[str, object] | None = None,
        step_env: Mapping[str, object] | None = None,
        *,
        step_if: str = "success()",
        local: bool = False,
        then: Result | None = None,
        cancel_main_after: float | None = None,
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
            cancel_main_after: Seconds after which the job is cancelled, if main still runs.
            posts: How often post is run, each time with the state and status that the steps left.
        """
        machine = Machine(
            folders=self.folders,
            masks=self._masks,
            label=self._label,
            docker=self._docker,
            image=self.image or self.build(action),
        )
        step = Step(given=with_ or {}, env=step_env or {})
        manifest = read(action)
        course = Course(self._situation, machine, manifest, step)
        if not local and course.may("pre", manifest.conditions["pre"]):
            course.play("pre")
        if course.holds(step_if):
            course.play("main", cancel_after=cancel_main_after)
        self._situation.status = then or self._situation.status
        if course.played:  # a step that never began has nothing to clean up: AR:113-137
            course.play_posts(posts)
        return course.report()
