"""The inputs that reach Sentry, GitHub and the services to notify."""

from sentry_release.config.inputs import Command, Group, Input, InputGroups, OnOutage

_SENTRY = (Command.RELEASE, Command.UPLOAD, Command.DEPLOY, Command.HEALTH)
_NOTIFYING = (Command.RELEASE, Command.DEPLOY, Command.HEALTH)
_DEPLOYING = (Command.RELEASE, Command.DEPLOY)

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
            commands=_DEPLOYING,
            description="Where to comment on a new deploy: `pull-requests` whose changes it has, `issues` that "
            "they close, both, or `none`.",
            default="none",
        ),
        "notes-dir": Input(
            commands=_DEPLOYING,
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
            commands=_DEPLOYING,
            description="Internal; do not set. The number of jobs in the matrix.",
            default="${{ strategy.job-total }}",
        ),
    },
}
