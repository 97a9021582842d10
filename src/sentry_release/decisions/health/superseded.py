"""Two releases of one environment -> whether the other has come after ours."""

from sentry_release.words.release import SeenRelease


def deployed_since(ours: SeenRelease | None, other: SeenRelease, environment: str) -> bool:
    """Whether the other was deployed to the environment after ours, as far as Sentry tells."""
    if ours is None or ours.last_deploy is None or other.last_deploy is None:
        return False
    mine, theirs = ours.last_deploy, other.last_deploy
    if {mine.environment, theirs.environment} != {environment}:
        return False
    if mine.finished is None or theirs.finished is None:
        return False
    return theirs.finished > mine.finished
