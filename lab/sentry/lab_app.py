"""A Django app that sends Sentry's GitHub integration to the stub instead of api.github.com."""

from django.apps import AppConfig


class LabConfig(AppConfig):
    """Loaded by sentry.conf.py; read by Sentry's own Python 3.8."""

    name = "lab_app"

    def ready(self) -> None:
        """Redirect the integration, as soon as there are settings to read."""
        from django.conf import settings
        from sentry.integrations.github.client import (
            GitHubClientMixin,
        )

        GitHubClientMixin.base_url = settings.LAB_GITHUB_API
