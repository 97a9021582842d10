"""Describes what the rules cannot check, so that an empty result is not mistaken for a pass."""

from collections.abc import Iterator

from sentry_release.doctor.analysis.release_source import initializes_sdk
from sentry_release.doctor.app import App


def describe_limits(app: App) -> Iterator[str]:
    """Return a sentence for each missing thing that rules need."""
    name = app.pubspec.name
    if app.sdk is None:
        yield f"sentry_flutter is not a dependency of {name}: most rules have nothing to check."
    elif not initializes_sdk(app):
        yield f"Nothing in {name} or in its local packages calls SentryFlutter.init."
    if app.release is None and app.pubspec.version is None:
        yield (
            f"pubspec.yaml of {name} has no version, so there is no release name to compare with."
        )
