"""The help of the command line: what it is, its phases, and where the inputs are told."""

from collections.abc import Collection

PAGE = "https://github.com/acme/sentry-release-flutter"
_COMMANDS = {
    "name": "print the name, and what each platform would say without it; asks nobody",
    "run": "run a build with the name in it: sentry-release run -- flutter build web",
    "release": "name the release, write the dart-defines, create the release in Sentry",
    "upload": "upload source maps and debug files, and check that none is missing",
    "deploy": "create the deploy; run it when the deployment has succeeded",
    "health": "hold the release's crash-free rates against your limits",
    "doctor": "look for mistakes in the project that break releases or their health; asks nobody",
}


def usage(version: str, phases: Collection[str]) -> str:
    """
    The help, with one line for each phase that there is.

    Args:
        version: Of this program.
        phases: Those that the program plays; how `post` is played only GitHub's runner knows.
    """
    listed = "\n".join(f"  {name:8}{_COMMANDS[name]}" for name in _COMMANDS if name in phases)
    return f"""\
sentry-release {version}: one release name for every build of a Flutter app.

  sentry-release COMMAND [--INPUT VALUE]…
  sentry-release name [--json] [--all] [--from-artifacts]
  sentry-release doctor [--json] [--sarif] [--all] [--fix [--write]]
  sentry-release run [--INPUT VALUE]… -- COMMAND…

Commands:
{listed}

Inputs, each with its default: {PAGE}#inputs
  --environment production --working-directory apps/shop --build-number 42
  Of several places the first counts: the option, the variable, a file `.env`.

Variables:
  SENTRY_AUTH_TOKEN   an organization token, or a personal one with `project:releases`
  SENTRY_ORG          slug of the organization; an organization token tells it itself
  SENTRY_PROJECT      slugs of the projects
  SENTRY_URL          root of your own Sentry
  SENTRY_RELEASE, SENTRY_DIST, SENTRY_ENVIRONMENT, SENTRY_DSN   inputs of these names
  GITHUB_TOKEN        for commits from GitHub where Sentry has no integration

Commit, branch and run come from the CI host, else from .git: {PAGE}/blob/main/docs/ci-hosts.md

Exit codes: 0 done · 1 a bug of ours · 2 an input · 3 the Flutter project · 4 refused
            5 out of reach · 6 unhealthy · 130 cancelled
"""
