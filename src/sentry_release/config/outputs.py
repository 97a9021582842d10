"""
What a step leaves to later steps: the table of its outputs, and the variables that it exports.

The action.yml files, README and the reusable workflow come from the table.

Step one of a job exports SENTRY_RELEASE for the steps after it. A second step for a second
app must not use that as its own name; a later action `deploy` for the same app must.
See docs/adr/0006-exported-release.md.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from sentry_release.config.inputs import Command

EXPORTED_VARIABLES = ("SENTRY_RELEASE", "SENTRY_DIST", "SENTRY_ENVIRONMENT")
EXPORT_MARKER = "SENTRY_RELEASE_EXPORTED"
"""The variable with the exported values, and the `working-directory` that they are for."""

_RELEASE = (Command.RELEASE,)
_UPLOAD = (Command.UPLOAD,)
_DEPLOY = (Command.DEPLOY,)
_HEALTH = (Command.HEALTH,)
_DOCTOR = (Command.DOCTOR,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """One output of the actions in `commands`, with its description in Markdown."""

    commands: tuple[Command, ...]
    description: str


OUTPUTS: Mapping[str, Output] = {
    "release": Output(
        commands=(*_RELEASE, *_UPLOAD, *_HEALTH),
        description="Release name.",
    ),
    "version": Output(
        commands=_RELEASE,
        description="Version, without the build number.",
    ),
    "build-number": Output(
        commands=_RELEASE,
        description="Build number.",
    ),
    "package": Output(
        commands=_RELEASE,
        description="Name of the Dart package.",
    ),
    "dist": Output(
        commands=_RELEASE,
        description="Distribution.",
    ),
    "environment": Output(
        commands=(*_RELEASE, *_HEALTH),
        description="Environment that the job deploys to.",
    ),
    "dart-defines-file": Output(
        commands=_RELEASE,
        description="File for `--dart-define-from-file`, relative to `working-directory`.",
    ),
    "dart-defines-base64": Output(
        commands=_RELEASE,
        description="Value for Gradle's `-Pdart-defines=`.",
    ),
    "release-url": Output(
        commands=(*_RELEASE, *_HEALTH),
        description="URL of the release in Sentry.",
    ),
    "previous-release": Output(
        commands=(*_RELEASE, *_HEALTH),
        description="Previous release.",
    ),
    "previous-commit": Output(
        commands=_RELEASE,
        description="Commit after which the release starts.",
    ),
    "commit-count": Output(
        commands=(*_RELEASE, *_DEPLOY),
        description="Number of commits of the release in Sentry, if it is known yet.",
    ),
    "deploy-id": Output(
        commands=_DEPLOY,
        description="Id of the deploy.",
    ),
    "deployed": Output(
        commands=_DEPLOY,
        description="Whether the deploy is recorded in Sentry: `true` or `false`.",
    ),
    "notes-dir": Output(
        commands=(*_RELEASE, *_DEPLOY),
        description="Folder of the release notes, relative to the workspace, if they were written.",
    ),
    "uploaded": Output(
        commands=_UPLOAD,
        description="Uploaded files as a JSON array of objects with `file`, `kind`, `arch`, `id`, `bytes` "
        "and `state`: `new`, `present` (Sentry had it), `missing` (dry run), `unsent` (no token), `unprocessed` or "
        "`failed`.",
    ),
    "symbols-complete": Output(
        commands=_UPLOAD,
        description="Whether Sentry has the debug information of every app that was built: `true`, "
        "`false` or `unknown`.",
    ),
    "crash-free-sessions": Output(
        commands=_HEALTH,
        description="Crash-free session rate in percent.",
    ),
    "crash-free-users": Output(
        commands=_HEALTH,
        description="Crash-free user rate in percent.",
    ),
    "unhandled-free-sessions": Output(
        commands=_HEALTH,
        description="Rate of sessions without an unhandled error in percent; empty if Sentry does not "
        "report it.",
    ),
    "adoption": Output(
        commands=_HEALTH,
        description="Adoption of the release in percent of all sessions.",
    ),
    "healthy": Output(
        commands=_HEALTH,
        description="Whether the release is healthy: `true`, `false` or `unknown`.",
    ),
    "failed-gates": Output(
        commands=_HEALTH,
        description="Gates that failed, separated by spaces: names of inputs, and `sentry-thresholds`.",
    ),
    "doctor-errors": Output(
        commands=_DOCTOR,
        description="Number of errors in the project.",
    ),
    "doctor-warnings": Output(
        commands=_DOCTOR,
        description="Number of warnings in the project.",
    ),
    "json": Output(
        commands=(*_RELEASE, *_UPLOAD, *_DEPLOY, *_HEALTH, *_DOCTOR),
        description="All outputs as one JSON object; of `deploy` with `lead-time-oldest-s` and "
        "`lead-time-median-s`.",
    ),
}


def list_outputs(command: Command) -> Mapping[str, Output]:
    """Return the outputs that an action has by their names, in the order of action.yml."""
    return {name: one for name, one in OUTPUTS.items() if command in one.commands}


def ignore_own_exports(environ: Mapping[str, str], *, naming: bool) -> dict[str, str]:
    """
    Return the environment without exports of earlier steps, unless they are for this app.

    A variable that has another value since then was set by the user, and counts.

    Args:
        environ: The process environment.
        naming: Whether this step names the release, and so must ignore all earlier exports.
    """
    directory = _normalize_folder(environ.get("INPUT_WORKING-DIRECTORY", "").strip())
    echoes = {
        key
        for key, (folder, value) in _parse_export_marker(environ.get(EXPORT_MARKER)).items()
        if environ.get(key) == value and (naming or folder != directory)
    }
    return {key: value for key, value in environ.items() if key not in echoes}


def build_export_marker(
    before: str | None, directory: PurePosixPath, values: Mapping[str, str]
) -> str:
    """Return the text of EXPORT_MARKER: the exports of earlier steps, and these values for this app."""
    now = {key: (_normalize_folder(str(directory)), value) for key, value in values.items()}
    return json.dumps({**_parse_export_marker(before), **now}, sort_keys=True)


def find_exported_variable(
    exported_env: str | None, directory: PurePosixPath, name: str
) -> str | None:
    """
    Return the value that the last step of the job has exported for the builds of this app.

    Args:
        exported_env: The text of the variable EXPORT_MARKER; None if no step exported anything.
        directory: The `working-directory` of the app.
        name: One of EXPORTED_VARIABLES.
    """
    folder, value = _parse_export_marker(exported_env).get(name, (None, None))
    return value if folder == _normalize_folder(str(directory)) else None


def _parse_export_marker(text: str | None) -> Mapping[str, tuple[str, str]]:
    try:
        found = json.loads(text or "{}")
        return {
            key: (str(found[key][0]), str(found[key][1]))
            for key in EXPORTED_VARIABLES
            if key in found
        }
    except (ValueError, TypeError, KeyError, IndexError, RecursionError):
        return {}  # no earlier step wrote it


def _normalize_folder(text: str) -> str:
    return str(PurePosixPath(text.replace("\\", "/") or "."))
