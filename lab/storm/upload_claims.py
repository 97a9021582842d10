"""Claims about uploads: every file is in Sentry once, or a warning says that it is not."""

import re
from collections.abc import Iterator

from storm.jobs import RELEASE, Played, Storm
from storm.reported import stage_name

_FILE_STATE = re.compile(r"^::debug::(?:debug file|source maps) .* (\S+): (\w+)", re.MULTILINE)
_IN_SENTRY = {"new", "present"}
FILES = {"": 0, "web": 1, "symbols": 3, "android": 3}


def check_uploads(storm: Storm) -> Iterator[str]:
    """Every file is in Sentry once and belongs to the release, or its user knows that it is not."""
    uploads = storm.servers.store.uploads
    for kind, files in (("debug file", uploads.debug_files), ("bundle", uploads.bundles)):
        for project, stored in files.items():
            keys = [one.get("sha1") or one["bundleId"] for one in stored]
            if len(keys) != len(set(keys)):
                yield f"{project} has a {kind} twice"
    for bundle in uploads.bundles.get("shop", ()):
        if bundle["associations"] != [{"release": RELEASE, "dist": "27"}]:
            yield f"a bundle belongs to {bundle['associations']}"
    for one in storm.played:
        if one.step.program in {"upload", "post"}:
            yield from _check_upload(storm, one)


def _check_upload(storm: Storm, one: Played) -> Iterator[str]:
    states = dict(_FILE_STATE.findall(one.stage.log))
    for key, state in states.items():
        if state in _IN_SENTRY and key not in one.stored:
            yield f"{stage_name(one)}: {key} is {state}, but Sentry does not have it"
        if state == "failed" and not one.warned:
            yield f"{stage_name(one)}: {key} failed, and no warning"
    complete = one.stage.outputs.get("symbols-complete")
    if complete == "true" and len(one.stored) < 3:
        yield f"{stage_name(one)}: says that the symbols are complete, but they are not"
    uploads_now = one.step.program == "upload" or one.step.status in {"success", "failure"}
    count = FILES[storm.schedule.build]
    silent = not (one.warned or one.is_cancelled or "Nothing to do" in one.stage.log)
    unprocessed = "unprocessed" in states.values()
    if uploads_now and silent and not unprocessed and len(one.stored) < count:
        yield f"{stage_name(one)}: {len(one.stored)} of {count} files are in Sentry, and no warning"
