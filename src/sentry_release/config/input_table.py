"""The table of inputs; action.yml files and docs come from it."""

from collections.abc import Mapping

from sentry_release.config.inputs import Command, DoctorMode, Group, Input, InputGroups, OnOutage
from sentry_release.config.release_inputs import DEPLOYING, RELEASE_INPUTS

_SENTRY = (Command.RELEASE, Command.UPLOAD, Command.DEPLOY, Command.HEALTH)
_NOTIFYING = (Command.RELEASE, Command.DEPLOY, Command.HEALTH)

CONNECTION_INPUTS: InputGroups = {
    Group.SENTRY: {
        "auth-token": Input(
            commands=_SENTRY,
            description="Organization token, or personal token with the scope `project:releases`.",
            variable="SENTRY_AUTH_TOKEN",
        ),
        "org": Input(
            commands=_SENTRY,
            description="Organization slug. Default: the organization of an organization token.",
            variable="SENTRY_ORG",
        ),
        "projects": Input(
            commands=_SENTRY,
            description="Project slugs, separated by spaces, commas or newlines.",
            variable="SENTRY_PROJECT",
        ),
        "url": Input(
            commands=_SENTRY,
            description="Root URL of the Sentry server. Default: the server that the token names, else "
            "`https://sentry.io`.",
            variable="SENTRY_URL",
        ),
        "on-outage": Input(
            commands=_SENTRY,
            description="What to do when Sentry or GitHub cannot be reached: `warn` or `fail`. Mistakes "
            "in the inputs always fail.",
            default="warn",
            choices=OnOutage,
        ),
        "timeout": Input(
            commands=_SENTRY,
            description="Time limit in seconds (5 to 600) for all requests of a job to Sentry and GitHub, "
            "uploads aside.",
            default="60",
        ),
        "dry-run": Input(
            commands=_SENTRY,
            description="Dry run: print everything, change nothing in Sentry.",
            default="false",
            is_switch=True,
        ),
        "env-file": Input(
            commands=(*_SENTRY, Command.NAME, Command.RUN),
            description="A .env file in the workspace with the variables of these inputs. Existing "
            "variables take precedence; SENTRY_URL requires SENTRY_AUTH_TOKEN in the same file.",
        ),
    },
    Group.NOTIFY: {
        "notify-urls": Input(
            commands=_NOTIFYING,
            description="[Apprise](https://github.com/caronc/apprise/wiki) URLs to notify, one per line. "
            "Store them as a secret.",
        ),
        "notify-on": Input(
            commands=_NOTIFYING,
            description="Events to notify about: `deploy`, `failure` (no deploy was created) and `health` "
            "(the release is unhealthy), separated by spaces, commas or newlines.",
            default="deploy",
        ),
        "notify-template": Input(
            commands=_NOTIFYING,
            description="Jinja2 template in the workspace for the message. Its first line is the title.",
        ),
    },
    Group.ANNOUNCE: {
        "announce": Input(
            commands=DEPLOYING,
            description="Where to comment on a new deploy: `pull-requests` whose changes it has, `issues` that "
            "they close, both, or `none`.",
            default="none",
        ),
        "notes-dir": Input(
            commands=DEPLOYING,
            description="Folder in the workspace for release notes: Markdown, and text for Google Play, "
            "App Store and fastlane. Default: no notes.",
        ),
    },
    Group.INTERNAL: {
        "github-token": Input(
            commands=_SENTRY,
            description="Internal; do not set. The token of the workflow.",
            variable="GITHUB_TOKEN",
            default="${{ github.token }}",
        ),
        "job-status": Input(
            commands=_NOTIFYING,
            description="Internal; do not set. The status of the job.",
            default="${{ job.status }}",
        ),
        "check-run-id": Input(
            commands=_SENTRY,
            description="Internal; do not set. Identifies the environment of the job.",
            default="${{ job.check_run_id }}",
        ),
        "job-total": Input(
            commands=DEPLOYING,
            description="Internal; do not set. The number of jobs in the matrix.",
            default="${{ strategy.job-total }}",
        ),
    },
}
_CHECK_INPUTS: InputGroups = {
    Group.HEALTH: {
        "min-crash-free-sessions": Input(
            commands=(Command.HEALTH,),
            description="Minimum crash-free session rate in percent, such as `99.5`.",
        ),
        "min-crash-free-users": Input(
            commands=(Command.HEALTH,),
            description="Minimum crash-free user rate in percent, such as `99.5`.",
        ),
        "min-unhandled-free-sessions": Input(
            commands=(Command.HEALTH,),
            description="Minimum rate of sessions without an unhandled error in percent, such as `99`. "
            "Since sentry_flutter 10 unhandled Dart errors do not count as crashes.",
        ),
        "max-new-issues": Input(
            commands=(Command.HEALTH,),
            description="Maximum number of issues that are new in the release.",
        ),
        "max-drop": Input(
            commands=(Command.HEALTH,),
            description="Maximum drop of the crash-free session rate against the previous release, in "
            "percentage points, with and without unhandled errors. Only significant drops fail.",
        ),
        "min-sessions": Input(
            commands=(Command.HEALTH,),
            description="Minimum number of sessions. With fewer, rates are not evaluated and the result "
            "is `unknown`, unless another gate fails.",
            default="100",
        ),
        "health-window": Input(
            commands=(Command.HEALTH,),
            description="Time to evaluate, up to now: `1h` to `90d`.",
            default="24h",
        ),
        "health-wait": Input(
            commands=(Command.HEALTH,),
            description="Time to wait for `min-sessions`, `1m` to `6h`. Default: no wait.",
        ),
    },
    Group.DOCTOR: {
        "doctor": Input(
            commands=(Command.RELEASE,),
            description="What to do about errors that the doctor finds in the project: `off`, `warn` or "
            "`fail`.",
            default="warn",
            choices=DoctorMode,
        ),
        "doctor-levels": Input(
            commands=(Command.DOCTOR,),
            description="Levels of doctor rules, such as `FD13=off FD22=error`: `off`, `info`, `warning` "
            "or `error`.",
        ),
        "report-dir": Input(
            commands=(Command.HEALTH, Command.DOCTOR),
            description="Folder in the workspace for the report: health.json and health.svg, or "
            "doctor.json and doctor.sarif.",
        ),
    },
}
_UPLOADING = (Command.RELEASE, Command.UPLOAD)

_UPLOAD_INPUTS: InputGroups = {
    Group.UPLOAD: {
        "uploads": Input(
            commands=_UPLOADING,
            description="Platforms whose source maps and debug files are uploaded: `auto` (all that were "
            "built), `none`, or some of `android`, `ios`, `macos`, `windows`, `linux` and `web`, "
            "separated by spaces, commas or newlines.",
            default="auto",
        ),
        "symbols-path": Input(
            commands=_UPLOADING,
            description="Further folders with debug files or source maps, relative to "
            "`working-directory`, one per line. Their files are uploaded whatever build they "
            "belong to.",
        ),
        "include-sources": Input(
            commands=_UPLOADING,
            description="Embed the app's own Dart sources (`lib/`) in the uploaded copies of source "
            "maps, so that Sentry shows the code around an error on the web.",
            default="false",
            is_switch=True,
        ),
    },
}
_BY_GROUP = {**CONNECTION_INPUTS, **RELEASE_INPUTS, **_UPLOAD_INPUTS, **_CHECK_INPUTS}

INPUTS: Mapping[str, Input] = {
    name: one for group in Group for name, one in _BY_GROUP[group].items()
}
"""Every input by its name, in the order of action.yml."""


def get_group(name: str) -> Group:
    """Return the heading under which an input is listed."""
    return next(group for group, rows in _BY_GROUP.items() if name in rows)


def list_inputs(command: Command) -> Mapping[str, Input]:
    """Return the inputs that a command has by their names, in the order of action.yml."""
    return {name: one for name, one in INPUTS.items() if command in one.commands}
