"""Build the step outputs, and the environment variables for later steps."""

import json
import shlex
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from sentry_release.ci.context import Context
from sentry_release.config.config import Config
from sentry_release.config.outputs import (
    EXPORT_MARKER,
    EXPORTED_VARIABLES,
    build_export_marker,
)
from sentry_release.model.commits import PreviousRelease
from sentry_release.model.job import StepOutputs
from sentry_release.model.release import Release, SentryRelease
from sentry_release.release.dart_defines import to_gradle_base64

if TYPE_CHECKING:
    from sentry_release.model.health import SessionStats
    from sentry_release.release.commit_details import LeadTime


def build_release_outputs(
    config: Config,
    context: Context,
    release: Release,
    environment: str | None,
    defines: Mapping[str, str],
) -> StepOutputs:
    """
    Return the outputs and variables that are known before the first request.

    Args:
        config: The inputs.
        context: The CI context.
        release: The release.
        environment: The environment; None if it is not known yet.
        defines: The dart-defines by name.
    """
    outputs = {
        "release": release.name,
        "version": release.version,
        "build-number": release.build,
        "package": release.package,
        "dist": release.dist,
        "environment": environment,
        "dart-defines-file": str(config.dart_defines_file),
        "dart-defines-base64": to_gradle_base64(defines),
    }
    variables = {key: value for key, value in defines.items() if key in EXPORTED_VARIABLES}
    variables[EXPORT_MARKER] = build_export_marker(
        context.exported_env, config.working_directory, variables
    )
    return StepOutputs(
        outputs=_drop_empty(outputs), variables=variables if config.export_env else {}
    )


def build_shell_exports(variables: Mapping[str, str]) -> str:
    """Return `export` lines for `eval`, for CI systems that pass no variables to later steps."""
    return "\n".join(
        f"export {key}={shlex.quote(value)}"
        for key, value in variables.items()
        if key in EXPORTED_VARIABLES
    )


def as_argument(config: Config) -> str:
    """Return how to pass the dart-defines to a build when CI passes no variables to later steps."""
    file = shlex.quote(f"--dart-define-from-file={config.dart_defines_file}")
    return f"Build with: flutter build … {file}"


def build_created_outputs(
    url: str,
    previous: PreviousRelease,
    commit_count: int | None,
    notes_dir: PurePosixPath | None = None,
) -> Mapping[str, str]:
    """Return the outputs that are known after the release was created in Sentry."""
    return _drop_empty(
        {
            "release-url": url,
            "previous-release": previous.release,
            "previous-commit": previous.commit,
            "commit-count": None if commit_count is None else str(commit_count),
            "notes-dir": str(notes_dir) if notes_dir else None,
        }
    )


def build_deploy_outputs(
    existing: SentryRelease | None,
    deploy_id: str | None,
    *,
    created: bool,
    notes_dir: PurePosixPath | None = None,
) -> Mapping[str, str]:
    """Return the outputs of the deploy action."""
    return _drop_empty(
        {
            "commit-count": str(existing.commit_count) if existing else None,
            "deploy-id": deploy_id,
            "deployed": "true" if created else "false",
            "notes-dir": str(notes_dir) if notes_dir else None,
        }
    )


def build_lead_time_values(lead_time: "LeadTime | None") -> Mapping[str, str]:
    """Return the lead time of a deploy in seconds, which only the output `json` has."""
    if lead_time is None:
        return {}
    return {
        "lead-time-oldest-s": str(lead_time.oldest_s),
        "lead-time-median-s": str(lead_time.median_s),
    }


def build_doctor_outputs(errors: int, warnings: int) -> dict[str, str]:
    """Return the outputs of the action doctor: how many findings of each level there are."""
    return {"doctor-errors": str(errors), "doctor-warnings": str(warnings)}


def build_health_outputs(
    now: "SessionStats | None",
    previous: str | None,
    *,
    healthy: bool | None,
    failed: Sequence[str] = (),
) -> Mapping[str, str]:
    """Return the outputs of the health action; rates are percentages, `failed` are gates."""
    from sentry_release.model.health import format_percent

    rates = (
        (
            now.crash_free_sessions,
            now.crash_free_users,
            now.unhandled_free_sessions,
            now.adoption,
        )
        if now
        else (None, None, None, None)
    )
    sessions, users, unhandled, adoption = (
        None if rate is None else format_percent(rate) for rate in rates
    )
    return _drop_empty(
        {
            "previous-release": previous,
            "crash-free-sessions": sessions,
            "crash-free-users": users,
            "unhandled-free-sessions": unhandled,
            "adoption": adoption,
            "healthy": "unknown" if healthy is None else str(healthy).lower(),
            "failed-gates": " ".join(failed),
        }
    )


def add_json_output(
    outputs: Mapping[str, str], more: Mapping[str, str] | None = None
) -> Mapping[str, str]:
    """Return the outputs, plus `json` with all of them and `more` as one JSON object."""
    everything = {**outputs, **(more or {})}
    return {**outputs, "json": json.dumps(everything, sort_keys=True, ensure_ascii=False)}


def get_dart_defines_path(config: Config) -> PurePosixPath:
    """Return the path of the dart-define file, relative to the workspace."""
    return config.working_directory / config.dart_defines_file


def _drop_empty(values: Mapping[str, str | None]) -> dict[str, str]:
    return {key: value for key, value in values.items() if value}
