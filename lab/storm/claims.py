"""What must hold after every schedule: the server has what users were told, and nothing twice."""

import json
from collections.abc import Iterator

from storm.jobs import RELEASE, Played, Storm
from storm.release_claims import check_commits, check_deploys, check_finalized
from storm.reported import environment_of, expects_finalized, stage_name, tells_created
from storm.upload_claims import FILES, check_uploads

_OUTAGE, _REFUSED, _UNHEALTHY, _CANCELLED = 5, 4, 6, 130
_MARGIN_S = 1.0
_POST_S = 5.0  # seconds that the post step has at least
_UPLOAD_S = 300.0 + _MARGIN_S


def find_problems(storm: Storm) -> list[str]:
    """Return every claim that does not hold, each as one line."""
    checks = (
        _check_stages,
        _check_names,
        check_deploys,
        check_finalized,
        check_commits,
        check_uploads,
        _check_health,
        _check_calm_attempt,
    )
    return [problem for check in checks for problem in check(storm)]


def _check_stages(storm: Storm) -> Iterator[str]:
    for one in storm.played:
        name, stage = stage_name(one), one.stage
        if stage.exit_code not in _allowed_exit_codes(storm, one):
            yield f"{name}: exit code {stage.exit_code}"
        has_error = any(text.startswith("error") for text in stage.annotations)
        if stage.exit_code not in {0, _CANCELLED} and not has_error:
            yield f"{name}: failed without an error"
        if "internal error" in stage.log or "Traceback" in stage.log:
            yield f"{name}: an internal error"
        if one.took_s > _time_limit_s(storm, one) and not one.is_cancelled:
            yield f"{name}: took {one.took_s:.0f} s"
        yield from _check_output(storm, one)


def _check_output(storm: Storm, one: Played) -> Iterator[str]:
    """No secret is printed, and the output `json` has all others."""
    stage = one.stage
    lines = [line for line in stage.log.splitlines() if not line.startswith("::add-mask::")]
    shown = "\n".join((*lines, stage.summary, *stage.outputs.values()))
    for secret in (storm.servers.token, storm.servers.github_token):
        if secret in shown:
            yield f"{stage_name(one)}: a token was printed"
    others = {key: text for key, text in stage.outputs.items() if key != "json"}
    listed = json.loads(stage.outputs.get("json", "{}"))
    if listed and not others.items() <= listed.items():
        yield f"{stage_name(one)}: the output `json` lacks others"


def _allowed_exit_codes(storm: Storm, one: Played) -> set[int]:
    allowed = {0}
    if one.is_cancelled:
        allowed.add(_CANCELLED)
    if any("redirect" in struck or "407 of a proxy" in struck for struck in one.struck):
        allowed.add(_REFUSED)
    if "Sentry has no release" in one.stage.log and one.step.program != "main":
        allowed.add(_REFUSED)
    if one.stage.outputs.get("healthy") == "false":
        allowed.add(_UNHEALTHY)
    if storm.schedule.inputs["on_outage"] == "fail" and one.struck:
        allowed |= {_OUTAGE, _REFUSED}
    return allowed


def _time_limit_s(storm: Storm, one: Played) -> float:
    limit_s = float(storm.schedule.inputs.get("timeout", "60"))
    if one.step.program == "post":
        limit_s = max(limit_s, _POST_S)
    if storm.schedule.build and one.step.program in {"upload", "post"}:
        limit_s += _UPLOAD_S
    return limit_s + _MARGIN_S


def _check_names(storm: Storm) -> Iterator[str]:
    for one in storm.played:
        if one.defines is not None and json.loads(one.defines).get("SENTRY_RELEASE") != RELEASE:
            yield f"{stage_name(one)}: the dart-defines file is {one.defines!r}"
        if one.step.program != "main" or one.is_cancelled:
            continue
        if one.stage.outputs.get("release") != RELEASE or one.defines is None:
            yield f"{stage_name(one)}: the output `release` is {one.stage.outputs.get('release')!r}"
        environment = one.stage.outputs.get("environment")
        if environment not in {None, environment_of(storm)}:
            yield f"{stage_name(one)}: the output `environment` is {environment!r}"
        told = "is open in Sentry" in one.stage.summary
        if told and not one.exists:
            yield f"{stage_name(one)}: says that the release is open, but it does not exist"
        if not (told or one.warned or one.stage.exit_code):
            yield f"{stage_name(one)}: no release, and no warning"


def _check_health(storm: Storm) -> Iterator[str]:
    expected = "true" if storm.schedule.crashed <= 10 else "false"
    for one in storm.played:
        if one.step.program != "health" or one.is_cancelled:
            continue
        verdict = one.stage.outputs.get("healthy")
        if verdict in {"true", "false"} and verdict != expected:
            yield f"{stage_name(one)}: `healthy` is {verdict}, expected {expected}"
        if verdict != "true" and not one.warned:
            yield f"{stage_name(one)}: `healthy` is {verdict!r}, and no warning"
        if (verdict == "false") != (one.stage.exit_code == _UNHEALTHY):
            yield f"{stage_name(one)}: `healthy` is {verdict}, exit code {one.stage.exit_code}"


def _check_calm_attempt(storm: Storm) -> Iterator[str]:
    """Without any fault, one more attempt has to repair whatever an earlier one has left."""
    main, post = storm.played[-2:]
    for one in (main, post):
        if one.stage.exit_code:
            yield f"{stage_name(one)}, without faults: exit code {one.stage.exit_code}"
        if one.warned and not _is_remembered_by_sentry(storm):
            first = next(text for text in one.stage.annotations if not text.startswith("notice"))
            yield f"{stage_name(one)}, without faults: {first.splitlines()[0]}"
    if not tells_created(post):
        yield f"{stage_name(post)}, without faults: no deploy"
    if expects_finalized(storm) and post.released is None:
        yield f"{stage_name(post)}, without faults: the release is not finalized"
    count = FILES[storm.schedule.build]
    if len(post.stored) != count and not _is_remembered_by_sentry(storm):
        yield f"{stage_name(post)}, without faults: {len(post.stored)} of {count} files in Sentry"


def _is_remembered_by_sentry(storm: Storm) -> bool:
    """
    Whether Sentry may remember for 10 minutes that chunks of a bundle were missing.

    An empty 200 that a proxy gave instead of Sentry looks like a success; the step says that the
    upload has failed.
    """
    return any(
        "chunk-upload/: 200 with nothing, not carried out" in struck
        for one in storm.played
        for struck in one.struck
    )
