"""`python -m sentry_release` is the command `sentry-release`."""

from sentry_release.cli.main import main

main()
