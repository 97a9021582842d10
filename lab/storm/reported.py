"""What a stage has told its user, as far as the claims need it."""

from storm.jobs import RELEASE, Played, Storm, run_of

RUN = "https://github.com/acme/app/actions/runs"


def stage_name(played: Played) -> str:
    """Return how problems name a stage."""
    step = played.step
    return f"job {step.job} attempt {step.attempt} {step.program}"


def environment_of(storm: Storm) -> str:
    """Return the environment of all jobs; GitHub says so if no input does."""
    return storm.schedule.environment or "production"


def expects_finalized(storm: Storm) -> bool:
    """Return whether a successful job finalizes the release."""
    inputs = storm.schedule.inputs
    return environment_of(storm) == "production" and inputs.get("finalize") != "false"


def run_url(storm: Storm, job: int, attempt: int) -> str:
    """Return the URL that the deploy of this job has."""
    page = f"{RUN}/{run_of(storm.schedule, job)}"
    return page + (f"/attempts/{attempt}" if attempt > 1 else "")


def tells_created(one: Played) -> bool:
    """Whether the stage says that this run has a deploy."""
    log = one.stage.log
    return (
        f"Created the deploy of {RELEASE}" in log
        or f"{RELEASE} was already deployed" in log
        or any("was recorded, but the release may" in text for text in one.stage.annotations)
    )
