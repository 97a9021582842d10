"""
Sentry Release for Flutter: releases, deploys, uploads and release health from CI.

docs/architecture.md describes the packages; a package imports only from the layers below it.
"""

__version__ = "1.0.0.dev0"

OWNER = "appcrew"
NAME = "sentry-release-flutter"
REPOSITORY = f"{OWNER}/{NAME}"
"""Who publishes this action on GitHub; `make publisher` writes it everywhere else."""
PROJECT_URL = f"https://github.com/{REPOSITORY}"
