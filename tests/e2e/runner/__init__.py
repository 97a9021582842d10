"""
GitHub's runner in small: an action is built and run as the real one would run it.

    report       what came of a job: the frozen answers
    expressions  `${{ … }}` -> its value
    manifest     action.yml -> what the runner reads in it
    contexts     what expressions of a job may name and call
    environment  contexts, inputs and state -> the variables the container gets
    paths        folders on the host <-> folders in the container
    file_commands  the files behind GITHUB_OUTPUT, GITHUB_ENV and GITHUB_STATE -> their entries
    log_commands   a line of output -> the `::command::` in it
    masks        secrets -> lines without them
    console      the output of a stage: log, annotations, commands executed
    container    docker build, docker run, and the signals of a cancellation
    node         the same for a JavaScript action, which runs on the machine itself
    written      what a stage left in its files -> what the runner takes from them
    stage        one run of the container, with all that is read afterwards
    course       the stages of one step in their order
    job          the entry point of the package

Every rule names its source in actions/runner v2.336.0 (commit 258d6c857) by line. `CAH:209` is
line 209 of src/Runner.Worker/Handlers/ContainerActionHandler.cs; likewise AR ActionRunner.cs, AM
ActionManager.cs,
DCM Container/DockerCommandManager.cs, CI Container/ContainerInfo.cs, FCM FileCommandManager.cs,
ACM ActionCommandManager.cs, SR StepsRunner.cs, EC ExecutionContext.cs, H Handlers/Handler.cs,
GHC GitHubContext.cs, PI Runner.Sdk/ProcessInvoker.cs and AC Runner.Common/ActionCommand.cs.

Left out: pulling of images, job containers and services, composite actions, problem matchers,
timeouts, masks of a secret's encoded forms, hashFiles and other functions.
Arguments go to docker as a list, where the runner quotes one command line.
"""

from .container import Cancel
from .job import Job
from .report import Annotation, Report, Result, Stage, StageName

__all__ = ["Annotation", "Cancel", "Job", "Report", "Result", "Stage", "StageName"]
