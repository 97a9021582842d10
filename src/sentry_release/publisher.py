"""Who publishes this action on GitHub; `make publisher` writes it everywhere else."""

OWNER = "appcrew"
NAME = "sentry-release-flutter"

REPOSITORY = f"{OWNER}/{NAME}"
PROJECT_URL = f"https://github.com/{REPOSITORY}"
