"""Two releases of one environment -> whether the other has come after ours."""

from sentry_release.words.release import SentryRelease


def is_superseded(own: SentryRelease | None, other: SentryRelease, environment: str) -> bool:
    """Whether the other was deployed to the environment after ours, as far as Sentry tells."""
    if own is None or own.last_deploy is None or other.last_deploy is None:
        return False
    mine, other_values = own.last_deploy, other.last_deploy
    if {mine.environment, other_values.environment} != {environment}:
        return False
    if mine.finished is None or other_values.finished is None:
        return False
    return other_values.finished > mine.finished
