"""The inputs about the app, its release name, the commits and the deploy."""

from sentry_release.config.inputs import (
    Command,
    CommitsMode,
    Group,
    Input,
    InputGroups,
    TagMismatch,
)
from sentry_release.model.platform import Platform

_ALL = tuple(Command)
_ONE_RELEASE = tuple(one for one in Command if one is not Command.INIT)
_NAMING = (Command.RELEASE, Command.NAME, Command.RUN)
DEPLOYING = (Command.RELEASE, Command.DEPLOY)

RELEASE_INPUTS: InputGroups = {
    Group.APP: {
        "working-directory": Input(
            commands=_ALL,
            description="Folder of the app's pubspec.yaml, relative to the workspace.",
            default=".",
        ),
        "release": Input(
            commands=_ONE_RELEASE,
            description="Release name, a Jinja2 template of it, or `sdk-default` (what the SDK reports on "
            "`platform`). Default: package@version+build-number from pubspec.yaml.",
            variable="SENTRY_RELEASE",
        ),
        "dist": Input(
            commands=_ONE_RELEASE,
            description="Distribution. Default: the build number.",
            variable="SENTRY_DIST",
        ),
        "environment": Input(
            commands=_ALL,
            description="Environment that the job deploys to. Default: the job's own `environment:`, if "
            "the token of the workflow may read it. In the action `deploy` it may map names, one pair "
            "per line: `Preview=staging`.",
            variable="SENTRY_ENVIRONMENT",
        ),
    },
    Group.NAME: {
        "platform": Input(
            commands=_NAMING,
            description="Platform, required for `sdk-default` and for `app_id` in a template: `android`, "
            "`ios`, `macos`, `windows`, `linux` or `web`.",
            choices=Platform,
        ),
        "flavor": Input(
            commands=(*_NAMING, Command.INIT),
            description="Flavor, as in `flutter build --flavor`. Default: `default-flavor` of "
            "pubspec.yaml.",
        ),
        "build-name": Input(
            commands=_NAMING,
            description="Version, as in `flutter build --build-name`. Default: from pubspec.yaml.",
        ),
        "build-number": Input(
            commands=_NAMING,
            description="Build number, as in `flutter build --build-number`. Default: from pubspec.yaml.",
        ),
        "tag-mismatch": Input(
            commands=(Command.RELEASE,),
            description="What to do when the tag of the run, such as `v1.4.0`, contradicts the app's "
            "version: `off`, `warn` or `fail`.",
            default="warn",
            choices=TagMismatch,
        ),
    },
    Group.DEFINES: {
        "dart-defines-file": Input(
            commands=(Command.RELEASE, Command.RUN),
            description="Where to write the dart-defines, relative to `working-directory`. A folder that "
            "is created for it is ignored by git.",
            default=".sentry-release/dart-defines.json",
        ),
        "define-environment": Input(
            commands=(Command.RELEASE, Command.RUN),
            description="Add SENTRY_ENVIRONMENT to the dart-defines and the exported variables. Use "
            "`false` for a build that is promoted from one environment to the next.",
            default="true",
            is_switch=True,
        ),
        "dsn": Input(
            commands=(Command.RELEASE, Command.RUN),
            description="DSN to add to the dart-defines as SENTRY_DSN.",
            variable="SENTRY_DSN",
        ),
        "export-env": Input(
            commands=(Command.RELEASE,),
            description="Export SENTRY_RELEASE, SENTRY_DIST and SENTRY_ENVIRONMENT to later steps.",
            default="true",
            is_switch=True,
        ),
    },
    Group.COMMITS: {
        "set-commits": Input(
            commands=DEPLOYING,
            description="Source of the commits: `integration` (Sentry reads them), `github` (the action "
            "uploads them), `auto` (the second where the first fails) or `skip`.",
            default="auto",
            choices=CommitsMode,
        ),
        "repositories": Input(
            commands=DEPLOYING,
            description="Name of the repository in Sentry (default: owner/name of the workflow), and "
            "further ones as `name@sha` or `name@sha..sha`, separated by spaces, commas or "
            "newlines.",
        ),
        "commit-paths": Input(
            commands=DEPLOYING,
            description="Only commits that change these paths, one glob per line as in GitHub's "
            "`on.push.paths`. The action then uploads the commits.",
        ),
        "commits-since": Input(
            commands=DEPLOYING,
            description="Where the commits start: `last-deploy` to the environment, `last-release`, "
            "`last-tag`, a whole sha, or `sentry-default`.",
            default="last-deploy",
        ),
    },
    Group.DEPLOY: {
        "finalize": Input(
            commands=DEPLOYING,
            description="Finalize the release when the job has succeeded, in one of "
            "`finalize-environments` or without an environment.",
            default="true",
            is_switch=True,
        ),
        "finalize-environments": Input(
            commands=DEPLOYING,
            description="Environments whose first deploy finalizes the release: names or globs in any "
            "case, separated by spaces, commas or newlines. Environments that GitHub marks as "
            "production count as well.",
            default="production prod live github-pages",
        ),
        "deploy": Input(
            commands=DEPLOYING,
            description="Create a deploy in Sentry when the job has succeeded.",
            default="true",
            is_switch=True,
        ),
        "deploy-name": Input(
            commands=DEPLOYING,
            description="Name of the deploy. Default: the number of the run.",
            is_read_late=True,
        ),
        "deploy-url": Input(
            commands=DEPLOYING,
            description="URL of the deploy. Default: the environment's URL if the event has one, else the "
            "page of the deployment or of the run.",
            is_read_late=True,
        ),
        "create-missing-release": Input(
            commands=(Command.DEPLOY,),
            description="Create the release with its commits if it does not exist. Otherwise a missing "
            "release is an error.",
            default="false",
            is_switch=True,
        ),
    },
}
