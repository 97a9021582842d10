"""Claims about the release, its commits and its deploys."""

from collections.abc import Iterator
from itertools import groupby

from storm.jobs import RELEASE, Played, Storm
from storm.reported import (
    RUN,
    environment_of,
    expects_finalized,
    run_url,
    stage_name,
    tells_created,
)


def check_deploys(storm: Storm) -> Iterator[str]:
    """Each run attempt has one deploy at most, and its user knows whether it exists."""
    found = storm.deploys()
    environment = environment_of(storm)
    by_run: dict[str, list[Played]] = {}
    for one in storm.played:
        url = run_url(storm, one.step.job, one.step.attempt)
        by_run.setdefault(url, []).append(one)
    foreign = [one for one in found if one[2] not in by_run or one[0] != environment]
    if foreign:
        yield f"deploys that no job may create: {foreign}"
    for url, stages in by_run.items():
        count = sum(one[2] == url for one in found)
        yield from _check_deploys_of_run(storm, url, stages, count)


def _check_deploys_of_run(
    storm: Storm, url: str, stages: list[Played], count: int
) -> Iterator[str]:
    where = url.removeprefix(f"{RUN}/")
    told_twice = any("Sentry has this deploy" in one.stage.log for one in stages)
    acting = [one for one in stages if one.step.program in {"post", "deploy"}]
    unsure = any(
        "perhaps by several jobs" in one.stage.log or _tells_lost(one) or one.is_cancelled
        for one in acting
    )
    if count > 1 and not (told_twice or unsure or _is_too_late(storm, stages)):
        yield f"run {where}: {count} deploys, and no warning"
    was_deleted = storm.schedule.deleted_after is not None
    if told_twice and count < 2 and not was_deleted:
        yield f"run {where}: a warning of duplicate deploys, but there is {count}"
    told = [one for one in stages if tells_created(one)]
    if told and not count and not was_deleted:
        yield f"run {where}: {stage_name(told[0])} says that the deploy exists, but it does not"
    if count and not told and not any(one.warned or one.is_cancelled for one in acting):
        yield f"run {where}: the deploy exists, and nothing says so"
    if count and not any(one.step.status == "success" for one in acting):
        yield f"run {where}: a deploy of a job that did not succeed"
    for one in acting:
        outputs = one.stage.outputs
        if one.step.program == "deploy" and not one.is_cancelled and not one.stage.exit_code:
            if outputs.get("deployed") not in {"true", "false"}:
                yield f"{stage_name(one)}: the output `deployed` is {outputs.get('deployed')!r}"
            elif (outputs["deployed"] == "true") != tells_created(one):
                yield f"{stage_name(one)}: `deployed` is {outputs['deployed']}, the log says otherwise"
        yield from _check_lost_deploy(storm, one, url)


def _tells_lost(one: Played) -> bool:
    """Whether a warning says that the request for the deploy may have taken effect."""
    has_lost = any(struck.startswith("POST") and "/deploys/: " in struck for struck in one.struck)
    told = any("The request may have taken effect." in text for text in one.stage.annotations)
    return has_lost and told


def _is_too_late(storm: Storm, stages: list[Played]) -> bool:
    """
    Return whether a deploy was carried out after all lookups, which docs/adr/0005 cannot exclude.

    With a short `timeout` the lookups are over sooner, and in a matrix the deploy of another job
    ends them.
    """
    is_short = storm.schedule.inputs.get("timeout") == "5" or storm.schedule.is_matrix
    late = "/deploys/: reset, carried out 3 s later"
    return is_short and any(struck.endswith(late) for one in stages for struck in one.struck)


def _check_lost_deploy(storm: Storm, one: Played, url: str) -> Iterator[str]:
    """A successful job has its deploy after this stage, or a warning says that it has not."""
    wanted = one.step.status == "success" and one.step.inputs.get("deploy") != "false"
    if not wanted or one.is_cancelled or one.warned:
        return
    mains = [
        other
        for other in storm.played
        if other.step.program == "main"
        and (other.step.job, other.step.attempt) == (one.step.job, one.step.attempt)
    ]
    if one.step.program == "post" and all(main.is_cancelled or main.warned for main in mains):
        return  # the main step has said why nothing follows
    if not any(deploy[2] == url for deploy in one.deploys):
        yield f"{stage_name(one)}: no deploy, and no warning"


def _may_finalize(storm: Storm, one: Played) -> bool:
    acts = one.step.program in {"post", "deploy"} and one.step.status == "success"
    return acts and expects_finalized(storm)


def check_finalized(storm: Storm) -> Iterator[str]:
    """Only a job that may finalizes the release, and its user knows whether it has."""
    may_finalize = {one.round for one in storm.played if _may_finalize(storm, one)}
    for one in storm.played:
        acts = one.step.program in {"post", "deploy"}
        texts = (f"Finalized {RELEASE}" in one.stage.log, "| Finalized |" in one.stage.summary)
        if acts and any(texts) and one.released is None:
            yield f"{stage_name(one)}: says that the release is finalized, but it is not"
        silent = not (one.warned or one.is_cancelled)
        told = _may_finalize(storm, one) and silent and tells_created(one)
        if told and one.released is None:
            yield f"{stage_name(one)}: the release is not finalized, and no warning"
        if one.released and min(may_finalize, default=one.round + 1) > one.round:
            yield f"{stage_name(one)}: finalized the release, which it may not"
    yield from _check_release_date(storm)


def _check_release_date(storm: Storm) -> Iterator[str]:
    """
    The date stays, except where docs/adr/0004 says that nothing can restore it.

    Jobs that finalize at the same time may replace it, and so may a post step that is run again
    before there is any deploy. Of two jobs whose clocks differ, the one that deployed first need not
    be the one that finalized; a post step that is run again takes the former.
    """
    posts = [one.step.job for one in storm.played[:-2] if one.step.program == "post"]
    jumps = any(one.step.weather.jump_at is not None for one in storm.played)
    if len(storm.schedule.jobs) > 1 and (jumps or len(posts) > len(set(posts))):
        return
    before: Played | None = None
    for number, stages in groupby(storm.played, key=lambda one: one.round):
        during = list(stages)
        last = during[-1]
        is_silent = not any(one.warned or one.is_cancelled for one in during)
        was_deleted = storm.schedule.deleted_after == number - 1
        date = before.released if before and before.deploys else None
        if date and last.released != date and is_silent and not was_deleted:
            yield f"{stage_name(last)}: the release date changed from {date} to {last.released}"
        before = last


def check_commits(storm: Storm) -> Iterator[str]:
    """The release has the commits since the one before, or the last step says that it has none."""
    release, schedule = storm.servers.store.releases.get(RELEASE), storm.schedule
    if release is None or schedule.inputs["set_commits"] == "skip":
        return
    last = storm.played[-1]
    if not release.commits and "commits" not in "\n".join(last.stage.annotations).lower():
        yield "the release has no commits, and the last post step does not say so"
    shas = [one.id for one in release.commits]
    if len(shas) != len(set(shas)):
        yield "the release has a commit twice"
    history = list(storm.servers.repository.commits)
    expected = (
        history[2:] if schedule.has_history and environment_of(storm) == "production" else None
    )
    if shas and expected and set(shas) != set(expected):
        yield f"the release has {len(shas)} commits, expected {len(expected)}"
    if shas and history[-1] not in shas:
        yield "the release lacks the commit that was built"
